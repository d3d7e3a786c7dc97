"""放盘: what waits for a second person's price approval, and what is ready to be put on sale."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from inventory import access
from inventory.models import Building, PriceList, Unit
from inventory.queries.stock import release_faults
from salesdept import formats
from salesdept.models import Project, User
from salesdept.verdict import Verdict

FAULTS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class PriceRow:
    pk: int
    title: str
    meta: str
    approve: Verdict


@dataclass(frozen=True, slots=True)
class BuildingRow:
    pk: int
    title: str
    meta: str
    faults: Sequence[str]
    release: Verdict


@dataclass(frozen=True, slots=True)
class ReleasePage:
    prices: Sequence[PriceRow]
    buildings: Sequence[BuildingRow]


def release_page(actor: User, project: Project | None, now: datetime) -> ReleasePage:
    """Open price lists and unreleased rooms of a project, each with its verdict."""
    access.may_see_release(actor).or_raise()
    lists = (
        PriceList.objects.filter(project=project, approved_at__isnull=True)
        .select_related("created_by")
        .annotate(rooms=Count("prices"))
    )
    units: dict[int, list[Unit]] = {}
    for unit in Unit.objects.visible_to(actor).filter(building__project=project, released_at__isnull=True):
        units.setdefault(unit.building_id, []).append(unit)
    faults = release_faults([unit for rows in units.values() for unit in rows], now)
    buildings = Building.objects.filter(pk__in=units).annotate(
        out=Count("units", filter=Q(units__released_at__isnull=False))
    )
    return ReleasePage(
        [_price_row(row, actor, now) for row in lists],
        [_building_row(row, units[row.pk], actor, faults) for row in buildings],
    )


def _price_row(row: PriceList, actor: User, now: datetime) -> PriceRow:
    rooms: int = row.rooms  # type: ignore[attr-defined]
    made = f"{row.created_by.name} 编制于 {formats.cn_time(row.created_at, now)}"
    meta = f"{rooms} 套 · {made} · 自 {row.effective_from} 生效"
    return PriceRow(row.pk, f"价格表第 {row.version} 版", meta, access.may_approve_prices(actor, row))


def _building_row(row: Building, units: Sequence[Unit], actor: User, known: Mapping[int, str]) -> BuildingRow:
    faults = [known[unit.pk] for unit in units if unit.pk in known]
    control = access.may_control(actor, "放盘")
    missing = Verdict(f"{len(faults)} 套还不能放盘", "S57", "补齐表价与预售证后再放盘") if faults else control
    out: int = row.out  # type: ignore[attr-defined]
    return BuildingRow(
        row.pk,
        f"{row} 放盘 {len(units)} 套",
        f"已放盘 {out} 套 · 面积、表价、预售证须齐",
        faults[:FAULTS_SHOWN],
        missing if control else control,
    )
