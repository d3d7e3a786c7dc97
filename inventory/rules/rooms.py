"""How a room is named."""


def unit_code(building: str, stair: str, room_no: str) -> str:
    """`2-1503`, or `2-1-1503` where the building has stairs."""
    return "-".join(part for part in (building, stair, room_no) if part)
