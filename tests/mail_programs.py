"""How mail programs write a reply: the answer, a heading, and our letter below it."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from html import escape

from tests.inbound import ADDRESS, BOT, DOMAIN, OFFICE, REFERENCE, SERVER

LETTER = f"""\
##- Please write your answer above this line. Ref {REFERENCE} -##

Reference: {REFERENCE}
Written: Tuesday 24 November 2026, 11:02

What the parent says:
> xyzzy The queue is long.
> xyzzy My two are always last.

How to answer: xyzzy press Reply."""
WROTE = f"On Tue, 24 Nov 2026 at 11:02, Oak School bot <{BOT}> wrote:"
BLOCK = f"""\
From: Oak School bot <{BOT}>
Sent: 24 November 2026 11:02
To: School Office <{OFFICE}>
Subject: [School bot] Concern – ref {REFERENCE}"""


def mail(plain: str | None = None, html: str | None = None, charset: str = "utf-8") -> bytes:
    """A mail of the office, vouched for, in these forms."""
    message = EmailMessage()
    message["Authentication-Results"] = f"{SERVER}; dkim=pass header.d={DOMAIN}"
    message["From"] = f"School Office <{OFFICE}>"
    message["To"] = f"Oak School bot <{ADDRESS}>"
    if plain is not None:
        message.set_content(plain, charset=charset)
    if html is not None and plain is not None:
        message.add_alternative(html, subtype="html", charset=charset)
    elif html is not None:
        message.set_content(html, subtype="html", charset=charset)
    return message.as_bytes()


def marked(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.split("\n"))


def broken(text: str) -> str:
    return "<br>\n".join(escape(line) for line in text.split("\n"))


def gmail(answer: str) -> bytes:
    return mail(f"{answer}\n\n{WROTE}\n\n{marked(LETTER)}\n", gmail_html(answer))


def gmail_html(answer: str) -> str:
    return (
        f'<div dir="ltr">{broken(answer)}</div><br><div class="gmail_quote"><div dir="ltr">'
        f"{escape(WROTE)}<br></div><blockquote>{broken(LETTER)}</blockquote></div>"
    )


def gmail_html_only(answer: str) -> bytes:
    return mail(html=gmail_html(answer))


def outlook(answer: str) -> bytes:
    return mail(f"{answer}\n\n{BLOCK}\n\n{LETTER}\n")


def outlook_html_only(answer: str) -> bytes:
    def paragraphs(text: str) -> str:
        return "".join(
            f"<p class=MsoNormal>{escape(line) or '<o:p>&nbsp;</o:p>'}</p>"
            for line in text.split("\n")
        )

    return mail(html=f"{paragraphs(answer)}<div>{broken(BLOCK)}</div>{paragraphs(LETTER)}")


def apple(answer: str) -> bytes:
    return mail(f"{answer}\n\nSent from my iPhone\n\n> {WROTE}\n> \n{marked(LETTER)}\n")


def thunderbird(answer: str) -> bytes:
    return mail(f"{answer}\n\nOn 24/11/2026 11:02, Oak School bot wrote:\n{marked(LETTER)}\n")


def bare(answer: str) -> bytes:
    return mail(f"{answer}\n{LETTER}\n")


PROGRAMS: dict[str, Callable[[str], bytes]] = {
    "gmail": gmail,
    "gmail-html-only": gmail_html_only,
    "outlook": outlook,
    "outlook-html-only": outlook_html_only,
    "apple": apple,
    "thunderbird": thunderbird,
    "bare": bare,
}
