"""回访抽查: a random share of effective follow-ups is asked about again; an untrue one voids (6.7, 9)."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from secrets import token_hex

from attendance.rules import CaseCode
from attendance.services import propose_case
from customers import access
from customers.models import (
    Call,
    Customer,
    FollowUp,
    FollowUpVoid,
    OwnershipLease,
    Recall,
    RecallDraw,
    Visit,
)
from customers.rules import Contact, LeaseState
from customers.rules.followups import FollowTerms, RecallState, draw
from customers.rules.pool import PoolWhy
from customers.services.clocks import last_day_for
from customers.services.followups import days_of
from customers.services.leases import live_lease
from customers.services.people import live_customer, number_of
from customers.services.pool import give_up
from regulations.queries import terms_for
from salesdept import clock, journal
from salesdept.errors import RuleError
from salesdept.journal import label
from salesdept.models import Project, Reveal, User
from salesdept.services.privacy import note_look
from salesdept.verbs import locked, service

WEEK = timedelta(days=7)
type Count = tuple[date, int]  # counted from a day, for so many days


@service
def draw_recalls(*, actor: User | None, project: Project, first: date, now: datetime) -> int:
    """Draw every rep's sample of the week that began on `first`, once; how many follow-ups were drawn."""
    terms = terms_for(FollowTerms, on=first, project=project)
    rows = FollowUp.objects.counting().filter(
        project=project, happened_at__gte=clock.at(first), happened_at__lt=clock.at(first + WEEK)
    )
    weeks: dict[int, list[int]] = {}
    for pk, rep in rows.order_by("pk").values_list("pk", "by_id"):
        weeks.setdefault(rep, []).append(pk)
    done = set(RecallDraw.objects.filter(project=project, first=first).values_list("rep_id", flat=True))
    count = 0
    for rep, population in weeks.items():
        if rep not in done:
            count += _draw_one(actor, project, rep, first, population, terms.recall_percent, now)
    return count


def _draw_one(
    actor: User | None,
    project: Project,
    rep: int,
    first: date,
    population: list[int],
    percent: int,
    now: datetime,
) -> int:
    """The seed nobody could know before is kept; the week's one draw is never made again until it suits."""
    seed = token_hex(16)
    picked = draw(population, percent, seed)
    row = RecallDraw.objects.create(
        project=project,
        rep_id=rep,
        first=first,
        seed=seed,
        percent=percent,
        population=population,
        picked=picked,
        drawn_at=now,
    )
    Recall.objects.bulk_create([Recall(project=project, rep_draw=row, followup_id=pk) for pk in picked])
    journal.record(actor, "customers.recall.drawn", row, happened_at=now, rep=rep, picked=len(picked))
    return len(picked)


@service
def dial_recall(*, actor: User, recall_id: int, now: datetime) -> str:
    """The customer's number for the re-call, in the register of looks."""
    access.may_recall(actor).or_raise()
    recall = locked(Recall.objects.all(), recall_id)
    _check_open(recall)
    customer = Customer.objects.get(followups=recall.followup_id)
    number = number_of(customer)
    reason = f"回访抽查 #{recall.pk}"
    note_look(actor=actor, target=customer, field="phone", kind=Reveal.Kind.DIAL, now=now, reason=reason)
    return number


def _check_open(recall: Recall) -> None:
    if recall.state != RecallState.OPEN:
        raise RuleError("recall_done", "这条抽查已有结果", "拟:own.renew", "看抽查记录")


@service
def mark_recall(
    *,
    actor: User,
    recall_id: int,
    state: str,
    now: datetime,
    note: str = "",
    idempotency_key: str | None = None,
) -> Recall:
    """属实, 不属实 or 未接通. Untrue voids the follow-up, counts the lease anew and proposes a case.

    未接通 stays on the list until the tries are used up. Raises RuleError `recall_done`, `recall_state`,
    `recall_note`.
    """
    access.may_recall(actor).or_raise()
    recall = locked(Recall.objects.select_related("followup"), recall_id)
    _check_open(recall)
    if state not in (RecallState.TRUE, RecallState.FALSE, RecallState.UNREACHED):
        raise RuleError("recall_state", "没有这种回访结果", "拟:own.renew", "选一个结果")
    if state == RecallState.FALSE and not note.strip():
        raise RuleError("recall_note", "不属实须写客户怎么说", "拟:own.renew", "记下客户原话")
    terms = terms_for(FollowTerms, on=clock.business_date(now), project=recall.project_id)
    recall.tries += 1
    if state != RecallState.UNREACHED or recall.tries >= terms.recall_tries:
        recall.state = state
    recall.note, recall.checked_by, recall.checked_at = note.strip()[:200], actor, now
    recall.save(update_fields=["state", "tries", "note", "checked_by", "checked_at"])
    journal.record(actor, "customers.recall.marked", recall, happened_at=now, state=state, tries=recall.tries)
    if state == RecallState.FALSE:
        _void(actor, recall, now)
    return recall


