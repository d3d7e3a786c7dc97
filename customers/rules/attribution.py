"""Whose customer: the decision behind every registered visit and call, in the order of rules.md 6.5. Pure.

Every step says in words what it looked at, by which key; the first one that names an owner decides.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import TextChoices

from customers.rules.helpers import expires_on
from customers.rules.splits import Situation, split
from customers.rules.terms import OwnTerms
from customers.rules.words import Answer, Contact, LeaseBasis, LeaseState
from regulations.rules import SplitTerms, Step, Verdicts, from_json

KIND = "customers.owner"


class Reading(TextChoices):
    """What a call gives its taker when the caller comes (`ReceptionTerms.call_then_visit`)."""

    BOOKED = "booked", "约访的归接电话者"
    NAMED = "named", "客户点名才归接电话者"
    VISIT = "visit", "归到访时的接待者"


class OwnerState(TextChoices):
    """Where the owner is while somebody else receives the guest."""

    HERE = "", "在场"
    TOLD = "told", "不在场，已通知"
    UNTOLD = "untold", "不在场，未通知"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Who it is and what happens to leases. `lease` is the one that stands, None for a new one."""

    owner: int
    basis: str
    lease: Mapping[str, Any] | None = None
    frozen: bool = False
    kept: bool = False


@dataclass(slots=True)
class _Case:
    """The inputs with their terms, and the steps said so far."""

    inputs: Mapping[str, Any]
    terms: OwnTerms
    steps: list[Step] = field(default_factory=list)

    def get(self, key: str, default: Any = None) -> Any:
        return self.inputs.get(key, default)

    def say(self, text: str, clause: str, value: str = "") -> None:
        self.steps.append(Step(text=text, clause=f"拟:{clause}", value=value))

    @property
    def rep(self) -> int:
        return int(self.inputs["rep"])

    @property
    def on(self) -> str:
        return str(self.inputs["on"])

    @property
    def leases(self) -> Sequence[Mapping[str, Any]]:
        """The household's live leases, strongest first: complete, of this system, earliest."""
        return sorted(self.get("leases", ()), key=_strength)

    @property
    def own(self) -> Mapping[str, Any] | None:
        return next((lease for lease in self.leases if lease.get("own", True)), None)


def _strength(lease: Mapping[str, Any]) -> tuple[bool, bool, str]:
    """待补全 or 补登 is weak; an imported first date is 未核实; then the earlier registration is first."""
    return (
        not lease.get("complete", True),
        lease["basis"] == LeaseBasis.IMPORTED and not lease.get("verified", False),
        lease.get("since", ""),
    )


def _match(case: _Case) -> _Found | None:
    """1. The person, by number, confirmed name or household."""
    relation = case.get("relation", "")
    if relation == "name":
        case.say("只是同名，须由人确认，不算同一客户", "own.match")
    elif relation:
        case.say(f"与在册客户是{relation}，已有证明，算同一客户组", "own.kin")
    else:
        case.say("号码已登记在册" if case.get("known") else "号码未登记过", "own.match")
    return None


def _young_number(case: _Case) -> _Found | None:
    """1a. A number is evidence only from its own server time: a contact before it proves nothing by it."""
    start, at = case.get("number_from", ""), case.get("at", "")
    if not start or not at or start <= at:
        return None
    older = [lease for lease in case.leases if lease.get("since", "") < start and lease["rep"] != case.rep]
    if not older:
        return None
    case.say("号码在这次接触之后才加入原客户组，不凭它认定归属，交由裁决", "own.number_added", start)
    lease = older[0]
    return _Found(owner=lease["rep"], basis=lease["basis"], lease=lease, frozen=True, kept=True)


def _standing(case: _Case) -> _Found | None:
    """2. Frozen until the ruling; locked stays with that rep."""
    by_state = {lease["state"]: lease for lease in reversed(case.leases)}
    if frozen := by_state.get(LeaseState.FROZEN):
        case.say("归属争议裁决前冻结，不因来访改变", "own.lookback")
        return _Found(owner=frozen["rep"], basis=frozen["basis"], lease=frozen, frozen=True, kept=True)
    if held := by_state.get(LeaseState.LOCKED):
        case.say("定金确认后归属锁定", "own.basis")
        return _Found(owner=held["rep"], basis=held["basis"], lease=held, kept=True)
    return None


