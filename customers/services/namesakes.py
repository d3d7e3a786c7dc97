"""同名: the same full name makes two files candidates, which a person confirms or denies (拟:own.match)."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import batched

from django.db.models import Q

from customers import access
from customers.models import Customer, Namesake
from customers.rules.households import NamesakeState, known_name
from salesdept import clock, journal
from salesdept.errors import RuleError
from salesdept.models import User
from salesdept.verbs import locked, service

MOST = 5  # of a common name only the newest files are asked about
CHUNK = 500


def _others(customer: Customer, name: str) -> list[int]:
    """Keys of the newest files that bear exactly this full name: the pinyin index, then the characters."""
    rows = Customer.objects.filter(project=customer.project_id, pinyin=customer.pinyin)
    same = rows.filter(Q(full_name=name) | Q(full_name="", name=name)).exclude(pk=customer.pk)
    apart = same.exclude(household=customer.household_id)
    return list(apart.order_by("-pk").values_list("pk", flat=True)[:MOST])


def _pairs(customer: Customer, now: datetime) -> Iterable[Namesake]:
    name = known_name(customer.name, customer.full_name)
    if not name or not customer.pinyin:
        return
    for other in _others(customer, name):
        first, second = sorted((customer.pk, other))
        yield Namesake(project_id=customer.project_id, first_id=first, second_id=second, found_at=now)


def note_namesakes(customer: Customer, now: datetime) -> None:
    """Put a file's namesakes on the assistant's list; a pair that was decided is not asked again."""
    if pairs := list(_pairs(customer, now)):
        Namesake.objects.bulk_create(pairs, ignore_conflicts=True)


def find_imported(day: date, now: datetime) -> None:
    """The night's look at the files imported since yesterday morning. Safe to repeat."""
    since = clock.at(day) - timedelta(days=1)
    fresh = Customer.objects.filter(import_batch__isnull=False, household__created_at__gte=since)
    for keys in batched(fresh.order_by("pk").values_list("pk", flat=True).iterator(), CHUNK):
        people = Customer.objects.filter(pk__in=keys)
        pairs = [pair for person in people for pair in _pairs(person, now)]
        Namesake.objects.bulk_create(pairs, ignore_conflicts=True)


@service
def deny_namesake(
    *, actor: User, namesake_id: int, reason: str, now: datetime, idempotency_key: str | None = None
) -> Namesake:
    """不是同一人: the two stay apart and are not asked about again."""
    access.may_ask_merge(actor).or_raise()
    pair = locked(Namesake.objects.visible_to(actor), namesake_id)
    if pair.state != NamesakeState.OPEN:
        raise RuleError("namesake_decided", "这对同名已确认过", "拟:own.match", "看合并记录")
    if not reason.strip():
        raise RuleError(
            "reason_needed", "请写明凭什么认定不是同一人", "拟:own.match", "如号码、身份证、年龄不同"
        )
    decide(pair, NamesakeState.OTHER, actor, reason, now)
    journal.record(actor, "customers.namesake.denied", pair, happened_at=now, reason=reason)
    return pair


def decide(pair: Namesake, state: NamesakeState, by: User, reason: str, now: datetime) -> None:
    pair.state, pair.decided_by, pair.decided_at, pair.reason = state, by, now, reason.strip()[:200]
    pair.save(update_fields=["state", "decided_by", "decided_at", "reason"])
