"""The letter to school: what the preview shows is what is sent, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from dialogs import intake
from dialogs.messages import Concern
from dialogs.wording import Wording

#: The parent's own words stand out from our labels, line by line.
PREFIX = "> "


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
            subject=self._office.write(
                "subject", kind=self._office.letter[f"kind_{kind}"], reference=reference
            ),
            body="\n".join(self._lines(unsent, language, openings, roles)) + "\n",
            language=language,
            promised=date.fromisoformat(unsent["promised"]),
        )

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
        yield write("reference", reference=unsent["reference"])
        yield write("written", date=self._office.full_date(written), time=f"{written:%H:%M}")
        yield write("kind", kind=self._office.letter[f"kind_{kind}"])
        yield write("for", roles=", ".join(self._office.letter[f"role_{role}"] for role in roles))
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
        who = ("relation", "name") if named else ()
        for field in ("when", "child_name", "told", "right", *who):
            if unsent.get(field):
                yield write(field, words=unsent[field])
        if unsent.get("spoken") or language != self._office.language:
            yield write("language", words=unsent.get("spoken") or self._wordings[language].name)
        yield write(f"answer_{unsent['answer']}", address=unsent.get("address", ""))
        if named:
            promised = date.fromisoformat(unsent["promised"])
            yield write("promised", date=self._office.full_date(promised))
