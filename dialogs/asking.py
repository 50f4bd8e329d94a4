"""The rules of the intake: what is still missing, and what may be said in answer."""

from __future__ import annotations

import re

from dialogs import intake, text
from dialogs.draft import full_child_name
from dialogs.messages import Count
from dialogs.working import Working

_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){1,8}", re.I)
_PHONE = re.compile(r"\+?[0-9][0-9 ()\-]{6,24}")


class Asking(Working):
    """Names that flow.yaml may use, from "write a message" to the preview."""

    # The concern before Send.

    def begin_concern(self) -> None:
        self._begin(
            {"view": "feedback", "thanks": "thanks"}.get(
                self.answers.get("right_place", ""), "concern"
            )
        )

    def begin_thanks(self) -> None:
        self._begin("thanks")

    def begin_formal(self) -> None:
        self._begin("formal")

    def begin_call_back(self) -> None:
        self._begin("call_back")
        self.unsent["answer"] = "phone"

    def _begin(self, kind: str) -> None:
        before = self.unsent.get("kind", kind)
        self.unsent["kind"] = kind
        if kind != before:
            # Another kind asks other things, and goes to other people; the words stay.
            for field in ("answer", "address", "about", "need"):
                self.unsent.pop(field, None)
            if self.unsent.get("full_name") == "none":
                self._keep(self.unsent["what"])
            if self.has_words() and "thanks" in (kind, before):
                # Hard words are no thanks, and thanks no complaint: the parent looks at them.
                self.unsent["look"] = "again"

    def has_sent_enough_today(self) -> bool:
        return self.given.sent_today >= self.facts.concerns_a_day

    def has_words(self) -> bool:
        return bool(self.unsent.get("what"))

    def words_stand(self) -> bool:
        """Whether there are words, and for a letter of this kind."""
        return self.has_words() and "look" not in self.unsent

    def let_words_stand(self) -> None:
        self.unsent.pop("look", None)

    def words_are_too_long(self) -> bool:
        return len(self.words) > self.facts.concern_characters

    def words_are_far_too_long(self) -> bool:
        """More than a day's concerns can hold."""
        return len(self.words) > self._most_characters()

    def say_words_are_far_too_long(self) -> None:
        self.say("far_too_long", count=len(self.words), limit=self.facts.concern_characters)

    def _most_characters(self) -> int:
        # A split at a word's end leaves a little room unused in each part.
        return self.facts.concern_characters * self.facts.concerns_a_day * 9 // 10

    def keep_words(self) -> None:
        self._keep(self.words)

    def _keep(self, words: str) -> None:
        """Keep the words, and look once whether they name a child in full. Thanks may."""
        self.unsent["what"] = words
        self.let_words_stand()
        self.unsent.pop("full_name", None)
        if self.unsent.get("kind") == "thanks" or self.full_name() is None:
            self.unsent["full_name"] = "none"

    def drop_words(self) -> None:
        """What a child wrote is not kept."""
        for field in ("what", "look", "long", "rest", "full_name"):
            self.unsent.pop(field, None)
        for field in [field for field in self.unsent if field.startswith("addition")]:
            self.unsent.pop(field)

    def keep_long_words(self) -> None:
        self.unsent["long"] = self.words

    def drop_long_words(self) -> None:
        self.unsent.pop("long", None)

    def parts_too_many_today(self) -> tuple[int, int] | None:
        """How many parts the long words make and how many can still go, when that is fewer."""
        count = len(text.parts(self.unsent["long"], self.facts.concern_characters))
        left = max(0, self.facts.concerns_a_day - self.given.sent_today)
        return (count, left) if left < count else None

    def split_long_words(self) -> None:
        first, *rest = text.parts(self.unsent.pop("long"), self.facts.concern_characters)
        self._keep(first)
        self.unsent["rest"] = "".join(rest) if len(rest) < 2 else "\n".join(rest)

    def has_opening(self) -> bool:
        return "opening" not in self.unsent and bool(self.openings())

    def drop_opening(self) -> None:
        self.unsent["opening"] = "dropped"

    def openings(self) -> tuple[str, ...]:
        """Messages that begin the words to school, from what the parent has said so far."""
        if "opening" in self.unsent:
            return ()
        return intake.openings(self.answers, self.unsent)

    def names_a_child_in_full(self) -> bool:
        return self.has_words() and "full_name" not in self.unsent

    def can_show(self, state: str) -> bool:
        return super().can_show(state) and (state != "full_name" or self.names_a_child_in_full())

    def count_full_name(self) -> None:
        self.effects.append(Count("full_name"))

    def full_name(self) -> tuple[int, int, str] | None:
        """Where the words name a child in full, and the first name."""
        return full_child_name(self.unsent.get("what", ""), self.facts.listening.rules)

    def use_first_name_only(self) -> None:
        found = self.full_name()
        assert found is not None  # the screen that asks is shown only where there is one
        start, length, first = found
        words = self.unsent["what"]
        self._keep(words[:start] + first + words[start + length :])

    def keep_full_name(self) -> None:
        self.unsent["full_name"] = "kept"

    def line_is_too_long(self) -> bool:
        return len(self.words) > intake.LINE_CHARACTERS

    def say_line_is_too_long(self) -> None:
        self.say("line_too_long", count=len(self.words), limit=intake.LINE_CHARACTERS)

    def note_line(self) -> None:
        self.unsent[self.state] = text.one_line(self.words)

    def note_skip(self) -> None:
        self.unsent[self.state] = ""

    def note_choice(self) -> None:
        self.unsent[self.state] = self.choice

    def note_answer_way(self) -> None:
        if self.unsent.get("answer") != self.choice:
            self.unsent.pop("address", None)
        self.unsent["answer"] = self.choice

    def school_can_answer_here(self) -> bool:
        return self.given.answers_here

    def is_an_address(self) -> bool:
        pattern = _EMAIL if self.unsent.get("answer") == "email" else _PHONE
        return pattern.fullmatch(text.one_line(self.words)) is not None

    def say_address_is_unclear(self) -> None:
        self.say(f"{self.unsent.get('answer', 'email')}_unclear")

    def begin_adding_more(self) -> None:
        for field in intake.MORE:
            if not self.unsent.get(field):
                self.unsent.pop(field, None)
        self.unsent["more"] = "wanted"

    def is_adding_more(self) -> bool:
        return "more" in self.unsent

    def end_adding_more(self) -> None:
        for field in intake.MORE:
            self.unsent.setdefault(field, "")

    def can_change_child_name(self) -> bool:
        return self._is_asked("child_name")

    def can_change_need(self) -> bool:
        return self._is_asked("need")

    def can_change_about(self) -> bool:
        return self._is_asked("about")

    def can_change_answer(self) -> bool:
        """Whoever asks for a call can change the number, and nothing else."""
        return self._is_asked("answer")

    def _is_asked(self, field: str) -> bool:
        return field in intake.ASKED[self.unsent.get("kind", "concern")]

    def asks_whom(self) -> bool:
        return intake.missing(self.unsent) == "whom"

    def asks_child_name(self) -> bool:
        return intake.missing(self.unsent) == "child_name"

    def asks_need(self) -> bool:
        return intake.missing(self.unsent) == "need"

    def asks_about(self) -> bool:
        return intake.missing(self.unsent) == "about"

    def asks_name(self) -> bool:
        return intake.missing(self.unsent) == "name"

    def asks_relation(self) -> bool:
        return intake.missing(self.unsent) == "relation"

    def asks_when(self) -> bool:
        return intake.missing(self.unsent) == "when"

    def asks_told(self) -> bool:
        return intake.missing(self.unsent) == "told"

    def asks_right(self) -> bool:
        return intake.missing(self.unsent) == "right"

    def asks_spoken(self) -> bool:
        return intake.missing(self.unsent) == "spoken"

    def asks_answer(self) -> bool:
        return intake.missing(self.unsent) == "answer"

    def asks_address(self) -> bool:
        return intake.missing(self.unsent) == "address"
