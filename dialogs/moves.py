"""A move: by a trigger to the next state that is shown, and the way back remembered."""

from __future__ import annotations

from dialogs.flow import Flow
from dialogs.pausing import CHECK_IN
from dialogs.turn import Turn

#: The way back is kept this far; nobody steps back further.
TRAIL = 40
#: These find their own way.
STEPPING_BACK = frozenset({"back", "set"})
#: No flow passes through more states than this without showing one.
PASSES = 8


def move(flow: Flow, turn: Turn, trigger: str) -> None:
    """Move, then through the states that are never shown, and remember the way."""
    before = turn.state
    if not flow.move(turn, trigger):
        raise LookupError(f"the flow offers {trigger!r} in {before!r} but has no way for it")
    for _ in range(PASSES):
        if turn.state not in flow.passing:
            break
        flow.move(turn, "next")
    else:
        raise RecursionError(f"{trigger!r} in {before!r} never reaches a state that shows")
    turn.composed = None
    if before == CHECK_IN != turn.state:
        turn.let_go()
    _remember_the_way(flow, turn, trigger, before)


def _remember_the_way(flow: Flow, turn: Turn, trigger: str, before: str) -> None:
    if turn.way_is_closed:
        turn.trail = [flow.initial]
    elif trigger == "carry_on" and before in flow.cards:
        while turn.trail and turn.trail[-1] in flow.cards:
            turn.trail.pop()
    elif trigger not in STEPPING_BACK and turn.state != before:
        turn.trail = [*turn.trail, before][-TRAIL:]
