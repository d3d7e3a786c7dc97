"""What counts as a follow-up, the sample that is asked about again, and what an untrue one costs."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from attendance.models import ConductCase
from customers.models import Customer, Dialled, FollowUp, FollowUpVoid, OwnershipLease, Recall, RecallDraw
from customers.queries.duecards import timely_rates
from customers.rules.followups import RESULTS_OF, FollowTerms, draw, is_effective, words_in
from customers.services import (
    add_follow_up,
    answer_dialled,
    complete_follow_up,
    dial,
    dial_recall,
    draw_recalls,
    mark_recall,
    move_follow_up,
    register_visit,
)
from customers.services.nightly import draw_week
from regulations.models import Decision
from regulations.slots import decision_of
from salesdept import clock
from salesdept.errors import RuleError
from salesdept.models import Event, Reveal
from salesdept.verdict import Denied
from tests.customers.test_queue import terms
from tests.factories import customers as make

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
TERMS = FollowTerms()
PHONE = "13602178846"


@pytest.mark.parametrize(
    ("method", "outcome", "words", "counted", "effective", "why"),
    [
        ("phone", "talked", 8, 0, True, ""),
        ("phone", "no_answer", 8, 0, False, "unreached"),
        ("phone", "off", 8, 0, False, "unreached"),
        ("phone", "dead", 8, 0, False, "unreached"),
        ("wechat", "answered", 8, 0, True, ""),
        ("wechat", "sent", 80, 0, False, "unreached"),
        ("sms", "answered", 8, 0, False, "sms"),
        ("sms", "sent", 8, 0, False, "unreached"),
        ("meeting", "met", 8, 0, True, ""),
        ("meeting", "met", 3, 0, True, ""),
        ("meeting", "met", 2, 0, False, "short"),
        ("phone", "talked", 8, 1, False, "counted"),
    ],
)
def test_is_effective(method, outcome, words, counted, effective, why):
    inputs = {"method": method, "outcome": outcome, "words": words, "counted_today": counted}
    verdicts = is_effective(inputs, TERMS)
    assert verdicts.result == {"effective": effective, "why": why}
    assert len(verdicts.steps) >= 2


@pytest.mark.parametrize(("text", "words"), [("", 0), ("。。。！", 0), ("周末 再来", 4), ("ok 2", 3)])
def test_words_that_say_something(text, words):
    assert words_in(text) == words


def test_a_sample_is_the_same_for_everybody_and_depends_on_its_seed():
    everybody = list(range(100, 150))
    first = draw(everybody, 10, "a")
    assert len(first) == 5
    assert first == draw(reversed(everybody), 10, "a")
    assert first != draw(everybody, 10, "b")
    assert draw(everybody, 0, "a") == []
    assert draw(everybody, 100, "a") == everybody
    assert len(draw([7], 1, "a")) == 1


def follow(actor, customer, now, **fields):
    given = {"method": "phone", "outcome": "talked", "content": "周末带家人再来", **fields}
    return add_follow_up(actor=actor, customer_id=customer.pk, now=now, **given)


def lease_of(customer):
    return OwnershipLease.objects.get(customer=customer, state__in=["active", "locked", "frozen"])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "effective"),
    [
        ({}, True),
        ({"outcome": "no_answer", "content": "连打三次都没接"}, False),
        ({"outcome": "off", "content": "关机，晚上再打"}, False),
        ({"outcome": "dead", "content": "空号，等客户再联系"}, False),
        ({"method": "wechat", "outcome": "sent", "content": "发了新户型图"}, False),
        ({"method": "wechat", "outcome": "answered"}, True),
        ({"content": "好"}, False),
    ],
)
def test_the_rule_decides_and_only_what_counts_renews(fields, effective, rep, now):
    customer = make.customer(owner=rep, now=now)
    row = follow(rep, customer, now + 5 * DAY, **fields)
    assert row.effective is effective
    assert lease_of(customer).expires_on == TODAY + (20 if effective else 15) * DAY
    stored = Decision.objects.get(kind="customers.followup")
    again = decision_of(stored.kind).recompute(stored.inputs, stored.terms_values)
    assert again.result == stored.result


@pytest.mark.django_db
def test_three_unanswered_calls_do_not_keep_a_customer(rep, now):
    customer = make.customer(owner=rep, now=now)
    for number in range(3):
        follow(rep, customer, now + number * DAY, outcome="no_answer", content="没人接听")
    assert lease_of(customer).expires_on == TODAY + 15 * DAY


@pytest.mark.django_db
def test_one_counts_a_day(rep, now):
    customer = make.customer(owner=rep, now=now)
    assert follow(rep, customer, now).effective
    assert not follow(rep, customer, now + timedelta(hours=1)).effective
    assert follow(rep, customer, now + DAY).effective


@pytest.mark.django_db
def test_a_result_belongs_to_its_method(rep, now):
    customer = make.customer(owner=rep, now=now)
    for fields in ({"outcome": "met"}, {"method": "meeting"}, {"outcome": "fine"}, {"method": "pigeon"}):
        with pytest.raises(RuleError) as refusal:
            follow(rep, customer, now, **fields)
        assert refusal.value.code == "result_unknown"
    assert not FollowUp.objects.exists()
    assert all(results for results in RESULTS_OF.values())


@pytest.mark.django_db
def test_an_unreached_follow_up_is_not_effective_in_the_database(rep, now):
    customer = make.customer(owner=rep, now=now)
    with pytest.raises(IntegrityError, match="an_effective_followup_reached_somebody"), transaction.atomic():
        FollowUp.objects.create(
            project=customer.project, customer=customer, by=rep, outcome="dead", effective=True,
            content="x", next_on=TODAY, happened_at=now,
        )  # fmt: skip


@pytest.mark.django_db
def test_every_follow_up_has_a_next_day_not_too_far_off(rep, now):
    customer = make.customer(owner=rep, now=now)
    with pytest.raises(RuleError) as refusal:
        follow(rep, customer, now, next_on=TODAY + 31 * DAY)
    assert (refusal.value.code, refusal.value.clause) == ("follow_too_far", "S26")
    with pytest.raises(RuleError):
        follow(rep, customer, now, next_on=TODAY - DAY)
    assert complete_follow_up(actor=rep, customer_id=customer.pk, now=now).next_on == TODAY + 7 * DAY
    with pytest.raises(IntegrityError), transaction.atomic():
        FollowUp.objects.create(
            project=customer.project, customer=customer, by=rep, effective=False, content="x", happened_at=now
        )


@pytest.mark.django_db
def test_putting_off_ends_until_somebody_was_spoken_to(rep, now):
    customer = make.customer(owner=rep, now=now, next_follow_on=TODAY)

    def move(day):
        return move_follow_up(actor=rep, customer_id=customer.pk, next_on=day, now=now)

    move(TODAY + DAY)
    move(TODAY)  # earlier is no putting off
    move(TODAY + 2 * DAY)
    with pytest.raises(RuleError) as refusal:
        move(TODAY + 3 * DAY)
    assert (refusal.value.code, refusal.value.clause) == ("moved_too_often", "S26")
    assert Customer.objects.get().next_follow_on == TODAY + 2 * DAY
    move(TODAY + DAY)
    follow(rep, customer, now + timedelta(minutes=1), next_on=TODAY + DAY)
    later = now + timedelta(minutes=2)
    move_follow_up(actor=rep, customer_id=customer.pk, next_on=TODAY + 3 * DAY, now=later)


@pytest.mark.django_db
def test_how_punctual_follow_ups_are(rep, colleague, now):
    def due(owner, day):
        return make.customer(owner=owner, now=now, next_follow_on=day)

    early, late = due(rep, TODAY), due(rep, TODAY - 2 * DAY)
    due(rep, TODAY - DAY)  # never done
    due(rep, TODAY + 9 * DAY)  # not due yet
    done = due(colleague, TODAY)
    for owner, customer in ((rep, early), (rep, late), (colleague, done)):
        follow(owner, customer, now)
    rates = {rate.rep: rate for rate in timely_rates(rep.projects.first(), TODAY - 7 * DAY, TODAY)}
    assert (rates[rep.pk].due, rates[rep.pk].on_time) == (3, 1)
    assert rates[colleague.pk].rate == 1.0


# --- asked again


@pytest.fixture
def asked(rep, now):
    """Five effective follow-ups of the last week, one of them on a customer that is asked about."""
    start = now - 7 * DAY
    people = [make.customer(owner=rep, now=start) for _ in range(5)]
    for person in people:
        follow(rep, person, start + 2 * DAY)
    return people


@pytest.mark.django_db
def test_a_weeks_sample_is_drawn_once_and_can_be_drawn_again(asked, rep, colleague, now):
    other = make.customer(owner=colleague, now=now - 7 * DAY)
    follow(colleague, other, now - 5 * DAY, outcome="no_answer", content="没人接听")
    for _ in range(2):
        draw_week(TODAY, now)
    row = RecallDraw.objects.get()
    assert (row.rep, len(row.population), len(row.picked)) == (rep, 5, 1)
    assert draw(row.population, row.percent, row.seed) == row.picked
    assert [recall.followup_id for recall in Recall.objects.all()] == row.picked
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        RecallDraw.objects.update(picked=[])


def drawn(project, now):
    """Everything of last week, asked about."""
    rows = list(FollowUp.objects.order_by("pk"))
    draw_recalls(actor=None, project=project, first=TODAY - 7 * DAY, now=now)
    row = RecallDraw.objects.get()
    known = set(Recall.objects.values_list("followup_id", flat=True))
    Recall.objects.bulk_create(
        Recall(project=project, rep_draw=row, followup=f) for f in rows if f.pk not in known
    )
    return [Recall.objects.get(followup=f) for f in rows]


@pytest.mark.django_db
def test_an_untrue_follow_up_is_void_and_the_lease_counts_without_it(asked, rep, assistant, now):
    recall = drawn(rep.projects.first(), now)[0]
    assert lease_of(asked[0]).expires_on == TODAY + 10 * DAY
    mark_recall(actor=assistant, recall_id=recall.pk, state="false", note="上周没人联系过我", now=now)
    assert lease_of(asked[0]).expires_on == TODAY + 8 * DAY
    assert FollowUpVoid.objects.get().followup == recall.followup
    assert recall.followup.pk not in FollowUp.objects.counting().values_list("pk", flat=True)
    case = ConductCase.objects.get()
    assert (case.person, case.proposer, case.clause) == (rep, assistant, "拟:own.renew")
    assert Event.objects.get(verb="customers.followup.voided").changes["lease"]
    with pytest.raises(RuleError) as refusal:
        mark_recall(actor=assistant, recall_id=recall.pk, state="true", note="", now=now)
    assert refusal.value.code == "recall_done"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        FollowUpVoid.objects.all().delete()


@pytest.mark.django_db
def test_a_true_contact_since_keeps_the_lease(asked, rep, assistant, now):
    project, customer = rep.projects.first(), asked[0]
    recall = drawn(project, now)[0]
    follow(rep, customer, now - 2 * DAY)
    mark_recall(actor=assistant, recall_id=recall.pk, state="false", note="那天没有打过", now=now)
    assert lease_of(customer).expires_on == TODAY + 13 * DAY


@pytest.mark.django_db
def test_a_visit_since_keeps_the_lease(rep, assistant, now):
    project, start = rep.projects.first(), now - 7 * DAY
    customer = make.customer(owner=rep, phone=PHONE, now=start)
    follow(rep, customer, start + 2 * DAY)
    register_visit(actor=rep, project=project, phone=PHONE, name="罗女士", grade="B", now=now - 3 * DAY)
    recall = drawn(project, now)[0]
    mark_recall(actor=assistant, recall_id=recall.pk, state="false", note="那天没有打过", now=now)
    assert lease_of(customer).expires_on == TODAY + 12 * DAY


@pytest.mark.django_db
@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["the earlier first", "the later first"])
def test_two_untrue_ones_leave_what_was_before_both(order, rep, assistant, now):
    project, start = rep.projects.first(), now - 7 * DAY
    customer = make.customer(owner=rep, now=start)
    for days in (2, 4):
        follow(rep, customer, start + days * DAY)
    recalls = drawn(project, now)
    for number in order:
        mark_recall(actor=assistant, recall_id=recalls[number].pk, state="false", note="没有联系", now=now)
        if number == 0 and order == (0, 1):
            assert lease_of(customer).expires_on == TODAY + 12 * DAY
    assert lease_of(customer).expires_on == TODAY + 8 * DAY


@pytest.mark.django_db
def test_a_lease_kept_alive_by_a_lie_ends_with_it(rep, assistant, now):
    start = now - 17 * DAY
    customer = make.customer(owner=rep, now=start)
    follow(rep, customer, now - 5 * DAY)
    recall = drawn(rep.projects.first(), now)[0]
    mark_recall(actor=assistant, recall_id=recall.pk, state="false", note="没有联系", now=now)
    customer.refresh_from_db()
    assert customer.owner is None
    assert customer.pool_entries.get().why == "voided"
    assert OwnershipLease.objects.get(customer=customer).state == "lapsed"


@pytest.mark.django_db
def test_who_does_not_answer_is_tried_again(asked, rep, assistant, now):
    recall = drawn(rep.projects.first(), now)[0]
    for tries, state in ((1, "open"), (2, "open"), (3, "unreached")):
        mark_recall(actor=assistant, recall_id=recall.pk, state="unreached", now=now)
        recall.refresh_from_db()
        assert (recall.tries, recall.state) == (tries, state)
    assert not FollowUpVoid.objects.exists()


@pytest.mark.django_db
def test_only_the_assistant_asks_and_says_what_she_heard(asked, rep, manager, assistant, now):
    recall = drawn(rep.projects.first(), now)[0]
    for actor in (rep, manager):
        with pytest.raises(Denied):
            mark_recall(actor=actor, recall_id=recall.pk, state="true", now=now)
        with pytest.raises(Denied):
            dial_recall(actor=actor, recall_id=recall.pk, now=now)
    for state, code in (("false", "recall_note"), ("perhaps", "recall_state")):
        with pytest.raises(RuleError) as refusal:
            mark_recall(actor=assistant, recall_id=recall.pk, state=state, note=" ", now=now)
        assert refusal.value.code == code
    assert dial_recall(actor=assistant, recall_id=recall.pk, now=now).isdigit()
    assert Reveal.objects.get().kind == Reveal.Kind.DIAL
    assert Recall.objects.get(pk=recall.pk).state == "open"


def test_an_office_may_ask_for_the_next_day(rep, project, now, manager, director):
    terms(project, now, manager, director, "customers.register", follow_fields=["content", "next_on"])
    guest = make.customer(owner=rep, now=now)
    given = {"actor": rep, "customer_id": guest.pk, "method": "phone", "content": "周末再看", "now": now}
    with pytest.raises(RuleError) as refusal:
        add_follow_up(**given)
    assert (refusal.value.code, refusal.value.clause) == ("field_needed", "S35")
    assert not FollowUp.objects.exists()
    assert add_follow_up(**given, next_on=clock.business_date(now)).next_on == clock.business_date(now)


def test_one_tap_after_a_call_is_planned_by_the_grade_all_the_same(rep, project, now, manager, director):
    terms(project, now, manager, director, "customers.register", follow_fields=["content", "next_on"])
    guest = make.customer(owner=rep, now=now)
    dial(actor=rep, customer_id=guest.pk, now=now)
    answer_dialled(actor=rep, dialled_id=Dialled.objects.get().pk, outcome="connected", now=now)
    complete_follow_up(actor=rep, customer_id=guest.pk, now=now)
    assert [row.next_on > clock.business_date(now) for row in FollowUp.objects.all()] == [True, True]
