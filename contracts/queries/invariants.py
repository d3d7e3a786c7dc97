"""What check_invariants recounts about contracts and money: one sentence a fault."""

from collections.abc import Iterator

from django.db.models import F, Q, Sum

from contracts.models import Contract, PaymentPlanLine, Receipt
from contracts.rules import spread
from inventory.models import Reservation
from inventory.rules import Stage
from salesdept.formats import money
from salesdept.money import ZERO

NOT_THE_PRICE = ("agency", "area")


def plans_sum_to_prices() -> Iterator[str]:
    """已收 + 未收 = 总价: the lines of every contract sum to its price."""
    rows = Contract.objects.annotate(planned=Sum("plan__amount")).exclude(planned=F("total"))
    for number, planned, total in rows.values_list("number", "planned", "total"):
        yield f"{number}: 付款计划合计 {money(planned)}，总价 {money(total)}"


def lines_follow_the_money() -> Iterator[str]:
    """Each plan's covered amounts are what its confirmed receipts cover."""
    got = dict(
        Receipt.objects.effective()
        .exclude(kind__in=NOT_THE_PRICE)
        .filter(reservation__isnull=False)
        .order_by()
        .values_list("reservation")
        .annotate(total=Sum("amount"))
    )
    lines: dict[int, list[PaymentPlanLine]] = {}
    for line in PaymentPlanLine.objects.select_related("contract").order_by("contract", "seq"):
        lines.setdefault(line.contract_id, []).append(line)
    for plan in lines.values():
        contract = plan[0].contract
        covered = spread([line.amount for line in plan], got.get(contract.reservation_id, ZERO))
        if covered != [line.paid for line in plan]:
            yield f"{contract.number}: 付款计划的实收与已确认收款不符"


def money_matches_stages() -> Iterator[str]:
    """认购 and later stand on confirmed money; 签约 has its sealed contract."""
    sold = Reservation.objects.live().filter(stage__in=(Stage.TEMP, Stage.SUBSCRIBED, Stage.SIGNED))
    paid = Receipt.objects.effective().filter(reversal__isnull=True, reverses__isnull=True)
    for claim in sold.exclude(pk__in=paid.filter(reservation__isnull=False).values("reservation")):
        yield f"{claim}: {claim.get_stage_display()}，但没有已确认的收款"
    signed = Q(reservation__stage=Stage.SIGNED)
    wrong = Contract.objects.filter(reservation__ended_at__isnull=True).filter(
        (Q(state="signed") & ~signed & ~Q(reservation__stage=Stage.RETURNING)) | (~Q(state="signed") & signed)
    )
    for contract in wrong.select_related("reservation"):
        stage = contract.reservation.get_stage_display()
        yield f"{contract.number}: 合同{contract.get_state_display()}，房源{stage}"


def reversals_mirror() -> Iterator[str]:
    """A reversal is exactly the negative of what it undoes."""
    for row in Receipt.objects.filter(reverses__isnull=False).select_related("reverses"):
        if row.reverses and (row.amount != -row.reverses.amount or row.kind != row.reverses.kind):
            yield f"{row.code}: 冲销与原收款不符"
