"""Who works in the hall, for what this app fills into slots."""

from salesdept.rules import LEADERS, Role

HALL = (Role.REP, Role.ASSISTANT, *LEADERS)
