"""拜访计划: days of a view, what is done, filling from what is due, moving, and who may."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from customers.models import VisitPlan
from customers.queries.plans import plan_page
from customers.rules.plans import PlanTerms, check_day, is_done, span_of
from customers.services import add_follow_up, cancel_plan, fill_plan, move_plan, plan_visit
from salesdept import clock
from salesdept.errors import RuleError
from salesdept.models import Event
from salesdept.verdict import Denied
from tests.factories import customers as make

TUESDAY = date(2026, 11, 24)
NOW = clock.at(TUESDAY, 10)
TERMS = PlanTerms()
db = pytest.mark.django_db

SPANS = {
    "day": (TUESDAY, TUESDAY),
    "week": (date(2026, 11, 23), date(2026, 11, 29)),
    "month": (date(2026, 11, 1), date(2026, 11, 30)),
}


@pytest.mark.parametrize("view", SPANS)
def test_days_of_a_view(view):
    assert span_of(view, TUESDAY) == SPANS[view]


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)), st.sampled_from(["day", "week", "month"]))
def test_a_view_holds_its_day_and_touches_the_next(on, view):
    first, last = span_of(view, on)
    assert first <= on <= last
    assert span_of(view, last + timedelta(days=1))[0] == last + timedelta(days=1)


DAYS = {"before": (-1, False), "the day": (0, True), "the day of grace": (1, True), "after it": (2, False)}


@pytest.mark.parametrize(("days", "done"), DAYS.values(), ids=DAYS)
def test_done_is_a_contact_on_the_day_or_in_its_grace(days, done):
    assert is_done(TUESDAY, [TUESDAY + timedelta(days=days)], TERMS) is done


@pytest.mark.parametrize(("days", "code"), [(-1, "plan_in_past"), (63, "plan_too_far")])
def test_days_that_cannot_be_planned(days, code):
    with pytest.raises(RuleError) as refusal:
        check_day(TUESDAY + timedelta(days=days), TUESDAY, TERMS)
    assert (refusal.value.code, refusal.value.clause) == (code, "S33")


def planned(rep, guest, **days):
    return plan_visit(actor=rep, customer_id=guest.pk, on=TUESDAY + timedelta(**days), now=NOW)


@db
def test_what_the_register_says_makes_a_line_done(rep, colleague, project):
    met, waits = make.customer(owner=rep, now=NOW), make.customer(owner=rep, now=NOW)
    planned(rep, met)
    planned(rep, waits)
    add_follow_up(actor=rep, customer_id=met.pk, method="phone", content="周末再看", now=NOW)
    page = plan_page(rep, project, "week", TUESDAY, NOW)
    assert (page["planned"], page["done"]) == ("2", "1")
    assert [line["done"] for line in page["days"][0]["lines"]] == [True, False]
    over = plan_page(rep, project, "week", TUESDAY, NOW + timedelta(days=1))
    assert [line["missed"] for line in over["days"][0]["lines"]] == [False, True]
    assert plan_page(colleague, project, "week", TUESDAY, NOW)["planned"] == "0"


@db
def test_a_colleagues_contact_does_not_make_it_done(rep, supervisor, project):
    guest = make.customer(owner=rep, now=NOW)
    planned(rep, guest)
    add_follow_up(actor=supervisor, customer_id=guest.pk, method="phone", content="问候", now=NOW)
    assert plan_page(rep, project, "day", TUESDAY, NOW)["done"] == "0"


@db
def test_those_due_are_planned_once_each_on_his_day(rep, colleague, project):
    for days in (-1, 0, 3, 9):
        make.customer(owner=rep, now=NOW, next_follow_on=TUESDAY + timedelta(days=days))
    make.customer(owner=colleague, now=NOW, next_follow_on=TUESDAY)
    first, last = span_of("week", TUESDAY)
    fill = {"actor": rep, "project": project, "first": first, "last": last, "now": NOW}
    assert plan_page(rep, project, "week", TUESDAY, NOW)["due"] == "2"
    assert (fill_plan(**fill), fill_plan(**fill)) == (2, 0)
    assert list(VisitPlan.objects.values_list("on", flat=True)) == [TUESDAY, TUESDAY + timedelta(days=3)]
    assert Event.objects.filter(verb="customers.plan.made").count() == 2


@db
def test_one_line_a_day_moves_and_goes(rep, colleague):
    guest = make.customer(owner=rep, now=NOW)
    line, other = planned(rep, guest), planned(rep, guest, days=1)
    for again in (
        lambda: planned(rep, guest),
        lambda: move_plan(actor=rep, plan_id=other.pk, on=TUESDAY, now=NOW),
    ):
        with pytest.raises(RuleError) as refusal:
            again()
        assert refusal.value.code == "planned"
    cancel_plan(actor=rep, plan_id=line.pk, now=NOW)
    assert move_plan(actor=rep, plan_id=other.pk, on=TUESDAY, now=NOW).on == TUESDAY
    with pytest.raises(RuleError) as refusal:
        cancel_plan(actor=rep, plan_id=line.pk, now=NOW)
    assert refusal.value.code == "plan_over"


@db
def test_a_leader_reads_and_does_not_change(rep, manager, project):
    line = planned(rep, make.customer(owner=rep, now=NOW))
    page = plan_page(manager, project, "month", TUESDAY, NOW)
    assert (page["team"], page["days"]) == ([{"name": rep.name, "planned": "1", "done": "0"}], [])
    with pytest.raises(Denied):
        cancel_plan(actor=manager, plan_id=line.pk, now=NOW)


@db
def test_only_ones_own_customers_are_planned(rep, colleague):
    guest = make.customer(owner=colleague, now=NOW)
    with pytest.raises(Denied):
        planned(rep, guest)
    assert not VisitPlan.objects.exists()


@db
def test_the_table_refuses_a_second_live_line(rep, project):
    guest = make.customer(owner=rep, now=NOW)
    planned(rep, guest)
    with pytest.raises(IntegrityError), transaction.atomic():
        VisitPlan.objects.create(project=project, rep=rep, customer=guest, on=TUESDAY, made_at=NOW)


@db
@pytest.mark.parametrize("day", ["", "2026-02-30", "x", "9999-12-31", "0001-01-01"])
def test_an_impossible_day_is_refused_or_today(day, rep, login):
    browser = login(rep)
    assert browser.get(reverse("customers:plan_list"), {"on": day}).status_code == 200
    assert browser.post(reverse("customers:plan_fill"), {"on": day, "view": "week"}).status_code == 409
