"""Cards of 今日: what waits for an answer, and the opening questions."""

from datetime import datetime
from typing import Any

from regulations import access
from regulations.queries.opening import unasked
from regulations.queries.requests import kind_label, waiting_for
from salesdept.models import User

SHOWN = 5


def waiting_card(actor: User, now: datetime) -> dict[str, Any] | None:
    """待我审批, newest first; nothing when nothing waits."""
    rows = waiting_for(actor, limit=SHOWN + 1)
    if not rows:
        return None
    lines = [(row, kind_label(row.kind)) for row in rows[:SHOWN]]
    return {"lines": lines, "count": f"{SHOWN}+" if len(rows) > SHOWN else str(len(rows)), "now": now}


def opening_card(actor: User, now: datetime) -> dict[str, Any] | None:
    """开业十问 until answered or skipped, for those who may answer."""
    project = unasked(actor)
    return {"project": project} if project and access.may_draft_terms(actor, project) else None
