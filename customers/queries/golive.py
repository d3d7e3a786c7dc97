"""启用预演: which leases would end tonight and why, by rep, and what two imported lists quarrel about."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from customers import access
from customers.models import ImportConflict, OwnershipLease
from customers.rules import LeaseBasis, LeaseState, OwnTerms
from regulations.queries import terms_for
from salesdept import clock
from salesdept.formats import cn_date
from salesdept.models import Project, User

SHOWN = 50


def golive_page(actor: User, project: Project, now: datetime) -> dict[str, Any]:
    """The rehearsal of tonight's end of leases, and the list of conflicts."""
    today = clock.business_date(now)
    terms = terms_for(OwnTerms, on=today, project=project)
    inside = project.pk in actor.project_ids
    due = OwnershipLease.objects.filter(project=project, state=LeaseState.ACTIVE, expires_on__lte=today)
    due = due if inside else due.none()
    conflicts = ImportConflict.objects.filter(project=project) if inside else ImportConflict.objects.none()
    return {
        "switched_on": terms.pool_imported,
        "opened": cn_date(project.opened_on) if project.opened_on else "未定",
        "grace": terms.golive_grace,
        "reps": _by_rep(due, pool_imported=terms.pool_imported),
        "rows": [_lease(lease, pool_imported=terms.pool_imported) for lease in _first(due)],
        "conflicts": [
            _conflict(actor, item)
            for item in conflicts.filter(ruled_at__isnull=True)
            .select_related("customer", "holder", "rival")
            .order_by("pk")[:SHOWN]
        ],
        "ruled": conflicts.filter(ruled_at__isnull=False).count(),
    }


def _first(due: Any) -> list[OwnershipLease]:
    return list(due.select_related("customer", "rep").order_by("expires_on", "pk")[:SHOWN])


def _by_rep(due: Any, *, pool_imported: bool) -> list[dict[str, str]]:
    """How many end tonight and how many only would, by rep."""
    held = Q(pk__in=[]) if pool_imported else Q(basis=LeaseBasis.IMPORTED)
    rows = due.order_by().values_list("rep__name").annotate(all=Count("pk"), held=Count("pk", filter=held))
    return [
        {"name": name, "ends": str(number - kept), "held": str(kept)}
        for name, number, kept in rows.order_by("-all", "rep__name")
    ]


def _lease(lease: OwnershipLease, *, pool_imported: bool) -> dict[str, Any]:
    held = lease.basis == LeaseBasis.IMPORTED and not pool_imported
    why = f"{lease.get_basis_display()}归属，最后一天 {cn_date(lease.expires_on)}"
    return {
        "pk": str(lease.customer_id),
        "name": str(lease.customer),
        "grade": lease.customer.grade,
        "rep": lease.rep.name,
        "why": f"{why}，最近有效联系 {cn_date(lease.last_effective_at)}",
        "held": held,
    }


def _conflict(actor: User, conflict: ImportConflict) -> dict[str, Any]:
    first = conflict.facts.get("first_visit_on")
    return {
        "pk": str(conflict.pk),
        "customer_pk": str(conflict.customer_id),
        "name": str(conflict.customer),
        "phone": conflict.customer.phone_masked,
        "holder": conflict.holder.name,
        "rival": conflict.rival.name,
        "holder_first": cn_date(conflict.customer.first_contact_at),
        "rival_first": first or "未填",
        "may_rule": access.may_rule_conflict(actor, conflict),
    }
