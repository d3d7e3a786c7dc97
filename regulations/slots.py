"""Where chapters register terms, kinds of requests, and how their decisions recompute."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulations.models import Request
from regulations.rules import Verdicts
from salesdept.models import User
from salesdept.slots import Slot
from salesdept.verdict import Verdict


@dataclass(frozen=True, slots=True)
class ApprovalKind:
    """One kind of request. `may_answer` is asked besides “not the requester”.

    Effects run in the answer's transaction. `answerers` are the roles that are told and see it; `facts` are
    lines for its page, `url` leads to what it is about. With `signers` one person of each named role signs,
    in any order: the last signature approves, any rejection ends it; without, one answer decides.
    """

    name: str
    label: str
    may_answer: Callable[[User, Request], Verdict]
    on_approved: Callable[[Request, User, datetime], None]
    on_rejected: Callable[[Request, User, datetime], None] | None = None
    answerers: tuple[str, ...] = ()
    facts: Callable[[Request], Sequence[tuple[str, str]]] | None = None
    url: Callable[[Request], str] | None = None
    signers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionKind:
    """How a stored decision is made again from its inputs and the values of its terms."""

    name: str
    label: str
    recompute: Callable[[Mapping[str, Any], Mapping[str, Any]], Verdicts]


TOPICS: Slot[type[Any]] = Slot("TOPICS", "topics of terms (classes made by regulations.rules.topic)")
APPROVALS: Slot[ApprovalKind] = Slot("APPROVALS", "kinds of requests")
DECISIONS: Slot[DecisionKind] = Slot("DECISIONS", "kinds of decisions and how they recompute")


def topic_of(name: str) -> type[Any]:
    return next(kind for kind in TOPICS if kind.topic_name == name)


def approval_of(name: str) -> ApprovalKind:
    return next(kind for kind in APPROVALS if kind.name == name)


def decision_of(name: str) -> DecisionKind:
    return next(kind for kind in DECISIONS if kind.name == name)
