"""The flow as a labelled picture: Mermaid text, and an SVG that opens in any browser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import count
from textwrap import wrap
from typing import Any

from dialogs.arrows import ANYWHERE, Arrow, Group, arrows, groups
from dialogs.layout import MOST, rows

WIDE = 216  #: a box, in pixels
LINE = 14  #: a line of small text
HEAD = 22  #: the name of a state
APART = 34  #: between two boxes of a row
ROW = 54  #: between two rows of boxes
EDGE = 40  #: around everything
LETTERS = 34  #: in a line of a box


def mermaid(flow: Mapping[str, Any]) -> str:
    """The flow in Mermaid's language, one line an arrow."""
    lines = ["flowchart TD"]
    for number, group in enumerate(groups(flow), start=1):
        lines.append(f'  subgraph group{number}["from {group.title}"]')
        lines += [f'    {_id(state)}["{state}"]' for state in group.states]
        lines.append("  end")
    for arrow in arrows(flow):
        said = "<br/>".join((", ".join(arrow.triggers), *arrow.rules))
        if arrow.dest:
            lines.append(f'  {_id(arrow.source)} -->|"{said}"| {_id(arrow.dest)}')
        else:  # stays, or goes where a callback puts the turn
            done = "<br/>".join((said, *(f"{name}()" for name in arrow.before)))
            lines.append(f'  {_id(arrow.source)} -.->|"{done}"| {_id(arrow.source)}')
    return "\n".join(lines) + "\n"


def _id(state: str) -> str:
    return f"s_{state}"  # `end` and `class` are words of Mermaid's own


@dataclass(frozen=True, slots=True)
class _Box:
    """A state on the picture; `ports` are the heights at which its arrows leave."""

    state: str
    x: int
    y: int
    high: int
    lines: tuple[tuple[str, str, str], ...]
    ports: tuple[int, ...]


