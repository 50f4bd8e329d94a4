"""The corpus: reply mails as real programs and forgers write them, each with what becomes of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from bot.answers.verdicts import Ask, Bounced, Ignore, Quarantine, Relay, Verdict
from tests import inbound
from tests.inbound import REPLIES, judged

EXPECTED: dict[str, dict[str, Any]] = yaml.safe_load(
    (REPLIES / "expected.yaml").read_text(encoding="utf-8")
)
MAILS = sorted(path.stem for path in REPLIES.glob("*.eml"))
#: Sentences of the quoted letter, none of which may come back to the parent.
BELOW = re.compile(
    r"write your answer above|lunch queue|come home hungry|parent needs|press Reply|##"
)


def told(verdict: Verdict) -> dict[str, Any]:
    """A verdict as `expected.yaml` writes it."""
    match verdict:
        case Relay(inbound.REFERENCE, words, True):
            return {"relay": words, "attachments": True}
        case Relay(inbound.REFERENCE, words, False):
            return {"relay": words}
        case Ask(inbound.REFERENCE, reason):
            return {"ask": reason}
        case Quarantine(reason, reference):
            return {"quarantine": f"{reason} {reference}".strip()}
        case Bounced(bounce):
            local = bounce.message_id.strip("<>").partition("@")[0]
            return {"bounced": f"{local} {bounce.status} {'final' * bounce.is_final}".strip()}
        case Ignore(reason):
            return {"ignore": reason}
    raise AssertionError(verdict)


@pytest.mark.parametrize("name", MAILS)
def test_each_mail_gets_the_verdict_it_must(name: str) -> None:
    raw = (REPLIES / f"{name}.eml").read_bytes()

    assert told(judged(raw)) == EXPECTED[name]


@pytest.mark.parametrize("name", [name for name in MAILS if "relay" in EXPECTED[name]])
def test_line_ends_of_the_wire_change_nothing(name: str) -> None:
    raw = (REPLIES / f"{name}.eml").read_bytes()

    assert told(judged(re.sub(rb"\r?\n", b"\r\n", raw))) == EXPECTED[name]


def test_no_expectation_holds_a_word_from_below_the_marker() -> None:
    words = "\n".join(one.get("relay", "") for one in EXPECTED.values())

    assert not BELOW.search(words)


def test_every_mail_has_an_expectation_and_the_corpus_is_large() -> None:
    assert sorted(EXPECTED) == MAILS
    assert len(MAILS) >= 300
    assert sum("relay" in one for one in EXPECTED.values()) >= 200
