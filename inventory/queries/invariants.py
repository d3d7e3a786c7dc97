"""Recounts of check_invariants: what the constraints promise, counted again from the tables."""

from collections.abc import Iterator

from django.db.models import Count, F

from inventory.models import Building, Reservation, Unit
from inventory.queries.board import rows_of
from inventory.rules import Stage


def one_claim_per_unit() -> Iterator[str]:
    """S54: no room with two live claims."""
    doubles = (
        Reservation.objects.live()
        .values("unit_id", "unit__code")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
        .order_by()
    )
    for row in doubles:
        yield f"房源 {row['unit__code']} 同时有 {row['n']} 份占用"


def board_agrees_with_claims() -> Iterator[str]:
    """S55: what the boards show is what the claims say, building by building."""
    claims = dict(
        Reservation.objects.live()
        .values_list("unit__building")
        .annotate(n=Count("pk"))
        .order_by()
        .values_list("unit__building", "n")
    )
    for building in Building.objects.select_related("project"):
        rows = rows_of(building)
        taken, units = sum(row["stage"] is not None for row in rows), building.units.count()
        held = claims.get(building.pk, 0)
        if (taken, len(rows)) != (held, units):
            where = f"{building.project} {building}"
            yield f"{where}：图上 {len(rows)} 套占 {taken}，台账 {units} 套占 {held}"


def claims_stay_in_their_project() -> Iterator[str]:
    for claim in Reservation.objects.exclude(project=F("unit__building__project")).select_related("unit"):
        yield f"占用 {claim.pk}（{claim.unit.code}）记在另一个项目"


def nothing_sold_before_release() -> Iterator[str]:
    """S57: a live claim other than 封盘 stands on a released room."""
    rows = Unit.objects.filter(released_at__isnull=True, reservations__ended_at__isnull=True)
    for unit in (
        rows.filter(reservations__pk__isnull=False).exclude(reservations__stage=Stage.BLOCKED).distinct()
    ):
        yield f"未推房源 {unit.code} 已被占用"


def no_price_below_the_list() -> Iterator[str]:
    """S51: without an approved discount nothing is agreed below the list."""
    for claim in Reservation.objects.filter(agreed_price__lt=F("list_price")).select_related("unit"):
        yield f"占用 {claim.pk}（{claim.unit.code}）成交价低于表价"
