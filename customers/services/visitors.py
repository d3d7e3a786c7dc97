"""来客登记 (S210): people who come to see somebody of the office. Not a turn."""

from datetime import datetime

from customers import access
from customers.models import Visitor
from customers.rules.greeting import VisitorAnswer
from salesdept import journal
from salesdept.errors import RuleError
from salesdept.models import Project, User
from salesdept.rules import Message
from salesdept.services.reminders import notify
from salesdept.verbs import locked, service

GONE = RuleError("visitor_gone", "这位来客已会见或离开", "S210", "刷新后再看")


@service
def log_visitor(
    *,
    actor: User,
    project: Project,
    name: str,
    purpose: str,
    host: User,
    now: datetime,
    firm: str = "",
    idempotency_key: str | None = None,
) -> Visitor:
    """Who came and why; the person to see is told at once. Raises RuleError `visitor_unsaid`."""
    access.may_log_visitor(actor).or_raise()
    if not name.strip() or not purpose.strip():
        raise RuleError("visitor_unsaid", "须问明姓名与来意", "S210", "问过来客再登记")
    visitor = Visitor.objects.create(
        project=project,
        name=name.strip()[:30],
        firm=firm.strip()[:40],
        purpose=purpose.strip()[:100],
        host=host,
        noted_by=actor,
        arrived_at=now,
    )
    journal.record(actor, "customers.visitor.noted", visitor, happened_at=now, host=host.pk)
    if host.pk != actor.pk:
        # No name in the notice: it outlives the register's own retention.
        title, key = "前台有来客找你，请答复", f"visitor:{visitor.pk}"
        notify(
            [Message(user_id=host.pk, title=title, key=key, url="/customers/queue/hall/", clause="S210")],
            now,
        )
    return visitor


def _open(actor: User, visitor_id: int) -> Visitor:
    visitor = locked(Visitor.objects.visible_to(actor), visitor_id)
    if visitor.gone_at is not None:
        raise GONE
    return visitor


@service
def answer_visitor(
    *, actor: User, visitor_id: int, answer: str, now: datetime, idempotency_key: str | None = None
) -> Visitor:
    """The leader's answer, given by the leader or taken down by the desk."""
    visitor = _open(actor, visitor_id)
    if actor.pk != visitor.host_id:
        access.may_log_visitor(actor).or_raise()
    if answer not in VisitorAnswer.values or answer == VisitorAnswer.ASKED:
        raise RuleError("answer_unknown", "没有这种答复", "S210", "在所列答复中选一个")
    visitor.answer, visitor.answered_at = VisitorAnswer(answer), now
    if answer in (VisitorAnswer.LATER, VisitorAnswer.NO):
        visitor.gone_at = now
    visitor.save(update_fields=["answer", "answered_at", "gone_at"])
    journal.record(actor, "customers.visitor.answered", visitor, happened_at=now, answer=answer)
    if actor.pk == visitor.host_id and actor.pk != visitor.noted_by_id:
        title, key = f"{actor.name} 答复来客：{visitor.answer.label}", f"visitor_said:{visitor.pk}:{answer}"
        told = Message(
            user_id=visitor.noted_by_id, title=title, key=key, url="/customers/queue/hall/", clause="S210"
        )
        notify([told], now)
    return visitor


@service
def visitor_done(
    *, actor: User, visitor_id: int, now: datetime, idempotency_key: str | None = None
) -> Visitor:
    """Shown in, or gone: the waiting ends."""
    visitor = _open(actor, visitor_id)
    if actor.pk != visitor.host_id:
        access.may_log_visitor(actor).or_raise()
    visitor.gone_at = now
    visitor.save(update_fields=["gone_at"])
    journal.record(actor, "customers.visitor.done", visitor, happened_at=now)
    return visitor
