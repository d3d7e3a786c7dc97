"""Verbs of contracts and money: the only writers of their tables."""

from contracts.services.drafting import draft_contract, edit_contract, submit_contract
from contracts.services.receipts import (
    approve_short_deposit,
    assign_receipt,
    confirm_receipt,
    record_receipt,
    reject_receipt,
    reverse_receipt,
)
from contracts.services.review import (
    pass_review,
    pass_second_review,
    record_check,
    record_checks,
    return_contract,
    second_review_return,
)
from contracts.services.signing import sign_contract
from contracts.services.slips import attach_slip

__all__ = [
    "approve_short_deposit",
    "assign_receipt",
    "attach_slip",
    "confirm_receipt",
    "draft_contract",
    "edit_contract",
    "pass_review",
    "pass_second_review",
    "record_check",
    "record_checks",
    "record_receipt",
    "reject_receipt",
    "return_contract",
    "reverse_receipt",
    "second_review_return",
    "sign_contract",
    "submit_contract",
]
