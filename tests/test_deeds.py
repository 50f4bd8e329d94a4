"""Who did it, and whose thing it is."""

from __future__ import annotations

import pytest

from dialogs.places import read
from tests.test_draft import RULES


@pytest.mark.parametrize(
    ("text", "deed"),
    [
        ("Mrs Nutt cancelled it", True),
        ("Mrs Nutt charges for plasters", True),
        ("Mrs Nutt was cancelled", False),
        ("Mrs Nutt got rearranged", False),
        ("Mrs Nutt's charges are daft", False),
    ],
)
def test_what_was_done_to_somebody_is_not_their_deed(text: str, deed: bool) -> None:
    assert ("past_form" in read(text, RULES).places) is deed


@pytest.mark.parametrize(
    ("text", "owned"),
    [
        ("Mr Nutt's excuses again", ["excuses"]),
        ("Jonah Tewson's mum is lovely", ["mum"]),
        ("Mr Nutt's been shouting", []),
        ("Mr Nutt's snapped", []),
        ("Mr Nutt's", []),
        ("Mr Nutt's. Excuses again", []),
        ("Mr Nutt lies", []),
        ("Mr Weekes lies", []),
    ],
)
def test_what_somebody_owns_is_told_from_what_they_are(text: str, owned: list[str]) -> None:
    draft = read(text, RULES)
    found = draft.places.get("owned", {})
    assert [draft.words[start].raw for start in found] == owned
