"""The verbs of the feedback register, the calls and the survey for tests/test_nth_statement.py."""

from customers import services
from customers.models import CallBack, Survey
from customers.services.callbacks import plan_first_visit
from customers.services.feedback_steps import ANSWER
from tests.customers.nth_cases import KEY, SOON, case, fresh
from tests.factories import customers as make
from tests.factories import feedback as made


@case(services.file_feedback)
def _(get, now):
    rep, customer = get("rep"), make.customer(owner=get("colleague"), now=now)
    get("assistant"), get("manager")
    given = {"kind": "complaint", "content": "等候太久", "customer": customer, "severity": "grave"}
    return lambda: services.file_feedback(
        actor=fresh(rep), project=get("project"), now=now + SOON, **given, **KEY
    )


def _mailed(project, contact):
    """A department that is also written to."""
    row = made.department(project, contact)
    row.mail = "works@example.com"
    row.save(update_fields=["mail"])
    return row.pk


def _verb(verb, state, who="assistant", **given):
    """A case of one verb on an item in the state it is for."""

    @case(verb)
    def _(get, now):
        people = {name: get(name) for name in ("rep", "assistant", "supervisor")}
        row = made.complaint(people, state, now)
        values = {k: (v(get, row) if callable(v) else v) for k, v in given.items()}
        return lambda: verb(actor=fresh(people[who]), feedback_id=row.pk, now=now + SOON, **values, **KEY)


_verb(services.sign_copy, "taken", copy="assistant")
_verb(
    services.forward_feedback,
    "filed",
    hard=True,
    department_id=lambda get, row: _mailed(get("project"), get("manager")),
)
_verb(services.handle_feedback, "forwarded", result="已检修", justified=True)
_verb(services.reply_feedback, "handled", who="rep", reply="已检修")
_verb(services.confirm_feedback, "answered", verdict="discontent")
_verb(services.close_feedback, "confirmed")
_verb(services.reopen_feedback, "closed", reason="客户又来电")
_verb(services.withdraw_feedback, "filed", reason="误会")
_verb(services.urge_feedback, "forwarded")


@case(services.link_feedback)
def _(get, now):
    people = {name: get(name) for name in ("rep", "assistant", "supervisor")}
    root = made.complaint(people, "filed", now)
    row = made.complaint(people, "filed", now, customer=root.customer)
    return lambda: services.link_feedback(
        actor=fresh(people["assistant"]), feedback_id=row.pk, root_id=root.pk, now=now + SOON, **KEY
    )


@case(services.escalate_feedback)
def _(get, now):
    people = {name: get(name) for name in ("rep", "assistant", "supervisor")}
    row = made.complaint(people, "forwarded", now)
    return lambda: services.escalate_feedback(
        actor=None, feedback_id=row.pk, kind=ANSWER, level=1, now=now + SOON
    )


@case(services.save_department)
def _(get, now):
    assistant, project = get("assistant"), get("project")
    return lambda: services.save_department(
        actor=fresh(assistant), project=project, name="物业部", now=now, **KEY
    )


@case(services.record_callback)
def _(get, now):
    assistant = get("assistant")
    plan_first_visit(make.customer(owner=get("rep"), now=now), now)
    row = CallBack.objects.get()
    return lambda: services.record_callback(
        actor=fresh(assistant), callback_id=row.pk, reached=True, score=5, now=now + SOON, **KEY
    )


@case(services.ask_customer)
def _(get, now):
    rep = get("rep")
    customer = make.customer(owner=rep, now=now)
    services.ask_customer(actor=rep, customer_id=customer.pk, moment="visit", now=now)
    return lambda: services.ask_customer(
        actor=fresh(rep), customer_id=customer.pk, moment="visit", now=now + SOON, **KEY
    )


@case(services.send_survey)
def _(get, now):
    rep = get("rep")
    row = made.survey(rep, now)
    return lambda: services.send_survey(actor=fresh(rep), survey_id=row.pk, now=now + SOON, **KEY)


@case(services.answer_survey)
def _(get, now):
    row = made.survey(get("rep"), now)
    get("assistant")
    scores = {"conduct": 1, "talk": 5, "service": 5}
    return lambda: services.answer_survey(actor=None, token=row.token, scores=scores, now=now + SOON)


@case(services.void_survey)
def _(get, now):
    supervisor, row = get("supervisor"), made.answered(get("rep"), now)
    return lambda: services.void_survey(
        actor=fresh(supervisor), survey_id=row.pk, reason="代表代填", now=now + SOON, **KEY
    )


@case(services.draw_sample)
def _(get, now):
    supervisor, rep, project = get("supervisor"), get("rep"), get("project")
    for _ in range(3):
        make.customer(owner=rep, now=now)
    assert not Survey.objects.exists()
    return lambda: services.draw_sample(
        actor=fresh(supervisor), project=project, rep_id=rep.pk, seed=7, now=now + SOON, **KEY
    )


def _doubt(get, now):
    rep = get("rep")
    return rep, make.reception(rep, now=now)


@case(services.raise_doubt)
def _(get, now):
    rep, table = _doubt(get, now)
    return lambda: services.raise_doubt(actor=fresh(rep), reception_id=table.pk, now=now, **KEY)


@case(services.answer_doubt)
def _(get, now):
    rep, table = _doubt(get, now)
    doubt = services.raise_doubt(actor=rep, reception_id=table.pk, now=now)
    return lambda: services.answer_doubt(actor=fresh(rep), doubt_id=doubt.pk, now=now, **KEY)


@case(services.file_feedback, "of a doubt")
def _(get, now):
    rep, table = _doubt(get, now)
    get("assistant")
    doubt = services.raise_doubt(actor=rep, reception_id=table.pk, now=now)
    given = {"project": get("project"), "kind": "complaint", "content": "面积说法不一", "doubt_id": doubt.pk}
    return lambda: services.file_feedback(actor=fresh(rep), now=now, **given, **KEY)
