"""停计日历: which days do not count, for whom and why."""

from datetime import datetime
from typing import Any

from customers import access
from customers.models import ClockStop
from customers.rules.clocks import WHOLE_PROJECT
from salesdept import clock
from salesdept.formats import cn_date
from salesdept.models import Project, User

SHOWN = 100


def stop_page(actor: User, project: Project, now: datetime) -> dict[str, Any]:
    """The last stops, the latest first."""
    today = clock.business_date(now)
    rows = ClockStop.objects.visible_to(actor).filter(project=project).select_related("rep", "declared_by")
    return {
        "rows": [
            {
                "pk": str(stop.pk),
                "kind": stop.get_kind_display(),
                "whose": stop.rep.name if stop.rep else "全项目",
                "days": f"{cn_date(stop.first, today)} 至 {cn_date(stop.last, today)}",
                "reason": stop.reason,
                "by": stop.declared_by.name,
                "withdrawn": cn_date(stop.withdrawn_on, today) if stop.withdrawn_on else "",
                "counting": stop.applied_at is None,
                "may_withdraw": stop.withdrawn_on is None
                and today <= stop.last
                and bool(access.may_stop_clocks(actor, stop.kind)),
            }
            for stop in rows[:SHOWN]
        ],
        "may_leave": access.may_stop_clocks(actor),
        "may_close": access.may_stop_clocks(actor, WHOLE_PROJECT[0]),
    }
