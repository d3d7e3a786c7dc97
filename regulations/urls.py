"""制度. Included under `/regulations/`; `clauses.PAGE` repeats the path of the clause page."""

from django.urls import path

from regulations import views

app_name = "regulations"
urlpatterns = [
    path("", views.clause_list, name="clause_list"),
    path("clauses/<str:key>/", views.clause_detail, name="clause_detail"),
    path("terms/", views.term_list, name="term_list"),
    path("terms/<str:name>/", views.term_detail, name="term_detail"),
    path("terms/<str:name>/draft/", views.term_draft, name="term_draft"),
    path("versions/<int:pk>/acknowledge/", views.version_acknowledge, name="version_acknowledge"),
    path("requests/", views.request_list, name="request_list"),
    path("requests/<int:pk>/", views.request_detail, name="request_detail"),
    path("requests/<int:pk>/approve/", views.request_approve, name="request_approve"),
    path("requests/<int:pk>/reject/", views.request_reject, name="request_reject"),
    path("requests/<int:pk>/withdraw/", views.request_withdraw, name="request_withdraw"),
    path("decisions/<int:pk>/", views.decision_detail, name="decision_detail"),
    path("opening/", views.opening, name="opening"),
    path("opening/<int:pk>/answer/", views.opening_answer, name="opening_answer"),
    path("opening/<int:pk>/skip/", views.opening_skip, name="opening_skip"),
]
