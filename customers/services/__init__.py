"""The only writer of the customers' tables, by business noun."""

from customers.services.bulk import create_customers, undo_customers
from customers.services.callbacks import record_callback
from customers.services.clocks import apply_stop, declare_stop, withdraw_stop
from customers.services.cofollow import end_cofollow, start_cofollow
from customers.services.corrections import correct_slip, request_correction
from customers.services.departments import save_department
from customers.services.dialled import answer_dialled
from customers.services.disputes import (
    accept_dispute,
    add_statement,
    gather_evidence,
    mediate_dispute,
    withdraw_dispute,
)
from customers.services.doubts import answer_doubt, raise_doubt
from customers.services.exports import ask_export, fetch_export
from customers.services.feedback import file_feedback, sign_copy
from customers.services.feedback_clock import escalate_feedback
from customers.services.feedback_steps import (
    close_feedback,
    confirm_feedback,
    forward_feedback,
    handle_feedback,
    link_feedback,
    reopen_feedback,
    reply_feedback,
    urge_feedback,
    withdraw_feedback,
)
from customers.services.filings import file_customer_dispute, file_deal_dispute, file_dispute, mark_fraud
from customers.services.followups import add_follow_up, complete_follow_up, move_follow_up
from customers.services.golive import rule_conflict
from customers.services.grades import accept_grade, set_grade
from customers.services.greeting import (
    arrival_left,
    back_at_table,
    leave_table,
    note_arrival_at_door,
    say_finish,
)
from customers.services.handover import hand_over
from customers.services.households import add_member, declare_own_kin, set_household_kind
from customers.services.lapse import lapse_due
from customers.services.leases import lock_lease, note_deal, unlock_lease
from customers.services.lookup import Found, lookup
from customers.services.losses import mark_lost, win_back
from customers.services.merges import ask_merge, ask_unmerge
from customers.services.namesakes import deny_namesake
from customers.services.numbers import (
    add_phone,
    add_public_number,
    add_wechat,
    detach_phone,
    remove_public_number,
)
from customers.services.people import dial, edit_customer, reveal_phone, set_stage
from customers.services.plans import cancel_plan, fill_plan, move_plan, plan_visit
from customers.services.pool import claim_customer, release_customer
from customers.services.queue import (
    grant_turn,
    leave_queue,
    lift_suspension,
    penalise,
    report_last,
    sign_in_queue,
    skip_turn,
    suspend_rep,
)
from customers.services.queue_breaks import answer_absence, come_back, step_away, withdraw_absence
from customers.services.queue_desk import decline_double, hand_desk, return_desk
from customers.services.recalls import dial_recall, draw_recalls, mark_recall
from customers.services.reception import (
    arrange_named,
    arrange_next,
    end_reception,
    open_reception,
    start_reception,
)
from customers.services.refusals import register_empty
from customers.services.register import register_call, register_visit
from customers.services.registering import mark_weak
from customers.services.rulings import (
    appeal_dispute,
    close_dispute,
    execute_dispute,
    rule_appeal,
    rule_dispute,
    sign_ruling,
)
from customers.services.selffill import show_self_fill, sign_self_fill
from customers.services.standin import note_for_owner, open_stand_in
from customers.services.surveys import answer_survey, ask_customer, draw_sample, send_survey, void_survey
from customers.services.transfers import (
    ask_extension,
    assign_customer,
    assign_customers,
    close_deals,
    redistribute,
    transfer_customer,
)
from customers.services.updates import create_calls, undo_calls, undo_updates, update_customers
from customers.services.views import drop_view, save_view
from customers.services.visitors import answer_visitor, log_visitor, visitor_done

__all__ = [
    "Found",
    "accept_dispute",
    "accept_grade",
    "add_follow_up",
    "add_member",
    "add_phone",
    "add_public_number",
    "add_statement",
    "add_wechat",
    "answer_absence",
    "answer_dialled",
    "answer_doubt",
    "answer_survey",
    "answer_visitor",
    "appeal_dispute",
    "apply_stop",
    "arrange_named",
    "arrange_next",
    "arrival_left",
    "ask_customer",
    "ask_export",
    "ask_extension",
    "ask_merge",
    "ask_unmerge",
    "assign_customer",
    "assign_customers",
    "back_at_table",
    "cancel_plan",
    "claim_customer",
    "close_deals",
    "close_dispute",
    "close_feedback",
    "come_back",
    "complete_follow_up",
    "confirm_feedback",
    "correct_slip",
    "create_calls",
    "create_customers",
    "declare_own_kin",
    "declare_stop",
    "decline_double",
    "deny_namesake",
    "detach_phone",
    "dial",
    "dial_recall",
    "draw_recalls",
    "draw_sample",
    "drop_view",
    "edit_customer",
    "end_cofollow",
    "end_reception",
    "escalate_feedback",
    "execute_dispute",
    "fetch_export",
    "file_customer_dispute",
    "file_deal_dispute",
    "file_dispute",
    "file_feedback",
    "fill_plan",
    "forward_feedback",
    "gather_evidence",
    "grant_turn",
    "hand_desk",
    "hand_over",
    "handle_feedback",
    "lapse_due",
    "leave_queue",
    "leave_table",
    "lift_suspension",
    "link_feedback",
    "lock_lease",
    "log_visitor",
    "lookup",
    "mark_fraud",
    "mark_lost",
    "mark_recall",
    "mark_weak",
    "mediate_dispute",
    "move_follow_up",
    "move_plan",
    "note_arrival_at_door",
    "note_deal",
    "note_for_owner",
    "open_reception",
    "open_stand_in",
    "penalise",
    "plan_visit",
    "raise_doubt",
    "record_callback",
    "redistribute",
    "register_call",
    "register_empty",
    "register_visit",
    "release_customer",
    "remove_public_number",
    "reopen_feedback",
    "reply_feedback",
    "report_last",
    "request_correction",
    "return_desk",
    "reveal_phone",
    "rule_appeal",
    "rule_conflict",
    "rule_dispute",
    "save_department",
    "save_view",
    "say_finish",
    "send_survey",
    "set_grade",
    "set_household_kind",
    "set_stage",
    "show_self_fill",
    "sign_copy",
    "sign_in_queue",
    "sign_ruling",
    "sign_self_fill",
    "skip_turn",
    "start_cofollow",
    "start_reception",
    "step_away",
    "suspend_rep",
    "transfer_customer",
    "undo_calls",
    "undo_customers",
    "undo_updates",
    "unlock_lease",
    "update_customers",
    "urge_feedback",
    "visitor_done",
    "void_survey",
    "win_back",
    "withdraw_absence",
    "withdraw_dispute",
    "withdraw_feedback",
    "withdraw_stop",
]
