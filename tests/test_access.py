"""Who gets what answer at every address of the house: one row an address and verb, one column a visitor.

`rep` owns the things the rows are about, `colleague` is another rep of the same office, `outsider` the
manager of another project. `door` is the way to the login page. 403: you may not do this at all. 404: you may
not even know of it. 409: you may, but the regulation does not allow it now. 422: the form is not good.
"""

import pytest
from django.http import HttpResponseBase
from django.urls import reverse

from tests.addresses import QUERIES, admin_pages, args_of, form_of, own, walk
from tests.world import VISITORS, undone

pytestmark = pytest.mark.django_db

TABLE = """
                                   nobody rep colleague assistant supervisor manager cashier finance director admin outsider
@ the frame
GET  home                            door 200 200 200 200 200 200 200 200 200 200
GET  healthz                          200 200 200 200 200 200 200 200 200 200 200
GET  readyz                           200 200 200 200 200 200 200 200 200 200 200
GET  metrics                          404 404 404 404 404 404 404 404 404 404 404
GET  login                            200 302 302 302 302 302 302 302 302 302 302
POST login                            422 302 302 302 302 302 302 302 302 302 302
POST logout                          door 302 302 302 302 302 302 302 302 302 302
GET  password_change                 door 200 200 200 200 200 200 200 200 200 200
POST password_change                 door 422 422 422 422 422 422 422 422 422 422
GET  search                          door 200 200 200 200 200 200 200 200 200 200
GET  mine                            door 200 200 200 200 200 200 200 200 200 200
GET  shortcuts                       door 200 200 200 200 200 200 200 200 200 200
GET  about                           door 200 200 200 200 200 200 200 200 200 200
POST theme_set                        302 302 302 302 302 302 302 302 302 302 302
POST project_switch                  door 302 302 302 302 302 302 302 302 302 404
GET  notice_list                     door 200 200 200 200 200 200 200 200 200 200
GET  notice_recent                   door 302 302 302 302 302 302 302 302 302 302
GET  notice_bell                     door 200 200 200 200 200 200 200 200 200 200
POST notice_read_all                 door 302 302 302 302 302 302 302 302 302 302
POST notice_read                     door 302 404 404 404 404 404 404 404 404 404
@ import: 助理 and 经理, inside their project
GET  imports                         door 403 403 200 403 200 403 403 403 403 200
POST import_upload                   door 403 403 302 403 302 403 403 403 403 302
GET  import_template                 door 403 403 200 403 200 403 403 403 403 200
GET  import_detail                   door 404 404 200 404 200 404 404 404 404 404
GET  import_row                      door 404 404 200 404 200 404 404 404 404 404
POST import_row_fix                  door 404 404 302 404 302 404 404 404 404 404
POST import_row_skip                 door 404 404 302 404 302 404 404 404 404 404
POST import_skip_kind                door 404 404 302 404 302 404 404 404 404 404
POST import_accept                   door 404 404 302 404 302 404 404 404 404 404
POST import_recheck                  door 404 404 302 404 302 404 404 404 404 404
POST import_commit                   door 404 404 409 404 409 404 404 404 404 404
POST import_undo                     door 404 404 409 404 409 404 404 404 404 404
POST import_discard                  door 404 404 302 404 302 404 404 404 404 404
POST import_errors                   door 404 404 200 404 200 404 404 404 404 404
@ the regulation: everybody reads, 经理 and 总监 change it, two of them
GET  regulations:clause_list         door 200 200 200 200 200 200 200 200 200 200
GET  regulations:clause_detail       door 200 200 200 200 200 200 200 200 200 200
GET  regulations:term_list           door 200 200 200 200 200 200 200 200 200 200
GET  regulations:term_detail         door 200 200 200 200 200 200 200 200 200 200
POST regulations:term_draft          door 403 403 403 403 302 403 403 302 403 302
POST regulations:version_acknowledge door 302 302 302 302 302 302 302 302 302 404
GET  regulations:request_list        door 200 200 200 200 200 200 200 200 200 200
GET  regulations:request_detail      door 404 404 404 200 200 404 404 200 404 404
POST regulations:request_approve     door 404 404 404 403 403 404 404 302 404 404
POST regulations:request_reject      door 404 404 404 403 403 404 404 302 404 404
POST regulations:request_withdraw    door 404 404 404 403 302 404 404 403 404 404
GET  regulations:decision_detail     door 200 404 200 200 200 200 200 200 404 404
GET  regulations:opening             door 200 200 200 200 200 200 200 200 200 200
POST regulations:opening_answer      door 403 403 403 403 302 403 403 302 403 404
POST regulations:opening_skip        door 403 403 403 403 302 403 403 302 403 404
@ attendance: the floor clocks; leaders and 助理 propose; the person answers; 经理 and 总监 decide
GET  attendance:month                door 200 200 200 200 200 200 200 200 200 200
GET  attendance:clock                door 200 200 200 200 200 200 200 200 200 200
POST attendance:clock                door 302 302 302 302 302 403 403 403 403 302
GET  attendance:penalty_list         door 200 200 200 200 200 200 200 200 200 200
POST attendance:case_propose         door 403 403 302 302 302 403 403 302 403 422
POST attendance:case_acknowledge     door 302 404 404 403 403 404 404 403 404 404
POST attendance:case_decide          door 403 404 404 403 409 404 404 409 404 404
@ customers: the owner works, leaders help, 助理 enters and runs the queue, the rest of the house stays out
GET  customers:customer_list         door 200 200 200 200 200 200 200 200 200 200
GET  customers:visit_list            door 200 200 200 200 200 200 200 200 200 200
GET  customers:visit_create          door 200 200 200 200 200 200 200 200 200 200
POST customers:visit_create          door 302 302 302 302 302 403 403 403 403 302
GET  customers:visit_detail          door 200 404 200 200 200 404 404 200 404 404
GET  customers:visit_correct         door 200 404 403 403 403 404 404 403 404 404
POST customers:visit_correct         door 302 404 403 403 403 404 404 403 404 404
GET  customers:call_list             door 200 200 200 200 200 200 200 200 200 200
GET  customers:call_create           door 200 200 200 200 200 200 200 200 200 200
POST customers:call_create           door 302 302 302 302 302 403 403 403 403 302
GET  customers:call_detail           door 200 404 200 200 200 404 404 200 404 404
GET  customers:call_correct          door 200 404 403 403 403 404 404 403 404 404
POST customers:call_correct          door 302 404 403 403 403 404 404 403 404 404
POST customers:lookup                door 200 403 200 403 403 403 403 403 403 409
POST customers:self_fill_show        door 302 403 302 403 403 403 403 403 403 404
GET  customers:self_fill_detail      door 200 404 200 200 200 404 404 200 404 404
GET  customers:self_fill_signature   door 404 404 404 404 404 404 404 404 404 404
GET  customers:self_fill_form         200 200 200 200 200 200 200 200 200 200 200
POST customers:self_fill_form         422 422 422 422 422 422 422 422 422 422 422
GET  customers:self_fill_done         200 200 200 200 200 200 200 200 200 200 200
POST customers:standin_open          door 403 302 302 403 403 403 403 403 403 409
GET  customers:standin_detail        door 404 200 404 404 404 404 404 404 404 404
POST customers:standin_note          door 404 302 404 404 404 404 404 404 404 404
POST customers:dialled_answer        door 302 404 404 404 404 404 404 404 404 404
POST customers:reception_start       door 302 302 302 302 302 403 403 403 403 302
POST customers:reception_arrange     door 403 403 409 409 409 403 403 403 403 409
POST customers:reception_end         door 302 403 302 403 403 403 403 403 403 404
GET  customers:demand                door 403 403 200 200 200 403 403 200 403 200
GET  customers:hall                  door 200 200 200 200 200 200 200 200 200 200
GET  customers:hall_live             door 200 200 200 200 200 200 200 200 200 200
POST customers:arrival_note          door 302 302 302 302 302 403 403 403 403 302
POST customers:arrival_arrange       door 403 403 302 302 302 403 403 403 403 404
POST customers:arrival_gone          door 302 302 302 302 302 403 403 403 403 404
POST customers:reception_doubt       door 302 403 302 403 403 403 403 403 403 404
POST customers:doubt_answer          door 302 404 302 302 302 404 404 403 404 404
POST customers:reception_finish      door 302 403 302 403 403 403 403 403 403 404
POST customers:reception_leave       door 302 403 302 403 403 403 403 403 403 404
POST customers:reception_return      door 409 403 409 403 403 403 403 403 403 404
POST customers:visitor_log           door 302 302 302 302 302 403 403 403 403 422
POST customers:visitor_answer        door 302 302 302 302 302 403 403 403 403 404
POST customers:visitor_done          door 302 302 302 302 302 403 403 403 403 404
GET  customers:queue                 door 200 200 200 200 200 200 200 200 200 200
GET  customers:queue_screen          door 200 200 200 200 200 200 200 200 200 200
POST customers:queue_sign_in         door 409 302 403 409 403 403 403 403 403 403
GET  customers:queue_live            door 200 200 200 200 200 200 200 200 200 200
GET  customers:queue_card            door 200 200 200 200 200 200 200 200 200 200
GET  customers:queue_screen_live     door 200 200 200 200 200 200 200 200 200 200
GET  customers:queue_join            door 200 200 200 200 200 200 200 200 200 200
GET  customers:queue_sheet           door 200 200 200 200 200 200 200 200 200 200
GET  customers:queue_place           door 200 403 200 200 200 403 403 403 403 404
GET  customers:queue_why             door 200 403 200 200 200 403 403 403 403 404
POST customers:queue_report          door 409 403 403 403 403 403 403 403 403 404
POST customers:queue_skip            door 302 403 302 302 302 403 403 403 403 404
POST customers:queue_grant           door 403 403 302 302 302 403 403 403 403 404
POST customers:queue_penalise        door 403 403 302 302 302 403 403 403 403 404
POST customers:queue_decline         door 409 403 409 409 409 403 403 403 403 404
POST customers:queue_suspend         door 403 403 403 302 302 403 403 403 403 404
POST customers:queue_lift            door 403 403 403 409 409 403 403 403 403 404
POST customers:absence_answer        door 403 403 302 302 302 403 403 403 403 404
POST customers:absence_withdraw      door 302 403 302 302 302 403 403 403 403 404
POST customers:desk_hand             door 403 403 302 302 302 403 403 403 403 404
POST customers:desk_return           door 403 403 409 409 409 403 403 403 403 409
POST customers:reception_named       door 403 403 302 302 302 403 403 403 403 404
POST customers:queue_away            door 409 403 409 409 409 403 403 403 403 404
POST customers:queue_back            door 403 403 302 302 302 403 403 403 403 404
POST customers:queue_off             door 302 403 302 302 302 403 403 403 403 404
GET  customers:dispute_list          door 200 200 200 200 200 200 200 200 200 200
POST customers:dispute_file          door 302 403 403 403 403 403 403 403 403 409
GET  customers:dispute_create        door 200 200 403 200 200 403 403 403 403 200
POST customers:dispute_create        door 409 302 403 302 302 403 403 403 403 409
POST customers:dispute_fraud         door 403 403 403 403 302 403 403 302 403 409
GET  customers:dispute_detail        door 200 200 200 200 200 404 404 200 404 404
GET  customers:dispute_print         door 200 200 200 200 200 404 404 200 404 404
GET  customers:dispute_pdf           door 200 200 200 200 200 404 404 200 404 404
GET  customers:dispute_paper         door 200 200 200 200 200 404 404 200 404 404
POST customers:dispute_accept        door 403 403 403 302 302 404 404 403 404 404
POST customers:dispute_say           door 302 302 403 302 302 404 404 403 404 404
POST customers:dispute_gather        door 409 409 409 409 409 404 404 409 404 404
POST customers:dispute_mediate       door 409 409 409 409 409 404 404 409 404 404
POST customers:dispute_rule          door 409 409 409 409 409 404 404 409 404 404
POST customers:dispute_decide        door 409 409 409 409 409 404 404 409 404 404
POST customers:dispute_sign          door 409 409 409 409 409 404 404 409 404 404
POST customers:dispute_appeal        door 409 409 409 409 409 404 404 409 404 404
POST customers:dispute_execute       door 409 409 409 409 409 404 404 409 404 404
POST customers:dispute_close         door 409 409 409 409 409 404 404 409 404 404
POST customers:dispute_withdraw      door 403 302 403 403 403 404 404 403 404 404
GET  customers:feedback_list         door 200 200 200 200 200 200 200 200 200 200
GET  customers:feedback_causes       door 403 403 200 200 200 403 403 200 403 200
GET  customers:feedback_create       door 200 200 200 200 200 200 200 200 200 200
POST customers:feedback_create       door 302 302 302 302 302 403 403 403 403 302
GET  customers:feedback_detail       door 200 404 200 200 200 404 404 200 404 404
GET  customers:feedback_print        door 200 404 200 200 200 404 404 200 404 404
POST customers:feedback_copy         door 302 404 403 403 403 404 404 403 404 404
POST customers:feedback_forward      door 403 404 409 409 409 404 404 409 404 404
POST customers:feedback_handle       door 403 404 409 409 409 404 404 409 404 404
POST customers:feedback_reply        door 409 404 409 409 409 404 404 409 404 404
POST customers:feedback_confirm      door 403 404 409 409 409 404 404 409 404 404
POST customers:feedback_close        door 403 404 409 409 409 404 404 409 404 404
POST customers:feedback_reopen       door 403 404 409 409 409 404 404 409 404 404
POST customers:feedback_withdraw     door 302 404 302 302 302 404 404 302 404 404
POST customers:feedback_link         door 403 404 409 409 409 404 404 409 404 404
POST customers:feedback_urge         door 403 404 302 302 302 404 404 302 404 404
GET  customers:department_list       door 200 200 200 200 200 200 200 200 200 200
POST customers:department_save       door 403 403 302 302 302 403 403 302 403 302
GET  customers:callback_list         door 403 403 200 200 200 403 403 200 403 200
POST customers:callback_record       door 404 404 302 302 302 404 404 302 404 404
GET  customers:survey_list           door 403 403 200 200 200 403 403 200 403 200
POST customers:survey_ask            door 200 404 200 200 200 404 404 200 404 404
POST customers:survey_send           door 200 404 200 200 200 404 404 200 404 404
POST customers:survey_void           door 403 404 403 409 409 404 404 403 404 404
POST customers:survey_draw           door 403 403 403 302 302 403 403 403 403 409
@ the customer's own page: whoever holds the link
GET  customers:survey_answer          200 200 200 200 200 200 200 200 200 200 200
POST customers:survey_answer          302 302 302 302 302 302 302 302 302 302 302
GET  customers:survey_thanks          200 200 200 200 200 200 200 200 200 200 200
@ customers: the owner works, leaders help, 助理 enters and runs the queue, the rest of the house stays out
POST customers:view_save             door 302 302 302 302 302 302 302 302 302 302
POST customers:view_drop             door 302 404 404 404 404 404 404 404 404 404
GET  customers:form_print           door 200 200 200 200 200 200 200 200 200 200
GET  customers:export_list           door 200 200 200 200 200 200 200 200 200 200
GET  customers:export_create         door 200 200 200 200 200 200 200 200 200 200
POST customers:export_create         door 422 422 422 422 422 403 403 422 403 422
POST customers:export_fetch          door 200 404 404 404 404 404 404 404 404 404
GET  customers:customer_detail       door 200 404 200 200 200 404 404 200 404 404
GET  customers:customer_more         door 200 404 200 200 200 404 404 200 404 404
GET  customers:customer_edit         door 200 404 403 200 200 404 404 403 404 404
POST customers:customer_edit         door 302 404 403 302 302 404 404 403 404 404
GET  customers:customer_follow       door 200 404 403 200 200 404 404 403 404 404
POST customers:customer_follow       door 302 404 403 302 302 404 404 403 404 404
POST customers:customer_complete     door 302 404 403 302 302 404 404 403 404 404
POST customers:customer_move         door 302 404 403 302 302 404 404 403 404 404
GET  customers:plan_list             door 200 200 200 200 200 200 200 200 200 200
POST customers:plan_fill             door 302 302 403 302 302 403 403 403 403 302
POST customers:plan_move             door 302 404 403 403 403 404 404 403 404 404
POST customers:plan_cancel           door 302 404 403 403 403 404 404 403 404 404
GET  customers:customer_plan         door 200 404 403 200 200 404 404 403 404 404
POST customers:customer_plan         door 302 404 403 302 302 404 404 403 404 404
GET  customers:customer_lose         door 200 404 403 200 200 404 404 403 404 404
POST customers:customer_lose         door 302 404 403 302 302 404 404 403 404 404
POST customers:customer_win_back     door 302 404 403 302 302 404 404 403 404 404
GET  customers:lost_list             door 200 200 200 200 200 200 200 200 200 200
GET  customers:owner_list            door 200 200 200 200 200 200 200 200 200 200
POST customers:customer_grade        door 302 404 403 302 302 404 404 403 404 404
POST customers:grade_accept          door 409 404 403 409 409 404 404 403 404 404
POST customers:customer_release      door 302 404 403 302 302 404 404 403 404 404
GET  customers:pool_list             door 200 200 200 200 200 200 200 200 200 200
POST customers:pool_claim            door 302 302 403 302 302 404 404 403 404 404
POST customers:pool_assign           door 403 403 403 302 302 404 404 403 404 404
GET  customers:cofollow_list         door 200 200 200 200 200 200 200 200 200 200
POST customers:cofollow_start        door 403 404 403 409 409 404 404 403 404 404
POST customers:cofollow_end          door 403 404 403 302 302 404 404 403 404 404
GET  customers:stale_list            door 200 200 200 200 200 200 200 200 200 200
GET  customers:golive                door 403 403 200 200 200 403 403 200 403 200
POST customers:conflict_rule         door 403 404 403 403 302 404 404 302 404 404
GET  customers:stop_list             door 200 200 200 200 200 200 200 200 200 200
POST customers:stop_list             door 403 403 302 302 302 403 403 302 403 422
POST customers:stop_withdraw         door 403 403 403 403 302 403 403 302 403 404
GET  customers:recall_list           door 403 403 200 200 200 403 403 200 403 200
POST customers:recall_dial           door 403 404 200 403 403 404 404 403 404 404
POST customers:recall_mark           door 403 404 302 403 403 404 404 403 404 404
POST customers:customer_dial         door 200 404 403 403 403 404 404 403 404 404
POST customers:customer_reveal       door 200 404 200 200 200 404 404 200 404 404
GET  customers:customer_assign       door 403 404 403 200 200 404 404 403 404 404
POST customers:customer_assign       door 403 404 403 403 302 404 404 403 404 404
POST customers:customer_extend       door 302 404 409 409 409 404 404 409 404 404
GET  customers:customers_assign      door 403 403 403 200 200 403 403 403 403 200
POST customers:customers_assign      door 403 403 403 302 302 403 403 403 403 422
GET  customers:handover_list         door 403 403 403 403 200 403 403 200 403 200
GET  customers:handover              door 403 403 403 403 200 403 403 200 403 404
POST customers:handover_do           door 403 403 403 403 302 403 403 302 403 404
GET  customers:handover_sheet        door 200 404 404 200 200 404 404 200 404 404
@ one household: 助理 asks, lists and witnesses; 主管 and 经理 approve; the owner keeps numbers and members
GET  customers:namesake_list         door 403 403 200 200 200 403 403 200 403 200
POST customers:namesake_deny         door 404 404 302 403 403 404 404 403 404 404
GET  customers:merge_list            door 403 403 200 200 200 403 403 200 403 200
POST customers:merge_undo            door 404 404 302 403 403 404 404 403 404 404
GET  customers:merge_request         door 404 404 200 200 200 404 404 200 404 404
GET  customers:public_list           door 403 403 200 200 200 403 403 200 403 200
POST customers:public_list           door 403 403 302 403 403 403 403 403 403 403
POST customers:public_remove         door 404 404 403 403 302 404 404 403 404 404
POST customers:number_detach         door 302 404 302 302 302 404 404 403 404 404
GET  customers:retention             door 403 403 200 200 200 403 403 200 403 200
POST customers:customer_number            door 302 404 302 302 302 404 404 403 404 404
POST customers:customer_wechat            door 403 404 302 403 403 404 404 403 404 404
GET  customers:customer_member            door 200 404 200 200 200 404 404 403 404 404
POST customers:customer_member            door 302 404 302 302 302 404 404 403 404 404
POST customers:customer_household        door 302 404 302 302 302 404 404 403 404 404
POST customers:kin_declare           door 302 404 403 403 403 404 404 403 404 404
GET  customers:customer_merge             door 403 404 200 403 403 404 404 403 404 404
POST customers:customer_merge             door 403 404 302 403 403 404 404 403 404 404
@ channels: 助理 and 经理 enter, the desk confirms arrivals, 财务 settles, 经理 looks into flags
GET  customers:filing_list           door 200 200 200 200 200 200 200 200 200 200
GET  customers:filing_create         door 200 200 200 200 200 200 200 200 200 200
POST customers:filing_create         door 403 403 302 403 302 403 403 403 403 422
GET  customers:filing_door           door 200 200 200 200 200 200 200 200 200 200
GET  customers:filing_detail         door 404 404 200 200 200 404 200 200 404 404
GET  customers:filing_print          door 404 404 200 200 200 404 200 200 404 404
POST customers:filing_arrive         door 403 403 302 403 403 403 403 403 403 404
POST customers:filing_settle         door 404 404 403 403 403 404 409 403 404 404
GET  customers:channel_list          door 200 200 200 200 200 200 200 200 200 200
POST customers:channel_add           door 403 403 302 403 302 403 403 403 403 302
POST customers:channel_edit          door 404 404 302 403 302 404 403 403 404 404
POST customers:channel_agent         door 404 404 302 403 302 404 403 403 404 404
POST customers:agent_stop            door 404 404 302 403 302 404 403 403 404 404
GET  customers:channel_anomalies     door 403 403 403 403 200 403 200 200 403 200
POST customers:flag_close            door 404 404 403 403 302 404 403 403 404 404
GET  customers:referral_list         door 200 200 200 200 200 200 200 200 200 200
GET  customers:referral_print        door 200 404 200 200 200 404 200 200 404 404
POST customers:referral_tell         door 302 404 302 302 302 404 403 403 404 404
POST customers:referral_reward       door 403 404 403 403 403 404 409 403 404 404
GET  customers:customer_refer        door 200 404 200 200 200 404 404 200 404 404
POST customers:customer_refer        door 302 404 302 302 302 404 404 403 404 404
GET  customers:customer_channel      door 200 404 200 200 200 404 404 200 404 404
POST customers:customer_channel      door 302 404 302 302 302 404 404 403 404 404
GET  customers:customer_site         door 200 404 200 200 200 404 404 200 404 404
POST customers:customer_site         door 302 404 302 302 302 404 404 403 404 404
@ rooms: whoever works in the hall sees the board; reps and leaders lock; the rest is 经理's
GET  inventory:board                 door 200 200 200 200 200 200 200 200 403 200
GET  inventory:board_cells           door 200 200 200 200 200 200 200 200 404 404
GET  inventory:release_list          door 403 403 200 403 200 403 403 200 403 200
POST inventory:building_release      door 403 403 403 403 409 403 403 403 404 404
POST inventory:prices_approve        door 403 403 403 403 302 403 403 302 404 404
GET  inventory:unit_detail           door 200 200 200 200 200 200 200 200 404 404
GET  inventory:unit_similar          door 200 200 200 200 200 200 200 200 404 404
GET  inventory:unit_confirm          door 200 200 200 200 200 200 200 200 404 404
POST inventory:unit_reserve          door 422 302 403 302 302 403 403 403 404 404
POST inventory:unit_hold             door 403 403 403 403 302 403 403 403 404 404
POST inventory:unit_block            door 403 403 403 403 302 403 403 403 404 404
GET  inventory:reservation_list      door 200 200 200 200 200 200 200 200 200 200
GET  inventory:reservation_detail    door 200 404 200 200 200 200 200 200 404 404
POST inventory:reservation_release   door 302 404 403 302 302 403 403 403 404 404
POST inventory:reservation_extend    door 403 404 403 403 302 403 403 403 404 404
POST inventory:reservation_end       door 403 404 403 403 302 403 403 403 404 404
@ contracts and money: the rep drafts, 助理 checks and seals, 经理 checks again, 收银 records, 财务 confirms
GET  contracts:contract_list         door 200 200 200 200 200 200 200 200 200 200
GET  contracts:verification_queue    door 200 200 200 200 200 200 200 200 200 200
GET  contracts:collections           door 200 200 200 200 200 200 200 200 200 200
POST contracts:receipt_record        door 403 403 403 403 403 302 403 403 403 403
POST contracts:receipt_confirm       door 403 404 403 403 403 403 302 403 404 404
POST contracts:receipt_reject        door 403 404 403 403 403 403 302 403 404 404
POST contracts:receipt_reverse       door 403 404 403 403 403 403 302 403 404 404
POST contracts:receipt_assign        door 404 404 403 403 302 403 302 403 404 404
GET  contracts:slip_download         door 200 404 200 200 200 200 200 200 404 404
POST contracts:contract_draft        door 302 404 302 403 403 403 403 403 404 404
GET  contracts:contract_detail       door 200 404 200 200 200 200 200 200 404 404
POST contracts:contract_edit         door 302 404 302 403 403 403 403 403 404 404
POST contracts:contract_submit       door 302 404 302 403 403 403 403 403 404 404
POST contracts:contract_check        door 403 404 302 403 403 403 403 403 404 404
POST contracts:contract_return       door 403 404 409 403 403 403 403 403 404 404
POST contracts:contract_pass         door 403 404 302 403 403 403 403 403 404 404
POST contracts:contract_sign         door 403 404 302 403 403 403 403 403 404 404
@ commission: everybody the own lines, 经理 财务 总监 the house's
GET  commissions:my_statement        door 200 200 200 200 200 200 200 200 200 200
GET  commissions:statement           door 403 403 403 403 200 403 200 200 403 200
GET  commissions:fund                door 200 200 200 200 200 200 200 200 200 200
@ figures: 助理 and the leaders read, 经理 and 总监 set targets
GET  performance:dashboard           door 403 403 200 200 200 403 403 200 403 200
GET  performance:rows                door 403 403 200 200 200 403 403 200 403 200
GET  performance:kpi_report          door 403 403 200 200 200 403 403 200 403 200
GET  performance:daily_report        door 403 403 200 200 200 403 403 200 403 200
GET  performance:daily_picture       door 403 403 200 200 200 403 403 200 403 200
GET  performance:target_list         door 403 403 200 200 200 403 403 200 403 200
POST performance:target_set          door 403 403 403 403 302 403 403 302 403 302
"""  # noqa: E501
# The admin's own pages: nobody but 管理员 passes its door, and only to what 管理员 is granted.
ADMIN = "GET  {name} door 302 302 302 302 302 302 302 302 {answer} 302"
REGISTERED = ("event", "project", "reveal", "seal", "team", "user")
GRANTED = {f"admin:salesdept_{name}_changelist" for name in REGISTERED}

