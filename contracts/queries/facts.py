"""A contract beside its sources: claim, unit ledger and customer file. Personal data masked."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from contracts.models import Buyer, Contract
from contracts.rules import FIELDS, Field, PlanTerms, down_payment
from contracts.rules.words import PayMethod
from customers.models import Customer
from regulations.queries import terms_for
from salesdept import formats
from salesdept.clock import business_date
from salesdept.fields import SealedField, unseal
from salesdept.money import FEN, capitals

NO_SOURCE = formats.NONE
FROM_PRICE = "由总价换算"


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the check: the contract's text, each source's text, and whether they agree.

    `expected` is the text the sources stand for; empty when no source has one.
    """

    field: Field
    value: str
    reservation: str = NO_SOURCE
    ledger: str = NO_SOURCE
    customer: str = NO_SOURCE
    expected: str = ""
    agrees: bool = True

    @property
    def key(self) -> str:
        return self.field.key


def unit_price_of(total: Decimal, area: Decimal) -> Decimal:
    """Yuan a square metre, half up to the fen."""
    return (total / area).quantize(FEN, ROUND_HALF_UP)


def agreed_total(contract: Contract) -> Decimal:
    """The price of the claim."""
    agreed: Decimal | None = contract.reservation.agreed_price
    return contract.total if agreed is None else agreed


def facts_of(contract: Contract) -> list[Fact]:
    """All lines of the check list."""
    values = {**_buyer(contract), **_room(contract), **_price(contract)}
    return [values[field.key] for field in FIELDS if field.key in values]


_FIELD = {field.key: field for field in FIELDS}


def _buyer(contract: Contract) -> dict[str, Fact]:
    buyer = next(iter(contract.buyers.all()), None) or Buyer(contract=contract)
    customer = contract.reservation.customer
    name = _name(customer)
    found = _phones(customer)
    known = customer.identity_index if customer else ""
    same_id = not known or known == buyer.identity_index
    file_id = _identity_mask(customer) if customer and known else NO_SOURCE
    phone = next((p for p in found if p == buyer.phone), next(iter(found), ""))
    return {
        "buyer_name": Fact(
            _FIELD["buyer_name"],
            buyer.name,
            customer=name,
            expected="" if name == NO_SOURCE else name,
            agrees=name in (NO_SOURCE, buyer.name),
        ),
        "identity_no": Fact(
            _FIELD["identity_no"],
            buyer.identity_masked or NO_SOURCE,
            customer=file_id,
            expected="" if file_id == NO_SOURCE else file_id,
            agrees=same_id,
        ),
        "phone": Fact(
            _FIELD["phone"],
            formats.phone_mask(buyer.phone),
            customer=formats.phone_mask(phone),
            expected=formats.phone_mask(phone) if phone else "",
            agrees=not found or buyer.phone in found,
        ),
    }


def _name(customer: Customer | None) -> str:
    return (customer.full_name if customer else "") or NO_SOURCE


def _phones(customer: Customer | None) -> list[str]:
    if customer is None:
        return []
    rows = customer.phones.filter(detached_at__isnull=True).order_by("pk")
    return list(rows.values_list("number", flat=True))


def _identity_mask(customer: Customer) -> str:
    definition = Customer._meta.get_field("identity_no")
    assert isinstance(definition, SealedField)  # noqa: S101 - narrows the type
    return formats.idno_mask(unseal(customer.identity_no, definition.bound_to(customer)))


def _room(contract: Contract) -> dict[str, Fact]:
    unit = contract.reservation.unit
    pairs = {
        "area_build": (formats.area(contract.area_build), formats.area(unit.area_build)),
        "area_inside": (formats.area(contract.area_inside), formats.area(unit.area_inside)),
        "layout": (contract.layout or NO_SOURCE, unit.layout or NO_SOURCE),
    }
    rows = {
        key: Fact(
            _FIELD[key],
            value,
            ledger=ledger,
            expected="" if ledger == NO_SOURCE else ledger,
            agrees=value == ledger,
        )
        for key, (value, ledger) in pairs.items()
    }
    rows["unit_label"] = Fact(
        _FIELD["unit_label"],
        contract.unit_label,
        reservation=unit.label,
        ledger=unit.label,
        expected=unit.label,
        agrees=contract.unit_label == unit.label,
    )
    return rows


def _price(contract: Contract) -> dict[str, Fact]:
    agreed, unit = agreed_total(contract), contract.reservation.unit
    terms = terms_for(PlanTerms, on=business_date(contract.drafted_at), project=contract.project_id)
    down = down_payment(agreed, PayMethod(contract.pay_method), terms)
    per_metre = unit_price_of(agreed, unit.area_build)
    words = capitals(agreed)
    return {
        "unit_price": _amount("unit_price", contract.unit_price, per_metre),
        "total": _amount("total", contract.total, agreed),
        "down_payment": _amount("down_payment", contract.down_payment, down),
        "total_words": Fact(
            _FIELD["total_words"],
            contract.total_words,
            reservation=FROM_PRICE,
            expected=words,
            agrees=contract.total_words == words,
        ),
    }


def _amount(key: str, value: Decimal, source: Decimal) -> Fact:
    return Fact(
        _FIELD[key],
        formats.amount(value),
        reservation=formats.amount(source),
        expected=formats.amount(source),
        agrees=value == source,
    )
