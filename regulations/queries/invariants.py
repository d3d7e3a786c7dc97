"""Recounts of check_invariants."""

from collections.abc import Iterator

from regulations.models import Decision, TermsVersion
from regulations.queries.decisions import recomputed
from regulations.rules import VersionState, check_bounds, from_json
from regulations.slots import DECISIONS, TOPICS
from salesdept.errors import RuleError

SAMPLE = 500


def decisions_recompute() -> Iterator[str]:
    """The newest decisions of each kind come to the same result from their stored inputs."""
    for kind in DECISIONS:
        for decision in Decision.objects.filter(kind=kind.name).order_by("-pk")[:SAMPLE]:
            if not recomputed(decision):
                yield f"decision {decision.pk} ({decision.kind} of {decision.subject}) recomputes differently"


def versions_have_two_people() -> Iterator[str]:
    """An approved version names who approved it, somebody else than its drafter, in an approved request."""
    for version in TermsVersion.objects.approved().select_related("request"):
        if version.approved_by_id is None or version.approved_by_id == version.drafted_by_id:
            yield f"terms version {version.pk} ({version.topic}) has no second person"
        if version.request is not None and version.request.state != VersionState.APPROVED:
            yield f"terms version {version.pk} is approved, its request {version.request_id} is not"


def versions_are_readable() -> Iterator[str]:
    """Every approved version still reads as its topic, inside the bounds."""
    kinds = {kind.topic_name: kind for kind in TOPICS}
    for version in TermsVersion.objects.approved():
        if version.topic not in kinds:
            yield f"terms version {version.pk}: no topic {version.topic}"
            continue
        try:
            check_bounds(from_json(kinds[version.topic], version.values))
        except RuleError as error:
            yield f"terms version {version.pk}: {error.message}"