def _channel(case: _Case) -> _Found | None:
    """3. A valid filing earlier than any registration of the site."""
    filing = case.get("filing")
    if filing is None:
        return None
    first = case.get("first_seen") or ""
    if not filing.get("valid", True):
        case.say("渠道报备无效，按现场登记", "chan.protect", filing.get("problem", ""))
    elif first and first <= filing["filed_at"]:
        case.say("报备晚于现场登记，报备不成立", "chan.protect", filing["filed_at"])
    elif _valid(case):
        case.say("报备有效，渠道计渠道费；归属仍有效的代表不变", "chan.protect", filing["filed_at"])
    else:
        case.say("渠道报备有效且早于现场登记，渠道计渠道费", "chan.protect", filing["filed_at"])
        return _Found(owner=filing.get("rep") or case.rep, basis=LeaseBasis.CHANNEL.value)
    return None


def _call_counts(case: _Case, lease: Mapping[str, Any]) -> bool:
    """Whether a call's lease holds now: always for a call; for a visit by the reading of the notice."""
    if case.get("event") == Contact.CALL or lease["basis"] != LeaseBasis.CALL:
        return True
    reading = case.get("reading", Reading.BOOKED)
    if reading == Reading.VISIT:
        return False
    named = bool(case.get("asked_for") == lease["rep"])
    return named or bool(reading == Reading.BOOKED and case.get("booked_with") == lease["rep"])


def _valid(case: _Case) -> list[Mapping[str, Any]]:
    """Leases that hold on the day and count for this kind of contact, strongest first."""
    lost = case.get("forfeited_by")
    return [
        lease
        for lease in case.leases
        if case.on <= lease["expires_on"] and lease["rep"] != lost and _call_counts(case, lease)
    ]


def _exception(case: _Case) -> _Found | None:
    """9. What only a ruling may say: a rep removed after a complaint, a named rep that was hidden."""
    if (lost := case.get("forfeited_by")) is not None:
        case.say("因投诉由经理更换代表，原归属人不再计", "own.complaint_forfeit", str(lost))
    if (hidden := case.get("concealed_from")) is not None:
        case.say("接待人隐瞒客户指定，全归被指定者，另立违规", "own.conceal")
        return _Found(owner=hidden, basis=LeaseBasis.NAMED.value)
    return None


def _held(case: _Case) -> _Found | None:
    """4 and 5. A lease that holds on the day; of several the strongest is first."""
    valid = _valid(case)
    if not valid:
        return None
    own = next((lease for lease in valid if lease.get("own", True)), None)
    lease = own or valid[0]
    if len({held["rep"] for held in valid}) > 1:
        case.say("同一客户组有几个有效归属：最早完整登记者在先，业绩按分配表", "split.couple")
    if lease["basis"] == LeaseBasis.CALL and case.get("event") == Contact.VISIT:
        case.say("来电已约访或到访点名接听人，归接听人", "own.call_then_visit")
    mine = lease["rep"] == case.rep
    word = "归属在有效期内，续期" if mine else "归属在有效期内，接待记为义务接待"
    case.say(word, "own.renew", lease["expires_on"])
    if not mine:
        _away(case)
    return _Found(owner=lease["rep"], basis=lease["basis"], lease=lease)


def _away(case: _Case) -> None:
    state = case.get("owner_state", OwnerState.HERE)
    if state == OwnerState.TOLD:
        case.say("归属人不在场，已通知，接待人补接", "ref.absent")
    elif state == OwnerState.UNTOLD:
        case.say("归属人不在场，没有人通知，另立违规", "ref.absent")


