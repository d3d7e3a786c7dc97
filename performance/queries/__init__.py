"""Read models for dashboards and reports: one function per page, strings ready for the template."""

from performance.queries.board import dashboard
from performance.queries.figures import count_day, sums
from performance.queries.report import day_report, kpi_report
from performance.queries.rows import rows_of
from performance.queries.targets import target_rows, target_values

__all__ = [
    "count_day",
    "dashboard",
    "day_report",
    "kpi_report",
    "rows_of",
    "sums",
    "target_rows",
    "target_values",
]
