"""In which row of the picture each state stands, and where in the row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dialogs.arrows import ANYWHERE, Arrow, Group, reached

MOST = 7  #: boxes in a row


def rows(group: Group, leaving: Mapping[str, Sequence[Arrow]], initial: str) -> Iterator[list[str]]:
    """Rows from the top down: an arrow inside the group goes down, unless it leads back."""
    inside = {
        state: [a.dest for a in leaving.get(state, ()) if a.dest in group.states]
        for state in group.states
    }
    depth = _depths(group, inside, initial)
    order: dict[str, float] = {}
    for level in sorted(set(depth.values())):
        row = [state for state in group.states if depth[state] == level]
        # Below the middle of what leads here, so that arrows cross less; then as in the file.
        middle = {state: _middle(state, inside, order) for state in row}
        row.sort(key=lambda state: (middle[state], group.states.index(state)))
        pieces = -(-len(row) // MOST)
        size = -(-len(row) // pieces)
        for start in range(0, len(row), size):
            piece = row[start : start + size]
            order |= {state: at - (len(piece) - 1) / 2 for at, state in enumerate(piece)}
            yield piece


def _depths(group: Group, inside: Mapping[str, Sequence[str]], initial: str) -> Mapping[str, int]:
    """How far down each state is: the longest way to it, where no arrow leads nearer to the start.

    Arrows that close a round are left out, the first time round being the way down.
    """
    entered = [one for one in (initial, ANYWHERE) if one in group.states] or [group.states[0]]
    near = dict.fromkeys(entered, 0)
    waiting = list(entered)
    while waiting:
        state = waiting.pop(0)
        for dest in inside[state]:
            if dest not in near:
                near[dest] = near[state] + 1
                waiting.append(dest)
    down: dict[str, list[str]] = {state: [] for state in group.states}
    for state in group.states:
        for dest in inside[state]:
            further = near.get(dest, 0) - near.get(state, 0)
            level = further == 0 and dest != state and state not in reached(dest, down)
            if further > 0 or level:
                down[state].append(dest)
    depth = dict.fromkeys(group.states, 0)
    for _ in group.states:
        for state in group.states:
            for dest in down[state]:
                depth[dest] = max(depth[dest], depth[state] + 1)
    return depth


def _middle(state: str, inside: Mapping[str, Sequence[str]], order: Mapping[str, float]) -> float:
    above = [order[one] for one in order if state in inside[one]]
    return sum(above) / len(above) if above else 0.0
