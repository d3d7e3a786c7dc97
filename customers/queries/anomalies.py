"""渠道异常 of a month: facts from the registers, listed by the rules, for 经理, 财务 and 总监."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q

from customers import access
from customers.models import ChannelChange, ChannelFiling, CrossSiteFlag, Phone, Visit
from customers.queries.channels import month_span
from customers.rules import Method, Outcome, Source
from customers.rules.anomalies import (
    Anomaly,
    AnomalyKind,
    AnomalyTerms,
    Changed,
    Filed,
    Share,
    anomalies,
)
from regulations.queries import terms_for
from salesdept import clock
from salesdept.formats import cn_time
from salesdept.models import Project, Reveal, User

MOST = 2000  # filings of one month that are looked through
SHOWN = 300


def anomaly_page(user: User, project: Project, month: date, now: datetime) -> dict[str, Any]:
    """Lines by kind with their reasons, and what other sites have to do with guests of the month."""
    terms = terms_for(AnomalyTerms, on=month, project=project)
    rows = _filings(user, project, month)
    changes = {row.pk: row for row in _changes(user, project, month)}
    found = anomalies(
        _facts(rows, project),
        [Changed(pk, _word(row.old), _word(row.new)) for pk, row in changes.items()],
        _shares(project, month),
        terms,
    )
    by_id = {row.pk: row for row in rows}
    first, last = month_span(month)
    flags = CrossSiteFlag.objects.visible_to(user).filter(project=project, flagged_at__range=(first, last))
    flags = flags.select_related("customer", "other_project", "other_rep", "closed_by")
    return {
        "month": month,
        "groups": _groups(found[:SHOWN], by_id, changes, now),
        "total": str(len(found)),
        "more": len(found) > SHOWN,
        "terms": terms,
        "flags": [_flag(flag, now) for flag in flags.order_by("-pk")[:SHOWN]],
        "may_close": access.may_close_site_flag(user),
        "months": _months(clock.business_date(now), month),
    }


def _filings(user: User, project: Project, month: date) -> list[ChannelFiling]:
    first, last = month_span(month)
    rows = ChannelFiling.objects.visible_to(user).filter(project=project)
    rows = rows.filter(filed_at__gte=first, filed_at__lt=last)
    return list(rows.select_related("company", "agent", "customer").order_by("filed_at")[:MOST])


def _changes(user: User, project: Project, month: date) -> list[ChannelChange]:
    first, last = month_span(month)
    rows = ChannelChange.objects.visible_to(user).filter(project=project, at__gte=first, at__lt=last)
    return list(rows.select_related("customer", "manager", "finance").order_by("at")[:MOST])


def _word(source: str) -> str:
    return str(Source(source).label) if source else "未填"


def _facts(rows: list[ChannelFiling], project: Project) -> list[Filed]:
    known = _customers_of([row.number for row in rows if row.number], project)
    looks = _looks(rows, {number: pk for number, (pk, _) in known.items()})
    return [
        Filed(
            row.pk,
            f"{row.company.name} · {row.agent.name}",
            row.filed_at,
            row.arrived_at,
            known[row.number][1] if row.number in known else None,
            looks.get(row.pk, ()),
        )
        for row in rows
    ]


def _customers_of(numbers: list[str], project: Project) -> dict[str, tuple[int, datetime]]:
    """Number → whose it is and their first contact, in one statement for the whole month."""
    rows = Phone.objects.live().filter(project=project, number__in=numbers)
    found = rows.values_list("number", "customer_id", "customer__first_contact_at")
    return {number: (customer, first) for number, customer, first in found}


def _looks(rows: list[ChannelFiling], customers: dict[str, int]) -> dict[int, list[tuple[str, datetime]]]:
    """Who looked at a filed number before it was filed: by its mask at the door, or in the file."""
    if not rows:
        return {}
    masks = defaultdict(list)
    for row in rows:
        masks[row.phone_masked].append(row)
        if row.number in customers:
            masks[f"customers.customer:{customers[row.number]}"].append(row)
    kinds = (Reveal.Kind.LOOKUP, Reveal.Kind.REVEAL, Reveal.Kind.DIAL)
    since, until = rows[0].filed_at - timedelta(days=1), rows[-1].filed_at
    seen = Reveal.objects.filter(kind__in=kinds, happened_at__range=(since, until)).filter(
        Q(reason__in=list(masks)) | Q(target__in=list(masks))
    )
    found: dict[int, list[tuple[str, datetime]]] = defaultdict(list)
    for name, kind, reason, target, at in seen.values_list(
        F("actor__name"), "kind", "reason", "target", "happened_at"
    )[: MOST * 5]:
        for row in masks.get(reason if kind == Reveal.Kind.LOOKUP else target, ()):
            found[row.pk].append((name, at))
    return found


def _shares(project: Project, month: date) -> list[Share]:
    first, last = month_span(month)
    rows = Visit.objects.filter(
        project=project,
        is_first=True,
        outcome=Outcome.REGISTERED,
        happened_at__gte=first,
        happened_at__lt=last,
    )
    channel = Q(method=Method.CHANNEL) | Q(source=Source.CHANNEL)
    counted = rows.order_by("received_by").values("received_by")
    counted = counted.annotate(visits=Count("pk"), channel=Count("pk", filter=channel))
    return [Share(*row) for row in counted.values_list("received_by__name", "visits", "channel")]


def _groups(
    found: list[Anomaly],
    filings: dict[int, ChannelFiling],
    changes: dict[int, ChannelChange],
    now: datetime,
) -> list[tuple[str, list[dict[str, str]]]]:
    groups: dict[AnomalyKind, list[dict[str, str]]] = defaultdict(list)
    for item in found:
        groups[item.kind].append(_line(item, filings, changes, now))
    return [(str(kind.label), lines) for kind, lines in groups.items()]


def _line(
    item: Anomaly, filings: dict[int, ChannelFiling], changes: dict[int, ChannelChange], now: datetime
) -> dict[str, str]:
    if item.filing is not None:
        row = filings[item.filing]
        title, meta = f"{row.name} {row.phone_masked}", f"{row.code} · {item.about}"
        when = cn_time(row.filed_at, now)
        return {"title": title, "meta": meta, "reason": item.reason, "when": when, "filing": str(row.pk)}
    if item.change is not None:
        change = changes[item.change]
        meta = f"{change.manager.name}、{change.finance.name} 签批 · {change.reason}"
        when = cn_time(change.at, now)
        return {
            "title": str(change.customer), "meta": meta, "reason": item.reason, "when": when, "filing": "",
        }  # fmt: skip
    return {"title": item.about, "meta": "", "reason": item.reason, "when": "", "filing": ""}


def _flag(flag: CrossSiteFlag, now: datetime) -> dict[str, Any]:
    return {
        "pk": str(flag.pk),
        "row": flag,
        "customer": str(flag.customer),
        "open": flag.state == CrossSiteFlag.State.OPEN,
        "when": cn_time(flag.flagged_at, now),
        "css": "tag--warn" if flag.state == CrossSiteFlag.State.OPEN else "tag--ok",
    }


def _months(today: date, chosen: date) -> list[tuple[str, str, bool]]:
    """The last six months, newest first."""
    months, month = [], today.replace(day=1)
    for _ in range(6):
        months.append((f"{month:%Y-%m}", f"{month.year} 年 {month.month} 月", month == chosen))
        month = date.fromordinal(month.toordinal() - 1).replace(day=1)
    return months
