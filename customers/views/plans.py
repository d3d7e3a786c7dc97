"""拜访计划."""

from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET, require_POST

from customers import access
from customers.forms import PlanForm
from customers.models import Customer, VisitPlan
from customers.queries.plans import plan_page
from customers.rules.plans import PlanView, span_of
from customers.services import cancel_plan, fill_plan, move_plan, plan_visit
from customers.views.common import to
from salesdept import clock
from salesdept.errors import RuleError
from salesdept.http import Request, keep, key_of
from salesdept.shell import project_of

NO_DAY = RuleError("day_unknown", "日期不对", "S33", "选一个日期")
LIST = "customers:plan_list"


def _day(text: str) -> date | None:
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found and 2000 <= found.year <= 2100 else None


@require_GET
def plan_list(request: Request) -> HttpResponse:
    """日, 周 or 月 of the plan."""
    now = clock.now()
    on = _day(request.GET.get("on", "")) or clock.business_date(now)
    page = plan_page(request.user, project_of(request), request.GET.get("view", ""), on, now)
    return render(request, "customers/plans.html", page)


def customer_plan(request: Request, pk: int) -> HttpResponse:
    """排入计划 from a customer's file."""
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    access.may_work_on(request.user, customer).or_raise()
    form = PlanForm(request.POST or None, initial={"on": clock.business_date(clock.now())})
    context = {"customer": customer, "pk": str(pk), "form": form}
    if request.method != "POST":
        return render(request, "customers/plan.html", context)
    if not form.is_valid():
        return render(request, "customers/plan.html", context, status=422)
    keep(request, "customers/plan.html", context)
    plan = plan_visit(
        actor=request.user,
        customer_id=customer.pk,
        now=clock.now(),
        idempotency_key=key_of(request),
        **form.cleaned_data,
    )
    messages.success(request, "已排入计划")
    return to(request, f"{reverse(LIST)}?view=week&on={plan.on}")


@require_POST
def plan_fill(request: Request) -> HttpResponse:
    """把到期的客户排入 this day, week or month."""
    on = _day(request.POST.get("on", ""))
    if on is None:
        raise NO_DAY
    view = request.POST.get("view", "")
    first, last = span_of(view if view in PlanView.values else PlanView.WEEK, on)
    made = fill_plan(
        actor=request.user,
        project=project_of(request),
        first=first,
        last=last,
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, f"已排入 {made} 位到期客户" if isinstance(made, int) else "已排入到期客户")
    return to(request, f"{reverse(LIST)}?view={view if view in PlanView.values else 'week'}&on={on}")


def _plan(request: Request, pk: int) -> VisitPlan:
    found: VisitPlan = get_object_or_404(VisitPlan.objects.visible_to(request.user), pk=pk)
    return found


@require_POST
def plan_move(request: Request, pk: int) -> HttpResponse:
    plan, on = _plan(request, pk), _day(request.POST.get("on", ""))
    if on is None:
        raise NO_DAY
    move_plan(actor=request.user, plan_id=plan.pk, on=on, now=clock.now(), idempotency_key=key_of(request))
    return to(request, f"{reverse(LIST)}?view=week&on={on}")


@require_POST
def plan_cancel(request: Request, pk: int) -> HttpResponse:
    plan = _plan(request, pk)
    cancel_plan(actor=request.user, plan_id=plan.pk, now=clock.now(), idempotency_key=key_of(request))
    return to(request, f"{reverse(LIST)}?view=week&on={plan.on}")
