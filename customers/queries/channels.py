"""渠道报备 as facts for the decision whose customer somebody is, and as pages."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from customers.models import ChannelFiling
from customers.rules.channels import HAS_ARRIVED, PROTECTED, ChannelTerms, mask_of
from regulations.queries import terms_for
from salesdept import clock
from salesdept.clock import SHANGHAI
from salesdept.models import Project


def filings_of(project: Project | int, number: str) -> QuerySet[ChannelFiling]:
    """Every filing that may mean a number: the full number itself, and masks that fit it."""
    mask = mask_of(number)
    rows = ChannelFiling.objects.filter(project=project, tail=mask.tail, head=mask.head)
    return rows.filter(Q(number=number) | Q(number=""))


def filing_for(*, project: Project | int, number: str, on: date) -> Mapping[str, Any] | None:
    """The valid filing that covers a number on a day, as JSON facts for the decision; None without one.

    Keys: `valid` (True once the arrival is confirmed at the desk; else False with its `problem` in words),
    `filing` (id), `company` (id), `company_name`, `filed_at` (ISO, Shanghai), `arrived_at` (ISO or ""),
    `arrived` (bool: confirmed at the desk), `until` (ISO day, last one of the protection), `rep` (user id by
    the channel policy `named`, or None: the rep on turn receives). Only a filing of the full number counts;
    a mask counts from its confirmation at the door on.
    """
    rows = ChannelFiling.objects.filter(project=project, number=number, state__in=PROTECTED)
    row = rows.select_related("company").order_by("filed_at", "pk").first()
    if row is None or (until := protected_until(row)) < on:
        return None
    terms = terms_for(ChannelTerms, on=on, project=project)
    arrived = row.state in HAS_ARRIVED
    return {
        "valid": arrived,
        "problem": "" if arrived else "带访还没有由助理确认",
        "filing": row.pk,
        "company": row.company_id,
        "company_name": row.company.name,
        "filed_at": local(row.filed_at),
        "arrived_at": local(row.arrived_at),
        "arrived": arrived,
        "until": until.isoformat(),
        "rep": row.received_by_id if terms.rep == "named" else None,
    }


def protected_until(row: ChannelFiling) -> date:
    """The last day of a filing's protection; a sale in hand keeps it open."""
    if row.state in HAS_ARRIVED[1:]:
        return date.max
    terms = terms_for(ChannelTerms, on=clock.business_date(row.filed_at), project=row.project_id)
    return row.deal_by if row.arrived_at or terms.mode == "deal" else row.arrive_by


def local(moment: datetime | None) -> str:
    """A moment as stored in a decision: ISO, Shanghai; "" for none."""
    return moment.astimezone(SHANGHAI).isoformat() if moment else ""


def month_span(month: date) -> tuple[datetime, datetime]:
    """The first moment of a month and of the next one, Shanghai."""
    first = month.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return datetime.combine(first, time(), SHANGHAI), datetime.combine(following, time(), SHANGHAI)
