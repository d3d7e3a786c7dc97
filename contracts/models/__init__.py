"""Contracts, their reviews, and the one table of money in. Written only by contracts.services."""

from contracts.models.contract import Buyer, Contract, PaymentPlanLine
from contracts.models.receipt import Receipt, ReceiptSlip
from contracts.models.review import FieldCheck, Review, ReviewError

__all__ = [
    "Buyer",
    "Contract",
    "FieldCheck",
    "PaymentPlanLine",
    "Receipt",
    "ReceiptSlip",
    "Review",
    "ReviewError",
]
