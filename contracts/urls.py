from django.urls import path

from contracts.views import contracts, money, verification

app_name = "contracts"
urlpatterns = [
    path("", contracts.contract_list, name="contract_list"),
    path("verification/", verification.verification_queue, name="verification_queue"),
    path("collections/", money.collections, name="collections"),
    path("receipts/record/", money.receipt_record, name="receipt_record"),
    path("receipts/<int:pk>/confirm/", money.receipt_confirm, name="receipt_confirm"),
    path("receipts/<int:pk>/reject/", money.receipt_reject, name="receipt_reject"),
    path("receipts/<int:pk>/reverse/", money.receipt_reverse, name="receipt_reverse"),
    path("receipts/<int:pk>/assign/", money.receipt_assign, name="receipt_assign"),
    path("slips/<int:pk>/", money.slip_download, name="slip_download"),
    path("reservations/<int:pk>/draft/", contracts.contract_draft, name="contract_draft"),
    path("<int:pk>/", contracts.contract_detail, name="contract_detail"),
    path("<int:pk>/edit/", contracts.contract_edit, name="contract_edit"),
    path("<int:pk>/submit/", contracts.contract_submit, name="contract_submit"),
    path("<int:pk>/check/", verification.contract_check, name="contract_check"),
    path("<int:pk>/return/", verification.contract_return, name="contract_return"),
    path("<int:pk>/pass/", verification.contract_pass, name="contract_pass"),
    path("<int:pk>/sign/", contracts.contract_sign, name="contract_sign"),
]
