"""到期资料: whose personal data the retention term would blank (预演), and the numbers of 公共号码."""

from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from customers import access
from customers.models import Customer, OwnershipLease, PublicNumber
from customers.rules import LIVE
from customers.rules.households import RetentionTerms, months_before, number_mask
from customers.slots import CUSTOMER_IN_USE
from regulations.queries import terms_for
from salesdept import clock
from salesdept.formats import cn_date, cn_time, count, phone_mask
from salesdept.models import Project, User

PAGE = 50
CAP = 1000


def due_files(project: Project | int, today: date) -> QuerySet[Customer]:
    """Files without owner and lease whose last contact is longer ago than the term, oldest key first.

    An open dispute keeps its lease frozen, hence live.
    """
    terms = terms_for(RetentionTerms, on=today, project=project)
    since = clock.at(months_before(today, terms.months))
    live = OwnershipLease.objects.filter(customer=OuterRef("pk"), state__in=LIVE)
    rows: QuerySet[Customer] = (
        Customer.objects.filter(
            project=project, owner__isnull=True, anonymised_at__isnull=True, last_contact_at__lt=since
        )
        .exclude(Exists(live))
        .order_by("pk")
    )
    return rows


def without_deal(keys: list[int]) -> list[int]:
    """Those of the keys that nothing is built on."""
    used = {key for key in keys for built in CUSTOMER_IN_USE if any(built([key]))}
    return [key for key in keys if key not in used]


def retention_page(user: User, project: Project, now: datetime) -> dict[str, Any]:
    """What the job would blank tonight."""
    today = clock.business_date(now)
    terms = terms_for(RetentionTerms, on=today, project=project)
    rows = due_files(project, today)
    total = rows[: CAP + 1].count()
    return {
        "tab": "retention",
        "on": terms.switched_on,
        "months": str(terms.months),
        "total": count(total, CAP),
        "rows": [
            {
                "pk": str(person.pk),
                "code": person.code,
                "name": str(person),
                "phone": person.phone_masked or "未留号码",
                "last": cn_date(person.last_contact_at),
                "stage": person.get_stage_display(),
            }
            for person in rows[:PAGE]
        ],
    }


def public_page(user: User, project: Project, now: datetime) -> dict[str, Any]:
    """公共号码 of the project and of the whole company, newest first."""
    rows = PublicNumber.objects.visible_to(user).live().select_related("added_by", "project")
    found = rows.filter(project=project) | rows.filter(project__isnull=True)
    return {
        "tab": "public",
        "rows": [
            {
                "pk": str(row.pk),
                "number": number_mask(row.number, phone_mask(row.number)),
                "reason": row.reason,
                "place": "本项目" if row.project_id else "全公司",
                "who": f"{row.added_by.name} · {cn_time(row.added_at, now)}",
            }
            for row in found.order_by("-pk")[:200]
        ],
        "may_add": access.may_list_public(user, project),
        "may_remove": access.may_unlist_public(user),
    }
