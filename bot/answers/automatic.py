"""Mail that no person wrote to us: loops, lists, out-of-office, our own letters."""

from __future__ import annotations

import re
from email.errors import MessageError
from email.header import decode_header, make_header

from bot.answers.authentication import LONGEST_LINE, sender
from bot.answers.mail import Mail
from bot.answers.tokens import find_tokens
from bot.answers.verdicts import Automatic, Rules

#: A mail that passed more servers than this goes round in a circle.
MOST_HOPS = 40


def automatic(mail: Mail, rules: Rules) -> Automatic | None:
    """Which kind of machine wrote this mail; None when a person may have."""
    address = sender(mail) or ""
    if address in rules.own or find_tokens([address], rules.pattern):
        return "own_mail"
    if len(mail.all("received")) > MOST_HOPS:
        return "loop"
    if mail.all("list-id", "list-post", "list-unsubscribe") or _says(mail, "precedence", _LIST):
        return "list"
    if _is_automatic(mail) or mail.kind.startswith("multipart/report"):
        return "auto_reply"
    return None


def is_failed_delivery(mail: Mail) -> bool:
    """Whether a mail server says that something came back, and not so that we know what."""
    if mail.kind == "multipart/report delivery-status":
        return True
    postmaster = (sender(mail) or "").partition("@")[0] in ("mailer-daemon", "postmaster")
    return postmaster and _says(mail, "return-path", _NOBODY)


def _is_automatic(mail: Mail) -> bool:
    said = [re.split(r"[\s;(]", text.lower(), maxsplit=1)[0] for text in mail.all("auto-submitted")]
    return (
        any(text != "no" for text in said)
        or _says(mail, "precedence", _BULK)
        or bool(mail.all("x-autoreply", "x-autorespond", "x-autorespond-from", "x-auto-reply"))
        or _says(mail, "return-path", _NOBODY)
        or any(_AWAY.match(_readable(text)) for text in mail.all("subject"))
    )


def _says(mail: Mail, header: str, pattern: re.Pattern[str]) -> bool:
    return any(pattern.match(text) for text in mail.all(header))


def _readable(subject: str) -> str:
    subject = subject[:LONGEST_LINE]
    try:
        return str(make_header(decode_header(subject)))
    except (ValueError, LookupError, MessageError):
        return subject


_LIST = re.compile(r"list\b", re.IGNORECASE)
_BULK = re.compile(r"(?:bulk|junk|auto_reply)\b", re.IGNORECASE)
_NOBODY = re.compile(r"<\s*>")
#: How the subject of an out-of-office begins where no header says so.
_AWAY = re.compile(
    r"(?:automatic reply|auto(?:matic)?[- ]?(?:response|reply)|autoreply"
    r"|out[ -]of[ -](?:the[ -])?office(?: (?:(?:auto)?reply|response|message))?"
    r"(?= *(?:[:：(\u2013-]|$))"
    r"|out of (?:the )?office (?:from|on|this|today|until|till)"
    r"|automatische antwort|abwesen(?:d|heit\w*)|automatisch antwoord|afwezig(?:heid\w*)?"
    r"|réponse automatique|(?:message |avis )?d?[’']?absence du bureau|message d[’']absence"
    r"|respuesta automática|resposta automática|risposta automatica|autosvar|automatsvar"
    r"|automaattinen vastaus|automatická odpověď|automatyczna odpowiedź|odpowiedź automatyczna"
    r"|răspuns automat|automatikus válasz|otomatik yanıt|автоответ|رد تلقائي"
    r"|自动回复|自動回覆|自動応答)\b",
    re.IGNORECASE,
)
