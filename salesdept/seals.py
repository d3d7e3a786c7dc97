"""Seals over the journal: which rows were there, with which content, and in which order they were sealed.

A seal takes every committed event that no seal has yet: ids above the last top, and ids that were missing
then and have appeared since (a slow transaction took its number early). Each row leaves a hash of its
content; each seal's digest covers its leaves and the digest before it. `faults` names what no longer fits.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from salesdept.models import Event, Seal

ADVISORY_LOCK = 7001
ROWS_PER_SEAL = 2000
NUMBERS_IN_FLIGHT = 1000
FIELDS = tuple(f.attname for f in Event._meta.concrete_fields if f.attname != "id")


@dataclass(frozen=True, slots=True)
class Fault:
    """`kind` is altered, swapped, missing, inserted, chain or anchor; `ids` are journal or seal numbers."""

    kind: str
    ids: tuple[int, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Report:
    sealed: int
    unsealed: int
    seals: int
    faults: tuple[Fault, ...]

    def as_json(self) -> dict[str, Any]:
        return {"ok": not self.faults, **asdict(self)}


def leaf(event: Event) -> str:
    """SHA-256 of a row's content without its id, alike on both engines."""
    return _sha([_canonical(getattr(event, name)) for name in FIELDS])


def chain(before: str, upto: int, pending: list[list[int]], leaves: list[list[Any]]) -> str:
    return _sha([before, upto, pending, leaves])