def _void(actor: User, recall: Recall, now: datetime) -> None:
    """The follow-up no longer counts: a row beside it, the lease counted anew, a case against its author."""
    row = recall.followup
    customer = live_customer(row.customer_id)
    void = FollowUpVoid.objects.create(
        followup=row, by=actor, at=now, reason=f"回访不属实：{recall.note}"[:200]
    )
    lease = live_lease(customer)
    change = ""
    if lease is not None and lease.rep_id == row.by_id and row.counted_days is not None:
        change = _shorten(customer, lease, row, now)
    journal.record(
        actor, "customers.followup.voided", void, happened_at=now, reason=recall.note, lease=change
    )
    propose_case(
        actor=actor,
        code=CaseCode.OTHER,
        person=User.objects.get(pk=row.by_id),
        amount=Decimal(0),
        facts=f"跟进记录不属实（回访抽查）：{recall.note}",
        clause="拟:own.renew",
        subject=label(row),
        now=now,
        project=recall.project,
    )


def _shorten(customer: Customer, lease: OwnershipLease, row: FollowUp, now: datetime) -> str:
    """Count the lease from what is left without the untrue follow-up; over, it lapses at once."""
    days = {
        last_day_for(rep_id=lease.rep_id, project=lease.project_id, event_day=start, days=count): (
            start,
            count,
        )
        for start, count in counts_left(customer, lease, row)
    }
    if not days:
        return ""
    old, last = lease.expires_on, max(days)
    if last >= old:
        return ""
    lease.expires_on, (lease.counted_from, lease.counted_days) = last, days[last]
    lease.save(update_fields=["expires_on", "counted_from", "counted_days"])
    if lease.state == LeaseState.ACTIVE and last < clock.business_date(now):
        give_up(customer, lease, PoolWhy.VOIDED, now, actor=None, reason="扣除不属实的跟进后已过期")
    return f"{old} → {last}"


def counts_left(customer: Customer, lease: OwnershipLease, row: FollowUp) -> list[Count]:
    """What the lease may be counted from without `row`: what it counted from before, and all since."""
    later = FollowUp.objects.counting().filter(
        customer=customer, by=lease.rep_id, counted_days__isnull=False, pk__gt=row.pk
    )
    counts = [(clock.business_date(f.happened_at), f.counted_days or 0) for f in later]
    if (before := _before(customer, row)) is not None:
        counts.append(before)
    since = {"customer": customer, "happened_at__gte": row.happened_at}
    for kind, slips in ((Contact.VISIT, Visit.objects), (Contact.CALL, Call.objects)):
        counts += _slip_counts(slips.filter(**since), kind, customer)
    return counts


def _before(customer: Customer, row: FollowUp) -> Count | None:
    """What the lease counted from before the first of a chain of untrue follow-ups that leads to this one."""
    if row.held_from is None or row.held_days is None:
        return None
    giver = FollowUp.objects.filter(
        customer=customer,
        pk__lt=row.pk,
        void__isnull=False,
        counted_days=row.held_days,
        happened_at__gte=clock.at(row.held_from),
        happened_at__lt=clock.end_of(row.held_from),
    ).first()
    return _before(customer, giver) if giver is not None else (row.held_from, row.held_days)


def _slip_counts(slips: Iterable[Visit | Call], kind: Contact, customer: Customer) -> list[Count]:
    found = []
    for slip in slips:
        on = clock.business_date(slip.happened_at)
        found.append((on, days_of(customer, kind, slip.grade or customer.grade, on)))
    return found
