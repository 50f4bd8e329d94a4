"""Judging inbound mail: only what token, sender and authentication agree on reaches a parent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.answers.authentication import sender, vouched
from bot.answers.automatic import automatic, is_failed_delivery
from bot.answers.mail import Mail
from bot.answers.quoting import Answer, answer
from bot.answers.tokens import find_tokens, read_token
from bot.answers.verdicts import (
    Ask,
    Bounced,
    Ignore,
    Quarantine,
    Relay,
    Rules,
    Thread,
    Verdict,
)
from bot.bounces import Bounce

#: Where a mail says whom it was sent to. Never its subject, and never what it answers.
RECIPIENTS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")


def references(mail: Mail, rules: Rules) -> tuple[str, ...]:
    """The references that the tokens in a mail's addresses prove."""
    tokens = find_tokens(mail.all(*RECIPIENTS), rules.pattern)
    proved = (read_token(token, rules.keys) for token in tokens[:MOST_TOKENS])
    return tuple(dict.fromkeys(reference for reference in proved if reference))


#: Tokens of one mail that are looked at: each costs a hash for each key.
MOST_TOKENS = 20


def is_proved(bounce: Bounce, rules: Rules) -> bool:
    """Whether it returns a letter of ours: anybody can write a report about a reference.

    A letter of no thread has nothing to prove, and no parent is told of it.
    """
    tokens = find_tokens([bounce.reply_to], rules.pattern)
    proved = (read_token(token, rules.keys) for token in tokens[:1])
    return bounce.thread == "all" or any(
        reference and reference.replace("-", "").lower() == bounce.thread for reference in proved
    )


def judge(mail: Mail, threads: Mapping[str, Thread], now: datetime, rules: Rules) -> Verdict:
    """What may be done with a mail. `threads` holds, by reference, those that `references` names.

    What is wrong with a mail is looked for from the outside in, so that its words are read only
    once it is certain who wrote them.
    """
    proved = references(mail, rules)
    reference = proved[0] if len(proved) == 1 else ""
    if mail.bounce:
        if is_proved(mail.bounce, rules):
            return Bounced(mail.bounce)
        return Quarantine("bounce", reference)
    if is_failed_delivery(mail):
        return Quarantine("bounce", reference)
    if reason := automatic(mail, rules):
        return Ignore(reason)
    if mail.broken:
        return Quarantine(mail.broken, reference)
    if not reference:
        return Quarantine("several_tokens" if proved else "no_token")
    thread = threads.get(reference)
    if thread is None:
        return Quarantine("unknown_thread", reference)
    if now >= thread.expires:
        return Quarantine("expired", reference)
    address = sender(mail)
    if address is None:
        return Quarantine("several_from", reference)
    if address not in thread.senders:
        return Quarantine("sender", reference)
    if not vouched(mail, address, rules.server):
        return Quarantine("authentication", reference)
    found = answer(mail, reference, rules)
    if not isinstance(found, Answer):
        return Ask(reference, found)
    shown = any(picture in found.pictures for picture in mail.pictures)
    return Relay(reference, found.words, mail.attachments > 0 or shown)
