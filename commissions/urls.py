from django.urls import path

from commissions import views

app_name = "commissions"
urlpatterns = [
    path("", views.my_statement, name="my_statement"),
    path("statements/<str:period>/", views.statement, name="statement"),
    path("fund/", views.fund, name="fund"),
]
