"""后台 of 管理员: accounts, teams and projects, written by services only; the registers are read-only."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest

from salesdept import clock
from salesdept.models import Event, Project, Reveal, Seal, Team, User
from salesdept.rules import Role
from salesdept.services import office, people

if TYPE_CHECKING:
    AnyAdmin = admin.ModelAdmin[Any]
    AccountForm = forms.ModelForm[User]
else:
    AnyAdmin, AccountForm = admin.ModelAdmin, forms.ModelForm

DETAILS = tuple(sorted(office.DETAILS))
BY_HAND = "后台更改"

admin.site.site_header = admin.site.site_title = "案场 CRM 后台"
admin.site.index_title = "账号、组与项目"


def actor_of(request: HttpRequest) -> User:
    """The person in the back office; its door lets nobody else in."""
    return cast(User, request.user)


class UserForm(AccountForm):
    password = forms.CharField(
        label="新密码",
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="新账号必填；已有账号留空则不变",
    )
    reason = forms.CharField(
        label="理由", required=False, max_length=200, help_text="更改角色或离职日期时写明，记入日志"
    )

    class Meta:
        model = User
        fields = ("username", "role", "projects", "active_to", *DETAILS)

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if password:
            validate_password(password, self.instance)
        elif self.instance.pk is None:
            raise forms.ValidationError("新账号须有密码")
        return password


class ServiceAdmin(AnyAdmin):
    """Forms of the back office call services; nothing is saved or deleted beside them."""

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        """Done by the service."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(ServiceAdmin):
    form = UserForm
    fields = ("username", "password", "name", "employee_no", "role", "team", "projects", "phone", "email",
              "active_from", "active_to", "is_active", "reason")  # fmt: skip
    filter_horizontal = ()
    list_display = ("username", "name", "employee_no", "role", "team", "active_to", "is_active")
    list_filter = ("role", "is_active", "projects")
    list_select_related = ("team",)
    search_fields = ("username", "name", "employee_no", "initials")
    ordering = ("username",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("username",) if obj else ("is_active", "active_to")

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        actor, now, data = actor_of(request), clock.now(), form.cleaned_data
        if change:
            self._change(actor, obj, data, now)
            return
        given = {name: data[name] for name in ("username", "name", "employee_no", "phone", "team")}
        made = people.create_user(
            actor=actor,
            role=Role(data["role"]),
            password=data["password"],
            projects=tuple(data["projects"]),
            active_from=data["active_from"],
            now=now,
            **given,
        )
        obj.pk = made.pk
        if data["email"]:
            office.edit_user(actor=actor, user_id=made.pk, values={"email": data["email"]}, now=now)

    def _change(self, actor: User, obj: User, data: dict[str, Any], now: Any) -> None:
        before = User.objects.get(pk=obj.pk)
        reason = data["reason"] or BY_HAND
        if before.role != data["role"]:
            people.set_role(actor=actor, user_id=obj.pk, role=Role(data["role"]), now=now, reason=reason)
        values = {name: data[name] for name in DETAILS}
        office.edit_user(actor=actor, user_id=obj.pk, values=values, projects=data["projects"], now=now)
        if data["active_to"] and before.active_to != data["active_to"]:
            people.end_employment(
                actor=actor, user_id=obj.pk, last_day=data["active_to"], now=now, reason=reason
            )
        if data["password"]:
            office.reset_password(actor=actor, user_id=obj.pk, password=data["password"], now=now)


@admin.register(Project)
class ProjectAdmin(ServiceAdmin):
    fields = ("code", "name", "address", "opened_on")
    list_display = ("code", "name", "opened_on")
    search_fields = ("code", "name")

    def save_model(self, request: HttpRequest, obj: Project, form: Any, change: bool) -> None:
        made = office.save_project(
            actor=actor_of(request), project_id=obj.pk, values=form.cleaned_data, now=clock.now()
        )
        obj.pk = made.pk


@admin.register(Team)
class TeamAdmin(ServiceAdmin):
    fields = ("project", "name")
    list_display = ("name", "project")
    list_select_related = ("project",)

    def save_model(self, request: HttpRequest, obj: Team, form: Any, change: bool) -> None:
        made = office.save_team(
            actor=actor_of(request), team_id=obj.pk, values=form.cleaned_data, now=clock.now()
        )
        obj.pk = made.pk


class Register(AnyAdmin):
    """A governed table: looked at, never touched."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Event)
class EventAdmin(Register):
    list_display = ("happened_at", "actor", "role", "verb", "target", "reason")
    list_select_related = ("actor",)
    ordering = ("-pk",)


@admin.register(Seal)
class SealAdmin(Register):
    list_display = ("at", "upto", "digest")
    fields = ("at", "upto", "digest")
    ordering = ("-pk",)


@admin.register(Reveal)
class RevealAdmin(Register):
    list_display = ("happened_at", "actor", "kind", "target", "field", "reason")
    list_select_related = ("actor",)
    ordering = ("-pk",)
