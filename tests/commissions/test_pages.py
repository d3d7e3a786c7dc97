"""Pages of commissions: one's own lines with their explanation, the house's for those who may."""

from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commissions.models import CommissionEntry
from contracts.services import reverse_receipt
from tests.factories.contracts import awaiting_money, paid

pytestmark = pytest.mark.django_db
ROLES = ["rep", "assistant", "supervisor", "manager", "cashier", "finance", "director"]
MINE = "/commissions/"


@pytest.fixture(autouse=True)
def _the_day(now):
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def receipt(rep, assistant, manager, cashier, finance, now):
    contract = awaiting_money(rep, assistant, manager, now, price=Decimal("1500000.00"))
    return paid(contract, cashier, finance, now)


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize("page", ["my_statement", "fund"])
def test_every_role_gets_a_page(who, page, request, client, receipt):
    client.force_login(request.getfixturevalue(who))
    assert client.get(reverse(f"commissions:{page}")).status_code == 200


def test_my_line_explains_itself(client, rep, receipt):
    client.force_login(rep)
    page = client.get(MINE).content.decode()
    for words in (
        "合同总价 1,500,000.00 × 佣金率 2‰",
        "拟 七 佣金率",
        "首付到账，已确认 450,000.00",
        "¥3,000.00",
    ):
        assert words in page


def test_a_reversal_is_a_line_of_its_own(client, rep, finance, receipt, now):
    reverse_receipt(actor=finance, receipt_id=receipt.pk, reason="退票", now=now)
    client.force_login(rep)
    page = client.get(MINE).content.decode()
    assert "全额冲回" in page
    assert "计提 ¥3,000.00 · 冲回 −¥3,000.00" in page


def test_nobody_reads_a_colleagues_pay(client, colleague, assistant, receipt):
    for person in (colleague, assistant):
        client.force_login(person)
        assert "3,000.00" not in client.get(MINE).content.decode()


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("manager", 200),
        ("finance", 200),
        ("director", 200),
        ("rep", 403),
        ("assistant", 403),
        ("cashier", 403),
    ],
)
def test_who_reads_the_house_statement(who, status, request, client, receipt):
    client.force_login(request.getfixturevalue(who))
    answer = client.get(reverse("commissions:statement", args=["2026-11"]))
    assert answer.status_code == status
    assert ("¥3,000.00" in answer.content.decode()) == (status == 200)


@pytest.mark.parametrize("period", ["2026-13", "abc", "2026-1", "99999-01"])
def test_a_month_that_is_none_is_not_there(period, client, manager):
    client.force_login(manager)
    assert client.get(reverse("commissions:statement", args=[period])).status_code == 404


@pytest.mark.parametrize("period", ["", "2026-10", "x", "0000-01"])
def test_my_statement_of_any_month_is_a_page(period, client, rep):
    client.force_login(rep)
    assert client.get(MINE, {"period": period}).status_code == 200


def _copies(entry, count):
    for _ in range(count):
        entry.pk, entry.round = None, entry.round + 1
        entry._state.adding = True
        entry.save()


@pytest.mark.parametrize(("who", "url"), [("rep", MINE), ("manager", "/commissions/statements/2026-11/")])
def test_a_statement_costs_the_same_for_one_line_and_for_fifty(who, url, request, client, receipt):
    client.force_login(request.getfixturevalue(who))
    counts = []
    for more in (0, 49):
        _copies(CommissionEntry.objects.order_by("-round").first(), more)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 20
