"""A small school for tests of the content: three screens and a card, all in order."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dialogs import safety
from dialogs.source import Source, read

ROOT = Path(__file__).parent.parent

FLOW = """\
initial: hello
passing: [weighing]
cards: [urgent]
help_card: urgent
commands: {start: start}
reminders: {}
states:
  - hello
  - fair
  - weighing
  - fine
  - urgent
transitions:
  - {trigger: start, source: '*', dest: hello}
  - {trigger: help, source: '*', dest: urgent}
  - {trigger: ask, source: hello, dest: fair}
  - {trigger: 'yes', source: fair, dest: weighing, before: keep_answer}
  - {trigger: 'no', source: fair, dest: weighing, before: keep_answer}
  - {trigger: next, source: weighing, dest: hello, conditions: is_unsure}
  - {trigger: next, source: weighing, dest: fine}
  - {trigger: carry_on, source: urgent, dest: null, before: return_from_card}
links: [start]
resting: [hello]
"""

#: What the turn of this flow can do.
NAMES = ("keep_answer", "is_unsure", "return_from_card")

QUESTIONS = """\
hello:
  provenance: ours
  text: |
    Hello from $school.
    You decide.
  choices:
    ask: Ask me
fair:
  provenance: B3
  text: Is it fair? The policy asks this.
  choices:
    'yes': It is fair
    'no': It is not fair
  also:
    'yes': ["yes", aye]
"""

OUTCOMES = """\
fine:
  provenance: ours
  text: You decide.
  choices:
    start: Start again
"""

CARDS = """\
urgent:
  provenance: national
  text: |
    In danger now? Call $emergency_phone.
    NSPCC: $nspcc_phone
  choices:
    carry_on: Carry on
"""

MESSAGES = """\
also:
  stop: [leave it]
nav_help: Get help now
nav_talk: Talk to school
nav_back: Back
nav_stop: Stop
delivered: It is saved. Quote $reference.
"""

LETTER = """\
subject: "[School bot] $kind $reference"
second_copy: A second copy.
marker: "##- Answer above this. -##"
"""


RULE = """\
rules:
  - id: insult-idiot
    family: insult
    clause: B2b
    matcher: phrases
    lists: [idiots]
    reason: This may hurt.
    gentler: Say what happened.
    fires:
      - he is an idiot
      - what an idiot
      - you idiot
    passes:
      - he is kind
      - what a day
      - all good
"""


@cache
def _words_of_one_rule() -> str:
    """Lists for one rule: the school's own rules take a third of a second to prove themselves."""
    lists = read(ROOT / "policy_content" / "en" / "draft_words.yaml").value["lists"]
    empty = "".join(f"  {name}: []\n" for name in lists if name != "idiots")
    rest = "spellings: {}\njoined: {}\nslips: []\neveryday: []\n"
    return f"{rest}lists:\n  idiots: [idiot]\n{empty}"


def _one_phrase_a_card() -> str:
    """Safety phrases that take no time to prove themselves: each card's own name."""
    rest = "spellings: {}\njoined: {}\nslips: []\neveryday: []\nharmless: []\nlists: {}\ncards:\n"
    return rest + "".join(
        f"  {card}:\n"
        f"    phrases: [{phrase}]\n"
        f"    fires: [{phrase}, so {phrase}, it is {phrase}]\n"
        f"    passes: [he is kind, what a day, all good]\n"
        for card, phrase in ((card, card.replace("_", " ")) for card in safety.CARDS)
    )


@dataclass(frozen=True)
class Sample:
    """A content folder and a flow that a test may spoil."""

    folder: Path

    @property
    def flow(self) -> Source:
        return read(self.folder / "flow.yaml")

    def path(self, name: str) -> str:
        return (self.folder / name).as_posix()

    def spoil(self, name: str, old: str, new: str) -> int:
        """Replace the only `old` in a file. Returns the line that it began on."""
        path = self.folder / name
        text = path.read_text()
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {name}"
        path.write_text(text.replace(old, new))
        return text.count("\n", 0, text.index(old)) + 1


def sample(folder: Path) -> Sample:
    """A fresh one: the school's own facts and rules, and a few words."""
    own = ROOT / "policy_content"
    (folder / "en").mkdir(parents=True)
    for name in ("school.yaml", "signposts.yaml", "clauses.yaml"):
        shutil.copy(own / name, folder / name)
    shutil.copy(own / "en" / "language.yaml", folder / "en" / "language.yaml")
    (folder / "en" / "draft_check.yaml").write_text(RULE)
    (folder / "en" / "draft_words.yaml").write_text(_words_of_one_rule())
    (folder / "en" / "safety.yaml").write_text(_one_phrase_a_card())
    (folder / "flow.yaml").write_text(FLOW)
    for name, text in (
        ("questions", QUESTIONS),
        ("outcomes", OUTCOMES),
        ("cards", CARDS),
        ("messages", MESSAGES),
        ("letter", LETTER),
    ):
        (folder / "en" / f"{name}.yaml").write_text(text)
    return Sample(folder)
