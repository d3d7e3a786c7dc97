"""Who may run the queue and hold the desk."""

from datetime import datetime

from customers.models import (
    DutyDesk,
    QueueEntry,
)
from customers.rules import RECEIVES
from salesdept import clock
from salesdept.access import needs
from salesdept.models import Project, User
from salesdept.rules import Role
from salesdept.verdict import ALLOWED, Verdict


def may_run_queue(actor: User, project: Project | int | None = None, now: datetime | None = None) -> Verdict:
    """The assistant and the leaders; with a project and a moment also whoever holds its desk today."""
    if project is not None and now is not None and holds_desk(actor, project, now):
        return ALLOWED
    return needs(actor, "customers.change_queueentry", "安排候客")


def holds_desk(actor: User, project: Project | int, now: datetime) -> bool:
    """Whether somebody holds 当日控台 and with it the assistant's rights on the floor until the day ends."""
    held = DutyDesk.objects.filter(project=project, day=clock.business_date(now), ended_at__isnull=True)
    return actor.is_active and held.filter(holder=actor).exists()


def may_report_last(actor: User, rep_id: int) -> Verdict:
    if actor.pk != rep_id:
        return Verdict("最后去接待的代表本人报告", "S109", "请本人报告")
    return ALLOWED


def may_hand_desk(actor: User) -> Verdict:
    return needs(actor, "customers.change_queueentry", "交接当日控台")


def may_hold_desk(person: User, project: Project) -> Verdict:
    if person.role not in (*RECEIVES, Role.ASSISTANT) or not project.members.filter(pk=person.pk).exists():
        return Verdict("控台只能交给本项目的案场人员", "拟:q.order", "选一位本项目的代表、助理或主管")
    return ALLOWED


def may_suspend(actor: User, person: User) -> Verdict:
    """停接 is a leader's act, never on oneself."""
    if actor.role not in (Role.SUPERVISOR, Role.MANAGER):
        return Verdict("停接由主管或经理决定", "拟:q.refuse", "请主管或经理办理")
    if actor.pk == person.pk:
        return Verdict("不能对自己停接", "拟:sys.two_persons", "请上一级办理")
    return ALLOWED


def may_send_to_meeting(actor: User, entry: QueueEntry, now: datetime) -> Verdict:
    """仪容 below the mark: 助理, or who holds the desk for her, decides; never about oneself (S200)."""
    if actor.pk == entry.rep_id:
        return Verdict("会议室上班由助理决定，不能自己进出", "S200", "整改后请助理复查放行")
    if actor.role != Role.ASSISTANT and not holds_desk(actor, entry.project_id, now):
        return Verdict("仪容检查的处理由助理决定", "S200", "请助理或当日控台办理")
    return ALLOWED


def may_log_visitor(actor: User) -> Verdict:
    """来客登记: whoever meets people at the door."""
    return needs(actor, "customers.add_visit", "登记来客")


def may_queue(actor: User) -> Verdict:
    return needs(actor, "customers.add_queueentry", "签到候客")
