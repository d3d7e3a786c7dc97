"""The screens of 渠道 and 老带新: the desk by last digits, A4 slips, the panel, no number anywhere."""

from datetime import timedelta

import pytest
from django.urls import reverse

from customers import services
from customers.models import ChannelFiling
from customers.rules import Stage
from customers.services.referrals import file_referral
from salesdept import clock
from tests.factories import channels as chan
from tests.factories import customers as make

pytestmark = pytest.mark.django_db
NUMBER, MASKED = "13812345678", "138****5678"


@pytest.fixture
def filing(assistant, project):
    return chan.filing(assistant, chan.agent(project), NUMBER, clock.now() - timedelta(hours=2))


def page(client, name, *args, **query):
    return client.get(reverse(f"customers:{name}", args=args), query).content.decode()


def test_the_desk_finds_by_last_digits_and_confirms(login, assistant, rep, filing):
    desk = login(assistant)
    assert MASKED in page(desk, "filing_door", tail="5678")
    assert MASKED not in page(desk, "filing_door", tail="5679")
    url = reverse("customers:filing_arrive", args=[filing.pk])
    answer = desk.post(url, {"phone": NUMBER, "received_by": rep.pk, "tail": "5678"})
    assert answer.status_code == 302
    assert ChannelFiling.objects.get(pk=filing.pk).state == "arrived"


def test_a_wrong_number_comes_back_with_the_clause(login, assistant, rep, filing):
    url = reverse("customers:filing_arrive", args=[filing.pk])
    answer = login(assistant).post(url, {"phone": "13912345678", "received_by": rep.pk, "tail": "5678"})
    assert answer.status_code == 409
    assert "到访客户的完整号码与报备不符" in answer.content.decode()


def test_a_rep_without_the_desk_finds_nothing_there(login, rep, filing):
    assert MASKED not in page(login(rep), "filing_door", tail="5678")


@pytest.mark.parametrize("name", ["filing_list", "filing_detail", "filing_print"])
def test_no_page_shows_a_full_number(login, manager, filing, name):
    shown = page(login(manager), name, *([] if name == "filing_list" else [filing.pk]))
    assert MASKED in shown
    assert NUMBER not in shown


def test_the_slip_says_who_confirms_and_why(login, assistant, filing):
    shown = page(login(assistant), "filing_print", filing.pk)
    assert "渠道报备/到访确认单" in shown
    assert "销售助理签字" in shown


def test_the_referral_form_is_on_paper(login, rep):
    buyer = make.customer(owner=rep, stage=Stage.SIGNED, days=400)
    row = file_referral(actor=rep, referrer_id=buyer.pk, name="罗晓", phone=NUMBER, now=clock.now())
    shown = page(login(rep), "referral_print", row.pk)
    assert "老带新推荐看房表" in shown
    assert NUMBER not in shown


def test_the_customers_page_says_who_brought_the_guest(login, assistant, rep, filing):
    login(assistant).post(
        reverse("customers:filing_arrive", args=[filing.pk]), {"phone": NUMBER, "received_by": rep.pk}
    )
    visit = services.register_visit(
        actor=rep, project=filing.project, phone=NUMBER, name="罗女士", now=clock.now()
    )
    shown = page(login(rep), "customer_more", visit.customer_id)
    assert "谁带来的" in shown
    assert filing.code in shown
    assert reverse("customers:filing_detail", args=[filing.pk]) not in shown  # reps do not open filings


@pytest.mark.parametrize("month", ["2026-11", "2026-13", "x", ""])
def test_any_month_is_answered(login, manager, month):
    answer = login(manager).get(reverse("customers:channel_anomalies"), {"month": month})
    assert answer.status_code == 200


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_does_not_ask_per_row(login, assistant, project, rows, django_assert_max_num_queries):
    agent = chan.agent(project)
    for n in range(rows):
        chan.filing(assistant, agent, f"1380000{n:04}", clock.now())
    client = login(assistant)
    with django_assert_max_num_queries(12):
        shown = page(client, "filing_list", tab="all")
    assert shown.count("1380000") == 0
