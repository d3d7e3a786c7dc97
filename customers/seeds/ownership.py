"""归属变动 of the last days: two from the pool, one handed on, one extension that waits for an answer."""

from datetime import timedelta

from customers import services
from customers.models import Customer, OwnershipLease
from customers.rules import LeaseState
from salesdept import clock
from salesdept.seeds import Office

SMALL = 5_000


def fill(office: Office) -> None:
    """Through the services, each at its own time; only in an office of people one can know."""
    if office.customers > SMALL:
        return
    _assign(office)
    _hand_on(office)
    _extend(office)


def _assign(office: Office) -> None:
    pool = Customer.objects.filter(project=office.project, owner__isnull=True).order_by("-pk")
    ids = list(pool.values_list("pk", flat=True)[:2])
    if ids:
        services.assign_customers(
            actor=office.people["supervisor"],
            customer_ids=ids,
            rep_id=office.people["rep3"].pk,
            now=office.now - timedelta(hours=22),
            reason="近两周来访少，补两位公海客户",
        )


def _live(office: Office, username: str) -> list[OwnershipLease]:
    rows = OwnershipLease.objects.filter(
        rep=office.people[username],
        state=LeaseState.ACTIVE,
        expires_on__gte=clock.business_date(office.now),
        started_at__lt=office.now - timedelta(days=2),
    )
    return list(rows.order_by("expires_on", "pk")[:1])


def _hand_on(office: Office) -> None:
    for lease in _live(office, "rep4"):
        services.transfer_customer(
            actor=office.people["manager"],
            customer_id=lease.customer_id,
            rep_id=office.people["rep5"].pk,
            now=office.now - timedelta(hours=18),
            reason="客户要求更换代表",
        )


def _extend(office: Office) -> None:
    for lease in _live(office, "rep1"):
        services.ask_extension(
            actor=office.people["rep1"],
            customer_id=lease.customer_id,
            now=office.now - timedelta(hours=1),
            reason="客户在等首付到账，下周给答复",
        )
