"""The rules of the preview and of Send: what is shown is what is sent."""

from __future__ import annotations

from dialogs import text
from dialogs.asking import Asking
from dialogs.messages import Concern, PassOn


class Sending(Asking):
    """Names that flow.yaml may use, from the preview to the receipt."""

    def date_the_letter(self) -> None:
        """Fix what the letter says of itself, so that the preview is what is sent."""
        now = self.given.now
        self.unsent["reference"] = self.given.reference
        self.unsent["written"] = now.isoformat(timespec="minutes")
        self.unsent["promised"] = self.facts.promise(now).isoformat()
        self.unsent["here"] = "yes" if self.given.answers_here else ""

    def promise_still_holds(self) -> bool:
        return self.unsent["promised"] == self.facts.promise(self.given.now).isoformat()

    def say_look_again(self) -> None:
        self.say("look_again")

    def concern(self) -> Concern:
        """The concern as the preview shows it. Composed once in a turn, anew after a move."""
        if self.composed is None:
            self.composed = self.facts.letter.concern(
                self.unsent, self.language, self.openings(), self.is_worried_about_a_child()
            )
        return self.composed

    def pass_on(self) -> None:
        concern = self.concern()
        self.effects.append(PassOn(concern))
        self.sent = {
            "reference": concern.reference,
            "promised": self.unsent["promised"],
            "answer": self.unsent["answer"],
            "here": self.unsent.get("here", ""),
        }
        self.findings = []
        self._keep_next_part()
        self.way_is_closed = True

    def _keep_next_part(self) -> None:
        rest = self.unsent.get("rest", "")
        additions = {
            key: value for key, value in self.unsent.items() if key.startswith("addition.")
        }
        if not rest:
            self.unsent = additions
            self.answers = {}
            return
        first, *more = text.parts(rest, self.facts.concern_characters)
        same = {"kind", "whom", "child_name", "need", "about", "answer", "address", "name", "worry"}
        kept = {key: value for key, value in self.unsent.items() if key in same}
        self.unsent = {**additions, **kept, "opening": "dropped"}
        self._keep(first)
        if more:
            self.unsent["rest"] = "\n".join(more)

    def has_next_part(self) -> bool:
        return self.has_words()
