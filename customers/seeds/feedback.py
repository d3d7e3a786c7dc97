"""The demo office's feedback in each state of its path, answered surveys and calls to make."""

from datetime import datetime, timedelta

from customers.models import (
    CallBack,
    Customer,
    Department,
    Feedback,
    FeedbackSeries,
    Survey,
    SurveySample,
)
from customers.queries.workdays import calendar_of
from customers.rules import FeedbackKind, FeedbackTerms, FeedbackTopic
from customers.rules.feedback import PATH, CustomerVerdict, FeedbackState, due
from customers.rules.surveys import (
    CallBackTerms,
    CallState,
    Moment,
    SurveyState,
    SurveyTerms,
    month_span,
    sample,
    token_hash,
)
from regulations.rules import from_json
from salesdept import clock
from salesdept.clock import SHANGHAI
from salesdept.seeds import Office

C, G = FeedbackKind.COMPLAINT, FeedbackKind.SUGGESTION
P, F, M, S = FeedbackTopic.PRODUCT, FeedbackTopic.FACILITY, FeedbackTopic.PRICE, FeedbackTopic.SERVICE
SMALL = 5_000
DEPARTMENTS = (("工程部", "赵工"), ("物业", "何主任"), ("策划部", "冯经理"), ("财务部", "沈国安"))
# Kind, topic, words, hours since it was taken, state reached, department, reply. The oldest has number 1.
STORY = (
    (C, M, "不同楼栋价差解释不一致", 480, FeedbackState.CLOSED, 2, "统一口径后当面说明"),
    (G, P, "临路一侧希望提供噪声检测", 290, FeedbackState.CLOSED, 0, "已出检测报告并发给客户"),
    (C, S, "周末到访等候时间长", 216, FeedbackState.CLOSED, 1, "已增派候客，致电致歉，客户认可"),
    (C, P, "样板间空调不制冷", 190, FeedbackState.CONFIRMED, 0, "已检修，请客户再来体验"),
    (C, F, "地库入口指示不清", 168, FeedbackState.ANSWERED, 1, "已加装指示牌"),
    (G, F, "看房通道增设儿童安全帽", 70, FeedbackState.HANDLED, 0, ""),
    (C, P, "赠送面积与宣传册不符，要求书面说明", 26, FeedbackState.FORWARDED, 2, ""),
    (G, F, "售楼处饮水处希望加热水", 7, FeedbackState.FILED, 1, ""),
    (C, S, "电话约好的时间没有人接待", 2, FeedbackState.TAKEN, 0, ""),
)
SCORES = (
    (5, 5, 5, "讲得清楚，没有催着下定"), (5, 5, 5, ""), (4, 5, 4, "停车不太好找"), (5, 4, 5, "很耐心"),
    (5, 5, 5, ""), (4, 4, 4, ""), (5, 5, 4, "样板间介绍得很细"), (5, 5, 5, ""), (3, 4, 4, "等了一会儿"),
    (5, 5, 5, ""), (5, 4, 5, "带孩子来，照顾得很好"), (4, 5, 5, ""),
)  # fmt: skip
UNANSWERED = 4


def fill(office: Office) -> None:
    if office.customers > SMALL:
        return
    departments = Department.objects.bulk_create(
        Department(project=office.project, name=name, person=person) for name, person in DEPARTMENTS
    )
    owned = Customer.objects.filter(project=office.project, owner__isnull=False)
    people = list(owned.select_related("owner").order_by("pk")[:160])
    _register(office, departments, people[: len(STORY)])
    _surveys(office, people[1::2])
    _calls(office, people[2::6])


def _register(office: Office, departments: list[Department], people: list[Customer]) -> None:
    terms, serials = from_json(FeedbackTerms, {}), dict[tuple[str, int], int]()
    calendar = calendar_of(office.project, office.start)
    rows = []
    for told, customer in zip(STORY, people, strict=False):
        taken = (office.now - timedelta(hours=told[3])).astimezone(SHANGHAI)
        key = (told[0].value, taken.year)
        serials[key] = serials.get(key, 0) + 1
        row = Feedback(
            project=office.project,
            kind=told[0],
            year=taken.year,
            serial=serials[key],
            state=told[4],
            topic=told[1],
            content=told[2],
            customer=customer,
            customer_name=str(customer)[:40],
            taken_by=office.reps[0],
            responsible=customer.owner,
            taken_at=taken,
        )
        row.forward_due_at, row.answer_due_at = due(taken, False, terms, calendar)
        _went(office, row, departments[told[5]], told[6])
        rows.append(row)
    Feedback.objects.bulk_create(rows)
    FeedbackSeries.objects.bulk_create(
        FeedbackSeries(project=office.project, kind=kind, year=year, last=last)
        for (kind, year), last in serials.items()
    )


