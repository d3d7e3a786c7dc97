"""A case from 提出 to 关闭: who may what in which state, what it freezes, what its end changes."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from customers import services
from customers.models import (
    Customer,
    Dispute,
    DisputeRuling,
    DisputeSeat,
    DisputeStatement,
    EvidencePack,
    FollowUp,
    FollowUpVoid,
    OwnershipLease,
)
from customers.queries.disputes import dispute_figures, frozen
from customers.rules import Contact, LeaseBasis, LeaseState, OwnTerms
from customers.rules.disputes import DisputeState, Saying
from customers.rules.helpers import valid_days
from customers.services.clocks import declare_stop
from customers.services.rulings import execute_due
from regulations.models import Decision
from regulations.queries.decisions import recomputed
from salesdept import clock
from salesdept.errors import RuleError
from salesdept.journal import label
from salesdept.models import Event, Notice
from salesdept.verdict import Denied
from tests.factories import contracts as sales
from tests.factories import customers as make
from tests.factories import disputes as cases

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PARTIES = ("colleague", "rep", "supervisor", "manager")


@pytest.fixture
def office(rep, colleague, supervisor, manager, director):
    """Everybody a case needs: the colleague claims the rep's customer."""
    return {
        "rep": rep,
        "colleague": colleague,
        "supervisor": supervisor,
        "manager": manager,
        "director": director,
    }


def at(step, office, now, **given):
    """A case at a step."""
    needs = {"filed": 2, "accepted": 3}.get(step, 4)
    return getattr(cases, step)(*(office[name] for name in PARTIES[:needs]), now, **given)


def states(customer_id):
    rows = OwnershipLease.objects.filter(customer=customer_id).order_by("pk")
    return list(rows.values_list("rep__username", "state", "basis"))


# --- states × roles

VERBS = {
    "accept": (services.accept_dispute, {}),
    "gather": (services.gather_evidence, {"situation": ""}),
    "say": (services.add_statement, {"text": "有名片为证"}),
    "mediate": (services.mediate_dispute, {"text": "各让一步"}),
    "rule": (services.rule_dispute, {}),
    "sign": (services.sign_ruling, {"accepts": True}),
    "appeal": (services.appeal_dispute, {"reason": "漏看登记"}),
    "hear": (services.rule_appeal, {}),
    "execute": (services.execute_dispute, {}),
    "close": (services.close_dispute, {"note": "双方口头确认"}),
    "withdraw": (services.withdraw_dispute, {}),
}
# ok: done; no: 403; rule: 409. Columns: claimant, owner, supervisor, manager, director.
TABLE = """
filed    accept   no   no   ok   ok   no
filed    say      ok   ok   ok   ok   no
filed    rule     rule rule rule rule rule
filed    withdraw ok   no   no   no   no
filed    close    rule rule rule rule rule
accepted accept   rule rule rule rule rule
accepted gather   no   no   ok   ok   ok
accepted mediate  no   no   ok   ok   no
accepted rule     no   no   no   ok   ok
accepted withdraw ok   no   no   no   no
accepted sign     rule rule rule rule rule
ruled    rule     rule rule rule rule rule
ruled    sign     ok   ok   no   no   no
ruled    appeal   ok   ok   no   no   no
ruled    hear     rule rule rule rule rule
ruled    execute  no   no   rule rule rule
ruled    withdraw rule rule rule rule rule
appealed hear     no   no   no   no   ok
appealed appeal   rule rule rule rule rule
appealed execute  rule rule rule rule rule
appealed say      ok   ok   ok   ok   no
executed close    no   no   ok   ok   ok
executed say      rule rule rule rule rule
executed withdraw rule rule rule rule rule
"""
PEOPLE = ("colleague", "rep", "supervisor", "manager", "director")
ROWS = [
    (*line.split()[:2], who, answer)
    for line in TABLE.split("\n")
    if line
    for who, answer in zip(PEOPLE, line.split()[2:], strict=True)
]


