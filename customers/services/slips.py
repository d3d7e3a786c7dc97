"""What every slip reads first: the turn it belongs to, who received, and when."""

from datetime import datetime

from customers import access
from customers.models import Reception
from customers.rules import Contact
from customers.services.reception import the_open_one
from salesdept.errors import RuleError
from salesdept.models import Project, User


def read_turn(actor: User, project: Project, reception_id: int | None, kind: Contact) -> Reception | None:
    return the_open_one(actor, project, reception_id, kind) if reception_id else None


def read_receiver(actor: User, turn: Reception | None, received_by: User | None) -> User:
    """Who received: the named one, else the turn's rep, else the actor; always somebody who sells."""
    rep = received_by or (turn.rep if turn else actor)
    if rep.pk not in (actor.pk, turn.rep_id if turn else actor.pk):
        access.may_run_queue(actor).or_raise()
    access.may_receive(rep).or_raise()
    return rep


def read_when(turn: Reception | None, happened_at: datetime | None, now: datetime) -> datetime:
    """The claim starts at the server time of the turn (拟:own.start); a later entry names its own time."""
    at = turn.started_at if turn else happened_at or now
    if at > now:
        raise RuleError("in_the_future", "登记时间不能晚于现在", "拟:own.same_day", "核对日期")
    return at
