"""满意度: one-time links shown to customers, their answers, and the supervisor's monthly draw."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from customers import access
from customers.models import Customer, Survey, SurveySample
from customers.rules import RECEIVES, FeedbackKind, FeedbackTopic
from customers.rules.feedback import FeedbackChannel
from customers.rules.surveys import (
    ITEMS,
    Moment,
    SurveyState,
    SurveyTerms,
    check_survey_move,
    is_low,
    judge,
    month_span,
    sample,
    token_hash,
)
from customers.services.feedback import ASSISTANTS, open_row, people_of, tell_about
from regulations.queries import terms_for
from salesdept import clock, journal
from salesdept.errors import RuleError, refuse
from salesdept.models import Project, User
from salesdept.verbs import locked, service

TOKEN_BYTES = 24  # 192 bits: nobody guesses one
NO_LINK = RuleError("survey_gone", "这个评价链接不存在或已失效", "S143", "请置业顾问重新出示")
REFUSALS = {
    "one_open_survey_per_moment": RuleError(
        "survey_open", "这位客户刚被请过评价", "S143", "在满意度页找到那一份重新出示"
    ),
    "one_sample_per_rep_and_month": RuleError(
        "sample_drawn", "本月已为这位代表抽过客户", "拟:svc.sample_customer_rating", "下月再抽"
    ),
}


def _show(row: Survey, actor: User, now: datetime) -> str:
    """Give a survey a fresh link (caller saves) and return its secret, which is stored nowhere."""
    terms = terms_for(SurveyTerms, on=clock.business_date(now), project=row.project_id)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row.token_hash, row.state = token_hash(token), SurveyState.SENT
    row.sent_by, row.sent_at = actor, now
    row.expires_at = clock.end_of(clock.business_date(now) + timedelta(days=terms.link_days))
    return token


@service
def ask_customer(
    *, actor: User, customer_id: int, moment: str, now: datetime, idempotency_key: str | None = None
) -> Survey:
    """请客户评价 at one moment, once. The returned row carries the link's secret as `token`.

    One still unanswered is replaced: its link dies. Raises `survey_answered` when the customer has answered.
    """
    customer = locked(Customer.objects.all(), customer_id)
    access.may_ask_customer(actor, customer).or_raise()
    if moment not in Moment.values or moment == Moment.SAMPLE:
        raise RuleError("survey_moment", "评价只在首访、签约、交房之后", "S143", "选一个时点")
    earlier = Survey.objects.filter(customer=customer, moment=moment)
    if earlier.filter(answered_at__isnull=False).exists():
        raise RuleError("survey_answered", "这位客户此时点已评价过", "S143", "一次评价只请一次")
    earlier.filter(state=SurveyState.SENT).update(state=SurveyState.REPLACED)
    row = Survey(project_id=customer.project_id, customer=customer, rep_id=customer.owner_id, moment=moment)
    token = _show(row, actor, now)
    _save(row)
    journal.record(actor, "customers.survey.sent", row, happened_at=now, moment=moment)
    row.token = token  # type: ignore[attr-defined]
    return row


def _save(row: Survey | SurveySample) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise refuse(error, REFUSALS) from error


@service
def send_survey(*, actor: User, survey_id: int, now: datetime, idempotency_key: str | None = None) -> Survey:
    """出示 a planned survey, or one whose link was lost: a new link, the old one dies."""
    row = locked(Survey.objects.visible_to(actor), survey_id)
    access.may_send_survey(actor, row).or_raise()
    if row.state not in (SurveyState.PLANNED, SurveyState.SENT):
        check_survey_move(row.state, SurveyState.SENT)
    token = _show(row, actor, now)
    row.save()
    journal.record(actor, "customers.survey.sent", row, happened_at=now, moment=row.moment)
    row.token = token  # type: ignore[attr-defined]
    return row


def link_of(token: str, now: datetime) -> Survey | None:
    """The open survey a secret leads to; None for one used, replaced, expired or never made."""
    rows = Survey.objects.filter(token_hash=token_hash(token), state=SurveyState.SENT, expires_at__gt=now)
    return rows.first()


@service
def answer_survey(
    *,
    actor: User | None,
    token: str,
    scores: Mapping[str, int],
    now: datetime,
    comment: str = "",
    idempotency_key: str | None = None,
) -> Survey:
    """The customer's answer, once per link. `actor` is set when a member of staff is logged in there: 无效.

    A low score opens one complaint and tells the assistant. Raises RuleError `survey_gone`, `scores_needed`.
    """
    found = link_of(token, now)
    if found is None:
        raise NO_LINK
    row = locked(Survey.objects.select_related("customer", "project"), found.pk)
    if row.state != SurveyState.SENT or row.token_hash != found.token_hash:
        raise NO_LINK
    given = [scores.get(name, 0) for name in ITEMS]
    row.state, row.invalid_reason = judge(given, by_staff=actor is not None)
    row.conduct, row.talk, row.service = given
    row.answered_at, row.comment = now, comment.strip()[:500]
    row.save()
    journal.record(None, "customers.survey.answered", row, happened_at=now, scores=given, state=row.state)
    terms = terms_for(SurveyTerms, on=clock.business_date(now), project=row.project_id)
    if row.state == SurveyState.VALID and is_low(given, terms):
        complain(row, given, now)
    return row


def complain(row: Survey, scores: list[int], now: datetime) -> None:
    """The complaint a low score opens; one survey opens one (a constraint), however it is answered."""
    said = "、".join(f"{label} {score} 分" for (label, _), score in zip(ITEMS.values(), scores, strict=True))
    feedback = open_row(
        actor=None,
        project=row.project,
        kind=FeedbackKind.COMPLAINT,
        content=f"满意度评价低分：{said}" + (f"。客户说：{row.comment}" if row.comment else ""),
        now=now,
        fields={
            "customer": row.customer,
            "channel": FeedbackChannel.SURVEY,
            "topic": FeedbackTopic.SERVICE,
            "against": row.rep,
        },
        responsible=row.rep,
        survey=row,
    )
    tell_about(feedback, people_of(row.project_id, ASSISTANTS), "低分评价转投诉", "survey", now)


@service
def void_survey(
    *, actor: User, survey_id: int, reason: str, now: datetime, idempotency_key: str | None = None
) -> Survey:
    """有效 → 无效, with the reason; the scores stay to be read."""
    row = locked(Survey.objects.visible_to(actor), survey_id)
    access.may_void_survey(actor, row).or_raise()
    check_survey_move(row.state, SurveyState.INVALID)
    if row.answered_at is None:
        raise RuleError("not_answered", "还没有回收的评价不能判无效", "S143", "到期后它自己失效")
    if not reason.strip():
        raise RuleError("reason_needed", "判无效须写原因", "S143", "写明为什么不算")
    row.state, row.invalid_reason = SurveyState.INVALID, reason.strip()[:200]
    row.save(update_fields=["state", "invalid_reason"])
    journal.record(actor, "customers.survey.voided", row, happened_at=now, reason=row.invalid_reason)
    return row


@service
def draw_sample(
    *,
    actor: User,
    project: Project,
    rep_id: int,
    seed: int,
    now: datetime,
    idempotency_key: str | None = None,
) -> SurveySample:
    """主管抽评: customers of one rep contacted this month, drawn by a recorded seed, once a month."""
    access.may_draw_sample(actor).or_raise()
    rep = User.objects.filter(pk=rep_id, projects=project, role__in=RECEIVES, is_active=True).first()
    if rep is None or rep.pk == actor.pk:
        raise RuleError("sample_rep", "抽评的是本项目的销售代表", "拟:svc.sample_customer_rating", "换一位")
    first, last = month_span(clock.business_date(now))
    span = (clock.at(first), clock.end_of(last))
    people = Customer.objects.filter(project=project, owner=rep, last_contact_at__range=span)
    busy = Survey.objects.filter(
        moment=Moment.SAMPLE, state__in=(SurveyState.PLANNED, SurveyState.SENT), customer__in=people
    )
    pool = list(people.exclude(pk__in=busy.values("customer")).values_list("pk", flat=True))
    terms = terms_for(SurveyTerms, on=clock.business_date(now), project=project)
    drawn = sample(seed, pool, terms.sample_per_rep)
    if not drawn:
        raise RuleError(
            "nobody_to_sample", "这位代表本月还没有接触过客户", "拟:svc.sample_customer_rating", "月底再抽"
        )
    row = SurveySample(
        project=project, rep=rep, month=first, seed=seed, population=len(pool), drawn=drawn,
        drawn_by=actor, drawn_at=now,
    )  # fmt: skip
    _save(row)
    Survey.objects.bulk_create(
        Survey(project=project, customer_id=pk, rep=rep, moment=Moment.SAMPLE, sample=row) for pk in drawn
    )
    journal.record(actor, "customers.survey.drawn", row, happened_at=now, rep=rep.pk, seed=seed, drawn=drawn)
    return row
