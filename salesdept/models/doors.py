"""What strangers tried at the doors without login, counted where every process sees it."""

from django.db import models


class DoorTry(models.Model):
    """Tries of one network at one door in one span of time. The address is kept as a keyed hash only."""

    door = models.CharField(max_length=20)
    address = models.CharField(max_length=64)
    span = models.DateTimeField("自")
    tries = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = "公开页尝试"
        constraints = [
            models.UniqueConstraint(
                fields=["door", "address", "span"],
                name="one_count_per_door_address_and_span",
                violation_error_message="尝试次数已有记录",
            ),
        ]
        indexes = [models.Index(fields=["span"], name="door_try_span_idx")]

    def __str__(self) -> str:
        return f"{self.door} {self.tries}"
