"""The kernel's verbs for tests/test_nth_statement.py."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from salesdept.models import ImportBatch
from salesdept.rules import Role
from salesdept.services import account, imports, office, people, privacy
from salesdept.services.imports import close, edit
from tests.generators.books import text

CASES = {}
UNJOURNALLED = {
    "salesdept.services.privacy.note_look": "the register of looks is itself the record",
    "salesdept.services.imports.close.note_export": "the register of looks is itself the record",
}


def case(verb):
    """Enter a case under the verb's dotted name."""

    def enter(make):
        CASES[f"{verb.__module__}.{verb.__name__}"] = make
        return make

    return enter


def fresh(person):
    """The person as a request loads it: nothing cached."""
    return type(person).objects.get(pk=person.pk)


@case(people.create_user)
def _(get, now):
    admin, project = get("admin"), get("project")
    return lambda: people.create_user(
        actor=fresh(admin),
        username="new.rep",
        name="单小雨",
        role=Role.REP,
        now=now,
        password="x",
        projects=(project,),
        idempotency_key="k",
    )


@case(people.set_role)
def _(get, now):
    admin, rep = get("admin"), get("rep")
    return lambda: people.set_role(
        actor=fresh(admin), user_id=rep.pk, role=Role.CASHIER, now=now, reason="转岗", idempotency_key="k"
    )


@case(people.end_employment)
def _(get, now):
    admin, rep = get("admin"), get("rep")
    last_day = (now + timedelta(days=7)).date()
    return lambda: people.end_employment(
        actor=fresh(admin), user_id=rep.pk, last_day=last_day, now=now, reason="离职", idempotency_key="k"
    )


@case(office.edit_user)
def _(get, now):
    admin, rep = get("admin"), get("rep")
    return lambda: office.edit_user(
        actor=fresh(admin),
        user_id=rep.pk,
        values={"name": "林知行"},
        projects=[],
        now=now,
        idempotency_key="k",
    )


@case(office.reset_password)
def _(get, now):
    admin, rep = get("admin"), get("rep")
    return lambda: office.reset_password(
        actor=fresh(admin), user_id=rep.pk, password="x", now=now, idempotency_key="k"
    )


@case(office.save_project)
def _(get, now):
    admin = get("admin")
    values = {"code": "QH", "name": "青禾湾二期"}
    return lambda: office.save_project(actor=fresh(admin), values=values, now=now, idempotency_key="k")


@case(office.save_team)
def _(get, now):
    admin, project = get("admin"), get("project")
    values = {"project": project, "name": "一组"}
    return lambda: office.save_team(actor=fresh(admin), values=values, now=now, idempotency_key="k")


@case(account.change_password)
def _(get, now):
    rep = get("rep")
    return lambda: account.change_password(
        actor=fresh(rep), password="a long new password", now=now, idempotency_key="k"
    )


@case(privacy.note_look)
def _(get, now):
    rep, colleague = get("rep"), get("colleague")
    return lambda: privacy.note_look(
        actor=fresh(rep), target=colleague, field="phone", kind="dial", now=now, idempotency_key="k"
    )


# --- sheets


def uploaded(get, now, *phones):
    """A sheet of the rep's customers in the wizard: one row for each number."""
    rows = [["姓名", "电话", "置业顾问"], *[["王丽", phone, get("rep").name] for phone in phones]]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "客户.csv"
        path.write_bytes(text(rows))
        return imports.upload_sheet(
            actor=get("assistant"),
            kind="customers",
            project=get("project"),
            path=path,
            file_name=path.name,
            now=now,
        )


def corrected(verb, **more):
    """A verb on a sheet with a number twice and a wrong one."""

    def start(get, now):
        batch = uploaded(get, now, "13800010000", "13800010000", "138")
        assistant = get("assistant")
        return lambda: verb(actor=fresh(assistant), batch_id=batch.pk, now=now, idempotency_key="k", **more)

    return start


case(edit.fix_row)(corrected(edit.fix_row, row_no=2, cells={"phone": "13900000001"}, version=None))
case(edit.skip_row)(corrected(edit.skip_row, row_no=2, skip=True, version=None))
case(edit.skip_kind)(corrected(edit.skip_kind, problem=""))
case(edit.recheck)(corrected(edit.recheck))
case(close.discard_batch)(corrected(close.discard_batch))


@case(edit.accept_shown)
def _(get, now):
    start = corrected(edit.accept_shown)(get, now)
    ImportBatch.objects.get().rows.filter(row_no=4).update(problem="formula")
    return start


@case(close.commit_batch)
def _(get, now):
    batch, assistant = uploaded(get, now, "13800010000", "13800000001"), get("assistant")
    return lambda: close.commit_batch(actor=fresh(assistant), batch_id=batch.pk, now=now, idempotency_key="k")


@case(close.undo_batch)
def _(get, now):
    batch, assistant = uploaded(get, now, "13800010000", "13800000001"), get("assistant")
    close.commit_batch(actor=assistant, batch_id=batch.pk, now=now)
    return lambda: close.undo_batch(actor=fresh(assistant), batch_id=batch.pk, now=now, idempotency_key="k")


@case(close.note_export)
def _(get, now):
    batch, assistant = uploaded(get, now, "138"), get("assistant")
    return lambda: close.note_export(actor=fresh(assistant), batch=fresh(batch), now=now)
