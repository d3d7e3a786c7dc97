"""The demo office's regulation: one version in force, read by most; one draft that waits for the director."""

from datetime import date, datetime, timedelta

from regulations import services
from regulations.models import Request
from salesdept import clock
from salesdept.seeds import Office


def seed(office: Office) -> None:
    """Manager and director agree on the first shares; later the manager asks for another."""
    manager, director = office.people["manager"], office.people["director"]
    morning = clock.at(office.start, 9)
    version = services.draft_terms(
        actor=manager,
        topic_name="customers.split",
        values={"brochure_only": 30},
        effective_from=office.start,
        reason="仅发资料者少分一成，与同城项目一致",
        project=office.project,
        now=morning,
    )
    services.answer(
        actor=director,
        request_id=Request.objects.get(terms_version=version).pk,
        approve=True,
        answer="同意",
        now=morning + timedelta(hours=1),
    )
    for n, person in enumerate(office.reps[:-2], 1):
        services.acknowledge(actor=person, version_id=version.pk, now=morning + timedelta(hours=2, minutes=n))
    services.draft_terms(
        actor=manager,
        topic_name="customers.split",
        values={"brochure_only": 30, "standin_sameday": 40},
        effective_from=_next_month(office.now),
        reason="义务接待当日成交，多给出力的同事一成",
        project=office.project,
        now=office.now - timedelta(hours=3),
    )


def _next_month(moment: datetime) -> date:
    return (clock.business_date(moment).replace(day=1) + timedelta(days=32)).replace(day=1)