Row = tuple[str, str]


def rows() -> dict[Row, list[str]]:
    lines = [line.split() for line in TABLE.strip().splitlines()[1:] if not line.startswith("@")]
    generated = [
        ADMIN.format(name=name, answer=200 if name in GRANTED else 403).split() for name in admin_pages()
    ]
    found = {(verb, name): answers for verb, name, *answers in [*lines, *generated]}
    assert len(found) == len(lines) + len(generated), "an address and verb stands twice"
    return found


ROWS = rows()


def answer_of(response: HttpResponseBase) -> str:
    if response.streaming:  # read it, so that its file is closed
        b"".join(response.streaming_content)
    to_the_door = response.status_code == 302 and response.headers["Location"].startswith(reverse("login"))
    return (
        "door"
        if to_the_door and response.headers["Location"] != reverse("login")
        else str(response.status_code)
    )


def ask(house, row: Row, visitor: str) -> str:
    verb, name = row
    client, url = house.client(visitor), reverse(name, args=args_of(name, house.world))
    with undone():
        if verb == "GET":
            return answer_of(client.get(url, QUERIES.get(name)))
        return answer_of(client.post(url, form_of(name, house.world)))


@pytest.mark.parametrize("row", ROWS, ids=" ".join)
def test_everybody_gets_the_answer_of_the_table(row, house):
    found = {visitor: ask(house, row, visitor) for visitor in VISITORS}
    assert found == dict(zip(VISITORS, ROWS[row], strict=True))


def test_every_address_stands_in_the_table():
    assert set(own()) == {name for _, name in ROWS if not name.startswith("admin:")}


def test_every_address_has_a_name():
    nameless = [str(pattern.pattern) for name, pattern in walk() if name.endswith(":") or not name]
    # The admin's own redirect of each model and its catch-all.
    assert {path for path in nameless if path not in ("<path:object_id>/", "(?P<url>.*)$")} == set()


@pytest.mark.parametrize("name", own())
def test_no_verb_answers_that_the_table_does_not_know(name, house):
    """An address without a GET or POST row answers 405 to it."""
    for verb in {"GET", "POST"} - {verb for verb, known in ROWS if known == name}:
        assert ask(house, (verb, name), "manager") == "405"
