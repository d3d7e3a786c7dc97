"""The contention proof itself: it passes, and says so one JSON object a line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.process
def test_the_proof_passes_and_its_control_sells_twice():
    command = [sys.executable, "-m", "bench.prove", "--quick", "--engine", "sqlite"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert all(
        set(line) == {"bench", "case", "engine", "value", "unit", "baseline", "ratio"} for line in lines
    )
    twice = {line["case"]: line["value"] for line in lines if line["case"].endswith("sold twice")}
    control = twice.pop("control without the index: rooms sold twice")
    assert control > 0
    assert set(twice.values()) == {0}
    assert len(twice) == 3
