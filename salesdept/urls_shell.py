"""Addresses of the frame: door, 今日, notices, 我的, theme, project."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from salesdept import health
from salesdept.views import search, shell

urlpatterns = [
    path("", shell.home, name="home"),
    path("healthz/", health.healthz, name="healthz"),
    path("readyz/", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("login/", shell.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("password/", shell.PasswordChange.as_view(), name="password_change"),
    path("search/", search.search, name="search"),
    path("mine/", shell.mine, name="mine"),
    path("shortcuts/", shell.shortcuts, name="shortcuts"),
    path("about/", shell.about, name="about"),
    path("theme/", shell.theme_set, name="theme_set"),
    path("project/", shell.project_switch, name="project_switch"),
    path("notices/", shell.notice_list, name="notice_list"),
    path("notices/recent/", shell.notice_recent, name="notice_recent"),
    path("notices/bell/", shell.notice_bell, name="notice_bell"),
    path("notices/read/", shell.notice_read_all, name="notice_read_all"),
    path("notices/<int:pk>/read/", shell.notice_read, name="notice_read"),
]
