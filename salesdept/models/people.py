"""People, teams and projects (楼盘)."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length

from salesdept.rules import Role, is_active

models.CharField.register_lookup(Length)


class ProjectQuerySet(models.QuerySet["Project"]):
    def visible_to(self, user: User) -> ProjectQuerySet:
        return self.filter(members=user) if user.is_active else self.none()


class Project(models.Model):
    """A 楼盘. Units, prices, queues and terms are scoped by it."""

    code = models.CharField("代码", max_length=20)
    name = models.CharField("项目", max_length=60)
    address = models.CharField("地址", max_length=200, blank=True)
    opened_on = models.DateField("启用日", null=True, blank=True)
    settings_asked_at = models.DateTimeField("开业十问完成时间", null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "项目"
        constraints = [
            models.UniqueConstraint(
                fields=["code"], name="one_project_per_code", violation_error_message="项目代码已被使用"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """A sales team of one project."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="teams", verbose_name="项目")
    name = models.CharField("组", max_length=40)

    class Meta:
        verbose_name = verbose_name_plural = "销售组"
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"], name="team_names_differ", violation_error_message="组名重复"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, user: User) -> UserQuerySet:
        """Colleagues of one's projects; everybody for the admin; nobody for the inactive."""
        if not user.is_active:
            return self.none()
        if user.role == Role.ADMIN:
            return self
        return self.filter(projects__in=user.projects.all()).distinct()

    def working(self) -> UserQuerySet:
        return self.filter(is_active=True)


class PeopleManager(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    use_in_migrations = True


class User(AbstractUser):
    """A member of the sales department. `role` is the one truth; the group follows it (services.set_role)."""

    username = models.CharField(
        "账号", max_length=30, validators=[RegexValidator(r"^[a-z0-9_.-]{2,30}$", "账号用小写字母与数字")]
    )
    employee_no = models.CharField("工号", max_length=20, blank=True)
    name = models.CharField("姓名", max_length=30)
    pinyin = models.CharField(max_length=80, blank=True, editable=False)
    initials = models.CharField(max_length=20, blank=True, editable=False)
    phone = models.CharField("手机", max_length=20, blank=True)
    role = models.CharField("角色", max_length=12, choices=Role, default=Role.REP)
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="members", verbose_name="组"
    )
    projects: models.ManyToManyField[Project, models.Model] = models.ManyToManyField(
        Project, related_name="members", blank=True, verbose_name="项目"
    )
    active_from = models.DateField("入职", null=True, blank=True)
    active_to = models.DateField("离职", null=True, blank=True)

    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[PeopleManager] = PeopleManager()

    class Meta:
        verbose_name = verbose_name_plural = "员工"
        constraints = [
            models.UniqueConstraint(
                fields=["username"], name="one_user_per_account", violation_error_message="账号已被使用"
            ),
            models.UniqueConstraint(
                fields=["employee_no"],
                condition=~Q(employee_no=""),
                name="one_user_per_employee_number",
                violation_error_message="工号已被使用",
            ),
            models.CheckConstraint(
                condition=Q(role__in=Role.values),
                name="user_role_is_known",
                violation_error_message="角色不存在",
            ),
            models.CheckConstraint(
                condition=Q(active_to__isnull=True)
                | Q(active_from__isnull=True)
                | Q(active_to__gte=F("active_from")),
                name="nobody_leaves_before_joining",
                violation_error_message="离职日期早于入职日期",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    @cached_property
    def granted(self) -> frozenset[str]:
        """Permissions of the role's group, as `app.codename`. One query, cached on the instance."""
        rows = self.groups.values_list("permissions__content_type__app_label", "permissions__codename")
        return frozenset(f"{app}.{codename}" for app, codename in rows if codename)

    @cached_property
    def own_projects(self) -> list[Project]:
        """One's own projects, eldest first. One query, cached on the instance."""
        return list(self.projects.order_by("pk"))

    @cached_property
    def project_ids(self) -> frozenset[int]:
        """Keys of one's own projects."""
        return frozenset(project.pk for project in self.own_projects)

    def may(self, permission: str) -> bool:
        """Whether the role's group grants `app.codename`. Knows no superuser."""
        return self.is_active and permission in self.granted

    def employed_on(self, day: date) -> bool:
        return self.is_active and is_active(self.active_from, self.active_to, day)

    @property
    def is_leader(self) -> bool:
        return self.role in (Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR)
