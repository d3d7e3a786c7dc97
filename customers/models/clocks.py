"""停计: days on which no lease runs, for a whole project or for one person."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from customers.rules import SEES_PROJECT
from customers.rules.clocks import WHOLE_PROJECT, StopKind
from salesdept.models import Project, User

_WHOLE = [kind.value for kind in WHOLE_PROJECT]


class ClockStopQuerySet(models.QuerySet["ClockStop"]):
    def visible_to(self, user: User) -> ClockStopQuerySet:
        """The project's stops for those who see it; a rep's own ones and the common ones."""
        if not user.is_active:
            return self.none()
        rows = self.filter(project__in=user.projects.all())
        return rows if user.role in SEES_PROJECT else rows.filter(Q(rep__isnull=True) | Q(rep=user))


class ClockStop(models.Model):
    """春节, 停业, 休假: the days from `first` to `last`, included, on which leases do not run.

    Withdrawn, it stops nothing from `withdrawn_on` on. Live leases are counted again in batches by key:
    `applied_through` is the last one done, `applied_at` is set when all are. `by_queue`: a 停接
    of the queue made it, and lifting that ends it; what was entered by hand ends by hand. Until the
    attendance chapter keeps leave itself, 助理 and leaders enter approved leave here.
    """

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    rep = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="代表"
    )
    kind = models.CharField("类型", max_length=8, choices=StopKind)
    first = models.DateField("第一天")
    last = models.DateField("最后一天")
    reason = models.CharField("原因", max_length=200)
    by_queue = models.BooleanField("由候客队列停接", default=False)
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    declared_at = models.DateTimeField("登记时间")
    withdrawn_on = models.DateField("撤回日", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    applied_through = models.BigIntegerField(default=0)
    applied_at = models.DateTimeField(null=True, blank=True)

    objects = ClockStopQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "停计"
        ordering = ["-first", "-pk"]
        indexes = [models.Index(fields=["project", "last"], name="clockstop_days_idx")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=StopKind.values),
                name="stop_kind_is_known",
                violation_error_message="停计类型不存在",
            ),
            models.CheckConstraint(
                condition=Q(first__lte=F("last")),
                name="a_stop_ends_after_it_begins",
                violation_error_message="最后一天早于第一天",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""), name="a_stop_says_why", violation_error_message="停计须写原因"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=_WHOLE, rep__isnull=True) | (~Q(kind__in=_WHOLE) & Q(rep__isnull=False)),
                name="a_stop_is_the_projects_or_a_persons",
                violation_error_message="放假与停业属于项目，休假与停接属于个人",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_on__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_on__isnull=False, withdrawn_by__isnull=False),
                name="a_withdrawn_stop_says_by_whom",
                violation_error_message="撤回停计须记撤回人",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.first} 至 {self.last}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id}
