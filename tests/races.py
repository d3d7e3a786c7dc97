"""Many threads that begin together, each on its own connection."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection


def at_once(count: int, do: Callable[[], Any]) -> list[Any]:
    """Run `do` in `count` threads at once; results and exceptions, in no order."""
    results: list[Any] = []
    meeting = threading.Barrier(count)

    def run() -> None:
        meeting.wait(60)
        try:
            results.append(do())
        except Exception as error:  # what a thread raises is one of its answers
            results.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads), "a thread hangs"
    return results
