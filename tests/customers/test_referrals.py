"""老带新, 渠道变更 and 跨项目提示: what they need, whom they tell, what they leave behind."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from attendance.models import ConductCase
from customers import services
from customers.models import ChannelChange, CrossSiteFlag, Referral
from customers.queries.anomalies import anomaly_page
from customers.queries.referrals import referral_for
from customers.rules import Contact, Source, Stage
from customers.rules.referrals import ReferralReason, ReferralState
from customers.services.channel_changes import ask_channel_change
from customers.services.channels import confirm_arrival
from customers.services.referrals import file_referral, reward_referral, tell_owner
from customers.services.site_flags import close_site_flag, note_other_site
from regulations import services as regulations
from regulations.models import Decision, Request, TermsVersion
from regulations.queries.decisions import recomputed
from salesdept.clock import business_date
from salesdept.errors import RuleError
from salesdept.journal import label
from salesdept.models import Event, Notice, Reveal
from salesdept.rules import Role
from salesdept.verdict import Denied
from tests import factories
from tests.factories import channels as chan
from tests.factories import customers as make

pytestmark = pytest.mark.django_db
NUMBER = "13812345678"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def buyer(rep, now):
    """Somebody who bought from the rep."""
    return make.customer(owner=rep, name="罗女士", stage=Stage.SIGNED, now=now - 90 * DAY, days=400)


def refer(actor, referrer, now, **fields):
    given = {"name": "罗晓", "phone": NUMBER, **fields}
    return file_referral(actor=actor, referrer_id=referrer.pk, now=now, **given)


def come(rep, now, phone=NUMBER):
    return services.register_visit(actor=rep, project=rep.projects.get(), phone=phone, name="罗先生", now=now)


def test_a_buyers_friend_is_referred_and_the_decision_recomputes(buyer, rep, now):
    row = refer(rep, buyer, now)
    assert (row.state, row.owner, row.filed_by) == (ReferralState.VALID, rep, rep)
    assert recomputed(Decision.objects.get(subject=label(row)))


def test_who_has_not_bought_refers_nobody(rep, now):
    looker = make.customer(owner=rep, now=now)
    row = refer(rep, looker, now)
    assert (row.state, row.reason) == (ReferralState.INVALID, ReferralReason.NOT_BOUGHT)


def test_a_friend_already_in_the_book_is_not_new(buyer, rep, colleague, now):
    make.customer(owner=colleague, phone=NUMBER, now=now - 3 * DAY)
    row = refer(rep, buyer, now)
    assert (row.state, row.reason) == (ReferralState.INVALID, ReferralReason.REGISTERED)


def test_entering_a_friend_is_a_look_at_the_book(buyer, rep, now):
    refer(rep, buyer, now)
    look = Reveal.objects.get()
    assert (look.kind, look.actor, look.reason) == ("lookup", rep, "138****5678")


def test_one_valid_referral_of_a_number(buyer, rep, now):
    refer(rep, buyer, now)
    with pytest.raises(RuleError) as refusal:
        refer(rep, buyer, now + HOUR)
    assert refusal.value.code == "referral_taken"
    assert Referral.objects.count() == 1


def test_the_first_visit_makes_it_good(buyer, rep, now):
    row = refer(rep, buyer, now)
    visit = come(rep, now + HOUR)
    row.refresh_from_db()
    assert (row.state, row.referee, row.first_visit_at) == ("visited", visit.customer, visit.happened_at)


def test_a_second_visit_changes_nothing(buyer, rep, now):
    row = refer(rep, buyer, now)
    come(rep, now + HOUR)
    come(rep, now + DAY)
    row.refresh_from_db()
    assert row.first_visit_at == now + HOUR


def test_the_deal_and_the_reward_follow(buyer, rep, finance, assistant, now):
    row = refer(rep, buyer, now)
    friend = come(rep, now + HOUR).customer
    services.set_stage(actor=None, customer_id=friend.pk, stage=Stage.SIGNED, now=now + DAY)
    row.refresh_from_db()
    assert row.state == ReferralState.DEAL
    with pytest.raises(Denied):
        reward_referral(actor=assistant, referral_id=row.pk, now=now)
    assert reward_referral(actor=finance, referral_id=row.pk, now=now).state == ReferralState.REWARDED


def test_no_reward_without_a_deal(buyer, rep, finance, now):
    row = refer(rep, buyer, now)
    with pytest.raises(RuleError):
        reward_referral(actor=finance, referral_id=row.pk, now=now)


def test_the_absent_owner_is_told_once(buyer, rep, assistant, now):
    row = refer(assistant, buyer, now)
    for _ in range(2):
        tell_owner(actor=assistant, referral_id=row.pk, now=now + HOUR)
    assert Notice.objects.filter(user=rep, key=f"referral:{row.pk}:told").count() == 1
    facts = referral_for(project=buyer.project, number=NUMBER, on=business_date(now))
    assert (facts["owner"], facts["named"], facts["owner_told"]) == (rep.pk, True, True)


def test_a_referral_is_seen_by_its_people_only(buyer, rep, colleague, assistant, now):
    row = refer(rep, buyer, now)
    seen = [p for p in (rep, colleague, assistant) if Referral.objects.visible_to(p).filter(pk=row.pk)]
    assert seen == [rep, assistant]
    rep.is_active = False
    assert not Referral.objects.visible_to(rep).exists()


def test_a_referral_from_another_reps_file_is_not_found(buyer, colleague, now):
    with pytest.raises(type(buyer).DoesNotExist):
        refer(colleague, buyer, now)


# --- 渠道变更


@pytest.fixture
def guest(rep, now):
    visit = services.register_visit(
        actor=rep, project=rep.projects.get(), phone=NUMBER, name="罗女士", source=Source.PASSING, now=now
    )
    return visit.customer


@pytest.fixture
def asked(guest, rep, manager, finance, now):
    return ask_channel_change(
        actor=rep, customer_id=guest.pk, source=Source.CHANNEL, reason="带访单在先", now=now + HOUR
    )


def sign(person, request, now, approve=True):
    return regulations.answer(
        actor=person, request_id=request.pk, approve=approve, answer="看过带访单", now=now
    )


@pytest.mark.parametrize("order", [("manager", "finance"), ("finance", "manager")])
def test_two_signatures_change_the_channel_and_keep_both_values(asked, guest, rep, now, order, request):
    first, second = (request.getfixturevalue(name) for name in order)
    sign(first, asked, now + 2 * HOUR)
    guest.refresh_from_db()
    assert (guest.source, ChannelChange.objects.count()) == (Source.PASSING, 0)
    sign(second, asked, now + 3 * HOUR)
    guest.refresh_from_db()
    change = ChannelChange.objects.get()
    assert guest.source == Source.CHANNEL
    assert (change.old, change.new, change.requested_by, change.reason) == (
        "passing", "channel", rep, "带访单在先",
    )  # fmt: skip
    assert {change.manager.role, change.finance.role} == {Role.MANAGER, Role.FINANCE}


def test_one_refusal_leaves_the_channel(asked, guest, manager, finance, now):
    sign(manager, asked, now + HOUR)
    sign(finance, asked, now + HOUR, approve=False)
    guest.refresh_from_db()
    assert guest.source == Source.PASSING
    assert not ChannelChange.objects.exists()


def test_a_change_row_is_never_changed(asked, manager, finance, now):
    for person in (manager, finance):
        sign(person, asked, now + HOUR)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE customers_channelchange SET old = 'online'")


def test_the_database_wants_three_people(asked, guest, rep, manager, finance, now):
    row = {"project": guest.project, "customer": guest, "request": asked, "old": "passing", "new": "channel"}
    row |= {"reason": "x", "at": now}
    for people in ((rep, rep, finance), (rep, manager, manager), (manager, manager, finance)):
        named = dict(zip(("requested_by", "manager", "finance"), people, strict=True))
        with pytest.raises(IntegrityError), transaction.atomic():
            ChannelChange.objects.create(**row, **named)


def test_after_arrival_the_edit_form_refuses_the_source(guest, rep, now):
    with pytest.raises(RuleError) as refusal:
        services.edit_customer(
            actor=rep,
            customer_id=guest.pk,
            version=guest.version,
            changes={"source": "channel", "note": "新"},
            now=now + HOUR,
        )
    assert (refusal.value.code, refusal.value.url) == ("channel_fixed", f"/customers/{guest.pk}/channel/")
    guest.refresh_from_db()
    assert (guest.source, guest.note) == ("passing", "")


def test_after_arrival_a_slip_refuses_the_source(guest, rep, now):
    visit = guest.visits.get()
    with pytest.raises(RuleError) as refusal:
        services.correct_slip(
            actor=rep,
            kind=Contact.VISIT,
            slip_id=visit.pk,
            changes={"source": "channel"},
            reason="看错",
            now=now + HOUR,
        )
    assert refusal.value.code == "channel_fixed"
    visit.refresh_from_db()
    assert visit.source == "passing"


def test_before_arrival_the_source_is_free(rep, now):
    caller = make.customer(owner=rep, now=now, source="online")
    services.edit_customer(
        actor=rep, customer_id=caller.pk, version=0, changes={"source": "press"}, now=now + HOUR
    )
    caller.refresh_from_db()
    assert caller.source == "press"
    with pytest.raises(RuleError) as refusal:
        ask_channel_change(actor=rep, customer_id=caller.pk, source="event", reason="改", now=now)
    assert refusal.value.code == "channel_free"


@pytest.mark.parametrize(("source", "code"), [("passing", "channel_same"), ("moon", "channel_unknown")])
def test_a_change_must_change(guest, rep, now, source, code):
    with pytest.raises(RuleError) as refusal:
        ask_channel_change(actor=rep, customer_id=guest.pk, source=source, reason="改", now=now)
    assert refusal.value.code == code
    assert not Request.objects.exists()


# --- 跨项目提示


@pytest.fixture
def elsewhere(db):
    return factories.ProjectFactory(name="云栖里")


@pytest.fixture
def stranger(elsewhere):
    return factories.user(Role.REP, username="stranger", name="白杨", project=elsewhere)


def test_a_number_that_is_somebodys_elsewhere_is_flagged_once(rep, stranger, elsewhere, now):
    make.customer(owner=stranger, phone=NUMBER, now=now - DAY)
    come(rep, now)
    come(rep, now + HOUR)
    flag = CrossSiteFlag.objects.get()
    assert (flag.kind, flag.other_project, flag.other_rep) == ("lease", elsewhere, stranger)


def test_a_number_of_nobody_elsewhere_is_not_flagged(rep, now):
    come(rep, now)
    assert not CrossSiteFlag.objects.exists()


def test_flags_may_be_switched_off(rep, stranger, project, now):
    TermsVersion.objects.create(
        topic="customers.channels",
        project=project,
        values={"cross_site": False},
        effective_from=business_date(now),
        state="approved",
        reason="同一公司共享客户",
        drafted_at=now,
        approved_by=rep,
        approved_at=now,
    )
    make.customer(owner=stranger, phone=NUMBER, now=now - DAY)
    come(rep, now)
    assert not CrossSiteFlag.objects.exists()


def test_a_guests_word_is_noted_and_cleared(guest, rep, manager, stranger, now):
    flag = note_other_site(
        actor=rep, customer_id=guest.pk, rep_id=stranger.pk, note="白杨让我来的", now=now + HOUR
    )
    with pytest.raises(Denied):
        close_site_flag(actor=rep, flag_id=flag.pk, outcome="无事", now=now)
    with pytest.raises(RuleError) as refusal:
        close_site_flag(actor=manager, flag_id=flag.pk, outcome=" ", now=now)
    assert refusal.value.code == "reason_needed"
    close_site_flag(actor=manager, flag_id=flag.pk, outcome="亲戚关系，属实", now=now)
    flag.refresh_from_db()
    assert (flag.state, flag.closed_by) == ("cleared", manager)
    assert not ConductCase.objects.exists()


def test_a_flag_may_lead_to_a_proposal_that_others_decide(guest, rep, manager, stranger, now):
    flag = note_other_site(actor=rep, customer_id=guest.pk, rep_id=stranger.pk, note="白杨介绍", now=now)
    close_site_flag(actor=manager, flag_id=flag.pk, outcome="聊天记录在案", propose=True, now=now)
    case = ConductCase.objects.get()
    assert (case.person, case.clause, case.state) == (stranger, "S77", "proposed")
    with pytest.raises(RuleError) as refusal:
        close_site_flag(actor=manager, flag_id=flag.pk, outcome="再来", propose=True, now=now)
    assert refusal.value.code == "flag_closed"


def test_a_colleague_of_the_site_is_no_other_site(guest, rep, colleague, now):
    with pytest.raises(RuleError) as refusal:
        note_other_site(actor=rep, customer_id=guest.pk, rep_id=colleague.pk, note="他", now=now)
    assert refusal.value.code == "same_site"


# --- 渠道异常, from the registers


def lines(page):
    return {word: [line["reason"] for line in found] for word, found in page["groups"]}


def test_the_month_lists_what_should_be_looked_at(rep, assistant, manager, finance, project, now):
    agent = chan.agent(project)
    make.customer(owner=rep, phone="13800001111", now=now - 5 * DAY)
    chan.filing(assistant, agent, "13800001111", now)
    near = chan.filing(assistant, agent, NUMBER, now)
    confirm_arrival(
        actor=assistant, filing_id=near.pk, phone=NUMBER, received_by=rep, now=now + timedelta(minutes=45)
    )
    page = anomaly_page(manager, project, business_date(now).replace(day=1), now + HOUR)
    assert lines(page) == {
        "报备前已自行来访或来电": ["首次登记比报备早 5 天"],
        "报备紧挨着到访": ["报备后 45 分钟到访"],
    }


def test_a_look_before_the_filing_is_listed(rep, assistant, manager, project, now):
    turn = make.reception(rep, now=now)
    services.lookup(actor=rep, phone=NUMBER, project=project, reception_id=turn.pk, now=now)
    chan.filing(assistant, chan.agent(project), NUMBER, now + timedelta(minutes=30))
    page = anomaly_page(manager, project, business_date(now).replace(day=1), now + HOUR)
    assert lines(page) == {"报备前号码被查看": [f"{rep.name} 在报备前 30 分钟查过这个号码"]}


def test_changes_are_listed_and_other_months_and_sites_are_not(
    asked, manager, finance, director, project, elsewhere, now
):
    for person in (manager, finance):
        sign(person, asked, now + HOUR)
    first = business_date(now).replace(day=1)
    assert "到访后改过渠道" in lines(anomaly_page(director, project, first, now))
    assert not lines(anomaly_page(director, project, first.replace(month=10), now))
    assert not lines(anomaly_page(director, elsewhere, first, now))


def test_nothing_of_it_shows_a_number(asked, manager, finance, now):
    for person in (manager, finance):
        sign(person, asked, now + HOUR)
    assert Event.objects.filter(verb="customers.channel.changed").exists()
    assert not [event for event in Event.objects.all() if NUMBER in str(event.__dict__)]
    assert not [request for request in Request.objects.all() if NUMBER in str(request.__dict__)]


def test_a_named_friend_is_the_referrers_reps_already_at_the_door(buyer, rep, colleague, now, project):
    refer(rep, buyer, now)
    turn = make.reception(colleague, now=now)
    found = services.lookup(actor=colleague, phone=NUMBER, project=project, reception_id=turn.pk, now=now)
    assert (found.answer, found.owner, found.name, found.visits) == ("owned", rep.name, "", 0)
    visit = come(colleague, now)
    assert (visit.customer.owner, visit.standin) == (rep, True)


def test_a_stranger_at_the_door_may_be_received(colleague, now, project):
    turn = make.reception(colleague, now=now)
    found = services.lookup(actor=colleague, phone=NUMBER, project=project, reception_id=turn.pk, now=now)
    assert (found.answer, found.owner) == ("new", "")
