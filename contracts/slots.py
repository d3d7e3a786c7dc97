"""What upper chapters do when money is confirmed or reversed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from contracts.models import Receipt
from salesdept.models import User
from salesdept.slots import Slot


@dataclass(frozen=True, slots=True)
class PaymentStep:
    """Runs in the transaction that makes a receipt (or its reversal) count, in slot order."""

    name: str
    apply: Callable[[Receipt, User, datetime], None]


PAYMENT_STEPS: Slot[PaymentStep] = Slot(
    "PAYMENT_STEPS", "what a confirmed receipt or a reversal sets off, in its transaction"
)
