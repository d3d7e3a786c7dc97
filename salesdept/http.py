"""What a view leans on: the request's type, the form's key, and the page a refusal goes back to."""

from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django_htmx.middleware import HtmxDetails

from salesdept.models import User


class Request(HttpRequest):
    """What the login and htmx middleware leave us with."""

    user: User
    htmx: HtmxDetails


def pk_in(text: str) -> int | None:
    """A row's key from the address or a form, or None for anything that is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def new_key() -> str:
    """A fresh idempotency key for a form."""
    return uuid4().hex


def key_of(request: HttpRequest) -> str | None:
    """The posted form's idempotency key; None lets the verb run without one."""
    return request.POST.get("key") or None


def keep(request: HttpRequest, template: str, context: dict[str, Any]) -> None:
    """Remember which page a refusal of this request re-renders (a plain form gets its values back)."""
    request.refusal_page = (template, context)  # type: ignore[attr-defined]


def done(
    request: Request, url: str, *, partial: str = "", context: dict[str, Any] | None = None
) -> HttpResponse:
    """After a verb: plain forms are redirected; htmx gets the partial when there is one, else HX-Redirect."""
    if not request.htmx:
        return redirect(url)
    if partial:
        return render(request, partial, context or {})
    response = HttpResponse(status=204)
    response["HX-Redirect"] = url
    return response
