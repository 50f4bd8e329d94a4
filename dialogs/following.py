"""The rules of a thread: school's answer, writing back, and whether it is sorted."""

from __future__ import annotations

from dialogs import intake
from dialogs.messages import AddToThread, Answered, Settle, Thread
from dialogs.sending import Sending

#: States that speak of one thread, the one that is open.
OF_A_THREAD = frozenset(
    {"answered", "is_it_sorted", "write_back", "write_back_preview", "added", "not_settled"}
)
#: States that can be shown only while there are threads.
FOLLOWING = OF_A_THREAD | {"answers"}
#: What is fixed when an addition is dated.
DATED = ("addition_key", "addition_written", "addition_promised", "addition_here")


class Following(Sending):
    """What follows a letter. All of it is about threads that the turn was given, and no others."""

    resting: frozenset[str] = frozenset()
    answer: Answered | None = None
    #: A message about a thread to say beside the screen, with buttons that open the thread.
    beside: tuple[str, str] | None = None

    # Which thread.

    def has_threads(self) -> bool:
        return bool(self.given.threads)

    def say_no_threads(self) -> None:
        self.say("no_threads")

    def thread(self, reference: str) -> Thread | None:
        """This conversation's own thread, if it has not expired."""
        return next((one for one in self.given.threads if one.reference == reference), None)

    def open_thread(self) -> None:
        """The thread that `argument` names. Nobody goes back from one thread into another."""
        if self.unsent.get("thread", self.argument) != self.argument:
            self.way_is_closed = True
        self.unsent["thread"] = self.argument

    def open_reference(self) -> str:
        return self.unsent.get("thread", "")

    def can_show(self, state: str) -> bool:
        if state in FOLLOWING:
            return self._can_show_thread(state)
        return super().can_show(state)

    def _can_show_thread(self, state: str) -> bool:
        if state == "answers":
            return self.has_threads()
        if self.thread(self.open_reference()) is None:
            return False
        match state:
            case "write_back_preview":
                return self.has_addition() and "addition_key" in self.unsent
            case "added":
                return "added" in self.sent
            case _:
                return True

    # School's answer, and the question whether it helped.

    def is_resting(self) -> bool:
        return self.state in self.resting

    def say_answer_later(self) -> None:
        self.beside = ("answer_later", self.argument)

    def say_sorted_later(self) -> None:
        self.beside = ("sorted_later", self.argument)

    def settle(self) -> None:
        self.effects.append(Settle(self.open_reference(), self.choice))

    # Writing back.

    def has_added_enough_today(self) -> bool:
        return self.given.added_today >= intake.ADDITIONS_A_DAY

    def say_added_enough(self) -> None:
        self.say("added_enough", limit=intake.ADDITIONS_A_DAY)

    def addition(self) -> str:
        """The words to add to the open thread; each thread has its own."""
        return self.unsent.get(f"addition.{self.open_reference()}", "")

    def has_addition(self) -> bool:
        return bool(self.addition())

    def keep_addition(self) -> None:
        self.unsent[f"addition.{self.open_reference()}"] = self.words

    def date_addition(self) -> None:
        """Fix what the letter says of itself, so that the preview is what is sent."""
        now = self.given.now
        self.unsent["addition_key"] = self.given.reference
        self.unsent["addition_written"] = now.isoformat(timespec="minutes")
        self.unsent["addition_promised"] = self.facts.promise(now).isoformat()
        self.unsent["addition_here"] = "yes" if self.given.answers_here else ""

    def addition_promise_still_holds(self) -> bool:
        promised = self.facts.promise(self.given.now).isoformat()
        return self.unsent["addition_promised"] == promised

    def added(self) -> AddToThread:
        """The addition as the preview shows it."""
        thread = self.thread(self.open_reference())
        assert thread is not None  # the preview is not shown without it
        return self.facts.letter.addition(
            thread, self.addition(), self.unsent, self.language, self.is_worried_about_a_child()
        )

    def add_to_thread(self) -> None:
        added = self.added()
        self.effects.append(added)
        self.sent = {**self.sent, "added": added.promised.isoformat()}
        self.unsent.pop(f"addition.{added.reference}")
        for field in DATED:
            self.unsent.pop(field)
        self.trail = [state for state in self.trail if state not in FOLLOWING]
