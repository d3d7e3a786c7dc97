"""Who may clock, propose and decide."""

from attendance.models import ConductCase
from salesdept.access import needs
from salesdept.models import User
from salesdept.verdict import ALLOWED, Verdict


def may_clock(actor: User) -> Verdict:
    return needs(actor, "attendance.add_clockevent", "打卡")


def may_propose_at_all(actor: User) -> Verdict:
    return needs(actor, "attendance.add_conductcase", "提出奖惩")


def may_propose(actor: User, person: User) -> Verdict:
    """A leader or the assistant proposes; nobody about oneself."""
    if not (verdict := may_propose_at_all(actor)):
        return verdict
    if actor.pk == person.pk:
        return Verdict("不能对自己提出奖惩", "拟:sys.two_persons", "请主管或经理提出")
    return ALLOWED


def may_answer(actor: User, case: ConductCase) -> Verdict:
    if actor.pk != case.person_id:
        return Verdict("只有当事人能签收或申辩", "拟:pen.appeal_days", "请本人登录办理")
    return ALLOWED


def may_decide(actor: User, case: ConductCase) -> Verdict:
    """经理裁定, 总监 where 经理 proposed it or is the person: never an own proposal or case."""
    if not (verdict := needs(actor, "attendance.change_conductcase", "裁定奖惩")):
        return verdict
    if actor.pk == case.person_id:
        return Verdict("当事人不能裁定自己的奖惩", "拟:sys.two_persons", "请上一级裁定")
    if actor.pk == case.proposer_id:
        return Verdict("提出人不能裁定自己提出的奖惩", "拟:sys.two_persons", "请总监或另一位经理裁定")
    return ALLOWED
