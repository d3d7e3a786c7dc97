"""归属争议: the list, the case, its verbs and its form on paper."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from customers import access, services
from customers.models import Customer, Dispute, DisputeStatement
from customers.queries import disputes as read
from customers.services.cases import party_ids
from customers.views.common import to
from customers.views.dispute_forms import CaseForm, ClaimForm, FraudForm, RulingForm, SayForm, TextForm
from salesdept import clock
from salesdept.http import Request, keep, key_of, pk_in
from salesdept.pdf import PdfUnavailableError, pdf_response, render_pdf
from salesdept.shell import project_of

PAGE = "customers/dispute.html"


def _case(request: Request, pk: int) -> Dispute:
    """A visible case; another's answers exactly as a missing one."""
    dispute = read.the_case(request.user, pk)
    if dispute is None:
        raise Http404
    return dispute


def _url(pk: int) -> str:
    return reverse("customers:dispute_detail", args=[pk])


@require_GET
def dispute_list(request: Request) -> HttpResponse:
    page = read.dispute_page(
        request.user,
        project_of(request),
        clock.now(),
        tab=request.GET.get("tab", ""),
        before=pk_in(request.GET.get("before", "")),
    )
    return render(request, "customers/disputes.html", page)


@require_GET
def dispute_detail(request: Request, pk: int) -> HttpResponse:
    page = read.case_page(request.user, _case(request, pk), clock.now())
    return render(request, PAGE, page)


@require_GET
def dispute_print(request: Request, pk: int) -> HttpResponse:
    """客户归属争议处理单 on A4."""
    now = clock.now()
    page = read.case_page(request.user, _case(request, pk), now)
    return render(request, "customers/dispute_print.html", {**page, "printed": now})


@require_GET
def dispute_pdf(request: Request, pk: int) -> HttpResponse:
    """客户归属争议处理单 as a file; where the machine cannot make one, the page to print."""
    now, dispute = clock.now(), _case(request, pk)
    page = read.case_page(request.user, dispute, now)
    try:
        body = render_pdf("customers/dispute_pdf.html", page, by=request.user, now=now)
    except PdfUnavailableError:
        messages.error(request, "这台服务器不能生成 PDF，请用浏览器打印")
        return to(request, reverse("customers:dispute_print", args=[pk]))
    return pdf_response(body, f"dispute-{dispute.code}")


# --- filing


@require_POST
def dispute_file(request: Request) -> HttpResponse:
    """From the look-up's answer 已有归属."""
    form = ClaimForm(request.POST)
    if not form.is_valid():
        messages.error(request, "写明你的主张再提出")
        return to(request, reverse("customers:visit_create"))
    dispute = services.file_dispute(
        actor=request.user,
        project=project_of(request),
        phone=form.cleaned_data["phone"],
        claim=form.cleaned_data["claim"],
        reception_id=pk_in(request.POST.get("reception", "")),
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, "争议已提出，归属在裁决前冻结")
    return to(request, _url(dispute.pk))


@require_http_methods(["GET", "POST"])
def dispute_create(request: Request) -> HttpResponse:
    """From a customer's file or from a sale."""
    access.may_dispute(request.user).or_raise()
    given = {"customer": pk_in(request.GET.get("customer", "")), "room": request.GET.get("room", "")[:40]}
    form = CaseForm(request.POST or None, initial=given)
    asked = pk_in(request.POST.get("customer", "")) or given["customer"]
    customer = Customer.objects.visible_to(request.user).filter(pk=asked).first() if asked else None
    context = {"form": form, "customer": customer}
    if request.method != "POST" or not form.is_valid():
        return render(
            request, "customers/dispute_form.html", context, status=422 if request.method == "POST" else 200
        )
    keep(request, "customers/dispute_form.html", context)
    messages.success(request, "争议已提出，归属在裁决前冻结")
    return to(request, _url(_file(request, form.cleaned_data, customer).pk))


def _file(request: Request, data: dict[str, Any], customer: Customer | None) -> Dispute:
    given: dict[str, Any] = {
        "actor": request.user,
        "claim": data["claim"],
        "now": clock.now(),
        "idempotency_key": key_of(request),
    }
    if customer is not None:
        return services.file_customer_dispute(customer_id=customer.pk, **given)
    return services.file_deal_dispute(project=project_of(request), room=data["room"], **given)