@pytest.mark.parametrize(("step", "verb", "who", "answer"), ROWS)
def test_who_may_what_in_which_state(step, verb, who, answer, office, now):
    dispute = at(step, office, now)
    do, given = VERBS[verb]
    before = (Dispute.objects.get(pk=dispute.pk).state, Event.objects.count())
    refused = {"ok": None, "no": Denied, "rule": RuleError}[answer]
    if refused is None:
        do(actor=office[who], dispute_id=dispute.pk, now=now, **given)
        assert Event.objects.count() > before[1]
        return
    with pytest.raises(refused) as refusal, transaction.atomic():
        do(actor=office[who], dispute_id=dispute.pk, now=now, **given)
    assert refusal.value.clause or refusal.value.way_out
    assert (Dispute.objects.get(pk=dispute.pk).state, Event.objects.count()) == before


# --- filing


def test_filing_freezes_seats_and_tells(office, now):
    dispute = at("filed", office, now)
    assert states(dispute.customer_id) == [("rep", "frozen", "visit")]
    seats = dict(DisputeSeat.objects.values_list("person__username", "kind"))
    assert seats == {"colleague": "claimant", "rep": "owner"}
    assert set(Notice.objects.values_list("user__username", flat=True)) == {"rep", "supervisor", "manager"}
    assert DisputeStatement.objects.get().kind == Saying.CLAIM
    assert frozen([dispute.customer_id]) == {dispute.customer_id: dispute.pk}


def test_a_second_claim_waits_for_the_first(office, now):
    at("filed", office, now)
    turn = make.reception(office["manager"], now=now)
    with pytest.raises(RuleError) as refusal:
        services.file_dispute(
            actor=office["manager"], project=turn.project, phone=cases.PHONE, claim="是我的",
            reception_id=turn.pk, now=now,
        )  # fmt: skip
    assert refusal.value.code == "dispute_open"
    assert Dispute.objects.count() == 1


@pytest.mark.parametrize("claim", ["", "   "])
def test_a_claim_is_written(claim, office, now):
    make.customer(owner=office["rep"], phone=cases.PHONE, now=now)
    turn = make.reception(office["colleague"], now=now)
    with pytest.raises(RuleError) as refusal:
        services.file_dispute(
            actor=office["colleague"], project=turn.project, phone=cases.PHONE, claim=claim,
            reception_id=turn.pk, now=now,
        )  # fmt: skip
    assert refusal.value.code == "claim_needed"
    assert not OwnershipLease.objects.filter(state=LeaseState.FROZEN).exists()


def test_ones_own_customer_is_no_case(office, now):
    person = make.customer(owner=office["rep"], now=now)
    with pytest.raises(RuleError) as refusal:
        services.file_customer_dispute(actor=office["rep"], customer_id=person.pk, claim=cases.CLAIM, now=now)
    assert refusal.value.code == "nothing_to_dispute"


def spouse_of(person, rep, now):
    """Another member of the household, received by another rep."""
    spouse = make.customer(owner=rep, now=now)
    Customer.objects.filter(pk=spouse.pk).update(household=person.household)
    return Customer.objects.get(pk=spouse.pk)


def test_a_household_is_one_case_with_all_its_reps(office, supervisor, now):
    mine = make.customer(owner=office["colleague"], now=now)
    spouse = spouse_of(mine, office["rep"], now)
    child = spouse_of(mine, supervisor, now)
    dispute = services.file_customer_dispute(
        actor=office["colleague"], customer_id=mine.pk, claim=cases.CLAIM, now=now
    )
    assert dispute.customer == spouse
    assert set(dispute.seats.values_list("person__username", "kind")) == {
        ("colleague", "claimant"), ("rep", "owner"), ("supervisor", "other"),
    }  # fmt: skip
    assert {state for c in (mine, spouse, child) for _, state, _ in states(c.pk)} == {"frozen"}
    assert set(frozen([mine.pk, child.pk])) == {mine.pk, child.pk}
    with pytest.raises(Denied):
        services.accept_dispute(actor=supervisor, dispute_id=dispute.pk, now=now)


