"""The register forms on paper (rules.md 6.8): columns in the order offices file them, one table a form."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Prefetch

from customers.models import Call, Customer, FollowUp, Visit
from customers.queries.words import budget, need
from customers.rules import Stage
from salesdept import clock
from salesdept.formats import long_date
from salesdept.models import Project, User

MOST = 500  # lines of one print; a longer span is printed in parts
Line = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """One form: its title, its columns, who signs, and what one line says."""

    title: str
    columns: Sequence[str]
    signs: Sequence[str]
    find: Callable[[User, Project, datetime, datetime], Iterable[Any]]
    line: Callable[[Any], Line]


def _between(model: Any, user: User, project: Project, first: datetime, last: datetime) -> Any:
    rows = model.objects.visible_to(user).filter(
        project=project, happened_at__gte=first, happened_at__lt=last
    )
    return rows.order_by("happened_at", "pk")


def _visits(user: User, project: Project, first: datetime, last: datetime) -> Iterable[Visit]:
    rows: Iterable[Visit] = _between(Visit, user, project, first, last).select_related(
        "customer", "received_by", "asked_for"
    )[:MOST]
    return rows


def _calls(user: User, project: Project, first: datetime, last: datetime) -> Iterable[Call]:
    rows: Iterable[Call] = _between(Call, user, project, first, last).select_related(
        "customer", "received_by"
    )[:MOST]
    return rows


def _followups(user: User, project: Project, first: datetime, last: datetime) -> Iterable[FollowUp]:
    rows: Iterable[FollowUp] = _between(FollowUp, user, project, first, last).select_related(
        "customer", "by"
    )[:MOST]
    return rows


def _tracked(user: User, project: Project, first: datetime, last: datetime) -> Iterable[Customer]:
    """Customers with a follow-up in the span, with those follow-ups."""
    spoken = FollowUp.objects.filter(happened_at__gte=first, happened_at__lt=last).order_by("happened_at")
    ids = spoken.filter(project=project).order_by().values("customer")
    rows = Customer.objects.visible_to(user).filter(project=project, pk__in=ids)
    shown = Prefetch("followups", queryset=spoken.select_related("by"), to_attr="spoken")
    found: Iterable[Customer] = (
        rows.select_related("owner").prefetch_related(shown).order_by("owner__pinyin", "grade", "pk")[:MOST]
    )
    return found


def _targets(user: User, project: Project, first: datetime, last: datetime) -> Iterable[Customer]:
    """Whoever first came or called in the span and is not lost, A before B before C."""
    rows = Customer.objects.visible_to(user).filter(
        project=project, first_contact_at__gte=first, first_contact_at__lt=last
    )
    kept = rows.exclude(stage=Stage.LOST).select_related("owner")
    found: Iterable[Customer] = kept.order_by("grade", "first_contact_at", "pk")[:MOST]
    return found


def _time(at: datetime | None) -> str:
    return f"{at.astimezone(clock.SHANGHAI):%m-%d %H:%M}" if at else ""


def _tick(value: bool) -> str:
    return "√" if value else ""


def _person(customer: Customer | None, otherwise: str) -> tuple[str, str, str]:
    if customer is None:
        return otherwise, "", ""
    return str(customer), customer.get_gender_display(), customer.phone_masked


def _visit(row: Visit) -> Line:
    return (
        _time(row.happened_at),
        _time(row.left_at),
        *_person(row.customer, row.get_outcome_display()),
        row.get_age_band_display(),
        row.district,
        row.occupation,
        " ".join(part for part in (f"{row.party_size} 人", row.relation) if part),
        "首访" if row.is_first else "复访",
        row.get_source_display(),
        row.layouts,
        row.area,
        row.floor,
        row.budget_text,
        row.get_pay_method_display(),
        row.get_purpose_display(),
        row.get_transport_display(),
        row.focus,
        row.doubts,
        row.grade,
        row.asked_for.name if row.asked_for else "",
        row.received_by.name,
        "义务接待" if row.standin else row.get_method_display(),
        row.get_state_display(),
        "",
        "",
    )


def _call(row: Call) -> Line:
    name, _, phone = _person(row.customer, row.get_outcome_display())
    return (
        _time(row.happened_at),
        phone,
        name,
        row.get_source_display(),
        row.note,
        " ".join(part for part in (row.grade, row.layouts) if part),
        row.booked_on.isoformat() if row.booked_on else "",
        row.received_by.name,
        _tick(row.late_entry),
        "",
    )


def _followup(row: FollowUp) -> Line:
    return (
        _time(row.happened_at),
        *_person(row.customer, "")[::2],
        row.customer.grade,
        row.get_method_display(),
        _tick(row.effective),
        row.content,
        row.next_on.isoformat() if row.next_on else "",
        row.by.name,
        "",
    )


def _track(row: Customer) -> Line:
    spoken: list[FollowUp] = row.spoken  # type: ignore[attr-defined]
    words = "；".join(f"{_time(f.happened_at)} {f.get_method_display()} {f.content}" for f in spoken)
    return (
        str(row),
        row.phone_masked,
        row.grade,
        row.get_stage_display(),
        need(row),
        row.owner.name if row.owner else "公海",
        str(len(spoken)),
        str(sum(f.effective for f in spoken)),
        words[:160],
        row.next_follow_on.isoformat() if row.next_follow_on else "",
        "",
    )


def _columns(*lines: str) -> tuple[str, ...]:
    return tuple(" ".join(lines).split())


def _target(row: Customer) -> Line:
    return (
        row.code,
        str(row),
        row.get_gender_display(),
        row.phone_masked,
        row.grade,
        row.get_stage_display(),
        row.get_source_display(),
        need(row),
        budget(row),
        str(row.visit_count),
        _time(row.first_contact_at),
        _time(row.last_contact_at),
        row.next_follow_on.isoformat() if row.next_follow_on else "",
        row.owner.name if row.owner else "公海",
        row.last_note,
    )


PAPERS: dict[str, Paper] = {
    "visits": Paper(
        "来访客户登记表",
        _columns(
            "到达 离开 客户姓名 性别 电话 年龄段 居住区域 工作/职业 人数/关系 首/复访 认知途径 意向户型 面积",
            "楼层 预算 付款方式 购房目的 交通工具 关注点 疑问/抗性 级别 指定接待 接待人 接待类型 登记",
            "客户签字 助理核",
        ),
        ("制表", "销售助理", "销售经理"),
        _visits,
        _visit,
    ),
    "calls": Paper(
        "来电登记表",
        _columns("时间 来电号码 称呼 认知途径 询问内容 意向 约访 接听人 补登 转访日期"),
        ("制表", "销售助理", "销售经理"),
        _calls,
        _call,
    ),
    "followups": Paper(
        "回访跟进登记表",
        _columns("时间 客户 电话 级别 方式 接通 内容 下次计划 跟进人 主管批注"),
        ("销售代表", "销售主管", "销售经理"),
        _followups,
        _followup,
    ),
    "tracking": Paper(
        "客户情况跟踪表",
        _columns("客户 电话 级别 阶段 需求 归属 跟进次数 接通 内容 下次计划 主管批注"),
        ("销售代表", "销售主管", "销售经理"),
        _tracked,
        _track,
    ),
    "targets": Paper(
        "目标客户基本信息情况统计表",
        _columns(
            "编号 客户 性别 电话 级别 阶段 认知途径 需求 预算 来访次数",
            "首次接触 最近联系 下次跟进 销售代表 最近内容",
        ),
        ("销售代表", "销售主管", "销售经理"),
        _targets,
        _target,
    ),
}


def span_of(asked: dict[str, str], form: str, today: date) -> tuple[date, date]:
    """The days of a print: as asked, else today, or this week for the weekly hand-in."""
    start = today - timedelta(days=today.weekday()) if form in ("tracking", "targets") else today
    first, last = _day(asked.get("from"), start), _day(asked.get("to"), today)
    return (first, last) if first <= last else (last, first)


def _day(text: str | None, otherwise: date) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return otherwise


def paper(user: User, project: Project, form: str, days: tuple[date, date], now: datetime) -> dict[str, Any]:
    """One form filled for a span of days, both included."""
    what, (first, last) = PAPERS[form], days
    rows = [
        what.line(row)
        for row in what.find(user, project, clock.at(first), clock.at(last + timedelta(days=1)))
    ]
    return {
        "form": form,
        "forms": [(key, known.title, key == form) for key, known in PAPERS.items()],
        "title": what.title,
        "columns": ["序号", *what.columns],
        "rows": [(str(n), *row) for n, row in enumerate(rows, 1)],
        "signs": what.signs,
        "project": project.name,
        "first": first.isoformat(),
        "last": last.isoformat(),
        "span": long_date(first) if first == last else f"{long_date(first)} 至 {long_date(last)}",
        "printed": f"{now.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M} {user.name}",
        "cut": len(rows) == MOST,
        "most": str(MOST),
    }
