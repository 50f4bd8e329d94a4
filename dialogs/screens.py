"""What a parent sees: the screen of a state, with its choices, in the conversation's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from hashlib import blake2s

from dialogs.content import Content
from dialogs.flow import Flow
from dialogs.letter import Letter
from dialogs.listening import Listening
from dialogs.messages import Choice, Concern, Finding, Reply, Thread
from dialogs.prepared import NAVIGATION, NO, YES, Language, prepare, spread
from dialogs.rules import Rule
from dialogs.text import has_one_of, parts, plain
from dialogs.turn import Turn
from dialogs.understanding import Understood, nearly, numbered
from dialogs.wording import Wording, fill

#: One message of kinder words: within what every channel can show.
PART = 3500
#: Said of a button that no longer counts.
OLD_BUTTON = "old_button"
#: Said of a button about a letter that is not known any more.
THREAD_UNKNOWN = "thread_unknown"
REFUSALS = frozenset({OLD_BUTTON, THREAD_UNKNOWN})
#: No more buttons than these on one screen.
MOST_CHOICES = 5


class Screens:
    """The screens of all languages, prepared once."""

    def __init__(self, content: Content, flow: Flow, listening: Mapping[str, Listening]) -> None:
        self._flow = flow
        self._content = content
        office = content.wordings[content.school.language]
        self.letter = Letter(office, content.wordings)
        self._languages = {
            code: prepare(wording, listening[code], flow)
            for code, wording in content.wordings.items()
        }

    # --- what can be done on a screen ---

    def question(self, turn: Turn) -> str:
        """The id that the screen's buttons carry; a preview's names the letter it shows."""
        match turn.state:
            case "preview":
                letter = turn.concern()
                return f"preview.{letter.reference}.{_digest(letter.body)}"
            case "write_back_preview":
                added = turn.added()
                return f"write_back_preview.{added.reference}.{_digest(added.body)}"
            case "answered" | "is_it_sorted":
                return f"answered.{turn.open_reference()}"
            case "write_back" | "added" | "not_settled":
                return f"{turn.state}.{turn.open_reference()}"
            case state:
                return state

    def offered(self, turn: Turn) -> tuple[str, ...]:
        """The ids of everything that can be pressed on the screen."""
        hide = tuple(f"hide.{rule}" for rule in turn.findings) if turn.state == "findings" else ()
        return (*(choice.id for choice in self.choices(turn)), *hide, *NAVIGATION)

    def choices(self, turn: Turn) -> tuple[Choice, ...]:
        """The choices of the screen that the flow has a way for in this turn."""
        if turn.state == "language":
            return tuple(
                Choice(f"set.{code}", self._content.wordings[code].name)
                for code in self._content.offered
            )
        language = self._languages[turn.language]
        if turn.state == "answers":
            return tuple(
                Choice(f"thread.{thread.reference}", self._label(thread, language.wording))
                for thread in turn.given.threads[:MOST_CHOICES]
            )
        screen = language.screens[turn.state]
        offered = screen.choices
        if not screen.always:
            offered = tuple(
                one for one in offered if self._flow.may(turn, one.id.partition(".")[0])
            )
        suggested = turn.suggestion()
        if suggested:
            return tuple(sorted(offered, key=lambda one: one.id != suggested.choice))
        return offered

    def _label(self, thread: Thread, wording: Wording) -> str:
        label = wording.say(f"thread_{thread.kind}", reference=thread.reference)
        if thread.sorted:
            return wording.say("thread_sorted", thread=label)
        return wording.say("thread_answered", thread=label) if thread.answered else label

    def typed(self, turn: Turn, typed: str) -> str:
        """The choice that was typed as its number or in words, or empty."""
        language = self._languages[turn.language]
        choices = self.choices(turn)
        screen = language.screens[turn.state]
        by_words = screen.vocabulary.exact(typed, {choice.id for choice in choices})
        by_number = numbered(typed, choices, language.navigation)
        if by_number is not None:
            return by_number.id
        if turn.state in ("language", "answers"):  # the id holds the code, or the reference
            names = ((one.id, (one.label, one.id.partition(".")[2])) for one in choices)
            said = {plain(name): choice for choice, both in names for name in both}
            return said.get(typed) or language.navigation_vocabulary.exact(typed, NAVIGATION)
        suggested = turn.suggestion()
        if suggested and not by_words and language.guess.exact(typed, (YES,)):
            return next((one.id for one in choices if one.id == suggested.choice), "")
        return by_words or language.navigation_vocabulary.exact(typed, NAVIGATION)

    def nearly(self, turn: Turn, typed: str, *, navigation_only: bool = False) -> Understood | None:
        """The choice that was typed with slips."""
        language = self._languages[turn.language]
        if navigation_only:
            return nearly(typed, language.navigation_words, slips_only=True)
        offered = {choice.id for choice in self.choices(turn)}
        words = language.screens[turn.state].words
        here = tuple(one for one in words if one[1] in offered)
        return nearly(typed, (*here, *language.navigation_words))

    def yes_or_no(self, turn: Turn, typed: str) -> str:
        """The answer to "did you mean": `guess_yes`, `guess_no`, or empty."""
        digits = {"1": YES, "2": NO}
        return digits.get(typed) or self._languages[turn.language].guess.exact(typed, (YES, NO))

    # --- what is said ---

    def ask_back(self, turn: Turn, guess: str) -> tuple[Reply, ...]:
        """The question whether `guess` was meant."""
        language = self._languages[turn.language]
        labels = {choice.id: choice.label for choice in (*self.choices(turn), *language.navigation)}
        say = language.wording.say
        return (
            *self._notes(turn),
            Reply(
                say("did_you_mean", choice=labels.get(guess, "")),
                self.question(turn),
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
            self.question(turn),
            self.choices(turn),
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
                return {
                    "reference": turn.sent["reference"],
                    "promise": self._promise(turn, wording),
                }
            case _:
                return {}

    def _promise(self, turn: Turn, wording: Wording) -> str:
        here = bool(turn.sent.get("here"))
        if turn.sent["answer"] == "unnamed" and not here:
            return wording.say("promise_unnamed")
        promised = date.fromisoformat(turn.sent["promised"])
        if here and turn.sent["answer"] in ("here", "unnamed"):
            return wording.say("promise_here", date=wording.date(promised))
        return wording.say("promise_by", date=wording.date(promised))

    def _said_before(self, turn: Turn, language: Language) -> tuple[Reply, ...]:
        """Messages that come before the text of some screens."""
        say = language.wording.say
        match turn.state:
            case "findings":
                return self._findings(turn, language)
            case "kinder":
                return self._kinder(turn, language.wording)
            case "what" | "for_school":
                return self._words_so_far(turn, language.wording)
            case "limit" if turn.has_words():
                return (Reply(say("words_wait")),)
            case "too_long" if too_many := turn.parts_too_many_today():
                count, left = too_many
                return (Reply(say("parts_today", count=str(count), left=str(left))),)
            case "preview":
                concern = turn.concern()
                return (
                    Reply(say("preview_intro")),
                    Reply(f"{concern.subject}\n\n{concern.body}", verbatim=True),
                    *(Reply(say(hint)) for hint in self._hints(turn, language, concern)),
                )
            case "reminder_waits" if turn.given.kept:
                return (Reply(say("kept_until_then")),)
            case "check_in":
                return self._what_was_kept(turn, language.wording)
            case "write_back" if turn.has_addition():
                return (
                    Reply(say("words_so_far")),
                    Reply(turn.addition(), verbatim=True),
                    Reply(say("words_replaced")),
                )
            case "write_back_preview":
                added = turn.added()
                return (
                    Reply(say("preview_intro")),
                    Reply(f"{added.subject}\n\n{added.body}", verbatim=True),
                    *(
                        (Reply(say("is_it_the_head_too")),)
                        if "head" in added.roles
                        and self._speaks_of_the_head(language, turn.addition())
                        else ()
                    ),
                )
            case "policy":
                return self._policy(language.wording)
            case "reword_children" if self._content.school.photo_rule:
                return (Reply(say("photo_rule")),)
            case _:
                return self._suggestion(turn, language)

    def _suggestion(self, turn: Turn, language: Language) -> tuple[Reply, ...]:
        """What the draft says of the question that follows; its answer is the first one then."""
        suggested = turn.suggestion()
        first, *_ = self.choices(turn) or (None,)
        if suggested is None or first is None or first.id != suggested.choice:
            return ()
        say = language.wording.say
        return (Reply(f"{say(suggested.message)} {say('suggested', choice=first.label)}"),)

    def _hints(self, turn: Turn, language: Language, concern: Concern) -> Iterator[str]:
        """Messages of what a parent may have overlooked in the letter."""
        if any(gap in turn.unsent["what"] for gap in turn.facts.gaps.values()):
            yield "gap_left"
        if turn.unsent["answer"] == "unnamed" and turn.unsent.get("child_name"):
            yield "unnamed_child"
        said = (turn.unsent.get(field, "") for field in ("what", "when", "told", "right"))
        if "head" in concern.roles and self._speaks_of_the_head(language, " / ".join(said)):
            yield "is_it_the_head"

    def _speaks_of_the_head(self, language: Language, words: str) -> bool:
        """By a word for the job, or by name. Another title before the surname may be a slip."""
        name = plain(self._content.school.roles.head.name)
        _, _, surname = name.rpartition(" ")
        titles = language.listening.rules.names.titles if surname else ()
        named = (f"{title} {surname}" for title in titles)
        return has_one_of(words, (*language.wording.also["head"], *named, *([name] * bool(name))))

    def _words_so_far(self, turn: Turn, wording: Wording) -> tuple[Reply, ...]:
        opening = self.letter.opening(turn.language, turn.openings())
        said: tuple[Reply, ...] = ()
        if opening:
            said = (Reply(wording.say("opening_intro")), Reply(opening, verbatim=True))
        if turn.has_words():
            said = (
                *said,
                Reply(wording.say("words_so_far")),
                Reply(turn.unsent["what"], verbatim=True),
                Reply(wording.say("words_replaced")),
            )
        return said

    def _what_was_kept(self, turn: Turn, wording: Wording) -> tuple[Reply, ...]:
        """What the parent wanted to look at again after the night."""
        said: tuple[Reply, ...] = ()
        if turn.unsent.get("right"):
            said = (Reply(wording.say("put_right")), Reply(turn.unsent["right"], verbatim=True))
        if turn.given.kept:
            said = (*said, Reply(wording.say("kept_post")), Reply(turn.given.kept, verbatim=True))
        return said

    def _findings(self, turn: Turn, language: Language) -> tuple[Reply, ...]:
        """One message for each finding. Its words are shown once, in the turn that found them."""
        if turn.found:
            return tuple(self._finding(turn, language, one, one.words) for one in turn.found)
        rules = [rule for rule in language.listening.rules.rules if rule.id in turn.findings]
        if not rules:
            return (Reply(language.wording.say("findings_none")),)
        return tuple(self._finding(turn, language, rule, "") for rule in rules)

    def _kinder(self, turn: Turn, wording: Wording) -> tuple[Reply, ...]:
        """Each change by itself, then all of them; shown once, in the turn that made them."""
        if turn.kinder is None:
            return (Reply(wording.say("kinder_gone")),)
        return (
            *(
                Reply(wording.say("kinder_step", before=before, after=after))
                for before, after in turn.kinder.steps
            ),
            Reply(wording.say("kinder_whole")),
            *(Reply(part, verbatim=True) for part in parts(turn.kinder.text, PART)),
            Reply(wording.say("kinder_prompts")),
        )

    def _finding(self, turn: Turn, language: Language, found: Finding | Rule, words: str) -> Reply:
        say = language.wording.say
        clause = (
            say("from_us") if found.clause == "ours" else say("from_policy", clause=found.clause)
        )
        about = {"reason": found.reason, "gentler": found.gentler, "clause": clause}
        text = say("finding", words=words, **about) if words else say("finding_again", **about)
        start = text.find(words) if words else -1
        return Reply(
            text,
            self.question(turn),
            (
                Choice(
                    f"hide.{found.rule if isinstance(found, Finding) else found.id}",
                    say("finding_hide"),
                ),
            ),
            emphasis=((start, len(words)),) if start >= 0 else (),
        )

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


def _digest(body: str) -> str:
    """Tells one letter from the same letter with other words."""
    return blake2s(body.encode(), digest_size=6).hexdigest()
