"""Merging two files and taking it back: asked for by 助理, approved by 主管 or 经理 (6.7 cases 1, 3, 23).

Registers, follow-ups and the journal stay where they are; a merged file answers with the surviving one.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from customers import access
from customers.models import Customer, Kinship, Merge, Namesake, OwnershipLease, Phone
from customers.queries.merges import merge_facts, merge_url
from customers.rules import Stage
from customers.rules.households import (
    KinTerms,
    MergeKind,
    NamesakeState,
    check_relation,
    decide_merge,
)
from customers.services.leases import live_lease
from customers.services.ledger import Ledger, moment, restore
from customers.services.namesakes import decide
from customers.services.people import index_names, live_customer, remind_follow_ups
from customers.slots import CUSTOMER_IN_USE
from regulations.models import Request
from regulations.queries import terms_and_version, terms_for
from regulations.rules import Verdicts
from regulations.services import ask, record_decision
from regulations.slots import ApprovalKind
from salesdept import clock, journal
from salesdept.errors import RuleError
from salesdept.models import User
from salesdept.rules import Role
from salesdept.verbs import locked, service

ASK, ASK_UNDO = "customers.merge", "customers.unmerge"


# --- asking


@service
def ask_merge(
    *,
    actor: User,
    survivor_id: int,
    other_id: int,
    kind: str,
    reason: str,
    now: datetime,
    relation: str = "",
    proof: str = "",
    idempotency_key: str | None = None,
) -> Request:
    """File 合并申请 for two visible files of one project: the same person, or kin with a proof seen.

    Raises RuleError `two_owners`, `disputed`, `in_use`, `not_kin`, `proof_needed` …
    """
    access.may_ask_merge(actor).or_raise()
    survivor, other = _two(actor, survivor_id, other_id)
    if kind not in MergeKind.values:
        raise RuleError("kind_unknown", "合并只有同一人与同一客户组", "拟:own.match", "选其中一个")
    payload = {"survivor": survivor.pk, "other": other.pk, "kind": kind}
    if kind == MergeKind.HOUSEHOLD:
        payload |= _relation(survivor, relation, proof, now)
    _check(kind, survivor, other)
    word = MergeKind(kind).label
    return ask(
        actor=actor,
        kind=ASK,
        subject=survivor,
        title=f"合并客户（{word}）{survivor.code} ← {other.code}",
        reason=reason,
        payload=payload,
        now=now,
    )


def _two(actor: User, survivor_id: int, other_id: int) -> tuple[Customer, Customer]:
    visible = Customer.objects.visible_to(actor).select_related("household")
    found = {person.pk: person for person in visible.filter(pk__in=(survivor_id, other_id))}
    if len(found) < 2 or len({person.project_id for person in found.values()}) > 1:
        raise RuleError("two_needed", "合并须是本项目的两份档案", "拟:own.match", "重新选另一份档案")
    return found[survivor_id], found[other_id]


def _relation(survivor: Customer, relation: str, proof: str, now: datetime) -> dict[str, str]:
    terms = terms_for(KinTerms, on=clock.business_date(now), project=survivor.project_id)
    check_relation(relation, survivor.household.kind, terms)
    if not proof.strip():
        raise RuleError("proof_needed", "亲属关系须看过证明", "拟:own.kin", "写明看到的结婚证、户口簿等")
    return {"relation": relation, "proof": proof.strip()[:100]}


def _check(kind: str, survivor: Customer, other: Customer) -> Verdicts:
    """Everything that may stand against it, asked for and again when approved."""
    if kind == MergeKind.HOUSEHOLD and survivor.household_id == other.household_id:
        raise RuleError("one_household", "两人已在同一客户组", "拟:own.kin", "不用再合并")
    if kind == MergeKind.PERSON:
        used = [sentence for built in CUSTOMER_IN_USE for sentence in built([other.pk])]
        if used:
            raise RuleError(
                "in_use",
                f"要并入的档案已有{used[0]}",
                "拟:own.match",
                "反过来合并；两份都有成交的，作为同一客户组",
            )
    return decide_merge(_inputs(kind, survivor, other))


def _inputs(kind: str, survivor: Customer, other: Customer) -> dict[str, Any]:
    return {
        "kind": kind,
        "first_contacts": [moment(survivor.first_contact_at), moment(other.first_contact_at)],
        "leases": [_facts(live_lease(survivor)), _facts(live_lease(other))],
    }


def _facts(lease: OwnershipLease | None) -> dict[str, Any] | None:
    if lease is None:
        return None
    return {
        "pk": lease.pk,
        "rep": lease.rep_id,
        "state": lease.state,
        "started_at": moment(lease.started_at),
        "last_effective_at": moment(lease.last_effective_at),
        "expires_on": lease.expires_on.isoformat(),
    }


# --- the effect


def approve_merge(request: Request, actor: User, now: datetime) -> None:
    """Merge as asked for, with both files locked; the decision and what moved are stored."""
    survivor, other = _lock_both(request.payload["survivor"], request.payload["other"])
    kind = request.payload["kind"]
    verdicts = _check(kind, survivor, other)
    ledger = Ledger()
    if kind == MergeKind.PERSON:
        _merge_people(ledger, survivor, other, verdicts.result, now)
    else:
        _join(ledger, survivor, other)
        _relate(ledger, survivor, other, request, now)
    merge = Merge.objects.create(
        project_id=survivor.project_id,
        kind=kind,
        survivor=survivor,
        other=other,
        request=request,
        reason=request.reason,
        approved_by=actor,
        merged_at=now,
        moved=ledger.rows,
    )
    terms, version = terms_and_version(KinTerms, on=clock.business_date(now), project=survivor.project_id)
    record_decision(verdicts, merge, actor=actor, now=now, terms=terms, version=version)
    pair = Namesake.objects.filter(first__in=(survivor, other), second__in=(survivor, other)).first()
    if pair is not None and kind == MergeKind.PERSON:
        decide(pair, NamesakeState.SAME, request.requester, request.reason, now)
    for person in (survivor, other):
        journal.record(
            actor, "customers.customer.merged", person, happened_at=now, reason=request.reason, merge=merge.pk
        )


def _lock_both(first: int, second: int) -> tuple[Customer, Customer]:
    """Both files in the order of their keys, so that two merges never wait for each other."""
    found = {pk: live_customer(pk) for pk in sorted((first, second))}
    return found[first], found[second]


def _join(ledger: Ledger, survivor: Customer, other: Customer) -> None:
    """Everybody and every number of the other household moves into the survivor's."""
    old, home = other.household_id, survivor.household_id
    if old == home:
        return
    for member in Customer.everyone.filter(household=old).order_by("pk"):
        ledger.change(other if member.pk == other.pk else member, household_id=home)
    for phone in Phone.objects.filter(household=old).order_by("pk"):
        ledger.change(phone, household_id=home)


