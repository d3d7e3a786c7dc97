"""回访抽查: the assistant's list, its result by rep, and the proof that the sample was drawn honestly."""

from datetime import datetime
from typing import Any

from customers import access
from customers.models import Recall, RecallDraw
from customers.rules.followups import RecallState, draw
from salesdept.formats import cn_date, cn_time
from salesdept.models import Project, User

PAGE = 50
DRAWS = 20


def recall_page(actor: User, project: Project, before: int | None, now: datetime) -> dict[str, Any]:
    """Open ones first, then what was marked, newest first."""
    rows = Recall.objects.filter(project=project).select_related(
        "followup__customer", "followup__by", "checked_by"
    )
    inside = project.pk in actor.project_ids
    open_ones = rows.filter(state=RecallState.OPEN).order_by("pk")[:PAGE] if inside else []
    done = rows.exclude(state=RecallState.OPEN).order_by("-pk") if inside else rows.none()
    if before:
        done = done.filter(pk__lt=before)
    shown = list(done[: PAGE + 1])
    return {
        "open": [_row(recall, now) for recall in open_ones],
        "done": [_row(recall, now) for recall in shown[:PAGE]],
        "older": str(shown[PAGE - 1].pk) if len(shown) > PAGE else "",
        "draws": _draws(project) if inside else [],
        "may_recall": access.may_recall(actor),
    }


def _row(recall: Recall, now: datetime) -> dict[str, Any]:
    row = recall.followup
    return {
        "pk": str(recall.pk),
        "customer": str(row.customer),
        "customer_pk": str(row.customer_id),
        "phone": row.customer.phone_masked,
        "grade": row.customer.grade,
        "rep": row.by.name,
        "said": f"{row.get_method_display()} · {row.get_outcome_display()}",
        "when": cn_time(row.happened_at, now),
        "content": row.content,
        "proof": row.proof,
        "tries": str(recall.tries),
        "state": recall.get_state_display(),
        "css": {"true": "tag--ok", "false": "tag--bad"}.get(recall.state, ""),
        "note": recall.note,
        "by": recall.checked_by.name if recall.checked_by else "",
    }


def _draws(project: Project) -> list[dict[str, Any]]:
    """The last samples, each drawn again from its seed and population."""
    rows = RecallDraw.objects.filter(project=project).select_related("rep").order_by("-pk")[:DRAWS]
    return [
        {
            "rep": row.rep.name,
            "week": cn_date(row.first),
            "size": f"{len(row.picked)} / {len(row.population)}",
            "seed": row.seed,
            "honest": draw(row.population, row.percent, row.seed) == row.picked,
        }
        for row in rows
    ]
