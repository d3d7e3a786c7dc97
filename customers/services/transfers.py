"""归属变动 by a person's hand: 分配, 移交, 续报, and the redistribution of who works elsewhere."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db.models import Exists, OuterRef, QuerySet

from customers import access
from customers.models import Customer, OwnershipLease
from customers.rules import LeaseBasis, LeaseState
from customers.rules.pool import PoolWhy
from customers.services.leases import (
    closed_deal,
    end_lease,
    last_day_of,
    live_lease,
    open_lease,
    renew,
    tell,
)
from customers.services.people import remind_follow_ups
from customers.services.poolrows import end_cofollows, enter_pool
from regulations.models import Request
from regulations.services import ask
from salesdept import clock, journal
from salesdept.errors import RuleError
from salesdept.models import Project, User
from salesdept.rules import Role
from salesdept.verbs import locked, service

EXTEND = "customers.extend"
MOST = 200  # customers of one bulk assignment
REASON = RuleError("reason_needed", "归属变动须写原因", "拟:own.basis", "写一句为什么换代表")


def receiver_of(rep_id: int, project_id: int) -> User:
    """Who may get customers of a project. Raises RuleError `receiver_unknown` or Denied."""
    rep: User | None = User.objects.filter(pk=rep_id, projects=project_id).first()
    if rep is None:
        raise RuleError("receiver_unknown", "这位同事不在本项目", "拟:own.cross_site", "选本项目的代表")
    access.may_receive(rep).or_raise()
    return rep


@service
def assign_customer(
    *,
    actor: User,
    customer_id: int,
    rep_id: int,
    now: datetime,
    reason: str,
    idempotency_key: str | None = None,
) -> Customer:
    """分配 a customer of the pool to a rep: a new lease from today. Raises RuleError `lease_live`."""
    access.may_assign(actor).or_raise()
    if not reason.strip():
        raise REASON
    customer: Customer = locked(Customer.objects.visible_to(actor), customer_id)
    if live_lease(customer) is not None or customer.owner_id is not None:
        raise RuleError(
            "lease_live", f"{customer} 还有归属", "拟:own.basis", "请经理移交，有争议的走归属争议"
        )
    rep = receiver_of(rep_id, customer.project_id)
    give(customer, rep, LeaseBasis.ASSIGNED, now)
    journal.record(actor, "customers.customer.assigned", customer, happened_at=now, reason=reason, rep=rep.pk)
    key = f"assigned:{customer.pk}:{customer.version}"
    tell(rep.pk, f"{customer} 分配给你", key, _page(customer), "S20", now)
    return customer


@service
def assign_customers(
    *,
    actor: User,
    customer_ids: Sequence[int],
    rep_id: int,
    now: datetime,
    reason: str,
    idempotency_key: str | None = None,
) -> int:
    """分配 many at once, all or none; returns how many. Raises RuleError `too_many` and `lease_live`."""
    ids = sorted(set(customer_ids))
    if not 0 < len(ids) <= MOST:
        raise RuleError("too_many", f"一次分配 1 到 {MOST} 位客户", "S20", "分几次分配")
    for pk in ids:
        assign_customer(actor=actor, customer_id=pk, rep_id=rep_id, now=now, reason=reason)
    return len(ids)


def give(
    customer: Customer,
    rep: User,
    basis: LeaseBasis,
    now: datetime,
    *,
    state: LeaseState = LeaseState.ACTIVE,
    not_before: date | None = None,
    deal_on: date | None = None,
) -> OwnershipLease:
    """A new lease from today on a locked customer without a live one; owner, digest and co-follows follow."""
    expires = last_day_of(customer, basis, clock.business_date(now), rep.pk)
    lease = open_lease(customer, rep.pk, basis, max(expires, not_before or expires), now, state=state)
    if deal_on is not None:
        lease.deal_on = deal_on
        lease.save(update_fields=["deal_on"])
    _owner(customer, rep.pk)
    end_cofollows([customer.pk], now, "归属变动", but_owner=rep.pk)
    if customer.next_follow_on is not None:
        remind_follow_ups(rep.pk, [customer.next_follow_on])
    return lease


def _owner(customer: Customer, rep_id: int | None) -> None:
    customer.owner_id = rep_id
    customer.version += 1
    customer.save(update_fields=["owner", "version"])


def _page(customer: Customer) -> str:
    return f"/customers/{customer.pk}/"


@service
def transfer_customer(
    *,
    actor: User,
    customer_id: int,
    rep_id: int,
    now: datetime,
    reason: str,
    idempotency_key: str | None = None,
) -> Customer:
    """移交 a live lease to another rep: the manager's act (拟:own.complaint_forfeit …).

    Raises RuleError `lease_frozen`, `lease_locked` (only a ruling changes these), `nothing_to_transfer`,
    `same_rep`.
    """
    access.may_transfer(actor).or_raise()
    if not reason.strip():
        raise REASON
    customer: Customer = locked(Customer.objects.visible_to(actor), customer_id)
    lease = live_lease(customer)
    _check_transferable(lease, rep_id)
    rep, former = receiver_of(rep_id, customer.project_id), customer.owner_id
    hand_on(customer, lease, rep, now, reason)
    _say_moved(actor, customer, former, rep.pk, reason, now)
    key = f"transferred:{customer.pk}:{customer.version}"
    tell(rep.pk, f"{customer} 移交给你", key, _page(customer), "拟:own.basis", now)
    tell(former, f"{customer} 移交给 {rep.name}", key, "/customers/", "拟:own.basis", now)
    return customer


def _say_moved(
    actor: User | None, customer: Customer, old: int | None, new: int, reason: str, now: datetime
) -> None:
    verb = "customers.customer.transferred"
    journal.record(actor, verb, customer, happened_at=now, reason=reason, old=old, new=new)


def _check_transferable(lease: OwnershipLease | None, rep_id: int) -> None:
    if lease is None:
        raise RuleError("nothing_to_transfer", "这位客户没有有效的归属", "拟:own.basis", "在公海里分配")
    if lease.state == LeaseState.FROZEN:
        raise RuleError("lease_frozen", "归属争议裁决前不能移交", "拟:own.lookback", "等裁决结果")
    if lease.state == LeaseState.LOCKED:
        raise RuleError("lease_locked", "已收定金，归属锁定", "拟:own.basis", "有异议走归属争议裁决")
    if lease.rep_id == rep_id:
        raise RuleError("same_rep", "这位客户已归此人", "拟:own.basis", "选另一位代表")


def hand_on(customer: Customer, lease: OwnershipLease | None, rep: User, now: datetime, reason: str) -> None:
    """The customer's lease to another rep in the state it has; a locked customer row, nothing asked."""
    if lease is None:
        _serve(customer, rep)
        return
    state, deal_on = LeaseState(lease.state), lease.deal_on
    end_lease(lease, LeaseState.CLOSED, now, f"移交：{reason}"[:100])
    if deal_on is not None:
        OwnershipLease.objects.filter(pk=lease.pk).update(deal_on=None)
    give(customer, rep, LeaseBasis.ASSIGNED, now, state=state, not_before=lease.expires_on, deal_on=deal_on)


