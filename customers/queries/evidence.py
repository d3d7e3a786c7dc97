"""取证: what the tables say about a disputed customer, line by line, masked; and each party's claim in it."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from attendance.models import ClockEvent
from customers.models import (
    Call,
    ChannelFiling,
    Customer,
    Dispute,
    FollowUp,
    OwnershipLease,
    Phone,
    QueueEntry,
    Reception,
    Referral,
    SlipCorrection,
    Visit,
)
from customers.models.disputes import DisputeFreeze
from customers.queries.households import household_facts
from customers.queries.leases import lease_at
from customers.queries.queue_sheet import turn_facts
from customers.rules import LeaseBasis, LeaseState, Outcome
from customers.rules.disputes import PARTIES
from customers.rules.register import RegisterState
from customers.slots import DEALS
from salesdept import clock
from salesdept.formats import cn_time
from salesdept.journal import label
from salesdept.models import Event, Reveal, User

STRONG, WEAK = "强", "弱"
DEPTH = 200  # rows of one kind
TURNS = 40  # receptions whose turn is read from the queue's log
DAYS = 10  # days whose queue and clock are looked at
LATE = timedelta(hours=1)  # a server time so long after the event is said beside it

# Journal rows that tell of ownership, households and numbers.
EVENTS = {
    "customers.customer.assigned": "分配归属",
    "customers.customer.transferred": "移交归属",
    "customers.customer.handed_over": "离岗交接",
    "customers.lease.extended": "归属延期",
    "customers.customer.merged": "合并客户",
    "customers.customer.unmerged": "撤销合并",
    "customers.kin.declared": "登记亲属关系",
    "customers.member.added": "添加同户成员",
    "customers.phone.added": "添加号码",
    "customers.phone.detached": "移除号码",
    "customers.lease.locked": "定金确认，归属锁定",
    "customers.lease.unlocked": "交易取消，归属解锁",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One piece of evidence. `at` is the event, `saved` the server's own time when that says something."""

    at: str
    saved: str
    kind: str
    text: str
    who: str
    source: str
    weight: str
    why: str = ""


def members(dispute: Dispute) -> list[Customer]:
    """Everybody of the disputed household."""
    rows = Customer.objects.filter(household_id=dispute.customer.household_id)
    return list(rows.select_related("owner").order_by("pk"))


def parties(dispute: Dispute) -> list[User]:
    return [seat.person for seat in dispute.seats.select_related("person") if seat.kind in PARTIES]


def assemble(dispute: Dispute) -> list[dict[str, Any]]:
    """The evidence of a case in the order of events; JSON values only."""
    people, ids = parties(dispute), [customer.pk for customer in members(dispute)]
    days = _days(dispute, ids)
    lines = [
        *_household(dispute),
        *_visits(ids),
        *_calls(ids),
        *_corrections(ids),
        *_follow_ups(ids),
        *_leases(ids),
        *_receptions(ids),
        *_on_duty(dispute, people, days),
        *_held_on(dispute, days),
        *_introductions(ids),
        *_events(ids),
        *_looks(ids),
        *_deals(ids),
    ]
    return [asdict(line) for line in sorted(lines, key=lambda line: (line.at, line.source))]


def _line(
    at: datetime, kind: str, text: str, who: User | None, source: str, *, weak: str = "", saved: Any = None
) -> Line:
    late = saved is not None and saved - at > LATE
    return Line(
        at=at.isoformat(),
        saved=saved.isoformat() if late else "",
        kind=kind,
        text=text,
        who=who.name if who else "系统",
        source=source,
        weight=WEAK if weak else STRONG,
        why=weak,
    )


def _days(dispute: Dispute, ids: Sequence[int]) -> list[date]:
    """The days that matter: every first contact of a rep, the deal, the claim itself."""
    days = {clock.business_date(dispute.filed_at)}
    if dispute.deal_on:
        days.add(dispute.deal_on)
    first: dict[int, datetime] = {}
    for kind in (Visit, Call):
        rows = kind.objects.filter(customer__in=ids).order_by("happened_at")
        for rep, at in rows.values_list("received_by", "happened_at")[:DEPTH]:
            first[rep] = min(at, first.get(rep, at))
    days |= {clock.business_date(at) for at in first.values()}
    return sorted(days)[:DAYS]


