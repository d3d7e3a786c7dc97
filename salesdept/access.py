"""Who may do what in the kernel."""

from salesdept.models import User
from salesdept.rules import Role
from salesdept.verdict import ALLOWED, Verdict


def needs(actor: User, permission: str, words: str) -> Verdict:
    """A yes when the actor's role grants `app.codename`; else a no in the form 「销售代表不能…」."""
    if actor.may(permission):
        return ALLOWED
    return Verdict(f"{actor.get_role_display()}不能{words}", way_out="请有此权限的同事办理")


def may_manage_people(actor: User) -> Verdict:
    return needs(actor, "salesdept.change_user", "管理账号")


def may_manage_projects(actor: User) -> Verdict:
    return needs(actor, "salesdept.change_project", "管理项目")


def may_manage_teams(actor: User) -> Verdict:
    return needs(actor, "salesdept.change_team", "管理销售组")


def may_read_journal(actor: User) -> Verdict:
    return needs(actor, "salesdept.view_event", "查看日志")


def may_import(actor: User) -> Verdict:
    return needs(actor, "salesdept.add_importbatch", "导入表格")


def is_second_person(actor: User, first: User) -> Verdict:
    """Maker and checker are two people, whatever their roles."""
    if actor.pk == first.pk:
        return Verdict("经办人与审核人须为两人", "拟:sys.two_persons", "请另一位有权限的同事办理")
    return ALLOWED


def is_role(actor: User, *roles: Role) -> bool:
    return actor.is_active and actor.role in roles
