"""迎客: groups at the door, who took them and how fast, the estimated finish, and leaving the table."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from customers import access
from customers.models import Arrival, Aside, Reception
from customers.rules import Contact, QueueTerms
from customers.rules.greeting import check_aside, check_finish
from customers.rules.queue_words import OUT_OF_TURN
from customers.services.queue_log import tell, touch
from regulations.queries import terms_for
from salesdept import clock, journal
from salesdept.errors import RuleError, refuse
from salesdept.models import Project, User
from salesdept.verbs import locked, service

ARRIVAL_GONE = RuleError("arrival_gone", "这组客户已有人接待或已离开", "S182", "刷新后再看")
NOT_OPEN = RuleError("reception_over", "这组接待已经结束", "S158", "刷新后再看")
REFUSALS = {"one_aside_at_a_time": RuleError("aside_open", "已经记了暂离", "S158", "回来后先点「回到客户」")}


@service
def note_arrival_at_door(
    *,
    actor: User,
    project: Project,
    now: datetime,
    people: int = 1,
    mark: str = "",
    idempotency_key: str | None = None,
) -> Arrival:
    """客户进门, by the time of the server (S181). `mark` tells groups apart; no names."""
    access.may_register(actor).or_raise()
    arrival = Arrival.objects.create(
        project=project,
        arrived_at=now,
        people=min(max(people, 1), 50),
        mark=mark.strip()[:20],
        noted_by=actor,
    )
    journal.record(actor, "customers.arrival.noted", arrival, happened_at=now, people=arrival.people)
    touch(project, clock.business_date(now))
    return arrival


def greet(actor: User, reception: Reception, arrival_id: int | None, now: datetime) -> None:
    """Part of starting a reception: the group it takes. Who comes for somebody is only taken by name."""
    if reception.kind != Contact.VISIT or (arrival_id is None and reception.turn in OUT_OF_TURN):
        return
    since = clock.at(clock.business_date(now))
    rows = Arrival.objects.filter(project=reception.project_id, arrived_at__gte=since)
    rows = rows.filter(reception__isnull=True, left_at__isnull=True).order_by("arrived_at", "pk")
    if arrival_id is not None:
        rows = rows.filter(pk=arrival_id)
    elif Arrival.objects.filter(reception=reception).exists():
        return  # the same reception was given back
    arrival = rows.select_for_update(of=("self",), no_key=True).first()
    if arrival is None:
        if arrival_id is not None:
            raise ARRIVAL_GONE
        return
    arrival.reception = reception
    arrival.save(update_fields=["reception"])
    seconds = int((now - arrival.arrived_at).total_seconds())
    journal.record(actor, "customers.arrival.received", arrival, happened_at=now, seconds=seconds)


@service
def arrival_left(
    *, actor: User, arrival_id: int, now: datetime, idempotency_key: str | None = None
) -> Arrival:
    """The group went away before anybody received it."""
    access.may_register(actor).or_raise()
    arrival = locked(Arrival.objects.visible_to(actor), arrival_id)
    if arrival.reception_id is not None or arrival.left_at is not None:
        raise ARRIVAL_GONE
    arrival.left_at = now
    arrival.save(update_fields=["left_at"])
    journal.record(actor, "customers.arrival.left", arrival, happened_at=now)
    touch(arrival.project_id, clock.business_date(now))
    return arrival


def _table(actor: User, reception_id: int) -> Reception:
    """An open reception that is the actor's to speak for, locked."""
    rows = Reception.objects.filter(project__in=actor.projects.all()).select_related("rep", "project")
    reception = locked(rows, reception_id)
    access.may_use_reception(actor, reception).or_raise()
    if reception.ended_at is not None:
        raise NOT_OPEN
    return reception


@service
def say_finish(
    *, actor: User, reception_id: int, minutes: int, now: datetime, idempotency_key: str | None = None
) -> Reception:
    """还有若干分钟就完毕 (S186): what the desk may tell those who wait. `minutes` from now."""
    check_finish(minutes)
    reception = _table(actor, reception_id)
    reception.finish_at = now + timedelta(minutes=minutes)
    reception.save(update_fields=["finish_at"])
    journal.record(actor, "customers.reception.finish", reception, happened_at=now, minutes=minutes)
    touch(reception.project_id, clock.business_date(now))
    return reception


@service
def leave_table(
    *,
    actor: User,
    reception_id: int,
    minutes: int,
    now: datetime,
    helper: User | None = None,
    need: str = "",
    consented: bool = False,
    idempotency_key: str | None = None,
) -> Aside:
    """接待中暂离: for long only with a colleague who knows the guest's need, and with the guest's consent.

    The customer stays whose he is (S147). Raises RuleError `aside_long`, `need_unsaid`, `no_consent`,
    `aside_self`, `aside_open`, `reception_over`.
    """
    reception = _table(actor, reception_id)
    today = clock.business_date(now)
    terms = terms_for(QueueTerms, on=today, project=reception.project_id)
    check_aside(minutes, helper.pk if helper else None, reception.rep_id, need, consented, terms)
    try:
        with transaction.atomic():
            aside = Aside.objects.create(
                reception=reception,
                left_at=now,
                minutes=minutes,
                helper=helper,
                need=need.strip()[:100] if helper else "",
                consented=consented and helper is not None,
            )
    except IntegrityError as error:
        raise refuse(error, REFUSALS) from error
    journal.record(
        actor,
        "customers.aside.left",
        aside,
        happened_at=now,
        minutes=minutes,
        helper=helper.pk if helper else None,
        consented=aside.consented,
    )
    if helper:
        title = f"{reception.rep.name} 暂离，请你照看客户：{aside.need}"
        tell([helper], title, f"aside:{aside.pk}", now, "S147")
    touch(reception.project_id, today)
    return aside


@service
def back_at_table(
    *, actor: User, reception_id: int, now: datetime, idempotency_key: str | None = None
) -> Reception:
    """回到客户. Raises RuleError `not_aside` when nobody had left."""
    reception = _table(actor, reception_id)
    aside = Aside.objects.filter(reception=reception, back_at__isnull=True).first()
    if aside is None:
        raise RuleError("not_aside", "没有记暂离", "S158", "刷新后再看")
    aside.back_at = now
    aside.save(update_fields=["back_at"])
    journal.record(actor, "customers.aside.back", aside, happened_at=now)
    touch(reception.project_id, clock.business_date(now))
    return reception
