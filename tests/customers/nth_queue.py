"""The verbs of the queue and of receptions for tests/test_nth_statement.py."""

from datetime import timedelta

from customers import services
from customers.models import AbsenceRequest
from customers.queries.hall_code import hall_code
from customers.rules import Absence, Contact
from customers.services import queue as places
from customers.services import reception as turns
from tests.customers.nth_cases import KEY, SOON, case
from tests.factories import customers as make
from tests.salesdept.nth_cases import fresh


def _hall(get, now, *names):
    """A hall with its assistant and these people waiting; the first one's place."""
    get("assistant")
    people = [get(name) for name in (names or ("rep", "colleague"))]
    make.sign_in(*people, now=now)
    return places.entry_of(people[0], get("project"), now)


@case(services.sign_in_queue)
def _(get, now):
    rep, project = get("rep"), get("project")
    code = hall_code(project, now)
    return lambda: services.sign_in_queue(actor=fresh(rep), project=project, code=code, now=now, **KEY)


@case(services.sign_in_queue, "with a caller on the phone")
def _(get, now):
    assistant, rep, project = get("assistant"), get("rep"), get("project")
    make.reception(rep, now=now, kind=Contact.CALL)
    return lambda: services.sign_in_queue(actor=fresh(assistant), project=project, rep=rep, now=now, **KEY)


@case(services.start_reception)
def _(get, now):
    _hall(get, now)
    rep, project = get("rep"), get("project")
    make.reception(rep, now=now - timedelta(days=1))
    return lambda: services.start_reception(
        actor=fresh(rep), project=project, kind=Contact.VISIT, now=now, **KEY
    )


@case(services.arrange_next)
def _(get, now):
    _hall(get, now)
    assistant, project = get("assistant"), get("project")
    return lambda: services.arrange_next(actor=fresh(assistant), project=project, now=now, **KEY)


@case(services.arrange_next, "with a group at the door")
def _(get, now):
    _hall(get, now)
    assistant, project = get("assistant"), get("project")
    services.note_arrival_at_door(actor=assistant, project=project, now=now)
    return lambda: services.arrange_next(actor=fresh(assistant), project=project, now=now + SOON, **KEY)


@case(services.note_arrival_at_door)
def _(get, now):
    _hall(get, now)
    rep, project = get("rep"), get("project")
    return lambda: services.note_arrival_at_door(actor=fresh(rep), project=project, now=now, **KEY)


@case(services.arrival_left)
def _(get, now):
    _hall(get, now)
    rep, project = get("rep"), get("project")
    group = services.note_arrival_at_door(actor=rep, project=project, now=now)
    return lambda: services.arrival_left(actor=fresh(rep), arrival_id=group.pk, now=now + SOON, **KEY)


def _table(get, now):
    _hall(get, now)
    return make.reception(get("rep"), now=now)


@case(services.say_finish)
def _(get, now):
    table, rep = _table(get, now), get("rep")
    return lambda: services.say_finish(actor=fresh(rep), reception_id=table.pk, minutes=9, now=now, **KEY)


@case(services.leave_table)
def _(get, now):
    table, rep, helper = _table(get, now), get("rep"), get("colleague")
    given = {"minutes": 9, "helper": helper, "need": "看价目", "consented": True}
    return lambda: services.leave_table(actor=fresh(rep), reception_id=table.pk, now=now, **given, **KEY)


@case(services.back_at_table)
def _(get, now):
    table, rep = _table(get, now), get("rep")
    services.leave_table(actor=rep, reception_id=table.pk, minutes=3, now=now)
    return lambda: services.back_at_table(actor=fresh(rep), reception_id=table.pk, now=now + SOON, **KEY)


def _visitor(get, now):
    desk = get("assistant")
    given = {"name": "章先生", "purpose": "送报告", "host": get("manager")}
    return desk, {"actor": desk, "project": get("project"), "now": now, **given}


@case(services.log_visitor)
def _(get, now):
    desk, given = _visitor(get, now)
    return lambda: services.log_visitor(**{**given, "actor": fresh(desk)}, **KEY)


@case(services.answer_visitor)
def _(get, now):
    _, given = _visitor(get, now)
    visitor, host = services.log_visitor(**given), given["host"]
    return lambda: services.answer_visitor(
        actor=fresh(host), visitor_id=visitor.pk, answer="no", now=now + SOON, **KEY
    )


@case(services.visitor_done)
def _(get, now):
    desk, given = _visitor(get, now)
    visitor = services.log_visitor(**given)
    return lambda: services.visitor_done(actor=fresh(desk), visitor_id=visitor.pk, now=now + SOON, **KEY)


