"""The demo office's money and contracts, through the verbs, in every state."""

from datetime import datetime, timedelta
from decimal import Decimal

from contracts import services
from contracts.models import Contract
from contracts.queries.facts import facts_of
from contracts.rules import PayMethod, ReceiptKind, Tender, is_full_name
from contracts.services.common import contract_locked
from inventory.models import Reservation
from inventory.rules import Stage
from regulations.queries import remembering_terms
from salesdept.clock import SHANGHAI, at, business_date
from salesdept.models import User
from salesdept.money import capitals
from salesdept.seeds import Office

_METHODS = (PayMethod.MORTGAGE, PayMethod.MORTGAGE, PayMethod.LUMP, PayMethod.FUND, PayMethod.INSTALMENT)
_SHARE = 72  # of a hundred subscriptions still within their days that have a contract; older ones all do
_GRACE = timedelta(days=2)
_YOUNG = timedelta(days=9)
_LATE = timedelta(days=14)
_GIVEN = ("思远", "晓燕", "文博", "雅琴", "志强", "佳怡", "建国", "若兰", "浩然", "美玲", "立新")


@remembering_terms()
def seed_contracts(office: Office) -> None:
    """Deposits for every claim with money on it; contracts for most sales, the newest still on their way."""
    live = Reservation.objects.live().filter(project=office.project)
    claims = list(
        live.filter(stage__in=(Stage.PAID, Stage.SMALL, Stage.TEMP, Stage.SUBSCRIBED, Stage.RETURNING))
        .select_related("unit", "customer", "rep")
        .order_by("subscribed_at", "pk")
    )
    desk = _Desk(office)
    for claim in claims:
        desk.deposit(claim)
    sold = [c for c in claims if c.stage == Stage.SUBSCRIBED]
    for number, claim in enumerate(sold):
        due = claim.sign_by and claim.sign_by < business_date(office.now - _GRACE)
        if office.rng.randrange(100) < _SHARE or due:
            _contract(office, desk, claim, number)
    desk.held()


class _Desk:
    """The cashier and finance of the story."""

    def __init__(self, office: Office) -> None:
        self.office, self.slips, self.young = office, 0, 0
        self.cashier, self.finance = office.people["cashier"], office.people["finance"]

    def take(
        self,
        claim: Reservation | None,
        kind: ReceiptKind,
        amount: Decimal,
        now: datetime,
        confirm: bool = True,
    ) -> None:
        """Record, and an hour later confirm."""
        self.slips += 1
        now = min(now, self.office.now)
        receipt = services.record_receipt(
            actor=self.cashier,
            reservation_id=claim.pk if claim else None,
            kind=kind,
            amount=amount,
            method=(Tender.POS, Tender.TRANSFER, Tender.CASH)[self.slips % 3],
            slip=f"P{now:%m%d}{self.slips:05}",
            payer=str(claim.customer) if claim and claim.customer else "张先生",
            received_on=business_date(now),
            project=self.office.project,
            now=now,
        )
        if confirm:
            later = min(now + timedelta(hours=1), self.office.now)
            services.confirm_receipt(actor=self.finance, receipt_id=receipt.pk, now=later)

    def steps(self) -> int:
        """How far the next young contract has come: each state in turn."""
        self.young += 1
        return (1, 2, 3, 4, 5, 2, 0)[self.young % 7]

    def deposit(self, claim: Reservation) -> None:
        """The money behind a claim's stage; what waits for finance stays unconfirmed."""
        now = claim.paid_at or claim.started_at
        amount = claim.deposit_due or Decimal(20000)
        if claim.stage in (Stage.TEMP, Stage.SMALL):
            amount = Decimal(5000)
        self.take(claim, ReceiptKind.DEPOSIT, amount, now, confirm=claim.stage != Stage.PAID)

    def held(self) -> None:
        """Two payments without a room, and one that finance refused."""
        for days, amount in ((2, 20000), (0, 30000)):
            moment = self.office.now - timedelta(days=days, hours=1)
            self.take(None, ReceiptKind.DEPOSIT, Decimal(amount), moment, confirm=days > 0)


def _working(office: Office, moment: datetime) -> datetime:
    """The same day within office hours, never after the story's end."""
    local = moment.astimezone(SHANGHAI)
    return min(at(local.date(), 10 + local.hour % 7, local.minute), office.now)


def _contract(office: Office, desk: _Desk, claim: Reservation, number: int) -> None:
    """One sale's paper: drafted in time, then as far along its way as its age (and luck) says."""
    rep, started = claim.rep, claim.subscribed_at
    if rep is None or started is None or claim.sign_by is None:
        return
    drafted = _working(office, started + timedelta(days=number % 4 + 1))
    if drafted <= started or business_date(drafted) > claim.sign_by:
        return
    contract = services.draft_contract(
        actor=rep, reservation_id=claim.pk, pay_method=_METHODS[number % 5], now=drafted
    )
    _complete(rep, contract, number, drafted)
    steps = desk.steps() if office.now - drafted < _YOUNG else 5
    _walk(office, desk, contract, number, steps, drafted)


