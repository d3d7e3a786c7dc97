"""Months' targets as rows and as a form's initial values."""

from datetime import date
from decimal import Decimal
from typing import Any

from performance.models import Target
from performance.rules import MONEY_TARGETS, TargetMetric
from salesdept import formats
from salesdept.models import Project, User


def target_values(project: Project, month: date) -> dict[str, Any]:
    """Initial values of the form for one month."""
    rows = Target.objects.filter(project=project, month=month)
    return {"month": f"{month:%Y-%m}", **{row.metric: row.value for row in rows}}


def target_of(project: Project, month: date, metric: TargetMetric) -> Decimal | None:
    return (
        Target.objects.filter(project=project, month=month, metric=metric)
        .values_list("value", flat=True)
        .first()
    )


def target_rows(actor: User, project: Project) -> list[dict[str, str]]:
    """The last year of targets, newest month first."""
    rows = Target.objects.visible_to(actor).filter(project=project).select_related("set_by")
    return [
        {
            "month": f"{row.month:%Y-%m}",
            "metric": row.get_metric_display(),
            "value": formats.money(row.value)
            if row.metric in MONEY_TARGETS
            else formats.count(int(row.value), 10**9),
            "by": row.set_by.name,
            "at": formats.cn_date(row.set_at),
        }
        for row in rows.order_by("-month", "metric")[:48]
    ]