def sold(rep, now):
    claim = sales.claim(rep, now, stage=sales.Stage.SUBSCRIBED)
    claim.customer.leases.update(state=LeaseState.LOCKED)
    return claim


def file_deal(office, claim, now):
    return services.file_deal_dispute(
        actor=office["colleague"], project=claim.project, room=claim.unit.code, claim=cases.CLAIM, now=now
    )


@pytest.mark.parametrize(("days", "ok"), [(0, True), (7, True), (8, False)])
def test_a_deal_is_disputed_within_its_term(days, ok, office, now):
    claim = sold(office["rep"], now)
    later = now + days * DAY
    if not ok:
        with pytest.raises(RuleError) as refusal:
            file_deal(office, claim, later)
        assert (refusal.value.code, refusal.value.clause) == ("lookback_over", "拟:own.lookback")
        assert states(claim.customer_id) == [("rep", "locked", "visit")]
        return
    dispute = file_deal(office, claim, later)
    assert (dispute.deal_label, dispute.closer) == (claim.unit.label, office["rep"])
    assert states(claim.customer_id) == [("rep", "frozen", "visit")]


def test_fraud_opens_the_term_again(office, now):
    claim, later = sold(office["rep"], now), now + 40 * DAY
    mark = services.mark_fraud(
        actor=office["manager"], project=claim.project, room=claim.unit.label, reason="登记造假", now=later
    )
    assert file_deal(office, claim, later).fraud == mark


def test_only_leaders_mark_fraud_and_never_their_own_deal(office, now):
    claim = sold(office["manager"], now)
    given = {"project": claim.project, "room": claim.unit.code, "reason": "登记造假", "now": now}
    with pytest.raises(Denied):
        services.mark_fraud(actor=office["rep"], **given)
    with pytest.raises(RuleError) as refusal:
        services.mark_fraud(actor=office["manager"], **given)
    assert refusal.value.code == "own_dispute"


@pytest.mark.parametrize("room", ["", "9-9901", "罗女士"])
def test_an_unknown_room_is_no_case(room, office, now, project):
    with pytest.raises(RuleError) as refusal:
        services.file_deal_dispute(
            actor=office["colleague"], project=project, room=room, claim=cases.CLAIM, now=now
        )
    assert refusal.value.code == "no_such_deal"


# --- evidence and suggestion


def test_accepting_assembles_evidence_and_a_suggestion(office, assistant, now):
    project = office["rep"].projects.first()
    turn = services.start_reception(actor=office["rep"], project=project, kind=Contact.VISIT, now=now - DAY)
    visit = services.register_visit(
        actor=office["rep"], project=project, phone=cases.PHONE, name="罗女士", note="预算三百万",
        source="friend", layouts=["三房"], reception_id=turn.pk, now=now - DAY + timedelta(minutes=20),
    )  # fmt: skip
    services.add_follow_up(
        actor=office["rep"], customer_id=visit.customer_id, method="phone", effective=False,
        content="无人接听", now=now - timedelta(hours=3),
    )  # fmt: skip
    services.reveal_phone(
        actor=office["rep"], customer_id=visit.customer_id, reason="核对", now=now - timedelta(hours=2)
    )
    turn = make.reception(office["colleague"], now=now)
    dispute = services.file_dispute(
        actor=office["colleague"], project=project, phone=cases.PHONE, claim=cases.CLAIM,
        reception_id=turn.pk, now=now,
    )  # fmt: skip
    services.accept_dispute(actor=office["supervisor"], dispute_id=dispute.pk, now=now)
    pack = EvidencePack.objects.get()
    kinds = {line["kind"]: line for line in pack.lines}
    assert {"客户组", "来访", "跟进", "归属", "轮次", "查看"} <= set(kinds)
    assert (kinds["来访"]["weight"], kinds["跟进"]["weight"], kinds["查看"]["weight"]) == ("强", "弱", "弱")
    assert kinds["来访"]["source"] == label(visit)
    assert [line["at"] for line in pack.lines] == sorted(line["at"] for line in pack.lines)
    said = str(pack.lines)
    assert cases.PHONE not in said
    assert "预算" not in said
    assert "无人接听" not in said
    decision = Decision.objects.get(kind="customers.ruling")
    assert decision.result == {
        "owner": office["rep"].pk, "rule": "own.valid.visit", "shares": [[office["rep"].pk, 10000]],
    }  # fmt: skip
    assert recomputed(decision)


