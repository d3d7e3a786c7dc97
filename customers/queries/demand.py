"""需求交叉表 on screen."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count

from customers.models import Visit
from customers.rules import Outcome
from customers.rules.demand import DemandTerms, Side, cross
from regulations.queries import terms_for
from salesdept import clock
from salesdept.models import Project

# What a customer wants is kept up to date in his file; the rest is what the register of the visit says.
COLUMNS = {
    Side.LAYOUTS: "customer__want_layout",
    Side.AREA: "customer__want_area",
    Side.BUDGET: "customer__budget_text",
}


def demand_page(project: Project, rows: str, columns: str, now: datetime) -> dict[str, Any]:
    """First visitors of the last days, one side against the other; no visitor is named."""
    terms = terms_for(DemandTerms, on=clock.business_date(now), project=project)
    rows = rows if rows in Side.values else Side.LAYOUTS.value
    columns = columns if columns in Side.values else Side.BUDGET.value
    since = clock.at(clock.business_date(now)) - timedelta(days=terms.days)
    first = Visit.objects.filter(
        project=project, is_first=True, outcome=Outcome.REGISTERED, happened_at__gte=since
    )
    left, top = COLUMNS.get(Side(rows), rows), COLUMNS.get(Side(columns), columns)
    counted = first.order_by().values(*dict.fromkeys((left, top))).annotate(n=Count("pk"))
    table = cross(((row[left], row[top], row["n"]) for row in counted), rows, columns, terms)
    most = max((n for _, cells, _ in table.rows for n in cells), default=0)
    return {
        "sides": [(side.value, side.label) for side in Side],
        "row_side": rows,
        "column_side": columns,
        "row_word": Side(rows).label,
        "column_word": Side(columns).label,
        "columns": table.columns,
        "lines": [
            (name, [(str(n) if n else "", bool(n) and n == most) for n in cells], str(total))
            for name, cells, total in table.rows
        ],
        "totals": [str(n) for n in table.totals],
        "visitors": str(table.visitors),
        "days": str(terms.days),
    }
