"""The rules of a thread: school's answer, writing back, and whether it is sorted."""

from __future__ import annotations

from dialogs.messages import Answered, Thread
from dialogs.sending import Sending


class Following(Sending):
    """What follows a letter. All of it is about threads that the turn was given, and no others."""

    def thread(self, reference: str) -> Thread | None:
        """This conversation's own thread, if it has not expired."""
        return next((one for one in self.given.threads if one.reference == reference), None)

    def hear_answer(self, answer: Answered) -> None:
        """School has answered. Words for a thread that is not known here are not shown."""
        if self.thread(answer.reference):
            self.answer = answer
        else:
            self.say("answer_unknown")
