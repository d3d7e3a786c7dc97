"""The 公海 and its clocks: stays, a co-follow, a sample that was drawn, a stop, a quarrel of two lists."""

from datetime import timedelta

from customers import services
from customers.models import Customer, OwnershipLease, PoolEntry, Recall
from customers.rules import LeaseState, Stage
from customers.rules.followups import RecallState
from customers.rules.pool import PoolWhy
from customers.services.golive import note_conflict
from salesdept import clock
from salesdept.seeds import Office

SMALL = 5_000


def fill(office: Office) -> None:
    """Through the services where people act; only in an office of people one can know."""
    if office.customers > SMALL:
        return
    _stays(office)
    _cofollow(office)
    _recalls(office)
    _stop(office)
    _quarrel(office)
    _losses(office)


def _stays(office: Office) -> None:
    """Why everybody without an owner is in the 公海: the last lease ended."""
    free = Customer.objects.filter(project=office.project, owner__isnull=True).values("pk")
    ended = OwnershipLease.objects.filter(customer__in=free, state=LeaseState.LAPSED).order_by("pk")
    last = {lease.customer_id: lease for lease in ended}
    PoolEntry.objects.bulk_create(
        PoolEntry(
            project=office.project,
            customer_id=customer,
            why=PoolWhy.LAPSED,
            former_id=lease.rep_id,
            since=lease.ended_at,
            since_on=clock.business_date(lease.ended_at),
        )
        for customer, lease in last.items()
        if lease.ended_at is not None and lease.ended_at <= office.now
    )


def _cofollow(office: Office) -> None:
    supervisor = office.people["supervisor"]
    stars = Customer.objects.filter(project=office.project, grade="A", owner__isnull=False)
    for customer in stars.exclude(owner=supervisor).order_by("pk")[:2]:
        services.start_cofollow(actor=supervisor, customer_id=customer.pk, now=office.now - timedelta(days=3))


def _recalls(office: Office) -> None:
    """Last week's sample, a few of them already asked."""
    today = clock.business_date(office.now)
    first = today - timedelta(days=today.weekday() + 7)
    services.draw_recalls(actor=None, project=office.project, first=first, now=office.now)
    for recall in Recall.objects.filter(project=office.project).order_by("pk")[:2]:
        services.mark_recall(
            actor=office.people["assistant"],
            recall_id=recall.pk,
            state=RecallState.TRUE,
            note="记得，聊了周末来访",
            now=office.now,
        )


def _stop(office: Office) -> None:
    """One rep's approved leave ahead."""
    day = clock.business_date(office.now) + timedelta(days=20)
    services.declare_stop(
        actor=office.people["assistant"],
        project=office.project,
        kind="leave",
        rep_id=office.people["rep2"].pk,
        first=day,
        last=day + timedelta(days=2),
        reason="年假，经理已批",
        now=office.now - timedelta(hours=20),
    )


def _quarrel(office: Office) -> None:
    """A customer who stood in two imported lists."""
    lease = OwnershipLease.objects.filter(
        project=office.project, rep=office.people["rep6"], state=LeaseState.ACTIVE
    ).order_by("pk")
    for found in lease.select_related("customer")[:1]:
        facts = {"first_visit_on": str(office.start)}
        note_conflict(found.customer, office.people["rep2"].pk, facts, 0, office.now - timedelta(days=2))


def _losses(office: Office) -> None:
    """战败 of every kind that a month brings, some due to be won back."""
    rows = Customer.objects.filter(project=office.project, owner__isnull=False, grade="C")
    people = rows.filter(stage__in=(Stage.VISITED, Stage.REVISITED)).select_related("owner").order_by("pk")
    kinds = (
        ("price", "", 65),
        ("rival", "云栖里", 12),
        ("money", "", 20),
        ("not_now", "", 33),
        ("layout", "", 5),
    )
    for customer, (reason, rival, age) in zip(people[: len(kinds)], kinds, strict=False):
        services.mark_lost(
            actor=customer.owner,
            customer_id=customer.pk,
            reason=reason,
            rival=rival,
            now=office.now - timedelta(days=age),
        )
