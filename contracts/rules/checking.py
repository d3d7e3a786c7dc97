"""The field-by-field check of a contract, and what a wrong character costs. S63, 拟:ctr.review.fields."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Any

from contracts.rules.terms import ErrorFineTerms
from contracts.rules.words import Severity
from regulations.rules import Step, Verdicts, from_json
from salesdept.errors import RuleError

FINE_KIND = "contracts.text_fine"


@dataclass(frozen=True, slots=True)
class Field:
    """One line of the check list."""

    key: str
    label: str
    group: str
    severity: Severity


FIELDS: tuple[Field, ...] = (
    Field("buyer_name", "姓名", "买受人", Severity.TEXT),
    Field("identity_no", "身份证号", "买受人", Severity.IDENTITY),
    Field("phone", "联系电话", "买受人", Severity.IDENTITY),
    Field("unit_label", "房号", "房屋", Severity.ROOM),
    Field("area_build", "建筑面积", "房屋", Severity.AREA),
    Field("area_inside", "套内面积", "房屋", Severity.AREA),
    Field("layout", "户型", "房屋", Severity.TEXT),
    Field("unit_price", "单价", "价款", Severity.AMOUNT),
    Field("total", "总价", "价款", Severity.AMOUNT),
    Field("total_words", "总价大写", "价款", Severity.TEXT),
    Field("down_payment", "首付金额", "价款", Severity.AMOUNT),
)


@dataclass(frozen=True, slots=True)
class Misreading:
    """A run of wrong characters and what should stand there."""

    wrong: str
    right: str

    @property
    def characters(self) -> int:
        return max(len(self.wrong), len(self.right))


def misreadings(wrong: str, right: str) -> list[Misreading]:
    """The runs in which `wrong` differs from `right`, in order.

    Equal lengths are compared place by place (143.62 for 143.26 is one run of two characters).
    """
    if len(wrong) == len(right):
        return _runs(wrong, right)
    matcher = SequenceMatcher(None, wrong, right, autojunk=False)
    return [Misreading(wrong[a:b], right[c:d]) for op, a, b, c, d in matcher.get_opcodes() if op != "equal"]


def _runs(wrong: str, right: str) -> list[Misreading]:
    found: list[Misreading] = []
    start: int | None = None
    for at in range(len(wrong) + 1):
        differs = at < len(wrong) and wrong[at] != right[at]
        if differs and start is None:
            start = at
        elif not differs and start is not None:
            found.append(Misreading(wrong[start:at], right[start:at]))
            start = None
    return found


def fine(
    errors: Sequence[tuple[str, str]], fined: Collection[tuple[str, str]], terms: ErrorFineTerms
) -> Verdicts:
    """What the errors 经理 found propose against the assistant who passed them.

    `errors` are (wrong, right) texts; `fined` are the misreadings of this contract that were counted before.
    The same misreading in two places, or in a later round, counts once.
    """
    runs = dict.fromkeys(m for wrong, right in errors for m in misreadings(wrong, right))
    fresh = [m for m in runs if (m.wrong, m.right) not in set(fined)]
    count = {
        "character": sum(m.characters for m in fresh),
        "place": len(fresh),
        "contract": min(len(fresh), 1),
    }[terms.count_by]
    amount = (terms.yuan_per_character * count).quantize(Decimal("0.01"))
    unit = {"character": "字", "place": "处", "contract": "份"}[terms.count_by]
    steps = [
        Step(text=f"「{m.wrong or '缺'}」应为「{m.right or '删'}」", value=f"{m.characters} 字")
        for m in fresh
    ]
    if len(runs) > len(fresh):
        steps.append(Step(text="同一误读此前已计，不重复计", clause="拟:ctr.error.text_fine"))
    steps.append(
        Step(
            text=f"{count} {unit} × ¥{terms.yuan_per_character:.2f}",
            clause="S63",
            value=f"¥{amount:,.2f}",
        )
    )
    return Verdicts(
        kind=FINE_KIND,
        result={"amount": str(amount), "count": count, "fresh": [[m.wrong, m.right] for m in fresh]},
        inputs={"errors": [list(e) for e in errors], "fined": sorted(list(f) for f in fined)},
        steps=steps,
        clauses=("S63", "拟:ctr.error.text_fine"),
    )


def refine(inputs: Mapping[str, Any], terms: Mapping[str, Any]) -> Verdicts:
    """The same fine again from its stored inputs."""
    return fine(
        [(w, r) for w, r in inputs["errors"]],
        [(w, r) for w, r in inputs["fined"]],
        from_json(ErrorFineTerms, terms),
    )


TITLES = ("先生", "女士", "小姐", "太太", "老师")


def is_full_name(name: str) -> bool:
    """Whether a name can be printed on a contract: 王丽华, not 王先生."""
    return len(name.strip()) > 1 and not name.strip().endswith(TITLES)


def check_all_ticked(ticked: Collection[str]) -> None:
    """Nothing passes unread: every field of the list has its tick."""
    missing = [field.label for field in FIELDS if field.key not in ticked]
    if missing:
        raise RuleError(
            "not_checked",
            f"还有 {len(missing)} 项未核：{'、'.join(missing[:4])}",
            "拟:ctr.review.fields",
            "逐项核完再通过",
        )


def check_no_errors(wrong: Collection[str]) -> None:
    """A contract with a recorded error goes back, never on."""
    if wrong:
        labels = [field.label for field in FIELDS if field.key in wrong]
        raise RuleError("has_errors", f"{'、'.join(labels)}有误，不能通过", "S62", "登记差错并退回改正")
