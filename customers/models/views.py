"""视图: a list as somebody wants to see it again."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from salesdept.models import User


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: User) -> SavedViewQuerySet:
        """One's own; what it shows is asked again of whoever opens it."""
        return self.filter(user=user) if user.is_active else self.none()


class SavedView(models.Model):
    """Tab, filters, search and columns under a name. `home` opens when the list is opened without wishes."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    name = models.CharField("名称", max_length=20)
    query = models.CharField("地址", max_length=300)
    home = models.BooleanField("默认打开", default=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "我的视图"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "name"], name="one_view_per_name", violation_error_message="已有同名视图"
            ),
            models.UniqueConstraint(
                fields=["user", "home"],
                condition=Q(home=True),
                name="one_view_opens_first",
                violation_error_message="默认打开的视图只有一个",
            ),
            models.CheckConstraint(
                condition=~Q(name=""), name="a_view_has_a_name", violation_error_message="视图须有名称"
            ),
        ]

    def __str__(self) -> str:
        return self.name
