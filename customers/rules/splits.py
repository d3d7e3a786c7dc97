"""The split table of rules.md 6.6: who has which share of the credit, in basis points. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import TextChoices

from regulations.rules import SplitTerms, Step, Verdicts, from_json
from salesdept.errors import RuleError
from salesdept.money import BASIS

KIND = "customers.split"
POOL = None  # the share of the team, where a rule gives one and no team is named


class Situation(TextChoices):
    """What happened. The value is the rule's key; `ORDER` says who is named in which place."""

    ALONE = "own.basis", "只有一人接待"
    COUPLE = "split.couple", "夫妻分别接待"
    KIN_SEPARATE = "split.kin_separate", "亲属分别来访"
    STANDIN_SAMEDAY = "split.standin_sameday", "义务接待当日成交"
    STANDIN_LATER = "split.standin_later", "义务接待后归属人成交"
    STANDIN_UNTOLD = "ref.absent", "义务接待未通知归属人"
    BEFORE_DEPOSIT = "split.recognised_before_deposit", "收定前认出"
    AFTER_DEPOSIT = "split.recognised_after_deposit", "收定后认出"
    UNRECOGNISED = "split.repeat_unrecognised", "多次未认出"
    BROCHURE = "split.brochure_only", "仅发资料"
    TWO_OLD_REFER = "split.two_old_refer", "两位老客户同荐"
    TRIPLE = "split.triple", "三人先后接待"
    MANAGER_INTRO = "split.manager_intro", "公司关系客户"
    OUTSIDE = "split.outside_referral", "外部门推荐"
    CONCEALED = "own.conceal", "隐瞒指定接待"
    FORFEITED = "own.complaint_forfeit", "因投诉失去归属"


# Who is named first, second, …; `least` is how many must be named.
ORDER: Mapping[Situation, tuple[str, ...]] = {
    Situation.ALONE: ("归属人",),
    Situation.COUPLE: ("先登记者", "后登记者"),
    Situation.KIN_SEPARATE: ("买受人的接待者", "亲属的接待者"),
    Situation.STANDIN_SAMEDAY: ("归属人", "义务接待"),
    Situation.STANDIN_LATER: ("归属人", "义务接待"),
    Situation.STANDIN_UNTOLD: ("归属人", "义务接待"),
    Situation.BEFORE_DEPOSIT: ("原归属人", "接待者"),
    Situation.AFTER_DEPOSIT: ("原归属人", "收定的同事"),
    Situation.UNRECOGNISED: ("原归属人", "接待者"),
    Situation.BROCHURE: ("先接触者", "成交者"),
    Situation.TWO_OLD_REFER: ("接待者", "老客户甲的归属人", "老客户乙的归属人"),
    Situation.TRIPLE: ("最早有效者", "中间接待者", "成交者"),
    Situation.MANAGER_INTRO: ("轮到的代表",),
    Situation.OUTSIDE: ("推荐人", "接待代表"),
    Situation.CONCEALED: ("被指定者", "隐瞒者"),
    Situation.FORFEITED: ("原归属人", "后来接待者"),
}


