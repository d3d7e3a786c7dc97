"""启用: one number in two imported lists is ruled before the pool begins (拟:own.golive_grace)."""

from datetime import date, datetime
from typing import Any

from customers import access
from customers.models import Customer, ImportConflict
from customers.rules import LeaseBasis, LeaseState
from customers.rules.pool import ConflictRuling
from customers.services.cofollow import share
from customers.services.leases import end_lease, live_lease, move_lease, open_lease, tell
from customers.services.people import live_customer, plan_follow_up
from salesdept import journal
from salesdept.errors import RuleError
from salesdept.models import User
from salesdept.verbs import locked, save_versioned, service


def note_conflict(
    customer: Customer, rival_id: int, facts: dict[str, Any], batch_id: int, now: datetime
) -> ImportConflict | None:
    """Put a customer of two lists on the list of conflicts and freeze the lease; None when already there."""
    lease = live_lease(customer)
    if lease is None or lease.rep_id == rival_id:
        return None
    known = ImportConflict.objects.filter(customer=customer, rival=rival_id, ruled_at__isnull=True)
    if known.exists():
        return None
    if lease.state == LeaseState.ACTIVE:
        move_lease(lease, LeaseState.FROZEN)
    return ImportConflict.objects.create(
        project_id=customer.project_id,
        customer=customer,
        holder_id=lease.rep_id,
        rival_id=rival_id,
        facts=facts,
        import_batch=batch_id,
        found_at=now,
    )


def undo_conflicts(actor: User, batch_id: int, now: datetime) -> None:
    """Take the open conflicts of an import back; their leases thaw. Raises `in_use` for ruled ones."""
    rows = ImportConflict.objects.filter(import_batch=batch_id)
    if rows.filter(ruled_at__isnull=False).exists():
        raise RuleError("in_use", "这批导入的冲突已裁定，不能撤销", "拟:sys.import", "逐个处理")
    found = list(rows.select_related("customer"))
    journal.record_many(actor, "customers.import.conflict_undone", found, happened_at=now, batch=batch_id)
    rows.delete()
    for conflict in found:
        lease = live_lease(conflict.customer)
        open_ones = ImportConflict.objects.filter(customer=conflict.customer, ruled_at__isnull=True)
        if lease is not None and lease.state == LeaseState.FROZEN and not open_ones.exists():
            move_lease(lease, LeaseState.ACTIVE)


@service
def rule_conflict(
    *,
    actor: User,
    conflict_id: int,
    ruling: str,
    reason: str,
    now: datetime,
    idempotency_key: str | None = None,
) -> ImportConflict:
    """Whose the customer is: the present owner's, the other's, or both share. Both reps are told.

    Raises RuleError `conflict_ruled`, `ruling_unknown`, `reason_needed`.
    """
    conflict = locked(ImportConflict.objects.all(), conflict_id)
    access.may_rule_conflict(actor, conflict).or_raise()
    if conflict.ruled_at is not None:
        raise RuleError("conflict_ruled", "这条冲突已裁定", "拟:own.golive_grace", "有异议请提归属争议")
    if ruling not in ConflictRuling.values:
        raise RuleError("ruling_unknown", "没有这种裁定", "拟:own.golive_grace", "选一项")
    if not reason.strip():
        raise RuleError("reason_needed", "裁定须写理由", "拟:own.golive_grace", "写明依据的接待或登记")
    customer = live_customer(conflict.customer_id)
    conflict.ruling, conflict.reason = ruling, reason.strip()[:300]
    conflict.ruled_by, conflict.ruled_at = actor, now
    conflict.save(update_fields=["ruling", "reason", "ruled_by", "ruled_at"])
    _carry_out(customer, conflict, now)
    journal.record(
        actor, "customers.import.conflict_ruled", conflict, happened_at=now, reason=reason, ruling=ruling
    )
    words = ConflictRuling(ruling).label
    for person in (conflict.holder_id, conflict.rival_id):
        title = f"导入冲突已裁定：{customer} {words}"
        tell(person, title, f"conflict:{conflict.pk}", "/customers/", "拟:own.golive_grace", now)
    return conflict


def _carry_out(customer: Customer, conflict: ImportConflict, now: datetime) -> None:
    """The lease thaws, or ends and begins anew for the other; 各半 leaves it and shares the customer."""
    lease = live_lease(customer)
    others = ImportConflict.objects.filter(customer=customer, ruled_at__isnull=True).exists()
    if lease is None:
        return
    if conflict.ruling == ConflictRuling.RIVAL:
        expires: date = lease.expires_on
        end_lease(lease, LeaseState.CLOSED, now, "导入冲突裁定")
        lease = open_lease(customer, conflict.rival_id, LeaseBasis.IMPORTED, expires, now)
        customer.owner_id = conflict.rival_id
        if customer.next_follow_on is not None:
            plan_follow_up(customer, customer.next_follow_on)
        save_versioned(customer, "owner")
    elif conflict.ruling == ConflictRuling.BOTH:
        share(customer, User.objects.get(pk=conflict.rival_id))
    if lease.state == LeaseState.FROZEN and not others:
        move_lease(lease, LeaseState.ACTIVE)


def shares_of(customer: Customer) -> list[list[int]]:
    """[[rep, basis points], …] of a customer that two imported lists share; empty for all others."""
    both = ImportConflict.objects.filter(customer=customer, ruling=ConflictRuling.BOTH).first()
    return [[both.holder_id, 5000], [both.rival_id, 5000]] if both else []
