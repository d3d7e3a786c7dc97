"""投诉原因 (S144): what customers complain of and suggest, as the reason for a change of the 制度."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from customers.models import Feedback
from customers.rules import FeedbackKind, FeedbackTerms, FeedbackTopic
from customers.rules.feedback import UNCOUNTED, CustomerVerdict
from regulations.queries import terms_for
from salesdept import clock
from salesdept.models import Project


def causes_page(project: Project, now: datetime) -> dict[str, Any]:
    """Each cause of the last days by complaints, suggestions, dissatisfied answers and repetitions."""
    today = clock.business_date(now)
    days = terms_for(FeedbackTerms, on=today, project=project).cause_days
    rows = Feedback.objects.filter(project=project, taken_at__gte=clock.at(today) - timedelta(days=days))
    counted = (
        rows.exclude(state__in=UNCOUNTED)
        .order_by()
        .values("topic")
        .annotate(
            complaints=Count("pk", filter=Q(kind=FeedbackKind.COMPLAINT)),
            suggestions=Count("pk", filter=Q(kind=FeedbackKind.SUGGESTION)),
            justified=Count("pk", filter=Q(justified=True)),
            discontent=Count("pk", filter=Q(verdict=CustomerVerdict.DISCONTENT)),
        )
    )
    found = sorted(counted, key=lambda row: (-row["complaints"], -row["suggestions"], row["topic"]))
    return {
        "days": str(days),
        "total": str(sum(row["complaints"] for row in found)),
        "rows": [_row(row, days) for row in found],
    }


def _row(row: Mapping[str, Any], days: int) -> dict[str, str]:
    word = FeedbackTopic(row["topic"]).label
    said = f"最近 {days} 天{word}类投诉 {row['complaints']} 件、意见 {row['suggestions']} 件"
    return {
        "word": word,
        "complaints": str(row["complaints"]),
        "suggestions": str(row["suggestions"]),
        "justified": str(row["justified"]),
        "discontent": str(row["discontent"]),
        "because": f"{said}，属实 {row['justified']} 件",
    }
