"""渠道公司 and their people: who may file."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from customers import access
from customers.models import ChannelAgent, ChannelCompany
from customers.rules.channels import AgentState
from customers.services.people import read_name, read_number
from salesdept import journal
from salesdept.errors import RuleError, refuse
from salesdept.formats import phone_mask
from salesdept.models import Project, User
from salesdept.verbs import locked, save_versioned, service

REFUSALS = {
    "one_channel_company_of_a_name": RuleError(
        "company_exists", "本项目已有这家渠道公司", "拟:chan.company", "在列表里找到它再改"
    ),
    "one_agent_of_a_number": RuleError(
        "agent_exists", "这个号码已登记为渠道经纪人", "拟:chan.company", "核对号码；换公司的先停用原来的"
    ),
    "a_cooperation_ends_after_it_begins": RuleError(
        "company_dates", "合作止日不能早于起日", "拟:chan.company", "核对合同上的日期"
    ),
}


@service
def add_company(
    *,
    actor: User,
    project: Project,
    name: str,
    valid_from: date,
    now: datetime,
    valid_to: date | None = None,
    contract_no: str = "",
    idempotency_key: str | None = None,
) -> ChannelCompany:
    """A company that may file from `valid_from` on. Raises RuleError `company_exists`, `company_dates`."""
    access.may_keep_channels(actor).or_raise()
    company = ChannelCompany(
        project=project,
        name=name.strip()[:60],
        contract_no=contract_no.strip()[:40],
        valid_from=valid_from,
        valid_to=valid_to,
    )
    if not company.name:
        raise RuleError("name_needed", "渠道公司须有名称", "拟:chan.company", "照合同填写全称")
    _save(company)
    journal.record(actor, "customers.channel_company.added", company, happened_at=now, name=company.name)
    return company


def _save(row: ChannelCompany | ChannelAgent) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise refuse(error, REFUSALS) from error


@service
def edit_company(
    *,
    actor: User,
    company_id: int,
    version: int,
    valid_to: date | None,
    active: bool,
    now: datetime,
    idempotency_key: str | None = None,
) -> ChannelCompany:
    """Another last day, or stopped: filings from then on are invalid, earlier ones stay what they are."""
    access.may_keep_channels(actor).or_raise()
    company = locked(ChannelCompany.objects.visible_to(actor), company_id, version)
    if valid_to is not None and valid_to < company.valid_from:
        raise REFUSALS["a_cooperation_ends_after_it_begins"]
    old = {"valid_to": company.valid_to, "state": company.state}
    company.valid_to = valid_to
    company.state = AgentState.ACTIVE if active else AgentState.STOPPED
    save_versioned(company, "valid_to", "state")
    journal.record(
        actor,
        "customers.channel_company.edited",
        company,
        happened_at=now,
        old=old,
        valid_to=valid_to,
        state=company.state,
    )
    return company


@service
def add_agent(
    *,
    actor: User,
    company_id: int,
    name: str,
    phone: str,
    now: datetime,
    idempotency_key: str | None = None,
) -> ChannelAgent:
    """A person of a company; the number never counts as a customer's from then on."""
    access.may_keep_channels(actor).or_raise()
    company = ChannelCompany.objects.visible_to(actor).get(pk=company_id)
    number = read_number(phone)
    agent = ChannelAgent(project_id=company.project_id, company=company, name=read_name(name), phone=number)
    _save(agent)
    journal.record(actor, "customers.channel_agent.added", agent, happened_at=now, phone=phone_mask(number))
    return agent


@service
def stop_agent(
    *, actor: User, agent_id: int, now: datetime, idempotency_key: str | None = None
) -> ChannelAgent:
    """停止: files no more."""
    access.may_keep_channels(actor).or_raise()
    agent = locked(ChannelAgent.objects.visible_to(actor), agent_id)
    agent.state = AgentState.STOPPED
    agent.save(update_fields=["state"])
    journal.record(actor, "customers.channel_agent.stopped", agent, happened_at=now)
    return agent
