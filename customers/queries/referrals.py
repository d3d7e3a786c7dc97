"""老带新 as facts for the decision whose customer somebody is, and as pages."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from customers import access
from customers.models import ChannelChange, ChannelFiling, Customer, Referral
from customers.queries.channel_pages import PAGE, digits, line
from customers.queries.channels import local
from customers.rules.referrals import HOLDS, ReferralState
from customers.slots import CustomerPanel
from regulations.models import Decision
from salesdept.formats import cn_time, phone_mask
from salesdept.journal import label
from salesdept.models import Project, User


def referral_for(*, project: Project | int, number: str, on: date) -> Mapping[str, Any] | None:
    """The valid referral of a number, as JSON facts for the decision; None without one.

    Keys: `referral` (id), `referrer` (customer id), `owner` (user id of the referrer's rep on the day of
    filing, or None), `named` (the friend asks for that rep), `owner_told` (bool: the absent owner was told),
    `filed_at` (ISO, Shanghai), `visited` (bool: a first visit was already registered under it).
    """
    rows = Referral.objects.filter(project=project, number=number, state__in=HOLDS)
    row = rows.order_by("filed_at", "pk").first()
    if row is None:
        return None
    return {
        "referral": row.pk,
        "referrer": row.referrer_id,
        "owner": row.owner_id,
        "named": row.named,
        "owner_told": row.owner_told_at is not None,
        "filed_at": local(row.filed_at),
        "visited": row.first_visit_at is not None,
    }


def referral_page(user: User, project: Project, before: str, now: datetime) -> dict[str, Any]:
    """One page of referrals, newest first."""
    rows = Referral.objects.visible_to(user).filter(project=project)
    if digits(before, 18):
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.select_related("referrer", "owner", "filed_by").order_by("-pk")[: PAGE + 1])
    return {
        "rows": [_line(row, user, now) for row in found[:PAGE]],
        "older": str(found[PAGE - 1].pk) if len(found) > PAGE else "",
        "may_reward": access.may_settle_filing(user),
    }


def _line(row: Referral, user: User, now: datetime) -> dict[str, Any]:
    waiting = row.state in (ReferralState.VALID, ReferralState.VISITED)
    return {
        "pk": str(row.pk),
        "code": row.code,
        "name": row.name,
        "phone": phone_mask(row.number),
        "referrer": str(row.referrer),
        "referrer_pk": str(row.referrer_id),
        "owner": row.owner.name if row.owner else "公海",
        "named": "指名" if row.named else "未指名",
        "filed": cn_time(row.filed_at, now),
        "by": row.filed_by.name,
        "state": row.get_state_display(),
        "reason": row.get_reason_display() if row.reason else "",
        "css": {"invalid": "tag--bad", "cancelled": "tag--bad"}.get(row.state, "tag--ok"),
        "told": cn_time(row.owner_told_at, now) if row.owner_told_at else "",
        "may_tell": waiting and row.named and row.owner_id not in (None, user.pk) and not row.owner_told_at,
        "deal": row.state == ReferralState.DEAL,
    }


def brought_by(user: User, customer_id: int, now: datetime) -> dict[str, Any] | None:
    """谁带来的: the panel of the customer's page; the caller may see the customer."""
    customer = Customer.objects.filter(pk=customer_id).first()
    if customer is None:
        return None
    filing = ChannelFiling.objects.filter(customer=customer).select_related("company", "agent")
    shown = filing.exclude(state="invalid").order_by("-pk").first()
    referral = Referral.objects.filter(referee=customer).exclude(state="invalid").order_by("-pk").first()
    changes = ChannelChange.objects.filter(customer=customer).select_related("manager", "finance")
    made = Referral.objects.filter(referrer=customer).exclude(state="invalid")
    return {
        "pk": str(customer_id),
        "source": customer.get_source_display() if customer.source else "",
        "arrived": customer.visit_count > 0,
        "filing": line(shown, now) if shown else None,
        "filing_open": ChannelFiling.objects.visible_to(user).exists() if shown else False,
        "referral": _line(referral, user, now) if referral else None,
        "brought": str(made.count()),
        "changes": list(changes),
        "may_refer": access.may_refer(user),
        "may_change": access.may_ask_channel_change(user, customer),
    }


def referral_form(user: User, row: Referral, now: datetime) -> dict[str, Any]:
    """老带新推荐看房表; the caller fetched the row through `visible_to`."""
    decisions = Decision.objects.filter(subject=label(row), kind="customers.referral").order_by("-pk")
    return {"row": row, **_line(row, user, now), "decision": decisions.first()}


PANELS = (CustomerPanel("brought", "customers/panels/brought.html", brought_by, order=30, later=True),)
