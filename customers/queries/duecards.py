"""Cards of 今日 about follow-ups and leases, and how punctual follow-ups are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import TruncDate

from customers.models import CoFollow, Customer, FollowUp, ImportConflict, Recall
from customers.queries.lists import CappedCount
from customers.rules.followups import RecallState
from salesdept import clock
from salesdept.formats import count
from salesdept.models import Project, User
from salesdept.rules import Role
from salesdept.slots import HomeCard

CAP = 1000
SHOWN = 12
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Timely:
    """跟进及时率 of one rep: follow-ups that were due, and those written on time."""

    rep: int
    due: int
    on_time: int

    @property
    def rate(self) -> float | None:
        """Share on time; None when nothing was due."""
        return self.on_time / self.due if self.due else None


def timely_rates(project: Project | int, first: date, last: date) -> list[Timely]:
    """跟进及时率 by rep for what was due from `first` to `last`: by its day ÷ (written + undone).

    Untrue ones were not done. What is due and not written yet counts once its day is over.
    """
    span = (first, last)
    written = FollowUp.objects.filter(project=project, due_on__range=span, void__isnull=True)
    done = written.annotate(day=TruncDate("happened_at", tzinfo=clock.SHANGHAI)).order_by()
    rows = done.values("by").annotate(due=Count("pk"), on_time=Count("pk", filter=Q(day__lte=F("due_on"))))
    found = {row["by"]: (row["due"], row["on_time"]) for row in rows}
    open_ones = Customer.objects.filter(project=project, owner__isnull=False, next_follow_on__range=span)
    for rep, left in open_ones.order_by().values_list("owner").annotate(left=Count("pk")):
        due, on_time = found.get(rep, (0, 0))
        found[rep] = (due + left, on_time)
    return [Timely(rep, due, on_time) for rep, (due, on_time) in sorted(found.items())]


def overdue_card(actor: User, now: datetime) -> dict[str, Any] | None:
    """逾期 by rep with the week's 跟进及时率, for those who lead; stays away when nothing is overdue."""
    today = clock.business_date(now)
    project = next(iter(actor.own_projects), None)
    if project is None:
        return None
    late = Customer.objects.filter(project=project, owner__isnull=False, next_follow_on__lt=today)
    rows = list(
        late.order_by()
        .values_list("owner", "owner__name")
        .annotate(late=Count("pk"))
        .order_by("-late")[:SHOWN]
    )
    if not rows:
        return None
    rates = {rate.rep: rate for rate in timely_rates(project, today - WEEK, today - timedelta(days=1))}
    return {"rows": [(name, str(number), _rate(rates.get(rep))) for rep, name, number in rows]}


def _rate(timely: Timely | None) -> str:
    if timely is None or timely.rate is None:
        return "—"
    return f"{timely.rate:.0%}（{timely.on_time}/{timely.due}）"


CARE = (
    ("recalls", "回访抽查待办", "customers:recall_list"),
    ("conflicts", "导入冲突待裁定", "customers:golive"),
    ("cofollows", "我的协同客户", "customers:cofollow_list"),
)


def care_rows(actor: User) -> dict[str, QuerySet[Any]]:
    """What 客户经营 counts for one person: recalls, import conflicts, co-followed."""
    project = next(iter(actor.own_projects), None)
    recalls = Recall.objects.filter(project=project, state=RecallState.OPEN)
    return {
        "recalls": recalls if actor.role == Role.ASSISTANT else recalls.none(),
        "conflicts": ImportConflict.objects.filter(project=project, ruled_at__isnull=True),
        "cofollows": CoFollow.objects.live().filter(supervisor=actor),
    }


def care_lines(found: Mapping[str, int]) -> list[tuple[str, str, str]]:
    """Label, page and number of each that waits."""
    return [(label, url, count(found[key], CAP)) for key, label, url in CARE if found[key]]


def counted(actor: User, asked: Mapping[str, QuerySet[Any]]) -> dict[str, int]:
    """Everything counted in one statement, each up to one over the cap."""
    parts = {
        key: CappedCount(rows.order_by().values("pk")[: CAP + 1])
        for key, rows in asked.items()
        if not rows.query.is_empty()
    }
    found = User.objects.filter(pk=actor.pk).annotate(**parts).values(*parts).get()
    return {key: int(found.get(key, 0)) for key in asked}


def pool_card(actor: User, now: datetime) -> dict[str, Any] | None:
    """公海: how many may be claimed; stays away when it is empty."""
    waiting = Customer.objects.filter(project__in=actor.project_ids, owner__isnull=True)
    number = len(waiting.order_by().values_list("pk", flat=True)[: CAP + 1])
    return {"count": count(number, CAP)} if number else None


_LEADERS: Sequence[Role] = (Role.SUPERVISOR, Role.MANAGER)
CARDS = (
    HomeCard("customers/cards/overdue.html", overdue_card, tuple(_LEADERS), order=25),
    HomeCard("customers/cards/pool.html", pool_card, (Role.REP,), order=50, side=True),
)
