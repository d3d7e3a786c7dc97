"""争议附件: files no statement names go after a day."""

from datetime import date, datetime

from customers.models import DisputeStatement
from salesdept.services.files import sweep


def sweep_papers(day: date, now: datetime) -> None:
    """Remove what a failed or killed upload left. Safe to repeat."""
    rows = DisputeStatement.objects.all()
    sweep(
        "disputes",
        lambda folder: rows.filter(file__startswith=f"{folder}/").values_list("file", flat=True),
        now,
    )
