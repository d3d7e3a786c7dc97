"""What a slip says and what it still wants, by the terms of its day."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from customers.models import Call, Visit
from customers.rules import Contact, Outcome, RegisterTerms
from customers.rules.register import RegisterState, closing_of, missing, register_state
from regulations.queries import terms_for
from salesdept import clock
from salesdept.clock import SHANGHAI


def kind_of(slip: Visit | Call) -> Contact:
    return Contact.CALL if isinstance(slip, Call) else Contact.VISIT


def terms_of(slip: Visit | Call) -> RegisterTerms:
    """The terms of the slip's day."""
    return terms_for(RegisterTerms, on=clock.business_date(slip.happened_at), project=slip.project_id)


def values_of(slip: Visit | Call) -> Mapping[str, Any]:
    """What a slip says, as the rule asks it; name and number of a registered one are there."""
    said = {field.attname: getattr(slip, field.attname) for field in slip._meta.concrete_fields}
    there = slip.customer_id is not None
    return {**said, "name": there, "number": there}


def missing_in(slip: Visit | Call, terms: RegisterTerms | None = None) -> list[str]:
    """What must still follow by closing; nothing for 未留电 and 非客户."""
    if slip.outcome != Outcome.REGISTERED:
        return []
    return missing((terms or terms_of(slip)).complete(kind_of(slip)), values_of(slip))


def state_of(slip: Visit | Call, terms: RegisterTerms, now: datetime) -> RegisterState:
    """What its columns make of it at a moment."""
    closed = now >= closing_of(slip.happened_at.astimezone(SHANGHAI), terms)
    return register_state(kind_of(slip), slip.outcome, values_of(slip), terms, closed=closed)
