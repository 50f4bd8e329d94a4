"""The rules of rewording: a draft is softened in the turn that it comes in, and not kept."""

from __future__ import annotations

from dialogs.draft import findings
from dialogs.kinder import NOT_FOR_SCHOOL, Kinder, kinder
from dialogs.working import Working

#: As many are shown one by one as the draft check shows; the letter is seen whole before it goes.
STEPS = 5


class Rewording(Working):
    """Names that flow.yaml may use, for kinder words and for a message made of the same facts."""

    def soften(self) -> None:
        self.kinder = kinder(self.words, self.found, self.facts.gaps, self.facts.articles)

    def words_for_school_are_too_long(self) -> bool:
        return len(self._for_school().text) > self.facts.concern_characters

    def soften_for_school(self) -> None:
        """What the parent pasted for school, without the hard words: these are kept, as typed."""
        softened = self._for_school()
        self.words = softened.text
        shown = softened.different()[:STEPS]
        for before, after in shown:
            self.say("kinder_step", before=before, after=after)
        if len(softened.steps) > len(shown):
            self.say("kinder_more", count=len(softened.steps) - len(shown))

    def _for_school(self) -> Kinder:
        """Made once in a turn: the draft check is the dearest part of it."""
        if self.kinder is None:
            found = findings(
                self.words, self.facts.listening.rules, len(self.words), self.not_right()
            )
            hard = [one for one in found if one.family in NOT_FOR_SCHOOL]
            self.kinder = kinder(self.words, hard, self.facts.gaps, self.facts.articles)
        return self.kinder
