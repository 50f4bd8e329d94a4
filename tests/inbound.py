"""What inbound mail in tests is judged by: one school, its keys and threads, and the corpus."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.answers.judging import judge, references
from bot.answers.mail import read_mail
from bot.answers.tokens import reply_address, token
from bot.answers.verdicts import Rules, Thread, Verdict

KEY = b"a key of thirty-two letters, made up"
OLD_KEY = b"an older key, also of over 32 letters"
REFERENCE = "K7Q2-M4XP"
EXPIRED = "W3RT-9HJK"
OFFICE = "office@oak.school.example"
BOT = "before-you-post@oak.school.example"
DOMAIN = "oak.school.example"
SERVER = "mx.oak.school.example"
NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
PATTERN = "before-you-post+*@oak.school.example"
ADDRESS = reply_address(PATTERN, token(REFERENCE, KEY))
RULES = Rules(SERVER, frozenset({BOT}), frozenset({"Oak School bot"}), (KEY, OLD_KEY), PATTERN)
THREADS = {
    REFERENCE: Thread(REFERENCE, frozenset({OFFICE}), NOW + timedelta(days=90)),
    EXPIRED: Thread(EXPIRED, frozenset({OFFICE}), NOW),
}
REPLIES = Path(__file__).parent / "replies"


def judged(raw: bytes, rules: Rules = RULES) -> Verdict:
    """As the bot does: the mail is read, the threads it names are looked up, it is judged."""
    mail = read_mail(raw, DOMAIN)
    known = {name: THREADS[name] for name in references(mail, rules) if name in THREADS}
    return judge(mail, known, NOW, rules)
