"""离职交接: what people who left still hold, from every chapter that knows (slot LEAVER_ITEMS)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from customers.models import (
    Customer,
    CustomerExport,
    CustomerGrant,
    Handover,
    HandoverLine,
    OwnershipLease,
)
from customers.rules import LIVE, RECEIVES
from customers.rules.handover import GIVEN, MAY_GO_TO_POOL, POOL, Group, Why, group_of
from customers.slots import LEAVER_ITEMS, LeaverItem
from salesdept import clock
from salesdept.formats import cn_time
from salesdept.models import Project, Reveal, User

SHOWN = 10
LOOKS = {Reveal.Kind.REVEAL: "查看完整号码", Reveal.Kind.DIAL: "拨打", Reveal.Kind.LOOKUP: "查重"}


def owned_customers(user_id: int) -> int:
    return int(Customer.objects.filter(owner=user_id).count())


ITEM = LeaverItem("名下客户", owned_customers, order=10)


def _local(moment: datetime) -> datetime:
    return moment.astimezone(clock.SHANGHAI)


def left_behind(user_id: int) -> list[tuple[str, str]]:
    """Label and number of everything still in somebody's name; empty when all is handed over."""
    counted = ((item.label, item.count(user_id)) for item in LEAVER_ITEMS if not item.stays)
    return [(label, str(number)) for label, number in counted if number]


def gone(actor: User, now: datetime) -> QuerySet[User]:
    """People of the actor's projects who left."""
    today = clock.business_date(now)
    people: QuerySet[User] = User.objects.visible_to(actor)
    return people.filter(Q(is_active=False) | Q(active_to__lt=today))


def leavers_card(actor: User, now: datetime) -> dict[str, Any] | None:
    """People of the actor's projects who left and still hold something; stays away when nobody does."""
    rows = [
        (person.name, str(person.pk), left_behind(person.pk))
        for person in gone(actor, now).order_by("-pk")[:SHOWN]
    ]
    rows = [row for row in rows if row[2]]
    return {"rows": rows} if rows else None


def groups_of(user_id: int, project_id: int) -> dict[Group, list[int]]:
    """A person's customers in a project by the group they are handed over in; one query."""
    lease = OwnershipLease.objects.filter(customer=OuterRef("pk"), state__in=LIVE)
    rows = Customer.objects.filter(owner=user_id, project=project_id).annotate(
        lease_state=lease.values("state")[:1], signed=Exists(lease.filter(deal_on__isnull=False))
    )
    found: dict[Group, list[int]] = {group: [] for group in Group}
    for pk, state, signed, grade in rows.order_by("pk").values_list("pk", "lease_state", "signed", "grade"):
        found[group_of(state or "", signed, grade)].append(pk)
    return found


def facts_of(user_id: int, project_id: int) -> list[dict[str, Any]]:
    """What else is in a person's name and what he took out of the house: label, number, newest lines."""
    facts = [
        {"label": item.label, "count": str(number), "lines": list(item.lines(user_id)) if item.lines else []}
        for item in sorted(LEAVER_ITEMS, key=lambda item: item.order)
        if item is not ITEM and (number := item.count(user_id))
    ]
    shares = CustomerGrant.objects.filter(user=user_id, content_object__project=project_id).count()
    if shares:
        facts.append({"label": "共享给他的客户", "count": str(shares), "lines": []})
    return [*facts, *_exports(user_id), *_looks(user_id)]


def _exports(user_id: int) -> list[dict[str, Any]]:
    """His exports, newest first: when, what, how many rows, how often fetched."""
    rows = CustomerExport.objects.filter(asked_by=user_id).order_by("-pk")
    lines = [
        f"{_local(row.asked_at):%Y-%m-%d %H:%M} {row.get_kind_display()} {row.row_count} 行，"
        f"下载 {row.fetched} 次：{row.reason}"
        for row in rows[:SHOWN]
    ]
    return [{"label": "导出记录", "count": str(rows.count()), "lines": lines}] if lines else []


def _looks(user_id: int) -> list[dict[str, Any]]:
    """How often he saw numbers, by kind, and the newest full ones with their reasons."""
    mine = Reveal.objects.filter(actor=user_id)
    counts = dict(mine.order_by().values_list("kind").annotate(number=Count("pk")))
    shown = mine.filter(kind=Reveal.Kind.REVEAL).order_by("-pk")[:SHOWN]
    lines = [f"{_local(row.happened_at):%Y-%m-%d %H:%M} {row.target}：{row.reason}" for row in shown]
    return [
        {
            "label": f"{word}记录",
            "count": str(counts[kind]),
            "lines": lines if kind == Reveal.Kind.REVEAL else [],
        }
        for kind, word in LOOKS.items()
        if counts.get(kind)
    ]


