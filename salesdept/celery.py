"""Background work. Tasks are five lines that call a service; rows with leases are the truth."""

import os
from pathlib import Path

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesdept.settings.production")
app = Celery("salesdept")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def make_folders(celery: Celery) -> None:
    """A queue of files needs its folders before the first message."""
    options = celery.conf.broker_transport_options
    for name in ("data_folder_in", "data_folder_out", "control_folder"):
        if folder := options.get(name):
            Path(folder).mkdir(parents=True, exist_ok=True, mode=0o700)


make_folders(app)
app.conf.broker_connection_max_retries = None  # a worker waits for its broker however long it is gone
