"""The rules of a night's sleep: a small task, one reminder, the post kept until then if asked."""

from __future__ import annotations

from datetime import time

from dialogs import intake, nights, text
from dialogs.daytime import read_time
from dialogs.messages import Count, Remind
from dialogs.working import Working

CHECK_IN = "check_in"


class Pausing(Working):
    """Names that flow.yaml may use, from the pause to what became of the post."""

    def keep_what_would_put_it_right(self) -> None:
        self.unsent["right"] = text.one_line(self.words)

    def set_reminder(self) -> None:
        """`at.0800`: at that time after the next night, by the school's clock."""
        self._remind_at(time(int(self.argument[:2]), int(self.argument[2:])))

    def is_a_time_by_day(self) -> bool:
        return read_time(self.words, self.facts.times) is not None

    def set_reminder_as_typed(self) -> None:
        at = read_time(self.words, self.facts.times)
        assert at is not None  # the condition before this
        self._remind_at(at)

    def say_time_is_unclear(self) -> None:
        self.say("time_unclear")

    def _remind_at(self, at: time) -> None:
        due = nights.after_the_night(self.given.now, at)
        if self.given.reminder not in (None, due):
            self.say("reminder_moved")
        if self.given.kept:
            self.say("post_wiped")
        self.answers["reminder"] = due.isoformat()
        self.effects.append(Remind(CHECK_IN, due))

    # The post, kept until the reminder: only here, and only because the parent asks for it.

    def post_is_too_long(self) -> bool:
        return len(self.words) > intake.DRAFT_CHARACTERS

    def say_post_is_too_long(self) -> None:
        self.say("post_too_long", count=len(self.words), limit=intake.DRAFT_CHARACTERS)

    def keep_post(self) -> None:
        self.effects.append(Remind(CHECK_IN, self.reminder_due(), self.words))
        self.say("post_kept")

    def keep_no_post(self) -> None:
        """The parent came back and chose so: the same reminder, without what was kept before."""
        if self.given.kept:
            self.effects.append(Remind(CHECK_IN, self.reminder_due()))
            self.say("post_wiped")

    def let_go(self) -> None:
        """Whatever the parent does at the reminder: the post that was kept for it is wiped."""
        if self.given.kept and Remind(CHECK_IN, None) not in self.effects:
            self.effects.append(Remind(CHECK_IN, None))
            self.say("post_wiped")

    # The reminder that waits.

    def has_reminder(self) -> bool:
        return self.given.reminder is not None

    def note_reminder(self) -> None:
        due = self.given.reminder
        assert due is not None  # the way to its screen is there only where one waits
        self.answers["reminder"] = due.isoformat()

    def cancel_reminder(self) -> None:
        self.answers.pop("reminder", None)
        self.effects.append(Remind(CHECK_IN, None))
        if self.has_reminder():
            self.say("reminder_cancelled")
        if self.given.kept:
            self.say("post_wiped")

    def note_reminder_came(self) -> None:
        self.answers.pop("reminder", None)

    def count_how_it_ended(self) -> None:
        self.effects.append(Count(f"check_in.{self.choice}"))
