"""The picture of the flow: complete, always the same, and the one in docs/ is current."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

import pytest

from dialogs import diagram
from dialogs.arrows import ANYWHERE, arrows, groups
from dialogs.layout import rows
from dialogs.source import parse, read
from tests.sample import FLOW, ROOT


@pytest.fixture(scope="module")
def whole() -> Mapping[str, Any]:
    value: Mapping[str, Any] = read(ROOT / "dialogs" / "flow.yaml").value
    return value


@pytest.fixture
def small() -> Mapping[str, Any]:
    value: Mapping[str, Any] = parse(FLOW, "flow.yaml").value
    return value


def test_mermaid_has_every_arrow_with_its_label(small: Mapping[str, Any]) -> None:
    assert diagram.mermaid(small).splitlines() == [
        "flowchart TD",
        '  subgraph group1["from hello"]',
        '    s_hello["hello"]',
        '    s_fair["fair"]',
        '    s_weighing["weighing"]',
        '    s_fine["fine"]',
        "  end",
        '  subgraph group2["from anywhere"]',
        '    s_anywhere["anywhere"]',
        "  end",
        '  subgraph group3["from urgent"]',
        '    s_urgent["urgent"]',
        "  end",
        '  s_anywhere -->|"start"| s_hello',
        '  s_anywhere -->|"help"| s_urgent',
        '  s_hello -->|"ask"| s_fair',
        '  s_fair -->|"yes, no"| s_weighing',
        '  s_weighing -->|"next<br/>if is_unsure"| s_hello',
        '  s_weighing -->|"next"| s_fine',
        '  s_urgent -.->|"carry_on<br/>return_from_card()"| s_urgent',
    ]


def test_the_picture_holds_every_state_trigger_and_rule(whole: Mapping[str, Any]) -> None:
    drawn = ElementTree.fromstring(diagram.svg(whole))

    said = " ".join(" ".join(text.itertext()) for text in drawn.iter() if text.tag.endswith("text"))
    words = set(re.findall(r"\w+", said))
    for state in whole["states"]:
        assert state in words
    for arrow in arrows(whole):
        assert set(arrow.triggers) <= words
        assert set(arrow.conditions) | set(arrow.unless) <= words


def test_every_transition_is_in_exactly_one_arrow(whole: Mapping[str, Any]) -> None:
    wanted = sorted(
        (ANYWHERE if source == "*" else source, one["trigger"], one["dest"] or "")
        for one in whole["transitions"]
        for source in ([one["source"]] if isinstance(one["source"], str) else one["source"])
    )

    assert wanted == sorted(
        (arrow.source, trigger, arrow.dest) for arrow in arrows(whole) for trigger in arrow.triggers
    )


def test_every_state_is_drawn_once(whole: Mapping[str, Any]) -> None:
    placed = [
        state
        for group in groups(whole)
        for row in rows(group, {one.source: [one] for one in arrows(whole)}, whole["initial"])
        for state in row
    ]

    assert sorted(placed) == sorted([*whole["states"], ANYWHERE])


def test_no_two_boxes_overlap(whole: Mapping[str, Any]) -> None:
    drawn = ElementTree.fromstring(diagram.svg(whole))

    boxes = [
        tuple(int(box.attrib[key]) for key in ("x", "y", "width", "height"))
        for box in drawn.iter()
        if box.tag.endswith("rect") and "id" in box.attrib
    ]
    assert len(boxes) == len(whole["states"]) + 1
    for at, (x, y, wide, high) in enumerate(boxes):
        for left, top, width, height in boxes[:at]:
            assert x >= left + width or left >= x + wide or y >= top + height or top >= y + high


def test_the_picture_needs_nothing_from_outside(whole: Mapping[str, Any]) -> None:
    drawn = diagram.svg(whole)

    assert "<script" not in drawn
    assert "url(" not in drawn.replace("url(#", "")
    assert re.findall(r"https?://\S+?(?=\")", drawn) == ["http://www.w3.org/2000/svg"]


def test_rounds_on_one_level_end(small: Mapping[str, Any]) -> None:
    round_trip = [
        {"trigger": "over", "source": "fine", "dest": "fair"},
        {"trigger": "again", "source": "fair", "dest": "fine"},
    ]

    drawn = diagram.svg({**small, "transitions": [*small["transitions"], *round_trip]})

    assert ElementTree.fromstring(drawn) is not None


@pytest.mark.parametrize(
    ("name", "form", "draw"),
    [("flow.mmd", "mermaid", diagram.mermaid), ("flow.svg", "svg", diagram.svg)],
)
def test_the_picture_in_docs_is_current(
    whole: Mapping[str, Any], name: str, form: str, draw: Any
) -> None:
    kept = (ROOT / "docs" / name).read_text()

    assert kept == draw(whole), (
        f"docs/{name} is old: before-you-post diagram --format {form} --out docs/{name}"
    )
