"""质疑 beside the register: what is neither answered nor registered, and how long forms took."""

from datetime import datetime, timedelta
from statistics import median
from typing import Any

from customers.models import Doubt
from customers.rules import FeedbackTerms
from salesdept.formats import span
from salesdept.models import Project, User

DAYS = 30
SHOWN = 20


def doubts(user: User, project: Project, terms: FeedbackTerms, now: datetime) -> dict[str, Any]:
    """Those of the last days in one question: open ones by name of the rep, and the figures."""
    since = now - timedelta(days=DAYS)
    rows = Doubt.objects.visible_to(user).filter(project=project, raised_at__gte=since)
    found = list(rows.select_related("by", "feedback").order_by("-pk"))
    took = [(row.feedback.taken_at - row.raised_at).total_seconds() for row in found if row.feedback]
    limit = timedelta(minutes=terms.doubt_minutes)
    return {
        "doubts": [
            {
                "pk": str(row.pk),
                "by": row.by.name,
                "for": span(now - row.raised_at),
                "late": now - row.raised_at > limit,
            }
            for row in found
            if row.feedback_id is None and row.answered_at is None
        ][:SHOWN],
        "doubts_said": {
            "days": str(DAYS),
            "all": str(len(found)),
            "answered": str(sum(1 for row in found if row.answered_at)),
            "registered": str(len(took)),
            "median": span(timedelta(seconds=median(took))) if took else "",
            "slow": str(sum(1 for seconds in took if seconds > limit.total_seconds())),
            "limit": str(terms.doubt_minutes),
        },
    }
