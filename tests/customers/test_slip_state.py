"""What starts a claim, what must follow, how a slip is completed and corrected, and who is told."""

from datetime import date, timedelta

import pytest

from customers.models import Customer, OwnershipLease, SlipCorrection, Visit
from customers.rules import Contact, Outcome, RegisterTerms
from customers.rules.register import (
    Evidence,
    Refusal,
    RegisterState,
    check_start,
    is_weak,
    missing,
    register_state,
    unregistered_due,
)
from customers.services import (
    correct_slip,
    end_reception,
    mark_weak,
    register_call,
    register_empty,
    register_visit,
    request_correction,
    start_reception,
)
from customers.services.registering import CLOSING, INCOMPLETE, UNREGISTERED
from regulations.services import answer
from salesdept import clock
from salesdept.errors import RuleError
from salesdept.models import Event, Notice, Reminder
from salesdept.services.tick import tick
from salesdept.verdict import Denied

PHONE = "13602178846"
DAY = date(2026, 11, 23)
FULL = {"source": "online", "layouts": ("三房",)}


def visit(actor, now, **fields):
    return register_visit(
        actor=actor, project=actor.projects.first(), now=now, **{"phone": PHONE, "name": "罗女士", **fields}
    )


# --- the rule, as a table


SAID = {"name": "罗女士", "number": PHONE}


@pytest.mark.parametrize(
    ("kind", "outcome", "said", "closed", "state"),
    [
        ("visit", "registered", {"source": "online", "layouts": "三房"}, False, "complete"),
        ("visit", "registered", {"source": "online", "area": "110㎡"}, False, "complete"),
        ("visit", "registered", {"source": "online"}, False, "pending"),
        ("visit", "registered", {"layouts": "三房"}, True, "weak"),
        ("call", "registered", {}, False, "pending"),
        ("call", "registered", {"source": "press", "area": "90㎡"}, True, "complete"),
        ("visit", "no_phone", {}, False, "refused"),
        ("visit", "no_phone", {"source": "online", "layouts": "三房"}, True, "refused"),
        ("visit", "not_customer", {}, False, "none"),
    ],
)
def test_how_far_a_slip_is_filled(kind, outcome, said, closed, state):
    found = register_state(Contact(kind), outcome, {**SAID, **said}, RegisterTerms(), closed=closed)
    assert found == state
    assert is_weak(found) == (state in ("pending", "weak"))


def test_the_sets_are_terms():
    terms = RegisterTerms(visit_complete=("budget_text", "age_band"), visit_start=("name", "contact", "need"))
    assert missing(terms.complete("visit"), {"budget_text": "260 万"}) == ["age_band"]
    with pytest.raises(RuleError) as refusal:
        check_start(Contact.VISIT, SAID, terms)
    assert (refusal.value.code, refusal.value.clause) == ("field_needed", "拟:own.required_fields")
    assert "户型或面积" in refusal.value.message
    check_start(Contact.VISIT, {**SAID, "area": "89㎡"}, terms)


def test_a_wechat_name_is_a_contact():
    check_start(Contact.VISIT, {"name": "罗女士", "wechat": "luo_2026"}, RegisterTerms())


def test_the_rep_is_asked_before_the_assistant():
    start = clock.at(DAY, 10)
    rep, assistant = unregistered_due(start, RegisterTerms())
    assert start < rep < assistant


# --- stored with the slip

pytestmark = pytest.mark.django_db


def test_a_full_slip_is_complete_and_reminds_nobody(rep, now):
    row = visit(rep, now, **FULL)
    assert (row.state, row.completed_at, row.evidence) == ("complete", now, Evidence.ENTERED)
    assert not Reminder.objects.filter(kind__in=(INCOMPLETE, CLOSING)).exists()


def test_a_quick_slip_starts_the_claim_and_waits_for_the_rest(rep, now):
    row = visit(rep, now)
    assert (row.state, row.completed_at) == ("pending", None)
    assert OwnershipLease.objects.get().rep == rep
    due = dict(Reminder.objects.filter(kind__in=(INCOMPLETE, CLOSING)).values_list("kind", "due_at"))
    assert due == {INCOMPLETE: clock.at(DAY, 20), CLOSING: clock.at(DAY, 21)}


def test_an_empty_field_is_filled_without_a_reason_and_completes_the_slip(rep, now):
    row = visit(rep, now)
    later = now + timedelta(hours=2)
    changes = {"source": "online", "area": "110㎡", "site_tour": "on", "helmet": "on"}
    correct_slip(actor=rep, kind=Contact.VISIT, slip_id=row.pk, changes=changes, now=later)
    row.refresh_from_db()
    kept = SlipCorrection.objects.get()
    assert (row.state, row.completed_at, kept.reason) == ("complete", later, "补全")
    assert kept.new == {"source": "online", "area": "110㎡", "site_tour": True, "helmet": True}
    assert not Reminder.objects.filter(kind__in=(INCOMPLETE, CLOSING), done_at__isnull=True).exists()