def _went(office: Office, row: Feedback, department: Department, reply: str) -> None:
    """What each step that lies behind left on the row, an hour or some after the one before."""
    path = PATH[FeedbackKind(row.kind)]
    behind, taken = set(path[: path.index(FeedbackState(row.state)) + 1]), row.taken_at
    if FeedbackState.FILED in behind:
        row.assistant_copy_at = taken + timedelta(minutes=20)
        row.rep_copy_at = taken + timedelta(minutes=35) if row.kind == C else None
    if FeedbackState.FORWARDED in behind:
        row.department, row.forwarded_at = department, taken + timedelta(hours=1)
    if FeedbackState.HANDLED in behind:
        row.result, row.handled_at = "已到现场核实并处理", taken + timedelta(hours=5)
        row.justified = True if row.kind == C else None
    if FeedbackState.ANSWERED in behind:
        row.reply, row.replied_at, row.replied_by = reply, taken + timedelta(hours=20), row.responsible
    if FeedbackState.CONFIRMED in behind:
        row.verdict, row.confirmed_at = CustomerVerdict.CONTENT, taken + timedelta(hours=44)
        row.confirmed_by = office.people["assistant"]
    if row.state == FeedbackState.CLOSED:
        row.ended_at = taken + timedelta(hours=45)


def _survey(office: Office, customer: Customer, sent: datetime, number: int) -> Survey:
    days = from_json(SurveyTerms, {}).link_days
    return Survey(
        project=office.project,
        customer=customer,
        rep=customer.owner,
        moment=Moment.VISIT,
        state=SurveyState.SENT,
        token_hash=token_hash(f"demo {number}"),
        sent_by=customer.owner,
        sent_at=sent,
        expires_at=clock.end_of(clock.business_date(sent) + timedelta(days=days)),
    )


def _surveys(office: Office, people: list[Customer]) -> None:
    """Answers of this month, some links still out, and one rep's monthly draw."""
    first, _ = month_span(clock.business_date(office.now))
    rows = []
    for number, customer in enumerate(people[: len(SCORES) + UNANSWERED]):
        sent = max(clock.at(first, 10), office.now - timedelta(hours=20 + 9 * number))
        row = _survey(office, customer, sent, number)
        if number >= UNANSWERED:
            row.conduct, row.talk, row.service, row.comment = SCORES[number - UNANSWERED]
            row.state, row.answered_at = SurveyState.VALID, sent + timedelta(hours=3)
        rows.append(row)
    Survey.objects.bulk_create(rows)
    rep = office.reps[1]
    pool = list(
        Customer.objects.filter(project=office.project, owner=rep).order_by("pk").values_list("pk", flat=True)
    )
    drawn = sample(2026, pool, from_json(SurveyTerms, {}).sample_per_rep)
    draw = SurveySample.objects.create(
        project=office.project, rep=rep, month=first, seed=2026, population=len(pool), drawn=drawn,
        drawn_by=office.people["supervisor"], drawn_at=office.now - timedelta(hours=3),
    )  # fmt: skip
    Survey.objects.bulk_create(
        Survey(project=office.project, customer_id=pk, rep=rep, moment=Moment.SAMPLE, sample=draw)
        for pk in drawn
    )


def _calls(office: Office, people: list[Customer]) -> None:
    """Calls after first visits: overdue, today's, later ones, and some already made."""
    today, terms = clock.business_date(office.now), from_json(CallBackTerms, {})
    rows = []
    for number, customer in enumerate(people[:16]):
        row = CallBack(project=office.project, customer=customer, stage=Moment.VISIT)
        row.due_on = today + timedelta(days=number % 6 - terms.after_visit)
        if number % 4 == 3:
            row.state, row.tries, row.score = CallState.DONE, 1, 4 + number % 2
            row.done_at = row.last_try_at = office.now - timedelta(days=1, hours=number % 5)
            row.by, row.note = office.people["assistant"], "接待清楚，周末再来看"
        elif number % 8 == 1:
            row.state, row.tries, row.by = CallState.UNREACHED, terms.tries, office.people["assistant"]
        rows.append(row)
    CallBack.objects.bulk_create(rows)
