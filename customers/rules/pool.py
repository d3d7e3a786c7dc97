"""公海: why a customer is there, who may take whom, and what of it shows. Pure."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import TextChoices

from customers.rules.words import HONORIFICS
from regulations.rules import Unit, term, topic
from salesdept.errors import RuleError


class PoolWhy(TextChoices):
    LAPSED = "lapsed", "过了最后一天"
    RELEASED = "released", "主动释放"
    IMPORTED = "imported", "导入时无归属"
    VOIDED = "voided", "跟进不属实"


class ConflictRuling(TextChoices):
    """Whose a customer is who stood in two imported lists."""

    HOLDER = "holder", "归现归属人"
    RIVAL = "rival", "归另一位"
    BOTH = "both", "两位各半"


@topic("customers.pool", "公海", "customers")
class PoolTerms:
    claims_per_day: int = term(
        3, label="每人每天认领", clause="拟:own.valid.visit", unit=Unit.COUNT, low=0, high=50
    )
    held_max: int = term(
        20, label="每人同时持有认领客户", clause="拟:own.valid.visit", unit=Unit.COUNT, low=1, high=500
    )
    lockout_days: int = term(
        30, label="原归属人不得认回", clause="拟:own.valid.visit", unit=Unit.DAYS, low=0, high=365
    )
    valid_claimed: int = term(
        15, label="认领后归属有效", clause="拟:own.valid.visit", unit=Unit.DAYS, low=1, high=90
    )


def check_claim(facts: Mapping[str, Any], today: date, terms: PoolTerms) -> None:
    """Raise RuleError when somebody may not take one more customer from the pool, or not this one.

    `facts`: today (claims of the day), held (claimed and still owned), former (ended on, or None) of the
    same person.
    """
    if facts["today"] >= terms.claims_per_day:
        raise RuleError(
            "claims_of_the_day",
            f"今天已认领 {facts['today']} 位",
            "拟:own.valid.visit",
            "明天再认领，或请主管分配",
        )
    if facts["held"] >= terms.held_max:
        raise RuleError(
            "claims_held",
            f"手上已有 {facts['held']} 位认领的客户",
            "拟:own.valid.visit",
            "跟进或释放一些再认领",
        )
    former: date | None = facts["former"]
    if former is not None and today < (free := former + timedelta(days=terms.lockout_days)):
        raise RuleError(
            "former_owner",
            f"你原来归属的客户，{free.isoformat()} 起才能认回",
            "拟:own.valid.visit",
            "由同事认领，或等客户再次来访",
        )


def veiled(name: str) -> str:
    """「张先生」 as 张**, 「欧阳」 as 欧**: the pool shows who it is only after the claim."""
    bare = name.strip()
    for title in HONORIFICS:
        bare = bare.removesuffix(title) or bare
    return f"{bare[:1] or '*'}**"
