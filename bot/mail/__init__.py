"""Handing one letter to the school's mail: by SMTP, or into a folder that mail programs open."""

from __future__ import annotations

from bot.mail.folder import FolderMail
from bot.mail.lookup import Lookup
from bot.mail.smtp import Patience, Security, SmtpMail
from bot.mail.urls import lookup_from_url, mail_from_url
from bot.mail.values import (
    Envelope,
    LastCheck,
    Mail,
    MailRefused,
    MailUnavailable,
    MailUncertain,
    no_check,
)

__all__ = [
    "Envelope",
    "FolderMail",
    "LastCheck",
    "Lookup",
    "Mail",
    "MailRefused",
    "MailUnavailable",
    "MailUncertain",
    "Patience",
    "Security",
    "SmtpMail",
    "lookup_from_url",
    "mail_from_url",
    "no_check",
]
