"""At the door and at the table: who waits, a rep who leaves the table, other visitors. Pure."""

from datetime import date

from django.db.models import TextChoices

from customers.rules.queue_words import QueueTerms
from salesdept.errors import RuleError

MINUTES_MOST = 240  # longer than the hall is open without a break; only against slips of the finger


class VisitorAnswer(TextChoices):
    """What the person somebody came to see says (S210)."""

    ASKED = "asked", "联系中"
    COME = "come", "请进"
    WAIT = "wait", "请稍等"
    LATER = "later", "改日再来"
    NO = "no", "不便会见"


def check_aside(
    minutes: int, helper: int | None, rep: int, need: str, consented: bool, terms: QueueTerms
) -> None:
    """Refuse leaving a guest for long without somebody who looks after him (S158, S147, S204).

    `minutes` is how long the rep means to be away. Raises RuleError `aside_minutes`, `aside_long`,
    `aside_self`, `need_unsaid`, `no_consent`.
    """
    if not 1 <= minutes <= MINUTES_MOST:
        raise RuleError("aside_minutes", "暂离时长不对", "S158", "写离开几分钟，先向客户致歉")
    if helper is None:
        if minutes > terms.aside_minutes:
            raise RuleError(
                "aside_long",
                f"离开超过 {terms.aside_minutes} 分钟，须把客户交待给同事",
                "S158",
                "选一位同事，写明客户要什么，征得客人同意",
            )
        return
    if helper == rep:
        raise RuleError("aside_self", "不能交待给自己", "S147", "选一位同事")
    if not need.strip():
        raise RuleError("need_unsaid", "须写明客户的需求", "S147", "写一句客户在等什么")
    if not consented:
        raise RuleError("no_consent", "交待给同事须先征得客人同意", "S204", "问过客人，勾选「客人已同意」")


def is_new(joined: date | None, day: date, days: int) -> bool:
    """入职 within the first `days` days: a new rep, whom nobody takes advantage of (S185, S78)."""
    return joined is not None and 0 <= (day - joined).days < days


def check_finish(minutes: int) -> None:
    """Refuse an estimate that cannot be meant (S186)."""
    if not 1 <= minutes <= MINUTES_MOST:
        raise RuleError("finish_minutes", "预计时间不对", "S186", "写还有几分钟能结束")
