"""渠道报备: the list, one filing, the desk, the companies."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from customers import access
from customers.models import ChannelCompany, ChannelFiling, Reception
from customers.rules import Contact
from customers.rules.channels import HAS_ARRIVED, WAITING, AgentState, ChannelTerms, FilingState
from regulations.models import Decision
from regulations.queries import terms_for
from salesdept import clock
from salesdept.formats import cn_date, cn_time, phone_mask
from salesdept.journal import label
from salesdept.models import Project, User

PAGE = 50
TABS = {"waiting": "待到访", "arrived": "已到访", "ended": "无效与失效", "all": "全部"}
TONES = {"filed": "info", "valid": "ok", "invalid": "bad", "lapsed": "", "cancelled": "bad"}
_STATES = {
    "waiting": WAITING,
    "arrived": HAS_ARRIVED,
    "ended": (FilingState.INVALID, FilingState.LAPSED, FilingState.CANCELLED),
    "all": tuple(FilingState),
}


def filing_page(user: User, project: Project, asked: dict[str, str], now: datetime) -> dict[str, Any]:
    """One page of filings, newest first, by state and last digits."""
    tab = asked["tab"] if asked.get("tab") in TABS else "waiting"
    tail, before = digits(asked.get("tail", ""), 4), digits(asked.get("before", ""), 18)
    rows = ChannelFiling.objects.visible_to(user).filter(project=project, state__in=_STATES[tab])
    if tail:
        rows = rows.filter(tail__endswith=tail)
    if before:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.select_related("company", "agent").order_by("-pk")[: PAGE + 1])
    return {
        "rows": [line(row, now) for row in found[:PAGE]],
        "tabs": [(key, word, key == tab) for key, word in TABS.items()],
        "tab": tab,
        "tail": tail,
        "older": str(found[PAGE - 1].pk) if len(found) > PAGE else "",
        "may_file": access.may_file_channel(user),
        "may_door": access.may_work_door(user, project, now),
        "may_see_anomalies": access.may_see_anomalies(user),
    }


def digits(text: str, most: int) -> str:
    """The digits of an address part, or "" when there is anything else in it."""
    return text if text.isascii() and text.isdigit() and len(text) <= most else ""


def line(row: ChannelFiling, now: datetime) -> dict[str, Any]:
    """One filing in a list, ready to draw."""
    today = clock.business_date(now)
    return {
        "pk": str(row.pk),
        "code": row.code,
        "name": row.name,
        "phone": row.phone_masked,
        "company": row.company.name,
        "agent": row.agent.name,
        "filed": cn_time(row.filed_at, now),
        "state": row.get_state_display(),
        "reason": row.get_reason_display() if row.reason else "",
        "css": f"tag--{TONES[row.state]}" if TONES.get(row.state) else "",
        "until": "" if row.state not in (*WAITING, FilingState.ARRIVED) else _until(row, today),
    }


def _until(row: ChannelFiling, today: Any) -> str:
    """The next last day of a filing, as it was decided."""
    if row.arrived_at:
        return f"成交保护至 {cn_date(row.deal_by, today)}"
    return f"到访期限 {cn_date(row.arrive_by, today)}"


def filing_detail(user: User, row: ChannelFiling, now: datetime) -> dict[str, Any]:
    """One filing with its decision; the caller fetched it through `visible_to`."""
    terms = terms_for(ChannelTerms, on=clock.business_date(row.filed_at), project=row.project_id)
    decisions = Decision.objects.filter(subject=label(row), kind="customers.filing").order_by("-pk")
    return {
        "row": row,
        **line(row, now),
        "mode": row.get_phone_mode_display(),
        "lead": terms.min_lead,
        "agent_phone": phone_mask(row.agent.phone),
        "arrived": cn_time(row.arrived_at, now) if row.arrived_at else "",
        "decision": decisions.first(),
        "customer_pk": str(row.customer_id or ""),
        "waiting": row.state in WAITING,
        "may_door": access.may_work_door(user, row.project_id, now),
        "may_settle": access.may_settle_filing(user),
        "is_signed": row.state == FilingState.SIGNED,
    }


def door_page(project: Project, tail: str, now: datetime) -> dict[str, Any]:
    """到访确认: filings that still wait, by the last digits the guest says; whoever receives comes first."""
    rows = ChannelFiling.objects.filter(project=project, state__in=WAITING)
    wanted = digits(tail, 4)
    found = rows.filter(tail=wanted) if len(wanted) == 4 else rows.none()
    found = found.select_related("company", "agent").order_by("filed_at")[:20]
    turns = Reception.objects.filter(project=project, kind=Contact.VISIT, ended_at__isnull=True)
    return {
        "tail": wanted,
        "asked": len(wanted) == 4,
        "rows": [line(row, now) for row in found],
        "receiving": list(turns.order_by("-started_at").values_list("rep", flat=True)[:1]),
    }


def company_page(user: User, project: Project, now: datetime) -> dict[str, Any]:
    """Companies with their people and how much they filed."""
    today = clock.business_date(now)
    counts = {
        "filed": Count("filings", distinct=True),
        "held": Count("filings", filter=Q(filings__state__in=HAS_ARRIVED), distinct=True),
    }
    rows = ChannelCompany.objects.visible_to(user).filter(project=project).annotate(**counts)
    rows = rows.prefetch_related("agents").order_by("state", "name")[:200]
    return {"rows": [_company(row, today) for row in rows], "may_keep": access.may_keep_channels(user)}


def _company(row: Any, today: Any) -> dict[str, Any]:
    over = row.valid_to is not None and row.valid_to < today
    stopped = row.state == AgentState.STOPPED
    agents = [
        (str(agent.pk), agent.name, phone_mask(agent.phone), agent.state == AgentState.ACTIVE)
        for agent in row.agents.all()
    ]
    return {
        "pk": str(row.pk),
        "row": row,
        "word": "已停止" if stopped else "合作到期" if over else "合作中",
        "css": "" if stopped else "tag--warn" if over else "tag--ok",
        "span": f"{cn_date(row.valid_from)} 起" + (f"，至 {cn_date(row.valid_to)}" if row.valid_to else ""),
        "to": row.valid_to.isoformat() if row.valid_to else "",
        "active": not stopped,
        "counts": f"报备 {row.filed}，到访确认 {row.held}",
        "agents": agents,
    }
