"""归属 in words: the panel of the customer's page, its history, and whose a customer was on a day."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from customers.models import Customer, CustomerGrant, Handover, OwnershipLease
from customers.rules import (
    LIVE,
    LeaseBasis,
    LeaseState,
    OwnTerms,
    Stage,
    lease_word,
    product_of,
    valid_days,
)
from customers.rules.handover import Why
from regulations.queries import terms_for
from salesdept import clock
from salesdept.formats import cn_date, cn_time, days_left
from salesdept.models import Project, User
from salesdept.slots import Invariant

HISTORY = 10
CSS = {"有效": "tag--ok", "锁定": "tag--ok", "临期": "tag--warn"}
PRODUCTS = {"": "住宅", "shop": "商铺、办公", "parking": "车位"}


def lease_at(customer_id: int, day: date) -> Mapping[str, Any] | None:
    """The lease a customer stood under at the end of a day, as JSON facts; None when he was nobody's.

    Keys: lease (id), rep, rep_name, basis, since (ISO), expires_on, ended_at (ISO or ""), valid (the last day
    was not over, or it was locked or frozen). What ended on the day itself counts no more.
    """
    at = clock.end_of(day)
    rows = OwnershipLease.objects.filter(customer=customer_id, started_at__lt=at)
    rows = rows.filter(Q(ended_at__isnull=True) | Q(ended_at__gte=at))
    lease = rows.select_related("rep").order_by("-started_at", "-pk").first()
    if lease is None:
        return None
    held = lease.state in (LeaseState.LOCKED, LeaseState.FROZEN)
    return {
        "lease": lease.pk,
        "rep": lease.rep_id,
        "rep_name": lease.rep.name,
        "basis": lease.basis,
        "since": lease.started_at.astimezone(clock.SHANGHAI).isoformat(),
        "expires_on": lease.expires_on.isoformat(),
        "ended_at": lease.ended_at.astimezone(clock.SHANGHAI).isoformat() if lease.ended_at else "",
        "valid": held or day <= lease.expires_on,
    }


def lease_panel(customer: Customer, now: datetime) -> dict[str, Any]:
    """The live lease in words with its days explained, and the leases before it. One query."""
    today = clock.business_date(now)
    terms = terms_for(OwnTerms, on=today, project=customer.project_id)
    rows = OwnershipLease.objects.filter(customer=customer).select_related("rep").order_by("-pk")
    leases = list(rows[: HISTORY + 1])
    live = next((lease for lease in leases if lease.state in LIVE), None)
    deal = next((lease for lease in leases if lease.deal_on), None)
    return {
        "live": _facts(live, customer, today, terms) if live else None,
        "deal": _served(deal, today),
        "history": [_line(lease, now) for lease in leases if lease is not live][:HISTORY],
    }


def _served(deal: OwnershipLease | None, today: date) -> str:
    if deal is None or deal.deal_on is None:
        return ""
    return f"{cn_date(deal.deal_on, today)} 成交，由 {deal.rep.name} 服务"


def _facts(lease: OwnershipLease, customer: Customer, today: date, terms: OwnTerms) -> dict[str, Any]:
    word = lease_word(lease.state, lease.expires_on, today, terms.warn_days)
    until = f"{cn_date(lease.expires_on, today)}（{days_left(lease.expires_on, today)}）"
    return {
        "word": word,
        "css": CSS.get(word, "tag--bad"),
        "rep": lease.rep.name,
        "basis": lease.get_basis_display() + ("（证据弱）" if lease.weak else ""),
        "started": f"{lease.started_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M:%S}",
        "effective": cn_date(lease.last_effective_at),
        "until": "锁定，不会到期" if lease.state == LeaseState.LOCKED else until,
        "days": _days(lease, customer, terms),
        "clause": "拟:own.valid.call" if lease.basis == LeaseBasis.CALL else "拟:own.valid.visit",
        "active": lease.state == LeaseState.ACTIVE,
    }


def _days(lease: OwnershipLease, customer: Customer, terms: OwnTerms) -> str:
    """How the last day came about: from when, how many days count, and how many stood still."""
    if lease.counted_from is None or lease.counted_days is None:
        return f"自 {lease.last_effective_at.astimezone(clock.SHANGHAI):%m-%d} 最近有效联系起算"
    product = product_of(customer.want_layout)
    usual = valid_days(lease.basis, customer.grade, terms, product)
    kind = "来电" if lease.basis == LeaseBasis.CALL else PRODUCTS[product]
    stood = (lease.expires_on - lease.counted_from).days - lease.counted_days
    words = f"{lease.counted_from:%m-%d} 起计 {lease.counted_days} 天"
    words += f"（{kind}，{customer.grade} 类）" if lease.counted_days == usual else ""
    return words + (f"，其中停计 {stood} 天不算" if stood > 0 else "")


def _line(lease: OwnershipLease, now: datetime) -> dict[str, str]:
    ended = cn_time(lease.ended_at, now) if lease.ended_at else ""
    return {
        "rep": lease.rep.name,
        "basis": lease.get_basis_display(),
        "started": cn_time(lease.started_at, now),
        "ended": ended,
        "word": f"{LeaseState(lease.state).label} · {lease.ended_reason}" if lease.ended_reason else "",
    }


def stalled(project: Project, today: date) -> Sequence[int]:
    """Customers without a step since their first visit in the days of the term (拟:own.max_no_progress)."""
    terms = terms_for(OwnTerms, on=today, project=project)
    before = clock.end_of(date.fromordinal(today.toordinal() - terms.max_no_progress))
    rows = OwnershipLease.objects.filter(project=project, state=LeaseState.ACTIVE, started_at__lt=before)
    rows = rows.filter(customer__stage__in=(Stage.CALLED, Stage.VISITED))
    return list(rows.order_by("started_at", "pk").values_list("customer", flat=True)[:200])


STALLED_SHOWN = 5


def stalled_card(actor: User, now: datetime) -> dict[str, Any] | None:
    """今日 of the manager: who made no step, longest first; stays away when nobody is."""
    today = clock.business_date(now)
    ids = [pk for project in actor.own_projects for pk in stalled(project, today)]
    if not ids:
        return None
    people = Customer.objects.filter(pk__in=ids[:STALLED_SHOWN]).select_related("owner")
    rows = [
        {
            "pk": str(customer.pk),
            "name": str(customer),
            "grade": customer.grade,
            "owner": customer.owner.name if customer.owner else "公海",
            "since": cn_date(customer.first_contact_at, today),
        }
        for customer in people.order_by("first_contact_at", "pk")
    ]
    return {"rows": rows, "more": str(len(ids) - len(rows)) if len(ids) > len(rows) else ""}


def left_after_handover() -> Iterator[str]:
    """Who left and was handed over holds nothing any more, but what waits for a ruling."""
    gone = Handover.objects.filter(why=Why.LEFT, leaver__is_active=False)
    for leaver, project in gone.order_by().values_list("leaver", "project").distinct()[:1000]:
        frozen = OwnershipLease.objects.filter(rep=leaver, state=LeaseState.FROZEN).values("customer")
        held = Customer.objects.filter(owner=leaver, project=project).exclude(pk__in=frozen)
        for pk in held.values_list("pk", flat=True)[:10]:
            yield f"客户 #{pk} 在交接之后仍归离职的 #{leaver}"
        shares = CustomerGrant.objects.filter(user=leaver, content_object__project=project)
        for pk in shares.values_list("content_object", flat=True)[:10]:
            yield f"客户 #{pk} 在交接之后仍共享给离职的 #{leaver}"


INVARIANTS = (Invariant("a_leaver_holds_nothing_after_handover", "拟:own.basis", left_after_handover),)
