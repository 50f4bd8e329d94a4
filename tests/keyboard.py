"""What a parent types on a console: numbers for buttons, whatever the language of the content."""

from __future__ import annotations

from dialogs.dialogue import Dialogue
from dialogs.messages import Reply
from tests.parent import Parent

#: From hello to a letter: what to press in each state, and what to write where words are wanted.
TO_A_LETTER = {
    "hello": "post",
    "safety": "no",
    "right_place": "fix",
    "private_talk": "private",
    "talk": "write",
    "need": "action",
    "about": "someone",
    "answer": "unnamed",
    "preview": "send",
}


def number(replies: tuple[Reply, ...], choice: str) -> str:
    """What to type for a button of the screen: the number that the console shows for it."""
    screen = replies[-1]
    choices = [one.id for one in screen.choices]
    if choice in choices:
        return str(choices.index(choice) + 1)
    return str([one.id for one in screen.navigation].index(choice) + 6)


def letter_script(dialogue: Dialogue, words: str, draft: str = "") -> list[str]:
    """The lines that lead from hello to a letter with these words in it."""
    parent, lines = Parent(dialogue), []
    while parent.state != "sent":
        offered = parent.offered()
        if parent.state == "draft" and draft:
            line, draft = draft, ""
        elif parent.state == "what":
            line = words
        elif parent.state in TO_A_LETTER:
            line = number(parent.replies, TO_A_LETTER[parent.state])
        else:
            line = number(parent.replies, "carry_on" if "carry_on" in offered else "skip")
        lines.append(line)
        parent.writes(line)
        assert len(lines) < 30, f"no letter after {lines}, in {parent.state}"
    return lines
