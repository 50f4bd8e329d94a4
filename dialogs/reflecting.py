"""The rules of the reflection: cards, draft, the four questions."""

from __future__ import annotations

from dialogs import intake
from dialogs.draft import findings, is_kind
from dialogs.messages import Count
from dialogs.suggesting import THANKS, Suggestion, suggestion
from dialogs.working import NOT_RIGHT, Working


class Reflecting(Working):
    """Names that flow.yaml may use, up to the outcome."""

    # Cards and safety.

    def note_card(self) -> None:
        self.answers["card"] = "seen"

    def has_seen_a_card(self) -> bool:
        return "card" in self.answers or self.is_worried_about_a_child()

    def was_shown_urgent(self) -> bool:
        return "urgent" in self.answers

    def note_urgent_was_shown(self) -> None:
        self.answers["urgent"] = "shown"

    def cards_shown(self) -> list[str]:
        """What phrases have brought up since the reflection began."""
        return self.answers.get("cards", "").split()

    def note_card_shown(self, card: str) -> None:
        if card not in self.cards_shown():
            self.answers["cards"] = " ".join((*self.cards_shown(), card))

    def answered_safety_with_a_card(self) -> bool:
        return self.came_from() == "safety" and self.answers.get("safety") in ("now", "worried")

    def answered_right_place_with_a_card(self) -> bool:
        return self.came_from() == "right_place" and self.answers.get("right_place") == "pile_on"

    def was_weighing(self) -> bool:
        return self.came_from() == "effect" and "effect" in self.answers

    # The draft: its words are looked at here and never kept.

    def draft_is_too_long(self) -> bool:
        return len(self.words) > intake.DRAFT_CHARACTERS

    def say_draft_is_too_long(self) -> None:
        self.say("draft_too_long", count=len(self.words), limit=intake.DRAFT_CHARACTERS)

    def draft_has_findings(self) -> bool:
        """A new draft is looked at afresh; kinder words heed what the parent said is not right."""
        if self.state in ("draft", "findings"):
            self.answers.pop(NOT_RIGHT, None)
        self.found = findings(self.words, self.facts.listening.rules, without=self.not_right())
        return bool(self.found)

    def keep_findings(self) -> None:
        self.findings = list(dict.fromkeys(finding.rule for finding in self.found))

    def draft_is_kind(self) -> bool:
        return is_kind(self.words, self.facts.listening.rules)

    def drop_findings(self) -> None:
        self.findings = []

    def say_draft_is_clear(self) -> None:
        self.drop_findings()
        self.say("draft_clear")

    def hide_finding(self) -> None:
        self.findings = [rule for rule in self.findings if rule != self.argument]
        self.answers[NOT_RIGHT] = " ".join((*self.not_right(), self.argument))
        self.effects.append(Count(f"not_right.{self.argument}"))
        self.say("finding_hidden")

    # The four questions.

    def begin_reflection(self) -> None:
        kept = ("card", "worry")
        self.answers = {key: said for key, said in self.answers.items() if key in kept}
        self.findings = []

    def keep_answer(self) -> None:
        self.answers[self.state] = self.choice

    def suggestion(self) -> Suggestion | None:
        """The answer that the draft points to at the question that is shown, if any."""
        if self.state == "right_place" and self.came_from() == "kind_words":
            return THANKS
        if not self.findings:
            return None
        rules = self.facts.listening.rules.rules
        found = {rule.family for rule in rules if rule.id in self.findings}
        return suggestion(self.state, found)

    def school_asks_about_other_children(self) -> bool:
        return self.facts.asks_about_other_children

    def names_someone_who_did_wrong(self) -> bool:
        return self.answers.get("names") == "wrong" and self.answers.get("wrongdoer") != "take_out"

    def is_for_school_first(self) -> bool:
        not_looked = self.answers.get("fair") == "not_looked"
        return not_looked or self.answers.get("right_place") == "fix"

    def could_upset_children(self) -> bool:
        return self.answers.get("effect") == "upset_children"

    def may_harm_unfairly(self) -> bool:
        fair = self.answers.get("fair")
        harms = self.answers.get("effect") == "harm_school"
        return fair == "unfair" or (harms and fair not in ("fair", "true_and_fair"))

    def is_not_sure(self) -> bool:
        return "unsure" in (self.answers.get(q) for q in ("right_place", "fair", "effect"))

    def is_good_news(self) -> bool:
        return "thanks" in (self.answers.get(q) for q in ("right_place", "private_talk"))

    def is_good_news_showing_children(self) -> bool:
        return self.is_good_news() and self.answers.get("names") == "children"
