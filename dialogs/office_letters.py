"""Letters that the bot writes to school itself: reminders, a question, what was held back.

None holds a word of a parent, or of a mail that came in.
"""

from __future__ import annotations

from datetime import date

from dialogs.content import Content

#: A subject and a body.
Words = tuple[str, str]
#: An answer to one of these is for the parent, and reaches them.
ANSWERABLE = frozenset({"overdue", "question", "attachments"})


class OfficeLetters:
    """Composes them in the language that the office reads.

    Only a body that begins with the marker can be answered into the parent's chat.
    """

    def __init__(self, content: Content) -> None:
        self._office = content.wordings[content.school.language]

    def overdue(self, reference: str, kind: str, written: date, promised: date) -> Words:
        """For whoever has the letter: the promised day has passed without an answer."""
        return self._about("overdue", reference, kind, **self._days(written, promised))

    def still_overdue(self, reference: str, kind: str, written: date, promised: date) -> Words:
        """For the head, or for whoever has what is about the head: the last reminder."""
        return self._about("still_overdue", reference, kind, **self._days(written, promised))

    def telephone(self, reference: str, kind: str) -> Words:
        """The chat cannot be reached, and an answer waits for it."""
        return self._about("telephone", reference, kind)

    def question(self, reference: str, kind: str) -> Words:
        """An answer came, but which of its words are for the parent is not certain."""
        return self._about("question", reference, kind)

    def attachments(self, reference: str, kind: str) -> Words:
        """What hung on an answer did not go along."""
        return self._about("attachments", reference, kind)

    def not_passed_on(self, reference: str, on: date) -> Words:
        """A mail was held back on that day; `reference` is empty unless it proved to be of one."""
        write = self._office.write
        named = [write("not_passed_on_reference", reference=reference)] if reference else []
        return (
            write("not_passed_on_subject"),
            self._body(write("not_passed_on", date=self._office.full_date(on)), *named),
        )

    def _about(self, what: str, reference: str, kind: str, **days: str) -> Words:
        write = self._office.write
        about = {"reference": reference, "kind": self._office.letter[f"kind_{kind}"], **days}
        marker = write("marker", reference=reference) + "\n" if what in ANSWERABLE else ""
        subject = write(f"{what}_subject", reference=reference)
        return subject, marker + self._body(write(what, **about))

    def _body(self, *paragraphs: str) -> str:
        return "\n\n".join((*paragraphs, self._office.letter["from_the_bot"])) + "\n"

    def _days(self, written: date, promised: date) -> dict[str, str]:
        full_date = self._office.full_date
        return {"written": full_date(written), "promised": full_date(promised)}