def test_evidence_says_what_became_of_a_follow_up_and_leaves_untrue_ones_out(office, assistant, now):
    """A miss is called by its name; one the customer calls untrue is weak and is no last contact."""
    rep, colleague = office["rep"], office["colleague"]
    customer = make.customer(owner=rep, phone=cases.PHONE, now=now - 9 * DAY)
    for age, outcome in ((5, "dead"), (4, "talked"), (3, "talked")):
        services.add_follow_up(
            actor=rep, customer_id=customer.pk, method="phone", outcome=outcome,
            content="约好周末再来", now=now - age * DAY,
        )  # fmt: skip
    untrue = FollowUp.objects.order_by("happened_at").last()
    FollowUpVoid.objects.create(followup=untrue, by=assistant, at=now, reason="客户说没有接到电话")
    turn = make.reception(colleague, now=now)
    dispute = services.file_dispute(
        actor=colleague, project=rep.projects.get(), phone=cases.PHONE, claim=cases.CLAIM,
        reception_id=turn.pk, now=now,
    )  # fmt: skip
    services.accept_dispute(actor=office["supervisor"], dispute_id=dispute.pk, now=now)
    lines = [line for line in EvidencePack.objects.get().lines if line["kind"] == "跟进"]
    assert [(line["text"], line["weight"], line["why"]) for line in lines] == [
        ("电话跟进，空号", "弱", "不计有效，不续期"),
        ("电话跟进，接通，有效", "强", ""),
        ("电话跟进，接通，有效", "弱", "回访不属实，不计"),
    ]
    claims = Decision.objects.get(kind="customers.ruling").inputs["claims"]
    mine = next(claim for claim in claims if claim["rep"] == rep.pk)
    assert mine["followed"] == clock.business_date(now - 4 * DAY).isoformat()


def test_a_ruled_lease_lasts_as_its_product_and_stopped_days_say(office, project, now):
    today, winner = clock.business_date(now), office["colleague"]
    stop = declare_stop(
        actor=office["manager"], project=project, kind="leave", rep_id=winner.pk,
        first=today + 2 * DAY, last=today + 4 * DAY, reason="婚假", now=now,
    )  # fmt: skip
    dispute = cases.accepted(winner, office["rep"], office["supervisor"], now, want_layout="商铺")
    services.rule_dispute(
        actor=office["manager"], dispute_id=dispute.pk, now=now, **ruling_for(office, "colleague", "rep")
    )
    for name in ("rep", "colleague"):
        services.sign_ruling(actor=office[name], dispute_id=dispute.pk, accepts=True, now=now)
    lease = OwnershipLease.objects.get(customer=dispute.customer_id, rep=winner)
    terms = OwnTerms()
    days = valid_days(LeaseBasis.RULED, dispute.customer.grade, terms, "shop")
    assert days != valid_days(LeaseBasis.RULED, dispute.customer.grade, terms, "")
    assert lease.expires_on == today + days * DAY + (stop.last - stop.first + DAY)


def test_evidence_again_is_a_new_snapshot(office, now):
    dispute = at("accepted", office, now)
    first = EvidencePack.objects.get()
    make.customer(owner=office["rep"], now=now)
    services.gather_evidence(
        actor=office["supervisor"], dispute_id=dispute.pk, situation="own.conceal", now=now
    )
    assert list(EvidencePack.objects.values_list("pk", flat=True)) == [first.pk, first.pk + 1]
    assert EvidencePack.objects.latest("pk").digest == first.digest
    assert Decision.objects.filter(kind="customers.ruling").latest("pk").result["rule"] == "own.conceal"


