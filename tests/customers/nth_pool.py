"""The verbs of grades, follow-ups that count, clocks and the 公海 for tests/test_nth_statement.py."""

from datetime import timedelta

from customers import services
from customers.models import Recall
from customers.services.golive import note_conflict
from salesdept.clock import business_date
from tests.customers.nth_cases import KEY, case
from tests.factories import customers as make
from tests.salesdept.nth_cases import fresh

DAY = timedelta(days=1)


def _free(get, now):
    return make.customer(project=get("project"), now=now)


@case(services.claim_customer)
def _(get, now):
    rep, person = get("rep"), _free(get, now)
    return lambda: services.claim_customer(actor=fresh(rep), customer_id=person.pk, now=now, **KEY)


@case(services.mark_lost)
def _(get, now):
    rep = get("rep")
    person = make.customer(owner=rep, now=now)
    return lambda: services.mark_lost(
        actor=fresh(rep), customer_id=person.pk, reason="rival", rival="云栖里", now=now, **KEY
    )


@case(services.win_back)
def _(get, now):
    rep = get("rep")
    person = make.customer(owner=rep, now=now)
    services.mark_lost(actor=rep, customer_id=person.pk, reason="price", now=now)
    return lambda: services.win_back(actor=fresh(rep), customer_id=person.pk, now=now, **KEY)


@case(services.release_customer)
def _(get, now):
    rep = get("rep")
    person = make.customer(owner=rep, grade="A", now=now)
    services.start_cofollow(actor=get("supervisor"), customer_id=person.pk, now=now)
    return lambda: services.release_customer(
        actor=fresh(rep), customer_id=person.pk, reason="客户已买别处", now=now, **KEY
    )


@case(services.start_cofollow)
def _(get, now):
    supervisor, person = get("supervisor"), make.customer(owner=get("rep"), grade="A", now=now)
    return lambda: services.start_cofollow(actor=fresh(supervisor), customer_id=person.pk, now=now, **KEY)


@case(services.end_cofollow)
def _(get, now):
    supervisor, person = get("supervisor"), make.customer(owner=get("rep"), grade="A", now=now)
    row = services.start_cofollow(actor=supervisor, customer_id=person.pk, now=now)
    return lambda: services.end_cofollow(
        actor=fresh(supervisor), cofollow_id=row.pk, now=now, reason="已签约", **KEY
    )


@case(services.accept_grade)
def _(get, now):
    rep = get("rep")
    person = make.customer(owner=rep, grade="C", now=now, visit_count=3, last_contact_at=now)
    return lambda: services.accept_grade(actor=fresh(rep), customer_id=person.pk, grade="A", now=now, **KEY)


def _closed(get, now):
    make.customer(owner=get("rep"), now=now)
    first = business_date(now) + 2 * DAY
    return {
        "actor": get("manager"),
        "project": get("project"),
        "kind": "closed",
        "first": first,
        "last": first + 2 * DAY,
        "reason": "停电停业",
        "now": now,
    }


@case(services.declare_stop)
def _(get, now):
    given = _closed(get, now)
    return lambda: services.declare_stop(**{**given, "actor": fresh(given["actor"])}, **KEY)


@case(services.withdraw_stop)
def _(get, now):
    manager, stop = get("manager"), services.declare_stop(**_closed(get, now))
    return lambda: services.withdraw_stop(
        actor=fresh(manager), stop_id=stop.pk, now=now + DAY, reason="提前开业", **KEY
    )


@case(services.apply_stop)
def _(get, now):
    stop = services.declare_stop(**_closed(get, now))
    make.customer(owner=get("colleague"), now=now)
    type(stop).objects.filter(pk=stop.pk).update(applied_at=None)
    return lambda: services.apply_stop(actor=None, stop_id=stop.pk, now=now)


def _followed(get, now):
    """A customer of the rep with one effective follow-up of last week."""
    rep, then = get("rep"), now - 6 * DAY
    person = make.customer(owner=rep, now=then)
    services.add_follow_up(
        actor=rep, customer_id=person.pk, method="phone", outcome="talked", content="周末再来看", now=then
    )
    today = business_date(now)
    return today - timedelta(days=today.weekday() + 7)


@case(services.draw_recalls)
def _(get, now):
    project, first = get("project"), _followed(get, now)
    return lambda: services.draw_recalls(actor=None, project=project, first=first, now=now)


def _drawn(get, now):
    services.draw_recalls(actor=None, project=get("project"), first=_followed(get, now), now=now)
    return Recall.objects.get()


@case(services.dial_recall)
def _(get, now):
    assistant, recall = get("assistant"), _drawn(get, now)
    return lambda: services.dial_recall(actor=fresh(assistant), recall_id=recall.pk, now=now)


def _mark(state):
    def start(get, now):
        assistant, recall = get("assistant"), _drawn(get, now)
        return lambda: services.mark_recall(
            actor=fresh(assistant), recall_id=recall.pk, state=state, note="没有联系过", now=now, **KEY
        )

    return start


case(services.mark_recall)(_mark("true"))
case(services.mark_recall, "untrue")(_mark("false"))


def _rule(ruling):
    def start(get, now):
        manager, person = get("manager"), make.customer(owner=get("rep"), now=now)
        conflict = note_conflict(person, get("colleague").pk, {}, 1, now)
        return lambda: services.rule_conflict(
            actor=fresh(manager),
            conflict_id=conflict.pk,
            ruling=ruling,
            reason="以登记为准",
            now=now,
            **KEY,
        )

    return start


for _ruling in ("holder", "rival", "both"):
    case(services.rule_conflict, "" if _ruling == "holder" else _ruling)(_rule(_ruling))


def _plan(get, now):
    rep = get("rep")
    guest = make.customer(owner=rep, now=now)
    on = business_date(now)
    return rep, guest, on


@case(services.plan_visit)
def _(get, now):
    rep, guest, on = _plan(get, now)
    return lambda: services.plan_visit(actor=fresh(rep), customer_id=guest.pk, on=on, now=now, **KEY)


@case(services.fill_plan)
def _(get, now):
    rep, guest, on = _plan(get, now)
    guest.next_follow_on = on
    guest.save(update_fields=["next_follow_on"])
    given = {"project": get("project"), "first": on, "last": on}
    return lambda: services.fill_plan(actor=fresh(rep), now=now, **given, **KEY)


@case(services.move_plan)
def _(get, now):
    rep, guest, on = _plan(get, now)
    plan = services.plan_visit(actor=rep, customer_id=guest.pk, on=on, now=now)
    later = on + timedelta(days=2)
    return lambda: services.move_plan(actor=fresh(rep), plan_id=plan.pk, on=later, now=now, **KEY)


@case(services.cancel_plan)
def _(get, now):
    rep, guest, on = _plan(get, now)
    plan = services.plan_visit(actor=rep, customer_id=guest.pk, on=on, now=now)
    return lambda: services.cancel_plan(actor=fresh(rep), plan_id=plan.pk, now=now, **KEY)
