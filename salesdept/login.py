"""Who is at the door: account name, employee number or phone; how many tries are left; when a lock ends."""

import re
import unicodedata
from datetime import datetime
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off, get_failure_limit
from axes.models import AccessAttempt
from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest

from salesdept.models import User

_PHONE = re.compile(r"1[3-9]\d{9}")


def account_of(typed: str) -> str:
    """The account behind what was typed. A phone or number of nobody, or of several, stays as typed."""
    text = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", typed)).removeprefix("+86")
    number = Q(employee_no=text)
    if _PHONE.fullmatch(text):
        number |= Q(phone=text)
    names = User.objects.working().filter(number).exclude(username=text.lower())[:2]
    found = [user.username for user in names] if text else []
    return found[0] if len(found) == 1 else text.lower()[:30]


def tries_left(request: HttpRequest | None, account: str) -> int | None:
    """How many wrong passwords remain before the lock; None where nothing locks."""
    if request is None or not settings.AXES_ENABLED:
        return None
    credentials = {"username": account}
    limit: int = get_failure_limit(request, credentials)
    return max(limit - int(AxesProxyHandler.get_failures(request, credentials)), 0)


def locked_until(request: HttpRequest, account: str) -> datetime | None:
    """When the lock of this account from this address ends, if there is one."""
    address, pause = getattr(request, "axes_ip_address", None), get_cool_off(request)
    rows = AccessAttempt.objects.filter(username=account, ip_address=address)
    last = rows.order_by("-attempt_time").first()
    return last.attempt_time + pause if last and pause else None


class LoginForm(AuthenticationForm):
    """Django's form under the names people use here."""

    username = forms.CharField(
        label="手机号、工号或账号",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label="密码",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean_username(self) -> str:
        return account_of(self.cleaned_data["username"])

    def get_invalid_login_error(self) -> ValidationError:
        remaining = tries_left(self.request, self.cleaned_data.get("username", ""))
        words = "账号或密码不正确"
        if remaining is not None:
            words += f"，还可尝试 {remaining} 次"
        return ValidationError(words, code="invalid_login")

    def clean(self) -> dict[str, Any]:
        """Report a wrong password at the password, where the eye and the cursor are."""
        try:
            return super().clean()
        except ValidationError as error:
            self.add_error("password", error)
            return self.cleaned_data