def _household(dispute: Dispute) -> Iterator[Line]:
    """Who belongs to the household, by which relation, with which numbers, and what was merged."""
    facts = household_facts(dispute.customer_id)
    owners = {customer.pk: customer for customer in members(dispute)}
    for member in facts["members"]:
        customer = owners.get(member["customer"])
        owner = f"归属 {customer.owner.name}" if customer and customer.owner else "公海"
        proof = f"，证明 {member['proof']}（{member['seen_by']} 查看）" if member["proof"] else ""
        text = f"同户客户 {member['name']}（{member['relation']}），{owner}{proof}"
        weak = "" if member["proof"] or len(facts["members"]) == 1 else "关系没有证明"
        at = datetime.fromisoformat(member["first_contact"])
        yield _line(at, "客户组", text, None, f"{Customer._meta.label_lower}:{member['customer']}", weak=weak)
    for number in facts["numbers"]:
        gone = f"，{number['reason']}后移除" if number["detached"] else ""
        at = datetime.fromisoformat(number["counts_from"])
        source = f"{Customer._meta.label_lower}:{number['customer']}"
        yield _line(at, "号码", f"号码 {number['number']} 自此算起{gone}", None, source)


def _slip_weakness(slip: Visit | Call) -> str:
    """Why a slip proves little: entered late, or nobody was named."""
    if slip.late_entry:
        return "补登：登记在截止之后"
    if slip.state in (RegisterState.PENDING, RegisterState.WEAK):
        return f"登记{slip.get_state_display()}"
    if slip.outcome != Outcome.REGISTERED:
        return "未留客户资料"
    return ""


def _signed(visit: Visit) -> str:
    """客户自填 is the strongest evidence: the customer typed and signed himself."""
    fill = getattr(visit, "self_fill", None)
    return "，客户自填并签名" if fill is not None and fill.signed_at else ""


def _visits(ids: Sequence[int]) -> Iterator[Line]:
    rows = Visit.objects.filter(customer__in=ids).select_related("received_by", "asked_for", "self_fill")
    for visit in rows.order_by("happened_at")[:DEPTH]:
        asked = f"，指定 {visit.asked_for.name}" if visit.asked_for else ""
        duty = "，义务接待" if visit.standin else ""
        first = "首次来访" if visit.is_first else "来访"
        text = f"{first}（{visit.get_method_display()}）{asked}{duty}{_signed(visit)}"
        weak = _slip_weakness(visit)
        yield _line(
            visit.happened_at,
            "来访",
            text,
            visit.received_by,
            label(visit),
            weak=weak,
            saved=visit.created_at,
        )


def _calls(ids: Sequence[int]) -> Iterator[Line]:
    rows = Call.objects.filter(customer__in=ids).select_related("received_by", "customer")
    for call in rows.order_by("happened_at")[:DEPTH]:
        booked = f"，约访 {call.booked_on:%m-%d}" if call.booked_on else ""
        duty = "，义务接听" if call.standin else ""
        text = f"来电{booked}{duty}"
        weak = _slip_weakness(call)
        yield _line(
            call.happened_at, "来电", text, call.received_by, label(call), weak=weak, saved=call.created_at
        )


def _corrections(ids: Sequence[int]) -> Iterator[Line]:
    for path in ("visit", "call"):
        rows = SlipCorrection.objects.filter(**{f"{path}__customer__in": ids}).select_related("by")
        for row in rows.order_by("at")[:DEPTH]:
            text = f"更正{'来访' if path == 'visit' else '来电'}登记"
            yield _line(row.at, "更正", text, row.by, label(row), weak="登记后改过，原值保留")


def _follow_ups(ids: Sequence[int]) -> Iterator[Line]:
    rows = FollowUp.objects.filter(customer__in=ids).select_related("by", "void")
    for row in rows.order_by("happened_at")[:DEPTH]:
        untrue = getattr(row, "void", None) is not None
        counts = "，有效" if row.effective else ""
        text = f"{row.get_method_display()}跟进，{row.get_outcome_display()}{counts}"
        weak = "回访不属实，不计" if untrue else "" if row.effective else "不计有效，不续期"
        yield _line(row.happened_at, "跟进", text, row.by, label(row), weak=weak, saved=row.created_at)


def _leases(ids: Sequence[int]) -> Iterator[Line]:
    rows = OwnershipLease.objects.filter(customer__in=ids).select_related("rep").order_by("started_at")
    for lease in rows[:DEPTH]:
        weak = "导入，首次日期未核实" if lease.basis == LeaseBasis.IMPORTED else ""
        weak = weak or ("登记逾期未补全" if lease.weak else "")
        text = f"归属 {lease.rep.name} 起（{lease.get_basis_display()}），有效至 {lease.expires_on}"
        yield _line(lease.started_at, "归属", text, lease.rep, label(lease), weak=weak)
        if lease.ended_at:
            text = f"归属 {lease.rep.name} 止：{lease.ended_reason or lease.get_state_display()}"
            yield _line(lease.ended_at, "归属", text, lease.rep, label(lease))


