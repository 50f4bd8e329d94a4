"""The rules of the reflection: cards, draft, the four questions, the pause."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from dialogs import intake, text
from dialogs.draft import findings, is_kind
from dialogs.messages import Count, Remind
from dialogs.working import Working

#: Reminders never come at night (content rule: not between 21:00 and 7:30).
EARLIEST, LATEST = time(7, 30), time(21, 0)


class Reflecting(Working):
    """Names that flow.yaml may use, up to the outcome and the reminder."""

    # Cards and safety.

    def note_card(self) -> None:
        self.answers["card"] = "seen"

    def has_seen_a_card(self) -> bool:
        return "card" in self.answers or self.is_worried_about_a_child()

    def was_shown_urgent(self) -> bool:
        return "urgent" in self.answers

    def note_urgent_was_shown(self) -> None:
        self.answers["urgent"] = "shown"

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
        self.found = findings(self.words, self.facts.rules)
        return bool(self.found)

    def keep_findings(self) -> None:
        self.findings = list(dict.fromkeys(finding.rule for finding in self.found))

    def say_draft_is_clear(self) -> None:
        self.findings = []
        self.say("draft_kind" if is_kind(self.words, self.facts.rules) else "draft_clear")

    def hide_finding(self) -> None:
        self.findings = [rule for rule in self.findings if rule != self.argument]
        self.effects.append(Count(f"not_right.{self.argument}"))
        self.say("finding_hidden")

    # The four questions.

    def begin_reflection(self) -> None:
        kept = ("card", "worry")
        self.answers = {key: said for key, said in self.answers.items() if key in kept}
        self.findings = []

    def keep_answer(self) -> None:
        self.answers[self.state] = self.choice

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

    # A night's sleep.

    def keep_what_would_put_it_right(self) -> None:
        self.unsent["right"] = text.one_line(self.words)

    def set_reminder(self) -> None:
        """`at.0800`: at that time after the next night, by the school's clock."""
        at = time(int(self.argument[:2]), int(self.argument[2:]))
        if not EARLIEST <= at < LATEST:
            raise ValueError(f"a reminder at {at} would come at night")
        # Before 5 the night is still going on: the morning that comes is the one meant.
        today = self.given.now.date()
        day = today if self.given.now.hour < 5 else today + timedelta(days=1)
        due = datetime.combine(day, at, self.given.now.tzinfo)
        self.answers["reminder"] = due.isoformat()
        self.effects.append(Remind("check_in", due))

    def count_how_it_ended(self) -> None:
        self.effects.append(Count(f"check_in.{self.choice}"))
