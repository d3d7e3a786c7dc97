"""我的视图: kept, replaced and dropped by their owner."""

from datetime import datetime

from customers.models import SavedView
from customers.queries.lists import clean_query
from salesdept import journal
from salesdept.errors import RuleError
from salesdept.models import User
from salesdept.verbs import locked, service

MOST = 20


@service
def save_view(
    *,
    actor: User,
    name: str,
    query: str,
    now: datetime,
    home: bool = False,
    idempotency_key: str | None = None,
) -> SavedView:
    """Keep the list as it stands; the same name replaces. Raises RuleError `name_needed`, `too_many`."""
    name = name.strip()[:20]
    if not name:
        raise RuleError("name_needed", "给视图起个名字", "S26", "如：本周要回访的 A 类")
    mine = SavedView.objects.filter(user=actor)
    if mine.exclude(name=name).count() >= MOST:
        raise RuleError("too_many", f"最多存 {MOST} 个视图", "S26", "先删去不用的视图")
    if home:
        mine.exclude(name=name).filter(home=True).update(home=False)
    view, _ = SavedView.objects.update_or_create(
        user=actor, name=name, defaults={"query": clean_query(actor, query), "home": home}
    )
    journal.record(actor, "customers.view.saved", view, happened_at=now, home=home)
    return view


@service
def drop_view(*, actor: User, view_id: int, now: datetime, idempotency_key: str | None = None) -> None:
    """Delete an own view; nothing of the customers is touched."""
    view = locked(SavedView.objects.visible_to(actor), view_id)
    journal.record(actor, "customers.view.dropped", view, happened_at=now)
    view.delete()