def _serve(customer: Customer, rep: User) -> None:
    """A closed deal has no live lease; whoever serves the owner now stands on it."""
    closed = closed_deal(customer)
    if closed is not None:
        OwnershipLease.objects.filter(pk=closed.pk).update(rep=rep)
    _owner(customer, rep.pk)


def release(customer: Customer, lease: OwnershipLease, now: datetime, reason: str) -> None:
    """The customer's active lease ends and he goes to the 公海; a locked customer row, nothing asked."""
    end_lease(lease, LeaseState.CLOSED, now, reason[:100])
    customer.next_follow_on = None
    customer.save(update_fields=["next_follow_on"])
    _owner(customer, None)
    enter_pool(customer, PoolWhy.RELEASED, lease.rep_id, now, reason)
    end_cofollows([customer.pk], now, reason)


@service
def ask_extension(
    *, actor: User, customer_id: int, now: datetime, reason: str, idempotency_key: str | None = None
) -> Request:
    """续报 a hesitant customer (拟:own.hesitant_extend): the owner asks, 主管 or 经理 agrees."""
    customer = locked(Customer.objects.visible_to(actor), customer_id)
    lease = live_lease(customer)
    if lease is None or lease.rep_id != actor.pk or lease.state != LeaseState.ACTIVE:
        raise RuleError(
            "not_extendable", "只有自己有效的归属能续报", "拟:own.hesitant_extend", "已失效的请主管分配"
        )
    if clock.business_date(now) > lease.expires_on:
        raise RuleError(
            "lease_over", "归属已过最后一天，不能续报", "拟:own.hesitant_extend", "请主管重新分配"
        )
    title = f"续报 {customer}（有效至 {lease.expires_on:%m-%d}）"
    return ask(actor=actor, kind=EXTEND, subject=customer, title=title, reason=reason, now=now)


