"""The import wizard. Included under `/imports/`."""

from django.urls import path

from salesdept.views import imports as views

urlpatterns = [
    path("", views.import_list, name="imports"),
    path("upload/", views.import_upload, name="import_upload"),
    path("templates/<slug:name>/", views.import_template, name="import_template"),
    path("<int:pk>/", views.import_detail, name="import_detail"),
    path("<int:pk>/rows/<int:row_no>/", views.import_row, name="import_row"),
    path("<int:pk>/rows/<int:row_no>/fix/", views.import_row_fix, name="import_row_fix"),
    path("<int:pk>/rows/<int:row_no>/skip/", views.import_row_skip, name="import_row_skip"),
    path("<int:pk>/skip-kind/", views.import_skip_kind, name="import_skip_kind"),
    path("<int:pk>/accept-shown/", views.import_accept, name="import_accept"),
    path("<int:pk>/recheck/", views.import_recheck, name="import_recheck"),
    path("<int:pk>/commit/", views.import_commit, name="import_commit"),
    path("<int:pk>/undo/", views.import_undo, name="import_undo"),
    path("<int:pk>/discard/", views.import_discard, name="import_discard"),
    path("<int:pk>/errors/", views.import_errors, name="import_errors"),
]
