"""跨项目提示: a guest's word is noted; a leader looks into it and closes it (S77)."""

from datetime import datetime
from decimal import Decimal

from attendance.rules import CaseCode
from attendance.services import propose_case
from customers import access
from customers.models import CrossSiteFlag, Customer
from customers.rules import RECEIVES
from customers.rules.channels import ChannelTerms
from customers.services.arrivals import flag_named
from regulations.queries import terms_for
from salesdept import clock, journal
from salesdept.errors import RuleError
from salesdept.models import User
from salesdept.verbs import locked, service


@service
def note_other_site(
    *,
    actor: User,
    customer_id: int,
    rep_id: int,
    note: str,
    now: datetime,
    idempotency_key: str | None = None,
) -> CrossSiteFlag:
    """客户提到其他项目的代表: noted as the guest said it. Raises RuleError `site_flags_off`, `same_site`."""
    customer = Customer.objects.visible_to(actor).select_related("project").get(pk=customer_id)
    access.may_register(actor).or_raise()
    terms = terms_for(ChannelTerms, on=clock.business_date(now), project=customer.project_id)
    if not terms.cross_site:
        raise RuleError("site_flags_off", "跨项目提示已关闭", "拟:own.cross_site", "由经理在制度参数里开启")
    rep = User.objects.get(pk=rep_id, role__in=RECEIVES)
    if rep.projects.filter(pk=customer.project_id).exists():
        raise RuleError("same_site", f"{rep.name}也在本项目", "拟:own.cross_site", "选其他项目的代表")
    other = rep.projects.order_by("pk").first()
    if other is None:
        raise RuleError("same_site", f"{rep.name}不在任何项目", "拟:own.cross_site", "核对代表")
    return flag_named(customer=customer, other=other, rep=rep, actor=actor, now=now, note=note)


@service
def close_site_flag(
    *,
    actor: User,
    flag_id: int,
    outcome: str,
    now: datetime,
    propose: bool = False,
    idempotency_key: str | None = None,
) -> CrossSiteFlag:
    """核实: cleared with a word why, or a conduct case proposed for the other rep (decided by others).

    Raises RuleError `flag_closed`, `reason_needed`, or Denied.
    """
    access.may_close_site_flag(actor).or_raise()
    flag = locked(CrossSiteFlag.objects.visible_to(actor).select_related("other_rep"), flag_id)
    if flag.state != CrossSiteFlag.State.OPEN:
        raise RuleError("flag_closed", "这条提示已核实", "S77", "如有新情况，请另记一条")
    if not outcome.strip():
        raise RuleError("reason_needed", "核实须写明结果", "S77", "写一句核实的经过")
    flag.state = CrossSiteFlag.State.PROPOSED if propose else CrossSiteFlag.State.CLEARED
    flag.closed_by, flag.closed_at, flag.outcome = actor, now, outcome.strip()[:200]
    flag.save()
    if propose:
        propose_case(
            actor=actor,
            code=CaseCode.OTHER,
            person=flag.other_rep,
            amount=Decimal(0),
            facts=f"跨项目介绍客户，{flag.get_kind_display()}：{outcome.strip()}",
            clause="S77",
            subject=journal.label(flag),
            project=flag.other_project,
            now=now,
        )
    journal.record(
        actor,
        "customers.cross_site.closed",
        flag,
        happened_at=now,
        reason=flag.outcome,
        state=flag.state,
    )
    return flag
