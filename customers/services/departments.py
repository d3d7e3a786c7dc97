"""责任部门: the list feedback is forwarded to, and the mail that tells a department of it."""

from datetime import datetime

from django.db import IntegrityError, transaction

from customers import access
from customers.models import Department, Feedback
from customers.rules.feedback import Severity
from salesdept import journal
from salesdept.clock import SHANGHAI
from salesdept.errors import RuleError, refuse
from salesdept.formats import words_mask
from salesdept.models import Project, User
from salesdept.rules import Letter
from salesdept.services.reminders import write
from salesdept.verbs import locked, service

REFUSALS = {
    "one_department_per_name": RuleError(
        "department_known", "这个部门已在名单中", "S140", "直接改原来的那一行"
    )
}


@service
def save_department(
    *,
    actor: User,
    project: Project,
    name: str,
    now: datetime,
    department_id: int | None = None,
    contact: User | None = None,
    person: str = "",
    mail: str = "",
    is_active: bool = True,
    idempotency_key: str | None = None,
) -> Department:
    """Add a department or change it: its name, who is told, whether it is in use. None is ever deleted."""
    access.may_keep_departments(actor).or_raise()
    row = Department(project=project)
    if department_id is not None:
        row = locked(Department.objects.visible_to(actor).filter(project=project), department_id)
    if not name.strip():
        raise RuleError("department_name", "部门须有名称", "S140", "写部门名称")
    row.name, row.contact, row.person = name.strip()[:40], contact, person.strip()[:40]
    row.mail, row.is_active = mail.strip(), is_active
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise refuse(error, REFUSALS) from error
    verb = "customers.department.changed" if department_id else "customers.department.added"
    journal.record(actor, verb, row, happened_at=now, name=row.name, is_active=is_active)
    return row


def mail_key(row: Feedback, step: str) -> str:
    return f"feedback:{row.pk}:{row.round}:{step}"


def write_to_department(row: Feedback, step: str, title: str, now: datetime) -> None:
    """Queue a mail to the department's own address: what to do by when, without name, room or number.

    Who there has an account and the same address has the notice's mail already.
    """
    department = row.department
    if department is None or not department.mail:
        return
    if department.contact is not None and department.contact.email == department.mail:
        return
    due_at = row.answer_due_at.astimezone(SHANGHAI)
    said = words_mask(row.content)
    if row.customer_name:
        said = said.replace(row.customer_name, "客户")
    lines = (
        f"{department.name}{department.person and f'（{department.person}）'}：",
        title,
        f"项目 {row.project.name}，编号 {row.code}，{row.get_topic_display()}，{row.get_severity_display()}",
        f"内容：{said}",
        f"请在 {due_at:%Y-%m-%d %H:%M} 前把处理结果告诉销售部，由销售部答复客户",
    )
    urgent = row.severity == Severity.GRAVE
    subject = f"{row.code} {title}"
    write([Letter(department.mail, subject, "\n".join(lines), mail_key(row, step), urgent)], now)