def basis_points(weights: Sequence[int]) -> list[int]:
    """10000 split by integer weights: largest remainder, ties in the given order.

    Raises ValueError without a positive weight or with a negative one.
    """
    if any(weight < 0 for weight in weights) or not sum(weights):
        raise ValueError("weights must be non-negative and not all zero")
    whole = sum(weights)
    parts = [BASIS * weight // whole for weight in weights]
    rest = [BASIS * weight % whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda place: (-rest[place], place))
    for place in order[: BASIS - sum(parts)]:
        parts[place] += 1
    return parts


def _first_has(percent: int, count: int) -> list[int]:
    """Weights when the first named has `percent` and the others the rest in equal parts."""
    if count == 1:
        return [1]
    others = count - 1
    return [percent * others, *[100 - percent] * others]


def _triple(terms: SplitTerms, count: int) -> list[int]:
    """The earliest valid and the closer, the last two, or all three alike."""
    if terms.triple == "equal":
        return [1] * count
    if terms.triple == "last_two":
        return [*[0] * (count - 2), 1, 1]
    return [terms.triple_first, *[0] * (count - 2), 100 - terms.triple_first]


def _outside(terms: SplitTerms, count: int) -> list[int]:
    """The rates of referrer and rep against each other; alike when both are nothing."""
    rates = [terms.outside_referrer, terms.outside_rep]
    return [*(rates if sum(rates) else [1, 1]), *[0] * (count - 2)]


WEIGHTS: Mapping[Situation, Callable[[SplitTerms, int], list[int]]] = {
    Situation.ALONE: lambda terms, count: [1, *[0] * (count - 1)],
    Situation.COUPLE: lambda terms, count: _first_has(terms.couple, count),
    Situation.KIN_SEPARATE: lambda terms, count: _first_has(terms.kin_separate, count),
    Situation.STANDIN_SAMEDAY: lambda terms, count: _first_has(terms.standin_sameday, count),
    Situation.STANDIN_LATER: lambda terms, count: _first_has(terms.standin_later, count),
    Situation.STANDIN_UNTOLD: lambda terms, count: _first_has(terms.unphoned_standin, count),
    Situation.BEFORE_DEPOSIT: lambda terms, count: _first_has(terms.recognised_before_deposit, count),
    Situation.AFTER_DEPOSIT: lambda terms, count: _first_has(terms.recognised_after_deposit, count),
    Situation.UNRECOGNISED: lambda terms, count: _first_has(terms.repeat_unrecognised, count),
    Situation.BROCHURE: lambda terms, count: _first_has(terms.brochure_only, count),
    Situation.TWO_OLD_REFER: lambda terms, count: _first_has(terms.two_old_refer, count),
    Situation.TRIPLE: _triple,
    Situation.MANAGER_INTRO: lambda terms, count: _first_has(terms.manager_intro, count),
    Situation.OUTSIDE: _outside,
    Situation.CONCEALED: lambda terms, count: _first_has(terms.concealed, count),
    Situation.FORFEITED: lambda terms, count: _first_has(terms.forfeited, count),
}


def situation_of(facts: Mapping[str, Any]) -> Situation:
    """Which row of the table a case is, from what the evidence says; the first that fits.

    Facts, all optional: forfeited, concealed (flags), standin (`same_day`, `later` or `untold`), recognised
    (`before_deposit`, `after_deposit`), missed (visits at which the owner did not recognise the guest),
    brochure_only, referral_owners (how many owners' customers brought the guest), leader_intro,
    outside_referral, parties (reps with a valid claim), same_household (one home, not only relatives).
    """
    standins = {"untold": Situation.STANDIN_UNTOLD, "same_day": Situation.STANDIN_SAMEDAY}
    checks = (
        (facts.get("forfeited"), Situation.FORFEITED),
        (facts.get("concealed"), Situation.CONCEALED),
        (facts.get("standin"), standins.get(facts.get("standin", ""), Situation.STANDIN_LATER)),
        (facts.get("missed", 0) > 1, Situation.UNRECOGNISED),
        (facts.get("recognised") == "after_deposit", Situation.AFTER_DEPOSIT),
        (facts.get("recognised") == "before_deposit", Situation.BEFORE_DEPOSIT),
        (facts.get("brochure_only"), Situation.BROCHURE),
        (facts.get("referral_owners", 0) > 1, Situation.TWO_OLD_REFER),
        (facts.get("leader_intro"), Situation.MANAGER_INTRO),
        (facts.get("outside_referral"), Situation.OUTSIDE),
        (facts.get("parties", 1) > 2, Situation.TRIPLE),
        (facts.get("parties", 1) == 2 and facts.get("same_household"), Situation.COUPLE),
        (facts.get("parties", 1) == 2, Situation.KIN_SEPARATE),
    )
    return next((situation for true, situation in checks if true), Situation.ALONE)


def _named(inputs: Mapping[str, Any], situation: Situation) -> list[int | None]:
    """The people in their places; the team of a leader's relation, or its pool, after the rep."""
    reps: list[int | None] = list(inputs["reps"])
    if situation == Situation.MANAGER_INTRO:
        team = [rep for rep in inputs.get("team", ()) if rep != reps[0]] if reps else []
        reps = [*reps[:1], *(team or [POOL])]
    if len(reps) < len(ORDER[situation]):
        raise RuleError(
            "split_names",
            f"「{situation.label}」须写明{'、'.join(ORDER[situation])}",
            f"拟:{situation.value}",
            "按证据补上各方后再分配",
        )
    return reps


def split(inputs: Mapping[str, Any], terms: SplitTerms) -> Verdicts:
    """The shares of one case. Raises RuleError `split_names` when the rule needs more people than named.

    `inputs`: reps (in the places of `ORDER`), team (for 公司关系客户), and either rule (the key) or the facts
    of `situation_of`. `result`: rule, shares [[rep, basis points], …] in the given order, positive ones only,
    summing to 10000; a rep of None is the team's pool.
    """
    situation = Situation(inputs["rule"]) if inputs.get("rule") else situation_of(inputs.get("facts", {}))
    reps = _named(inputs, situation)
    parts = basis_points(WEIGHTS[situation](terms, len(reps)))
    shares: dict[int | None, int] = {}
    for rep, part in zip(reps, parts, strict=True):
        shares[rep] = shares.get(rep, 0) + part
    words = " / ".join(f"{part / 100:g}" for part in parts)
    steps = [
        Step(text=f"情形：{situation.label}", clause=f"拟:{situation.value}"),
        Step(text="份额（百分之）", clause=f"拟:{situation.value}", value=words),
    ]
    result = {
        "rule": situation.value,
        "shares": [[rep, part] for rep, part in shares.items() if part],
    }
    return Verdicts(kind=KIND, result=result, inputs=inputs, steps=steps)


def recompute_split(inputs: Mapping[str, Any], values: Mapping[str, Any]) -> Verdicts:
    return split(inputs, from_json(SplitTerms, values))
