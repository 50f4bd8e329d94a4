"""What a parent sees: the screen of a state, with its choices, in the conversation's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from dialogs import draft_replies, previews
from dialogs.choices import Choices
from dialogs.content import Content
from dialogs.flow import Flow
from dialogs.letter import Letter
from dialogs.messages import Choice, Reply
from dialogs.prepared import NO, YES, Language, spread
from dialogs.turn import Turn
from dialogs.wording import Wording, fill

#: Said of a button that no longer counts.
OLD_BUTTON = "old_button"
#: Said of a button about a letter that is not known any more.
THREAD_UNKNOWN = "thread_unknown"
REFUSALS = frozenset({OLD_BUTTON, THREAD_UNKNOWN})


class Screens:
    """The screens of all languages, prepared once."""

    def __init__(
        self, content: Content, flow: Flow, languages: Mapping[str, Language], choices: Choices
    ) -> None:
        self._content = content
        self._flow = flow
        self._languages = languages
        self._choices = choices
        self.letter = Letter(content.wordings[content.school.language], content.wordings)

    def ask_back(self, turn: Turn, guess: str) -> tuple[Reply, ...]:
        """The question whether `guess` was meant."""
        language = self._languages[turn.language]
        offered = (*self._choices.here(turn), *language.navigation)
        meant = next((choice.label for choice in offered if choice.id == guess), "")
        say = language.wording.say
        return (
            *self._notes(turn),
            Reply(
                say("did_you_mean", choice=meant),
                self._choices.question(turn),
                (Choice(YES, say(YES)), Choice(NO, say(NO))),
                language.navigation,
            ),
        )

    def show(self, turn: Turn) -> tuple[Reply, ...]:
        """The notes of this turn, then the screen. The last reply carries the choices."""
        language = self._languages[turn.language]
        # A suggestion changes the order of the choices.
        same = () if turn.suggestion() else language.screens[turn.state].replies
        return (
            *self._notes(turn),
            *self._said_before(turn, language),
            *(same or self._replies(turn, language)),
        )

    def _replies(self, turn: Turn, language: Language) -> tuple[Reply, ...]:
        """A screen that differs from turn to turn."""
        values = self._values(turn, language.wording)
        return spread(
            [fill(page, **values) for page in language.screens[turn.state].pages],
            self._choices.question(turn),
            self._choices.here(turn),
            language.navigation,
            self._flow.takes_text(turn.state),
        )

    def _notes(self, turn: Turn) -> tuple[Reply, ...]:
        language = self._languages[turn.language]
        beside = language.screens[turn.card_beside].pages if turn.card_beside else ()
        return (
            *(Reply(page, refused=True) for page in beside),
            *self._answer(turn, language.wording),
            *self._beside(turn, language),
            *(
                Reply(language.wording.say(key, **values), refused=key in REFUSALS)
                for key, values in turn.notes
            ),
        )

    def _beside(self, turn: Turn, language: Language) -> tuple[Reply, ...]:
        """What came up about a thread, with its buttons, while the screen stays."""
        if turn.beside is None:
            return ()
        key, reference = turn.beside
        text = fill(language.wording.messages[key], reference=reference)
        choices = language.screens["answered"].choices
        return (Reply(text, f"answered.{reference}", choices),)

    def _answer(self, turn: Turn, wording: Wording) -> tuple[Reply, ...]:
        """School's own words, exactly, between what we say of them."""
        answer = turn.answer
        if answer is None:
            return ()
        return (
            *((Reply(wording.say("answer_again")),) if answer.again else ()),
            Reply(wording.say("answer_intro", reference=answer.reference)),
            *((Reply(answer.words, verbatim=True),) if answer.words.strip() else ()),
            *((Reply(wording.say("answer_attached")),) if answer.had_attachments else ()),
        )

    def _values(self, turn: Turn, wording: Wording) -> dict[str, str]:
        """What the screen of this state fills in."""
        match turn.state:
            case "too_long":
                return {
                    "count": str(len(turn.unsent["long"])),
                    "limit": str(turn.facts.concern_characters),
                }
            case "full_name":
                found = turn.full_name()
                words = turn.unsent["what"]
                return {"name": words[found[0] : found[0] + found[1]] if found else ""}
            case "keep_post" | "reminder_set" | "reminder_waits":
                due = turn.reminder_due()
                return {"date": wording.date(due), "time": f"{due:%H:%M}"}
            case "answer":
                here = turn.given.answers_here
                return {"unnamed": wording.say("unnamed_here" if here else "unnamed_away")}
            case "privacy":
                here = turn.given.answers_here
                return {"answers": wording.say("privacy_here" if here else "privacy_away")}
            case "answered" | "is_it_sorted" | "write_back":
                return {"reference": turn.open_reference()}
            case "added":
                promised = date.fromisoformat(turn.sent["added"])
                return {"reference": turn.open_reference(), "date": wording.date(promised)}
            case "sent":
                return {"reference": turn.sent["reference"], "promise": _promise(turn, wording)}
            case _:
                return {}

    def _said_before(self, turn: Turn, language: Language) -> tuple[Reply, ...]:
        """Messages that come before the text of some screens."""
        say, head = language.wording.say, self._content.school.roles.head.name
        match turn.state:
            case "findings":
                return draft_replies.findings(turn, language)
            case "kinder":
                return draft_replies.kinder(turn, language.wording)
            case "what" | "for_school":
                return self._words_so_far(turn, language.wording)
            case "limit" if turn.has_words():
                return (Reply(say("words_wait")),)
            case "too_long" if too_many := turn.parts_too_many_today():
                count, left = too_many
                return (Reply(say("parts_today", count=str(count), left=str(left))),)
            case "preview":
                return previews.concern(turn, language, head)
            case "reminder_waits" if turn.given.kept:
                return (Reply(say("kept_until_then")),)
            case "check_in":
                return self._what_was_kept(turn, language.wording)
            case "write_back" if turn.has_addition():
                return _so_far(turn.addition(), language.wording)
            case "write_back_preview":
                return previews.addition(turn, language, head)
            case "policy":
                return self._policy(language.wording)
            case "reword_children" if self._content.school.photo_rule:
                return (Reply(say("photo_rule")),)
            case _:
                return self._suggestion(turn, language)

    def _suggestion(self, turn: Turn, language: Language) -> tuple[Reply, ...]:
        """What the draft says of the question that follows; its answer is the first one then."""
        suggested = turn.suggestion()
        first, *_ = self._choices.here(turn) or (None,)
        if suggested is None or first is None or first.id != suggested.choice:
            return ()
        say = language.wording.say
        return (Reply(f"{say(suggested.message)} {say('suggested', choice=first.label)}"),)

    def _words_so_far(self, turn: Turn, wording: Wording) -> tuple[Reply, ...]:
        opening = self.letter.opening(turn.language, turn.openings())
        intro = (Reply(wording.say("opening_intro")), Reply(opening, verbatim=True))
        words = _so_far(turn.unsent["what"], wording) if turn.has_words() else ()
        return (*intro, *words) if opening else words

    def _what_was_kept(self, turn: Turn, wording: Wording) -> tuple[Reply, ...]:
        """What the parent wanted to look at again after the night."""
        said: tuple[Reply, ...] = ()
        if turn.unsent.get("right"):
            said = (Reply(wording.say("put_right")), Reply(turn.unsent["right"], verbatim=True))
        if turn.given.kept:
            said = (*said, Reply(wording.say("kept_post")), Reply(turn.given.kept, verbatim=True))
        return said

    def _policy(self, wording: Wording) -> tuple[Reply, ...]:
        school = self._content.school.policy
        said = [Reply(wording.say("policy_intro"))]
        said += [
            Reply(wording.say("policy_clause", clause=clause, words=found.words.strip()))
            for clause, found in self._content.clauses.items()
        ]
        if school.exact_words:
            said.append(Reply(wording.say("policy_exact")))
            said += [
                Reply(wording.say("policy_clause", clause=clause, words=words.strip()))
                for clause, words in school.exact_words.items()
            ]
        if school.link:
            said.append(Reply(wording.say("policy_link")))
        return tuple(said)


def _promise(turn: Turn, wording: Wording) -> str:
    here = bool(turn.sent.get("here"))
    if turn.sent["answer"] == "unnamed" and not here:
        return wording.say("promise_unnamed")
    promised = date.fromisoformat(turn.sent["promised"])
    if here and turn.sent["answer"] in ("here", "unnamed"):
        return wording.say("promise_here", date=wording.date(promised))
    return wording.say("promise_by", date=wording.date(promised))


def _so_far(words: str, wording: Wording) -> tuple[Reply, ...]:
    return (
        Reply(wording.say("words_so_far")),
        Reply(words, verbatim=True),
        Reply(wording.say("words_replaced")),
    )