def _receptions(ids: Sequence[int]) -> Iterator[Line]:
    """Each turn with what the queue's log says of it: by what right, from which place, before whom."""
    for row in _of_customers(ids).select_related("rep").order_by("started_at")[:TURNS]:
        facts = turn_facts(row.pk)
        end = f"至 {row.ended_at.astimezone(clock.SHANGHAI):%H:%M}" if row.ended_at else "未结束"
        words = [f"{row.get_kind_display()}接待 {end}", facts["kind_word"], facts["outcome_word"]]
        if facts["place"]:
            words.append(f"当时第 {facts['place']} 位")
        if facts["counted"]:
            words.append("占用轮次")
        weak = "" if facts["whole"] else "当日轮接记录被改动"
        yield _line(row.started_at, "轮次", "，".join(filter(None, words)), row.rep, label(row), weak=weak)


def _of_customers(ids: Sequence[int]) -> QuerySet[Reception]:
    rows = Reception.objects.filter(visit__customer__in=ids) | Reception.objects.filter(
        call__customer__in=ids
    )
    return rows.distinct()


def _held_on(dispute: Dispute, days: Sequence[date]) -> Iterator[Line]:
    """Whose the disputed customer was at the end of each day that matters."""
    for day in days:
        held = lease_at(dispute.customer_id, day)
        words = f"当日归属 {held['rep_name']}，有效至 {held['expires_on']}" if held else "当日没有归属"
        yield _line(clock.at(day, 23, 59), "归属", words, None, f"{label(dispute.customer)}@{day}")


def _introductions(ids: Sequence[int]) -> Iterator[Line]:
    """渠道报备 and 老带新 of the household's people and numbers."""
    numbers = list(Phone.objects.filter(customer__in=ids).values_list("number", flat=True))
    project = Customer.objects.filter(pk__in=ids).values("project")[:1]
    filings = ChannelFiling.objects.filter(Q(customer__in=ids) | Q(number__in=numbers), project__in=project)
    for filing in filings.select_related("company", "filed_by").order_by("filed_at")[:DEPTH]:
        weak = "" if filing.arrived_at else "到访未经助理确认"
        text = f"渠道报备 {filing.company.name}，{filing.get_state_display()}"
        yield _line(filing.filed_at, "渠道", text, filing.filed_by, label(filing), weak=weak)
    referrals = Referral.objects.filter(number__in=numbers, project__in=project)
    for row in referrals.select_related("owner", "filed_by").order_by("filed_at")[:DEPTH]:
        named = f"，指名 {row.owner.name}" if row.named and row.owner else ""
        weak = "" if row.in_person else "推荐人未到场"
        text = f"老带新{named}，{row.get_state_display()}"
        yield _line(row.filed_at, "老带新", text, row.filed_by, label(row), weak=weak)


def _on_duty(dispute: Dispute, people: Sequence[User], days: Sequence[date]) -> Iterator[Line]:
    ids = [person.pk for person in people]
    entries = QueueEntry.objects.filter(project=dispute.project_id, rep__in=ids, day__in=days)
    for entry in entries.select_related("rep").order_by("signed_in_at"):
        text = f"签到候客，第 {entry.position} 位，接待新客 {entry.turns} 组"
        yield _line(entry.signed_in_at, "在岗", text, entry.rep, label(entry))
    clocks = ClockEvent.objects.filter(project=dispute.project_id, person__in=ids, day__in=days)
    for event in clocks.select_related("person").order_by("at")[:DEPTH]:
        yield _line(event.at, "在岗", f"打卡 {event.get_kind_display()}", event.person, label(event))


def _events(ids: Sequence[int]) -> Iterator[Line]:
    rows = Event.objects.filter(customer_ref__in=ids, verb__in=EVENTS).select_related("actor")
    for event in rows.order_by("happened_at")[:DEPTH]:
        yield _line(event.happened_at, "变动", EVENTS[event.verb], event.actor, f"{label(event)}")


