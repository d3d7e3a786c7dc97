"""Figures counted from the registers: roll-up, dashboard, targets, 日报."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from customers.models import Visit
from customers.services import mark_lost
from inventory.rules import Stage
from performance.models import DayFigure, Target
from performance.queries import dashboard, day_report, rows_of, sums
from performance.queries.rows import url_of
from performance.rules import Metric, Period, Standing, report_lines
from performance.services import rebuild, rebuild_day, set_targets
from salesdept import clock
from salesdept.errors import RuleError
from salesdept.models import Event
from salesdept.verdict import Denied
from tests.factories import customers as people
from tests.factories import inventory as stock

pytestmark = pytest.mark.django_db
D = Decimal


def visit(rep, now, *, customer=None, first=True, **fields) -> Visit:
    return Visit.objects.create(
        project=rep.projects.get(), customer=customer, received_by=rep, entered_by=rep, happened_at=now,
        is_first=first, **fields,
    )  # fmt: skip


@pytest.fixture
def day(project, rep, colleague, now):
    """One day: a guest who came twice, one without a number, a passer-by, one room subscribed."""
    guest = people.customer(owner=rep, project=project, name="王丽华", gender="f", grade="A", now=now)
    visit(rep, now, customer=guest, source="online")
    visit(rep, now, customer=guest, first=False)
    visit(colleague, now, outcome="no_phone", state="refused", refusal="looking")
    visit(colleague, now, outcome="not_customer", state="none")
    room = stock.unit(project, "1503")
    return stock.claim(room, rep, guest, stage=Stage.SUBSCRIBED, now=now)


def test_a_day_counts_guests_not_passers_by(day, project, now):
    today = clock.business_date(now)
    found = sums(project, today, today, today)
    assert found.count(Metric.FIRST_VISITS) == 2
    assert found.count(Metric.REVISITS) == 1
    assert found.total[Metric.SUBSCRIBED] == (1, day.agreed_price)


def test_a_rebuilt_day_says_what_the_registers_say(day, project, now):
    today = clock.business_date(now)
    live = sums(project, today, today, today)
    rebuild_day(project, today)
    rebuild_day(project, today)
    rolled = sums(project, today, today, today + timedelta(days=1))
    assert rolled == live
    assert DayFigure.objects.exists()


def test_a_full_rebuild_equals_the_days_one_by_one(day, project, rep, now):
    today = clock.business_date(now)
    visit(rep, now - timedelta(days=3), outcome="no_phone", state="refused", refusal="looking")
    rebuild(project, today - timedelta(days=5), today)
    whole = list(
        DayFigure.objects.order_by("day", "metric", "rep_ref").values_list(
            "day", "metric", "rep_ref", "count"
        )
    )
    for back in range(6):
        rebuild_day(project, today - timedelta(days=back))
    again = DayFigure.objects.order_by("day", "metric", "rep_ref").values_list(
        "day", "metric", "rep_ref", "count"
    )
    assert list(again) == whole
    assert len({row[0] for row in whole}) == 2


def test_the_dashboard_measures_receipts_against_the_plan(day, project, manager, now):
    set_targets(
        actor=manager,
        project=project,
        month=clock.business_date(now),
        values={"received": D("100000.00")},
        now=now,
    )
    board = dashboard(manager, project, Period.MONTH, now)
    receipts, contracts, satisfied, rooms, feedback = board.tiles
    assert (receipts.value, receipts.standing) == ("0", Standing.MISSED)
    assert (rooms.value, rooms.standing) == ("100", Standing.REACHED)
    assert [t.value for t in (contracts, satisfied, feedback)] == ["—", "—", "—"]
    assert board.building_rows[0]["sold_count"] == 1
    assert board.ranking[0].name == "林知远"


def test_a_target_keeps_its_old_value_in_the_journal(project, manager, now):
    month = clock.business_date(now)
    for value in (D("1.00"), D("2.00"), D("2.00")):
        set_targets(actor=manager, project=project, month=month, values={"received": value}, now=now)
    assert Target.objects.get().value == D("2.00")
    changes = Event.objects.order_by("pk").values_list("changes", flat=True)
    assert [(c["old"], c["new"]) for c in changes] == [(None, "1.00"), ("1.00", "2.00")]


REFUSED = {
    "a rep sets no target": ("rep", D("1.00"), Denied, "denied"),
    "a target is not negative": ("manager", D("-1.00"), RuleError, "target_negative"),
}


@pytest.mark.parametrize(("who", "value", "error", "code"), REFUSED.values(), ids=REFUSED)
def test_refused(who, value, error, code, project, now, request):
    actor = request.getfixturevalue(who)
    with pytest.raises(error) as refusal:
        set_targets(
            actor=actor, project=project, month=clock.business_date(now), values={"received": value}, now=now
        )
    assert refusal.value.code == code
    assert not Target.objects.exists()
    assert not Event.objects.exists()


def test_the_daily_report_names_nobody_in_full(day, project, now):
    text = "\n".join(report_lines(day_report(project, clock.business_date(now))))
    assert "认购 1 套　249.4 万" in text
    assert "王女士" in text
    assert "王丽华" not in text
    assert not any(part.isdigit() and len(part) == 11 for part in text.split())


def test_the_picture_is_a_picture(client, manager, day):
    client.force_login(manager)
    response = client.get(reverse("performance:daily_picture"))
    assert response["Content-Type"] == "image/png"
    assert response.content.startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["dashboard", "kpi_report", "daily_report", "target_list"])
def test_pages_stand(name, client, manager, day):
    client.force_login(manager)
    assert client.get(reverse(f"performance:{name}")).status_code == 200


def test_a_rep_reads_no_dashboard(client, rep):
    client.force_login(rep)
    assert client.get(reverse("performance:dashboard")).status_code == 403


def test_setting_targets_by_the_form(client, manager, project):
    client.force_login(manager)
    response = client.post(
        reverse("performance:target_set"), {"month": "2026-11", "received": "1000000", "key": "k"}
    )
    assert response.status_code == 302
    assert Target.objects.get().value == D("1000000.00")


def test_the_dashboard_costs_the_same_with_more_rows(
    client, manager, day, project, rep, now, django_assert_max_num_queries
):
    client.force_login(manager)
    for n in range(20):
        visit(rep, now - timedelta(days=n % 5), outcome="no_phone", state="refused", refusal="looking")
    with django_assert_max_num_queries(20):
        client.get(reverse("performance:dashboard"))


@pytest.mark.parametrize("metric", Metric)
def test_each_number_opens_the_rows_it_counts(metric, day, project, manager, client, now):
    today = clock.business_date(now)
    first = today.replace(day=1)
    found = rows_of(project, metric, first, today)
    assert found.count == sums(project, first, today, today).count(metric)
    client.force_login(manager)
    response = client.get(url_of(metric, first, today))
    assert response.status_code == 200
    assert f"共 {found.count} 条" in response.text


@pytest.mark.parametrize(
    "query", ["metric=nothing", "metric=calls&rep=x", "metric=calls&rep=99999999999999999999"]
)
def test_a_number_nobody_counts_is_a_404(query, client, manager, project):
    client.force_login(manager)
    assert client.get(f"{reverse('performance:rows')}?{query}").status_code == 404


def test_the_dashboard_says_why_customers_were_lost(rep, manager, project, client, now):
    for reason, when in (
        ("price", now),
        ("price", now),
        ("money", now),
        ("layout", now - timedelta(days=40)),
    ):
        guest = people.customer(owner=rep, project=project, now=when)
        mark_lost(actor=rep, customer_id=guest.pk, reason=reason, now=when)
    lost = dashboard(manager, project, Period.MONTH, now).lost
    assert [(word, many) for word, many, _ in lost] == [("价格", 2), ("资金或贷款", 1)]
    client.force_login(manager)
    assert client.get(lost[0][2]).status_code == 200
