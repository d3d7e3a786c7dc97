"""客户反馈: the register, one item, and one POST for each of its verbs."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from customers import access
from customers.models import Customer, Department, Doubt, Feedback
from customers.queries.causes import causes_page
from customers.queries.feedback import feedback_detail as detail_of
from customers.queries.feedback import feedback_form as form_of
from customers.queries.feedback import feedback_page
from customers.services import (
    close_feedback,
    confirm_feedback,
    file_feedback,
    forward_feedback,
    handle_feedback,
    link_feedback,
    reopen_feedback,
    reply_feedback,
    save_department,
    sign_copy,
    urge_feedback,
    withdraw_feedback,
)
from customers.views.common import to
from customers.views.feedback_forms import (
    DepartmentForm,
    FeedbackForm,
    ForwardForm,
    HandleForm,
    LinkForm,
    ReasonForm,
    ReplyForm,
    VerdictForm,
)
from salesdept import clock
from salesdept.http import Request, keep, key_of, pk_in
from salesdept.models import Project
from salesdept.shell import project_of


@require_GET
def feedback_list(request: Request) -> HttpResponse:
    before = pk_in(request.GET.get("before", "")) or 0
    kind = request.GET.get("kind", "")
    page = feedback_page(request.user, project_of(request), kind, clock.now(), before)
    context = {
        **page,
        "may_take": access.may_take_feedback(request.user),
        "may_read": access.may_read_surveys(request.user),
        "may_keep": access.may_keep_departments(request.user),
    }
    return render(request, "customers/feedback.html", context)


def _customer_of(request: Request, data: Any) -> Customer | None:
    """The customer a complaint is about, when it was opened from a visible file."""
    pk = pk_in(data.get("customer", ""))
    rows = Customer.objects.visible_to(request.user).select_related("owner")
    return rows.filter(pk=pk).first() if pk else None


def _about(request: Request) -> tuple[Doubt | None, Customer | None]:
    """The 质疑 that a form answers, while nobody has, and the customer."""
    data = request.POST or request.GET
    pk = pk_in(data.get("doubt", ""))
    rows = Doubt.objects.visible_to(request.user).open().select_related("customer__owner")
    doubt = rows.filter(pk=pk).first() if pk else None
    return doubt, _customer_of(request, data) or (doubt.customer if doubt else None)


@require_http_methods(["GET", "POST"])
def feedback_create(request: Request) -> HttpResponse:
    project, doubt, customer = project_of(request), *_about(request)
    initial = {"customer_name": str(customer or ""), "kind": request.GET.get("kind") or "complaint"}
    form = FeedbackForm(request.POST or None, initial=initial, project=project)
    may = access.may_take_feedback(request.user)
    context = {"form": form, "customer": customer, "doubt": doubt, "may_take": may}
    if request.method != "POST":
        return render(request, "customers/feedback_form.html", context)
    if not form.is_valid():
        return render(request, "customers/feedback_form.html", context, status=422)
    keep(request, "customers/feedback_form.html", context)
    row = file_feedback(
        actor=request.user,
        project=project,
        customer=customer,
        doubt_id=doubt.pk if doubt else None,
        now=clock.now(),
        idempotency_key=key_of(request),
        **form.cleaned_data,
    )
    messages.success(request, f"{row.code} 已登记")
    return to(request, reverse("customers:feedback_detail", args=[row.pk]))


@require_GET
def feedback_causes(request: Request) -> HttpResponse:
    """投诉原因, and the way to a change of the 制度."""
    access.may_read_surveys(request.user).or_raise()
    return render(request, "customers/feedback_causes.html", causes_page(project_of(request), clock.now()))


def _row(request: Request, pk: int) -> Feedback:
    rows = Feedback.objects.visible_to(request.user)
    people = ("project", "customer", "taken_by", "responsible", "against", "department", "same_as", "handler")
    return get_object_or_404(rows.select_related(*people, "replied_by", "confirmed_by"), pk=pk)


@require_GET
def feedback_detail(request: Request, pk: int) -> HttpResponse:
    context = detail_of(request.user, _row(request, pk), clock.now())
    return render(request, "customers/feedback_detail.html", context)


@require_GET
def feedback_print(request: Request, pk: int) -> HttpResponse:
    """The A4 form: two copies of a complaint, one of a suggestion."""
    return render(request, "customers/feedback_print.html", form_of(_row(request, pk), clock.now()))


def _do(
    request: Request,
    pk: int,
    verb: Callable[..., Any],
    done: str,
    form: forms.Form | None = None,
    **given: Any,
) -> HttpResponse:
    """Run one verb on a visible item and go back to its page; a bad form says so there."""
    row = get_object_or_404(Feedback.objects.visible_to(request.user), pk=pk)
    url = reverse("customers:feedback_detail", args=[row.pk])
    if form is not None:
        if not form.is_valid():
            messages.error(request, " ".join(str(text) for errors in form.errors.values() for text in errors))
            return to(request, url)
        given = form.given() if hasattr(form, "given") else form.cleaned_data
    verb(actor=request.user, feedback_id=row.pk, now=clock.now(), idempotency_key=key_of(request), **given)
    messages.success(request, done)
    return to(request, url)


@require_POST
def feedback_copy(request: Request, pk: int) -> HttpResponse:
    copy = "assistant" if request.POST.get("copy") == "assistant" else "rep"
    return _do(request, pk, sign_copy, "助理联已备案" if copy == "assistant" else "代表联已签收", copy=copy)


@require_POST
def feedback_forward(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, forward_feedback, "已转办", ForwardForm(request.POST))


@require_POST
def feedback_handle(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, handle_feedback, "处理结果已记下", HandleForm(request.POST))


@require_POST
def feedback_reply(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, reply_feedback, "答复已记下", ReplyForm(request.POST))


@require_POST
def feedback_confirm(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, confirm_feedback, "客户意见已记下", VerdictForm(request.POST))


@require_POST
def feedback_close(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, close_feedback, "已关闭")


@require_POST
def feedback_reopen(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, reopen_feedback, "已重开", ReasonForm(request.POST))


@require_POST
def feedback_withdraw(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, withdraw_feedback, "已撤回，记录保留", ReasonForm(request.POST))


@require_POST
def feedback_link(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, link_feedback, "已并案", LinkForm(request.POST))


@require_POST
def feedback_urge(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, urge_feedback, "已催办")


# --- departments


def _department(row: Department, project: Project) -> dict[str, Any]:
    known = {name: getattr(row, name) for name in ("name", "person", "mail", "is_active")}
    form = DepartmentForm(initial={**known, "contact": row.contact_id}, project=project, prefix=f"d{row.pk}")
    who = row.person or (row.contact.name if row.contact else "")
    return {"row": row, "pk": str(row.pk), "who": who, "form": form}


@require_GET
def department_list(request: Request) -> HttpResponse:
    project = project_of(request)
    rows = Department.objects.visible_to(request.user).filter(project=project).select_related("contact")
    context = {
        "rows": [_department(row, project) for row in rows],
        "form": DepartmentForm(project=project),
        "may_keep": access.may_keep_departments(request.user),
    }
    return render(request, "customers/departments.html", context)


@require_POST
def department_save(request: Request) -> HttpResponse:
    """Add a department, or change the one whose key is posted."""
    project, pk = project_of(request), pk_in(request.POST.get("department", ""))
    if pk is not None:
        get_object_or_404(Department.objects.visible_to(request.user), pk=pk, project=project)
    form = DepartmentForm(request.POST, project=project, prefix=f"d{pk}" if pk else None)
    if not form.is_valid():
        messages.error(request, "部门须有名称，邮箱须完整")
        return to(request, reverse("customers:department_list"))
    save_department(
        actor=request.user,
        project=project,
        department_id=pk,
        now=clock.now(),
        idempotency_key=key_of(request),
        **form.cleaned_data,
    )
    messages.success(request, "部门已保存")
    return to(request, reverse("customers:department_list"))
