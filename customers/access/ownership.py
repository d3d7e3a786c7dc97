"""Who may give, take and move customers, and stop their clocks."""

from customers.models import (
    CoFollow,
    Customer,
    ImportConflict,
)
from customers.rules.clocks import WHOLE_PROJECT
from regulations.models import Request
from salesdept.access import needs
from salesdept.models import Project, User
from salesdept.rules import Role
from salesdept.verdict import ALLOWED, Verdict


def may_stop_clocks(actor: User, kind: str = "") -> Verdict:
    """放假 and 停业 are the manager's to declare; approved leave is entered by 助理 or a leader."""
    if kind in WHOLE_PROJECT:
        return needs(actor, "customers.change_clockstop", "登记停业")
    return needs(actor, "customers.add_clockstop", "登记休假")


def may_claim(actor: User) -> Verdict:
    return needs(actor, "customers.change_poolentry", "认领公海客户")


def may_release(actor: User, customer: Customer) -> Verdict:
    """The owner gives up an own customer; a leader of the project does it for her."""
    if customer.owner_id == actor.pk:
        return ALLOWED
    if customer.project_id in actor.project_ids and actor.role in (Role.SUPERVISOR, Role.MANAGER):
        return ALLOWED
    return Verdict("这位客户不归你，不能释放", "拟:own.basis", "请归属代表或主管释放")


def may_cofollow(actor: User, customer: Customer) -> Verdict:
    """主管 works on an A customer beside its owner (S27)."""
    if not (verdict := needs(actor, "customers.add_cofollow", "协同跟进")):
        return verdict
    if customer.project_id not in actor.project_ids:
        return Verdict("这个项目不归你管", "拟:sys.access", "请本项目的主管协同")
    return ALLOWED


def may_end_cofollow(actor: User, cofollow: CoFollow) -> Verdict:
    if actor.pk in (cofollow.supervisor_id, cofollow.started_by_id) or actor.role == Role.MANAGER:
        return ALLOWED
    return Verdict("只有协同人或经理能结束协同", "S27", "请协同的主管结束")


def may_recall(actor: User) -> Verdict:
    return needs(actor, "customers.change_recall", "回访抽查")


def may_see_recalls(actor: User) -> Verdict:
    return needs(actor, "customers.view_recall", "查看回访抽查")


def may_see_golive(actor: User) -> Verdict:
    return needs(actor, "customers.view_importconflict", "查看启用预演")


def may_rule_conflict(actor: User, conflict: ImportConflict | None = None) -> Verdict:
    """经理 or 总监, never one of the two reps."""
    if conflict is not None and actor.pk in (conflict.holder_id, conflict.rival_id):
        return Verdict("当事人不能裁定自己的冲突", "拟:sys.two_persons", "请另一位经理或总监裁定")
    return needs(actor, "customers.change_importconflict", "裁定导入冲突")


def may_assign(actor: User) -> Verdict:
    """分配与续报: 主管 and 经理."""
    return needs(actor, "customers.add_ownershiplease", "分配客户")


def may_transfer(actor: User) -> Verdict:
    """移交: 经理."""
    return needs(actor, "customers.change_ownershiplease", "移交客户")


def may_hand_over(actor: User, leaver_id: int, project: Project) -> Verdict:
    """Never the own customers, and only of an own project."""
    if actor.pk == leaver_id:
        return Verdict("自己的交接须由别人经办", "拟:sys.two_persons", "请另一位经理或总监办理")
    if project.pk not in actor.project_ids:
        return Verdict("这个项目不归你管", "拟:sys.access", "请本项目的经理办理")
    return needs(actor, "customers.change_ownershiplease", "办理交接")


def may_answer_extension(actor: User, request: Request) -> Verdict:
    if request.project_id and request.project_id not in actor.project_ids:
        return Verdict("这个项目不归你管", "拟:sys.access", "请本项目的主管或经理答复")
    return needs(actor, "customers.add_ownershiplease", "批准续报")
