"""渠道报备: filed, first come, confirmed at the desk by somebody else, followed to the deal."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from customers import services
from customers.models import ChannelAgent, ChannelFiling, Customer
from customers.queries.channels import filing_for
from customers.rules import LeaseState, Stage
from customers.rules.channels import FilingReason, FilingState
from customers.services.channel_book import add_agent, add_company, edit_company, stop_agent
from customers.services.channels import confirm_arrival, file_channel, lapse_filings, settle_filing
from regulations.models import Decision
from regulations.queries.decisions import recomputed
from salesdept.clock import business_date
from salesdept.errors import RuleError
from salesdept.journal import label
from salesdept.models import Event, Project
from salesdept.verdict import Denied
from tests.factories import channels as chan
from tests.factories import customers as make
from tests.races import at_once

pytestmark = pytest.mark.django_db
NUMBER, MASK = "13812345678", "138****5678"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def agent(project):
    return chan.agent(project)


@pytest.fixture
def rival(project):
    return chan.agent(project, "链房", "牛经纪")


@pytest.fixture
def filing(assistant, agent, now):
    return chan.filing(assistant, agent, NUMBER, now)


def confirm(filing, actor, received_by, now, phone=NUMBER):
    done = confirm_arrival(actor=actor, filing_id=filing.pk, phone=phone, received_by=received_by, now=now)
    filing.refresh_from_db()
    return done


# --- at entry


def test_a_filing_holds_from_the_servers_time(filing, now):
    assert (filing.state, filing.reason, filing.filed_at) == ("valid", "", now)
    assert (filing.arrive_by, filing.deal_by) == (date(2026, 11, 30), date(2026, 12, 23))


def test_the_decision_is_stored_and_recomputes(filing):
    decision = Decision.objects.get(subject=label(filing), kind="customers.filing")
    assert recomputed(decision)
    assert decision.terms_topic == "customers.channels"


def test_a_customer_in_the_book_cannot_be_filed(assistant, agent, rep, now):
    make.customer(owner=rep, phone=NUMBER, now=now - 7 * DAY)
    filing = chan.filing(assistant, agent, NUMBER, now)
    assert (filing.state, filing.reason) == (FilingState.INVALID, FilingReason.REGISTERED)


def test_the_second_channel_is_invalid_with_its_reason(filing, assistant, rival, now):
    second = chan.filing(assistant, rival, NUMBER, now + HOUR)
    assert (second.state, second.reason) == (FilingState.INVALID, FilingReason.DUPLICATE)
    filing.refresh_from_db()
    assert filing.state == FilingState.VALID


def test_a_filing_whose_days_are_over_makes_room(filing, assistant, rival, now):
    second = chan.filing(assistant, rival, NUMBER, now + 8 * DAY)
    filing.refresh_from_db()
    assert (filing.state, filing.reason) == (FilingState.LAPSED, FilingReason.NOT_ARRIVED)
    assert second.state == FilingState.VALID


@pytest.mark.parametrize(("days", "state"), [(7, "invalid"), (8, "valid")])
def test_the_last_day_counts(filing, assistant, rival, now, days, state):
    assert chan.filing(assistant, rival, NUMBER, now + days * DAY).state == state


def test_the_database_keeps_one_protected_filing_of_a_number(filing, rival):
    row = ChannelFiling.objects.get(pk=filing.pk)
    row.pk, row.agent, row.company = None, rival, rival.company
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_an_agents_own_number_is_nobodys(assistant, agent, now):
    filing = chan.filing(assistant, agent, agent.phone, now)
    assert (filing.state, filing.reason) == (FilingState.INVALID, FilingReason.OTHER_NUMBER)


def test_a_company_out_of_its_time_cannot_file(assistant, agent, now):
    edit_company(
        actor=assistant,
        company_id=agent.company_id,
        version=0,
        valid_to=date(2026, 11, 22),
        active=True,
        now=now,
    )
    assert chan.filing(assistant, agent, NUMBER, now).reason == FilingReason.COMPANY


def test_a_stopped_agent_cannot_file(assistant, agent, now):
    stop_agent(actor=assistant, agent_id=agent.pk, now=now)
    assert chan.filing(assistant, agent, NUMBER, now).reason == FilingReason.COMPANY


@pytest.mark.parametrize("phone", ["138****567", "****5678", "138"])
def test_an_unreadable_number_is_refused(assistant, agent, now, phone):
    with pytest.raises(RuleError):
        chan.filing(assistant, agent, phone, now)
    assert not ChannelFiling.objects.exists()


@pytest.mark.parametrize("username", ["rep", "supervisor", "finance", "director"])
def test_only_assistant_and_manager_enter_filings(agent, now, username, request):
    with pytest.raises(Denied):
        chan.filing(request.getfixturevalue(username), agent, NUMBER, now)


def test_another_sites_agent_is_not_found(assistant, project, now):
    elsewhere = chan.agent(Project.objects.create(code="X", name="外项目"))
    with pytest.raises(ChannelAgent.DoesNotExist):
        file_channel(
            actor=assistant, project=project, agent_id=elsewhere.pk, name="罗晓", phone=NUMBER, now=now
        )


# --- masks


def test_a_mask_that_fits_a_customer_waits_for_the_door(assistant, agent, rep, now):
    make.customer(owner=rep, phone=NUMBER, name="罗女士", now=now - 3 * DAY)
    filing = chan.filing(assistant, agent, MASK, now)
    assert (filing.state, filing.reason, filing.number) == ("filed", "to_check", "")
    confirm(filing, assistant, rep, now + HOUR)
    assert (filing.state, filing.reason) == (FilingState.INVALID, FilingReason.REGISTERED)


def test_a_mask_of_another_family_is_not_doubted(assistant, agent, rep, now):
    make.customer(owner=rep, phone=NUMBER, name="赵女士", now=now - 3 * DAY)
    assert chan.filing(assistant, agent, MASK, now).state == FilingState.VALID


def test_a_mask_takes_the_full_number_at_the_door(assistant, agent, rep, now):
    filing = chan.filing(assistant, agent, MASK, now)
    confirm(filing, assistant, rep, now + HOUR)
    assert (filing.state, filing.number, filing.phone_mode) == ("arrived", NUMBER, "masked")


@pytest.mark.parametrize("phone", ["13812345679", "13912345678"])
def test_a_number_that_does_not_fit_changes_nothing(assistant, agent, rep, now, phone):
    filing = chan.filing(assistant, agent, MASK, now)
    with pytest.raises(RuleError) as refusal:
        confirm(filing, assistant, rep, now + HOUR, phone=phone)
    assert (refusal.value.code, refusal.value.clause) == ("filing_mismatch", "拟:chan.masked")
    filing.refresh_from_db()
    assert (filing.state, filing.arrived_at) == ("valid", None)


def test_of_two_masks_the_first_filed_wins_at_the_door(assistant, agent, rival, rep, now):
    first = chan.filing(assistant, agent, MASK, now)
    second = chan.filing(assistant, rival, MASK, now + HOUR)
    assert second.state == FilingState.FILED
    confirm(second, assistant, rep, now + 3 * HOUR)
    assert (second.state, second.reason) == (FilingState.INVALID, FilingReason.DUPLICATE)
    confirm(first, assistant, rep, now + 3 * HOUR)
    assert first.state == FilingState.ARRIVED


def test_the_winner_at_the_door_ends_the_others(assistant, agent, rival, rep, now):
    first = chan.filing(assistant, agent, MASK, now)
    second = chan.filing(assistant, rival, NUMBER, now + HOUR)
    confirm(first, assistant, rep, now + 3 * HOUR)
    second.refresh_from_db()
    assert (first.state, second.state, second.reason) == ("arrived", "invalid", "duplicate")
    for decision in Decision.objects.filter(kind="customers.filing"):
        assert recomputed(decision)


# --- the door


def test_an_arrival_is_confirmed_and_counts_to_the_deal(filing, assistant, rep, now):
    later = now + 2 * DAY
    confirm(filing, assistant, rep, later)
    assert (filing.state, filing.arrived_at, filing.confirmed_by, filing.received_by) == (
        "arrived", later, assistant, rep,
    )  # fmt: skip
    assert filing.deal_by == business_date(later) + 30 * DAY


def test_twenty_minutes_are_too_few(filing, assistant, rep, now):
    confirm(filing, assistant, rep, now + timedelta(minutes=20))
    assert (filing.state, filing.reason) == (FilingState.INVALID, FilingReason.TOO_LATE)


def test_the_reception_that_began_before_the_filing_is_the_arrival(assistant, agent, rep, now):
    make.reception(rep, now=now - timedelta(minutes=10))
    filing = chan.filing(assistant, agent, NUMBER, now)
    confirm(filing, assistant, rep, now + HOUR)
    assert (filing.state, filing.reason) == (FilingState.INVALID, FilingReason.TOO_LATE)


@pytest.mark.parametrize("username", ["rep", "colleague", "manager", "supervisor"])
def test_only_the_desk_confirms(filing, rep, now, username, request):
    with pytest.raises(Denied) as refusal:
        confirm(filing, request.getfixturevalue(username), rep, now + HOUR)
    assert refusal.value.clause == "拟:chan.arrival"
    filing.refresh_from_db()
    assert filing.state == FilingState.VALID


def test_whoever_holds_the_desk_confirms_but_never_the_own_guest(filing, assistant, rep, colleague, now):
    services.hand_desk(actor=assistant, project=filing.project, holder=colleague, now=now)
    with pytest.raises(Denied):
        confirm(filing, colleague, colleague, now + HOUR)
    confirm(filing, colleague, rep, now + HOUR)
    assert filing.state == FilingState.ARRIVED


def test_the_database_refuses_a_rep_who_confirms_the_own_guest(filing, rep, now):
    with pytest.raises(IntegrityError), transaction.atomic():
        ChannelFiling.objects.filter(pk=filing.pk).update(
            confirmed_by=rep, received_by=rep, arrived_at=now, state="arrived"
        )


def test_an_arrival_is_confirmed_once(filing, assistant, rep, now):
    confirm(filing, assistant, rep, now + HOUR)
    with pytest.raises(RuleError) as refusal:
        confirm(filing, assistant, rep, now + 2 * HOUR)
    assert refusal.value.code == "filing_move"


def test_the_facts_of_a_filing_count_only_once_confirmed(filing, assistant, rep, now):
    asked = {"project": filing.project, "number": NUMBER, "on": business_date(now)}
    before = filing_for(**asked)
    assert (before["valid"], before["arrived"], before["rep"]) == (False, False, None)
    confirm(filing, assistant, rep, now + HOUR)
    after = filing_for(**asked)
    assert (after["valid"], after["filing"], after["company"]) == (True, filing.pk, filing.company_id)
    assert filing_for(**{**asked, "on": filing.deal_by + DAY}) is None
    assert filing_for(**{**asked, "number": "13800000000"}) is None


def test_the_registered_guest_is_linked(filing, assistant, rep, now):
    confirm(filing, assistant, rep, now + HOUR)
    visit = services.register_visit(
        actor=rep, project=filing.project, phone=NUMBER, name="罗女士", now=now + 2 * HOUR
    )
    filing.refresh_from_db()
    assert filing.customer == visit.customer


# --- to the deal


@pytest.fixture
def arrived(filing, assistant, rep, now):
    confirm(filing, assistant, rep, now + HOUR)
    person = services.register_visit(
        actor=rep, project=filing.project, phone=NUMBER, name="罗女士", now=now + 2 * HOUR
    ).customer
    filing.refresh_from_db()
    return filing, person


def stage(person: Customer, to: Stage, now):
    services.set_stage(actor=None, customer_id=person.pk, stage=to, now=now)


def test_a_filing_follows_the_deal_and_is_settled(arrived, finance, now):
    filing, person = arrived
    for step, state in ((Stage.SUBSCRIBED, "subscribed"), (Stage.SIGNED, "signed")):
        stage(person, step, now + DAY)
        filing.refresh_from_db()
        assert filing.state == state
    settle_filing(actor=finance, filing_id=filing.pk, now=now + 2 * DAY)
    filing.refresh_from_db()
    assert filing.state == FilingState.SETTLED


def test_a_deal_after_the_last_day_is_not_the_channels(arrived, now):
    filing, person = arrived
    stage(person, Stage.SUBSCRIBED, now + 40 * DAY)
    filing.refresh_from_db()
    assert (filing.state, filing.reason) == (FilingState.LAPSED, FilingReason.NO_DEAL)


def test_a_deal_given_back_ends_the_filing(arrived, now):
    filing, person = arrived
    stage(person, Stage.SUBSCRIBED, now + DAY)
    stage(person, Stage.REVISITED, now + 2 * DAY)
    filing.refresh_from_db()
    assert filing.state == FilingState.CANCELLED


def test_the_fee_waits_for_the_contract(arrived, finance, assistant, now):
    with pytest.raises(RuleError) as refusal:
        settle_filing(actor=finance, filing_id=arrived[0].pk, now=now)
    assert refusal.value.code == "filing_move"
    with pytest.raises(Denied):
        settle_filing(actor=assistant, filing_id=arrived[0].pk, now=now)


def test_the_night_ends_what_is_over_and_leaves_the_rest(filing, assistant, rival, rep, project, now):
    kept = chan.filing(assistant, rival, "13800001111", now + 5 * DAY)
    assert lapse_filings(actor=None, project=project, now=now + 7 * DAY) == 0
    assert lapse_filings(actor=None, project=project, now=now + 8 * DAY) == 1
    filing.refresh_from_db()
    kept.refresh_from_db()
    assert (filing.state, kept.state) == ("lapsed", "valid")
    assert lapse_filings(actor=None, project=project, now=now + 8 * DAY) == 0


def test_the_journal_shows_no_number(arrived):
    assert Event.objects.filter(verb="customers.filing.arrived").count() == 1
    for event in Event.objects.all():
        assert NUMBER not in str(event.__dict__)


# --- companies


def test_companies_and_agents_have_one_name_and_number(assistant, project, agent, now):
    with pytest.raises(RuleError) as refusal:
        add_company(actor=assistant, project=project, name="安居分销", valid_from=date(2026, 1, 1), now=now)
    assert refusal.value.code == "company_exists"
    add_agent(actor=assistant, company_id=agent.company_id, name="另一位", phone="13712340000", now=now)
    with pytest.raises(RuleError) as refusal:
        add_agent(actor=assistant, company_id=agent.company_id, name="又一位", phone="13712340000", now=now)
    assert refusal.value.code == "agent_exists"


def test_a_cooperation_ends_after_it_begins(assistant, project, now):
    with pytest.raises(RuleError) as refusal:
        add_company(
            actor=assistant,
            project=project,
            name="新渠道",
            valid_from=date(2026, 2, 1),
            valid_to=date(2026, 1, 31),
            now=now,
        )
    assert refusal.value.code == "company_dates"


# --- at once


@pytest.mark.django_db(transaction=True)
def test_many_channels_filing_one_person_at_once_leave_one(assistant, project, now):
    agents = [chan.agent(project, f"渠道{n}", f"经纪{n}") for n in range(5)]
    waiting = list(agents)
    results = at_once(5, lambda: chan.filing(assistant, waiting.pop(), NUMBER, now))
    assert not [result for result in results if isinstance(result, Exception)]
    states = sorted(ChannelFiling.objects.values_list("state", flat=True))
    assert states == ["invalid"] * 4 + ["valid"]


@pytest.mark.django_db(transaction=True)
def test_without_the_queue_the_index_still_leaves_one(assistant, project, now, monkeypatch):
    """The control: unqueued, several judge themselves first; only the index holds then."""
    monkeypatch.setattr("customers.services.channels._one_at_a_time", lambda project: None)
    monkeypatch.setattr("customers.services.channels._rivals", lambda *a: [])
    waiting = [chan.agent(project, f"渠道{n}", f"经纪{n}") for n in range(5)]
    results = at_once(5, lambda: chan.filing(assistant, waiting.pop(), NUMBER, now))
    assert [result for result in results if isinstance(result, IntegrityError)]
    assert ChannelFiling.objects.filter(state="valid").count() == 1


def test_the_lease_of_a_channels_guest_is_the_reps_on_turn(arrived, rep):
    _, person = arrived
    lease = person.leases.get(state=LeaseState.ACTIVE)
    assert (lease.rep, lease.basis) == (rep, "channel")
