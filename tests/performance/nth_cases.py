"""The verbs of performance for tests/test_nth_statement.py."""

from decimal import Decimal

from performance import services
from performance.rules import TargetMetric
from salesdept.clock import business_date
from tests.salesdept.nth_cases import fresh


def set_targets(get, now):
    """One target is changed, the other is new."""
    manager, project, month = get("manager"), get("project"), business_date(now)
    given = {"project": project, "month": month, "now": now}
    services.set_targets(actor=manager, values={TargetMetric.FIRST_VISITS.value: Decimal(80)}, **given)
    values = {TargetMetric.FIRST_VISITS.value: Decimal(90), TargetMetric.SIGNED_UNITS.value: Decimal(12)}
    return lambda: services.set_targets(actor=fresh(manager), values=values, idempotency_key="k", **given)


CASES = {"performance.services.set_targets": set_targets}