def _relate(ledger: Ledger, survivor: Customer, other: Customer, request: Request, now: datetime) -> None:
    for kin in Kinship.objects.filter(customer=other, ended_at__isnull=True):
        ledger.change(kin, ended_at=now)
    kin = Kinship.objects.create(
        household_id=survivor.household_id,
        customer=other,
        relation=request.payload["relation"],
        proof=request.payload["proof"],
        seen_by=request.requester,
        since=now,
    )
    ledger.made(kin)


def _merge_people(
    ledger: Ledger, survivor: Customer, other: Customer, result: Mapping[str, Any], now: datetime
) -> None:
    _join(ledger, survivor, other)
    for phone in Phone.objects.filter(customer=other).order_by("pk"):
        ledger.change(phone, customer_id=survivor.pk)
    for kin in Kinship.objects.filter(customer=other, ended_at__isnull=True):
        ledger.change(kin, ended_at=now)
    _merge_leases(ledger, survivor, result, now)
    _merge_files(ledger, survivor, other, result)
    survivor.aliases = _aliases(survivor)
    survivor.save(update_fields=["aliases"])
    index_names(survivor)
    if survivor.next_follow_on:
        remind_follow_ups(survivor.owner_id, [survivor.next_follow_on])


def _merge_leases(ledger: Ledger, survivor: Customer, result: Mapping[str, Any], now: datetime) -> None:
    leases = {lease.pk: lease for lease in OwnershipLease.objects.filter(pk__in=_keys(result))}
    if result["close"]:
        ledger.change(leases[result["close"]], state="closed", ended_at=now, ended_reason="合并档案")
    if result["keep"]:
        ledger.change(
            leases[result["keep"]],
            customer_id=survivor.pk,
            started_at=datetime.fromisoformat(result["started_at"]),
            last_effective_at=datetime.fromisoformat(result["last_effective_at"]),
            expires_on=datetime.fromisoformat(result["expires_on"]).date(),
        )


def _keys(result: Mapping[str, Any]) -> list[int]:
    return [pk for pk in (result["keep"], result["close"]) if pk]


