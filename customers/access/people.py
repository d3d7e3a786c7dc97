"""Who may export, and change numbers, households and kin."""

from customers.access.register import may_work_on
from customers.models import (
    Customer,
)
from regulations.models import Request
from salesdept.access import needs
from salesdept.models import Project, User
from salesdept.rules import Role
from salesdept.verdict import ALLOWED, Verdict


def may_export(actor: User) -> Verdict:
    return needs(actor, "customers.add_customerexport", "导出客户资料")


def may_agree_to_export(actor: User, request: Request) -> Verdict:
    """经理 or 总监 of the project; never the asker (the request engine sees to that)."""
    if request.project_id not in actor.project_ids:
        return Verdict("这个项目不归你管", "拟:sys.access", "请本项目的经理或总监审批")
    return needs(actor, "customers.change_customerexport", "审批导出")


def may_change_numbers(actor: User, customer: Customer) -> Verdict:
    """The owner and those who work with her; the assistant of the project."""
    if actor.role == Role.ASSISTANT and customer.project_id in actor.project_ids:
        return ALLOWED
    return may_work_on(actor, customer)


def may_witness(actor: User) -> Verdict:
    if actor.is_active and actor.role == Role.ASSISTANT:
        return ALLOWED
    return Verdict("微信号须由助理见证", "拟:own.required_fields", "请助理当面核对后登记")


def may_list_public(actor: User, project: Project | None) -> Verdict:
    if project is not None and project.pk not in actor.project_ids:
        return Verdict("这个项目不归你管", "拟:sys.access", "请本项目的助理办理")
    return needs(actor, "customers.add_publicnumber", "添加公共号码")


def may_unlist_public(actor: User) -> Verdict:
    return needs(actor, "customers.delete_publicnumber", "移除公共号码")


def may_ask_merge(actor: User) -> Verdict:
    return needs(actor, "customers.add_merge", "提出合并客户")


def may_answer_merge(actor: User, request: Request) -> Verdict:
    """主管 or 经理 of the project; never the asker (the request engine sees to that)."""
    if request.project_id not in actor.project_ids:
        return Verdict("这个项目不归你管", "拟:sys.access", "请本项目的主管或经理审批")
    return needs(actor, "customers.change_merge", "审批合并客户")


def may_see_retention(actor: User) -> Verdict:
    return needs(actor, "customers.view_merge", "查看到期资料")


def may_declare_kin(actor: User, customer: Customer) -> Verdict:
    if customer.owner_id == actor.pk:
        return ALLOWED
    return Verdict("只有归属代表能申报自己的亲友", "拟:own.own_kin_of_rep", "请归属代表当日申报")
