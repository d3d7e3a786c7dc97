"""What the wizard takes: an import kind describes its columns and brings its own checks and bulk services.

Kinds are put into the slot `IMPORT_KINDS` by the app whose rows they create.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from salesdept.verdict import Verdict

if TYPE_CHECKING:
    from salesdept.models import Project, User

# What the reader finds in a cell whatever its column; only another content takes it away.
OF_THE_CELL = {"formula": "公式", "overlong": "内容过长", "digits_lost": "号码存成了数字"}
REPEATED, BY_HAND = "repeated", "by_hand"
_COMMON = {**OF_THE_CELL, REPEATED: "文件内重复", BY_HAND: "手工跳过"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet. `label` is the contract's name, `synonyms` what offices also write.

    `digits`: a long number that Excel would round, taken as text only. `secret`: sealed at rest, masked on
    screen (`phone`: masked only). `scaled`: a header like 总价（万元） multiplies the cells.
    """

    key: str
    label: str
    synonyms: tuple[str, ...] = ()
    required: bool = False
    digits: bool = False
    secret: bool = False
    phone: bool = False
    scaled: bool = False
    right: bool = False
    width: int = 12
    example: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one cell. `warn` does not stop the import; `skip` sets the row to 跳过 at once."""

    column: str
    code: str
    message: str
    warn: bool = False
    skip: bool = False


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A row's values as the bulk service takes them; `key` names the thing (a room, a phone) in its file."""

    values: dict[str, Any]
    faults: tuple[Fault, ...] = ()
    key: str = ""


type Cells = dict[str, str]


@dataclass(frozen=True, slots=True)
class ImportKind:
    """A kind of sheet; `context(actor, project, now)` is loaded once and handed to the checks.

    `clean(cells, context)` reads one row. `clash(rows, context)` answers which of up to a few hundred keys
    exist already and with what fault. `commit` writes all rows or raises; `undo` takes a batch back or
    raises. `problems` names the fault codes, `shown` the preview's columns after `title`, `noun` what one
    row is (套, 位); `key_is_title` shows the key, once it is read, for the title cell.
    """

    name: str
    label: str
    noun: str
    key_label: str
    columns: tuple[Column, ...]
    problems: Mapping[str, str]
    shown: tuple[str, ...]
    title: str
    may: Callable[["User"], Verdict]
    context: Callable[["User", "Project", datetime], Any]
    clean: Callable[[Cells, Any], Cleaned]
    clash: Callable[[Sequence[Cleaned], Any], Mapping[str, Fault]]
    commit: Callable[["User", "Project", Iterable[dict[str, Any]], int, datetime], int]
    undo: Callable[["User", int, datetime], None]
    key_is_title: bool = False
    secret: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "secret", tuple(column.key for column in self.columns if column.secret))

    def column(self, key: str) -> Column:
        return next(column for column in self.columns if column.key == key)

    def problem_label(self, code: str) -> str:
        return {**_COMMON, **self.problems}.get(code, code)


def kind_named(name: str) -> ImportKind | None:
    """The kind of this name among the slot's fillers."""
    from salesdept.slots import IMPORT_KINDS

    return next((kind for kind in IMPORT_KINDS if kind.name == name), None)