def _merge_files(ledger: Ledger, survivor: Customer, other: Customer, result: Mapping[str, Any]) -> None:
    """The surviving file's dates, counts and owner; the other one owns nothing and answers with it."""
    rep, due = survivor.owner_id or other.owner_id, survivor.next_follow_on or other.next_follow_on
    latest = max(survivor, other, key=lambda person: person.last_contact_at or person.first_contact_at)
    visits = survivor.visit_count + other.visit_count
    early = survivor.stage in (Stage.CALLED, Stage.VISITED)
    told = survivor if survivor.consent or not other.consent else other
    ledger.change(
        other, owner_id=None, next_follow_on=None, merged_into_id=survivor.pk, version=other.version + 1
    )
    ledger.change(
        survivor,
        owner_id=rep,
        first_contact_at=datetime.fromisoformat(result["first_contact"]),
        last_contact_at=latest.last_contact_at,
        last_contact=latest.last_contact,
        visit_count=visits,
        call_count=survivor.call_count + other.call_count,
        stage=Stage.REVISITED.value if early and visits > 1 else survivor.stage,
        next_follow_on=due if rep else None,
        phone_masked=survivor.phone_masked or other.phone_masked,
        consent=told.consent,
        consent_at=told.consent_at,
        consent_by_id=told.consent_by_id,
        version=survivor.version + 1,
    )


def _aliases(survivor: Customer) -> str:
    """The names of the files merged into this one."""
    others = Customer.everyone.filter(merged_into=survivor).order_by("pk")
    words = [word for other in others for word in (other.name, other.full_name, other.aliases) if word]
    return "、".join(dict.fromkeys(words))[:200]


# --- taking it back


@service
def ask_unmerge(
    *, actor: User, merge_id: int, reason: str, now: datetime, idempotency_key: str | None = None
) -> Request:
    """File 拆分申请 for a standing merge. Raises RuleError `undone` or `merged_since`."""
    access.may_ask_merge(actor).or_raise()
    merge = Merge.objects.visible_to(actor).select_related("survivor", "other").get(pk=merge_id)
    _check_undo(merge)
    title = f"拆分客户 {merge.survivor.code} → {merge.other.code}"
    return ask(actor=actor, kind=ASK_UNDO, subject=merge, title=title, reason=reason, now=now)


def _check_undo(merge: Merge) -> None:
    if merge.undone_at is not None:
        raise RuleError("undone", "这次合并已拆分", "拟:own.match", "看合并记录")
    two = (merge.survivor_id, merge.other_id)
    later = Merge.objects.standing().filter(Q(survivor__in=two) | Q(other__in=two), pk__gt=merge.pk)
    if later.exists():
        raise RuleError("merged_since", "之后又合并过别的档案", "拟:own.match", "先拆分后来的合并")


def approve_unmerge(request: Request, actor: User, now: datetime) -> None:
    """Put back what the merge moved; what has happened since stays with the surviving file."""
    merge = locked(Merge.objects.all(), int(request.subject.rpartition(":")[2]))
    _check_undo(merge)
    for pk in sorted((merge.survivor_id, merge.other_id)):
        locked(Customer.everyone.all(), pk)
    restore(merge.moved, now)
    _follow(merge)
    merge.undone_at, merge.undone_by, merge.undo_reason = now, actor, request.reason
    merge.save(update_fields=["undone_at", "undone_by", "undo_reason"])
    pair = Namesake.objects.filter(first__in=merge_pair(merge), second__in=merge_pair(merge)).first()
    if pair is not None:
        decide(pair, NamesakeState.OTHER, request.requester, request.reason, now)
    for pk in merge_pair(merge):
        journal.record(
            actor,
            "customers.customer.unmerged",
            Customer.objects.get(pk=pk),
            happened_at=now,
            reason=request.reason,
            merge=merge.pk,
        )


def merge_pair(merge: Merge) -> Sequence[int]:
    return merge.survivor_id, merge.other_id


def _follow(merge: Merge) -> None:
    """What follows from other rows is made anew: owners from leases, households of numbers, name pieces."""
    members = [pk for label, pk, fields in merge.moved if label == _LABEL and "household_id" in fields]
    for person in Customer.everyone.filter(pk__in=members):
        Phone.objects.filter(customer=person).update(household=person.household_id)
    for pk in merge_pair(merge):
        person = Customer.objects.get(pk=pk)
        lease = live_lease(person)
        person.owner_id = lease.rep_id if lease else None
        person.next_follow_on = person.next_follow_on if lease else None
        person.aliases = _aliases(person)
        person.version += 1
        person.save(update_fields=["owner", "next_follow_on", "aliases", "version"])
        index_names(person)
        if person.next_follow_on:
            remind_follow_ups(person.owner_id, [person.next_follow_on])


_LABEL = Customer._meta.label_lower


def _kind(name: str, label: str, effect: Callable[[Request, User, datetime], None]) -> ApprovalKind:
    return ApprovalKind(
        name,
        label,
        access.may_answer_merge,
        effect,
        answerers=(Role.SUPERVISOR, Role.MANAGER),
        facts=merge_facts,
        url=merge_url,
    )


APPROVAL_KINDS = (
    _kind(ASK, "合并客户", approve_merge),
    _kind(ASK_UNDO, "拆分客户", approve_unmerge),
)
