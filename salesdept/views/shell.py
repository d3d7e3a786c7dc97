"""Pages of the frame itself: the door, 今日, notices, 我的, theme and project."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import condition, require_GET, require_POST

from salesdept import clock, formats
from salesdept.http import Request, pk_in
from salesdept.login import LoginForm, locked_until
from salesdept.models import Notice, Project, User
from salesdept.rules import LEADERS, Role
from salesdept.services.account import change_password
from salesdept.services.reminders import mark_read
from salesdept.shell import PROJECT_SESSION_KEY, THEME_COOKIE, THEMES, shell_of, url_of
from salesdept.slots import home_cards

PAGE, RECENT = 50, 6
YEAR = 365 * 24 * 3600
DEMO_ACCOUNTS = (
    *((f"rep{n}", "销售代表") for n in (1, 2)),
    ("assistant", "销售助理"),
    ("supervisor", "销售主管"),
    ("manager", "销售经理"),
    ("cashier", "案场收银"),
    ("finance", "财务"),
    ("director", "总监"),
    ("admin", "管理员"),
)
# Where a role without a card on 今日 starts its day.
LANDINGS: dict[Role, str] = {
    Role.ASSISTANT: "customers:queue",
    **dict.fromkeys(LEADERS, "performance:dashboard"),
}


@dataclass(frozen=True, slots=True)
class Quick:
    """A quick action of 今日. With `kind` the tap itself is a verb: it posts that kind to the address."""

    label: str
    hint: str
    url_name: str
    icon: str
    kind: str = ""

    @property
    def url(self) -> str:
        return url_of(self.url_name)


_VISIT = Quick("登记来访", "查重后保存", "customers:reception_start", "door", "visit")
_CALL = Quick("登记来电", "同一张表", "customers:reception_start", "phone", "call")
_RESERVE = Quick("认购", "从销控图选房", "inventory:board", "sign")
_REVIEW = Quick("合同审核", "逐项对照", "contracts:verification_queue", "filecheck")
_MONEY = (
    Quick("收款", "登记与确认", "contracts:collections", "coins"),
    Quick("合同", "付款计划", "contracts:contract_list", "sign"),
)
# The first is the main one.
QUICK: dict[Role, tuple[Quick, ...]] = {
    Role.REP: (_VISIT, _CALL, _RESERVE),
    Role.SUPERVISOR: (_VISIT, _CALL, _RESERVE),
    Role.ASSISTANT: (_VISIT, _CALL, _REVIEW),
    Role.CASHIER: _MONEY,
    Role.FINANCE: _MONEY,
}


def local_path(request: HttpRequest, path: str | None, fallback: str = "/") -> str:
    """`path` when it stays on this host, else the fallback."""
    safe = url_has_allowed_host_and_scheme(
        path or "", allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return path if path and safe else fallback


# --- the door


class Login(LoginView):
    """手机号、工号或账号 and password; a wrong one is answered with 422."""

    template_name = "registration/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        demo = DEMO_ACCOUNTS if settings.DEMO else ()
        return super().get_context_data(demo_accounts=demo, **kwargs)

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None
) -> HttpResponse:
    """Too many wrong passwords: says until when. Called by django-axes."""
    until = locked_until(request, (credentials or {}).get("username", ""))
    context = {"until": until, "until_words": formats.cn_time(until, clock.now())}
    return render(request, "registration/locked_out.html", context, status=429)


class PasswordChange(PasswordChangeView):
    """One's own password, written by the service."""

    template_name = "registration/password_change.html"

    def form_valid(self, form: Any) -> HttpResponse:
        password = form.cleaned_data["new_password1"]
        actor = User.objects.get(pk=self.request.user.pk)
        user = change_password(actor=actor, password=password, now=clock.now())
        update_session_auth_hash(self.request, user)
        messages.success(self.request, "密码已更换")
        return redirect("mine")

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


# --- 今日


@require_GET
def home(request: Request) -> HttpResponse:
    """今日: quick actions and the cards apps provide; a role without cards goes to its own first page."""
    user, now = request.user, clock.now()
    cards = home_cards(request, user, now)
    landing = url_of(LANDINGS.get(Role(user.role), ""))
    if landing and not cards:
        return redirect(landing)
    quick = [action for action in QUICK.get(Role(user.role), ()) if action.url]
    context = {
        "greeting": formats.greeting(now),
        "today": formats.long_date(now),
        "quick": quick,
        "side": [card for card in cards if card["side"]],
        "cards": [card for card in cards if not card["side"]],
    }
    return render(request, "salesdept/home.html", context)


# --- notices


@require_GET
def notice_list(request: Request) -> HttpResponse:
    """Everything one was told, newest first, by key."""
    before = pk_in(request.GET.get("before", ""))
    rows = Notice.objects.visible_to(request.user).order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    page = list(rows[: PAGE + 1])
    shown = _dated(page[:PAGE])
    older = str(page[PAGE - 1].pk) if len(page) > PAGE else ""
    return render(request, "salesdept/notices.html", {"shown": shown, "older": older, "heading": "提醒"})


def _dated(notices: list[Notice]) -> list[tuple[Notice, str]]:
    now = clock.now()
    return [(notice, formats.cn_time(notice.at, now)) for notice in notices]


@require_GET
def notice_recent(request: Request) -> HttpResponse:
    """The newest few under the bell; without script the bell leads to the page instead."""
    if not request.htmx:
        return redirect("notice_list")
    rows = Notice.objects.visible_to(request.user).order_by("-pk")[:RECENT]
    return render(request, "partials/notice_menu.html", {"shown": _dated(list(rows))})


@require_GET
@condition(etag_func=lambda request: f'"unread-{shell_of(request).unread}"')
def notice_bell(request: Request) -> HttpResponse:
    """The bell alone, polled; 304 while the count stands."""
    return render(request, "partials/bell.html")


@require_POST
def notice_read(request: Request, pk: int) -> HttpResponse:
    """Mark one notice read and go where it points."""
    notice = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
    mark_read(actor=request.user, notice_id=notice.pk, now=clock.now())
    return redirect(local_path(request, notice.url, url_of("notice_list")))


@require_POST
def notice_read_all(request: Request) -> HttpResponse:
    mark_read(actor=request.user, now=clock.now())
    return redirect("notice_list")


# --- 我的 and settings of the screen


@require_GET
def mine(request: Request) -> HttpResponse:
    return render(request, "salesdept/mine.html", {"heading": "我的"})


@require_GET
def shortcuts(request: Request) -> HttpResponse:
    return render(request, "salesdept/shortcuts.html")


@require_GET
def about(request: Request) -> HttpResponse:
    return render(request, "salesdept/about.html")


@login_not_required
@require_POST
def theme_set(request: HttpRequest) -> HttpResponse:
    """Light or dark in a cookie of this device; anything else follows the system again."""
    response = redirect(local_path(request, request.POST.get("next")))
    if (theme := request.POST.get("theme")) in THEMES:
        response.set_cookie(THEME_COOKIE, theme, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    else:
        response.delete_cookie(THEME_COOKIE)
    return response


@require_POST
def project_switch(request: Request) -> HttpResponse:
    """Another of one's own projects on screen, for this session."""
    pk = pk_in(request.POST.get("project", ""))
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    request.session[PROJECT_SESSION_KEY] = project.pk
    return redirect(local_path(request, request.POST.get("next")))
