"""The hall's changing sign-in code: signed, good for its window and the one after it."""

import hmac
from datetime import datetime

from django.utils.crypto import salted_hmac

from customers.rules import QueueTerms
from regulations.queries import terms_for
from salesdept import clock
from salesdept.models import Project

LENGTH = 12


def _window(project: Project, now: datetime) -> int:
    terms = terms_for(QueueTerms, on=clock.business_date(now), project=project)
    return int(now.timestamp()) // terms.code_seconds


def _code(project: Project, window: int) -> str:
    signed = salted_hmac("customers.hall_code", f"{project.pk}:{window}", algorithm="sha256")
    return signed.hexdigest()[:LENGTH]


def hall_code(project: Project, now: datetime) -> str:
    """The code the hall's screen and the desk show now."""
    return _code(project, _window(project, now))


def is_code(text: str) -> bool:
    """Whether a text could ever have been a code."""
    return len(text) == LENGTH and set(text) <= set("0123456789abcdef")


def code_is_good(project: Project, code: str, now: datetime) -> bool:
    window = _window(project, now)
    good = [_code(project, window), _code(project, window - 1)]
    return any(hmac.compare_digest(code.encode(), known.encode()) for known in good)