@pytest.mark.parametrize("model", [EvidencePack, DisputeStatement, DisputeRuling])
def test_what_was_laid_before_the_case_stays(model, office, now):
    at("ruled", office, now)
    row = model.objects.first()
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        model.objects.filter(pk=row.pk).update(dispute=row.dispute_id + 1)
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        model.objects.filter(pk=row.pk)._raw_delete(model.objects.db)


# --- the ruling


def test_the_suggestion_is_adopted_in_one_step(office, now):
    dispute = at("ruled", office, now)
    ruling = dispute.rulings.get()
    assert (ruling.owner, ruling.deviates, ruling.clause) == (office["rep"], False, "拟:own.valid.visit")
    assert list(ruling.shares.values_list("rep__username", "share_bp")) == [("rep", 10000)]
    assert dispute.appeal_until == clock.business_date(now) + 3 * DAY
    assert states(dispute.customer_id) == [("rep", "frozen", "visit")]


def ruling_for(office, winner, *others, **more):
    parts = [(office[winner].pk, 6500), *((office[name].pk, 3500) for name in others)]
    return {
        "owner_id": office[winner].pk,
        "shares": parts if others else [(office[winner].pk, 10000)],
        "clause": "拟:own.basis",
        "reason": "登记簿上有他的首接",
        **more,
    }


def test_a_ruling_may_differ_with_its_reason(office, now):
    dispute = at("ruled", office, now, **ruling_for(office, "colleague", "rep"))
    ruling = dispute.rulings.get()
    assert (ruling.owner, ruling.deviates) == (office["colleague"], True)
    assert sum(ruling.shares.values_list("share_bp", flat=True)) == 10000


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"reason": " "}, "reason_needed"),
        ({"clause": ""}, "clause_needed"),
        ({"shares": [(0, 10000)]}, "not_a_party"),
        ({"shares": []}, "shares"),
    ],
)
def test_a_bad_ruling_changes_nothing(wrong, code, office, now):
    dispute = at("accepted", office, now)
    given = ruling_for(office, "colleague", **wrong)
    if code == "shares":
        given["shares"] = [(office["colleague"].pk, 9000)]
        code = "shares_not_whole"
    with pytest.raises(RuleError) as refusal, transaction.atomic():
        services.rule_dispute(actor=office["manager"], dispute_id=dispute.pk, now=now, **given)
    assert refusal.value.code == code
    assert not DisputeRuling.objects.exists()
    assert Dispute.objects.get().state == DisputeState.ACCEPTED


