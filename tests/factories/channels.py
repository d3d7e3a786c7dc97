"""Smallest valid channels: a company of ours with one agent, and filings of it."""

import itertools
from datetime import date

from customers.models import ChannelAgent, ChannelCompany, ChannelFiling
from customers.services.channels import file_channel
from salesdept.models import Project, User

_numbers = itertools.count(17000000000)


def agent(project: Project, company: str = "安居分销", name: str = "马经纪", **fields) -> ChannelAgent:
    house, _ = ChannelCompany.objects.get_or_create(
        project=project, name=company, defaults={"valid_from": date(2026, 1, 1), **fields}
    )
    return ChannelAgent.objects.create(project=project, company=house, name=name, phone=str(next(_numbers)))


def filing(by: User, who: ChannelAgent, phone: str, now, name: str = "罗晓", **fields) -> ChannelFiling:
    return file_channel(
        actor=by, project=who.project, agent_id=who.pk, name=name, phone=phone, now=now, **fields
    )
