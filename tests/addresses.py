"""Every address of the product: whose object it names in `tests.world`, and what is posted to it.

The guards walk over these. A verb is posted with data good enough that the permission decides, not the form.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import URLPattern, URLResolver, get_resolver

from customers.queries.hall_code import hall_code
from customers.services.selffill import token_of
from performance.rules import Metric
from regulations.forms import OpeningForm
from regulations.queries.opening import asked
from salesdept import clock
from tests.generators.books import text
from tests.world import World

Made = Callable[[World], Any]

# Arguments of the addresses that take any.
ARGS: dict[str, Made] = {
    "notice_read": lambda w: [w.notice.pk],
    "import_template": lambda w: ["customers"],
    "import_detail": lambda w: [w.batch.pk],
    "import_row": lambda w: [w.batch.pk, 3],
    "import_row_fix": lambda w: [w.batch.pk, 3],
    "import_row_skip": lambda w: [w.batch.pk, 3],
    "import_skip_kind": lambda w: [w.batch.pk],
    "import_accept": lambda w: [w.batch.pk],
    "import_recheck": lambda w: [w.batch.pk],
    "import_commit": lambda w: [w.batch.pk],
    "import_undo": lambda w: [w.batch.pk],
    "import_discard": lambda w: [w.batch.pk],
    "import_errors": lambda w: [w.batch.pk],
    "regulations:clause_detail": lambda w: ["S54"],
    "regulations:term_detail": lambda w: ["inventory.hold"],
    "regulations:term_draft": lambda w: ["inventory.hold"],
    "regulations:version_acknowledge": lambda w: [w.version.pk],
    "regulations:request_detail": lambda w: [w.drafted_terms.pk],
    "regulations:request_approve": lambda w: [w.drafted_terms.pk],
    "regulations:request_reject": lambda w: [w.drafted_terms.pk],
    "regulations:request_withdraw": lambda w: [w.drafted_terms.pk],
    "regulations:decision_detail": lambda w: [w.decision.pk],
    "regulations:opening_answer": lambda w: [w.project.pk],
    "regulations:opening_skip": lambda w: [w.project.pk],
    "attendance:case_acknowledge": lambda w: [w.case.pk],
    "attendance:case_decide": lambda w: [w.case.pk],
    "customers:visit_detail": lambda w: [w.visit.pk],
    "customers:visit_correct": lambda w: [w.visit.pk],
    "customers:call_detail": lambda w: [w.call.pk],
    "customers:call_correct": lambda w: [w.call.pk],
    "customers:reception_end": lambda w: [w.reception.pk],
    "customers:self_fill_show": lambda w: [w.self_fill.reception_id],
    "customers:self_fill_detail": lambda w: [w.self_fill.pk],
    "customers:self_fill_signature": lambda w: [w.self_fill.pk],
    "customers:self_fill_form": lambda w: [token_of(w.self_fill)],
    "customers:standin_detail": lambda w: [w.card.pk],
    "customers:standin_note": lambda w: [w.card.pk],
    "customers:dialled_answer": lambda w: [w.dialled.pk],
    "customers:arrival_arrange": lambda w: [w.arrival.pk],
    "customers:arrival_gone": lambda w: [w.arrival.pk],
    "customers:reception_finish": lambda w: [w.reception.pk],
    "customers:reception_doubt": lambda w: [w.reception.pk],
    "customers:doubt_answer": lambda w: [w.doubt.pk],
    "customers:reception_leave": lambda w: [w.reception.pk],
    "customers:reception_return": lambda w: [w.reception.pk],
    "customers:visitor_answer": lambda w: [w.visitor.pk],
    "customers:visitor_done": lambda w: [w.visitor.pk],
    "customers:queue_away": lambda w: [w.turn.pk],
    "customers:queue_back": lambda w: [w.away.pk],
    "customers:queue_off": lambda w: [w.turn.pk],
    "customers:queue_join": lambda w: [hall_code(w.project, w.now)],
    "customers:queue_place": lambda w: [w.turn.pk],
    "customers:queue_why": lambda w: [w.turn.pk],
    "customers:queue_report": lambda w: [w.turn.pk],
    "customers:queue_skip": lambda w: [w.turn.pk],
    "customers:queue_grant": lambda w: [w.turn.pk],
    "customers:queue_penalise": lambda w: [w.turn.pk],
    "customers:queue_decline": lambda w: [w.turn.pk],
    "customers:queue_suspend": lambda w: [w.turn.pk],
    "customers:queue_lift": lambda w: [w.rep.pk],
    "customers:absence_answer": lambda w: [w.absence.pk],
    "customers:absence_withdraw": lambda w: [w.absence.pk],
    "customers:dispute_paper": lambda w: [w.dispute_paper.pk],
    "customers:dispute_detail": lambda w: [w.dispute.pk],
    "customers:dispute_print": lambda w: [w.dispute.pk],
    "customers:dispute_pdf": lambda w: [w.dispute.pk],
    "customers:dispute_accept": lambda w: [w.dispute.pk],
    "customers:dispute_gather": lambda w: [w.dispute.pk],
    "customers:dispute_say": lambda w: [w.dispute.pk],
    "customers:dispute_mediate": lambda w: [w.dispute.pk],
    "customers:dispute_rule": lambda w: [w.dispute.pk],
    "customers:dispute_decide": lambda w: [w.dispute.pk],
    "customers:dispute_sign": lambda w: [w.dispute.pk],
    "customers:dispute_appeal": lambda w: [w.dispute.pk],
    "customers:dispute_execute": lambda w: [w.dispute.pk],
    "customers:dispute_close": lambda w: [w.dispute.pk],
    "customers:dispute_withdraw": lambda w: [w.dispute.pk],
    "customers:feedback_detail": lambda w: [w.feedback.pk],
    "customers:feedback_print": lambda w: [w.feedback.pk],
    "customers:feedback_copy": lambda w: [w.feedback.pk],
    "customers:feedback_forward": lambda w: [w.feedback.pk],
    "customers:feedback_handle": lambda w: [w.feedback.pk],
    "customers:feedback_reply": lambda w: [w.feedback.pk],
    "customers:feedback_confirm": lambda w: [w.feedback.pk],
    "customers:feedback_close": lambda w: [w.feedback.pk],
    "customers:feedback_reopen": lambda w: [w.feedback.pk],
    "customers:feedback_withdraw": lambda w: [w.feedback.pk],
    "customers:feedback_link": lambda w: [w.feedback.pk],
    "customers:feedback_urge": lambda w: [w.feedback.pk],
    "customers:callback_record": lambda w: [w.callback.pk],
    "customers:survey_send": lambda w: [w.survey.pk],
    "customers:survey_void": lambda w: [w.survey.pk],
    "customers:survey_answer": lambda w: [w.survey_token],
    "customers:export_fetch": lambda w: [w.export.pk],
    "customers:view_drop": lambda w: [w.view.pk],
    "customers:form_print": lambda w: ["visits"],
    "customers:customer_detail": lambda w: [w.customer.pk],
    "customers:customer_more": lambda w: [w.customer.pk],
    "customers:customer_edit": lambda w: [w.customer.pk],
    "customers:customer_follow": lambda w: [w.customer.pk],
    "customers:customer_complete": lambda w: [w.customer.pk],
    "customers:customer_move": lambda w: [w.customer.pk],
    "customers:customer_lose": lambda w: [w.starred.pk],
    "customers:customer_plan": lambda w: [w.starred.pk],
    "customers:plan_move": lambda w: [w.plan.pk],
    "customers:plan_cancel": lambda w: [w.plan.pk],
    "customers:customer_win_back": lambda w: [w.missed.pk],
    "customers:customer_grade": lambda w: [w.customer.pk],
    "customers:grade_accept": lambda w: [w.customer.pk],
    "customers:customer_release": lambda w: [w.starred.pk],
    "customers:cofollow_start": lambda w: [w.customer.pk],
    "customers:cofollow_end": lambda w: [w.cofollow.pk],
    "customers:pool_claim": lambda w: [w.pooled.pk],
    "customers:pool_assign": lambda w: [w.pooled.pk],
    "customers:conflict_rule": lambda w: [w.conflict.pk],
    "customers:stop_withdraw": lambda w: [w.stop.pk],
    "customers:recall_dial": lambda w: [w.recall.pk],
    "customers:recall_mark": lambda w: [w.recall.pk],
    "customers:customer_dial": lambda w: [w.customer.pk],
    "customers:customer_reveal": lambda w: [w.customer.pk],
    "customers:customer_assign": lambda w: [w.customer.pk],
    "customers:customer_extend": lambda w: [w.customer.pk],
    "customers:handover": lambda w: [w.leaver.pk],
    "customers:handover_do": lambda w: [w.leaver.pk],
    "customers:handover_sheet": lambda w: [w.handover.pk],
    "customers:namesake_deny": lambda w: [w.namesake.pk],
    "customers:merge_undo": lambda w: [w.merge.pk],
    "customers:merge_request": lambda w: [w.asked_merge.pk],
    "customers:public_remove": lambda w: [w.public.pk],
    "customers:number_detach": lambda w: [w.customer.phones.get().pk],
    "customers:customer_number": lambda w: [w.customer.pk],
    "customers:customer_wechat": lambda w: [w.customer.pk],
    "customers:customer_member": lambda w: [w.customer.pk],
    "customers:customer_household": lambda w: [w.customer.pk],
    "customers:kin_declare": lambda w: [w.customer.pk],
    "customers:customer_merge": lambda w: [w.customer.pk],
    "customers:filing_detail": lambda w: [w.filing.pk],
    "customers:filing_print": lambda w: [w.filing.pk],
    "customers:filing_arrive": lambda w: [w.filing.pk],
    "customers:filing_settle": lambda w: [w.filing.pk],
    "customers:channel_edit": lambda w: [w.filing.company_id],
    "customers:channel_agent": lambda w: [w.filing.company_id],
    "customers:agent_stop": lambda w: [w.filing.agent_id],
    "customers:flag_close": lambda w: [w.site_flag.pk],
    "customers:referral_print": lambda w: [w.referral.pk],
    "customers:referral_tell": lambda w: [w.referral.pk],
    "customers:referral_reward": lambda w: [w.referral.pk],
    "customers:customer_refer": lambda w: [w.customer.pk],
    "customers:customer_channel": lambda w: [w.customer.pk],
    "customers:customer_site": lambda w: [w.customer.pk],
    "inventory:board_cells": lambda w: [w.building.pk],
    "inventory:building_release": lambda w: [w.new_building.pk],
    "inventory:prices_approve": lambda w: [w.prices.pk],
    "inventory:unit_detail": lambda w: [w.free.pk],
    "inventory:unit_similar": lambda w: [w.free.pk],
    "inventory:unit_confirm": lambda w: [w.free.pk],
    "inventory:unit_reserve": lambda w: [w.free.pk],
    "inventory:unit_hold": lambda w: [w.free.pk],
    "inventory:unit_block": lambda w: [w.free.pk],
    "inventory:reservation_detail": lambda w: [w.lock.pk],
    "inventory:reservation_release": lambda w: [w.lock.pk],
    "inventory:reservation_extend": lambda w: [w.kept.pk],
    "inventory:reservation_end": lambda w: [w.lock.pk],
    "contracts:receipt_confirm": lambda w: [w.pending.pk],
    "contracts:receipt_reject": lambda w: [w.pending.pk],
    "contracts:receipt_reverse": lambda w: [w.confirmed.pk],
    "contracts:receipt_assign": lambda w: [w.held.pk],
    "contracts:slip_download": lambda w: [w.pending.slips.get().pk],
    "contracts:contract_draft": lambda w: [w.subscribed.pk],
    "contracts:contract_detail": lambda w: [w.drafted.pk],
    "contracts:contract_edit": lambda w: [w.drafted.pk],
    "contracts:contract_submit": lambda w: [w.drafted.pk],
    "contracts:contract_check": lambda w: [w.first.pk],
    "contracts:contract_return": lambda w: [w.first.pk],
    "contracts:contract_pass": lambda w: [w.first.pk],
    "contracts:contract_sign": lambda w: [w.payable.pk],
    "commissions:statement": lambda w: [w.entry.period],
}

# What an address needs to be asked.
QUERIES: dict[str, dict[str, str]] = {"performance:rows": {"metric": Metric.CALLS.value}}

# What is posted. An address without an entry is posted an empty form.
FORMS: dict[str, Made] = {
    "login": lambda w: {"username": "rep", "password": "wrong"},
    "password_change": lambda w: {"old_password": "wrong", "new_password1": "x", "new_password2": "x"},
    "theme_set": lambda w: {"theme": "dark"},
    "project_switch": lambda w: {"project": w.project.pk},
    "import_upload": lambda w: {"kind": "customers", "file": _sheet()},
    "import_row_fix": lambda w: {"c-version": w.row.version, "c-phone": "13811113333"},
    "import_row_skip": lambda w: {"skip": "1", "version": w.row.version},
    "import_skip_kind": lambda w: {"problem": "phone"},
    "import_commit": lambda w: {"version": w.batch.version},
    "regulations:term_draft": lambda w: {
        "effective_from": "2026-12-01", "reason": "年底客流少", "scope": "project", "t_authority": "rep",
        "t_minutes": "90", "t_warn_minutes": "10", "t_max_live_rep": "1", "t_max_live_customer": "2",
        "t_relock_hours": "2", "t_keep_days_max": "7",
    },
    "regulations:opening_answer": lambda w: _answers(w),
    "regulations:request_approve": lambda w: {"answer": "同意"},
    "regulations:request_reject": lambda w: {"answer": "再看一周客流"},
    "attendance:clock": lambda w: {"kind": "in"},
    "attendance:case_propose": lambda w: {
        "person": w.colleague.pk, "code": "dress", "amount": "10", "facts": "未佩戴工牌",
    },
    "attendance:case_acknowledge": lambda w: {"statement": "当天工牌送修"},
    "attendance:case_decide": lambda w: {"approve": "yes", "ruling": "属实"},
    "customers:visit_create": lambda w: {
        "phone": "13700001111", "name": "苏女士", "grade": "B", "method": "walk_in", "party_size": "2",
        "received_by": w.colleague.pk,
    },
    "customers:visit_correct": lambda w: {
        "method": "walk_in", "grade": "A", "party_size": "3", "reason": "听错",
    },
    "customers:call_create": lambda w: {
        "phone": "13700002222", "name": "韩先生", "grade": "B", "received_by": w.colleague.pk,
    },
    "customers:call_correct": lambda w: {"grade": "A", "reason": "听错"},
    "customers:lookup": lambda w: {"phone": "13900002222", "reception": w.reception.pk},
    "customers:reception_start": lambda w: {"kind": "call"},
    "customers:standin_open": lambda w: {"phone": "13900001111", "reception": w.card.reception_id},
    "customers:standin_note": lambda w: {"content": "又看了样板间"},
    "customers:dialled_answer": lambda w: {"outcome": "connected"},
    "customers:reception_named": lambda w: {"rep": w.supervisor.pk},
    "customers:arrival_note": lambda w: {"people": "2", "mark": "红外套"},
    "customers:arrival_arrange": lambda w: {"rep": w.supervisor.pk},
    "customers:reception_finish": lambda w: {"minutes": "10"},
    "customers:reception_leave": lambda w: {"minutes": "3"},
    "customers:visitor_log": lambda w: {"name": "章先生", "purpose": "送样册", "host": w.manager.pk},
    "customers:visitor_answer": lambda w: {"answer": "come"},
    "customers:queue_sign_in": lambda w: {"code": hall_code(w.project, w.now)},
    "customers:queue_skip": lambda w: {"reason": "门岗无人"},
    "customers:queue_grant": lambda w: {"reason": "误记"},
    "customers:queue_penalise": lambda w: {"reason": "未首问"},
    "customers:queue_decline": lambda w: {"reason": "客户正在算价"},
    "customers:queue_suspend": lambda w: {"reason": "让客户自己看"},
    "customers:queue_lift": lambda w: {"reason": "查无此事"},
    "customers:absence_answer": lambda w: {"granted": "0"},
    "customers:desk_hand": lambda w: {"holder": w.colleague.pk},
    "customers:dispute_file": lambda w: {
        "phone": w.phones[1], "claim": "上月我先接待", "reception": w.reception.pk,
    },
    "customers:dispute_create": lambda w: {"room": w.subscribed.unit.code, "claim": "上月我先接待"},
    "customers:dispute_fraud": lambda w: {"room": w.subscribed.unit.code, "reason": "登记造假"},
    "customers:dispute_say": lambda w: {"text": "有名片为证"},
    "customers:dispute_mediate": lambda w: {"text": "各让一步"},
    "customers:dispute_rule": lambda w: {"adopt": "1"},
    "customers:dispute_decide": lambda w: {"adopt": "1"},
    "customers:dispute_sign": lambda w: {"accepts": "1"},
    "customers:dispute_appeal": lambda w: {"text": "漏看登记"},
    "customers:feedback_create": lambda w: {"kind": "complaint", "topic": "other", "content": "等候太久"},
    "customers:feedback_copy": lambda w: {"copy": "rep"},
    "customers:feedback_forward": lambda w: {"department": w.department.pk},
    "customers:feedback_handle": lambda w: {"result": "已检修", "justified": "1"},
    "customers:feedback_reply": lambda w: {"reply": "已请物业检修"},
    "customers:feedback_confirm": lambda w: {"verdict": "content", "note": "满意"},
    "customers:feedback_reopen": lambda w: {"reason": "又不制冷"},
    "customers:feedback_withdraw": lambda w: {"reason": "客户说误会了"},
    "customers:feedback_link": lambda w: {"root": w.feedback.pk},
    "customers:department_save": lambda w: {"name": "策划部", "person": "冯经理"},
    "customers:callback_record": lambda w: {"reached": "1", "score": "5"},
    "customers:survey_ask": lambda w: {"customer": w.customer.pk, "moment": "signed"},
    "customers:survey_void": lambda w: {"reason": "代表代填"},
    "customers:survey_draw": lambda w: {"rep": w.rep.pk},
    "customers:survey_answer": lambda w: {"conduct": "5", "talk": "4", "service": "5", "comment": "很好"},
    "customers:view_save": lambda w: {"name": "A 类", "query": "?tab=a"},
    "customers:export_create": lambda w: {"reason": "周例会用", "password": "not known here"},
    "customers:customer_edit": lambda w: {"name": "罗女士", "version": w.customer.version},
    "customers:customer_follow": lambda w: {"method": "phone", "outcome": "talked", "content": "周末再来"},
    "customers:customer_move": lambda w: {"next_on": "2026-11-25"},
    "customers:customer_plan": lambda w: {"on": w.now.date() + timedelta(2), "kind": "call"},
    "customers:plan_fill": lambda w: {"on": w.now.date(), "view": "week"},
    "customers:plan_move": lambda w: {"on": w.now.date() + timedelta(3)},
    "customers:customer_lose": lambda w: {"reason": "rival", "rival": "云栖里"},
    "customers:customer_grade": lambda w: {"grade": "A", "reason": "看过两次"},
    "customers:grade_accept": lambda w: {"grade": "A"},
    "customers:customer_release": lambda w: {"reason": "客户已买别处"},
    "customers:pool_assign": lambda w: {"rep": w.colleague.pk},
    "customers:conflict_rule": lambda w: {"ruling": "holder", "reason": "首访在先"},
    "customers:stop_list": lambda w: {
        "kind": "leave", "rep_id": w.colleague.pk, "first": "2026-12-01", "last": "2026-12-02",
        "reason": "年假",
    },
    "customers:recall_mark": lambda w: {"state": "true"},
    "customers:customer_reveal": lambda w: {"reason": "核对认购资料"},
    "customers:customer_assign": lambda w: {"rep": w.colleague.pk, "reason": "客户要求更换"},
    "customers:customer_extend": lambda w: {"reason": "等首付"},
    "customers:customers_assign": lambda w: {"ids": w.unowned.pk, "rep": w.rep.pk, "reason": "公海分配"},
    "customers:handover_do": lambda w: {"a": w.rep.pk, "why": "left", "reason": "离职"},
    "customers:namesake_deny": lambda w: {"reason": "年龄不同"},
    "customers:merge_undo": lambda w: {"reason": "是两个人"},
    "customers:public_list": lambda w: {"phone": "13700007777", "reason": "某渠道经纪人"},
    "customers:public_remove": lambda w: {"reason": "现为客户本人"},
    "customers:number_detach": lambda w: {"reason": "已换号"},
    "customers:customer_number": lambda w: {"phone": "13700007778"},
    "customers:customer_wechat": lambda w: {"wechat": "luomin88"},
    "customers:customer_member": lambda w: {"name": "罗太太", "relation": "spouse", "proof": "结婚证"},
    "customers:customer_household": lambda w: {"kind": "company", "name": "青禾机电公司"},
    "customers:customer_merge": lambda w: {"other": w.twin.pk, "kind": "person", "reason": "同一人"},
    "customers:filing_create": lambda w: {
        "agent": w.filing.agent_id, "name": "龚先生", "phone": "13712340001",
    },
    "customers:filing_arrive": lambda w: {"phone": w.filing.number, "received_by": w.rep.pk},
    "customers:channel_add": lambda w: {"name": "新居分销", "valid_from": "2026-01-01"},
    "customers:channel_edit": lambda w: {"version": w.filing.company.version, "active": "1"},
    "customers:channel_agent": lambda w: {"name": "牛经纪", "phone": "13712340002"},
    "customers:flag_close": lambda w: {"outcome": "亲戚关系，属实"},
    "customers:customer_refer": lambda w: {
        "name": "罗先生", "phone": "13712340003", "named": "1", "in_person": "1",
    },
    "customers:customer_channel": lambda w: {"source": "channel", "reason": "带访单在先"},
    "customers:customer_site": lambda w: {"rep": w.outsider.pk, "note": "高远让我来的"},
    "inventory:unit_reserve": lambda w: {"customer": w.colleagues_customer.pk, "evidence": "deposit"},
    "inventory:unit_hold": lambda w: {"until": "2026-11-24 18:00", "reason": "家属明天来看"},
    "inventory:unit_block": lambda w: {"reason": "样板间"},
    "inventory:reservation_release": lambda w: {"reason": "客户放弃"},
    "inventory:reservation_extend": lambda w: {"until": "2026-11-25 18:00", "reason": "家属改周三"},
    "inventory:reservation_end": lambda w: {"why": "withdrawn", "reason": "客户放弃"},
    "contracts:receipt_record": lambda w: {
        "reservation": w.lock.pk, "kind": "deposit", "amount": "20000", "method": "pos", "slip": "POS777777",
        "payer": "罗晓", "received_on": str(clock.business_date(w.now)),
    },
    "contracts:receipt_reject": lambda w: {"reason": "未到账"},
    "contracts:receipt_reverse": lambda w: {"reason": "录错金额"},
    "contracts:receipt_assign": lambda w: {"reservation": w.lock.pk},
    "contracts:contract_draft": lambda w: {"pay_method": "mortgage"},
    "contracts:contract_edit": lambda w: {
        "version": w.drafted.version, "buyer_name": "赵建国", "unit_label": w.drafted.unit_label,
        "layout": w.drafted.layout, "area_build": w.drafted.area_build, "total_words": w.drafted.total_words,
        "pay_method": w.drafted.pay_method,
    },
    "contracts:contract_check": lambda w: {"field": "buyer_name", "ok": "yes"},
    "performance:target_set": lambda w: {"month": "2026-11-01"},
}  # fmt: skip


def _sheet() -> SimpleUploadedFile:
    rows = [["姓名", "电话", "等级"], ["方可", "13822223333", "B"]]
    return SimpleUploadedFile("新客户.csv", text(rows), "text/csv")


def _answers(world: World) -> dict[str, Any]:
    """The ten questions answered as they stand."""
    form = OpeningForm(asked=asked(clock.business_date(world.now), world.project))
    return {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}


def args_of(name: str, world: World) -> list[Any]:
    return ARGS[name](world) if name in ARGS else []


def form_of(name: str, world: World) -> dict[str, Any]:
    return FORMS[name](world) if name in FORMS else {}


# --- what the resolver knows


def walk(resolver: URLResolver | None = None, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """(full name, pattern) of every address; the name ends with its space where a pattern has none."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from walk(pattern, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        else:
            yield f"{space}{pattern.name or ''}", pattern


def own() -> dict[str, URLPattern]:
    """The product's own addresses by name: all but the admin's."""
    return {name: pattern for name, pattern in walk() if not name.startswith("admin:")}


def admin_pages() -> list[str]:
    """The list of every model the admin knows."""
    return sorted(f"admin:{m._meta.app_label}_{m._meta.model_name}_changelist" for m in admin.site._registry)
