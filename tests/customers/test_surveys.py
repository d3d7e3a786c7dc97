"""满意度 by one-time link, 回访, 主管抽评."""

from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from customers import services
from customers.models import CallBack, Feedback, Survey, SurveySample
from customers.queries.survey_figures import survey_figures
from customers.rules import Stage
from customers.rules.surveys import ITEMS, CallBackTerms, CallState, call_state, sample, token_hash
from performance.queries.quality import tiles
from regulations.rules import from_json
from salesdept import clock
from salesdept.errors import RuleError
from salesdept.models import Notice
from tests.factories import customers as make
from tests.factories import feedback as made

pytestmark = pytest.mark.django_db
MONTH = (date(2026, 11, 1), date(2026, 11, 30))
GOOD = {"conduct": 5, "talk": 5, "service": 4}


@pytest.fixture(autouse=True)
def _fresh_cache():
    cache.clear()


def url(token: str) -> str:
    return reverse("customers:survey_answer", args=[token])


def test_the_survey_asks_exactly_the_three_things_the_regulation_names():
    assert [label for label, _ in ITEMS.values()] == ["日常行为规范", "客户沟通", "服务"]


def test_only_the_hash_of_a_link_is_stored_and_nothing_personal_is_on_its_page(client, rep, now, frozen):
    row = made.survey(rep, now)
    stored = Survey.objects.get()
    assert (stored.token_hash, len(row.token)) == (token_hash(row.token), 32)
    page = client.get(url(row.token))
    text = page.content.decode()
    assert page.status_code == 200
    assert [word for word in (str(row.customer), rep.name, row.customer.phone_masked) if word in text] == []
    assert row.token not in str(stored.__dict__)


def test_a_link_is_answered_once(client, rep, assistant, now, frozen):
    row = made.survey(rep, now)
    first = client.post(url(row.token), {**GOOD, "comment": "很好"})
    assert (first.status_code, first.url) == (302, reverse("customers:survey_thanks"))
    again, used = client.post(url(row.token), GOOD), client.get(url(row.token))
    never = client.get(url("x" * 32))
    assert [again.status_code, used.status_code, never.status_code] == [404] * 3
    said = [answer.content.decode().partition("<main")[2] for answer in (used, never)]
    assert said[0] == said[1]
    row = Survey.objects.get()
    assert (row.state, row.scores, row.comment) == ("valid", [5, 5, 4], "很好")


def test_an_expired_and_a_replaced_link_are_missing(client, rep, now, frozen):
    old = made.survey(rep, now)
    new = services.ask_customer(actor=rep, customer_id=old.customer_id, moment="visit", now=now)
    assert (client.get(url(old.token)).status_code, client.get(url(new.token)).status_code) == (404, 200)
    Survey.objects.filter(pk=new.pk).update(expires_at=now - timedelta(seconds=1))
    assert client.get(url(new.token)).status_code == 404
    with pytest.raises(RuleError) as refusal:
        services.answer_survey(actor=None, token=new.token, scores=GOOD, now=now)
    assert refusal.value.code == "survey_gone"


def test_guessing_is_slowed_down(client, rep, now, frozen):
    row = made.survey(rep, now)
    answers = [client.get(url(f"guess-{n}")).status_code for n in range(22)]
    assert (answers[:20], answers[20:]) == ([404] * 20, [429] * 2)
    assert client.get(url(row.token)).status_code == 429


def test_an_unfinished_form_says_so_and_stores_nothing(client, rep, now, frozen):
    row = made.survey(rep, now)
    assert client.post(url(row.token), {"conduct": "5"}).status_code == 422
    assert Survey.objects.get().answered_at is None


def test_an_answer_in_a_colleagues_browser_is_invalid(login, rep, now, frozen):
    row = made.survey(rep, now)
    login(rep).post(url(row.token), GOOD)
    assert Survey.objects.get().state == "invalid"
    assert survey_figures(row.project, *MONTH).valid == 0


@pytest.mark.parametrize(
    ("scores", "opened"), [((2, 5, 5), 1), ((5, 5, 1), 1), ((3, 3, 3), 0), ((5, 5, 5), 0)]
)
def test_a_low_score_opens_one_complaint_and_tells_the_assistant(scores, opened, rep, assistant, now):
    row = made.answered(rep, now, scores)
    found = Feedback.objects.filter(survey=row)
    assert found.count() == opened
    if opened:
        complaint = found.get()
        assert (complaint.kind, complaint.against, complaint.responsible) == ("complaint", rep, rep)
        assert Notice.objects.filter(user=assistant, title__contains="低分评价").count() == 1


def test_one_customer_is_asked_once_at_each_moment(rep, now):
    row = made.answered(rep, now)
    with pytest.raises(RuleError) as refusal:
        services.ask_customer(actor=rep, customer_id=row.customer_id, moment="visit", now=now)
    assert refusal.value.code == "survey_answered"


def test_satisfied_needs_all_three_and_the_rate_has_n_and_response(rep, supervisor, now):
    """Five sent: two content, one only by two items, one voided, one silent: 2 of 3; response 4 of 5."""
    answers = [made.answered(rep, now, scores) for scores in ((5, 5, 5), (4, 4, 4), (5, 5, 3), (5, 5, 5))]
    made.survey(rep, now)
    services.void_survey(actor=supervisor, survey_id=answers[3].pk, reason="代表代填", now=now)
    figures = survey_figures(answers[0].project, *MONTH)
    assert (figures.satisfied, figures.valid, figures.returned, figures.sent) == (2, 3, 4, 5)
    assert dict(figures.spread)["服务"] == (1, 1, 1, 0, 0)


