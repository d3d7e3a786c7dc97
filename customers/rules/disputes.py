"""撞单: the states of a case, its terms, and the suggested ruling (rules.md 6.2, 6.5–6.7). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import TextChoices

from customers.rules.splits import Situation, split
from regulations.rules import SplitTerms, Step, Unit, Verdicts, from_json, term, to_json, topic
from salesdept.errors import RuleError

KIND = "customers.ruling"
WHOLE = 10_000  # shares are basis points that sum to this


class DisputeState(TextChoices):
    FILED = "filed", "已提出"
    ACCEPTED = "accepted", "取证中"
    MEDIATING = "mediating", "调解中"
    RULED = "ruled", "已裁决"
    APPEALED = "appealed", "申诉中"
    EXECUTED = "executed", "已执行"
    CLOSED = "closed", "已关闭"
    WITHDRAWN = "withdrawn", "已撤回"


S = DisputeState
# The ownership and the commission stand still from 提出 until 执行.
PENDING = (S.FILED, S.ACCEPTED, S.MEDIATING, S.RULED, S.APPEALED)
OPEN = (S.FILED, S.ACCEPTED, S.MEDIATING)  # nobody has ruled yet
ARROWS: Mapping[DisputeState, frozenset[DisputeState]] = {
    S.FILED: frozenset({S.ACCEPTED, S.WITHDRAWN}),
    S.ACCEPTED: frozenset({S.MEDIATING, S.RULED, S.WITHDRAWN}),
    S.MEDIATING: frozenset({S.RULED, S.WITHDRAWN}),
    S.RULED: frozenset({S.APPEALED, S.EXECUTED}),
    S.APPEALED: frozenset({S.EXECUTED}),
    S.EXECUTED: frozenset({S.CLOSED}),
    S.CLOSED: frozenset(),
    S.WITHDRAWN: frozenset(),
}
NEXT_WORDS: Mapping[DisputeState, str] = {
    S.FILED: "等主管受理",
    S.ACCEPTED: "等调解或裁决",
    S.MEDIATING: "等裁决",
    S.RULED: "等各方签收，申诉期满即执行",
    S.APPEALED: "等总监裁决",
    S.EXECUTED: "各方签收后关闭",
    S.CLOSED: "案件已关闭",
    S.WITHDRAWN: "如有新证据，另提一件",
}


class Origin(TextChoices):
    """Where a case was opened from."""

    LOOKUP = "lookup", "查重"
    FILE = "file", "客户档案"
    DEAL = "deal", "成交"


class Seat(TextChoices):
    """Who somebody is in a case. One seat a person: whoever is a party never judges."""

    CLAIMANT = "claimant", "提出人"
    OWNER = "owner", "现归属"
    OTHER = "other", "相关代表"
    JUDGE = "judge", "裁决人"
    APPEAL_JUDGE = "appeal", "申诉裁决人"


PARTIES = (Seat.CLAIMANT, Seat.OWNER, Seat.OTHER)


class Saying(TextChoices):
    """Kinds of statements in a case's file."""

    CLAIM = "claim", "主张"
    STATEMENT = "statement", "陈述"
    MEDIATION = "mediation", "调解"
    APPEAL = "appeal", "申诉"
    NOTE = "note", "处理记录"


# What people saw and no register tells; empty: the registers decide.
OBSERVED: tuple[Situation, ...] = (
    Situation.CONCEALED,
    Situation.FORFEITED,
    Situation.BEFORE_DEPOSIT,
    Situation.AFTER_DEPOSIT,
    Situation.UNRECOGNISED,
    Situation.BROCHURE,
    Situation.STANDIN_UNTOLD,
    Situation.KIN_SEPARATE,
)


@topic("customers.disputes", "归属争议", "customers")
class DisputeTerms:
    lookback: int = term(7, label="成交后异议期", clause="拟:own.lookback", unit=Unit.DAYS, low=0, high=90)
    recent_check: int = term(
        7,
        label="成交前几天无有效跟进视为放弃",
        clause="拟:own.recent_check",
        unit=Unit.DAYS,
        low=1,
        high=60,
    )
    appeal: int = term(
        3, label="裁决后申诉期", clause="S75", unit=Unit.DAYS, low=1, high=30, note="裁决当日不计，含末日"
    )
    mediate_first: bool = term(False, label="裁决前必须调解", clause="S75")


def check_move(old: str, new: DisputeState) -> None:
    """A case goes along the table only (S75)."""
    if new not in ARROWS[DisputeState(old)]:
        raise RuleError(
            "dispute_closed" if not ARROWS[DisputeState(old)] else "dispute_step",
            f"这件争议{DisputeState(old).label}，不能改为{new.label}",
            "S75",
            NEXT_WORDS[DisputeState(old)],
        )


