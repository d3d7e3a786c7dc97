"""放盘: price lists waiting for approval, buildings waiting for release."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from inventory.models import Building, PriceList, Unit
from inventory.queries.release import release_page
from inventory.services import approve_prices, release_batch
from salesdept import clock
from salesdept.http import Request, done, keep, key_of
from salesdept.shell import current_project

PAGE = "inventory/release.html"


@require_GET
def release_list(request: Request) -> HttpResponse:
    return render(request, PAGE, {"page": release_page(request.user, current_project(request), clock.now())})


@require_POST
def prices_approve(request: Request, pk: int) -> HttpResponse:
    rows = PriceList.objects.filter(project__in=request.user.projects.all())
    price_list = get_object_or_404(
        rows.filter(prices__unit__in=Unit.objects.visible_to(request.user)).distinct(), pk=pk
    )
    now = clock.now()
    keep(request, PAGE, {"page": release_page(request.user, price_list.project, now)})
    approve_prices(actor=request.user, price_list_id=price_list.pk, now=now, idempotency_key=key_of(request))
    messages.success(request, f"已批准价格表第 {price_list.version} 版")
    return done(request, reverse("inventory:release_list"))


@require_POST
def building_release(request: Request, pk: int) -> HttpResponse:
    building = get_object_or_404(Building.objects.visible_to(request.user), pk=pk)
    now = clock.now()
    keep(request, PAGE, {"page": release_page(request.user, building.project, now)})
    ids = list(building.units.filter(released_at__isnull=True).values_list("pk", flat=True))
    count = release_batch(actor=request.user, unit_ids=ids, now=now)
    messages.success(request, f"{building} 放盘 {count} 套")
    return done(request, reverse("inventory:release_list"))