def _named(case: _Case) -> _Found | None:
    """6. No valid lease: a named rep only for a referral, a declared own contact or an owner's next room."""
    asked = case.get("asked_for")
    if kin := case.get("own_contact"):
        case.say("首次接触时已申报的员工亲友，归该员工", "own.own_kin_of_rep")
        return _Found(owner=kin, basis=LeaseBasis.NAMED.value)
    if found := _referred(case, asked):
        return found
    if found := _owner_again(case, asked):
        return found
    if asked is not None:
        case.say("点名但没有有效归属，也不是老带新或已申报的亲友，归接待人", "own.basis")
    return None


def _referred(case: _Case, asked: int | None) -> _Found | None:
    referral = case.get("referral")
    if referral is None:
        return None
    owner = referral.get("owner")
    if not referral.get("valid", True):
        case.say("老带新须在首次到访前或当次登记，未登记的不算", "ref.must_first_visit")
    elif owner is not None and (referral.get("named") or asked == owner):
        case.say("老客户介绍的朋友点名原代表，归原代表，不占轮次", "ref.chain")
        _away(case)
        return _Found(owner=owner, basis=LeaseBasis.REFERRAL.value)
    else:
        case.say("老客户介绍的朋友没有点名，归轮到的代表", "ref.unnamed")
    return None


def _owner_again(case: _Case, asked: int | None) -> _Found | None:
    """老业主 buys again: the old rep when asked for, or within the months of the term."""
    old = case.get("old_deal")
    if old is None:
        return None
    months = _months(date.fromisoformat(old["on"]), date.fromisoformat(case.on))
    if asked == old["rep"] or (asked is None and months < case.terms.second_room_months):
        case.say("老业主再购，归原代表", "own.second_room", old["on"])
        return _Found(owner=old["rep"], basis=LeaseBasis.NAMED.value)
    case.say("老业主再购已过期限且没有点名原代表，归轮到的代表", "own.second_room", old["on"])
    return None


def _months(first: date, last: date) -> int:
    """Whole months from one day to another."""
    return (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)


def _claimed(case: _Case) -> _Found | None:
    """A guest who once left no number, claimed by who received him then, within the days of the term."""
    claim = case.get("claim")
    if claim is None:
        return None
    waited = (date.fromisoformat(claim["claimed_on"]) - date.fromisoformat(case.on)).days
    if 0 <= waited <= case.terms.claim_days:
        case.say("回访客户在认领期内由原接待人认领", "own.claim_days", claim["claimed_on"])
        return _Found(owner=claim["rep"], basis=LeaseBasis.VISIT.value)
    case.say("认领期已过，归接待人", "own.claim_days", claim["claimed_on"])
    return None


def _on_turn(case: _Case) -> _Found | None:
    """7 and 8. Lapsed or no record: the receiving rep; a former owner has no share."""
    over = [lease for lease in case.leases if case.on > lease["expires_on"]]
    unused = [lease for lease in case.leases if not _call_counts(case, lease)]
    if over:
        case.say("原归属已过最后一天，归接待人，原代表不计份额", "own.valid.visit", over[0]["expires_on"])
    elif unused:
        case.say("来电归属未约访、到访未指定接听人，归接待人", "own.call_then_visit")
    else:
        case.say("没有有效的归属，归接待人", "own.unregistered")
    return _Found(owner=case.rep, basis=str(case.get("event")))


type _Ask = Callable[[_Case], _Found | None]
ORDER: Sequence[_Ask] = (
    _match,
    _young_number,
    _standing,
    _exception,
    _channel,
    _held,
    _named,
    _claimed,
    _on_turn,
)


def attribute(inputs: Mapping[str, Any], terms: OwnTerms) -> Verdicts:
    """Whose customer a registered visit or call is.

    `inputs` (JSON; all but the first four may be left out): event, on, rep (who receives), grade, known,
    leases (live ones of the household: rep, basis, state, expires_on, since, own, complete, verified),
    number_from and at (the server time the number counts from, and of this contact),
    relation, asked_for, booked_with, reading, filing (of `filing_for`, or valid=False with its problem),
    first_seen, referral (of `referral_for`, or valid=False), own_contact, old_deal (rep, on),
    claim (rep, claimed_on), owner_state, product, outcome, concealed_from and forfeited_by (by ruling only),
    stopped (days by rep), split_terms.

    `result`: answer (new, mine, owned, disputed; "" for nobody), owner, basis, expires_on, standin, replaces
    (the customer's own live lease ends), renews, shares ([[rep, basis points], …]), case (key of a breach).
    """
    case = _Case(inputs, terms)
    if inputs.get("outcome", "registered") != "registered":
        case.say("没有留下号码或不是客户：只计来访，不产生归属", "own.unregistered")
        return Verdicts(kind=KIND, result=_NOBODY, inputs=inputs, steps=case.steps)
    found = next(found for ask in ORDER if (found := ask(case)) is not None)
    return Verdicts(kind=KIND, result=_result(case, found), inputs=inputs, steps=case.steps)


