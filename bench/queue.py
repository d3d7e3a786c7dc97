"""`next_turn` over a day of 2,000 events, from the log alone; the baseline is one pass over the same log."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bench.kit import Line

EVENTS = 2000
REPS = 12
TARGET_MS = 10


def run(quick: bool = False) -> Iterator[Line]:
    from customers.rules import QueueTerms
    from customers.rules.queue import next_turn

    events = EVENTS // 10 if quick else EVENTS
    log, terms = day(events), QueueTerms()
    best = fastest(lambda: next_turn(log, terms))
    bare = fastest(lambda: [(turn.event, turn.rep, turn.at) for turn in log])
    yield Line(
        "queue", f"next_turn over {events} events", best, "ms", baseline="one pass over the log",
        ratio=best / bare,
    )  # fmt: skip


def fastest(do: Any, times: int = 7) -> float:
    """Milliseconds of the best of a few runs."""
    best = float("inf")
    for _ in range(times):
        begun = time.perf_counter()
        do()
        best = min(best, time.perf_counter() - begun)
    return best * 1000


def day(events: int) -> list[Any]:
    """A long day: guests come to whoever is next, stay for a while, are new or old; some go to lunch."""
    from customers.rules import QueueTerms
    from customers.rules.queue import Turn, apply, fold, walk
    from salesdept.clock import SHANGHAI

    opens = datetime(2026, 11, 23, 9, tzinfo=SHANGHAI)
    log = [Turn(seq=1, at=opens, event="opened")]
    log += [Turn(seq=n + 1, at=opens, event="signed_in", rep=n) for n in range(1, REPS + 1)]
    hall, going = fold(log, QueueTerms()), []
    while len(log) < events:
        seq, at = len(log) + 1, opens + timedelta(seconds=15 * len(log))
        taken = walk(hall, "visit")
        if taken.rep and len(going) < REPS // 2:
            turn = Turn(seq=seq, at=at, event="started", rep=taken.rep, word=str(taken.kind), reception=seq)
            going.append(turn)
        else:
            ended = going.pop(seq % len(going))
            counted = seq % 3 > 0
            turn = Turn(
                seq=seq, at=at, event="ended", rep=ended.rep, reception=ended.reception, counted=counted
            )
        log.append(turn)
        apply(hall, turn)
    return log
