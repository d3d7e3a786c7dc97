"""The verbs of disputes for tests/test_nth_statement.py."""

from datetime import timedelta

from customers import services
from customers.rules import LeaseState
from tests.customers.nth_cases import KEY, case
from tests.factories import contracts as sales
from tests.factories import customers as make
from tests.factories import disputes as cases
from tests.salesdept.nth_cases import fresh


def _at(step, get, now):
    people = {
        "filed": ("colleague", "rep"),
        "accepted": ("colleague", "rep", "supervisor"),
    }.get(step, ("colleague", "rep", "supervisor", "manager"))
    return getattr(cases, step)(*(get(name) for name in people), now)


def _verb(verb, step, who, variant="", **given):
    """A verb of somebody on a case at a step."""
    later = given.pop("later", timedelta())

    def start(get, now):
        get("director")
        dispute, actor = _at(step, get, now), get(who)
        return lambda: verb(actor=fresh(actor), dispute_id=dispute.pk, now=now + later, **given, **KEY)

    case(verb, variant)(start)


_verb(services.accept_dispute, "filed", "supervisor")
_verb(services.gather_evidence, "accepted", "supervisor", situation="own.conceal")
_verb(services.add_statement, "filed", "colleague", text="有名片为证")
_verb(services.mediate_dispute, "accepted", "supervisor", text="双方各陈述一次")
_verb(services.withdraw_dispute, "filed", "colleague")
_verb(services.rule_dispute, "accepted", "manager")
_verb(services.sign_ruling, "ruled", "rep", accepts=True)
_verb(services.appeal_dispute, "ruled", "colleague", reason="漏看了我的登记")
_verb(services.rule_appeal, "appealed", "director")
_verb(services.execute_dispute, "ruled", "manager", later=timedelta(days=30))
_verb(services.close_dispute, "executed", "supervisor")


@case(services.sign_ruling, "the last signature executes")
def _(get, now):
    dispute, rep = _at("ruled", get, now), get("rep")
    services.sign_ruling(actor=get("colleague"), dispute_id=dispute.pk, accepts=True, now=now)
    return lambda: services.sign_ruling(actor=fresh(rep), dispute_id=dispute.pk, accepts=True, now=now, **KEY)


@case(services.rule_appeal, "for the other, with shares")
def _(get, now):
    director = get("director")
    dispute = _at("appealed", get, now)
    shares = [(get("colleague").pk, 6500), (get("rep").pk, 3500)]
    return lambda: services.rule_appeal(
        actor=fresh(director), dispute_id=dispute.pk, owner_id=get("colleague").pk, shares=shares,
        clause="拟:split.brochure_only", reason="仅发资料", now=now, **KEY,
    )  # fmt: skip


@case(services.file_dispute)
def _(get, now):
    rep, colleague = get("rep"), get("colleague")
    get("manager")
    make.customer(owner=rep, phone=cases.PHONE, now=now)
    turn = make.reception(colleague, now=now)
    return lambda: services.file_dispute(
        actor=fresh(colleague), project=colleague.projects.first(), phone=cases.PHONE, claim=cases.CLAIM,
        reception_id=turn.pk, now=now, **KEY,
    )  # fmt: skip


@case(services.file_customer_dispute)
def _(get, now):
    rep, colleague = get("rep"), get("colleague")
    mine = make.customer(owner=colleague, now=now)
    spouse = make.customer(owner=rep, now=now)
    type(spouse).objects.filter(pk=spouse.pk).update(household=mine.household)
    return lambda: services.file_customer_dispute(
        actor=fresh(colleague), customer_id=mine.pk, claim=cases.CLAIM, now=now, **KEY
    )


def _sold(get, now):
    claim = sales.claim(get("rep"), now, stage=sales.Stage.SUBSCRIBED)
    claim.customer.leases.update(state=LeaseState.LOCKED)
    return claim


@case(services.file_deal_dispute)
def _(get, now):
    claim, colleague = _sold(get, now), get("colleague")
    return lambda: services.file_deal_dispute(
        actor=fresh(colleague), project=claim.project, room=claim.unit.code, claim=cases.CLAIM, now=now, **KEY
    )


@case(services.mark_fraud)
def _(get, now):
    claim, manager = _sold(get, now), get("manager")
    return lambda: services.mark_fraud(
        actor=fresh(manager), project=claim.project, room=claim.unit.code, reason="假登记", now=now, **KEY
    )