_NOBODY: Mapping[str, Any] = {
    "answer": "",
    "owner": None,
    "basis": "",
    "expires_on": "",
    "standin": False,
    "replaces": False,
    "renews": False,
    "shares": [],
    "case": "",
}


def _answer(case: _Case, found: _Found) -> Answer:
    if found.frozen:
        return Answer.DISPUTED
    if found.lease is None:
        return Answer.NEW
    return Answer.MINE if found.owner == case.rep else Answer.OWNED


def _result(case: _Case, found: _Found) -> dict[str, Any]:
    own, stands = case.own, found.lease is not None and found.lease.get("own", True)
    return {
        "answer": _answer(case, found).value,
        "owner": found.owner,
        "basis": _basis(case, found),
        "expires_on": _until(case, found, kept=found.kept and stands),
        "standin": found.owner != case.rep,
        "replaces": own is not None and not stands and not found.frozen,
        "renews": found.lease is not None and not found.kept,
        "shares": _shares(case, found),
        "case": _breach(case),
    }


def _basis(case: _Case, found: _Found) -> str:
    """The guest of a call has come: from now on a visit's lease."""
    came = found.basis == LeaseBasis.CALL and case.get("event") == Contact.VISIT and not found.kept
    return LeaseBasis.VISIT.value if came else str(found.basis)


def _until(case: _Case, found: _Found, *, kept: bool) -> str:
    """The last day, counted from this event; a lease never gets shorter. Says it in words."""
    if kept and found.lease is not None:
        return str(found.lease["expires_on"])
    event = case.get("event")
    days_off = {date.fromisoformat(day) for day in case.get("stopped", {}).get(str(found.owner), ())}
    last = expires_on(
        date.fromisoformat(case.on), event, case.get("grade", ""), case.terms,
        product=case.get("product", ""), stopped=days_off,
    )  # fmt: skip
    if found.lease is not None and not found.kept:
        last = max(last, date.fromisoformat(found.lease["expires_on"]))
    clause = "own.valid.call" if event == Contact.CALL else "own.valid.visit"
    if off := sum(case.on < day.isoformat() <= last.isoformat() for day in days_off):
        case.say("停计的日子不算", "own.clock_stops", f"{off} 天")
    case.say("归属有效至（含当日）", clause, f"{case.on} 起，最后一天 {last.isoformat()}")
    return last.isoformat()


def _shares(case: _Case, found: _Found) -> list[list[int]]:
    """Shares of the credit when it came to a deal now: several valid leases by the split table."""
    valid = [] if found.lease is None or found.kept else _valid(case)
    reps = list(dict.fromkeys(lease["rep"] for lease in valid))
    if len(reps) < 2:
        return [[found.owner, 10_000]]
    rule = Situation.COUPLE if len(reps) == 2 else Situation.TRIPLE
    made = split({"rule": rule.value, "reps": reps}, from_json(SplitTerms, case.get("split_terms", {})))
    return [list(pair) for pair in made.result["shares"]]


def _breach(case: _Case) -> str:
    """The rule that somebody broke, for a case of conduct; "" when nobody did."""
    if case.get("concealed_from") is not None:
        return "own.conceal"
    return "ref.absent" if case.get("owner_state") == OwnerState.UNTOLD else ""


def recompute_owner(inputs: Mapping[str, Any], values: Mapping[str, Any]) -> Verdicts:
    return attribute(inputs, from_json(OwnTerms, values))