def check_mediated(state: str, terms: DisputeTerms) -> None:
    """Where the notice wants it, nobody rules before the mediation."""
    if terms.mediate_first and state == DisputeState.ACCEPTED:
        raise RuleError("mediate_first", "裁决前须先调解", "S75", "先记录调解，再作裁决")


def check_lookback(deal_on: date, today: date, terms: DisputeTerms, *, fraud: bool) -> None:
    """Claims on a deal are taken until its day + N, that day included; later ones only for fraud."""
    if not fraud and today > deal_on + timedelta(days=terms.lookback):
        raise RuleError(
            "lookback_over",
            f"{deal_on.isoformat()} 成交，异议期已过",
            "拟:own.lookback",
            "涉及舞弊的，请经理认定后再提出",
        )


def appeal_until(ruled_on: date, terms: DisputeTerms) -> date:
    """Last day of the appeal, included (until 24:00)."""
    return ruled_on + timedelta(days=terms.appeal)


def check_appeal(until: date, today: date) -> None:
    if today > until:
        raise RuleError("appeal_over", f"申诉期到 {until.isoformat()} 为止，已过", "S75", "裁决按期执行")


def shares_from_percent(given: Sequence[tuple[int, Decimal]]) -> list[tuple[int, int]]:
    """(person, percent with one decimal) as basis points; zeros fall away. RuleError unless whole."""
    shares = [(rep, int(percent * 100)) for rep, percent in given if percent]
    check_shares(shares)
    return shares


def check_shares(shares: Sequence[tuple[int, int]]) -> None:
    """Shares of different people, each positive, that sum to the whole."""
    people = [rep for rep, _ in shares]
    if (
        sum(bp for _, bp in shares) != WHOLE
        or len(set(people)) != len(people)
        or any(bp <= 0 for _, bp in shares)
    ):
        raise RuleError(
            "shares_not_whole", "分配比例须每人一份、合计为百分之百", "S74", "改到合计百分之百再裁决"
        )


def check_verdict(
    parties: Sequence[int],
    owner: int,
    shares: Sequence[tuple[int, int]],
    judge: int,
    clause: str,
    reason: str,
) -> None:
    """A ruling names parties only, gives the owner a part, cites a clause; a party never rules."""
    if judge in parties:
        raise RuleError(
            "own_dispute", "当事人不能裁决自己的争议", "拟:sys.two_persons", "请另一位经理或总监裁决"
        )
    check_shares(shares)
    if owner not in parties or not {rep for rep, _ in shares} <= set(parties):
        raise RuleError("not_a_party", "裁决只能归争议各方", "拟:own.basis", "在各方中选")
    if owner not in {rep for rep, _ in shares}:
        raise RuleError(
            "owner_without_share", "归属人须有业绩份额", "S74", "给归属人份额，或改归有份额的一方"
        )
    if not clause.strip():
        raise RuleError("clause_needed", "裁决须引用条款", "S75", "选一条适用条款")
    if not reason.strip():
        raise RuleError("reason_needed", "裁决须写明理由", "拟:own.basis", "写明所依据的登记与条款")


# --- the suggestion


def suggest(inputs: Mapping[str, Any], terms: DisputeTerms) -> Verdicts:
    """The ruling that registers and clauses point to.

    `inputs`: deal_on (or None), closer (person or None), situation (a key of the split table or ""),
    split_terms (JSON), claims: one mapping a party — rep, name, since (first complete registration), weak,
    until (last day of the lease that held last), valid (on the day in question), followed (last effective
    contact), standin (last duty reception). Moments and days are ISO text. `result`: owner, rule (its clause
    key without 拟), shares [[person, basis points], …].
    """
    claims = sorted(inputs["claims"], key=_entry)
    steps = [_said(claim) for claim in claims]
    found = _observed(inputs, claims) if inputs["situation"] else _registered(inputs, claims, steps, terms)
    steps.append(found.step)
    rule, shares = found.rule, [(found.reps[0], WHOLE)]
    if found.situation is not None:
        verdicts = split(
            {"rule": found.situation.value, "reps": list(found.reps)},
            from_json(SplitTerms, inputs["split_terms"]),
        )
        shares = [(int(rep), int(part)) for rep, part in verdicts.result["shares"]]
        steps += verdicts.steps
    owner = max(shares, key=lambda pair: pair[1])[0]
    names = {claim["rep"]: claim["name"] for claim in claims}
    parts = "，".join(f"{names[rep]} {bp / 100:g}%" for rep, bp in shares)
    steps.append(Step(text="建议归属与业绩分配", clause="S74", value=f"归 {names[owner]}；{parts}"))
    result = {"owner": owner, "rule": rule, "shares": [list(pair) for pair in shares]}
    return Verdicts(kind=KIND, result=result, inputs=inputs, steps=steps)


def resuggest(inputs: Mapping[str, Any], values: Mapping[str, Any]) -> Verdicts:
    """The same suggestion again from its stored inputs."""
    return suggest(inputs, from_json(DisputeTerms, values))


