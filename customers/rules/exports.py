"""导出: what may leave the house, how much alone and how much with a second person. Pure."""

from datetime import datetime, timedelta

from django.db.models import TextChoices

from regulations.rules import Unit, term, topic
from salesdept.errors import RuleError


class ExportKind(TextChoices):
    CUSTOMERS = "customers", "客户"
    VISITS = "visits", "来访登记"
    CALLS = "calls", "来电登记"
    FOLLOWUPS = "followups", "跟进登记"


class ExportState(TextChoices):
    """过期 is asked of the date, never stored."""

    PENDING = "pending", "待审批"
    READY = "ready", "可下载"
    REJECTED = "rejected", "已驳回"


@topic("customers.exports", "导出", "customers")
class ExportTerms:
    alone_up_to: int = term(
        500, label="一人可导出的行数", clause="拟:sys.export", unit=Unit.COUNT, low=0, high=20000
    )
    at_most: int = term(
        20000, label="一次最多导出行数", clause="拟:sys.export", unit=Unit.COUNT, low=1, high=200000
    )
    hours: int = term(24, label="批准后可下载", clause="拟:sys.export", unit=Unit.HOURS, low=1, high=168)


def check_size(rows: int, terms: ExportTerms) -> None:
    """Something to export, and not more than leaves the house at once."""
    if rows == 0:
        raise RuleError("nothing_to_export", "这个视图里没有可导出的行", "拟:sys.export", "换一个视图或筛选")
    if rows > terms.at_most:
        raise RuleError(
            "too_many_rows",
            f"一次最多导出 {terms.at_most:,} 行，这个视图更多",
            "拟:sys.export",
            "用筛选缩小范围，分几次导出",
        )


def needs_second_person(rows: int, terms: ExportTerms) -> bool:
    return rows > terms.alone_up_to


def last_moment(made_at: datetime, terms: ExportTerms) -> datetime:
    """Until when a granted export may be fetched."""
    return made_at + timedelta(hours=terms.hours)
