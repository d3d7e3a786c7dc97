"""What the worker runs: doors to services, nothing else."""

from salesdept import clock
from salesdept.celery import app
from salesdept.services.tick import tick


@app.task(name="salesdept.tick")
def run_tick() -> None:
    tick(now=clock.now())
