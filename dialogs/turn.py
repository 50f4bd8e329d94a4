"""One turn: what the machine moves for one event, with all the names that flow.yaml may use."""

from __future__ import annotations

from dialogs.following import Following
from dialogs.messages import Forget
from dialogs.pausing import Pausing
from dialogs.reflecting import Reflecting
from dialogs.rewording import Rewording


class Turn(Reflecting, Rewording, Pausing, Following):
    """A disposable model of the machine. Its public methods are what flow.yaml may name."""

    def drop_what_was_typed(self) -> None:
        self.answers = {}
        self.unsent = {}
        self.findings = []
        self.cancel_reminder()
        self.way_is_closed = True

    def forget_everything(self) -> None:
        self.drop_what_was_typed()
        self.sent = {}
        self.effects.append(Forget())

    def set_language(self) -> None:
        """`set.pl`; then back to where the parent was."""
        self.language = self.argument
        self.step_back()
