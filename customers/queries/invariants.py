"""Recounts of check_invariants: what no constraint can say because it spans tables."""

from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, Q

from customers.models import Customer, OwnershipLease, Phone, QueueDay
from customers.queries.queue_log import broken_rows, misplaced
from customers.rules import LIVE, LeaseState
from salesdept.slots import Invariant


def owners_without_lease() -> Iterator[str]:
    """The live lease's rep, or whose signed deal closed the last one."""
    stands = Q(state__in=LIVE) | Q(state=LeaseState.CLOSED, deal_on__isnull=False)
    live = OwnershipLease.objects.filter(stands, customer=OuterRef("pk"), rep=OuterRef("owner"))
    for pk in Customer.objects.filter(~Exists(live), owner__isnull=False).values_list("pk", flat=True)[:100]:
        yield f"客户 #{pk} 有归属人，但没有他的有效归属期"


def leases_of_strangers() -> Iterator[str]:
    rows = OwnershipLease.objects.filter(state__in=LIVE).exclude(customer__owner=F("rep"))
    for pk in rows.values_list("pk", flat=True)[:100]:
        yield f"归属期 #{pk} 的代表不是客户的归属人"


def numbers_of_other_homes() -> Iterator[str]:
    rows = Phone.objects.exclude(household=F("customer__household"), project=F("customer__project"))
    for pk in rows.values_list("pk", flat=True)[:100]:
        yield f"号码 #{pk} 的客户组或项目与客户不符"


INVARIANTS = (
    Invariant("an_owner_has_a_live_lease", "拟:own.basis", owners_without_lease),
    Invariant("a_live_lease_is_the_owners", "拟:own.basis", leases_of_strangers),
    Invariant("a_number_lies_in_its_household", "拟:own.match", numbers_of_other_homes),
)


def altered_turns() -> Iterator[str]:
    """Every day's log: a row that was changed, dropped or slipped in is named."""
    for queue in QueueDay.objects.order_by("pk"):
        yield from broken_rows(queue)


def places_beside_the_log() -> Iterator[str]:
    """Every day's places are what its log folds to."""
    for queue in QueueDay.objects.order_by("pk"):
        yield from misplaced(queue)


QUEUE = (
    Invariant("the_turn_log_is_whole", "S105", altered_turns),
    Invariant("places_are_what_the_turn_log_says", "S105", places_beside_the_log),
)
