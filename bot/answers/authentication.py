"""Who a mail is from, and whether our own mail server vouches for it."""

from __future__ import annotations

import re

import authres
from authres import dmarc

from bot.answers.mail import Mail

#: Characters of one Authentication-Results: the library takes it apart in quadratic time.
LONGEST = 4_096
#: Characters of a line of mail (RFC 5322, section 2.1.1), and of a From or Subject that is read:
#: patterns for quoted and for encoded words take quadratic time.
LONGEST_LINE = 998


def sender(mail: Mail) -> str | None:
    """The one address that a mail is from, in small letters; empty if it cannot be read for sure.

    None when several are named. The standard library reads `From: office@oak <evil@x>` as the
    office, so this takes only what has one meaning: an address alone, or a name and `<address>`.
    """
    said = mail.all("from")
    if len(said) != 1:
        return None if said else ""
    text = said[0]
    if len(text) > LONGEST_LINE:
        return ""
    if text.endswith(">"):
        name, _, address = text[:-1].rpartition("<")
        outside = _QUOTED.sub("", name)
    else:
        outside, address = "", _COMMENT.sub("", text).strip()
    if "," in outside or ";" in outside or "," in address:
        return None
    if _ODD.search(outside) or not _ADDRESS.fullmatch(address):
        return ""
    return address.lower()


_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_COMMENT = re.compile(r"\([^()@<>]*\)$")
_ODD = re.compile(r'[<>@:"\\\[\]\x00-\x08\x0a-\x1f\x7f]')
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")


def vouched(mail: Mail, address: str, server: str) -> bool:
    """Whether `server` says that `address` is not forged: by DMARC, or by DKIM of its domain.

    Servers put their results on top. So of several in the server's name, which it should have
    taken away (RFC 8601, section 5), only the topmost is its own, and only that one counts.
    """
    said = [text for text in mail.all("authentication-results") if _is_by(text, server)]
    domain = address.rpartition("@")[2]
    if not said or not domain or len(said[0]) > LONGEST:
        return False
    try:
        results = authres.FeatureContext(dmarc).parse(f"Authentication-Results: {said[0]}").results
    except (authres.AuthResError, ValueError, RecursionError):  # also of comments in comments
        return False
    policies = [one for one in results if one.method.lower() == "dmarc"]
    if any(one.result.lower() == "pass" for one in policies):
        return all(_is_pass(one, domain, ("from",)) for one in policies)
    failed = any(one.result.lower() not in ("none", "temperror") for one in policies)
    signed = [one for one in results if one.method.lower() == "dkim"]
    return not failed and any(_is_pass(one, domain, ("d", "i")) for one in signed)


def _is_by(text: str, server: str) -> bool:
    name = re.split(r"[\s;(]", text.lstrip(), maxsplit=1)[0]
    return bool(server) and name.lower() == server.lower()


def _is_pass(result: authres.AuthenticationResult, domain: str, names: tuple[str, ...]) -> bool:
    """Whether it passed for exactly this domain. `header.d` outranks `header.i`."""
    said = [one for one in result.properties if one.type.lower() == "header"]
    named = [[one.value.lower() for one in said if one.name.lower() == name] for name in names]
    found = {value.rpartition("@")[2] for value in next(filter(None, named), [])}
    return bool(result.result.lower() == "pass" and found == {domain})