@require_POST
def dispute_fraud(request: Request) -> HttpResponse:
    """经理认定舞弊: late claims on the room's customer are taken."""
    form = FraudForm(request.POST)
    if not form.is_valid():
        access.may_mark_fraud(request.user).or_raise()
        messages.error(request, "填房号，写明认定理由")
        return to(request, reverse("customers:dispute_list"))
    services.mark_fraud(
        actor=request.user,
        project=project_of(request),
        now=clock.now(),
        idempotency_key=key_of(request),
        **form.cleaned_data,
    )
    messages.success(request, "已认定，异议期外的争议可以提出")
    return to(request, reverse("customers:dispute_list"))


# --- the verbs of a case


def _do(request: Request, pk: int, verb: Any, words: str, **given: Any) -> HttpResponse:
    """Run one verb on a visible case and go back to its page."""
    dispute = _case(request, pk)
    keep(request, PAGE, read.case_page(request.user, dispute, clock.now()))
    verb(actor=request.user, dispute_id=dispute.pk, now=clock.now(), idempotency_key=key_of(request), **given)
    messages.success(request, words)
    return to(request, _url(pk))


def _missing(request: Request, pk: int, words: str) -> HttpResponse:
    """The form lacks something: say so on the case's page."""
    _case(request, pk)
    messages.error(request, words)
    return to(request, _url(pk))


def _text(request: Request, form: forms.Form) -> str:
    return str(form.cleaned_data["text"]) if form.is_valid() else ""


@require_POST
def dispute_accept(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, services.accept_dispute, "已受理，证据与建议已生成")


@require_POST
def dispute_gather(request: Request, pk: int) -> HttpResponse:
    situation = request.POST.get("situation", "")
    return _do(request, pk, services.gather_evidence, "已重新取证", situation=situation)


@require_POST
def dispute_say(request: Request, pk: int) -> HttpResponse:
    form = SayForm(request.POST, request.FILES)
    if not form.is_valid():
        return _missing(request, pk, "写一句陈述再提交")
    data = form.cleaned_data
    return _do(request, pk, services.add_statement, "陈述已记入", text=data["text"], upload=data["paper"])


@require_POST
def dispute_mediate(request: Request, pk: int) -> HttpResponse:
    text = _text(request, TextForm(request.POST))
    return _do(request, pk, services.mediate_dispute, "调解已记入", text=text)


def _rule(request: Request, pk: int, verb: Any, words: str) -> HttpResponse:
    dispute = _case(request, pk)
    form = RulingForm(request.POST, parties=party_ids(dispute))
    if not form.is_valid():
        return _missing(request, pk, "采纳建议，或选归谁、填比例、条款与理由")
    keep(request, PAGE, read.case_page(request.user, dispute, clock.now()))
    return _do(request, pk, verb, words, **form.ruling())


@require_POST
def dispute_rule(request: Request, pk: int) -> HttpResponse:
    return _rule(request, pk, services.rule_dispute, "已裁决，等各方签收")


@require_POST
def dispute_decide(request: Request, pk: int) -> HttpResponse:
    """申诉裁决."""
    return _rule(request, pk, services.rule_appeal, "申诉已裁决并执行")


@require_POST
def dispute_sign(request: Request, pk: int) -> HttpResponse:
    accepts = request.POST.get("accepts") == "1"
    return _do(request, pk, services.sign_ruling, "已签收", accepts=accepts)


@require_POST
def dispute_appeal(request: Request, pk: int) -> HttpResponse:
    text = _text(request, TextForm(request.POST))
    return _do(request, pk, services.appeal_dispute, "申诉已提交，裁决暂不执行", reason=text)


@require_POST
def dispute_execute(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, services.execute_dispute, "裁决已执行")


@require_POST
def dispute_close(request: Request, pk: int) -> HttpResponse:
    note = _text(request, TextForm(request.POST))
    return _do(request, pk, services.close_dispute, "案件已关闭", note=note)


@require_POST
def dispute_withdraw(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, services.withdraw_dispute, "争议已撤回")


@require_GET
def dispute_paper(request: Request, pk: int) -> FileResponse:
    """附件 of a statement, to those who see the case; always as a download."""
    visible = Dispute.objects.visible_to(request.user)
    row = get_object_or_404(DisputeStatement.objects.exclude(file=""), pk=pk, dispute__in=visible)
    return FileResponse(row.file.open("rb"), as_attachment=True, filename=row.file_name)
