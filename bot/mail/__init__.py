"""The school's mail: letters handed to it, by SMTP or into a folder, and answers read from it."""

from __future__ import annotations

from bot.mail.folder import FolderMail
from bot.mail.imap import Imap
from bot.mail.lookup import Lookup
from bot.mail.mailbox import Arrived, Desk, FolderMailbox, ImapMailbox, Mailbox
from bot.mail.smtp import Patience, Security, SmtpMail
from bot.mail.urls import lookup_from_url, mail_from_url, mailbox_from_url
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
    "Arrived",
    "Desk",
    "Envelope",
    "FolderMail",
    "FolderMailbox",
    "Imap",
    "ImapMailbox",
    "LastCheck",
    "Lookup",
    "Mail",
    "MailRefused",
    "MailUnavailable",
    "MailUncertain",
    "Mailbox",
    "Patience",
    "Security",
    "SmtpMail",
    "lookup_from_url",
    "mail_from_url",
    "mailbox_from_url",
    "no_check",
]
