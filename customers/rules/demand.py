"""需求交叉表 (S14): what first visitors want, two sides against each other. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from django.db.models import TextChoices

from customers.rules.register import AgeBand, Purpose
from customers.rules.words import Source
from regulations.rules import Unit, term, topic

UNSAID = "未说"
WAN = 10_000
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")


@topic("customers.demand", "需求分析", "customers")
class DemandTerms:
    days: int = term(90, label="需求交叉表统计最近", clause="S14", unit=Unit.DAYS, low=7, high=730)
    area_step: int = term(20, label="面积分档（平方米）", clause="S14", low=5, high=100)
    budget_step: int = term(50, label="预算分档（万元）", clause="S14", low=10, high=1000)


class Side(TextChoices):
    """What may stand on either side, by the names of the register."""

    LAYOUTS = "layouts", "户型"
    AREA = "area", "面积"
    BUDGET = "budget_text", "预算"
    DISTRICT = "district", "居住区域"
    PURPOSE = "purpose", "购房目的"
    AGE = "age_band", "年龄段"
    SOURCE = "source", "认知途径"


_LABELS = {
    Side.PURPOSE: dict(Purpose.choices),
    Side.AGE: dict(AgeBand.choices),
    Side.SOURCE: dict(Source.choices),
}


def words_of(side: str, value: str, terms: DemandTerms) -> Sequence[str]:
    """In which rows a register's value counts: several layouts count once each, amounts by their band."""
    value = value.strip()
    if not value:
        return (UNSAID,)
    if side == Side.LAYOUTS:
        return tuple(dict.fromkeys(part for part in re.split(r"[、,，/ ]+", value) if part)) or (UNSAID,)
    if side == Side.AREA:
        return (band(value, terms.area_step, "㎡"),)
    if side == Side.BUDGET:
        return (band(value, terms.budget_step, "万", whole_yuan=True),)
    labels = _LABELS.get(Side(side), {})
    return (str(labels.get(value, value)),)


def band(text: str, step: int, unit: str, *, whole_yuan: bool = False) -> str:
    """The band of the first number in a text: 110㎡ is 100–120㎡. What has no number stays as it is written.

    `whole_yuan`: a number of ten thousand and more is yuan, not 万.
    """
    found = _NUMBER.search(text.replace(",", ""))
    if found is None:
        return text
    number = float(found[0])
    if whole_yuan and number >= WAN:
        number /= WAN
    low = int(number // step) * step
    return f"{low}–{low + step}{unit}"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows and columns by how many want them, most first; 未说 last. A cell counts visitors."""

    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[int], int]]
    totals: Sequence[int]
    visitors: int


def cross(
    counted: Iterable[tuple[str, str, int]], rows: str, columns: str, terms: DemandTerms, most: int = 12
) -> Table:
    """Cross two sides from (row value, column value, how many). Beyond `most` words of a side: 其他."""
    cells: Counter[tuple[str, str]] = Counter()
    down: Counter[str] = Counter()
    across: Counter[str] = Counter()
    visitors = 0
    for left, top, number in counted:
        visitors += number
        lefts, tops = words_of(rows, left, terms), words_of(columns, top, terms)
        for word in lefts:
            down[word] += number
        for word in tops:
            across[word] += number
        for pair in product(lefts, tops):
            cells[pair] += number
    names, heads = _names(down, most), _names(across, most)
    body = _folded(cells, names, heads)
    lines = [(name, [body[name, head] for head in heads], _sum(down, name, names)) for name in names]
    return Table(heads, lines, [_sum(across, head, heads) for head in heads], visitors)


OTHER = "其他"


def _names(counts: Counter[str], most: int) -> Sequence[str]:
    said = sorted((word for word in counts if word not in (UNSAID, OTHER)), key=lambda w: (-counts[w], w))
    names = said[:most]
    if len(said) > most or OTHER in counts:
        names.append(OTHER)
    return [*names, UNSAID] if UNSAID in counts else names


def _sum(counts: Counter[str], name: str, names: Sequence[str]) -> int:
    if name != OTHER:
        return counts[name]
    return sum(number for word, number in counts.items() if word == OTHER or word not in names)


def _folded(
    cells: Counter[tuple[str, str]], names: Sequence[str], heads: Sequence[str]
) -> Counter[tuple[str, str]]:
    """The cells with everything beyond the named words under 其他."""
    body: Counter[tuple[str, str]] = Counter()
    for (name, head), number in cells.items():
        body[name if name in names else OTHER, head if head in heads else OTHER] += number
    return body
