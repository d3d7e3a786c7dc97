"""The customer's page: who, whose, why, what is next, and everything that happened."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from customers import access
from customers.models import Call, Customer, FollowUp, OwnershipLease, Visit
from customers.queries.households import household_panel, with_merged
from customers.queries.leases import lease_panel
from customers.queries.merges import merges_of
from customers.queries.words import STAGE_MARKS, budget, due_tag, need
from customers.rules import LIVE, GradeTerms, LeaseState, OwnTerms, Stage, lease_word
from customers.rules.followups import REACHED
from customers.rules.losses import IN_DEAL
from customers.slots import TIMELINE, TimelineWord, panels
from regulations.models import Decision
from regulations.queries import terms_for
from salesdept import clock
from salesdept.formats import cn_date, cn_time, days_left
from salesdept.journal import label
from salesdept.models import Event, User

DEPTH = 30


def _grades(changes: Mapping[str, Any]) -> str:
    return f"{changes['old']} → {changes['new']}"


def _stages(changes: Mapping[str, Any]) -> str:
    return f"{Stage(changes['old']).label} → {Stage(changes['new']).label}"


OWN_WORDS = (
    TimelineWord("customers.grade.set", "等级变更", "swap", words=_grades),
    TimelineWord("customers.stage.set", "阶段变更", "flag", "primary", _stages),
    TimelineWord("customers.phone.added", "添加号码", "phone"),
    TimelineWord("customers.phone.detached", "停用号码", "phone"),
    TimelineWord("customers.member.added", "加入客户组成员", "users"),
    TimelineWord("customers.household.kind", "客户组类别变更", "users"),
    TimelineWord("customers.kin.declared", "申报员工亲友", "user"),
    TimelineWord("customers.customer.merged", "合并档案", "swap", "primary"),
    TimelineWord("customers.customer.unmerged", "拆分档案", "undo"),
    TimelineWord("customers.customer.imported", "导入建档", "upload"),
    TimelineWord("customers.customer.assigned", "分配归属", "user", "ok"),
    TimelineWord("customers.customer.edited", "修改资料", "edit"),
    TimelineWord("customers.lease.locked", "归属锁定", "lock", "ok"),
    TimelineWord("customers.lease.unlocked", "归属解锁", "unlock"),
    TimelineWord("customers.lease.deal", "成交，异议期后关闭", "flag", "ok"),
    TimelineWord("customers.lease.closed", "归属关闭", "check"),
    TimelineWord("customers.lease.extended", "续报获批", "clock", "ok"),
    TimelineWord("customers.customer.transferred", "移交归属", "swap"),
    TimelineWord("customers.customer.handed_over", "随交接移交", "swap"),
    TimelineWord("customers.lease.lapsed", "归属到期，转公海", "clock", "bad"),
    TimelineWord("customers.followup.moved", "跟进改期", "cal"),
    TimelineWord("customers.dispute.filed", "提出归属争议", "scale", "bad"),
    TimelineWord("customers.dispute.ruled", "归属已裁决", "scale", "ok"),
    TimelineWord("customers.dispute.withdrawn", "争议撤回", "undo"),
    TimelineWord("customers.standin.opened", "义务接待，打开代接卡", "user"),
    TimelineWord("customers.selffill.signed", "客户自填并签名", "sign", "ok"),
    TimelineWord("customers.feedback.taken", "登记反馈", "msg", "bad"),
    TimelineWord("customers.feedback.forwarded", "反馈转办", "send"),
    TimelineWord("customers.feedback.answered", "反馈已答复", "msg", "ok"),
    TimelineWord("customers.feedback.confirmed", "反馈回访", "phone"),
    TimelineWord("customers.feedback.reopened", "反馈重开", "undo", "bad"),
    TimelineWord("customers.feedback.withdrawn", "反馈撤回", "undo"),
    TimelineWord("customers.callback.made", "回访", "phone"),
)
KINDS = {"": "全部", "visit": "来访", "call": "来电", "follow": "跟进", "deal": "归属与交易"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    at: datetime
    kind: str
    icon: str
    title: str
    text: str = ""
    tone: str = ""
    who: str = ""
    when: str = ""
    clause: str = ""


def timeline(files: Sequence[int], slips: Sequence[Visit | Call], now: datetime) -> list[Item]:
    """Registers, follow-ups and journal of a file and those merged into it, newest first."""
    follow_ups = FollowUp.objects.filter(customer__in=files).select_related("by").order_by("-pk")[:DEPTH]
    words = {word.verb: word for word in (*OWN_WORDS, *TIMELINE)}
    events = Event.objects.filter(customer_ref__in=files, verb__in=words).select_related("actor")
    items = [
        *(_slip(slip, now) for slip in slips),
        *(_follow_up(row, now) for row in follow_ups),
        *(_event(event, words[event.verb], now) for event in events.order_by("-pk")[:DEPTH]),
    ]
    return sorted(items, key=lambda item: item.at, reverse=True)


def _slip(slip: Visit | Call, now: datetime) -> Item:
    is_visit = isinstance(slip, Visit)
    title = "来访" if is_visit else "来电"
    if isinstance(slip, Visit):
        title = f"{'首次' if slip.is_first else '再次'}来访 · {slip.get_method_display()}"
    parts = [slip.layouts, slip.note, "补登" if slip.late_entry else ""]
    return Item(
        at=slip.happened_at,
        kind="visit" if is_visit else "call",
        icon="door" if is_visit else "phone",
        tone="" if slip.standin or not is_visit else "ok",
        title=f"{title}（义务接待）" if slip.standin else title,
        text=" · ".join(part for part in parts if part),
        who=slip.received_by.name,
        when=cn_time(slip.happened_at, now),
    )


def _follow_up(row: FollowUp, now: datetime) -> Item:
    told = row.get_outcome_display() if row.outcome not in REACHED else "不计有效"
    title = f"{row.get_method_display()}跟进" + ("" if row.effective else f"（{told}）")
    text = f"{row.content}；答应：{row.promise}" if row.promise else row.content
    when = cn_time(row.happened_at, now)
    return Item(
        at=row.happened_at,
        kind="follow",
        icon="edit",
        title=title,
        text=text,
        who=row.by.name,
        when=when,
    )


def _event(event: Event, word: TimelineWord, now: datetime) -> Item:
    said = word.words(event.changes) if word.words else ""
    return Item(
        at=event.happened_at,
        kind="deal",
        icon=word.icon,
        tone=word.tone,
        title=word.title,
        text=" · ".join(part for part in (said, event.reason) if part),
        who=event.actor.name if event.actor else "系统",
        when=cn_time(event.happened_at, now),
    )


def by_day(items: Iterable[Item], today: date) -> Iterator[tuple[str, list[Item]]]:
    """Items under 今天, 本周, 上周, 更早."""
    monday = today - timedelta(days=today.weekday())
    groups: dict[str, list[Item]] = {}
    for item in items:
        day = clock.business_date(item.at)
        word = (
            "今天"
            if day >= today
            else "本周"
            if day >= monday
            else "上周"
            if day >= monday - timedelta(days=7)
            else "更早"
        )
        groups.setdefault(word, []).append(item)
    yield from groups.items()


def _slips(files: Sequence[int]) -> list[Visit | Call]:
    rows: list[Visit | Call] = [
        *Visit.objects.filter(customer__in=files).select_related("received_by").order_by("-pk")[:DEPTH],
        *Call.objects.filter(customer__in=files).select_related("received_by").order_by("-pk")[:DEPTH],
    ]
    return rows


def why(slips: Sequence[Visit | Call]) -> Decision | None:
    """The newest decision about whose customer this is."""
    subjects = [label(slip) for slip in slips]
    if not subjects:
        return None
    return Decision.objects.filter(kind="customers.owner", subject__in=subjects).order_by("-pk").first()


def lease_facts(customer: Customer, today: date) -> dict[str, Any] | None:
    """The live lease in words, or None for the 公海."""
    lease = OwnershipLease.objects.filter(customer=customer, state__in=LIVE).select_related("rep").first()
    if lease is None:
        return None
    warn = terms_for(OwnTerms, on=today, project=customer.project_id).warn_days
    word = lease_word(lease.state, lease.expires_on, today, warn)
    css = {"有效": "tag--ok", "锁定": "tag--ok", "临期": "tag--warn"}.get(word, "tag--bad")
    until = f"{cn_date(lease.expires_on, today)}（{days_left(lease.expires_on, today)}）"
    return {
        "word": word,
        "css": css,
        "rep": lease.rep.name,
        "basis": lease.get_basis_display(),
        "started": cn_date(lease.started_at),
        "effective": cn_date(lease.last_effective_at),
        "until": "锁定，不会到期" if lease.state == LeaseState.LOCKED else until,
    }


def customer_page(user: User, customer: Customer, now: datetime, kind: str = "") -> dict[str, Any]:
    """Everything on the customer's page; the caller fetched the customer through `visible_to`."""
    today = clock.business_date(now)
    merges = merges_of(customer)
    files = with_merged(customer) if merges else [customer.pk]
    slips = _slips(files)
    items = timeline(files, slips, now)
    shown = [item for item in items if not kind or item.kind == kind]
    mark = STAGE_MARKS.get(customer.stage, ("", ""))
    loaded = panels(user, customer.pk, now)
    lease = lease_panel(customer, now)
    live = lease["live"]
    return {
        "customer": customer,
        "pk": str(customer.pk),
        "stage_key": mark[0],
        "stage_char": mark[1],
        "need": need(customer),
        "budget": budget(customer),
        "contacts": f"{customer.visit_count} / {customer.call_count} 次",
        "lease": lease,
        "may_assign": bool(access.may_assign(user)),
        "decision": why(slips),
        "next": due_tag(customer.next_follow_on, today),
        "grade_days": terms_for(GradeTerms, on=today, project=customer.project_id).days(customer.grade),
        "household": household_panel(user, customer, merges, now),
        "timeline": list(by_day(shown, today)),
        "kinds": [(key, word, key == kind) for key, word in KINDS.items()],
        "panels": [panel for panel in loaded if not panel["side"]],
        "side_panels": [panel for panel in loaded if panel["side"]],
        "may_work": access.may_work_on(user, customer),
        "may_lose": customer.stage not in (*IN_DEAL, Stage.LOST),
        "may_dial": access.may_dial(user, customer),
        "mine": customer.owner_id == user.pk,
        "may_dispute": access.may_dispute(user),
        "disputed": live is not None and live["word"] == LeaseState.FROZEN.label,
    }