def test_the_quality_tile_uses_the_survey(rep, now, monkeypatch):
    for scores in ((5, 5, 5), (5, 5, 3)):
        made.answered(rep, now, scores)
    from performance.queries.figures import Sums

    urls = dict.fromkeys(("receipts", "contracts", "feedback", "surveys", "units"), "/")
    monkeypatch.setattr(Sums, "amount", lambda self, metric: 0)
    monkeypatch.setattr("performance.queries.quality.target_of", lambda *args: None)
    tile = next(
        t for t in tiles(rep.projects.first(), *MONTH, Sums.__new__(Sums), urls) if t.clause == "S142"
    )
    assert (tile.value, tile.numerator, tile.denominator) == ("50", "1", "2")
    assert "n = 2" in tile.meta


# --- the draw


def test_a_draw_is_repeatable_by_its_seed():
    assert sample(7, range(100), 5) == sample(7, list(reversed(range(100))), 5)
    assert sample(7, range(100), 5) != sample(8, range(100), 5)
    assert sample(1, [3], 5) == [3]


def test_the_supervisor_draws_five_of_a_reps_customers_once_a_month(rep, supervisor, assistant, now):
    people = [make.customer(owner=rep, now=now).pk for _ in range(9)]
    given = {"actor": supervisor, "project": rep.projects.first(), "rep_id": rep.pk, "now": now}
    row = services.draw_sample(seed=7, **given)
    assert (row.population, row.drawn) == (9, sample(7, people, 5))
    assert Survey.objects.filter(sample=row, state="planned").count() == 5
    with pytest.raises(RuleError) as refusal:
        services.draw_sample(seed=8, **given)
    assert refusal.value.code == "sample_drawn"
    assert SurveySample.objects.count() == 1
    assert not Survey.objects.visible_to(rep).exists()


# --- calls

CALLS = (
    ("planned", True, 1, CallState.DONE),
    ("planned", False, 2, CallState.PLANNED),
    ("planned", False, 3, CallState.UNREACHED),
    ("unreached", True, 4, CallState.MADE_UP),
    ("unreached", False, 4, CallState.UNREACHED),
)


@pytest.mark.parametrize(("state", "reached", "tries", "after"), CALLS)
def test_what_a_call_makes_of_a_plan(state, reached, tries, after):
    assert call_state(state, reached, tries, from_json(CallBackTerms, {})) == after


@pytest.mark.parametrize("state", ["done", "made_up"])
def test_a_done_call_is_over(state):
    with pytest.raises(RuleError) as refusal:
        call_state(state, True, 1, from_json(CallBackTerms, {}))
    assert refusal.value.code == "called_back"


def test_visits_signings_and_handovers_plan_a_call(rep, turn, now):
    visit = services.register_visit(
        actor=rep, project=rep.projects.first(), phone="13900001111", name="罗女士", reception_id=turn.pk,
        now=clock.now(),
    )  # fmt: skip
    for stage in (Stage.SIGNED, Stage.HANDED):
        services.set_stage(actor=rep, customer_id=visit.customer_id, stage=stage, now=now)
    found = dict(CallBack.objects.filter(customer=visit.customer).values_list("stage", "due_on"))
    today = clock.business_date(now)
    assert found.keys() == {"visit", "signed", "handed"}
    assert (found["signed"], found["handed"]) == (today + timedelta(7), today + timedelta(15))


def test_three_calls_without_answer_and_then_one(rep, assistant, now):
    customer = make.customer(owner=rep, now=now)
    services.set_stage(actor=rep, customer_id=customer.pk, stage=Stage.SIGNED, now=now)
    row, states = CallBack.objects.get(), []
    for reached in (False, False, False, True):
        made_ = services.record_callback(
            actor=assistant, callback_id=row.pk, reached=reached, score=None, now=now
        )
        states.append(made_.state)
    assert states == ["planned", "planned", "unreached", "made_up"]


# --- the race for one link


@pytest.mark.django_db(transaction=True)
def test_parallel_answers_count_once_and_open_one_complaint(rep, now):
    from tests.races import at_once

    row = made.survey(rep, now)
    low = {"conduct": 1, "talk": 1, "service": 1}
    found = at_once(6, lambda: services.answer_survey(actor=None, token=row.token, scores=low, now=now))
    assert sum(isinstance(one, Survey) for one in found) == 1
    assert {one.code for one in found if isinstance(one, RuleError)} == {"survey_gone"}
    assert Feedback.objects.filter(survey=row).count() == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_constraint_both_would_complain(rep, now):
    """Everybody who reads before anybody writes sees an open link; the index lets one complaint through."""
    import threading

    from django.db import IntegrityError, transaction

    from customers.services.surveys import complain, link_of
    from tests.races import at_once

    row, meeting = made.survey(rep, now), threading.Barrier(4)

    def answer():
        assert link_of(row.token, now) is not None
        meeting.wait(60)
        with transaction.atomic():
            found = Survey.objects.select_related("customer", "project", "rep").get(pk=row.pk)
            complain(found, [1, 1, 1], now)

    found = at_once(4, answer)
    assert sum(isinstance(one, IntegrityError) for one in found) == 3
    assert Feedback.objects.filter(survey=row).count() == 1
