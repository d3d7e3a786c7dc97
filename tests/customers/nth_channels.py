"""The verbs of 渠道 and 老带新 for tests/test_nth_statement.py."""

from datetime import date, timedelta

from customers import services
from customers.rules import Source, Stage
from customers.services.channel_book import add_agent, add_company, edit_company, stop_agent
from customers.services.channel_changes import ask_channel_change
from customers.services.channels import (
    confirm_arrival,
    file_channel,
    lapse_filings,
    load_filings,
    settle_filing,
)
from customers.services.referrals import file_referral, reward_referral, tell_owner
from customers.services.site_flags import close_site_flag, note_other_site
from salesdept.rules import Role
from tests import factories
from tests.customers.nth_cases import KEY, SOON, case
from tests.factories import channels as chan
from tests.factories import customers as make
from tests.salesdept.nth_cases import fresh

NUMBER = "13900001111"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def _filing(get, now, phone=NUMBER, company="安居分销"):
    return chan.filing(get("assistant"), chan.agent(get("project"), company, company), phone, now)


@case(add_company)
def _(get, now):
    assistant, project = get("assistant"), get("project")
    return lambda: add_company(
        actor=fresh(assistant), project=project, name="安居", valid_from=date(2026, 1, 1), now=now, **KEY
    )


@case(edit_company)
def _(get, now):
    assistant, agent = get("assistant"), chan.agent(get("project"))
    return lambda: edit_company(
        actor=fresh(assistant),
        company_id=agent.company_id,
        version=0,
        valid_to=None,
        active=False,
        now=now,
        **KEY,
    )


@case(add_agent)
def _(get, now):
    assistant, agent = get("assistant"), chan.agent(get("project"))
    return lambda: add_agent(
        actor=fresh(assistant), company_id=agent.company_id, name="牛经纪", phone=NUMBER, now=now, **KEY
    )


@case(stop_agent)
def _(get, now):
    assistant, agent = get("assistant"), chan.agent(get("project"))
    return lambda: stop_agent(actor=fresh(assistant), agent_id=agent.pk, now=now, **KEY)


@case(file_channel)
def _(get, now):
    assistant, project = get("assistant"), get("project")
    _filing(get, now - 9 * DAY)  # over: it makes room
    agent = chan.agent(project, "链房", "牛经纪")
    return lambda: file_channel(
        actor=fresh(assistant), project=project, agent_id=agent.pk, name="罗晓", phone=NUMBER, now=now, **KEY
    )


@case(load_filings)
def _(get, now):
    assistant, project, agent = get("assistant"), get("project"), chan.agent(get("project"))
    rows = [{"agent_id": agent.pk, "name": "罗晓", "phone": phone} for phone in (NUMBER, "13900002222")]
    return lambda: load_filings(actor=fresh(assistant), project=project, rows=rows, batch_id=7, now=now)


@case(confirm_arrival)
def _(get, now):
    assistant, rep = get("assistant"), get("rep")
    filing = _filing(get, now, "139****1111")
    _filing(get, now + SOON, NUMBER, "链房")  # loses at the door
    return lambda: confirm_arrival(
        actor=fresh(assistant),
        filing_id=filing.pk,
        phone=NUMBER,
        received_by=rep,
        now=now + 2 * HOUR,
        **KEY,
    )


@case(settle_filing)
def _(get, now):
    finance, rep, filing = get("finance"), get("rep"), _filing(get, now)
    confirm_arrival(
        actor=get("assistant"), filing_id=filing.pk, phone=NUMBER, received_by=rep, now=now + HOUR
    )
    visit = services.register_visit(
        actor=rep, project=get("project"), phone=NUMBER, name="罗女士", now=now + 2 * HOUR
    )
    services.set_stage(actor=rep, customer_id=visit.customer_id, stage=Stage.SIGNED, now=now + 3 * HOUR)
    return lambda: settle_filing(actor=fresh(finance), filing_id=filing.pk, now=now + DAY, **KEY)


@case(services.set_stage, "a channel's guest")
def _(get, now):
    rep, filing = get("rep"), _filing(get, now)
    confirm_arrival(
        actor=get("assistant"), filing_id=filing.pk, phone=NUMBER, received_by=rep, now=now + HOUR
    )
    visit = services.register_visit(
        actor=rep, project=get("project"), phone=NUMBER, name="罗女士", now=now + 2 * HOUR
    )
    return lambda: services.set_stage(
        actor=fresh(rep), customer_id=visit.customer_id, stage=Stage.SIGNED, now=now + DAY, **KEY
    )


@case(lapse_filings)
def _(get, now):
    project = get("project")
    _filing(get, now - 9 * DAY)
    return lambda: lapse_filings(actor=None, project=project, now=now)


def _buyer(get, now):
    return make.customer(owner=get("rep"), stage=Stage.SIGNED, now=now - 90 * DAY, days=400)


@case(file_referral)
def _(get, now):
    rep, buyer = get("rep"), _buyer(get, now)
    return lambda: file_referral(
        actor=fresh(rep), referrer_id=buyer.pk, name="罗晓", phone=NUMBER, now=now, **KEY
    )


def _referral(get, now):
    return file_referral(
        actor=get("assistant"), referrer_id=_buyer(get, now).pk, name="罗晓", phone=NUMBER, now=now
    )


@case(tell_owner)
def _(get, now):
    assistant, row = get("assistant"), _referral(get, now)
    return lambda: tell_owner(actor=fresh(assistant), referral_id=row.pk, now=now, **KEY)


@case(services.register_visit, "a friend who was referred")
def _(get, now):
    rep, project = get("rep"), get("project")
    _referral(get, now)
    return lambda: services.register_visit(
        actor=fresh(rep), project=project, phone=NUMBER, name="罗先生", now=now + HOUR, **KEY
    )


@case(reward_referral)
def _(get, now):
    finance, rep, row = get("finance"), get("rep"), _referral(get, now)
    visit = services.register_visit(
        actor=rep, project=get("project"), phone=NUMBER, name="罗先生", now=now + HOUR
    )
    services.set_stage(actor=rep, customer_id=visit.customer_id, stage=Stage.SIGNED, now=now + DAY)
    return lambda: reward_referral(actor=fresh(finance), referral_id=row.pk, now=now + DAY, **KEY)


def _guest(get, now):
    visit = services.register_visit(
        actor=get("rep"), project=get("project"), phone=NUMBER, name="罗女士", source=Source.PASSING, now=now
    )
    return visit.customer


@case(ask_channel_change)
def _(get, now):
    rep, guest = get("rep"), _guest(get, now)
    get("manager"), get("finance")
    return lambda: ask_channel_change(
        actor=fresh(rep), customer_id=guest.pk, source="channel", reason="带访单在先", now=now, **KEY
    )


def _stranger():
    elsewhere = factories.ProjectFactory()
    return factories.user(Role.REP, username="stranger", name="白杨", project=elsewhere)


@case(note_other_site)
def _(get, now):
    rep, guest, stranger = get("rep"), _guest(get, now), _stranger()
    return lambda: note_other_site(
        actor=fresh(rep), customer_id=guest.pk, rep_id=stranger.pk, note="白杨介绍", now=now, **KEY
    )


@case(close_site_flag)
def _(get, now):
    manager, guest, stranger = get("manager"), _guest(get, now), _stranger()
    flag = note_other_site(
        actor=get("rep"), customer_id=guest.pk, rep_id=stranger.pk, note="白杨介绍", now=now
    )
    return lambda: close_site_flag(
        actor=fresh(manager), flag_id=flag.pk, outcome="聊天记录在案", propose=True, now=now, **KEY
    )
