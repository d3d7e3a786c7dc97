"""Once for all views: refusals become pages, sessions idle out by role, personal pages are never cached."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from salesdept import clock
from salesdept.errors import RuleError
from salesdept.http import new_key
from salesdept.rules import IDLE_MINUTES, Role
from salesdept.verdict import Denied

Handler = Callable[[HttpRequest], HttpResponseBase]
IDLE_COOKIE = "seen"


class RefusalMiddleware:
    """`RuleError` → 409, `Denied` → 403. htmx gets a partial for #refusal, a plain form its own page back."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, RuleError | Denied):
            return None
        status = 409 if isinstance(error, RuleError) else 403
        if getattr(request, "htmx", False):
            response = render(request, "partials/refusal.html", {"refusal": error}, status=status)
            response["HX-Retarget"] = "#refusal"
            response["HX-Reswap"] = "innerHTML"
            return response
        page: tuple[str, dict[str, Any]] = getattr(request, "refusal_page", ("errors/refusal.html", {}))
        template, context = page
        return render(request, template, {**context, "refusal": error, "form_key": new_key()}, status=status)


class IdleMiddleware:
    """Ends a session that was idle longer than its role may be. The time lives in a signed cookie,

    re-issued at most once a minute, so that a GET writes nothing to the database.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = getattr(request, "user", None)
        if user is None or not user.is_authenticated:
            return self.get_response(request)
        now = int(clock.now().timestamp())
        seen = self._seen(request, user.pk)
        idle = timedelta(minutes=IDLE_MINUTES[Role(user.role)]).total_seconds()
        since = seen if seen is not None else int(user.last_login.timestamp()) if user.last_login else now
        if now - since > idle or not user.employed_on(clock.business_date(clock.now())):
            logout(request)
            return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
        response = self.get_response(request)
        polled = request.headers.get("X-Poll") == "1"  # an open tab that only polls is idle
        fresh = seen is None or (now - seen >= 60 and not polled)
        if fresh and getattr(request, "user", user).is_authenticated:
            self._mark(response, user.pk, now)
        return response

    def _seen(self, request: HttpRequest, pk: int) -> int | None:
        try:
            owner, seen = signing.loads(request.COOKIES[IDLE_COOKIE], salt=IDLE_COOKIE)
        except (KeyError, ValueError, TypeError, signing.BadSignature):
            return None
        return int(seen) if owner == pk else None

    def _mark(self, response: HttpResponseBase, pk: int, now: int) -> None:
        if isinstance(response, HttpResponse):
            response.set_cookie(
                IDLE_COOKIE,
                signing.dumps([pk, now], salt=IDLE_COOKIE),
                httponly=True,
                samesite="Lax",
                secure=bool(settings.SESSION_COOKIE_SECURE),
            )


class PrivatePagesMiddleware:
    """Pages of a logged-in person are `no-store`, unless the view set its own caching (the board's ETag)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
            response["Cache-Control"] = "no-store, private"
        return response
