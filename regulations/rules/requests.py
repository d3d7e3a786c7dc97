"""States of a request: asked once, answered once."""

from collections.abc import Mapping

from django.db.models import TextChoices

from salesdept.errors import RuleError


class RequestState(TextChoices):
    PENDING = "pending", "审批中"
    APPROVED = "approved", "通过"
    REJECTED = "rejected", "驳回"
    WITHDRAWN = "withdrawn", "撤回"


OPEN_TO: Mapping[RequestState, frozenset[RequestState]] = {
    RequestState.PENDING: frozenset({RequestState.APPROVED, RequestState.REJECTED, RequestState.WITHDRAWN}),
    RequestState.APPROVED: frozenset(),
    RequestState.REJECTED: frozenset(),
    RequestState.WITHDRAWN: frozenset(),
}


def check_request_move(old: RequestState, new: RequestState) -> None:
    """A request is answered once; a new wish is a new request."""
    if new not in OPEN_TO[old]:
        raise RuleError(
            "request_answered",
            f"此申请已{old.label}，不能再{new.label}",
            "拟:sys.approval",
            "如仍需要，请另提一份申请",
        )
