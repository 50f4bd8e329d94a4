"""What is said of a draft: a message for each finding, or for each change to kinder words."""

from __future__ import annotations

from dialogs.draft import said_once
from dialogs.messages import Choice, Finding, Reply
from dialogs.prepared import Language
from dialogs.rules import Rule
from dialogs.text import parts
from dialogs.turn import Turn
from dialogs.wording import Wording

#: One message of kinder words: within what every channel can show.
PART = 3500


def findings(turn: Turn, language: Language) -> tuple[Reply, ...]:
    """Their words are shown once, in the turn that found them."""
    if turn.found:
        found = said_once(turn.found)
        return tuple(_finding(language.wording, one, one.rule, one.words) for one in found)
    rules = [rule for rule in language.listening.rules.rules if rule.id in turn.findings]
    if not rules:
        return (Reply(language.wording.say("findings_none")),)
    again = tuple(_finding(language.wording, rule, rule.id, "") for rule in rules)
    if turn.choice == "hide":
        return again  # the words are still to be seen above
    choice = language.wording.screens["findings"].choices["again"]
    return (Reply(language.wording.say("findings_gone", choice=choice)), *again)


def _finding(wording: Wording, found: Finding | Rule, rule: str, words: str) -> Reply:
    say = wording.say
    ours = found.clause == "ours"
    clause = say("from_us") if ours else say("from_policy", clause=found.clause)
    about = {"reason": found.reason, "gentler": found.gentler, "clause": clause}
    text = say("finding", words=words, **about) if words else say("finding_again", **about)
    start = text.find(words) if words else -1
    return Reply(
        text,
        "findings",
        (Choice(f"hide.{rule}", say("finding_hide")),),
        emphasis=((start, len(words)),) if start >= 0 else (),
    )


def kinder(turn: Turn, wording: Wording) -> tuple[Reply, ...]:
    """Each change by itself, then all of them; shown once, in the turn that made them."""
    if turn.kinder is None:
        return (Reply(wording.say("kinder_gone")),)
    steps = turn.kinder.different()
    return (
        *(Reply(wording.say("kinder_step", before=old, after=new)) for old, new in steps),
        Reply(wording.say("kinder_whole")),
        *(Reply(part, verbatim=True) for part in parts(turn.kinder.text, PART)),
        Reply(wording.say("kinder_prompts")),
    )
