from django.urls import path

from performance import views

app_name = "performance"
urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("rows/", views.rows, name="rows"),
    path("report/", views.kpi_report, name="kpi_report"),
    path("daily/", views.daily_report, name="daily_report"),
    path("daily/picture/", views.daily_picture, name="daily_picture"),
    path("targets/", views.target_list, name="target_list"),
    path("targets/set/", views.target_set, name="target_set"),
]