def _complete(rep: User, contract: Contract, number: int, now: datetime) -> None:
    """The rep adds the buyer's identity number; sometimes a character goes wrong."""
    buyer = contract.buyers.get(seq=1)
    values: dict[str, object] = {}
    if not buyer.identity_masked:
        values["identity_no"] = identity_no(number)
    if not is_full_name(buyer.name):
        values["buyer_name"] = f"{buyer.name[:-2]}{_GIVEN[number % len(_GIVEN)]}"
    if not buyer.phone:
        values["phone"] = f"139{number:08}"
    if number % 9 == 4:
        values["layout"] = contract.layout.replace("两厅", "一厅") or "两房一厅"
    if number % 13 == 7:
        values["total_words"] = contract.total_words.replace("贰", "二", 1).replace("整", "", 1)
    if values:
        services.edit_contract(
            actor=rep, contract_id=contract.pk, version=contract.version, values=dict(values), now=now
        )


def _walk(office: Office, desk: _Desk, contract: Contract, number: int, steps: int, now: datetime) -> None:
    """0 草拟, 1 待初审, 2 退回 or 待复审, 3 待收款, 4 paid, 5 已签 and its money so far."""
    people, hour = office.people, timedelta(hours=1)
    rep, assistant, manager = contract.rep, people["assistant"], people["manager"]
    if steps == 0:
        return
    services.submit_contract(actor=rep, contract_id=contract.pk, now=min(now + hour, office.now))
    if steps == 1:
        return
    _first_review(
        contract, assistant, rep, min(now + 2 * hour, office.now), stop=steps == 2 and number % 3 == 0
    )
    contract.refresh_from_db()
    if steps == 2 or contract.state != "second":
        return
    _second_review(contract, manager, assistant, number, min(now + 5 * hour, office.now))
    contract.refresh_from_db()
    if steps == 3 or contract.state != "money":
        return
    _money(office, desk, contract, number, now + timedelta(days=1), last=steps == 5)


def _first_review(contract: Contract, assistant: User, rep: User, now: datetime, *, stop: bool) -> None:
    """The assistant finds what disagrees; unless the story stops there, the rep mends it and it passes."""
    pk = contract.pk
    services.record_checks(actor=assistant, contract_id=pk, now=now)
    wrong = dict.fromkeys(_disagreeing(contract), "")
    if stop and not wrong:
        wrong["layout"] = f"{contract.layout}一厨"
    for field, right in wrong.items():
        services.record_check(actor=assistant, contract_id=pk, field=field, ok=False, right=right, now=now)
    if wrong:
        services.return_contract(actor=assistant, contract_id=pk, now=now)
        if stop:
            return
        _mend(contract, rep, now)
        services.submit_contract(actor=rep, contract_id=pk, now=now)
        services.record_checks(actor=assistant, contract_id=pk, now=now)
    services.pass_review(actor=assistant, contract_id=pk, now=now)


def _disagreeing(contract: Contract) -> list[str]:
    return [fact.key for fact in facts_of(contract_locked(contract.pk)) if not fact.agrees]


def _mend(contract: Contract, rep: User, now: datetime) -> None:
    """Put back what the sources say."""
    contract.refresh_from_db()
    values = {
        "layout": contract.reservation.unit.layout,
        "total_words": capitals(contract.total),
        "unit_label": contract.reservation.unit.label,
    }
    services.edit_contract(
        actor=rep, contract_id=contract.pk, version=contract.version, values=values, now=now
    )


def _second_review(contract: Contract, manager: User, assistant: User, number: int, now: datetime) -> None:
    """Most pass; now and then the manager finds a character the assistant let through."""
    pk = contract.pk
    if number % 17 == 5:
        buyer = contract.buyers.get(seq=1)
        right = f"{buyer.name[:-1]}{'华' if not buyer.name.endswith('华') else '花'}"
        services.record_check(
            actor=manager, contract_id=pk, field="buyer_name", ok=False, right=right, now=now
        )
        services.second_review_return(actor=manager, contract_id=pk, now=now)
        services.submit_contract(actor=contract.rep, contract_id=pk, now=now)
        services.record_checks(actor=assistant, contract_id=pk, now=now)
        services.pass_review(actor=assistant, contract_id=pk, now=now)
    services.record_checks(actor=manager, contract_id=pk, now=now)
    services.pass_second_review(actor=manager, contract_id=pk, now=now)


def _money(
    office: Office, desk: _Desk, contract: Contract, number: int, now: datetime, *, last: bool
) -> None:
    """The rest of the down payment, the seal, and for older sales the loan; a few young ones are late."""
    if now > office.now or (number % 11 == 3 and office.now - now < _LATE):
        return
    claim = contract.reservation
    due = {line.kind: line for line in contract.plan.all()}
    if down := due.get(ReceiptKind.DOWN):
        desk.take(claim, ReceiptKind.DOWN, down.amount, now, confirm=last)
    if not last:
        return
    sealed = _working(office, now + timedelta(days=1))
    services.sign_contract(actor=office.people["assistant"], contract_id=contract.pk, now=sealed)
    for line in contract.plan.exclude(kind__in=(ReceiptKind.DEPOSIT, ReceiptKind.DOWN)):
        paid_on = at(line.due, 15) + timedelta(days=number % 5 - 2)
        if paid_on < office.now and number % 7:
            desk.take(claim, ReceiptKind(line.kind), line.amount, paid_on)


def identity_no(number: int) -> str:
    """A made-up identity number with a right check digit; the region is a test area."""
    body = f"330102{1965 + number % 35:04}{number % 12 + 1:02}{number % 28 + 1:02}{number % 900 + 100:03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]
