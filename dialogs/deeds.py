"""Verb forms that say what somebody did ("cancelled", "been opening", "charges" behind a name), and
what is said of somebody's things instead ("Mr Nutt's excuses")."""

from __future__ import annotations

from collections.abc import Sequence

from dialogs.words import Word, goes_on

_AT_IT = ("been", "keeps", "kept", "always")
#: With one of these before it, it was done to them.
_BEFELL = frozenset(("been", "being", "be", "was", "were", "get", "gets", "got", "getting"))


def is_deed(text: str, before: str, kind: frozenset[str]) -> bool:
    """ "cancelled", and "opening" in "has been opening their bags"; no `kind` deed, and not "been
    cancelled"."""
    if text.endswith("ed"):
        return len(text) > 4 and text not in kind and before not in _BEFELL
    if not text.endswith("ing") or len(text) < 6 or before not in _AT_IT:
        return False
    return kind.isdisjoint((text, f"{text[:-3]}ed", f"{text[:-3]}d", f"{text[:-4]}ed"))


def is_doing(words: Sequence[Word], at: int, kind: frozenset[str]) -> bool:
    """ "charges" in "Mrs Nutt charges for plasters": a word behind a name, and no `kind` deed."""
    if not goes_on(words, at) or words[at].capital:
        return False
    text = words[at].text
    if not text.isalpha() or not text.endswith("s") or text.endswith("ss") or len(text) < 4:
        return False
    return kind.isdisjoint((text, f"{text[:-1]}ed", f"{text[:-1]}d", f"{text[:-2]}ed"))


def is_owner(words: Sequence[Word], end: int, after_is: frozenset[str]) -> bool:
    """ "Mr Nutt's" where a thing of his follows, so that not he does what is told. With a word that
    follows "is" or "has" it is he after all: "Mr Nutt's been", "Mr Nutt's lost it"."""
    name = words[end - 1]
    if not name.raw.endswith("s") or name.end - name.start == len(name.raw):
        return False
    if not goes_on(words, end):
        return False
    text = words[end].text
    return text not in after_is and not text.endswith(("ed", "ing"))
