"""Feedback in any state of its path, and surveys, by the real services."""

from customers import services
from customers.models import Department, Feedback, Survey
from tests.factories import customers as make

PATH = ("taken", "filed", "forwarded", "handled", "answered", "confirmed", "closed")


def department(project, contact=None) -> Department:
    return Department.objects.get_or_create(project=project, name="工程部", defaults={"contact": contact})[0]


def complaint(people, state, now, *, kind="complaint", customer=None, **given) -> Feedback:
    """One item brought along its path to a state. `people` are rep, assistant and supervisor."""
    rep, assistant, supervisor = (people[name] for name in ("rep", "assistant", "supervisor"))
    project = rep.projects.first()
    customer = customer or make.customer(owner=rep, now=now)
    row = services.file_feedback(
        actor=rep, project=project, kind=kind, content="样板间空调不制冷", customer=customer, now=now, **given
    )
    steps = [
        (services.sign_copy, assistant, {"copy": "assistant"}),
        (services.forward_feedback, assistant, {"department_id": department(project).pk}),
        (services.handle_feedback, assistant, {"result": "已检修", "justified": True}),
        (services.reply_feedback, rep, {"reply": "空调已检修"}),
        (services.confirm_feedback, assistant, {"verdict": "content"}),
        (services.close_feedback, supervisor, {}),
    ]
    path = [step for step in PATH if kind == "complaint" or step != "confirmed"]
    if kind != "complaint":
        del steps[4]
    for verb, actor, values in steps[: path.index(state)]:
        row = verb(actor=actor, feedback_id=row.pk, now=now, **values)
    return row


def survey(rep, now, moment="visit", customer=None) -> Survey:
    """A link shown to a customer; its secret is `token`."""
    customer = customer or make.customer(owner=rep, now=now)
    return services.ask_customer(actor=rep, customer_id=customer.pk, moment=moment, now=now)


def answered(rep, now, scores=(5, 5, 5), comment="", **given) -> Survey:
    row = survey(rep, now, **given)
    values = dict(zip(("conduct", "talk", "service"), scores, strict=True))
    return services.answer_survey(actor=None, token=row.token, scores=values, comment=comment, now=now)
