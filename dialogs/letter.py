"""The letter to school: what the preview shows is what is sent, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from dialogs import intake
from dialogs.messages import AddToThread, Concern, Thread
from dialogs.wording import Wording

#: The parent's own words stand out from our labels, line by line.
PREFIX = "> "
#: Mail programs keep letters together that differ in this; it is theirs, not a word of ours.
RE = "Re: "


class Letter:
    """Composes letters in the language that the office reads.

    `openings` are the prepared words in each language a parent may use.
    """

    def __init__(self, office: Wording, wordings: Mapping[str, Wording]) -> None:
        self._office = office
        self._wordings = wordings

    def concern(
        self,
        unsent: Mapping[str, str],
        language: str,
        openings: Sequence[str],
        worried: bool,
    ) -> Concern:
        """The concern as it would be sent now. Needs the fields that the preview was dated with."""
        kind = unsent["kind"]
        roles = intake.roles(unsent, worried)
        reference = unsent["reference"]
        return Concern(
            reference=reference,
            kind=kind,
            roles=roles,
            subject=self.subject(kind, reference),
            body="\n".join(self._lines(unsent, language, openings, roles)) + "\n",
            language=language,
            promised=date.fromisoformat(unsent["promised"]),
        )

    def addition(
        self,
        thread: Thread,
        words: str,
        unsent: Mapping[str, str],
        language: str,
        worried: bool,
    ) -> AddToThread:
        """What a parent adds to a thread, as it would be sent now. It says nothing of who they are
        that the first letter did not say.
        """
        thread = replace(thread, roles=intake.with_safeguarding(thread.roles, worried))
        promised = date.fromisoformat(unsent["addition_promised"])
        return AddToThread(
            reference=thread.reference,
            key=unsent["addition_key"],
            roles=thread.roles,
            subject=RE + self.subject(thread.kind, thread.reference),
            body="\n".join(self._added(thread, words, unsent, language, promised)) + "\n",
            promised=promised,
        )

    def subject(self, kind: str, reference: str) -> str:
        """Kind and reference, and nothing else: what a parent wrote is never in a header."""
        label = self._office.letter[f"kind_{kind}"]
        return self._office.write("subject", kind=label, reference=reference)

    def _added(
        self,
        thread: Thread,
        words: str,
        unsent: Mapping[str, str],
        language: str,
        promised: date,
    ) -> Iterator[str]:
        write = self._office.write
        written = datetime.fromisoformat(unsent["addition_written"])
        if unsent["addition_here"]:
            yield write("marker", reference=thread.reference)
        yield write("more", reference=thread.reference)
        yield write("written", date=self._office.full_date(written), time=f"{written:%H:%M}")
        yield self._for(thread.roles)
        yield ""
        yield write("words")
        for line in words.split("\n"):
            yield (PREFIX + line).rstrip()
        yield ""
        if language != self._office.language:
            yield write("language", words=self._wordings[language].name)
        if unsent["addition_here"]:
            yield write("answer_here")
        yield write("promised", date=self._office.full_date(promised))

    def _for(self, roles: Sequence[str]) -> str:
        said = ", ".join(self._office.letter[f"role_{role}"] for role in roles)
        return self._office.write("for", roles=said)

    def opening(self, language: str, openings: Sequence[str]) -> str:
        """The prepared words in the parent's language."""
        return " ".join(self._wordings[language].say(key) for key in openings)

    def _lines(
        self,
        unsent: Mapping[str, str],
        language: str,
        openings: Sequence[str],
        roles: Sequence[str],
    ) -> Iterator[str]:
        write = self._office.write
        written = datetime.fromisoformat(unsent["written"])
        kind = unsent["kind"]
        here = bool(unsent.get("here"))
        if here:
            yield write("marker", reference=unsent["reference"])
        yield write("reference", reference=unsent["reference"])
        yield write("written", date=self._office.full_date(written), time=f"{written:%H:%M}")
        yield write("kind", kind=self._office.letter[f"kind_{kind}"])
        yield self._for(roles)
        if unsent.get("whom"):
            yield write("whom", words=unsent["whom"])
        if unsent.get("need"):
            yield write("need", need=self._office.letter[f"need_{unsent['need']}"])
        yield ""
        yield write("words")
        opening = self.opening(language, openings)
        for line in (*([opening] if opening else ()), *unsent["what"].split("\n")):
            yield (PREFIX + line).rstrip()
        yield ""
        named = unsent["answer"] != "unnamed"
        who = intake.WHO if named else ()
        for field in ("when", "child_name", "told", "right", *who):
            if unsent.get(field):
                yield write(field, words=unsent[field])
        if unsent.get("spoken") or language != self._office.language:
            yield write("language", words=unsent.get("spoken") or self._wordings[language].name)
        way = "unnamed_here" if here and not named else unsent["answer"]
        yield write(f"answer_{way}", address=unsent.get("address", ""))
        if named or here:
            promised = date.fromisoformat(unsent["promised"])
            yield write("promised", date=self._office.full_date(promised))
