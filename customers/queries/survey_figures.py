"""满意率 with n and response rate, and how the scores are distributed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from customers.models import Survey
from customers.rules.surveys import ASKED, ITEMS, RETURNED, SurveyState, SurveyTerms
from regulations.queries import terms_for
from salesdept import clock
from salesdept.models import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyFigures:
    """A period: links sent in it, those of them returned, and the valid answers that came in it."""

    sent: int
    returned: int
    valid: int
    satisfied: int
    terms: SurveyTerms
    spread: Sequence[tuple[str, tuple[int, ...]]]  # label, answers with 5, 4, 3, 2, 1


def survey_figures(project: Project, first: date, last: date) -> SurveyFigures:
    """Satisfied = every one of the three items at or above the line (S215), among valid answers."""
    span = (clock.at(first), clock.end_of(last))
    terms = terms_for(SurveyTerms, on=last, project=project)
    rows = Survey.objects.filter(project=project)
    asked = Q(sent_at__gte=span[0], sent_at__lt=span[1], state__in=ASKED)
    valid = Q(answered_at__gte=span[0], answered_at__lt=span[1], state=SurveyState.VALID)
    happy = Q(**{f"{item}__gte": terms.pass_score for item in ITEMS})
    parts = {f"{item}_{n}": valid & Q(**{item: n}) for item in ITEMS for n in range(1, 6)}
    parts |= {"sent": asked, "returned": asked & Q(state__in=RETURNED)}
    parts |= {"valid": valid, "satisfied": valid & happy}
    counts = {name: Count("pk", filter=part) for name, part in parts.items()}
    found = rows.filter(asked | valid).aggregate(**counts)
    return SurveyFigures(
        sent=found["sent"],
        returned=found["returned"],
        valid=found["valid"],
        satisfied=found["satisfied"],
        terms=terms,
        spread=[
            (label, tuple(found[f"{item}_{n}"] for n in range(5, 0, -1)))
            for item, (label, _) in ITEMS.items()
        ],
    )
