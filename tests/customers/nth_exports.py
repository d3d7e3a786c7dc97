"""The verbs of 导出 for tests/test_nth_statement.py."""

from customers import services
from customers.models import CustomerExport
from customers.rules.exports import ExportKind, ExportState
from tests.customers.nth_cases import KEY, case
from tests.factories import customers as make
from tests.salesdept.nth_cases import fresh


def _book(get, now):
    rep = get("rep")
    make.customer(owner=rep, phone="13900001111", now=now)
    return rep, get("project")


@case(services.ask_export)
def _(get, now):
    rep, project = _book(get, now)
    return lambda: services.ask_export(
        actor=fresh(rep), project=project, kind=ExportKind.CUSTOMERS, query="", reason="周会", now=now, **KEY
    )


@case(services.fetch_export)
def _(get, now):
    rep, project = _book(get, now)
    export = services.ask_export(
        actor=rep, project=project, kind=ExportKind.CUSTOMERS, query="", reason="周会", now=now
    )
    assert export.state == ExportState.READY == CustomerExport.objects.get().state
    return lambda: services.fetch_export(actor=fresh(rep), export_id=export.pk, now=now, **KEY)