@case(turns.arrange_named)
def _(get, now):
    _hall(get, now)
    assistant, project, other = get("assistant"), get("project"), get("colleague")
    return lambda: turns.arrange_named(actor=fresh(assistant), project=project, rep=other, now=now, **KEY)


@case(services.end_reception)
def _(get, now):
    _hall(get, now, "rep")
    rep, project = get("rep"), get("project")
    turn = services.start_reception(actor=rep, project=project, kind=Contact.VISIT, now=now, turn="own")
    return lambda: services.end_reception(
        actor=fresh(rep), reception_id=turn.pk, now=now + SOON, reason="看完样板间", outcome="new", **KEY
    )


@case(services.step_away)
def _(get, now):
    entry = _hall(get, now, "rep", "colleague", "supervisor")
    rep = get("rep")
    return lambda: services.step_away(
        actor=fresh(rep), entry_id=entry.pk, now=now + SOON, reason="取快递", **KEY
    )


def _ask(get, now):
    entry = _hall(get, now, "rep", "colleague", "supervisor")
    services.step_away(actor=get("rep"), entry_id=entry.pk, absence=Absence.REST, now=now)
    return AbsenceRequest.objects.get(entry=entry)


@case(services.step_away, "asking")
def _(get, now):
    entry, rep = _hall(get, now, "rep", "colleague", "supervisor"), get("rep")
    return lambda: services.step_away(
        actor=fresh(rep), entry_id=entry.pk, absence=Absence.REST, now=now + SOON, **KEY
    )


@case(services.answer_absence)
def _(get, now):
    asked, assistant = _ask(get, now), get("assistant")
    return lambda: services.answer_absence(
        actor=fresh(assistant), request_id=asked.pk, granted=True, now=now + SOON, **KEY
    )


@case(services.withdraw_absence)
def _(get, now):
    asked, rep = _ask(get, now), get("rep")
    return lambda: services.withdraw_absence(actor=fresh(rep), request_id=asked.pk, now=now + SOON, **KEY)


@case(services.come_back)
def _(get, now):
    entry, rep = _hall(get, now, "rep", "colleague", "supervisor"), get("rep")
    services.step_away(actor=rep, entry_id=entry.pk, now=now)
    return lambda: services.come_back(actor=fresh(rep), entry_id=entry.pk, now=now + SOON, **KEY)


@case(services.leave_queue)
def _(get, now):
    entry, rep = _hall(get, now, "rep"), get("rep")
    return lambda: services.leave_queue(actor=fresh(rep), entry_id=entry.pk, now=now + SOON, **KEY)


def _of_the_desk(verb, by="assistant"):
    def start(get, now):
        entry, actor = _hall(get, now), get(by)
        return lambda: verb(actor=fresh(actor), entry_id=entry.pk, reason="门岗无人", now=now + SOON, **KEY)

    return start


for _verb in (services.skip_turn, services.grant_turn, services.penalise):
    case(_verb)(_of_the_desk(_verb))
case(services.suspend_rep)(_of_the_desk(services.suspend_rep, "manager"))


@case(services.lift_suspension)
def _(get, now):
    entry, manager, project = _hall(get, now), get("manager"), get("project")
    services.suspend_rep(actor=manager, entry_id=entry.pk, reason="拒接", now=now)
    return lambda: services.lift_suspension(
        actor=fresh(manager), project=project, rep=entry.rep, reason="查无此事", now=now + SOON, **KEY
    )


def _alone_with_a_guest(get, now):
    entry, rep, project = _hall(get, now, "rep"), get("rep"), get("project")
    services.start_reception(actor=rep, project=project, kind=Contact.VISIT, now=now)
    return entry, rep


@case(services.report_last)
def _(get, now):
    entry, rep = _alone_with_a_guest(get, now)
    return lambda: services.report_last(actor=fresh(rep), entry_id=entry.pk, now=now + SOON, **KEY)


@case(services.decline_double)
def _(get, now):
    entry, rep = _alone_with_a_guest(get, now)
    return lambda: services.decline_double(
        actor=fresh(rep), entry_id=entry.pk, reason="客户正在算价", now=now + SOON, **KEY
    )


@case(services.hand_desk)
def _(get, now):
    _hall(get, now)
    assistant, project, other = get("assistant"), get("project"), get("colleague")
    services.hand_desk(actor=assistant, project=project, holder=get("rep"), now=now)
    return lambda: services.hand_desk(
        actor=fresh(assistant), project=project, holder=other, now=now + SOON, **KEY
    )


@case(services.return_desk)
def _(get, now):
    _hall(get, now)
    project, rep = get("project"), get("rep")
    services.hand_desk(actor=get("assistant"), project=project, holder=rep, now=now)
    return lambda: services.return_desk(actor=fresh(rep), project=project, now=now + SOON, **KEY)