def test_what_was_said_is_changed_only_with_a_reason(rep, now):
    row = visit(rep, now, **FULL)
    given = {"actor": rep, "kind": Contact.VISIT, "slip_id": row.pk, "changes": {"layouts": "四房"}}
    with pytest.raises(RuleError) as refusal:
        correct_slip(**given, now=now)
    assert refusal.value.code == "reason_needed"
    assert Visit.objects.get().layouts == "三房"
    correct_slip(**given, reason="客户改口", now=now)
    kept = SlipCorrection.objects.get()
    assert (kept.old, kept.new, kept.reason) == ({"layouts": "三房"}, {"layouts": "四房"}, "客户改口")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"site_tour": "on"}, "helmet_needed"),
        ({"left_at": "2026-11-23T09:00"}, "left_before"),
        ({"left_at": "2026-11-24T09:00"}, "left_before"),
        ({"left_at": "2026-02-30T09:00"}, "day_unreadable"),
        ({"transport": "rocket"}, "value_unknown"),
        ({"happened_at": "2026-11-01"}, "not_correctable"),
        ({"created_at": "2026-11-01"}, "not_correctable"),
        ({"state": "complete"}, "not_correctable"),
    ],
)
def test_what_a_slip_may_not_say(changes, code, rep, now):
    row = visit(rep, now)
    with pytest.raises(RuleError) as refusal:
        correct_slip(actor=rep, kind=Contact.VISIT, slip_id=row.pk, changes=changes, now=now)
    assert refusal.value.code == code
    assert not SlipCorrection.objects.exists()


def test_closing_marks_what_was_not_completed(rep, now):
    row = visit(rep, now)
    tick(now=clock.at(DAY, 20, 1))
    row.refresh_from_db()
    assert row.state == "pending"
    assert "认知途径、户型或面积" in Notice.objects.get(key__startswith="incomplete:").title
    tick(now=clock.at(DAY, 21, 1))
    row.refresh_from_db()
    assert row.state == "weak"
    assert Notice.objects.get(key__startswith="weak:").user == rep
    assert Event.objects.get(verb="customers.visit.weak").actor is None


def test_a_slip_completed_in_time_is_not_marked(rep, now):
    row = visit(rep, now, **FULL)
    mark_weak(actor=None, kind=Contact.VISIT, slip_id=row.pk, now=clock.at(DAY, 22))
    row.refresh_from_db()
    assert row.state == RegisterState.COMPLETE


def test_a_late_entry_without_the_rest_is_weak_at_once(rep, now):
    assert visit(rep, now, happened_at=clock.at(date(2026, 11, 22), 15)).state == "weak"


def test_the_phones_clock_is_a_claim_only(rep, now):
    turn = start_reception(actor=rep, project=rep.projects.first(), kind=Contact.VISIT, now=now)
    claimed = now - timedelta(days=2)
    row = visit(rep, now + timedelta(minutes=5), reception_id=turn.pk, device_at=claimed)
    assert (row.happened_at, row.device_at, row.late_entry) == (now, claimed, False)
    assert OwnershipLease.objects.get().started_at == now


def test_particulars_are_kept_with_the_slip(rep, now):
    given = {"area": "118㎡", "budget_text": "260 万", "purpose": "upgrade", "transport": "car", "tidy": True}
    row = visit(rep, now, particulars=given)
    assert {name: getattr(row, name) for name in given} == given
    customer = Customer.objects.get()
    assert (customer.want_area, customer.budget_text) == ("118㎡", "260 万")


# --- refusal and witness


@pytest.mark.parametrize(
    ("given", "kept"), [("looking", "looking"), ("", "other"), ("nonsense", "other"), (None, "unwilling")]
)
def test_who_leaves_no_number_is_counted_with_a_reason(given, kept, rep, now):
    reason = {} if given is None else {"refusal": given}
    row = register_empty(actor=rep, project=rep.projects.first(), outcome="no_phone", now=now, **reason)
    assert (row.state, row.refusal) == (RegisterState.REFUSED, kept)
    assert not OwnershipLease.objects.exists()


def test_a_passer_by_refuses_nothing(rep, now):
    row = register_empty(actor=rep, project=rep.projects.first(), outcome="not_customer", now=now)
    assert (row.state, row.refusal, row.outcome) == (RegisterState.NONE, "", Outcome.NOT_CUSTOMER)


def test_refusals_have_words():
    assert all(reason.label for reason in Refusal)


def test_a_wechat_name_needs_the_assistant_as_witness(rep, assistant, now):
    with pytest.raises(RuleError) as refusal:
        visit(rep, now, phone="", wechat="luo_2026")
    assert refusal.value.code == "wechat_needs_witness"
    assert not Customer.objects.exists()
    row = visit(assistant, now, phone="", wechat="luo_2026", received_by=rep)
    assert (row.evidence, row.customer.owner, row.entered_by) == (Evidence.WITNESSED, rep, assistant)
    assert row.customer.phone_masked == "微信 ****26"


def test_the_same_wechat_name_is_the_same_customer(rep, assistant, colleague, now):
    visit(assistant, now, phone="", wechat="luo_2026", received_by=rep)
    again = visit(assistant, now + timedelta(days=1), phone="", wechat="LUO_2026", received_by=colleague)
    assert again.standin
    assert Customer.objects.get().owner == rep


