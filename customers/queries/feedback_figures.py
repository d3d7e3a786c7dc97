"""意见反馈及时率 and 投诉率: both parts of each ratio, recounted from the register."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q, Value
from django.db.models.functions import Cast

from customers.models import Feedback, FeedbackRound, Visit
from customers.rules import FeedbackKind, Outcome
from customers.rules.feedback import UNCOUNTED
from salesdept import clock
from salesdept.models import Project

_TIMELY = Q(forwarded_at__lte=F("forward_due_at"), replied_at__lte=F("answer_due_at"))


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackFigures:
    """A period. `due` items had to be answered in it; `timely` were forwarded and answered in their limits.

    `complaints` were registered in it, of one household once; `justified` of them were found true;
    `repeated` were opened again. `visits` is what complaints are measured against.
    """

    due: int
    timely: int
    late_forward: int
    late_answer: int
    complaints: int
    justified: int
    repeated: int
    visits: int
    average: timedelta | None


def timeliness(project: Project, first: date, last: date) -> dict[str, Any]:
    """Items due in the days from `first` to `last`: how many, in time, late at each clock, average time."""
    since, until = clock.at(first), clock.end_of(last)
    rows = _due(project, since, until).union(_rounds(project, since, until), all=True)
    found = list(rows.order_by())
    took = (row["average"] for row in found if row["average"] is not None)
    return {**{name: sum(row[name] for row in found) for name in _counts()}, "average": next(took, None)}


def feedback_figures(project: Project, first: date, last: date) -> FeedbackFigures:
    """The figures of the days from `first` to `last`. Rounds before a 重开 stay counted as they were."""
    since, until = clock.at(first), clock.end_of(last)
    counted = Feedback.objects.filter(project=project, taken_at__gte=since, taken_at__lt=until)
    counted = counted.exclude(state__in=UNCOUNTED).filter(kind=FeedbackKind.COMPLAINT)
    found = counted.aggregate(
        complaints=Count("pk"),
        justified=Count("pk", filter=Q(justified=True)),
        repeated=Count("pk", filter=Q(round__gt=1)),
    )
    visits = Visit.objects.filter(project=project, happened_at__gte=since, happened_at__lt=until)
    return FeedbackFigures(
        visits=visits.exclude(outcome=Outcome.NOT_CUSTOMER).count(),
        **timeliness(project, first, last),
        **found,
    )


def _due(project: Project, since: datetime, until: datetime) -> Any:
    rows = Feedback.objects.filter(project=project, answer_due_at__gte=since, answer_due_at__lt=until)
    took = ExpressionWrapper(F("replied_at") - F("taken_at"), output_field=DurationField())
    rows = rows.exclude(state__in=UNCOUNTED).order_by()
    return rows.values("project_id").annotate(**_counts(), average=Avg(took, filter=Q(round=1)))


def _rounds(project: Project, since: datetime, until: datetime) -> Any:
    """Rounds before a 重开: counted, and without a time of their own."""
    rows = FeedbackRound.objects.filter(project=project, answer_due_at__gte=since, answer_due_at__lt=until)
    rows = rows.exclude(feedback__state__in=UNCOUNTED).order_by()
    no_time = Cast(Value(None), DurationField())
    return rows.values("project_id").annotate(**_counts(), average=no_time)


def _counts() -> dict[str, Count]:
    late_forward = Q(forwarded_at__isnull=True) | Q(forwarded_at__gt=F("forward_due_at"))
    late_answer = Q(replied_at__isnull=True) | Q(replied_at__gt=F("answer_due_at"))
    return {
        "due": Count("pk"),
        "timely": Count("pk", filter=_TIMELY),
        "late_forward": Count("pk", filter=late_forward),
        "late_answer": Count("pk", filter=late_answer),
    }
