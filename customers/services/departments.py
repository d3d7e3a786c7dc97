"""责任部门: the list feedback is forwarded to."""

from datetime import datetime

from django.db import IntegrityError, transaction

from customers import access
from customers.models import Department
from salesdept import journal
from salesdept.errors import RuleError, refuse
from salesdept.models import Project, User
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
