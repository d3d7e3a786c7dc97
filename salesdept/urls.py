"""Addresses: every app under its own path, names in docs of the contract."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("salesdept.urls_shell")),
    path("imports/", include("salesdept.urls_imports")),
    path("regulations/", include("regulations.urls")),
    path("attendance/", include("attendance.urls")),
    path("customers/", include("customers.urls")),
    path("inventory/", include("inventory.urls")),
    path("contracts/", include("contracts.urls")),
    path("commissions/", include("commissions.urls")),
    path("performance/", include("performance.urls")),
    path("admin/", admin.site.urls),
]
