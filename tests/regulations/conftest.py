from datetime import date

import pytest

from regulations import services
from tests.regulations.terms import test_topic

__all__ = ["test_topic"]


@pytest.fixture
def draft(test_topic, manager, now):
    """Draft a version of the test topic; the manager's by default."""

    def make(day=date(2026, 12, 1), actor=None, project=None, **values):
        return services.draft_terms(
            actor=actor or manager,
            topic_name="test.hold",
            values=values or {"minutes": 30},
            effective_from=day,
            reason="客户来回路上要半小时",
            project=project,
            now=now,
        )

    return make


@pytest.fixture
def approved(draft, director, now):
    """The same, approved by the director."""

    def make(day=date(2026, 12, 1), project=None, **values):
        version = draft(day, project=project, **values)
        services.answer(actor=director, request_id=version.request_id, approve=True, now=now)
        version.refresh_from_db()
        return version

    return make
