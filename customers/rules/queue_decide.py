"""候客: the decision of a turn as it is stored: inputs, result and steps in words. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from customers.rules.queue import USES_SLOT, Hall, Open, Seat, Walk, order, walk
from customers.rules.queue_words import (
    OUT_OF_TURN,
    Absence,
    QueueLine,
    QueueState,
    QueueTerms,
    TurnKind,
)
from regulations.rules import Step, Verdicts, from_json

KIND = "customers.turn"
_SHUT = datetime(2000, 1, 1, tzinfo=UTC)
_PASSED = {
    "claim": ("可补接，记补接一次", "拟:q.comp.yes"),
    "lost": ("不补接，轮空一次", "拟:q.comp.no"),
    "skip": ("罚轮空，这一次不接", "拟:q.must_ask_first"),
}


def snapshot(
    hall: Hall, wanted: str, at: datetime, names: Mapping[int, str], rep: int = 0, kind: str = ""
) -> dict[str, Any]:
    """What a decision looks at, as JSON: enough to make it again.

    `rep` and `kind` say whom somebody asked for; 0 and "" leave it to the order.
    """
    line = hall.line(wanted)
    return {
        "line": str(wanted),
        "mode": hall.mode,
        "within": hall.within(at),
        "rep": rep,
        "name": names.get(rep, ""),
        "kind": str(kind),
        "claims": [list(claim) for claim in hall.claims[line]],
        "places": [_place(hall, rep, line, names) for rep in hall.ring(line)],
    }


def _place(hall: Hall, rep: int, line: str, names: Mapping[int, str]) -> dict[str, Any]:
    seat = hall.seats[rep]
    return {
        "rep": rep,
        "name": names.get(rep, str(rep)),
        "state": str(seat.state),
        "absence": str(seat.absence),
        "skips": seat.skips,
        "declined": seat.declined,
        "busy": bool(seat.open),
        "receives": seat.receives,
        "turns": seat.counts[line],
        "lost": seat.lost,
    }


def _hall(inputs: Mapping[str, Any], terms: QueueTerms) -> Hall:
    """The hall of a snapshot: places stand as they stood, so that the ring is not sorted again."""
    hall = Hall(terms, "continue")
    line = hall.line(inputs["line"])
    for place in inputs["places"]:
        seat = Seat(place["rep"], place["state"], _SHUT, _SHUT, place["absence"], skips=place["skips"])
        seat.declined = place["declined"]
        if place["busy"]:
            of = QueueLine.VISIT if place["receives"] else QueueLine.CALL
            seat.open[0] = Open(of.value, "", 0)
        hall.seats[seat.rep] = seat
        hall.rings[line].append(seat.rep)
    hall.claims[line] = [(stamp, rep) for stamp, rep in inputs["claims"]]
    return hall


def decide_turn(inputs: Mapping[str, Any], terms: QueueTerms) -> Verdicts:
    """Who takes the guest, by what right, and whether it uses a turn. `rep` 0: nobody can."""
    hall = _hall(inputs, terms)
    taken = walk(hall, inputs["line"])
    rep, kind = inputs["rep"] or taken.rep, inputs["kind"] or str(taken.kind)
    if rep == taken.rep and kind == TurnKind.ROTATION:
        kind = str(taken.kind)
    uses = rep == taken.rep != 0 and kind in USES_SLOT and inputs["within"]
    names = {place["rep"]: place for place in inputs["places"]}
    steps = _passed_words(taken, names) if uses else []
    steps.append(_chosen(rep, kind, inputs, names))
    if rep and not uses:
        steps.append(_free_of_charge(kind, inputs))
    result = {"rep": rep, "kind": kind, "uses_turn": uses}
    return Verdicts(kind=KIND, result=result, inputs=inputs, steps=steps)


def recompute_turn(inputs: Mapping[str, Any], values: Mapping[str, Any]) -> Verdicts:
    return decide_turn(inputs, from_json(QueueTerms, values))


def _state(place: Mapping[str, Any]) -> str:
    if place["state"] == QueueState.WAITING and place["busy"]:
        return "通话中"
    return Absence(place["absence"]).label if place["absence"] else QueueState(place["state"]).label


def _passed_words(taken: Walk, places: Mapping[int, Mapping[str, Any]]) -> list[Step]:
    return [
        Step(
            text=f"{places[rep]['name']} {_state(places[rep])}：{_PASSED[effect][0]}",
            clause=_PASSED[effect][1],
        )
        for rep, effect in taken.passed
    ]


_WHY = {
    TurnKind.ROTATION: ("候客第一位", "S105"),
    TurnKind.MAKEUP: ("有补接，先于轮次", "拟:q.comp.yes"),
    TurnKind.DOUBLE: ("无人候客，接待中的代表依次兼顾", "S183"),
    TurnKind.NAMED: ("客户指定", "拟:q.counts"),
    TurnKind.OWN: ("老客户由本人接待", "拟:q.counts"),
    TurnKind.OBLIGED: ("归属人不在，候客第一位义务接待", "S135"),
    TurnKind.CHANNEL: ("渠道带访", "拟:q.counts"),
}


def _chosen(rep: int, kind: str, inputs: Mapping[str, Any], places: Mapping[int, Mapping[str, Any]]) -> Step:
    if not rep:
        return Step(text="没有代表能接这组客户", clause="S183")
    words, clause = _WHY[TurnKind(kind)]
    name = places[rep]["name"] if rep in places else inputs["name"]
    value = f"今日已接 {places[rep]['turns']} 组" if rep in places else "未签到"
    return Step(text=f"{name}：{words}，安排接待", clause=clause, value=value)


def _free_of_charge(kind: str, inputs: Mapping[str, Any]) -> Step:
    if not inputs["within"] and kind not in (*OUT_OF_TURN, TurnKind.OBLIGED):
        return Step(text="营业时间外，不占用轮次", clause="拟:q.before_after_hours")
    return Step(text="不占用轮次，位次不动", clause="拟:q.counts")


def place_of(inputs: Mapping[str, Any], rep: int) -> int:
    """Which place somebody had when a turn was decided: 1 is first, 0 was not there."""
    claimers = dict.fromkeys(mine for _, mine in inputs["claims"])
    ring = [place["rep"] for place in inputs["places"]]
    line = [*claimers, *(other for other in ring if other not in claimers)]
    return line.index(rep) + 1 if rep in line else 0


def projection(hall: Hall) -> dict[int, dict[str, Any]]:
    """What the fast table of places holds of everybody who signed in."""
    visits, calls = order(hall), order(hall, QueueLine.CALL)
    return {rep: {"position": visits.index(rep) + 1, **_entry(hall, rep, calls)} for rep in visits}


def _entry(hall: Hall, rep: int, calls: Sequence[int]) -> dict[str, Any]:
    seat = hall.seats[rep]
    return {
        "call_position": calls.index(rep) + 1,
        "state": str(seat.state),
        "state_since": seat.since,
        "absence": str(seat.absence),
        "reason": seat.note,
        "turns": seat.counts[QueueLine.VISIT],
        "calls": seat.counts[QueueLine.CALL],
        "claims": sum(1 for _, mine in hall.claims[QueueLine.VISIT] if mine == rep),
        "lost": seat.lost,
        "skips": seat.skips,
        "talking": bool(seat.open) and not seat.receives,
        "reported": seat.reported,
        "declined": seat.declined,
        "signed_in_at": seat.signed_in,
    }
