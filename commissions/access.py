"""Who may split a deal and see the house's statement."""

from contracts.models import Contract
from salesdept.access import needs
from salesdept.models import User
from salesdept.verdict import ALLOWED, Verdict


def may_split(actor: User, contract: Contract) -> Verdict:
    """经理 splits a deal; never one of one's own."""
    verdict = needs(actor, "commissions.change_dealcredit", "分配业绩")
    if not verdict:
        return Verdict(verdict.reason, "S74", "请销售经理分配")
    if actor.pk == contract.rep_id:
        return Verdict("不能分配自己的成交", "拟:sys.two_persons", "请总监分配")
    return ALLOWED


def may_see_statement(actor: User) -> Verdict:
    return needs(actor, "commissions.view_commissionentry", "查看佣金结算")