# --- after closing, by request

EVENING = clock.at(DAY, 22)


def _asked(rep, row, **changes):
    return request_correction(
        actor=rep,
        kind=Contact.VISIT,
        slip_id=row.pk,
        changes=changes,
        reason="登记簿抄错",
        now=EVENING,
    )


def test_after_closing_the_assistant_agrees_and_both_values_stay(rep, assistant, now):
    row = visit(rep, now, **FULL, note="想看两房")
    request = _asked(rep, row, note="想看三房")
    row.refresh_from_db()
    assert row.note == "想看两房"
    answer(actor=assistant, request_id=request.pk, approve=True, now=EVENING)
    row.refresh_from_db()
    kept = SlipCorrection.objects.get()
    assert (row.note, kept.by, kept.approved_by, kept.reason) == ("想看三房", rep, assistant, "登记簿抄错")
    assert (kept.old, kept.new) == ({"note": "想看两房"}, {"note": "想看三房"})
    assert row.happened_at == now


def test_a_late_completion_stays_weak(rep, assistant, now):
    row = visit(rep, now)
    tick(now=clock.at(DAY, 21, 1))
    request = _asked(rep, row, source="online", area="90㎡")
    answer(actor=assistant, request_id=request.pk, approve=True, now=EVENING)
    row.refresh_from_db()
    assert (row.state, row.completed_at, row.source) == ("weak", EVENING, "online")


def test_a_rejected_request_changes_nothing(rep, assistant, now):
    row = visit(rep, now, **FULL)
    request = _asked(rep, row, layouts="四房")
    answer(actor=assistant, request_id=request.pk, approve=False, answer="以原登记为准", now=EVENING)
    row.refresh_from_db()
    assert row.layouts == "三房"
    assert not SlipCorrection.objects.exists()


@pytest.mark.parametrize("username", ["manager", "colleague"])
def test_others_do_not_agree(username, request, rep, now):
    row = visit(rep, now, **FULL)
    asked = _asked(rep, row, layouts="四房")
    with pytest.raises(Denied):
        answer(actor=request.getfixturevalue(username), request_id=asked.pk, approve=True, now=EVENING)


def test_who_entered_it_does_not_agree(rep, assistant, now):
    row = visit(assistant, now, received_by=rep, **FULL)
    asked = _asked(rep, row, layouts="四房")
    with pytest.raises(Denied):
        answer(actor=assistant, request_id=asked.pk, approve=True, now=EVENING)


def test_neither_number_nor_owner_by_request(rep, now):
    row = visit(rep, now, **FULL)
    for changes in ({"phone": "13900000000"}, {"received_by": "1"}, {"happened_at": "2026-11-01"}):
        with pytest.raises(RuleError) as refusal:
            _asked(rep, row, **changes)
        assert refusal.value.code == "not_correctable"


def test_a_call_is_corrected_by_request_too(rep, assistant, now):
    row = register_call(
        actor=rep, project=rep.projects.first(), phone=PHONE, name="罗女士", now=now, booked_on=DAY
    )
    asked = request_correction(
        actor=rep,
        kind=Contact.CALL,
        slip_id=row.pk,
        changes={"booked_on": "2026-11-25"},
        reason="改约",
        now=EVENING,
    )
    answer(actor=assistant, request_id=asked.pk, approve=True, now=EVENING)
    row.refresh_from_db()
    assert row.booked_on == date(2026, 11, 25)
    assert SlipCorrection.objects.get().old == {"booked_on": "2026-11-23"}


# --- 客户离开前须登记


def _turn(rep, now):
    return start_reception(actor=rep, project=rep.projects.first(), kind=Contact.VISIT, now=now)


def test_an_open_visit_reminds_the_rep_then_the_assistant(rep, assistant, now):
    _turn(rep, now)
    tick(now=now + timedelta(minutes=31))
    assert list(Notice.objects.filter(clause="S134").values_list("user__username", flat=True)) == ["rep"]
    tick(now=now + timedelta(minutes=61))
    told = Notice.objects.filter(clause="S134").order_by("pk").values_list("user__username", flat=True)
    assert list(told) == ["rep", "assistant"]


def test_a_registered_visit_reminds_nobody(rep, assistant, now):
    turn = _turn(rep, now)
    visit(rep, now + timedelta(minutes=20), reception_id=turn.pk, **FULL)
    tick(now=now + timedelta(minutes=90))
    assert not Notice.objects.filter(clause="S134").exists()
    assert not Reminder.objects.filter(kind=UNREGISTERED, done_at__isnull=True).exists()


def test_a_visit_ended_without_a_register_is_still_asked_for(rep, assistant, now):
    turn = _turn(rep, now)
    end_reception(actor=rep, reception_id=turn.pk, now=now + timedelta(minutes=10), reason="未登记结束")
    tick(now=now + timedelta(minutes=61))
    assert Notice.objects.filter(clause="S134", user=assistant).exists()
