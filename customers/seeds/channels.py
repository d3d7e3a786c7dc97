"""The demo office's channels: two companies, filings in every early state, a month worth a look."""

from datetime import date, timedelta

from customers.models import ChannelAgent, Customer
from customers.rules import Source
from customers.services.channel_book import add_agent, add_company
from customers.services.channel_changes import ask_channel_change
from customers.services.channels import confirm_arrival, file_channel, lapse_filings
from customers.services.referrals import file_referral
from salesdept import clock
from salesdept.seeds import Office

COMPANIES = (("安居分销", "QD-2026-03", ("马启文", "13700100101"), ("尤佳", "13700100102")),
             ("链房经纪", "QD-2026-07", ("牛力", "13700100103")))  # fmt: skip
# Agent, guest, number, days ago, minutes until the guest came (None: has not come).
FILINGS = (
    (0, "梁静", "13700200201", 12, 90),
    (0, "高博", "13700200202", 10, 45),
    (1, "谢宇", "13700200203", 9, 20),
    (2, "董洁", "13700200204", 12, None),
    (2, "袁航", "137****0205", 4, 180),
    (1, "潘悦", "13700200206", 2, None),
    (2, "潘悦", "13700200206", 1, None),
    (0, "于洋", "137****0207", 1, None),
    (2, "蒋南", "13700200208", 0, None),
)


def fill(office: Office) -> None:
    """Through the services, so that every filing has its decision and its journal rows."""
    agents = _agents(office)
    assistant, reps = office.people["assistant"], office.reps
    for number, (who, name, phone, days, minutes) in enumerate(FILINGS):
        at = clock.at(clock.business_date(office.now) - timedelta(days=days), 10) + timedelta(minutes=number)
        filing = file_channel(
            actor=assistant,
            project=office.project,
            agent_id=agents[who].pk,
            name=name,
            phone=phone,
            now=min(at, office.now),
        )
        if minutes is not None:
            confirm_arrival(
                actor=assistant,
                filing_id=filing.pk,
                phone=phone.replace("****", "0020"),
                received_by=reps[number % len(reps)],
                now=at + timedelta(minutes=minutes),
            )
    lapse_filings(actor=assistant, project=office.project, now=office.now)
    _asked(office)


def _agents(office: Office) -> list[ChannelAgent]:
    assistant, start = office.people["assistant"], clock.at(office.start, 9)
    agents = []
    for name, contract, *people in COMPANIES:
        company = add_company(
            actor=assistant,
            project=office.project,
            name=name,
            contract_no=contract,
            valid_from=date(office.start.year, 1, 1),
            now=start,
        )
        agents += [
            add_agent(actor=assistant, company_id=company.pk, name=person, phone=phone, now=start)
            for person, phone in people
        ]
    return agents


def _asked(office: Office) -> None:
    """One 渠道变更 that waits for two signatures, and one friend whose referrer has not bought."""
    visited = Customer.objects.filter(project=office.project, visit_count__gt=0, owner=office.people["rep1"])
    guests = list(visited.exclude(source=Source.CHANNEL).select_related("project").order_by("pk")[:2])
    for guest in guests[:1]:
        ask_channel_change(
            actor=office.people["rep1"],
            customer_id=guest.pk,
            source=Source.CHANNEL,
            reason="客户出示了首访前的带访单",
            now=office.now,
        )
    for guest in guests[1:]:
        file_referral(
            actor=office.people["rep1"],
            referrer_id=guest.pk,
            name="严先生",
            phone="13700200301",
            now=office.now,
        )
