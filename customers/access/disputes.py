"""Who may do what in a dispute; a party never judges."""

from customers.models import (
    Dispute,
)
from customers.rules.disputes import PARTIES
from salesdept.access import needs
from salesdept.models import User
from salesdept.verdict import ALLOWED, Verdict


def may_dispute(actor: User) -> Verdict:
    return needs(actor, "customers.add_dispute", "提出归属争议")


def may_rule(actor: User, dispute: Dispute | None = None) -> Verdict:
    """The first ruling: 经理, or 总监 where 经理 is a party; never whoever sits in the case already."""
    if dispute is not None and (taken := _no_party(actor, dispute)) is not None:
        return taken
    return needs(actor, "customers.change_dispute", "裁决归属")


def may_withdraw(actor: User, dispute: Dispute) -> Verdict:
    if actor.pk != dispute.filed_by_id:
        return Verdict("只有提出人能撤回", "拟:sys.approval", "请提出人撤回")
    return ALLOWED


def _seat(actor: User, dispute: Dispute) -> str:
    """The actor's seat in a case, or "". Reads prefetched seats without a query."""
    return next((seat.kind for seat in dispute.seats.all() if seat.person_id == actor.pk), "")


def is_party(actor: User, dispute: Dispute) -> bool:
    return _seat(actor, dispute) in PARTIES


def _no_party(actor: User, dispute: Dispute) -> Verdict | None:
    seat = _seat(actor, dispute)
    if seat in PARTIES:
        return Verdict("当事人不能裁决自己的争议", "拟:sys.two_persons", "请另一位经理或总监裁决")
    if seat:
        return Verdict("已裁决过这件争议，不能再裁", "拟:sys.two_persons", "申诉请另一位总监裁决")
    return None


def may_accept(actor: User, dispute: Dispute) -> Verdict:
    """受理, 取证 and 调解: 主管 (or 经理), never a party."""
    if _seat(actor, dispute) in PARTIES:
        return Verdict("当事人不能受理自己的争议", "拟:sys.two_persons", "请另一位主管或经理受理")
    return needs(actor, "customers.accept_dispute", "受理归属争议")


def may_hear(actor: User, dispute: Dispute) -> Verdict:
    """The ruling on an appeal: 总监, and not whoever ruled before."""
    taken = _no_party(actor, dispute)
    return needs(actor, "customers.hear_appeal", "裁决申诉") if taken is None else taken


def may_speak(actor: User, dispute: Dispute) -> Verdict:
    """陈述: the parties, and whoever may accept the case."""
    return ALLOWED if is_party(actor, dispute) else may_accept(actor, dispute)


def may_sign_ruling(actor: User, dispute: Dispute) -> Verdict:
    if is_party(actor, dispute):
        return ALLOWED
    return Verdict("只有当事人签收裁决", "S75", "请当事人签收")


def may_appeal(actor: User, dispute: Dispute) -> Verdict:
    if is_party(actor, dispute):
        return ALLOWED
    return Verdict("只有当事人能申诉", "S75", "请当事人申诉")


def may_finish(actor: User | None, dispute: Dispute) -> Verdict:
    """执行 and 关闭: the system, or whoever may accept or rule and is no party."""
    if actor is None:
        return ALLOWED
    if is_party(actor, dispute):
        return Verdict("当事人不能办结自己的争议", "拟:sys.two_persons", "请另一位主管或经理办理")
    return may_accept(actor, dispute) or needs(actor, "customers.change_dispute", "办结归属争议")


def may_mark_fraud(actor: User) -> Verdict:
    return needs(actor, "customers.mark_fraud", "认定舞弊")
