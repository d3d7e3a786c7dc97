"""Screen 08: what waits for review, and one contract field by field."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from contracts import access
from contracts.models import Contract, FieldCheck, Review
from contracts.queries.facts import Fact, facts_of
from contracts.rules import ErrorFineTerms, ReviewStage, fine, misreadings
from regulations.clauses import cite
from regulations.queries import terms_for
from salesdept import formats
from salesdept.clock import business_date
from salesdept.models import User
from salesdept.rules import Role
from salesdept.verdict import Verdict

QUEUE = 50


@dataclass(frozen=True, slots=True)
class QueueRow:
    contract_id: int
    title: str
    meta: str
    tag: str
    tone: str


def open_reviews(actor: User, now: datetime) -> list[QueueRow]:
    """What waits at the actor's own stage (both stages for those who only look), oldest first."""
    rows = Review.objects.filter(result="open", contract__in=Contract.objects.visible_to(actor))
    if stage := stage_of(actor):
        rows = rows.filter(stage=stage)
    page = (
        rows.select_related("contract__rep")
        .prefetch_related("checks", "contract__buyers", "contract__reviews")
        .order_by("opened_at", "pk")[:QUEUE]
    )
    return [_queue_row(review, now) for review in page]


def stage_of(actor: User) -> ReviewStage | None:
    return {Role.ASSISTANT: ReviewStage.FIRST, Role.MANAGER: ReviewStage.SECOND}.get(Role(actor.role))


def _queue_row(review: Review, now: datetime) -> QueueRow:
    contract = review.contract
    buyer = next(iter(contract.buyers.all()), None)
    wrong = sum(not check.ok for check in review.checks.all())
    again = any(r.result == "returned" for r in contract.reviews.all())
    tag, tone = ("改后复核", "info") if again else ("待审核", "")
    return QueueRow(
        contract_id=contract.pk,
        title=f"{contract.unit_label} {buyer.name if buyer else ''}",
        meta=f"{contract.rep.name} · 送审 {formats.cn_time(review.opened_at, now)}",
        tag=f"{wrong} 处差错" if wrong else tag,
        tone="bad" if wrong else tone,
    )


@dataclass(frozen=True, slots=True)
class Part:
    text: str
    differs: bool


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One line: the contract's text with its differing parts, the sources, and the tick so far."""

    fact: Fact
    value: tuple[Part, ...]
    expected: tuple[Part, ...]
    tick: str
    right: str
    css: str
    is_current: bool
    wraps: bool


@dataclass(frozen=True, slots=True)
class Found:
    """One error about to be recorded."""

    label: str
    wrong: str
    right: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One contract under review, with what the actor may do about it."""

    contract: Contract
    title: str
    stage: str
    groups: tuple[tuple[str, tuple[FieldRow, ...]], ...]
    done: str
    total: str
    found: tuple[Found, ...]
    found_words: str
    amount: str
    fine_words: str
    finder: str
    author: str
    may: Verdict
    fields: tuple[tuple[str, str], ...]
    quote: str
    is_second: bool


def for_check(actor: User, contract_id: int) -> Contract | None:
    """A contract under review that the actor may see, loaded for the sheet."""
    rows = Contract.objects.visible_to(actor).filter(reviews__result="open", pk=contract_id)
    return (
        rows.select_related("reservation__unit__building", "reservation__customer", "rep", "drafted_by")
        .prefetch_related("buyers")
        .first()
    )


def sheet(actor: User, contract: Contract, now: datetime, *, at: str = "") -> Sheet:
    """The check list of one contract; `at` is the field the keyboard is on, else the first without a tick."""
    review = contract.reviews.prefetch_related("checks").get(result="open")
    stage, ticks = ReviewStage(review.stage), {check.field: check for check in review.checks.all()}
    facts = facts_of(contract)
    current = (
        at if any(f.key == at for f in facts) else next((f.key for f in facts if f.key not in ticks), "")
    )
    rows = [_field_row(fact, ticks.get(fact.key), current) for fact in facts]
    wrong = [(fact, ticks[fact.key]) for fact in facts if fact.key in ticks and not ticks[fact.key].ok]
    found = tuple(Found(fact.field.label, check.value, check.right) for fact, check in wrong)
    amount, words = _fine_words(contract, stage, found, now)
    return Sheet(
        contract=contract,
        title=f"{contract.unit_label} · 合同 {contract.number}",
        stage=stage.label,
        groups=tuple(
            (group, tuple(line)) for group, line in groupby(rows, key=lambda row: row.fact.field.group)
        ),
        done=str(len(ticks)),
        total=str(len(facts)),
        found=found,
        found_words=f"{len(found)} 处 {_characters(found)} 字" if found else "",
        amount=amount,
        fine_words=words,
        finder="经理发现" if stage == ReviewStage.SECOND else "助理发现",
        author=f"{contract.drafted_by.name}（{contract.drafted_by.get_role_display()}）",
        may=access.may_review(actor, contract, stage),
        fields=tuple((fact.key, fact.field.label) for fact in facts),
        quote=cite("S63").quote,
        is_second=stage == ReviewStage.SECOND,
    )


def _characters(found: tuple[Found, ...]) -> int:
    return sum(m.characters for f in found for m in misreadings(f.wrong, f.right))


def _field_row(fact: Fact, check: FieldCheck | None, current: str) -> FieldRow:
    tick = "" if check is None else "yes" if check.ok else "no"
    is_current = fact.key == current
    css = "is-error" if tick == "no" or (not fact.agrees and tick != "yes") else ""
    return FieldRow(
        fact=fact,
        value=_parts(fact.value, fact.expected, fact.agrees),
        expected=_parts(fact.expected, fact.value, fact.agrees),
        tick=tick,
        right=check.right if check else "",
        css=f"{css}{' is-current' if is_current else ''}".strip(),
        is_current=is_current,
        wraps=fact.key == "total_words",
    )


def _parts(text: str, other: str, agrees: bool) -> tuple[Part, ...]:
    """The text cut where it differs from the other one of the same length; whole when it agrees."""
    if agrees or not other or len(text) != len(other):
        return (Part(text, not agrees and bool(other)),)
    cut = groupby(zip(text, other, strict=True), key=lambda pair: pair[0] != pair[1])
    return tuple(Part("".join(a for a, _ in run), differs) for differs, run in cut)


def _fine_words(
    contract: Contract, stage: ReviewStage, found: tuple[Found, ...], now: datetime
) -> tuple[str, str]:
    """What this return would propose, in words; nothing where the assistant is the finder."""
    terms = terms_for(ErrorFineTerms, on=business_date(now), project=contract.project_id)
    verdicts = fine([(f.wrong, f.right) for f in found], [], terms)
    if stage == ReviewStage.FIRST:
        return formats.money(0), "助理初审发现，计入代表差错，不适用罚金条款"
    if not found:
        return formats.money(0), f"还没有标出差错；每字建议 {formats.money(terms.yuan_per_character)}"
    first = contract.reviews.filter(stage=ReviewStage.FIRST, result="passed").select_related("reviewer")
    review = first.order_by("-pk").first()
    name = review.reviewer.name if review and review.reviewer else formats.NONE
    return f"¥{verdicts.result['amount']}", f"{verdicts.steps[-1].text}，建议对象 {name}，由第三人核准"
