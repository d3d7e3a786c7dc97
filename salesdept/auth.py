"""Login only inside one's employment period."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from salesdept import clock
from salesdept.models import User


class ActivePeriodBackend(ModelBackend):
    """Django's own check, and employed today. Permissions are asked through `User.may`, not here."""

    def user_can_authenticate(self, user: Any) -> bool:
        return isinstance(user, User) and user.employed_on(clock.business_date(clock.now()))
