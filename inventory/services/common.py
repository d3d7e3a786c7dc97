"""What every claim service leans on: the refusals in words, the insert the index decides, and who is told."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import NoReturn

from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse

from inventory.models import Building, Reservation
from inventory.queries.stock import Holder, holder_of
from inventory.rules import EndReason, has_expired
from salesdept import journal
from salesdept.errors import RuleError, constraint_name, refuse
from salesdept.models import User
from salesdept.rules import Message, Role
from salesdept.services.reminders import forget, notify
from salesdept.verbs import locked, save_versioned

LOCK_EXPIRES, LOCK_ENDS_SOON, SIGN_BY_NEAR = (
    "inventory.lock_expires",
    "inventory.lock_ends_soon",
    "inventory.sign_by",
)
ONE_CLAIM = "unit_has_one_live_claim"
LOCK_NUMBERS = ("rep_has_one_live_lock", "customer_locks_are_numbered")
TRIES = 8  # each further one means that somebody else went first
REFUSALS = {
    "one_unit_per_room": RuleError("unit_exists", "房源台账里已有同号的房", "S54", "核对楼栋、单元与房号"),
    "floor_is_not_above_the_list": RuleError("below_floor", "表价低于底价", "S42", "核对表价与底价两列"),
}


def taken(unit_id: int, holder: Holder | None, now: datetime) -> NoReturn:
    """Refuse because somebody holds the room; the way out leads to free rooms like it."""
    words = holder.words(now) if holder else "这套房刚被占用"
    raise RuleError(
        "unit_taken", words, "S54", "看同户型可售房源", reverse("inventory:unit_similar", args=[unit_id])
    )


def leave_if_taken(unit_id: int, now: datetime, *, retry_by: User | None = None) -> None:
    """Losers leave on one indexed read, before any transaction; the index still decides for those who stay.

    `retry_by` is somebody who repeats a keyed form: the room may be theirs already, and the key answers.
    """
    holder = holder_of(unit_id, now)
    if holder and not holder.expired and not (retry_by and holder.created_by_id == retry_by.pk):
        taken(unit_id, holder, now)


def insert(claim: Reservation, now: datetime, renumber: Callable[[], None] | None = None) -> None:
    """Insert a claim under its indexes. A claim whose time is over gives way.

    `renumber` gives a lock new numbers after another lock of the same rep or customer took them in between,
    and refuses when the limit is reached.
    """
    for _ in range(TRIES):
        refused_by = _refused_by(claim)
        if not refused_by:
            return
        if refused_by == ONE_CLAIM:
            _make_way(claim.unit_id, now)
        elif renumber:
            renumber()
    taken(claim.unit_id, holder_of(claim.unit_id, now), now)


def _refused_by(claim: Reservation) -> str:
    """The index that refused the insert; empty when it stands. Other refusals are raised in their words."""
    try:
        with transaction.atomic():  # a savepoint, so that the refusal can be named
            claim.save(force_insert=True)
    except IntegrityError as error:
        name = constraint_name(error)
        if name not in (ONE_CLAIM, *LOCK_NUMBERS):
            raise refuse(error, REFUSALS) from error
        return name
    return ""


def _make_way(unit_id: int, now: datetime) -> None:
    """End the claim in the way when its time is over; name its holder otherwise."""
    holder = holder_of(unit_id, now)
    if holder and not holder.expired:
        taken(unit_id, holder, now)
    if holder:
        expire_row(holder.claim_id, now)


def live(reservation_id: int, version: int | None = None) -> Reservation:
    """A live claim, locked until commit."""
    claim = locked(Reservation.objects.select_related("unit__building"), reservation_id, version)
    if claim.ended_at is not None:
        raise RuleError(
            "claim_ended",
            f"这份占用已结束（{claim.get_end_reason_display()}）",
            "S57",
            "请在销控图上重新选房",
        )
    return claim


def expire_row(reservation_id: int, now: datetime) -> Reservation | None:
    """End a claim whose time is over; None when it was ended, paid or prolonged meanwhile."""
    claim = locked(Reservation.objects.select_related("unit__building"), reservation_id)
    if claim.ended_at is not None or not has_expired(claim.at_stage, claim.expires_at, now):
        return None
    # The clock freed the room at that moment, however late somebody noticed.
    close(claim, None, EndReason.EXPIRED, claim.expires_at or now)
    return claim


def close(claim: Reservation, actor: User | None, reason: EndReason, at: datetime, note: str = "") -> None:
    """Write the end of a locked claim with its journal row, and close its reminders."""
    claim.ended_at, claim.end_reason, claim.ended_by = at, reason, actor
    save_versioned(claim, "ended_at", "end_reason", "ended_by")
    forget(claim, now=at)
    journal.record(
        actor,
        "inventory.claim.ended",
        claim,
        happened_at=at,
        reason=note,
        stage=claim.stage,
        why=reason.value,
    )
    changed(claim.unit.building_id)


def changed(*building_ids: int) -> None:
    """Open boards must see this: count the buildings' versions up, each by a short statement after commit.

    Once per building and transaction, however many claims it changes.
    """
    hooks = [hook for _, hook, _ in transaction.get_connection().run_on_commit]
    waiting = {hook.args[0] for hook in hooks if isinstance(hook, partial) and hook.func is _bump}
    for pk in dict.fromkeys(building_ids):
        if pk not in waiting:
            transaction.on_commit(partial(_bump, pk), robust=True)


def _bump(building_id: int) -> None:
    Building.objects.filter(pk=building_id).update(version=F("version") + 1)


def url_of(claim: Reservation) -> str:
    return reverse("inventory:reservation_detail", args=[claim.pk])


def tell(claim: Reservation, what: str, people: Iterable[int], now: datetime, **message: str) -> None:
    """One urgent notice to each person about a claim; `what` makes it once per event."""
    key = f"inventory.{what}:{claim.pk}"
    notify([Message(user_id=pk, key=key, url=url_of(claim), urgent=True, **message) for pk in people], now)


def controllers(project_id: int, *, but: User | None = None) -> list[int]:
    """Who keeps 销控 in a project."""
    rows = User.objects.filter(is_active=True, role=Role.MANAGER, projects=project_id)
    return [pk for pk in rows.values_list("pk", flat=True) if but is None or pk != but.pk]