def split_values(terms: SplitTerms) -> dict[str, Any]:
    """The split table as a suggestion stores it among its inputs."""
    return to_json(terms)


@dataclass(frozen=True, slots=True)
class _Found:
    """Which rule decides, and the people in the places of its row; without a row the first has all."""

    rule: str
    reps: tuple[int, ...]
    step: Step
    situation: Situation | None = None


def _row(situation: Situation, reps: Sequence[int], words: str) -> _Found:
    step = Step(text=words, clause=f"拟:{situation.value}")
    return _Found(situation.value, tuple(reps), step, situation)


def _entry(claim: Mapping[str, Any]) -> tuple[bool, str, int]:
    """Order of registration; who never registered comes last."""
    return (claim["since"] is None, claim["since"] or "", claim["rep"])


def _said(claim: Mapping[str, Any]) -> Step:
    if claim["since"] is None:
        return Step(text=f"{claim['name']}：没有登记", clause="拟:own.unregistered")
    weak = "（补登，效力弱）" if claim["weak"] else ""
    when = datetime.fromisoformat(claim["since"])
    held = f"，归属至 {claim['until']}{'，有效' if claim['valid'] else '，已失效'}" if claim["until"] else ""
    return Step(
        text=f"{claim['name']}：首次登记{weak}", clause="拟:own.basis", value=f"{when:%Y-%m-%d %H:%M}{held}"
    )


def _observed(inputs: Mapping[str, Any], claims: Sequence[Mapping[str, Any]]) -> _Found:
    """A situation that people saw: who registered first, and who closed (or registered last)."""
    situation = Situation(inputs["situation"])
    people = [int(claim["rep"]) for claim in claims]
    first, closer = people[0], inputs["closer"]
    later = int(closer) if closer not in (None, first) else people[-1]
    reps = (first, later)
    if situation == Situation.KIN_SEPARATE and closer == first:
        reps = (first, people[-1])
    elif situation == Situation.KIN_SEPARATE:
        reps = (later, first)
    return _row(situation, reps, f"认定情形：{situation.label}")


def _abandoned(claim: Mapping[str, Any], deal_on: str | None, terms: DisputeTerms) -> bool:
    """No effective contact in the days before the deal: the owner had given the customer up."""
    if deal_on is None:
        return False
    since = date.fromisoformat(deal_on) - timedelta(days=terms.recent_check)
    return claim["followed"] is None or date.fromisoformat(claim["followed"]) < since


def _registered(
    inputs: Mapping[str, Any], claims: Sequence[Mapping[str, Any]], steps: list[Step], terms: DisputeTerms
) -> _Found:
    """Valid leases decide: none, one, two of one home, or more."""
    valid = []
    for claim in (claim for claim in claims if claim["valid"]):
        if _abandoned(claim, inputs["deal_on"], terms):
            steps.append(
                Step(text=f"{claim['name']}：成交前无有效跟进，视为放弃", clause="拟:own.recent_check")
            )
        else:
            valid.append(claim)
    if not valid:
        return _nobody_valid(inputs, claims)
    if len(valid) == 1:
        return _one_valid(inputs, claims, valid[0])
    people = [int(claim["rep"]) for claim in valid]
    if len(people) == 2:
        return _row(Situation.COUPLE, people, "同一客户组分别接待，两份归属都有效")
    if inputs["closer"] in people[1:]:
        people.remove(inputs["closer"])
        people.append(inputs["closer"])
    return _row(Situation.TRIPLE, people, "三人以上先后接待，归属都有效")


def _nobody_valid(inputs: Mapping[str, Any], claims: Sequence[Mapping[str, Any]]) -> _Found:
    registered = [claim["rep"] for claim in claims if claim["since"] is not None]
    last = int(inputs["closer"] or (registered[-1] if registered else claims[0]["rep"]))
    step = Step(text="没有有效的归属，归成交或最后登记的代表", clause="拟:own.unregistered")
    return _Found("own.unregistered", (last,), step)


def _one_valid(
    inputs: Mapping[str, Any], claims: Sequence[Mapping[str, Any]], owner: Mapping[str, Any]
) -> _Found:
    first, deal_on, closer = int(owner["rep"]), inputs["deal_on"], inputs["closer"]
    helpers = [claim for claim in claims if claim["rep"] != first and claim["standin"] is not None]
    if deal_on and any(h["standin"] == deal_on and h["rep"] == closer for h in helpers):
        return _row(Situation.STANDIN_SAMEDAY, (first, int(closer)), "归属人不在，义务接待当日成交")
    if deal_on and helpers:
        helper = int(helpers[-1]["rep"])
        return _row(Situation.STANDIN_LATER, (first, helper), "义务接待后成交")
    step = Step(text=f"只有 {owner['name']} 的归属有效", clause="拟:own.valid.visit")
    return _Found("own.valid.visit", (first,), step)