def svg(flow: Mapping[str, Any]) -> str:
    """The flow as a picture. Every arrow is named inside the box it leaves."""
    leaving: dict[str, list[Arrow]] = {}
    for arrow in arrows(flow):
        leaving.setdefault(arrow.source, []).append(arrow)
    boxes: dict[str, _Box] = {}
    frames = []
    y = EDGE + 62
    for group in groups(flow):
        top, y = y, y + HEAD + ROW
        for row in rows(group, leaving, flow["initial"]):
            placed = _place(row, y, leaving)
            boxes |= {box.state: box for box in placed}
            y = max(box.y + box.high for box in placed) + ROW
        frames.append((group, top, y - ROW // 2))
        y += ROW
    wide = 2 * EDGE + MOST * (WIDE + APART)
    return "\n".join(_drawn(flow, boxes, frames, leaving, wide, y)) + "\n"


def _place(row: Sequence[str], y: int, leaving: Mapping[str, Sequence[Arrow]]) -> list[_Box]:
    full = MOST * (WIDE + APART) - APART
    left = EDGE + (full - len(row) * (WIDE + APART) + APART) // 2
    placed = []
    for at, state in enumerate(row):
        lines: list[tuple[str, str, str]] = []
        ports = []
        for arrow in leaving.get(state, ()):
            ports.append(HEAD + LINE * len(lines) + LINE // 2 + 3)
            lines += _said(arrow)
        high = HEAD + LINE * len(lines) + 8
        placed.append(_Box(state, left + at * (WIDE + APART), y, high, tuple(lines), tuple(ports)))
    return placed


def _said(arrow: Arrow) -> Iterator[tuple[str, str, str]]:
    """An arrow's lines in its box, each with its style and the state it leads to."""
    goes = arrow.dest or "stays" if not arrow.before or arrow.dest else f"{arrow.before[-1]}()"
    for part in wrap(f"{', '.join(arrow.triggers)} → {goes}", LETTERS, subsequent_indent="  "):
        yield "trigger", part, arrow.dest
    for rule in arrow.rules:
        yield "rule", f"  {rule}", ""


def _drawn(
    flow: Mapping[str, Any],
    boxes: Mapping[str, _Box],
    frames: Sequence[tuple[Group, int, int]],
    leaving: Mapping[str, Sequence[Arrow]],
    wide: int,
    high: int,
) -> Iterator[str]:
    total = sum(len(found) for found in leaving.values())
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" '
        f'viewBox="0 0 {wide} {high}" role="img" aria-labelledby="title">'
    )
    yield f'<title id="title">The flow: {len(flow["states"])} states, {total} arrows</title>'
    yield _STYLE
    yield f'<rect width="{wide}" height="{high}" class="page"/>'
    yield _text(EDGE, EDGE, f"The flow: {len(flow['states'])} states, {total} arrows", "h1")
    for at, said in enumerate(_LEGEND):
        yield _text(EDGE, EDGE + 22 + 18 * at, said, "legend")
    for group, top, bottom in frames:
        yield (
            f'<rect x="{EDGE // 2}" y="{top}" width="{wide - EDGE}" height="{bottom - top}" '
            f'rx="10" class="group"/>'
        )
        yield _text(EDGE, top + 24, f"from {group.title}", "h2")
    landed = {state: count(1) for state in boxes}
    expected = {
        state: sum(a.dest == state for found in leaving.values() for a in found) for state in boxes
    }
    for state, box in boxes.items():
        for arrow, port in zip(leaving.get(state, ()), box.ports, strict=True):
            if not arrow.dest:
                continue
            if not any({state, arrow.dest} <= set(group.states) for group, _, _ in frames):
                yield _stub(box, port)
            else:
                share = next(landed[arrow.dest]) / (expected[arrow.dest] + 1)
                yield _line(box, port, boxes[arrow.dest], share)
    for box in boxes.values():
        yield from _drawn_box(box, flow)
    yield "</svg>"


def _line(box: _Box, port: int, goal: _Box, share: float) -> str:
    """A curve from beside an arrow's name to the top of its goal, or up to the goal's side."""
    rightwards = goal.x > box.x or (goal.x == box.x and share >= 0.5)
    if goal.x == box.x and goal.y > box.y + 10 * ROW:  # a long way: keep to the outside
        rightwards = box.x > EDGE + (MOST - 1) * (WIDE + APART) // 2
    x1, y1 = (box.x + WIDE if rightwards else box.x), box.y + port
    out = 26 if rightwards else -26
    if goal.y > box.y:
        x2, y2 = goal.x + round(WIDE * share), goal.y - 1
        around = goal.x == box.x and goal.y > box.y + box.high + ROW  # a box stands in between
        bend = f"{x1 + 2 * out} {y1 + 20} {x1 + 2 * out if around else x2} {y2 - 46}"
        kind = "down"
    else:
        from_right = goal.x < box.x or (goal.x == box.x and rightwards)
        x2, y2 = goal.x + (WIDE + 1 if from_right else -1), goal.y + 6 + round(12 * share)
        into = 60 if from_right else -60
        bend = f"{x1 + 2 * out} {y1 - 20} {x2 + into} {y2}"
        kind = "back"
    if box.state == ANYWHERE:
        kind = "any"
    return (
        f'<path d="M{x1} {y1} C{bend} {x2} {y2}" class="{kind}" marker-end="url(#{kind})">'
        f"<title>{box.state} → {goal.state}</title></path>"
    )


def _stub(box: _Box, port: int) -> str:
    """An arrow into another group: a short one, for its name leads there."""
    x, y = box.x + WIDE, box.y + port
    return f'<path d="M{x} {y} h20" class="off" marker-end="url(#off)"/>'


def _drawn_box(box: _Box, flow: Mapping[str, Any]) -> Iterator[str]:
    kind = "state"
    if box.state == ANYWHERE:
        kind = "anywhere"
    elif box.state in flow["passing"]:
        kind = "passing"
    elif box.state in flow["cards"]:
        kind = "card"
    yield (
        f'<rect id="{box.state}" x="{box.x}" y="{box.y}" width="{WIDE}" height="{box.high}" '
        f'rx="6" class="{kind}"/>'
    )
    yield _text(box.x + 8, box.y + 16, box.state, "name")
    for at, (style, said, goal) in enumerate(box.lines):
        indent = 20 if said.startswith("  ") else 8
        text = _text(box.x + indent, box.y + HEAD + LINE * at + 13, said.strip(), style)
        yield f'<a href="#{goal}">{text}</a>' if goal else text


def _text(x: int, y: int, said: str, style: str) -> str:
    return f'<text x="{x}" y="{y}" class="{style}">{escape(said)}</text>'


_LEGEND = (
    "In each box: trigger → where it leads (tap it), and under it the rules that must hold; the "
    "first that fits wins. Grey line: on. Dashed brown: back. Dotted blue: from anywhere. "
    "Short black arrow: to another part.",
    "Dashed and grey box: passed through, never shown. Thick red box: a card. "
    "A name with () puts the turn where it should go, or lets it stay.",
)


def _marker(name: str, colour: str) -> str:
    return (
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        f'markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="{colour}"/></marker>'
    )


_MARKERS = _marker("down", "#555") + _marker("back", "#a5632a") + _marker("any", "#3566b0")
_MARKERS += _marker("off", "#222")
_STYLE = f"""<defs>{_MARKERS}</defs>
<style>
text {{ font: 10.5px "DejaVu Sans", Verdana, Arial, sans-serif; fill: #222; }}
.h1 {{ font-size: 20px; font-weight: bold; }}
.h2 {{ font-size: 14px; font-weight: bold; fill: #555; }}
.legend {{ font-size: 11.5px; }}
.name {{ font-size: 12.5px; font-weight: bold; }}
.rule {{ font-size: 9.5px; font-style: italic; fill: #555; }}
.page {{ fill: #fff; }}
.group {{ fill: #f6f5f2; stroke: #ddd9d0; }}
.state, .card, .passing, .anywhere {{ fill: #fff; stroke: #555; }}
.card {{ stroke: #a02020; stroke-width: 2.5; }}
.passing {{ fill: #eee; rx: 18px; stroke-dasharray: 4 3; }}
.anywhere {{ stroke: #3566b0; stroke-width: 2; }}
path.down, path.back, path.any {{ fill: none; stroke: #555; stroke-width: 1.1; opacity: .75; }}
path.back {{ stroke: #a5632a; stroke-dasharray: 5 4; opacity: .5; }}
path.off {{ stroke: #222; stroke-width: 1.1; }}
a text {{ cursor: pointer; }}
a:hover text {{ text-decoration: underline; }}
rect:target {{ fill: #fff2b0; }}
path.any {{ stroke: #3566b0; stroke-dasharray: 2 3; opacity: .55; }}
</style>"""
