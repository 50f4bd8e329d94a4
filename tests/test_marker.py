"""The marker that our letters begin with is the one that is looked for in answers."""

from __future__ import annotations

import textwrap

import pytest

from bot.answers.marker import find
from dialogs.content import Content


@pytest.mark.parametrize("width", [200, 72, 40, 25])
def test_the_marker_of_every_language_is_found_however_it_is_wrapped(
    content: Content, width: int
) -> None:
    for wording in content.wordings.values():
        marker = wording.write("marker", reference="K7Q2-M4XP")
        lines = textwrap.wrap(f"> {marker}", width, subsequent_indent="> ", break_on_hyphens=False)

        place = find(["words", *lines, "> below"])

        assert place is not None
        assert place.line == 1
        assert place.end <= 1 + len(lines)
