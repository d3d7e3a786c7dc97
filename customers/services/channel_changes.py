"""渠道变更: 认知途径 after arrival moves only by 经理 and 财务 together; both values are kept."""

from collections.abc import Sequence
from datetime import datetime

from customers import access
from customers.models import Call, ChannelChange, Customer, Visit
from customers.rules import Source
from customers.rules.channels import check_source_change
from regulations import services as regulations
from regulations.models import Request
from regulations.slots import ApprovalKind
from salesdept import clock, journal
from salesdept.errors import RuleError
from salesdept.models import User
from salesdept.rules import Role
from salesdept.verbs import locked, save_versioned, service

REQUEST_KIND = "customers.channel_change"


def check_source(customer: Customer, new: str, now: datetime) -> None:
    """Whether 认知途径 may be written without two signatures. Raises RuleError `channel_fixed`."""
    first = customer.visits.order_by("happened_at").values_list("happened_at", flat=True).first()
    try:
        check_source_change(
            customer.source,
            new,
            arrived=first is not None,
            same_day=first is not None and clock.business_date(first) == clock.business_date(now),
        )
    except RuleError as refusal:
        refusal.url = f"/customers/{customer.pk}/channel/"
        raise


def check_slip_source(slip: Visit | Call, new: str, now: datetime) -> None:
    """The same for what a slip says of it: a visit is an arrival, a call is one once its caller has come."""
    arrived = isinstance(slip, Visit) or bool(slip.customer and slip.customer.visit_count)
    same_day = clock.business_date(slip.happened_at) == clock.business_date(now)
    try:
        check_source_change(slip.source, new, arrived=arrived, same_day=same_day)
    except RuleError as refusal:
        refusal.url = f"/customers/{slip.customer_id}/channel/" if slip.customer_id else ""
        raise


@service
def ask_channel_change(
    *,
    actor: User,
    customer_id: int,
    source: str,
    reason: str,
    now: datetime,
    idempotency_key: str | None = None,
) -> Request:
    """申请渠道变更 for a customer who has come. Raises RuleError `channel_same`, `channel_unknown`,

    `channel_free` (nobody has come yet: just edit), `request_open`, `reason_needed`, or Denied.
    """
    customer = locked(Customer.objects.visible_to(actor), customer_id)
    access.may_ask_channel_change(actor, customer).or_raise()
    if source not in Source.values:
        raise RuleError("channel_unknown", "没有这个认知途径", "拟:chan.change", "从列表里选")
    if source == customer.source:
        raise RuleError("channel_same", "新旧途径相同，不必变更", "拟:chan.change", "核对后再提")
    if not customer.visits.exists():
        raise RuleError("channel_free", "客户还没有到访", "拟:chan.change", "直接在资料里改认知途径")
    old, new = _word(customer.source), _word(source)
    return regulations.ask(
        actor=actor,
        kind=REQUEST_KIND,
        subject=customer,
        title=f"渠道变更：{customer}，{old}改{new}",
        reason=reason,
        now=now,
        payload={"old": customer.source, "new": source},
    )


def _word(source: str) -> str:
    return str(Source(source).label) if source else "未填"


def change_channel(request: Request, actor: User, now: datetime) -> None:
    """Both have signed: the value moves and a row keeps the old one, the new one and the people."""
    customer = locked(Customer.objects.all(), int(request.subject.rpartition(":")[2]))
    old, new = request.payload["old"], request.payload["new"]
    if customer.source != old:
        raise RuleError("channel_moved", "认知途径已与申请时不同", "拟:chan.change", "驳回后按现值另提申请")
    signers = {row.role: row.signer_id for row in request.signatures.all()}
    change = ChannelChange.objects.create(
        project_id=customer.project_id,
        customer=customer,
        request=request,
        old=old,
        new=new,
        reason=request.reason,
        requested_by_id=request.requester_id,
        manager_id=signers[Role.MANAGER],
        finance_id=signers[Role.FINANCE],
        at=now,
    )
    customer.source = new
    save_versioned(customer, "source")
    journal.record(
        actor, "customers.channel.changed", change, happened_at=now, reason=request.reason, old=old, new=new
    )


def change_facts(request: Request) -> Sequence[tuple[str, str]]:
    """Both values, for the page of the request."""
    return ("原途径", _word(request.payload["old"])), ("改为", _word(request.payload["new"]))


APPROVAL = ApprovalKind(
    name=REQUEST_KIND,
    label="渠道变更",
    may_answer=access.may_sign_channel_change,
    on_approved=change_channel,
    answerers=(Role.MANAGER, Role.FINANCE),
    facts=change_facts,
    signers=(Role.MANAGER, Role.FINANCE),
)
