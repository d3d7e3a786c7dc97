"""The pages of a disputed ownership: list, case, form on paper, papers, and every verb by its address."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers import services
from customers.models import Customer, Dispute, DisputeStatement
from salesdept import clock
from salesdept.pdf import PdfUnavailableError
from tests.factories import contracts as sales
from tests.factories import customers as make
from tests.factories import disputes as cases
from tests.pdfs import pages_of

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n%%EOF"


@pytest.fixture(autouse=True)
def _the_day(now):
    with time_machine.travel(now, tick=False):
        yield


def text(response):
    return response.content.decode()


def url(name, dispute):
    return reverse(f"customers:dispute_{name}", args=[dispute.pk])


def test_the_whole_way_by_its_pages(login, rep, colleague, supervisor, manager, now):
    make.customer(owner=rep, phone=cases.PHONE, now=now, budget_text="三百万")
    turn = make.reception(colleague, now=now)
    given = {"phone": cases.PHONE, "claim": cases.CLAIM, "reception": turn.pk}
    filed = login(colleague).post(reverse("customers:dispute_file"), given, follow=True)
    dispute = Dispute.objects.get()
    assert filed.redirect_chain[-1][0] == url("detail", dispute)
    assert cases.CLAIM in text(filed)
    assert "等主管受理" in text(filed)
    page = text(login(supervisor).post(url("accept", dispute), follow=True))
    assert "取证中" in page
    assert "系统建议" in page
    assert "为什么" in page
    shares = {f"share_{colleague.pk}": "65", f"share_{rep.pk}": "35"}
    ruling = {"owner": colleague.pk, "clause": "拟:own.basis", "reason": "名片与来电为证", **shares}
    page = text(login(manager).post(url("rule", dispute), ruling, follow=True))
    assert "与系统建议不同" in page
    assert "65.0%" in page
    for person in (colleague, rep):
        page = text(login(person).post(url("sign", dispute), {"accepts": "1"}, follow=True))
        assert "服从" in page
    assert "已执行" in page
    assert Customer.objects.get().owner == colleague
    assert "已关闭" in text(login(supervisor).post(url("close", dispute), follow=True))


def test_the_parties_see_no_number_and_no_notes(login, rep, colleague, supervisor, now):
    dispute = cases.accepted(colleague, rep, supervisor, now, budget_text="三百万", note="爱人在银行")
    for person in (rep, colleague):
        for name in ("detail", "print"):
            page = text(login(person).get(url(name, dispute)))
            assert "139****1111" in page
            for secret in (cases.PHONE, "三百万", "爱人在银行"):
                assert secret not in page


def test_another_reps_case_is_as_missing(login, rep, supervisor, manager, colleague, now):
    dispute = cases.filed(manager, rep, now)
    assert login(colleague).get(url("detail", dispute)).status_code == 404
    assert dispute.code not in text(login(colleague).get(reverse("customers:dispute_list")))
    assert dispute.code in text(login(rep).get(reverse("customers:dispute_list")))


def test_a_manager_who_is_a_party_finds_no_ruling_form(login, rep, manager, supervisor, director, now):
    dispute = cases.accepted(manager, rep, supervisor, now)
    assert "采纳建议并裁决" not in text(login(manager).get(url("detail", dispute)))
    assert "采纳建议并裁决" in text(login(director).get(url("detail", dispute)))
    assert login(manager).post(url("rule", dispute), {"adopt": "1"}).status_code == 403


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "采纳建议，或选归谁"),
        ({"owner": "x"}, "采纳建议，或选归谁"),
        ({"owner": "1", "share_1": "12.34"}, "采纳建议，或选归谁"),
    ],
)
def test_a_ruling_that_says_nothing_is_sent_back(
    given, words, login, rep, colleague, supervisor, manager, now
):
    dispute = cases.accepted(colleague, rep, supervisor, now)
    if "share_1" in given:
        given = {"owner": rep.pk, f"share_{rep.pk}": "12.34"}
    assert words in text(login(manager).post(url("rule", dispute), given, follow=True))
    assert Dispute.objects.get().state == "accepted"


def test_shares_that_are_not_whole_are_refused(login, rep, colleague, supervisor, manager, now):
    dispute = cases.accepted(colleague, rep, supervisor, now)
    given = {"owner": rep.pk, f"share_{rep.pk}": "90", "clause": "S75", "reason": "登记在先"}
    answer = login(manager).post(url("rule", dispute), given)
    assert answer.status_code == 409
    assert "百分之百" in text(answer)


def test_the_form_on_paper(login, rep, colleague, supervisor, manager, now):
    dispute = cases.appealed(colleague, rep, supervisor, manager, now)
    page = text(login(rep).get(url("print", dispute)))
    for words in (
        "客户归属争议处理单",
        dispute.code,
        "各方陈述",
        "证据清单",
        "适用条款",
        "条款版本：默认参数",
        "分配比例",
        "许若晴（提出人）签字",
        "林知远（现归属）签字",
        "经理签字",
        "申诉人：许若晴",
    ):
        assert words in page
    assert 'class="paper"' in page


def test_a_case_is_opened_from_a_file_and_from_a_room(login, rep, colleague, now):
    mine = make.customer(owner=colleague, now=now)
    make.customer(owner=rep, now=now)
    page = reverse("customers:dispute_create")
    client = login(colleague)
    assert str(mine) in text(client.get(page, {"customer": mine.pk}))
    other = make.customer(owner=rep, now=now)
    assert "房号" in text(client.get(page, {"customer": other.pk}))
    claim = sales.claim(rep, now, stage=sales.Stage.SUBSCRIBED)
    answer = client.post(page, {"room": claim.unit.code, "claim": cases.CLAIM})
    dispute = Dispute.objects.get()
    assert answer.url == url("detail", dispute)
    assert (dispute.deal_label, dispute.origin) == (claim.unit.label, "deal")


def test_a_claim_without_a_room_is_asked_again(login, colleague):
    answer = login(colleague).post(reverse("customers:dispute_create"), {"claim": cases.CLAIM})
    assert answer.status_code == 422
    assert "填成交的房号" in text(answer)


def test_a_paper_goes_to_those_of_the_case_only(
    login, rep, colleague, supervisor, manager, now, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    dispute = cases.filed(manager, rep, now)
    paper = SimpleUploadedFile("名片.pdf", PDF, "application/pdf")
    login(rep).post(url("say", dispute), {"text": "当天的名片", "paper": paper})
    row = DisputeStatement.objects.get(kind="statement")
    answer = login(manager).get(reverse("customers:dispute_paper", args=[row.pk]))
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Disposition"].startswith("attachment")
    assert login(colleague).get(reverse("customers:dispute_paper", args=[row.pk])).status_code == 404


def test_a_paper_is_judged_by_its_content(login, rep, manager, now):
    dispute = cases.filed(manager, rep, now)
    paper = SimpleUploadedFile("名片.pdf", b"MZ not a pdf", "application/pdf")
    answer = login(rep).post(url("say", dispute), {"text": "当天的名片", "paper": paper})
    assert answer.status_code == 409
    assert not DisputeStatement.objects.filter(kind="statement").exists()


@pytest.mark.parametrize(("tab", "seen"), [("", True), ("open", True), ("done", False), ("x", True)])
def test_the_list_by_state(tab, seen, login, rep, colleague, supervisor, now):
    dispute = cases.filed(colleague, rep, now)
    page = text(login(supervisor).get(reverse("customers:dispute_list"), {"tab": tab}))
    assert (dispute.code in page) == seen


def test_today_shows_open_cases_to_those_who_decide(login, rep, colleague, supervisor, manager, now):
    dispute = cases.filed(colleague, rep, now)
    for person in (supervisor, manager):
        assert url("detail", dispute) in text(login(person).get("/"))
    assert "归属争议</h2>" not in text(login(rep).get("/"))


def _questions(client, page):
    with CaptureQueriesContext(connection) as asked:
        assert client.get(page).status_code == 200
    return len(asked)


def test_a_case_asks_no_more_for_a_long_file(login, rep, colleague, supervisor, manager, now):
    dispute = cases.ruled(colleague, rep, supervisor, manager, now)
    client, page = login(manager), url("detail", dispute)
    before = _questions(client, page)
    for number in range(30):
        services.add_statement(
            actor=(rep, colleague)[number % 2], dispute_id=dispute.pk, text=f"第 {number} 次陈述", now=now
        )
    assert before == _questions(client, page) <= 20
    assert _questions(client, url("print", dispute)) <= 20


def test_the_form_is_a_pdf_with_its_sections_and_who_printed_it(
    login, rep, colleague, supervisor, manager, now
):
    dispute = cases.ruled(colleague, rep, supervisor, manager, now)
    answer = login(manager).get(url("pdf", dispute))
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="dispute-{dispute.code}.pdf"'
    words = "\n".join(pages_of(answer.content))
    sections = ("客户归属争议处理单", "争议房号 / 客户", "各方陈述", "证据清单", "适用条款与建议", "裁决人")
    for word in (
        *sections,
        dispute.code,
        cases.CLAIM[:6],
        "签字：",
        "打印时间 2026-11-23 10:00 · 打印人 郑怀信",
    ):
        assert word in words, word
    assert cases.PHONE not in words
    assert cases.PHONE not in text(login(manager).get(url("print", dispute)))


def test_where_no_pdf_can_be_made_the_page_to_print_opens(login, rep, colleague, now, monkeypatch):
    def missing():
        raise PdfUnavailableError

    monkeypatch.setattr("salesdept.pdf._engine", missing)
    dispute = cases.filed(colleague, rep, now)
    page = login(rep).get(url("pdf", dispute), follow=True)
    assert page.redirect_chain[-1][0] == url("print", dispute)
    assert "请用浏览器打印" in text(page)


def test_a_new_rep_is_marked_in_the_case(login, manager, rep, colleague, now):
    colleague.active_from = clock.business_date(now) - timedelta(days=10)
    colleague.save(update_fields=["active_from"])
    dispute = cases.filed(colleague, rep, now)
    assert text(login(manager).get(url("detail", dispute))).count("新人</span>") == 1
