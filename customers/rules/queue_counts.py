"""What a reception turns out to count, and who stands at the door post. Pure."""

from datetime import datetime

from customers.rules.queue_words import QueueTerms, TurnKind, TurnOutcome


def relieved(since: datetime, now: datetime, count: int, terms: QueueTerms) -> int:
    """Which of `count` waiting people has the post, the first of whom waits since `since`."""
    return int((now - since).total_seconds() // 60) // terms.post_minutes % count


def counts(outcome: str, kind: str, took_slot: bool, within: bool, terms: QueueTerms) -> bool:
    """Whether a reception uses a turn, now that one knows what it was (拟:q.counts, 拟:q.peer_visitor).

    `within`: it began while the hall was open.
    """
    if outcome in (TurnOutcome.OLD, TurnOutcome.STANDIN, TurnOutcome.CHANNEL):
        return False
    if outcome == TurnOutcome.UNSAID or not within:
        return took_slot
    if outcome == TurnOutcome.PEER:
        return terms.peer_uses_turn and took_slot
    if kind == TurnKind.OBLIGED:
        return False
    if outcome == TurnOutcome.NAMED or kind in (TurnKind.NAMED, TurnKind.CHANNEL):
        return took_slot and terms.named_in_turn_counts
    return True
