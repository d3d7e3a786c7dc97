"""战败 and 拾回: why a customer was lost, and when to try again (S38). Pure."""

from datetime import date, timedelta

from django.db.models import TextChoices

from customers.rules.words import Stage
from regulations.rules import Unit, term, topic
from salesdept.errors import RuleError


class LossReason(TextChoices):
    """Why a customer does not buy here; one word a customer, so that they can be counted (S39)."""

    PRICE = "price", "价格"
    LAYOUT = "layout", "户型"
    PLACE = "place", "地段配套"
    RIVAL = "rival", "买了竞品"
    MONEY = "money", "资金或贷款"
    NOT_NOW = "not_now", "暂时不买"
    SILENT = "silent", "联系不上"
    OTHER = "other", "其他"


IN_DEAL = (Stage.DEPOSIT, Stage.SUBSCRIBED, Stage.SIGNED, Stage.RELEASED, Stage.HANDED)


@topic("customers.losses", "战败与拾回", "customers")
class LossTerms:
    price: int = term(60, label="因价格战败，拾回间隔", clause="S38", unit=Unit.DAYS, low=1, high=365)
    layout: int = term(90, label="因户型战败，拾回间隔", clause="S38", unit=Unit.DAYS, low=1, high=365)
    place: int = term(90, label="因地段配套战败，拾回间隔", clause="S38", unit=Unit.DAYS, low=1, high=365)
    rival: int = term(180, label="买了竞品，拾回间隔", clause="S38", unit=Unit.DAYS, low=1, high=730)
    money: int = term(90, label="因资金或贷款战败，拾回间隔", clause="S38", unit=Unit.DAYS, low=1, high=365)
    not_now: int = term(30, label="暂时不买，拾回间隔", clause="S38", unit=Unit.DAYS, low=1, high=365)
    silent: int = term(30, label="联系不上，拾回间隔", clause="S38", unit=Unit.DAYS, low=1, high=365)
    other: int = term(60, label="其他原因战败，拾回间隔", clause="S38", unit=Unit.DAYS, low=1, high=365)


def check_loss(stage: str, reason: str, rival: str, note: str) -> LossReason:
    """Who may be called lost, and what must be said. Raises `in_deal`, `already_lost`, `loss_unsaid`."""
    if stage in IN_DEAL:
        raise RuleError(
            "in_deal",
            f"这位客户已到{Stage(stage).label}，不能记战败",
            "S38",
            "先办退定或退房，交易取消后再记",
        )
    if stage == Stage.LOST:
        raise RuleError("already_lost", "这位客户已记战败", "S38", "在拾回名单里查看")
    if reason not in LossReason.values:
        raise RuleError("loss_unsaid", "战败须选原因", "S38", "选一个原因")
    if reason == LossReason.RIVAL and not rival.strip():
        raise RuleError("loss_unsaid", "买了竞品须写竞品名称", "S38", "写客户买了哪个项目")
    if reason == LossReason.OTHER and not note.strip():
        raise RuleError("loss_unsaid", "其他原因须写说明", "S38", "写一句客户怎么说")
    return LossReason(reason)


def win_back_on(reason: LossReason, today: date, terms: LossTerms) -> date:
    """The day to try again, by the reason."""
    return today + timedelta(days=int(getattr(terms, reason.value)))