def _sha(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _canonical(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value


# --- sealing


@transaction.atomic
def seal(limit: int = ROWS_PER_SEAL) -> Seal | None:
    """Seal up to `limit` new rows and all late ones; None when nothing is new. Short: call it often."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ADVISORY_LOCK])
    last = Seal.objects.order_by("-pk").first()
    upto, pending = (last.upto, last.pending) if last else (_before_the_first(), [])
    oldest_running = _snapshot()[0]
    late = list(Event.objects.filter(pk__in=[gap[0] for gap in pending]))
    new = list(Event.objects.filter(pk__gt=upto).order_by("pk")[:limit])
    if not late and not new:
        return None
    top = new[-1].pk if new else upto
    here = {row.pk for row in (*late, *new)}
    gaps = _still_open([gap for gap in pending if gap[0] not in here], oldest_running)
    gaps += [[number, 0] for number in range(upto + 1, top + 1) if number not in here]
    leaves = sorted([row.pk, leaf(row)] for row in (*late, *new))
    digest = chain(last.digest if last else "", top, gaps, leaves)
    return Seal.objects.create(upto=top, pending=gaps, leaves=leaves, digest=digest)


def _before_the_first() -> int:
    """Where the first seal begins: far enough below the oldest row for whoever took a number before it."""
    first = Event.objects.order_by("pk").values_list("pk", flat=True).first()
    return max(0, (first or 0) - NUMBERS_IN_FLIGHT - 1)


def seal_all(most: int = 10) -> int:
    """Seal in short steps, each its own transaction; returns how many rows. The next tick does the rest."""
    done = 0
    for _ in range(most):
        made = seal()
        done += len(made.leaves) if made else 0
        if made is None or len(made.leaves) < ROWS_PER_SEAL:
            break
    return done


def _snapshot() -> tuple[int, int]:
    """Oldest running transaction and the next to come. SQLite writes one by one: nobody is late."""
    if connection.vendor != "postgresql":
        return 0, 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_snapshot_xmin(s)::text, pg_snapshot_xmax(s)::text FROM pg_current_snapshot() AS s"
        )
        oldest, following = cursor.fetchone()
    return int(oldest), int(following)


def _still_open(gaps: list[list[int]], oldest_running: int) -> list[list[int]]:
    """Gaps that a running transaction may still fill.

    A gap seen a second time gets the number of the next transaction; once every older one has ended, its id
    was rolled back for good and is forgotten. Otherwise rolled-back ids would pile up in every seal.
    """
    following = _snapshot()[1]
    return [
        [number, until or following]
        for number, until in gaps
        if connection.vendor == "postgresql" and not (until and until <= oldest_running)
    ]


def last_seal() -> dict[str, Any] | None:
    """What a backup's manifest keeps: number and digest of the newest seal."""
    last = Seal.objects.order_by("-pk").first()
    return {"seal": last.pk, "upto": last.upto, "digest": last.digest} if last else None


# --- verifying


class _Check:
    """One walk over the seals. Holds only what does not fit, never the journal."""

    def __init__(self) -> None:
        self.before, self.upto, self.sealed, self.seals = "", 0, 0, 0
        self.pending: set[int] = set()
        self.expected: dict[int, str] = {}
        self.found: dict[int, str] = {}
        self.unclaimed: set[int] = set()
        self.faults: list[Fault] = []

    def take(self, seal_: Seal) -> None:
        leaves = {int(number): str(digest) for number, digest in seal_.leaves}
        if seal_.digest != chain(self.before, seal_.upto, seal_.pending, seal_.leaves):
            self.faults.append(
                Fault(
                    "chain", (seal_.pk,), f"封印 #{seal_.pk} 与上一个封印接不上：它或它之前的封印被改过或删除"
                )
            )
        self._compare(seal_, leaves)
        self.before, self.upto = seal_.digest, seal_.upto
        self.pending = {int(gap[0]) for gap in seal_.pending}
        self.sealed += len(leaves)
        self.seals += 1

    def _compare(self, seal_: Seal, leaves: dict[int, str]) -> None:
        late = [number for number in leaves if number <= self.upto]
        rows = Event.objects.filter(pk__gt=self.upto, pk__lte=seal_.upto).order_by()
        found = {row.pk: leaf(row) for row in (*rows, *Event.objects.filter(pk__in=late).order_by())}
        self.unclaimed -= set(late)
        self.unclaimed |= set(found) - set(leaves)
        for number, digest in leaves.items():
            if found.get(number) != digest:
                self.expected[number] = digest
                if number in found:
                    self.found[number] = found[number]

    def conclude(self) -> Iterator[Fault]:
        yield from self.faults
        swapped = self._swapped()
        for pair in sorted(swapped):
            yield Fault("swapped", pair, f"日志 #{pair[0]} 与 #{pair[1]} 的内容被对调")
        in_pairs = {number for pair in swapped for number in pair}
        for number in sorted(set(self.expected) - in_pairs):
            if number in self.found:
                yield Fault("altered", (number,), f"日志 #{number} 封存后被改过")
            else:
                yield Fault("missing", (number,), f"日志 #{number} 封存后被删除")
        for number in sorted(self.unclaimed - self.pending):
            yield Fault("inserted", (number,), f"日志 #{number} 是事后插入的，封印里没有它")

    def _swapped(self) -> set[tuple[int, int]]:
        homes = {digest: number for number, digest in self.expected.items()}
        pairs = set()
        for number, digest in self.found.items():
            other = homes.get(digest)
            if other is not None and other != number and self.found.get(other) == self.expected[number]:
                pairs.add((min(number, other), max(number, other)))
        return pairs


def verify(anchors: Iterable[str] = ()) -> Report:
    """Recompute every seal. `anchors` are digests kept elsewhere that must still be there."""
    check = _Check()
    missing_anchors = set(anchors)
    for seal_ in Seal.objects.order_by("pk").iterator(chunk_size=20):
        check.take(seal_)
        missing_anchors.discard(seal_.digest)
    lost = [
        Fault("anchor", (), f"备份清单里的封印 {digest[:12]}… 不见了") for digest in sorted(missing_anchors)
    ]
    unsealed = Event.objects.filter(pk__gt=check.upto).count()
    return Report(check.sealed, unsealed, check.seals, (*check.conclude(), *lost))
