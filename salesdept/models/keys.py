from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class IdempotencyKey(models.Model):
    """One tap, one effect: the key of a submitted form, what was asked and which row answered."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    result = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "防重键"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "key"], name="one_effect_per_key", violation_error_message="此表单已提交"
            ),
        ]

    def __str__(self) -> str:
        return self.key
