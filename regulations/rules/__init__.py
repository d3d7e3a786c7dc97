"""The regulation's own machinery as pure values: terms, requests, decisions, the opening questions."""

from regulations.rules.decisions import Step, Verdicts
from regulations.rules.opening import QUESTIONS, Question
from regulations.rules.requests import OPEN_TO, RequestState, check_request_move
from regulations.rules.terms import (
    Unit,
    VersionState,
    check_bounds,
    check_effective,
    defaults,
    from_json,
    out_of_bounds,
    shown,
    term,
    to_json,
    topic,
)
from regulations.rules.topics import ReceptionTerms, SplitTerms

__all__ = [
    "OPEN_TO",
    "QUESTIONS",
    "Question",
    "ReceptionTerms",
    "RequestState",
    "SplitTerms",
    "Step",
    "Unit",
    "Verdicts",
    "VersionState",
    "check_bounds",
    "check_effective",
    "check_request_move",
    "defaults",
    "from_json",
    "out_of_bounds",
    "shown",
    "term",
    "to_json",
    "topic",
]
