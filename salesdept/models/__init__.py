"""Tables of the kernel. Written only by services, `journal`, `verbs` and `notices`."""

from salesdept.models.doors import DoorTry
from salesdept.models.imports import ImportBatch, ImportRow
from salesdept.models.journal import Event, Reveal, Seal
from salesdept.models.keys import IdempotencyKey
from salesdept.models.people import Project, Team, User
from salesdept.models.reminders import Delivery, Notice, Reminder, Tick

__all__ = [
    "Delivery",
    "DoorTry",
    "Event",
    "IdempotencyKey",
    "ImportBatch",
    "ImportRow",
    "Notice",
    "Project",
    "Reminder",
    "Reveal",
    "Seal",
    "Team",
    "Tick",
    "User",
]
