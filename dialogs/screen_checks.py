"""What must be true of the screens: each state has one, and every button leads somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from string import Template

from dialogs.content import Content
from dialogs.flow_checks import Way
from dialogs.signposts import EMERGENCY
from dialogs.source import Problem, Source, did_you_mean
from dialogs.text import plain
from dialogs.word_checks import Said, source_of
from dialogs.wording import Screen, Wording

NAVIGATION = ("help", "talk", "back", "stop")
#: Triggers that are not buttons, and those whose buttons are made from findings, languages and
#: threads.
UNSEEN = frozenset({"wrote", "next"})
MADE = frozenset({"hide", "set", "thread"})

#: The cards that must say whom to call in danger.
CALL_CARDS = ("urgent_now", "urgent", "staff", "crisis", "online", "child")
_CALL = re.compile(rf"(?<!\d)(?<!\d ){EMERGENCY.phone}(?! ?\d)")

#: Around the marker in a letter: by these it is known again in the office's answer.
OPENS, CLOSES = "##-", "-##"

#: Around each message of the pseudo-language.
PSEUDO = "⟦⟧"

MOST_CHOICES = 5
BUTTON_BYTES = 64  # Telegram's callback_data
LABEL_CHARACTERS = 80  # a button on Discord


def screen_problems(
    content: Content, language: str, showing: Mapping[str, tuple[Way, ...]], flow: Source
) -> Iterator[Problem]:
    """Screens against states, and choices against the ways out. `showing` has each state's ways."""
    wording = content.wordings[language]
    for state in showing:
        if state not in wording.screens:
            name = content.sources[f"{language}/questions.yaml"].path
            yield flow.problem(
                f'"{state}" has no screen in {name.rpartition("/")[0]}'
                f"{did_you_mean(state, wording.screens.keys() - showing.keys())}",
                "states",
                flow.value["states"].index(state),
            )
    for state, screen in wording.screens.items():
        source = source_of(content, language, state)
        if state not in showing:
            yield source.problem(
                f'there is no state "{state}"{did_you_mean(state, showing)}', state
            )
            continue
        known = {*content.clauses, "school", "national", "ours"}
        if screen.provenance not in known:
            hint = did_you_mean(screen.provenance, known)
            yield source.problem(
                f'"{screen.provenance}" is no provenance{hint}', state, "provenance"
            )
        yield from _choices(source, screen, showing[state], flow)
        yield from _labels(source, screen, wording)


def _choices(
    source: Source, screen: Screen, ways: tuple[Way, ...], flow: Source
) -> Iterator[Problem]:
    state = screen.state
    triggers = {way.trigger for way in ways}
    if len(screen.choices) > MOST_CHOICES:
        yield source.problem(
            f"has {len(screen.choices)} choices; {MOST_CHOICES} is the most", state, "choices"
        )
    for choice in screen.choices:
        place = (state, "choices", choice)
        trigger = choice.partition(".")[0]
        if trigger not in triggers or trigger in UNSEEN:
            hint = did_you_mean(trigger, triggers - UNSEEN)
            yield source.problem(f'no transition leaves "{state}" by "{trigger}"{hint}', *place)
        if len(f"{state}:{choice}".encode()) > BUTTON_BYTES:
            yield source.problem(
                f'"{state}:{choice}" is longer than {BUTTON_BYTES} bytes, too long for a button',
                *place,
            )
    seen = {choice.partition(".")[0] for choice in screen.choices} | UNSEEN | MADE
    for way in ways:
        if way.trigger not in seen and "*" not in way.sources:
            yield source.problem(
                f'no choice here for "{way.trigger}", '
                f"which {flow.path}:{flow.line('transitions', way.index)} offers",
                state,
            )
    for choice in screen.also:
        if choice not in screen.choices and choice.partition(".")[0] not in MADE:
            hint = did_you_mean(choice, screen.choices)
            yield source.problem(f'there is no choice "{choice}" here{hint}', state, "also", choice)


def _labels(source: Source, screen: Screen, wording: Wording) -> Iterator[Problem]:
    """No two buttons of a screen may be typed alike, those of every screen included."""
    state = screen.state
    taken: dict[str, str] = {}
    for name in NAVIGATION:
        for typed in (wording.messages.get(f"nav_{name}", ""), *wording.also.get(name, ())):
            taken.setdefault(plain(typed), name)
    typed_as = [
        ((state, "choices", choice), choice, label) for choice, label in screen.choices.items()
    ]
    for choice, others in screen.also.items():
        typed_as += [((state, "also", choice), choice, other) for other in others]
    for place, choice, label in typed_as:
        key = plain(label)
        if not key:
            yield source.problem(f'"{label}" has no letters; a sign alone says nothing', *place)
        elif key.isdigit() and "choices" in place:
            yield source.problem(f'"{label}" is a number; numbers choose a button', *place)
        elif taken.setdefault(key, choice) != choice:
            yield source.problem(
                f'"{label}" is said twice on this screen, for "{taken[key]}" and "{choice}"', *place
            )
        if len(label) > LABEL_CHARACTERS:
            yield source.problem(f"is longer than {LABEL_CHARACTERS} characters", *place)


def fixed_problems(content: Content, language: str, warning: bool) -> Iterator[Problem]:
    """What a school may word as it likes, but not leave out."""
    wording = content.wordings[language]
    for card in CALL_CARDS:
        screen = wording.screens.get(card)
        if screen is not None and not _CALL.search(screen.text):
            yield source_of(content, language, card).problem(
                f"does not say {EMERGENCY.phone}", card, "text", warning=warning
            )
    yield from _last_lines(content, language, warning)
    messages = content.sources[f"{language}/messages.yaml"]
    taken: dict[str, str] = {}
    for name in NAVIGATION:
        label = wording.messages.get(f"nav_{name}", "")
        first = taken.setdefault(plain(label), name)
        if label and first != name:
            yield messages.problem(
                f'"{label}" is what nav_{first} says too', f"nav_{name}", warning=warning
            )
    letter = content.sources[f"{language}/letter.yaml"]
    subject = wording.letter.get("subject", "")
    if "reference" not in Template(subject).get_identifiers():
        yield letter.problem("lacks $reference", "subject", warning=warning)
    subjects = [key for key in wording.letter if key.endswith("subject")]
    for line in (*subjects, "second_copy", "marker"):
        if "\n" in wording.letter.get(line, ""):
            yield letter.problem("is more than one line", line, warning=warning)
    if not wording.letter.get("second_copy"):
        yield letter.problem('"second_copy" is missing', "second_copy", warning=warning)
    marker = wording.letter.get("marker", "")
    if not (marker.startswith(OPENS) and marker.endswith(CLOSES)):
        yield letter.problem(
            f"does not begin with {OPENS} and end with {CLOSES}", "marker", warning=warning
        )


def _last_lines(content: Content, language: str, warning: bool) -> Iterator[Problem]:
    """Every outcome leaves the choice to the parent, in the same words."""
    last = content.languages[language].last_line
    if not last.strip():
        spoken = content.sources[f"{language}/language.yaml"]
        yield spoken.problem(
            '"last_line" is missing: the line that every outcome ends with',
            "last_line",
            warning=warning,
        )
        return
    source = content.sources[f"{language}/outcomes.yaml"]
    for state in source.value:
        text = source.value[state]["text"].rstrip()
        line = text.rpartition("\n")[2]
        if line.strip().strip(PSEUDO) != last.strip():
            said = Said(source, (state, "text"), text).problem(
                f'does not end with "{last}", as every outcome does', len(text) - len(line)
            )
            yield replace(said, warning=warning)
