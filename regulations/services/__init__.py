"""Requests, terms, decisions and the opening questions: the only writer of their tables."""

from regulations.services.decisions import record_decision
from regulations.services.opening import answer_opening, skip_opening
from regulations.services.requests import answer, ask, withdraw
from regulations.services.terms import acknowledge, approve_terms, draft_terms, reject_terms

__all__ = [
    "acknowledge",
    "answer",
    "answer_opening",
    "approve_terms",
    "ask",
    "draft_terms",
    "record_decision",
    "reject_terms",
    "skip_opening",
    "withdraw",
]
