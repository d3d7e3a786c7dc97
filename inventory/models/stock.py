"""Buildings and rooms."""

from __future__ import annotations

from django.db import models
from django.db.models import F, FilteredRelation, Q

from salesdept.models import ImportBatch, Project, User


class BuildingQuerySet(models.QuerySet["Building"]):
    def visible_to(self, user: User) -> BuildingQuerySet:
        """Buildings of one's projects, for those who may see the stock."""
        if not user.may("inventory.view_unit"):
            return self.none()
        return self.filter(project__in=user.projects.all())


class Building(models.Model):
    """楼栋. `version` counts the changes of anything its board shows."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="buildings", verbose_name="项目")
    name = models.CharField("楼栋", max_length=10)
    order = models.PositiveIntegerField("顺序", default=0)
    version = models.PositiveIntegerField(default=0)

    objects = BuildingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "楼栋"
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"], name="building_names_differ", violation_error_message="楼栋重复"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}#"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id}


class UnitQuerySet(models.QuerySet["Unit"]):
    def visible_to(self, user: User) -> UnitQuerySet:
        """Rooms of one's projects, for those who may see the stock."""
        if not user.may("inventory.view_unit"):
            return self.none()
        return self.filter(building__project__in=user.projects.all())

    def free(self) -> UnitQuerySet:
        """Released and without a live claim."""
        live = FilteredRelation("reservations", condition=Q(reservations__ended_at__isnull=True))
        return self.alias(live=live).filter(released_at__isnull=False, live__isnull=True)


class Unit(models.Model):
    """A room. No state of its own: that is the stage of its live claim, else 未推 or 可售."""

    building = models.ForeignKey(Building, models.PROTECT, related_name="units", verbose_name="楼栋")
    stair = models.CharField("单元", max_length=4, blank=True)
    room_no = models.CharField("房号", max_length=8)
    floor = models.SmallIntegerField("楼层")
    code = models.CharField("房源号", max_length=24, editable=False)
    layout = models.CharField("户型", max_length=30, blank=True)
    orientation = models.CharField("朝向", max_length=10, blank=True)
    area_build = models.DecimalField("建筑面积", max_digits=8, decimal_places=2)
    area_inside = models.DecimalField("套内面积", max_digits=8, decimal_places=2, null=True, blank=True)
    permit_no = models.CharField("预售证号", max_length=40, blank=True)
    released_at = models.DateTimeField("放盘时间", null=True, blank=True)
    batch = models.ForeignKey(ImportBatch, models.PROTECT, null=True, blank=True, related_name="+")

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "房源"
        ordering = ["building", "stair", "floor", "room_no"]
        indexes = [
            models.Index(fields=["room_no"], name="unit_room_idx"),
            models.Index(fields=["building", "layout"], name="unit_layout_idx"),
            models.Index(fields=["batch"], name="unit_batch_idx"),
        ]
        constraints = [
            # S54: a room exists once in the ledger, or it could be sold twice under two names.
            models.UniqueConstraint(
                fields=["building", "stair", "room_no"],
                name="one_unit_per_room",
                violation_error_message="这套房已在房源台账里",
            ),
            models.CheckConstraint(
                condition=Q(area_build__gt=0),
                name="a_unit_has_an_area",
                violation_error_message="建筑面积须大于 0",
            ),
            models.CheckConstraint(
                condition=Q(area_inside__isnull=True)
                | Q(area_inside__gt=0, area_inside__lte=F("area_build")),
                name="inside_area_is_within_built_area",
                violation_error_message="套内面积须大于 0 且不大于建筑面积",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """2#-1503 as the hall says it; `code` (2-1503) is the ledger's."""
        building, _, rest = self.code.partition("-")
        return f"{building}#-{rest}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.building.project_id, "unit": self.pk}
