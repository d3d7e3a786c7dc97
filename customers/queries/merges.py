"""合并申请 before and after: two files side by side, the requests, the history, namesakes."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse

from customers import access
from customers.models import Customer, Merge, Namesake, OwnershipLease, Phone
from customers.queries.search import find_ids
from customers.queries.words import need
from customers.rules import LIVE
from customers.rules.households import MergeKind, NamesakeState, Relation, number_mask
from regulations.models import Request
from salesdept import clock
from salesdept.formats import cn_date, cn_time, phone_mask
from salesdept.models import Project, User

PAGE = 50
HITS = 8
ROWS = ("档案", "称呼", "号码", "归属", "归属起", "有效至", "首次接触", "来访 / 来电", "意向", "最近联系")


def _column(customer: Customer, today: date) -> list[str]:
    """One file in the order of ROWS; numbers masked."""
    lease = OwnershipLease.objects.filter(customer=customer, state__in=LIVE).select_related("rep").first()
    numbers = Phone.objects.live().filter(customer=customer).order_by("pk")
    shown = "、".join(number_mask(phone.number, phone_mask(phone.number)) for phone in numbers)
    return [
        customer.code,
        str(customer),
        shown or "—",
        lease.rep.name if lease else "无",
        cn_date(lease.started_at) if lease else "—",
        cn_date(lease.expires_on) if lease else "—",
        cn_date(customer.first_contact_at),
        f"{customer.visit_count} / {customer.call_count}",
        need(customer),
        cn_date(customer.last_contact_at, today),
    ]


def side_by_side(survivor: Customer, other: Customer, now: datetime) -> list[tuple[str, str, str, bool]]:
    """(what, survivor's, the other's, whether they differ) of two files."""
    today = clock.business_date(now)
    pairs = zip(ROWS, _column(survivor, today), _column(other, today), strict=True)
    return [(word, first, second, first != second) for word, first, second in pairs]


def two_of(request: Request) -> tuple[Customer, Customer] | None:
    """The files a 合并申请 or 拆分申请 is about."""
    if request.kind == "customers.merge":
        keys = (request.payload["survivor"], request.payload["other"])
    else:
        merge = Merge.objects.get(pk=request.subject.rpartition(":")[2])
        keys = (merge.survivor_id, merge.other_id)
    found = Customer.everyone.in_bulk(keys)
    return (found[keys[0]], found[keys[1]]) if len(found) == 2 else None


def merge_facts(request: Request) -> Sequence[tuple[str, str]]:
    """The two files in short, for the request's page."""
    two = two_of(request)
    if two is None:
        return []
    facts = [("保留", f"{two[0].code} {two[0]}"), ("并入", f"{two[1].code} {two[1]}")]
    if request.payload.get("relation"):
        facts.append(("关系", Relation(request.payload["relation"]).label))
        facts.append(("证明", request.payload["proof"]))
    return facts


def merge_url(request: Request) -> str:
    return reverse("customers:merge_request", args=[request.pk])


def request_page(user: User, request: Request, now: datetime) -> dict[str, Any]:
    """Both files side by side, before anybody approves."""
    two = two_of(request)
    return {
        "asked": request,
        "pk": str(request.pk),
        "lines": side_by_side(*two, now) if two else [],
        "facts": merge_facts(request),
        "when": cn_time(request.requested_at, now),
        "undo": request.kind != "customers.merge",
    }


def merge_form_page(
    user: User, customer: Customer, other: Customer | None, q: str, now: datetime
) -> dict[str, Any]:
    """合并申请: the file that stays, what `q` finds, and the one to merge when it is chosen."""
    keys = [key for key in find_ids(user, q, HITS) if key != customer.pk] if q else []
    found = Customer.objects.filter(project=customer.project_id).select_related("owner").in_bulk(keys)
    return {
        "q": q,
        "hits": [_file(found[key]) for key in keys if key in found],
        "customer": customer,
        "pk": str(customer.pk),
        "other": other,
        "other_pk": str(other.pk) if other else "",
        "lines": side_by_side(customer, other, now) if other else [],
    }


def merge_list(user: User, project: Project, now: datetime) -> dict[str, Any]:
    """合并记录 and the requests that wait."""
    merges = Merge.objects.visible_to(user).filter(project=project)
    merges = merges.select_related("survivor", "other", "approved_by", "request__requester")
    waiting = (
        Request.objects.visible_to(user).pending().filter(project=project, kind__startswith="customers.")
    )
    waiting = waiting.filter(kind__in=("customers.merge", "customers.unmerge")).select_related("requester")
    return {
        "tab": "merges",
        "waiting": [
            {
                "url": merge_url(row),
                "title": row.title,
                "who": row.requester.name,
                "when": cn_time(row.requested_at, now),
            }
            for row in waiting[:PAGE]
        ],
        "rows": [history_row(merge, now) for merge in merges.order_by("-pk")[:PAGE]],
        "may_ask": access.may_ask_merge(user),
    }


def history_row(merge: Merge, now: datetime) -> dict[str, Any]:
    return {
        "pk": str(merge.pk),
        "kind": MergeKind(merge.kind).label,
        "survivor": f"{merge.survivor.code} {merge.survivor}",
        "survivor_pk": str(merge.survivor_id),
        "other": f"{merge.other.code} {merge.other}",
        "who": f"{merge.request.requester.name} 申请，{merge.approved_by.name} 批准",
        "when": cn_time(merge.merged_at, now),
        "reason": merge.reason,
        "undone": cn_time(merge.undone_at, now) if merge.undone_at else "",
        "undo_reason": merge.undo_reason,
    }


def merges_of(customer: Customer) -> list[Merge]:
    """The history of a file, newest first."""
    rows = Merge.objects.filter(Q(survivor=customer) | Q(other=customer))
    return list(rows.select_related("survivor", "other", "approved_by", "request__requester").order_by("-pk"))


def namesake_list(user: User, project: Project, before: int | None, now: datetime) -> dict[str, Any]:
    """同名待确认, newest first."""
    rows = Namesake.objects.visible_to(user).filter(project=project, state=NamesakeState.OPEN)
    if before:
        rows = rows.filter(pk__lt=before)
    whole = rows.filter(first__merged_into__isnull=True, second__merged_into__isnull=True)
    found = list(whole.select_related("first__owner", "second__owner").order_by("-pk")[: PAGE + 1])
    return {
        "tab": "namesakes",
        "rows": [
            {
                "pk": str(pair.pk),
                "name": str(pair.first),
                "files": [_file(pair.first), _file(pair.second)],
                "first_pk": str(pair.first_id),
                "second_pk": str(pair.second_id),
                "when": cn_time(pair.found_at, now),
            }
            for pair in found[:PAGE]
        ],
        "older": str(found[PAGE - 1].pk) if len(found) > PAGE else "",
        "may_ask": access.may_ask_merge(user),
    }


def _file(customer: Customer) -> dict[str, str]:
    return {
        "pk": str(customer.pk),
        "code": customer.code,
        "name": str(customer),
        "phone": customer.phone_masked or "未留号码",
        "owner": customer.owner.name if customer.owner else "公海",
        "first": cn_date(customer.first_contact_at),
        "need": need(customer),
    }
