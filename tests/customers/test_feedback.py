"""投诉 in two copies, 意见建议 in one: the path, who may go it, both clocks, numbers, figures."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from customers import access, services
from customers.models import Feedback, FeedbackRound, FeedbackSeries
from customers.queries.feedback_cards import gaps, mine_card
from customers.queries.feedback_figures import feedback_figures
from customers.queries.workdays import is_legal_workday
from customers.rules import FeedbackKind, FeedbackTerms, FeedbackTopic
from customers.rules.feedback import MOVES, FeedbackState, FeedbackVerb, due, moved, work_left
from customers.services.feedback import next_serial
from customers.services.queue_desk import end_desks
from regulations.rules import from_json
from salesdept import clock
from salesdept.clock import SHANGHAI
from salesdept.errors import RuleError
from salesdept.models import Event, Notice, Reminder, User
from salesdept.services.tick import tick
from salesdept.verdict import Denied
from tests.factories import customers as make
from tests.factories import feedback as made

TERMS = from_json(FeedbackTerms, {})
C, G = FeedbackKind.COMPLAINT, FeedbackKind.SUGGESTION


def at(text: str) -> datetime:
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


# --- the clocks

# Taken, simple or complex, forward by, answer by. 2026: 国庆 10-01…10-07 with work on 10-10 (Saturday);
# 春节 02-15…02-23 with work on 02-14 (Saturday) and 02-28.
CLOCKS = (
    ("11-23 10:00", False, "11-24 10:00", "11-26 18:00"),
    ("11-23 07:00", False, "11-24 09:00", "11-26 18:00"),
    ("11-23 20:00", False, "11-25 09:00", "11-27 18:00"),
    ("11-20 15:00", False, "11-23 15:00", "11-25 18:00"),
    ("11-21 15:00", False, "11-24 09:00", "11-26 18:00"),
    ("11-20 15:00", True, "11-23 15:00", "12-01 18:00"),
    ("09-30 16:00", False, "10-08 16:00", "10-10 18:00"),
    ("10-03 11:00", False, "10-09 09:00", "10-12 18:00"),
    ("10-09 17:00", False, "10-10 17:00", "10-13 18:00"),
    ("02-13 17:00", False, "02-14 17:00", "02-25 18:00"),
    ("02-14 17:00", False, "02-24 17:00", "02-26 18:00"),
)


@pytest.mark.parametrize(("taken", "hard", "forward", "answer"), CLOCKS, ids=lambda v: str(v))
def test_both_deadlines_count_working_time(taken, hard, forward, answer):
    assert due(at(taken), hard, TERMS, is_legal_workday) == (at(forward), at(answer))


def test_a_year_the_calendar_does_not_know_is_monday_to_friday():
    assert [is_legal_workday(date(2031, 3, day)) for day in range(3, 10)] == [True] * 5 + [False] * 2


@pytest.mark.parametrize(
    ("now", "hours"), [("11-20 17:00", 4), ("11-21 12:00", 3), ("11-23 11:00", 1), ("11-23 13:00", -1)]
)
def test_what_is_left_is_opening_hours(now, hours):
    left = work_left(at(now), at("11-23 12:00"), TERMS, is_legal_workday)
    assert left == timedelta(hours=hours)


# --- the table of states


@pytest.mark.parametrize("kind", [C, G])
@pytest.mark.parametrize("verb", FeedbackVerb)
@pytest.mark.parametrize("state", FeedbackState)
def test_only_the_table_moves_an_item(state, verb, kind):
    wanted = MOVES[kind].get((state, verb))
    if wanted is None:
        with pytest.raises(RuleError) as refusal:
            moved(kind, state, verb)
        assert refusal.value.code == "feedback_move"
    else:
        assert moved(kind, state, verb) == wanted


def test_a_suggestion_has_no_call_back_and_is_never_linked():
    verbs = {verb for _, verb in MOVES[G]}
    assert {FeedbackVerb.CONFIRM, FeedbackVerb.LINK}.isdisjoint(verbs)


# --- the path


@pytest.fixture
def people(rep, assistant, supervisor):
    return {"rep": rep, "assistant": assistant, "supervisor": supervisor}


@pytest.fixture
def file(colleague, now):
    def filed(**values):
        given = {"kind": "complaint", "content": "看房等了很久", **values}
        return services.file_feedback(actor=colleague, project=colleague.projects.first(), now=now, **given)

    return filed


pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", ["complaint", "suggestion"])
def test_an_item_goes_its_whole_path_and_the_journal_has_each_step(kind, people, now):
    row = made.complaint(people, "closed", now, kind=kind)
    verbs = Event.objects.filter(target=f"customers.feedback:{row.pk}").order_by("pk")
    words = [verb.rpartition(".")[2] for verb in verbs.values_list("verb", flat=True)]
    steps = ["taken", "copy_signed", "forwarded", "handled", "answered", "confirmed", "closed"]
    assert words == [step for step in steps if kind == "complaint" or step != "confirmed"]
    assert row.state == FeedbackState.CLOSED


def test_the_owner_of_the_customer_is_told_when_a_colleague_takes_the_complaint(file, rep, now):
    row = file(customer=make.customer(owner=rep, now=now))
    notice = Notice.objects.get()
    assert (row.taken_by.username, row.responsible) == ("colleague", rep)
    assert (notice.user, notice.clause, notice.title) == (rep, "S138", "你的客户有投诉")


def test_a_complaint_has_two_copies(file, rep, assistant, now):
    row = file(customer=make.customer(owner=rep, now=now))
    services.sign_copy(actor=rep, feedback_id=row.pk, copy="rep", now=now)
    services.sign_copy(actor=assistant, feedback_id=row.pk, copy="assistant", now=now)
    row.refresh_from_db()
    assert (row.rep_copy_at, row.assistant_copy_at, row.state) == (now, now, FeedbackState.FILED)


def test_a_suggestion_has_one_copy_for_the_assistant(file, rep, assistant, now):
    row = file(kind="suggestion", customer=make.customer(owner=rep, now=now))
    with pytest.raises(RuleError) as refusal:
        services.sign_copy(actor=rep, feedback_id=row.pk, copy="rep", now=now)
    assert (refusal.value.code, refusal.value.clause) == ("one_copy", "S139")
    services.sign_copy(actor=assistant, feedback_id=row.pk, copy="assistant", now=now)
    row.refresh_from_db()
    assert (row.rep_copy_at, row.assistant_copy_at) == (None, now)


@pytest.fixture
def desk(colleague, assistant, now):
    """The colleague holds 当日控台 today."""
    project = colleague.projects.first()
    return services.hand_desk(actor=assistant, project=project, holder=colleague, now=now)


def test_the_holder_of_the_desk_reads_and_files_the_assistants_copy(
    desk, people, colleague, login, now, monkeypatch
):
    monkeypatch.setattr(clock, "now", lambda: now)
    row = made.complaint(people, "taken", now)
    assert Notice.objects.filter(user=colleague, title=f"{row.code} 投诉待备案").exists()
    assert mine_card(colleague, now)["rows"][0]["todo"] == "待备案"
    page = login(colleague).get(reverse("customers:feedback_detail", args=[row.pk]))
    assert "助理联备案" in page.content.decode()
    services.sign_copy(actor=colleague, feedback_id=row.pk, copy="assistant", now=now)
    row.refresh_from_db()
    assert (row.assistant_copy_at, row.state) == (now, FeedbackState.FILED)
    assert mine_card(colleague, now) is None


def test_control_a_rep_without_the_desk_neither_sees_nor_files_it(people, colleague, now):
    row = made.complaint(people, "taken", now)
    assert not Feedback.objects.visible_to(colleague).exists()
    assert not access.may_sign_copy(colleague, row, "assistant", now)


def test_the_desk_ends_with_its_day(desk, people, colleague, now):
    row, tomorrow = made.complaint(people, "taken", now), now + timedelta(days=1)
    assert not access.may_sign_copy(colleague, row, "assistant", tomorrow)
    end_desks(clock.business_date(tomorrow), tomorrow)
    assert not Feedback.objects.visible_to(colleague).exists()


def test_the_holder_of_the_desk_does_not_file_what_is_about_himself(desk, people, colleague, now):
    row = made.complaint(people, "taken", now, against=colleague)
    assert not Feedback.objects.visible_to(colleague).exists()
    verdict = access.may_sign_copy(colleague, row, "assistant", now)
    assert (bool(verdict), verdict.clause) == (False, "拟:svc.cmp.absent_rep")
    assert not Notice.objects.filter(user=colleague, key__startswith="feedback:").exists()


def test_whom_a_complaint_is_about_neither_registers_nor_answers_nor_closes_it(file, people, now):
    rep, project = people["rep"], people["rep"].projects.first()
    with pytest.raises(RuleError) as refusal:
        services.file_feedback(
            actor=rep, project=project, kind="complaint", content="态度差", against=rep, now=now
        )
    assert refusal.value.code == "own_complaint"
    row = file(customer=make.customer(owner=rep, now=now), against=rep)
    for verb, given in (
        (services.reply_feedback, {"reply": "没有的事"}),
        (services.close_feedback, {}),
        (services.withdraw_feedback, {"reason": "误会"}),
    ):
        with pytest.raises(Denied):
            verb(actor=rep, feedback_id=row.pk, now=now, **given)
    row.refresh_from_db()
    assert row.state == FeedbackState.TAKEN


def test_the_database_knows_no_self_registered_complaint(people, now):
    row = made.complaint(people, "taken", now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Feedback.objects.filter(pk=row.pk).update(against=row.taken_by)


def test_who_replied_never_confirms(people, now):
    row = made.complaint(people, "handled", now)
    assistant = people["assistant"]
    services.reply_feedback(actor=assistant, feedback_id=row.pk, reply="已检修", now=now)
    with pytest.raises(Denied):
        services.confirm_feedback(actor=assistant, feedback_id=row.pk, verdict="content", now=now)
    row.refresh_from_db()
    assert row.verdict == ""


def test_a_discontent_customer_is_closed_by_a_leader_or_opened_again(people, now):
    row = made.complaint(people, "answered", now)
    assistant = people["assistant"]
    services.confirm_feedback(actor=assistant, feedback_id=row.pk, verdict="discontent", now=now)
    with pytest.raises(RuleError) as refusal:
        services.close_feedback(actor=assistant, feedback_id=row.pk, now=now)
    assert refusal.value.code == "discontent"
    again = services.reopen_feedback(actor=assistant, feedback_id=row.pk, reason="仍不制冷", now=now)
    kept = FeedbackRound.objects.get()
    assert (again.round, again.state, again.reply) == (2, FeedbackState.FILED, "")
    assert (kept.round, kept.reply, kept.replied_at) == (1, "空调已检修", now)


def test_a_withdrawn_item_keeps_its_number(people, now):
    row = made.complaint(people, "filed", now)
    services.withdraw_feedback(actor=people["rep"], feedback_id=row.pk, reason="误会", now=now)
    row.refresh_from_db()
    assert (row.state, row.code) == (FeedbackState.WITHDRAWN, "TS-2026-0001")
    assert not Reminder.objects.filter(done_at__isnull=True, kind__startswith="customers.feedback").exists()


def test_the_same_complaint_of_two_members_of_a_family_is_counted_once(people, now):
    root = made.complaint(people, "filed", now)
    other = make.customer(owner=people["rep"], now=now, household=root.customer.household)
    row = made.complaint(people, "filed", now, customer=other)
    stranger = made.complaint(people, "filed", now)
    link = {"actor": people["assistant"], "root_id": root.pk, "now": now}
    services.link_feedback(feedback_id=row.pk, **link)
    with pytest.raises(RuleError) as refusal:
        services.link_feedback(feedback_id=stranger.pk, **link)
    assert refusal.value.code == "not_family"
    assert feedback_figures(root.project, date(2026, 11, 1), date(2026, 11, 30)).complaints == 2


# --- numbers


def test_numbers_run_by_kind_and_year_and_a_refusal_leaves_no_gap(file, now):
    codes = [file().code, file(kind="suggestion").code]
    with pytest.raises(RuleError):
        file(content=" ")
    codes.append(file().code)
    assert codes == ["TS-2026-0001", "YJ-2026-0001", "TS-2026-0002"]
    assert list(gaps()) == []


def test_control_a_gap_is_found(file):
    file()
    FeedbackSeries.objects.update(last=3)
    assert list(gaps()) == ["编号 TS-2026-0003：登记 1 件，最大 1 号"]


# --- escalation


def test_a_missed_forwarding_goes_to_the_supervisor_then_to_the_manager(people, manager, now):
    row = made.complaint(people, "filed", now)
    Notice.objects.all().delete()
    tick(now=row.forward_due_at + timedelta(minutes=1))
    assert [n.user for n in Notice.objects.filter(title__contains="超时")] == [people["supervisor"]]
    tick(now=row.forward_due_at + timedelta(hours=25))
    late = Notice.objects.filter(title__contains="超时").order_by("pk")
    assert [n.user for n in late] == [people["supervisor"], manager]
    row.refresh_from_db()
    assert row.escalated == 2


def test_control_nobody_is_told_of_what_was_done_in_time(people, manager, now):
    row = made.complaint(people, "answered", now)
    Notice.objects.all().delete()
    tick(now=row.answer_due_at + timedelta(days=2))
    row.refresh_from_db()
    assert (row.escalated, Notice.objects.count()) == (0, 0)


def test_the_assistant_is_reminded_before_the_limit(people, now):
    row = made.complaint(people, "filed", now)
    Notice.objects.all().delete()
    tick(now=row.forward_due_at - timedelta(hours=1))
    assert [(n.user, "将到" in n.title) for n in Notice.objects.all()] == [(people["assistant"], True)]


# --- figures


def test_in_time_means_forwarded_and_answered_each_in_its_limit(people, now):
    """Four due: one in time, one forwarded late, one answered late, one never; withdrawn does not count."""
    rows = [made.complaint(people, "answered", now) for _ in range(3)]
    never, gone = (made.complaint(people, "filed", now) for _ in range(2))
    services.withdraw_feedback(actor=people["rep"], feedback_id=gone.pk, reason="误会", now=now)
    late = timedelta(minutes=1)
    Feedback.objects.filter(pk=rows[1].pk).update(forwarded_at=rows[1].forward_due_at + late)
    Feedback.objects.filter(pk=rows[2].pk).update(replied_at=rows[2].answer_due_at + late)
    month = feedback_figures(never.project, date(2026, 11, 1), date(2026, 11, 30))
    assert (month.timely, month.due, month.late_forward, month.late_answer) == (1, 4, 2, 2)
    assert (month.complaints, month.justified) == (4, 3)
    assert feedback_figures(never.project, date(2026, 12, 1), date(2026, 12, 31)).due == 0


def test_a_complex_item_has_seven_working_days(people, now):
    row = made.complaint(people, "filed", now)
    department = made.department(row.project)
    simple = row.forward_due_at
    row = services.forward_feedback(
        actor=people["assistant"], feedback_id=row.pk, department_id=department.pk, hard=True, now=now
    )
    assert row.answer_due_at == clock.at(date(2026, 12, 2), 18)
    assert row.forward_due_at == simple


# --- the paper and the words


@pytest.mark.parametrize(
    ("kind", "copies"), [("complaint", ["代表联", "助理联"]), ("suggestion", ["助理联"])]
)
def test_the_printed_form_has_its_copies_and_exactly_its_columns(kind, copies, people, login, now):
    row = made.complaint(people, "closed", now, kind=kind)
    answer = login(people["assistant"]).get(reverse("customers:feedback_print", args=[row.pk]))
    columns = [name for name, _ in answer.context["columns"]]
    given = (
        "编号 日期 客户/房号 渠道 内容 诉求 接待人 责任代表 转办部门 时限 处理结果 回复日期 客户意见 主管签"
    )
    wanted = given.split()
    if kind == "suggestion":
        wanted.remove("责任代表")
    assert columns == wanted
    assert [copy for copy in ("代表联", "助理联") if copy in answer.content.decode()] == copies


def test_the_topics_of_the_regulation_are_there():
    assert FeedbackTopic.labels == ["产品", "配套", "价格", "服务", "其他"]


@pytest.mark.parametrize("topic", ["product", "facility"])
def test_a_topic_is_kept(topic, file):
    assert file(kind="suggestion", topic=topic).topic == topic


# --- the race for a number


@pytest.mark.django_db(transaction=True)
def test_parallel_entries_get_numbers_without_gap_or_double(colleague, now):
    from tests.races import at_once

    project = colleague.projects.first()

    def take():
        return services.file_feedback(
            actor=User.objects.get(pk=colleague.pk), project=project, kind="complaint", content="等", now=now
        ).serial

    assert sorted(at_once(8, take)) == list(range(1, 9))
    assert list(gaps()) == []


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_numbers_double(colleague, now):
    """The last number read by all before anybody writes: all but one are refused by the index."""
    import threading

    from tests.races import at_once

    project, meeting = colleague.projects.first(), threading.Barrier(4)
    first = services.file_feedback(actor=colleague, project=project, kind="complaint", content="等", now=now)

    def take():
        serial = FeedbackSeries.objects.get(kind="complaint").last + 1
        meeting.wait(60)
        row = Feedback.objects.get(pk=first.pk)
        row.pk, row.serial = None, serial
        row.save(force_insert=True)

    found = at_once(4, take)
    assert sum(isinstance(one, IntegrityError) for one in found) == 3


@pytest.mark.django_db(transaction=True)
def test_the_series_row_is_locked(project):
    with transaction.atomic():
        assert [next_serial(project, 2026, "complaint") for _ in range(2)] == [1, 2]
