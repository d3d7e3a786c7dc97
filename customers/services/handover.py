"""交接: everything somebody who leaves or moves holds, given away in one transaction, with a list."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import QuerySet

from customers import access
from customers.models import Customer, CustomerGrant, Handover, HandoverLine, OwnershipLease
from customers.queries.leavers import facts_of, groups_of
from customers.rules.handover import GIVEN, POOL, STAY_WHEN_MOVED, Group, Why, check_choices
from customers.services.leases import live_lease, tell
from customers.services.poolrows import end_cofollows
from customers.services.transfers import hand_on, receiver_of, release
from customers.slots import LEAVER_ITEMS, HandedOn
from salesdept import journal
from salesdept.errors import RuleError
from salesdept.models import Project, User
from salesdept.verbs import locked, service

NOTHING = RuleError("nothing_to_hand_over", "名下没有可移交的客户", "拟:own.basis", "不用交接")


@service
def hand_over(
    *,
    actor: User,
    user_id: int,
    project: Project,
    choices: Mapping[str, str],
    why: str,
    now: datetime,
    reason: str = "",
    idempotency_key: str | None = None,
) -> Handover:
    """Give a person's customers of a project away by group (`choices`: group → rep key or `pool`).

    What hangs on them in other chapters goes along; shares and co-follows of the person end. Customers in a
    dispute wait for the ruling; who moves keeps the locked deals. Raises RuleError `handover_open`,
    `handover_pool`, `handover_self`, `nothing_to_hand_over`, `receiver_unknown`.
    """
    access.may_hand_over(actor, user_id, project).or_raise()
    leaver = locked(User.objects.filter(projects=project), user_id)
    groups = groups_of(user_id, project.pk)
    check_choices({group: len(ids) for group, ids in groups.items()}, choices, why, user_id)
    kept = STAY_WHEN_MOVED if why == Why.MOVED else ()
    given = [(group, groups[group]) for group in GIVEN if groups[group] and group not in kept]
    if not given and not _shares(leaver, project).exists():
        raise NOTHING
    handover = Handover.objects.create(
        project=project,
        leaver=leaver,
        by=actor,
        why=Why(why),
        reason=reason.strip()[:200],
        facts=facts_of(user_id, project.pk),
        at=now,
    )
    for group, ids in given:
        _give(handover, group, ids, choices[group.value])
    _revoke(handover)
    journal.record(
        actor, "customers.handover.done", handover, happened_at=now, reason=reason, leaver=user_id, why=why,
        customers={group.value: len(ids) for group, ids in given},
    )  # fmt: skip
    return handover


def _give(handover: Handover, group: Group, ids: Sequence[int], choice: str) -> None:
    """One group to one rep or to the pool; each customer locked in the order of the keys."""
    rep = None if choice == POOL else receiver_of(int(choice), handover.project_id)
    words = f"{handover.get_why_display()}移交"
    lines = []
    for pk in sorted(ids):
        customer = locked(Customer.objects.all(), pk)
        if customer.owner_id != handover.leaver_id:
            continue
        _move(customer, live_lease(customer), rep, words, handover.at)
        lines.append(
            HandoverLine(handover=handover, customer=customer, group=group, grade=customer.grade, to=rep)
        )
    HandoverLine.objects.bulk_create(lines, batch_size=1000)
    handed = [line.customer for line in lines]
    journal.record_many(
        handover.by, "customers.customer.handed_over", handed, happened_at=handover.at, handover=handover.pk
    )
    if rep is not None and handed:
        _follow(handover, rep, [customer.pk for customer in handed])


def _move(
    customer: Customer, lease: OwnershipLease | None, rep: User | None, words: str, now: datetime
) -> None:
    if rep is not None:
        hand_on(customer, lease, rep, now, words)
    elif lease is not None:
        release(customer, lease, now, words)


def _follow(handover: Handover, rep: User, ids: Sequence[int]) -> None:
    """What hangs on the customers goes along, and the new rep is told once."""
    handed = HandedOn(old=handover.leaver_id, new=rep.pk, customers=ids, actor=handover.by, now=handover.at)
    for item in sorted(LEAVER_ITEMS, key=lambda item: item.order):
        if item.hand_over is not None:
            item.hand_over(handed)
    title = f"{handover.leaver.name} 的 {len(ids)} 位客户移交给你"
    key = f"handover:{handover.pk}:{ids[0]}"
    tell(rep.pk, title, key, f"/customers/handovers/{handover.pk}/", "拟:own.basis", handover.at)


def _shares(leaver: User, project: Project | int) -> QuerySet[CustomerGrant]:
    return CustomerGrant.objects.filter(user=leaver, content_object__project=project)


def _revoke(handover: Handover) -> None:
    """Every share on customers of the project ends with the person's time there."""
    shares = _shares(handover.leaver, handover.project_id)
    shared = list(shares.values_list("content_object", flat=True))
    end_cofollows(shared, handover.at, "移交", actor=handover.by, only=handover.leaver_id)
    shares.delete()
