from django.urls import path

from attendance import views

app_name = "attendance"
urlpatterns = [
    path("", views.month, name="month"),
    path("clock/", views.clock, name="clock"),
    path("penalties/", views.penalty_list, name="penalty_list"),
    path("cases/propose/", views.case_propose, name="case_propose"),
    path("cases/<int:pk>/acknowledge/", views.case_acknowledge, name="case_acknowledge"),
    path("cases/<int:pk>/decide/", views.case_decide, name="case_decide"),
]