def _looks(ids: Sequence[int]) -> Iterator[Line]:
    """查重 inside this customer's receptions, 查看 and 拨打 of the file."""
    customers = Customer(pk=0)._meta.label_lower
    receptions = _of_customers(ids).values_list("pk", flat=True)
    targets = [f"{customers}:{pk}" for pk in ids]
    targets += [f"{Reception._meta.label_lower}:{pk}" for pk in receptions[:DEPTH]]
    for row in Reveal.objects.filter(target__in=targets).select_related("actor").order_by("pk")[:DEPTH]:
        text = f"{row.get_kind_display()}号码"
        yield _line(row.happened_at, "查看", text, row.actor, label(row), weak="只证明看过，不证明接待")


def _deals(ids: Sequence[int]) -> Iterator[Line]:
    for source in DEALS:
        for deal in source.of_customers(ids):
            rep = User.objects.filter(pk=deal.rep_id).first()
            yield _line(clock.at(deal.on), "成交", f"认购 {deal.label}", rep, deal.ref)


# --- the parties' claims


def claims_of(dispute: Dispute, on: date) -> list[dict[str, Any]]:
    """What each party can show on a day: first registration, the lease held, last contacts. JSON values."""
    ids = [customer.pk for customer in members(dispute)]
    return [_claim(dispute, person, ids, on) for person in parties(dispute)]


def _claim(dispute: Dispute, person: User, ids: Sequence[int], on: date) -> dict[str, Any]:
    until_end = clock.end_of(on)
    first = _first_slip(person, ids, until_end)
    lease = _lease_held(dispute, person, ids, on)
    since = first.happened_at if first else lease.started_at if lease else None
    weak = first.late_entry if first else lease is not None and lease.basis == LeaseBasis.IMPORTED
    return {
        "rep": person.pk,
        "name": person.name,
        "since": since.astimezone(clock.SHANGHAI).isoformat() if since else None,
        "weak": weak,
        "until": lease.expires_on.isoformat() if lease else None,
        "valid": lease is not None and _held(dispute, lease, on),
        "followed": _last_effective(person, ids, until_end),
        "standin": _last_standin(person, ids, until_end),
    }


def _first_slip(person: User, ids: Sequence[int], before: datetime) -> Visit | Call | None:
    """The earliest complete registration; one on time goes before one entered late."""
    found: list[Visit | Call] = []
    for kind in (Visit, Call):
        rows = kind.objects.filter(
            customer__in=ids, received_by=person, standin=False, happened_at__lt=before
        )
        found += rows.order_by("late_entry", "happened_at")[:1]
    return min(found, key=lambda slip: (slip.late_entry, slip.happened_at), default=None)


def _lease_held(dispute: Dispute, person: User, ids: Sequence[int], on: date) -> OwnershipLease | None:
    """The party's lease on a day: one that held before one that had ended."""
    rows = OwnershipLease.objects.filter(customer__in=ids, rep=person, started_at__lt=clock.end_of(on))
    leases = list(rows.order_by("-started_at")[:DEPTH])
    return next((lease for lease in leases if _held(dispute, lease, on)), leases[0] if leases else None)


def _held(dispute: Dispute, lease: OwnershipLease, on: date) -> bool:
    """Whether a lease held on a day, by what it was before this case froze it."""
    if lease.ended_at is not None and clock.business_date(lease.ended_at) <= on:
        return False
    was = DisputeFreeze.objects.filter(dispute=dispute, lease=lease).values_list("was", flat=True).first()
    return (was or lease.state) == LeaseState.LOCKED or lease.expires_on >= on


def _last_effective(person: User, ids: Sequence[int], before: datetime) -> str | None:
    then = {"customer__in": ids, "happened_at__lt": before}
    rows = [
        FollowUp.objects.counting().filter(by=person, **then),
        Visit.objects.filter(received_by=person, standin=False, **then),
        Call.objects.filter(received_by=person, standin=False, **then),
    ]
    last = [found.order_by("-happened_at").values_list("happened_at", flat=True).first() for found in rows]
    return clock.business_date(max(at)).isoformat() if (at := [when for when in last if when]) else None


def _last_standin(person: User, ids: Sequence[int], before: datetime) -> str | None:
    rows = Visit.objects.filter(customer__in=ids, received_by=person, standin=True, happened_at__lt=before)
    at = rows.order_by("-happened_at").values_list("happened_at", flat=True).first()
    return clock.business_date(at).isoformat() if at else None


def shown(lines: Sequence[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """The lines of a snapshot, ready to draw."""
    return [
        {
            **line,
            "when": cn_time(datetime.fromisoformat(line["at"]), now),
            "saved": cn_time(datetime.fromisoformat(line["saved"]), now) if line["saved"] else "",
            "weak": line["weight"] == WEAK,
        }
        for line in lines
    ]
