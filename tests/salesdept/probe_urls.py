"""The house's addresses and a few views that refuse, for the middleware's tests."""

from django.http import HttpResponse
from django.urls import include, path

from salesdept.errors import RuleError
from salesdept.http import done, keep, key_of, new_key
from salesdept.verdict import Verdict

SOLD = RuleError("unit_taken", "2-1503 刚被锁定", "S54", "看看还有哪些在售", "/inventory/")


def form(request):
    """A plain form that goes back with its values when the regulation says no."""
    note = request.POST.get("note", "")
    keep(request, "probe/form.html", {"note": note, "form_key": key_of(request) or new_key()})
    if note == "taken":
        raise SOLD
    if note == "forbidden":
        Verdict("销售代表不能确认收款", "S101", "请财务办理").or_raise()
    if note == "bug":
        raise ZeroDivisionError
    return done(request, "/mine/")


def bare(request):
    raise SOLD


def cached(request):
    return HttpResponse("board", headers={"Cache-Control": "private, max-age=3", "ETag": '"1"'})


urlpatterns = [
    path("probe/form/", form, name="probe_form"),
    path("probe/bare/", bare, name="probe_bare"),
    path("probe/cached/", cached, name="probe_cached"),
    path("", include("salesdept.urls")),
]