def extended(request: Request, actor: User, now: datetime) -> None:
    """主管 agreed: counted anew from today, never shorter; too late when it has ended meanwhile."""
    customer = locked(Customer.objects.all(), request.customer_ref or 0)
    lease = live_lease(customer)
    if lease is None or lease.state != LeaseState.ACTIVE or lease.rep_id != request.requester_id:
        raise RuleError("not_extendable", "这位客户的归属已变动", "拟:own.hesitant_extend", "驳回这张申请")
    renew(lease, last_day_of(customer, LeaseBasis.VISIT, clock.business_date(now), lease.rep_id), now)
    journal.record(actor, "customers.lease.extended", customer, happened_at=now, until=lease.expires_on)


def strangers(project: Project) -> QuerySet[OwnershipLease]:
    """Active leases of people who no longer work in the project; locked deals stay with them."""
    through = User.projects.through
    works = through._default_manager.filter(user=OuterRef("rep"), project=project)
    rows = OwnershipLease.objects.filter(project=project, state=LeaseState.ACTIVE)
    return rows.filter(~Exists(works))


@service
def redistribute(*, actor: User | None, project: Project, now: datetime) -> int:
    """Leases of who was moved to another project go to the 主管 of this one, the same day; how many.

    Without a 主管 the 经理 takes them. Raises RuleError `nobody_takes_over` when there is neither.
    """
    chiefs = User.objects.filter(projects=project, is_active=True, role__in=(Role.SUPERVISOR, Role.MANAGER))
    chief = min(chiefs, key=lambda person: (person.role != Role.SUPERVISOR, person.pk), default=None)
    if chief is None:
        if not strangers(project).exists():
            return 0
        raise RuleError(
            "nobody_takes_over",
            "项目没有在岗的主管或经理，调岗代表的客户没有人接",
            "拟:own.cross_site",
            "请管理员指定主管或经理",
        )
    moved: dict[int, int] = {}
    for customer, lease in _in_order(strangers(project)):
        moved[lease.rep_id] = moved.get(lease.rep_id, 0) + 1
        hand_on(customer, lease, chief, now, "原代表已调岗")
        _say_moved(actor, customer, lease.rep_id, chief.pk, "原代表已调岗", now)
    total = sum(moved.values())
    if total:
        key = f"redistribute:{project.pk}:{clock.business_date(now)}:{min(moved)}"
        title = f"{total} 位调岗代表的客户待重新分配"
        tell(chief.pk, title, key, "/customers/?tab=mine", "拟:own.cross_site", now)
    return total


def _in_order(leases: QuerySet[OwnershipLease]) -> Iterable[tuple[Customer, OwnershipLease]]:
    """Customers locked in the order of their keys, each with its lease looked at behind the lock."""
    for customer_id in list(leases.order_by("customer").values_list("customer", flat=True)):
        customer = locked(Customer.objects.all(), customer_id)
        lease = live_lease(customer)
        if lease is not None and lease.state == LeaseState.ACTIVE:
            yield customer, lease


@service
def close_deals(*, actor: User | None, project: Project, now: datetime, lookback: int) -> int:
    """关闭 locked leases of signed deals whose `lookback` days for objections are over; how many."""
    last = date.fromordinal(clock.business_date(now).toordinal() - lookback)
    rows = OwnershipLease.objects.filter(project=project, state=LeaseState.LOCKED, deal_on__lt=last)
    leases = list(rows.order_by("pk").select_for_update(of=("self",), no_key=True)[:500])
    for lease in leases:
        end_lease(lease, LeaseState.CLOSED, now, "成交")
    journal.record_many(actor, "customers.lease.closed", leases, happened_at=now)
    return len(leases)
