"""Who may register, receive and correct."""

from customers.models import (
    Customer,
    Reception,
    Visit,
    VisitPlan,
)
from customers.models.register import Call
from customers.rules import RECEIVES
from salesdept.access import needs
from salesdept.models import User
from salesdept.rules import Role
from salesdept.verdict import ALLOWED, Verdict


def may_register(actor: User) -> Verdict:
    return needs(actor, "customers.add_visit", "登记来访来电")


def may_receive(person: User) -> Verdict:
    """Customers belong to those who sell."""
    if not person.is_active or person.role not in RECEIVES:
        return Verdict("客户只能归销售代表、主管或经理接待", "拟:own.basis", "选一位接待人")
    return ALLOWED


def may_use_reception(actor: User, reception: Reception) -> Verdict:
    """The rep at the table, and the assistant who enters for her."""
    if actor.pk == reception.rep_id or actor.pk == reception.opened_by_id or actor.role == Role.ASSISTANT:
        return ALLOWED
    return Verdict("这组接待不是你的", "S76", "由接待人自己登记，或请助理代录")


def may_work_on(actor: User, customer: Customer) -> Verdict:
    """跟进, 拨打, 改等级: the owner, those it is shared with, and the leaders of the project."""
    if not actor.may("customers.add_followup"):
        return Verdict(f"{actor.get_role_display()}不跟进客户", "S30", "请归属代表跟进")
    if actor.is_active and customer.owner_id == actor.pk:
        return ALLOWED  # the owner needs no question to the database
    if not Customer.objects.visible_to(actor).filter(pk=customer.pk).exists():
        return Verdict("这位客户不归你", "S30", "请归属代表跟进")
    return ALLOWED


def may_plan(actor: User) -> Verdict:
    """拜访计划 is kept by who follows customers."""
    return needs(actor, "customers.add_followup", "排拜访计划")


def may_change_plan(actor: User, plan: VisitPlan) -> Verdict:
    if plan.rep_id != actor.pk:
        return Verdict("这不是你的计划", "S33", "请本人改期或取消")
    return ALLOWED


def may_dial(actor: User, customer: Customer) -> Verdict:
    """Own customers in one tap; others' numbers need a reason (`may_reveal`)."""
    if customer.owner_id == actor.pk:
        return ALLOWED
    return Verdict("不是你的客户，不能直接拨打", "S30", "查看号码须写原因")


def may_reveal(actor: User) -> Verdict:
    return needs(actor, "customers.view_customer", "查看客户号码")


def may_correct(actor: User, slip: Visit | Call) -> Verdict:
    if actor.pk not in (slip.entered_by_id, slip.received_by_id):
        return Verdict("只有登记人能更正自己的登记", "拟:own.same_day", "请登记人更正")
    return ALLOWED


def may_approve_correction(actor: User, slip: Visit | Call) -> Verdict:
    """助理 or 主管 of the project, and nobody who wrote or received the slip."""
    if actor.pk in (slip.entered_by_id, slip.received_by_id):
        return Verdict("不能批准自己的登记", "拟:sys.two_persons", "请另一位助理或主管批准")
    if actor.role in (Role.ASSISTANT, Role.SUPERVISOR):
        return ALLOWED
    return Verdict("更正登记由助理或主管批准", "拟:own.same_day", "请助理或主管批准")


def may_show_self_fill(actor: User, reception: Reception) -> Verdict:
    """客户自填: the rep at the table hands out the code, or the assistant beside her."""
    return may_register(actor) and may_use_reception(actor, reception)
