"""Room numbers: `2-1503`, `2栋1单元1503`, `2#1503`, `2幢-1-1503` name one and the same room."""

import re
from dataclasses import dataclass

from salesdept.text.clean import UnreadableError, cell_text, tidy

_BUILDING = r"(?P<building>[0-9]{1,3}[A-Z]?|[A-Z]{1,2}[0-9]{0,3})"
_STAIR = r"(?P<stair>[0-9A-Z]{1,2})"
_ROOM = r"(?P<room>[-B]?[0-9]{1,5}[A-Z]?)"
_MARK = r"(?:号楼|号栋|栋|幢|座|楼|#|号)"
_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        rf"{_BUILDING}{_MARK}-?{_STAIR}(?:单元|门|梯)-?{_ROOM}",
        rf"{_BUILDING}{_MARK}-?{_STAIR}-{_ROOM}",
        rf"{_BUILDING}{_MARK}-?{_ROOM}",
        rf"{_BUILDING}-{_STAIR}(?:单元)?-{_ROOM}",
        rf"{_BUILDING}-{_ROOM}",
        rf"{_STAIR}单元-?{_ROOM}",
        _ROOM,
    )
)
_DASHES = re.compile("[‐‑‒–—―−_~/\\\\]")
_ROOM_MARK = re.compile(r"(?:号房|室|房|号)$")
_CHINESE = str.maketrans("一二三四五六七八九", "123456789")
_NAME = re.compile(r"[0-9]{1,3}[A-Z]?|[A-Z]{1,2}[0-9]{0,3}")


@dataclass(frozen=True, slots=True)
class Room:
    """`building` and `stair` without leading zeros, `room` with at least four digits (0904)."""

    building: str
    stair: str | None
    room: str

    def __str__(self) -> str:
        """2#-1503, or 2#-1-1503 where the building has stairs."""
        parts = [f"{self.building}#"] if self.building else []
        return "-".join([*parts, *([self.stair] if self.stair else []), self.room])

    @property
    def floor(self) -> int | None:
        """The storey read from the number, None when it has fewer than three digits."""
        digits = self.room.lstrip("-B").rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        if len(digits) < 3 or not int(digits[:-2]):
            return None
        return -int(digits[:-2]) if self.room[0] in "-B" else int(digits[:-2])


def _compact(value: object) -> str:
    text = _DASHES.sub("-", tidy(cell_text(value)).replace(" ", "").upper())
    return re.sub("-{2,}", "-", text)


def _short(name: str) -> str:
    return name.lstrip("0") or "0"


def building_name(value: object) -> str:
    """`02栋`, `2号楼`, `2#`, `二栋` → `2`; `A座` → `A`. Raises UnreadableError for anything longer."""
    text = re.sub(rf"-?{_MARK}?-?$", "", _compact(value).translate(_CHINESE))
    if not _NAME.fullmatch(text):
        raise UnreadableError("楼栋读不出，请写成 2 或 2 栋的样子")
    return _short(text)


def stair_name(value: object) -> str:
    """`1单元`, `01`, `一单元` → `1`."""
    text = re.sub(r"(?:单元|门|梯)$", "", _compact(value).translate(_CHINESE))
    if not re.fullmatch(r"[0-9]{1,2}|[A-Z]", text):
        raise UnreadableError("单元读不出，请写成 1 或 1 单元的样子")
    return _short(text)


def room_name(value: str) -> str:
    """At least four digits, so that 904 and 0904 are one room; a letter behind or a B in front stays."""
    found = re.fullmatch(r"([-B]?)([0-9]+)([A-Z]?)", value)
    if not found or not int(found[2]):
        raise UnreadableError("房号读不出，请写成 2-1503 的样子")
    front, digits, back = found.groups()
    digits = digits.lstrip("0") if len(digits) > 4 else digits
    return f"{front.replace('-', 'B')}{digits.zfill(4)}{back}"


def parse_room(value: object, building: str = "", stair: str = "") -> Room:
    """A room from its cell and, where the sheet has them, the cells of building and stair.

    What both say must agree. Raises UnreadableError.
    """
    text = _ROOM_MARK.sub("", _compact(value).translate(_CHINESE))
    found = next((match for shape in _SHAPES if (match := shape.fullmatch(text))), None)
    if not found:
        raise UnreadableError("房号读不出，请写成 2-1503 的样子")
    parts = found.groupdict()
    own_building = _short(parts["building"]) if parts.get("building") else ""
    own_stair = _short(parts["stair"]) if parts.get("stair") else ""
    named, named_stair = building_name(building) if building else "", stair_name(stair) if stair else ""
    if named and own_building and named != own_building:
        raise UnreadableError(f"房号里是 {own_building} 栋，楼栋列是 {named} 栋")
    if named_stair and own_stair and named_stair != own_stair:
        raise UnreadableError(f"房号里是 {own_stair} 单元，单元列是 {named_stair} 单元")
    return Room(named or own_building, named_stair or own_stair or None, room_name(parts["room"]))