@pytest.mark.parametrize("side", ["claimant", "owner"])
def test_a_manager_never_rules_the_own_case(side, office, supervisor, now):
    manager, rep = office["manager"], office["rep"]
    manager.is_superuser = True
    manager.save()
    pair = (manager, rep) if side == "claimant" else (rep, manager)
    dispute = cases.accepted(*pair, supervisor, now)
    with pytest.raises(Denied):
        services.rule_dispute(actor=manager, dispute_id=dispute.pk, now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Dispute.objects.filter(pk=dispute.pk).update(ruled_by=manager, ruled_for=manager, ruled_at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Dispute.objects.filter(pk=dispute.pk).update(accepted_by=manager)
    with pytest.raises(IntegrityError), transaction.atomic():
        DisputeSeat.objects.create(dispute=dispute, person=manager, kind="judge")
    services.rule_dispute(actor=office["director"], dispute_id=dispute.pk, now=now)
    with pytest.raises(Denied):
        services.rule_appeal(
            actor=office["director"],
            dispute_id=services.appeal_dispute(actor=rep, dispute_id=dispute.pk, reason="不服", now=now).pk,
            now=now,
        )


# --- 签收, 申诉, 执行


def test_all_parties_accept_and_the_ruling_is_executed(office, now):
    dispute = at("ruled", office, now, **ruling_for(office, "colleague", "rep"))
    services.sign_ruling(actor=office["rep"], dispute_id=dispute.pk, accepts=True, now=now)
    assert Dispute.objects.get().state == DisputeState.RULED
    services.sign_ruling(actor=office["colleague"], dispute_id=dispute.pk, accepts=True, now=now)
    dispute = Dispute.objects.get()
    assert (dispute.state, dispute.executed_at) == (DisputeState.EXECUTED, now)
    assert states(dispute.customer_id) == [("rep", "closed", "visit"), ("colleague", "active", "ruled")]
    assert dispute.customer.owner == office["colleague"]
    assert frozen([dispute.customer_id]) == {}


def test_nobody_signs_twice(office, now):
    dispute = at("ruled", office, now)
    services.sign_ruling(actor=office["rep"], dispute_id=dispute.pk, accepts=False, now=now)
    with pytest.raises(RuleError) as refusal:
        services.sign_ruling(actor=office["rep"], dispute_id=dispute.pk, accepts=True, now=now)
    assert refusal.value.code == "already_signed"


def test_the_last_day_of_the_appeal_is_included(office, now):
    dispute = at("ruled", office, now)
    last = clock.end_of(dispute.appeal_until) - timedelta(minutes=1)
    with pytest.raises(RuleError):
        services.execute_dispute(actor=office["manager"], dispute_id=dispute.pk, now=last)
    with pytest.raises(RuleError) as refusal:
        services.appeal_dispute(
            actor=office["colleague"], dispute_id=dispute.pk, reason="漏看", now=last + timedelta(minutes=1)
        )
    assert refusal.value.code == "appeal_over"
    services.appeal_dispute(actor=office["colleague"], dispute_id=dispute.pk, reason="漏看", now=last)
    assert Dispute.objects.get().state == DisputeState.APPEALED


def test_who_accepted_does_not_appeal(office, now):
    dispute = at("ruled", office, now)
    services.sign_ruling(actor=office["colleague"], dispute_id=dispute.pk, accepts=True, now=now)
    with pytest.raises(RuleError) as refusal:
        services.appeal_dispute(actor=office["colleague"], dispute_id=dispute.pk, reason="漏看", now=now)
    assert refusal.value.code == "appeal_waived"


def test_an_appeal_stays_the_execution_and_the_second_ruling_is_final(office, now):
    dispute = at("appealed", office, now)
    execute_due(clock.business_date(now) + 30 * DAY, now + 30 * DAY)
    assert states(dispute.customer_id) == [("rep", "frozen", "visit")]
    services.rule_appeal(
        actor=office["director"], dispute_id=dispute.pk, now=now, **ruling_for(office, "colleague")
    )
    assert Dispute.objects.get().state == DisputeState.EXECUTED
    assert states(dispute.customer_id)[-1] == ("colleague", "active", LeaseBasis.RULED)
    assert list(DisputeRuling.objects.values_list("round", flat=True)) == [1, 2]


def test_the_night_after_the_term_executes(office, now):
    dispute = at("ruled", office, now)
    execute_due(dispute.appeal_until, now + 3 * DAY)
    assert Dispute.objects.get().state == DisputeState.RULED
    for _ in range(2):  # safe to repeat
        execute_due(dispute.appeal_until + DAY, now + 4 * DAY)
    assert Dispute.objects.get().state == DisputeState.EXECUTED
    assert states(dispute.customer_id) == [("rep", "active", "visit")]
    assert Event.objects.filter(verb="customers.dispute.executed").count() == 1


def test_a_deposits_lock_goes_along(office, now):
    dispute = at("filed", office, now, state=LeaseState.LOCKED)
    services.accept_dispute(actor=office["supervisor"], dispute_id=dispute.pk, now=now)
    services.rule_dispute(
        actor=office["manager"], dispute_id=dispute.pk, now=now, **ruling_for(office, "colleague")
    )
    execute_due(clock.business_date(now) + 4 * DAY, now + 4 * DAY)
    assert states(dispute.customer_id) == [("rep", "closed", "visit"), ("colleague", "locked", "ruled")]


def test_who_shares_keeps_the_own_member_of_the_household(office, now):
    mine = make.customer(owner=office["colleague"], now=now)
    spouse = spouse_of(mine, office["rep"], now)
    dispute = services.file_customer_dispute(
        actor=office["colleague"], customer_id=mine.pk, claim=cases.CLAIM, now=now
    )
    services.accept_dispute(actor=office["supervisor"], dispute_id=dispute.pk, now=now)
    suggested = Decision.objects.get(kind="customers.ruling").result
    assert (suggested["rule"], sorted(bp for _, bp in suggested["shares"])) == ("split.couple", [5000, 5000])
    services.rule_dispute(
        actor=office["manager"], dispute_id=dispute.pk, now=now, **ruling_for(office, "rep", "colleague")
    )
    execute_due(clock.business_date(now) + 4 * DAY, now + 4 * DAY)
    assert states(mine.pk) == [("colleague", "active", "visit")]
    assert states(spouse.pk) == [("rep", "active", "visit")]


def test_who_has_no_share_keeps_nobody(office, now):
    mine = make.customer(owner=office["colleague"], now=now)
    spouse = spouse_of(mine, office["rep"], now)
    dispute = services.file_customer_dispute(
        actor=office["colleague"], customer_id=mine.pk, claim=cases.CLAIM, now=now
    )
    services.accept_dispute(actor=office["supervisor"], dispute_id=dispute.pk, now=now)
    services.rule_dispute(
        actor=office["manager"], dispute_id=dispute.pk, now=now, **ruling_for(office, "rep")
    )
    execute_due(clock.business_date(now) + 4 * DAY, now + 4 * DAY)
    assert Customer.objects.get(pk=mine.pk).owner == Customer.objects.get(pk=spouse.pk).owner == office["rep"]


@pytest.mark.parametrize(("before", "verb", "after"), [
    (LeaseState.ACTIVE, services.lock_lease, "locked"),
    (LeaseState.LOCKED, services.unlock_lease, "active"),
])  # fmt: skip
def test_a_deposit_or_its_return_during_the_case_counts_at_its_end(before, verb, after, office, now):
    dispute = at("filed", office, now, state=before)
    more = {"reason": "退房"} if verb is services.unlock_lease else {}
    verb(actor=office["manager"], customer=dispute.customer, now=now, **more)
    assert states(dispute.customer_id) == [("rep", "frozen", "visit")]
    services.withdraw_dispute(actor=office["colleague"], dispute_id=dispute.pk, now=now)
    assert states(dispute.customer_id) == [("rep", after, "visit")]


def test_taking_it_back_thaws_as_it_was(office, now):
    dispute = at("filed", office, now, state=LeaseState.LOCKED)
    services.withdraw_dispute(actor=office["colleague"], dispute_id=dispute.pk, now=now)
    assert states(dispute.customer_id) == [("rep", "locked", "visit")]
    assert frozen([dispute.customer_id]) == {}


def test_a_case_closes_with_all_signatures_or_a_word_why(office, now):
    dispute = at("appealed", office, now)
    services.rule_appeal(actor=office["director"], dispute_id=dispute.pk, now=now)
    with pytest.raises(RuleError) as refusal:
        services.close_dispute(actor=office["supervisor"], dispute_id=dispute.pk, now=now)
    assert refusal.value.code == "unsigned"
    services.close_dispute(actor=office["supervisor"], dispute_id=dispute.pk, note="拒签，两人在场", now=now)
    assert Dispute.objects.get().state == DisputeState.CLOSED


# --- figures


def test_the_figures_of_a_month(office, project, now):
    sold(office["manager"], now)
    sold(office["manager"], now)
    at("executed", office, now)
    Dispute.objects.update(filed_at=now - 3 * DAY)
    first, last = clock.business_date(now).replace(day=1), clock.business_date(now)
    figures = dispute_figures(project, first, last)
    assert (figures.filed, figures.deals, figures.rate) == (1, 2, "50.0%")
    assert (figures.ended, figures.average) == (1, "3.0")
    empty = dispute_figures(project, last + DAY, last + 2 * DAY)
    assert (empty.rate, empty.average) == ("—", "—")
