"""What a decision rule answers: the result with its inputs and its steps in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of an explanation: what was looked at, what followed, by which clause."""

    text: str
    clause: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """Result of a decision rule: what was decided about a person or a yuan, with its steps in words.

    `result` and `inputs` hold JSON values only (money as text), so that `kind`'s rule can recompute the same
    result from the stored inputs.
    """

    kind: str
    result: Mapping[str, Any]
    inputs: Mapping[str, Any]
    steps: Sequence[Step]
    clauses: Sequence[str] = ()
