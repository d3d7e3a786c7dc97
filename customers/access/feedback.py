"""Who may take, steer and answer feedback, and ask customers how it was."""

from datetime import datetime

from customers.access.hall import holds_desk
from customers.models import (
    Customer,
    Feedback,
    Survey,
)
from customers.rules import SEES_PROJECT
from salesdept.access import needs
from salesdept.models import User
from salesdept.rules import Role
from salesdept.verdict import ALLOWED, Verdict


def may_take_feedback(actor: User) -> Verdict:
    return needs(actor, "customers.add_feedback", "登记客户反馈")


def may_sign_copy(actor: User, feedback: Feedback, copy: str, now: datetime) -> Verdict:
    """代表联 is signed by the responsible rep (the taker when there is none), 助理联 by the assistant.

    Whoever holds 当日控台 stands in for the assistant. Nobody files a complaint about himself.
    """
    if copy == "assistant":
        if actor.pk == feedback.against_id:
            return Verdict("被投诉人不能自己备案这件投诉", "拟:svc.cmp.absent_rep", "请助理备案")
        if actor.role == Role.ASSISTANT or holds_desk(actor, feedback.project_id, now):
            return ALLOWED
        return Verdict("助理联由销售助理或当日控台备案", "S137", "请销售助理或持有控台的同事备案")
    if actor.pk == (feedback.responsible_id or feedback.taken_by_id):
        return ALLOWED
    return Verdict("代表联由该客户的销售代表签收", "S137", "请责任代表签收")


def may_steer(actor: User, feedback: Feedback) -> Verdict:
    """转办, 关闭, 重开, 并案, 催办: 助理 and leaders, never the person complained about."""
    if actor.pk == feedback.against_id:
        return Verdict("被投诉人不能自己办理这件投诉", "拟:svc.cmp.absent_rep", "请助理或主管办理")
    if actor.role in SEES_PROJECT:
        return ALLOWED
    return Verdict("反馈由销售助理转办、跟催", "S213", "请销售助理办理")


def may_handle(actor: User, feedback: Feedback) -> Verdict:
    """处理结果: the department's contact, or whoever steers it."""
    if actor.pk == feedback.handler_id and actor.pk != feedback.against_id:
        return ALLOWED
    return may_steer(actor, feedback)


def may_reply(actor: User, feedback: Feedback) -> Verdict:
    """回复客户: the responsible rep or whoever took it, and those who steer it."""
    near = actor.pk in (feedback.taken_by_id, feedback.responsible_id)
    if near and actor.pk != feedback.against_id:
        return ALLOWED
    return may_steer(actor, feedback)


def may_confirm(actor: User, feedback: Feedback) -> Verdict:
    """回访确认: 助理 (or a leader), never whoever gave the reply."""
    if actor.pk == feedback.replied_by_id:
        return Verdict("答复客户的人不能自己回访确认", "拟:sys.two_persons", "请另一位助理或主管回访")
    return may_steer(actor, feedback)


def may_withdraw_feedback(actor: User, feedback: Feedback) -> Verdict:
    """撤回 when the customer takes it back: whoever took it, or those who steer it."""
    if actor.pk == feedback.taken_by_id:
        return ALLOWED
    return may_steer(actor, feedback)


def may_keep_departments(actor: User) -> Verdict:
    return needs(actor, "customers.change_department", "维护责任部门")


def may_call_back(actor: User) -> Verdict:
    return needs(actor, "customers.change_callback", "做回访")


def may_ask_customer(actor: User, customer: Customer) -> Verdict:
    """请客户评价: the owner's rep and those who see the project."""
    if not Customer.objects.visible_to(actor).filter(pk=customer.pk).exists():
        return Verdict("这位客户不归你", "S30", "请归属代表或助理请客户评价")
    return needs(actor, "customers.add_survey", "请客户评价")


def may_send_survey(actor: User, survey: Survey) -> Verdict:
    """A rep never hands out the link of a draw about himself."""
    if survey.sample_id and actor.role not in SEES_PROJECT:
        return Verdict("抽评由主管或助理发送", "拟:svc.sample_customer_rating", "请主管或助理发送")
    return needs(actor, "customers.add_survey", "请客户评价")


def may_see_demand(actor: User) -> Verdict:
    """需求交叉表: who reads the figures of the project."""
    return needs(actor, "customers.view_survey", "查看需求分析")


def may_read_surveys(actor: User) -> Verdict:
    return needs(actor, "customers.view_survey", "看满意度")


def may_void_survey(actor: User, survey: Survey) -> Verdict:
    if actor.pk == survey.rep_id:
        return Verdict("评价的是你本人，不能由你作废", "拟:sys.two_persons", "请另一位主管或经理判断")
    return needs(actor, "customers.change_survey", "作废评价")


def may_draw_sample(actor: User) -> Verdict:
    return needs(actor, "customers.add_surveysample", "抽评")
