"""Static SVG for dashboards: shapes by attributes only, so that the strict CSP holds. Text is escaped."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


@dataclass(frozen=True, slots=True)
class FunnelStep:
    label: str
    count: int


def _svg(width: int, height: int, label: str, body: SafeString) -> SafeString:
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        width,
        height,
        label,
        body,
    )


def funnel(steps: Sequence[FunnelStep], width: int = 352) -> SafeString:
    """Bars with counts; on the right the share of each step in the one above."""
    widest = max((s.count for s in steps), default=0) or 1
    track = width - 190
    rows = []
    for i, step in enumerate(steps):
        above = steps[i - 1].count if i else 0
        share = f"{step.count * 100 / above:.1f}%" if above else ""
        y = i * 50
        rows.append((y + 20, step.label, y + 4, track, y + 4, round(track * step.count / widest, 1),
                     width - 92, y + 20, step.count, width, y + 20, share))  # fmt: skip
    body = format_html_join(
        "",
        '<text x="0" y="{}" class="t-strong">{}</text>'
        '<rect class="track" x="90" y="{}" width="{}" height="24" rx="4"/>'
        '<rect class="b1" x="90" y="{}" width="{}" height="24" rx="4"/>'
        '<text x="{}" y="{}" class="t-strong">{}</text><text x="{}" y="{}" text-anchor="end">{}</text>',
        rows,
    )
    label = "漏斗：" + "，".join(f"{s.label} {s.count}" for s in steps)
    return _svg(width, len(steps) * 50 - 16, label, body)


def trend(days: Sequence[str], line: Sequence[int], bars: Sequence[int], label: str) -> SafeString:
    """A line with its area (visits) over bars (rooms), one column a day."""
    width, height, left, base, top = 352, 244, 30, 216, 20
    peak = max([*line, *bars, 1])
    peak = -(-peak // 4) * 4
    step = (width - left - 14) / max(len(days) - 1, 1)
    x = [round(left + i * step, 1) for i in range(len(days))]
    y = [round(base - (base - top) * v / peak, 1) for v in line]
    grid = format_html_join(
        "",
        '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text x="24" y="{}" text-anchor="end">{}</text>',
        [
            (left, width - 14, g, g, g + 4, peak * i // 4)
            for i in range(5)
            for g in [round(base - (base - top) * i / 4, 1)]
        ],
    )
    names = format_html_join(
        "",
        '<text x="{}" y="236" text-anchor="middle">{}</text>',
        [(x[i], days[i]) for i in range(0, len(days), max(1, -(-len(days) // 8)))],
    )
    points = " ".join(f"{a},{b}" for a, b in zip(x, y, strict=True))
    wide = round(min(step * 0.45, 16), 1)
    columns = format_html_join(
        "",
        '<rect class="b2" x="{}" y="{}" width="{}" height="{}" rx="1"/>',
        [
            (round(x[i] - wide / 2, 1), round(base - h, 1), wide, h)
            for i, v in enumerate(bars)
            for h in [round((base - top) * v / peak, 1)]
        ],
    )
    body = format_html(
        '{}{}<polygon class="area" points="{},{} {} {},{}"/><polyline class="line" points="{}"/>{}',
        grid, names, x[0] if x else left, base, points, x[-1] if x else left, base, points, columns,
    )  # fmt: skip
    return _svg(width, height, label, body)


def stacked(rows: Sequence[tuple[str, Sequence[tuple[str, int]], str]], label: str) -> SafeString:
    """One bar a building: parts are (unit class, count); the text at the end says its share sold."""
    width, track = 520, 380
    parts: list[tuple[object, ...]] = []
    names: list[tuple[object, ...]] = []
    for i, (name, cells, tail) in enumerate(rows):
        whole, at, y = sum(n for _, n in cells) or 1, 60.0, i * 36 + 4
        names.append((0, y + 16, name, width, y + 16, tail))
        for key, n in cells:
            wide = track * n / whole
            parts.append((key, round(at, 1), y, round(wide, 1)))
            at += wide
    body = format_html(
        "{}{}",
        format_html_join("", '<rect class="{}" x="{}" y="{}" width="{}" height="22"/>', parts),
        format_html_join(
            "",
            '<text x="{}" y="{}" class="t-strong">{}</text><text x="{}" y="{}" text-anchor="end">{}</text>',
            names,
        ),
    )
    return _svg(width, max(len(rows) * 36, 36), label, body)


def share_words(part: int | Decimal, whole: int | Decimal) -> str:
    """A share for a bar's end, “—” for an empty whole."""
    return f"{part * 100 / whole:.1f}%" if whole else "—"
