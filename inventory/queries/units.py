"""The unit panel: one room for one viewer, with what may be done about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from customers.models import Customer, Visit
from inventory import access
from inventory.models import Reservation, Unit
from inventory.queries.claims import event_words
from inventory.queries.stock import Holder, Similar, holder_of, list_price_of, live_locks, similar_units
from inventory.rules import OPEN, SIGNS, HoldTerms, Sign, check_on_sale, check_rep_limit, state_of
from regulations.queries import terms_for
from salesdept import clock, formats
from salesdept.errors import RuleError
from salesdept.models import Event, User
from salesdept.rules import Role
from salesdept.verdict import ALLOWED, Verdict

CUSTOMERS_SHOWN = 60
NO_CUSTOMER = Verdict("名下还没有客户", "", "先登记来访")


@dataclass(frozen=True, slots=True)
class Choice:
    """A customer one may lock for."""

    pk: int
    text: str
    selected: bool


@dataclass(frozen=True, slots=True)
class UnitCard:
    """Everything the panel shows, as strings, and the verdicts behind its buttons."""

    unit: Unit
    sign: Sign
    state: str
    price: str
    price_line: str
    facts: Sequence[tuple[str, str]]
    holder: str
    until: datetime | None
    claim_id: int | None
    choices: Sequence[Choice]
    lock: Verdict
    lock_words: str
    hold: Verdict
    hold_words: str
    hold_until: datetime
    control: Verdict
    strict: bool
    similar: Sequence[Similar]


def unit_card(unit: Unit, actor: User, now: datetime, customer_id: int = 0) -> UnitCard:
    """The panel of a room. `customer_id` preselects a customer (else the one being received)."""
    today = clock.business_date(now)
    price = list_price_of(unit.pk, today) if unit.released_at else None
    holder = holder_of(unit.pk, now)
    holder = None if holder and holder.expired else holder
    state = state_of(holder.stage.value if holder else None, unit.released_at is not None)
    terms = terms_for(HoldTerms, on=today, project=unit.building.project_id)
    strict = terms.authority == "manager" and not access.may_control(actor)
    open_ = state == OPEN
    choices = _choices(actor, unit, customer_id) if open_ and access.may_lock(actor) else []
    control = access.may_control(actor)
    return UnitCard(
        unit=unit,
        sign=SIGNS[state],
        state=state,
        price=formats.money(price.total) if price else formats.NONE,
        price_line=_price_line(unit, price.per_metre if price else None),
        facts=_facts(unit, now),
        holder=holder.words(now) if holder else "",
        until=holder.expires_at if holder else None,
        claim_id=_own_claim(actor, holder),
        choices=choices,
        lock=_may_lock(actor, unit, holder, price is not None, choices, terms, now),
        lock_words=f"锁定 {terms.minutes} 分钟",
        hold=_may_hold(actor, open_, choices, control),
        hold_words="保留" if control else "申请保留",
        hold_until=clock.at(today, 18) if now < clock.at(today, 17) else clock.end_of(today),
        control=control,
        strict=strict,
        similar=similar_units(unit, actor, now) if holder else [],
    )


def _own_claim(actor: User, holder: Holder | None) -> int | None:
    """The claim's page, for those who may see it."""
    if holder is None or not Reservation.objects.visible_to(actor).filter(pk=holder.claim_id).exists():
        return None
    return holder.claim_id


def _price_line(unit: Unit, per_metre: object) -> str:
    words = f"{formats.unit_price(per_metre)} × " if per_metre else ""  # type: ignore[arg-type]
    return f"{words}{formats.area(unit.area_build)}"


def _facts(unit: Unit, now: datetime) -> list[tuple[str, str]]:
    last = Event.objects.filter(unit_ref=unit.pk).order_by("-pk").first()
    facing = f"朝{unit.orientation}" if unit.orientation else ""
    rows = [
        ("户型", " · ".join(part for part in (unit.layout, facing) if part)),
        ("套内面积", formats.area(unit.area_inside) if unit.area_inside else ""),
        ("预售证", unit.permit_no),
        ("状态变更", f"{formats.cn_time(last.happened_at, now)} {event_words(last)}" if last else ""),
    ]
    return [(name, value) for name, value in rows if value]


def received_customer(actor: User) -> int:
    """Whom the rep is receiving right now, 0 for nobody."""
    rows = Visit.objects.filter(reception__rep=actor, reception__ended_at__isnull=True)
    return rows.values_list("customer_id", flat=True).first() or 0


def lockable_customers(actor: User, unit: Unit) -> QuerySet[Customer]:
    """Whom this person may lock this room for: own customers, for leaders everybody of the project."""
    rows: QuerySet[Customer] = Customer.objects.visible_to(actor).filter(project=unit.building.project_id)
    return rows.filter(owner=actor) if actor.role == Role.REP else rows


def _choices(actor: User, unit: Unit, customer_id: int) -> list[Choice]:
    received = received_customer(actor)
    wanted = customer_id or received
    rows = list(lockable_customers(actor, unit).select_related("owner").order_by("-pk")[:CUSTOMERS_SHOWN])
    if wanted and wanted not in {row.pk for row in rows}:
        rows = [*lockable_customers(actor, unit).select_related("owner").filter(pk=wanted), *rows]
    rows.sort(key=lambda row: row.pk != wanted)
    return [Choice(row.pk, _choice_words(row, actor, received), row.pk == wanted) for row in rows]


def _choice_words(row: Customer, actor: User, received: int) -> str:
    whose = "我的" if row.owner_id == actor.pk else row.owner.name if row.owner else "公海"
    marks = [whose, row.grade, *(["正在接待"] if row.pk == received else [])]
    return f"{row} {row.phone_masked}（{' · '.join(marks)}）"


def _may_lock(
    actor: User,
    unit: Unit,
    holder: Holder | None,
    priced: bool,
    choices: Sequence[Choice],
    terms: HoldTerms,
    now: datetime,
) -> Verdict:
    """The service's own questions asked early, so that a dead button can say why."""
    if not (verdict := access.may_lock(actor)):
        return verdict
    if holder:
        return Verdict(holder.words(now), "S54", "看同户型可售房源")
    try:
        check_on_sale(unit.released_at, priced, now)
        if actor.role == Role.REP:
            locks = [lock for lock in live_locks(actor, 0) if lock.expires_at > now]
            check_rep_limit(len(locks), terms)
    except RuleError as refusal:
        return Verdict(refusal.message, refusal.clause, refusal.way_out)
    return ALLOWED if choices else NO_CUSTOMER


def _may_hold(actor: User, open_: bool, choices: Sequence[Choice], control: Verdict) -> Verdict:
    if not open_:
        return Verdict("这套房现在不可售", "S54")
    if control:
        return ALLOWED
    return (ALLOWED if choices else NO_CUSTOMER) if access.may_lock(actor) else control
