"""The verbs of commissions for tests/test_nth_statement.py."""

from commissions import services
from tests.factories import contracts as sales
from tests.salesdept.nth_cases import fresh


def set_credits(get, now):
    manager, rep, colleague = get("manager"), get("rep"), get("colleague")
    contract = sales.draft(rep, now)
    first = {"shares": [(rep.pk, 5000), (colleague.pk, 5000)], "reason": "共同接待"}
    services.set_credits(actor=manager, contract_id=contract.pk, now=now, **first)
    return lambda: services.set_credits(
        actor=fresh(manager),
        contract_id=contract.pk,
        shares=[(rep.pk, 7000), (colleague.pk, 3000)],
        reason="首接为主",
        now=now,
        idempotency_key="k",
    )


CASES = {"commissions.services.set_credits": set_credits}
