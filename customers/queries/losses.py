"""拾回名单: who was lost, why, and when to try again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count

from customers.models import Loss
from customers.queries.words import need
from customers.rules.losses import LossReason
from customers.slots import CustomerPanel
from salesdept import clock
from salesdept.formats import cn_date
from salesdept.models import Project, User

PAGE = 50


def lost_page(user: User, project: Project, reason: str, before: int | None, now: datetime) -> dict[str, Any]:
    """One page of those still lost, newest first, with how many each reason has."""
    today = clock.business_date(now)
    rows = Loss.objects.visible_to(user).live().filter(project=project)
    counts = dict(rows.order_by().values_list("reason").annotate(Count("pk")))
    reason = reason if reason in LossReason.values else ""
    if reason:
        rows = rows.filter(reason=reason)
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows.select_related("customer__owner", "by").order_by("-pk")[: PAGE + 1])
    may = user.may("customers.add_followup")
    return {
        "rows": [
            {
                "pk": str(loss.customer_id),
                "name": str(loss.customer),
                "grade": loss.customer.grade,
                "need": need(loss.customer),
                "owner": loss.customer.owner.name if loss.customer.owner else "公海",
                "may": may,
                "due": loss.again_on <= today,
                **_said(loss, now),
            }
            for loss in found[:PAGE]
        ],
        "older": str(found[PAGE - 1].pk) if len(found) > PAGE else "",
        "reason": reason,
        "reasons": _chips(counts, reason),
    }


def _chips(counts: Mapping[str, int], chosen: str) -> list[tuple[str, str, str, bool]]:
    """Reasons as filters: key, word, count, chosen."""
    total = ("", "全部", str(sum(counts.values())), not chosen)
    some = [
        (value, label, str(counts[value]), value == chosen)
        for value, label in LossReason.choices
        if counts.get(value)
    ]
    return [total, *some]


def _said(loss: Loss, now: datetime) -> dict[str, Any]:
    today = clock.business_date(now)
    why = loss.get_reason_display() + (f"：{loss.rival}" if loss.rival else "")
    return {
        "why": why,
        "note": loss.note,
        "lost": cn_date(clock.business_date(loss.lost_at), today),
        "by": loss.by.name,
        "again": cn_date(loss.again_on, today),
    }


def loss_of(user: User, customer_id: int, now: datetime) -> dict[str, Any] | None:
    """战败 on the customer's page; the caller may see the customer."""
    loss = Loss.objects.live().filter(customer=customer_id).select_related("by").first()
    if loss is None:
        return None
    return {"pk": str(customer_id), "may": user.may("customers.add_followup"), **_said(loss, now)}


PANELS = (CustomerPanel("loss", "customers/panels/loss.html", loss_of, order=5, later=True),)