def handover_people(actor: User, project: Project, now: datetime) -> list[dict[str, Any]]:
    """Everybody of the project who owns customers or may, who left first; two queries."""
    left = set(gone(actor, now).values_list("pk", flat=True))
    people = User.objects.filter(projects=project, role__in=RECEIVES).exclude(pk=actor.pk)
    owned = Count("customers", filter=Q(customers__project=project))
    rows = [
        {
            "pk": str(person.pk),
            "name": person.name,
            "role": person.get_role_display(),
            "count": str(person.held),
            "gone": person.pk in left,
        }
        for person in people.annotate(held=owned).order_by("pinyin")
    ]
    return sorted(rows, key=lambda row: not row["gone"])


def handover_page(leaver: User, project: Project, asked: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """The one screen of a handover: groups with their choice, the preview, and everything else he holds."""
    groups = groups_of(leaver.pk, project.pk)
    people = User.objects.filter(projects=project, role__in=RECEIVES, is_active=True).exclude(pk=leaver.pk)
    reps = list(people.order_by("pinyin"))
    load = dict(
        Customer.objects.filter(owner__in=reps, project=project)
        .order_by()
        .values_list("owner")
        .annotate(number=Count("pk"))
    )
    return {
        "leaver": leaver,
        "pk": str(leaver.pk),
        "whys": Why.choices,
        "why": asked.get("why", Why.LEFT),
        "reason": asked.get("reason", ""),
        "groups": [_group(group, groups[group], asked, reps) for group in Group if groups[group]],
        "facts": facts_of(leaver.pk, project.pk),
        "preview": _preview(groups, asked, reps, load),
        "total": str(sum(len(ids) for ids in groups.values())),
        "past": [
            (str(row.pk), row.get_why_display(), cn_time(row.at, now))
            for row in Handover.objects.filter(leaver=leaver, project=project)[:SHOWN]
        ],
    }


def _group(
    group: Group, ids: Sequence[int], asked: Mapping[str, str], reps: Sequence[User]
) -> dict[str, Any]:
    shown = Customer.objects.filter(pk__in=ids[:SHOWN]).order_by("pk")
    options = [(str(rep.pk), rep.name) for rep in reps]
    if group in MAY_GO_TO_POOL:
        options.append((POOL, "转公海"))
    return {
        "key": group.value,
        "label": group.label,
        "count": str(len(ids)),
        "names": "、".join(str(customer) for customer in shown) + (" …" if len(ids) > SHOWN else ""),
        "options": options if group in GIVEN else [],
        "chosen": asked.get(group.value, ""),
    }


def _preview(
    groups: Mapping[Group, Sequence[int]],
    asked: Mapping[str, str],
    reps: Sequence[User],
    load: Mapping[int, int],
) -> list[tuple[str, str, str]]:
    """Who would get how many, and how many he has then; empty until something is chosen."""
    gets: dict[str, int] = {}
    for group in GIVEN:
        if (choice := asked.get(group.value, "")) and groups[group]:
            gets[choice] = gets.get(choice, 0) + len(groups[group])
    rows = []
    for rep in reps:
        if more := gets.get(str(rep.pk)):
            has = load.get(rep.pk, 0)
            rows.append((rep.name, str(more), f"{has} → {has + more}"))
    return rows + ([("公海", str(gets[POOL]), "")] if POOL in gets else [])


def handover_sheet(handover: Handover) -> dict[str, Any]:
    """客户移交清单 as printed."""
    lines = HandoverLine.objects.filter(handover=handover).select_related("customer", "to").order_by("pk")
    rows = [
        {
            "number": str(number),
            "code": line.customer.code,
            "name": str(line.customer),
            "phone": line.customer.phone_masked,
            "group": line.get_group_display(),
            "grade": line.grade,
            "stage": line.customer.get_stage_display(),
            "to": line.to.name if line.to else "公海",
        }
        for number, line in enumerate(lines, 1)
    ]
    takers = sorted({row["to"] for row in rows if row["to"] != "公海"})
    return {
        "handover": handover,
        "pk": str(handover.pk),
        "when": f"{_local(handover.at):%Y-%m-%d %H:%M}",
        "rows": rows,
        "total": str(len(rows)),
        "takers": takers,
    }
