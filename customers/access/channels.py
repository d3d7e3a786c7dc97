"""Who may file channels and confirm arrivals; 带访 never by the rep."""

from datetime import datetime

from customers.access.hall import holds_desk
from customers.access.register import may_receive
from customers.models import (
    Customer,
)
from regulations.models import Request
from salesdept.access import needs
from salesdept.models import Project, User
from salesdept.rules import Role
from salesdept.verdict import ALLOWED, Verdict


def may_file_channel(actor: User) -> Verdict:
    return needs(actor, "customers.add_channelfiling", "录入渠道报备")


def may_keep_channels(actor: User) -> Verdict:
    return needs(actor, "customers.change_channelcompany", "维护渠道公司")


def may_work_door(actor: User, project: Project | int, now: datetime) -> Verdict:
    """带访 is confirmed by the assistant, or by whoever holds today's desk (拟:chan.arrival)."""
    if (actor.is_active and actor.role == Role.ASSISTANT) or holds_desk(actor, project, now):
        return ALLOWED
    return Verdict("带访由销售助理或当日控台确认", "拟:chan.arrival", "请销售助理或持有控台的同事确认")


def may_confirm_arrival(actor: User, project: Project, received_by: User, now: datetime) -> Verdict:
    """Never the one who receives."""
    if not (verdict := may_work_door(actor, project, now)):
        return verdict
    if received_by.pk == actor.pk:
        return Verdict("接待人不能确认自己接待的带访", "拟:chan.arrival", "请销售助理或另一位同事确认")
    if not received_by.projects.filter(pk=project.pk).exists():
        return Verdict("接待人不在这个项目", "拟:own.basis", "选一位本项目的接待人")
    return may_receive(received_by)


def may_settle_filing(actor: User) -> Verdict:
    return needs(actor, "customers.change_channelfiling", "登记渠道结佣")


def may_refer(actor: User) -> Verdict:
    return needs(actor, "customers.add_referral", "登记老带新")


def may_ask_channel_change(actor: User, customer: Customer) -> Verdict:
    """Whoever may see the file asks; two others sign."""
    if not actor.may("customers.add_visit"):
        return Verdict(
            f"{actor.get_role_display()}不能申请渠道变更", "拟:chan.change", "请归属代表或助理申请"
        )
    if not Customer.objects.visible_to(actor).filter(pk=customer.pk).exists():
        return Verdict("这位客户不归你", "S30", "请归属代表申请")
    return ALLOWED


def may_sign_channel_change(actor: User, request: Request) -> Verdict:
    """经理 and 财务 of the project."""
    if not actor.is_active or actor.role not in (Role.MANAGER, Role.FINANCE):
        return Verdict("渠道变更由经理与财务签批", "拟:chan.change", "请经理与财务签批")
    if request.project_id and request.project_id not in actor.project_ids:
        return Verdict("这个项目不归你管", "拟:sys.access", "请本项目的经理或财务签批")
    return ALLOWED


def may_see_anomalies(actor: User) -> Verdict:
    if actor.is_active and actor.role in (Role.MANAGER, Role.FINANCE, Role.DIRECTOR):
        return ALLOWED
    return Verdict(f"{actor.get_role_display()}不看渠道异常", "拟:chan.anomaly", "请经理、财务或总监查看")


def may_close_site_flag(actor: User) -> Verdict:
    return needs(actor, "customers.change_crosssiteflag", "核实跨项目提示")
