"""What the verbs of this chapter lean on: locked rows, the money that counts, and who is told."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

from contracts.models import Contract, PaymentPlanLine, Receipt
from contracts.rules import ContractState, check_move, spread
from contracts.slots import PAYMENT_STEPS
from salesdept import journal
from salesdept.models import User
from salesdept.money import ZERO
from salesdept.rules import Message, Role
from salesdept.services.reminders import notify
from salesdept.verbs import locked, save_versioned

NOT_THE_PRICE = ("agency", "area")


def contract_locked(contract_id: int, version: int | None = None) -> Contract:
    """The contract with its claim, room and customer, locked until commit."""
    rows = Contract.objects.select_related(
        "reservation__unit__building", "reservation__customer", "rep", "drafted_by"
    )
    return locked(rows, contract_id, version)


def move(
    contract: Contract, actor: User, new: ContractState, now: datetime, *fields: str, reason: str = ""
) -> None:
    """Move a locked contract along the table, with its journal row."""
    old = ContractState(contract.state)
    check_move(old, new)
    contract.state = new
    save_versioned(contract, "state", *fields)
    journal.record(
        actor, f"contracts.contract.{new.value}", contract, happened_at=now, reason=reason, old=old.value
    )


def received(reservation_id: int, kinds: Iterable[str] = ()) -> Decimal:
    """Confirmed money of a claim less reversals, in yuan; without kinds all that counts towards the price."""
    rows = Receipt.objects.effective().filter(reservation=reservation_id)
    rows = rows.filter(kind__in=list(kinds)) if kinds else rows.exclude(kind__in=NOT_THE_PRICE)
    total: Decimal | None = rows.aggregate(total=Sum("amount"))["total"]
    return ZERO if total is None else total


def settle(contract: Contract) -> None:
    """Cover the plan's lines with the confirmed money, in their order."""
    lines = list(contract.plan.order_by("seq"))
    covered = spread([line.amount for line in lines], received(contract.reservation_id))
    for line, paid in zip(lines, covered, strict=True):
        line.paid = paid
    PaymentPlanLine.objects.bulk_update(lines, ["paid"])


def run_steps(receipt: Receipt, actor: User, now: datetime) -> None:
    """What upper chapters do when money counts."""
    for step in PAYMENT_STEPS:
        step.apply(receipt, actor, now)


def staff(project_id: int, *roles: Role) -> list[int]:
    """Working colleagues of a project in these roles."""
    people = User.objects.filter(is_active=True, role__in=roles, projects=project_id)
    return list(people.order_by("pk").values_list("pk", flat=True))


def tell(
    people: Iterable[int | None],
    now: datetime,
    *,
    key: str,
    title: str,
    url: str,
    body: str = "",
    clause: str = "",
    urgent: bool = False,
) -> None:
    """One notice to each person, once per key."""
    notify(
        [
            Message(user_id=pk, title=title, key=key, body=body, url=url, clause=clause, urgent=urgent)
            for pk in dict.fromkeys(people)
            if pk is not None
        ],
        now,
    )


def contract_url(contract: Contract) -> str:
    return f"/contracts/{contract.pk}/"


COLLECTIONS = "/contracts/collections/"
VERIFICATION = "/contracts/verification/"
