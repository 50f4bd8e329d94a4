"""Many schools in one process: each in a folder of its own, with nothing that crosses."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot import logs, loop
from bot.settings import Settings, SettingsError
from bot.store import StoreProblem
from dialogs.content import Content
from dialogs.source import ContentError

logger = logging.getLogger(__name__)

#: In each school's folder, beside its `policy_content`: its settings, as lines of a `.env`.
FILE = "settings.env"
#: A school's folder: it is also the first part of its paths on the web.
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
#: Between two looks at the folder, in seconds; a school that ended by itself begins again after.
LOOK_EVERY, AGAIN = 5.0, 60.0


@dataclass(frozen=True, slots=True)
class School:
    """One school: the name of its folder, and all that is its own."""

    name: str
    settings: Settings
    content: Content


Start = Callable[[School], Awaitable[object]]
#: Why a school must not go live, as sentences.
Refuse = Callable[[School], Sequence[str]]


def folders(all: Path) -> list[Path]:
    """The folder of each school. Raises SettingsError."""
    try:
        found = sorted(path.parent for path in all.glob(f"*/{FILE}"))
    except OSError:
        found = []
    if not found:
        raise SettingsError([f"SCHOOLS: there is no {all}/NAME/{FILE}."])
    return found


def load(folder: Path) -> School:
    """Raises SettingsError or ContentError, both with all that is wrong."""
    if not NAME.fullmatch(folder.name):
        raise SettingsError([f"{folder}: call it by small letters, digits and hyphens."])
    settings = _settings(folder)
    return School(folder.name, settings, Content.load(settings.content))


def _settings(folder: Path) -> Settings:
    """What is not an absolute path is in the school's own folder."""
    read = Settings.from_env({}, dotenv=folder / FILE)
    content = read.content if "content" in read.model_fields_set else Path("policy_content")
    own = {
        "content": folder / content,
        "database_url": _within(folder, read.database_url, "sqlite:///"),
        "mail_url": _within(folder, read.mail_url, "maildir:"),
        "inbox_url": _within(folder, read.inbox_url, "maildir:"),
    }
    values = {name: getattr(read, name) for name in read.model_fields_set}
    set_or_needed = {
        n: v for n, v in own.items() if n in values or n in ("content", "database_url")
    }
    return Settings(**{**values, **set_or_needed})


def _within(folder: Path, url: SecretStr, scheme: str) -> SecretStr:
    text = url.get_secret_value()
    if not text.startswith(scheme):
        return url
    return SecretStr(scheme + str(folder.absolute() / text.removeprefix(scheme)))


def crossings(schools: Sequence[School]) -> list[str]:
    """What two schools share and must not, as sentences."""
    found, whose = [], dict[tuple[str, str], str]()
    for school in schools:
        settings = school.settings
        for what in ("telegram_token", "discord_token", "database_url", "mail_url", "inbox_url",
                     "reply_key", "telegram_webhook_secret"):  # fmt: skip
            value = getattr(settings, what).get_secret_value()
            other = whose.setdefault((what, value), school.name)
            # Two schools may send through one server; never into one folder.
            shares = other != school.name and value
            if shares and not (what == "mail_url" and value.startswith("smtp")):
                found.append(f"{school.name}: {what.upper()} is also that of {other}.")
        path = urlsplit(settings.telegram_webhook_url).path
        if path and not path.startswith(f"/{school.name}/"):
            found.append(
                f"{school.name}: the path of TELEGRAM_WEBHOOK_URL must begin with /{school.name}/."
            )
    return found


async def keep_running(all: Path, start: Start, refuse: Refuse) -> None:
    """Run every school, also those that are added later, until cancelled.

    A school that cannot be read, or that ends, is none of the others' business. One whose folder
    is gone is stopped. One whose settings or words have changed begins again with these.
    """
    running: dict[str, _Running] = {}
    try:
        while True:
            if await _catch_up(all, running, start, refuse):
                loop.let_go()
            await asyncio.sleep(LOOK_EVERY)
    finally:
        await asyncio.gather(*(one.stop() for one in running.values()))


async def _catch_up(all: Path, running: dict[str, _Running], start: Start, refuse: Refuse) -> bool:
    """Bring what is running up to what the folder holds. Says whether a school was stopped."""
    found = {folder.name: folder for folder in _found(all)}
    gone = [name for name in running if name not in found]
    for name in gone:
        await running.pop(name).stop()
    stopped = bool(gone)
    for name, folder in found.items():
        stamp = await asyncio.to_thread(_stamp, folder)
        if name in running and running[name].is_as(stamp):
            continue
        if name in running:
            await running.pop(name).stop()
            stopped = True
        others = [one.school for one in running.values() if one.school]
        school = await asyncio.to_thread(_read, folder, others, refuse)
        running[name] = _Running(stamp, school, start)
    return stopped


class _Running:
    """A school and the task that runs it; no school when it could not be read."""

    def __init__(self, stamp: float, school: School | None, start: Start) -> None:
        self._stamp, self.school = stamp, school
        self._task = asyncio.create_task(_run(school, start)) if school else None

    def is_as(self, stamp: float) -> bool:
        ended = self._task is not None and self._task.done()
        return stamp == self._stamp and not ended

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


async def _run(school: School, start: Start) -> None:
    logs.SCHOOL.set(school.name)
    logger.info("begins")
    try:
        await start(school)
        logger.error("has ended")
    except StoreProblem as problem:
        logger.error("cannot begin: %s", problem)
    except Exception:
        logger.exception("has failed")
    await asyncio.sleep(AGAIN)


def _found(all: Path) -> list[Path]:
    try:
        return folders(all)
    except SettingsError:
        return []


def _read(folder: Path, others: Sequence[School], refuse: Refuse) -> School | None:
    """None when it must not begin, and the log says why; whatever is wrong with one school is
    none of the others' business."""
    try:
        school = load(folder)
        wrong = [*crossings([*others, school]), *refuse(school)]
    except (SettingsError, ContentError) as error:
        logger.error("%s is left out:\n%s", folder.name, error)
        return None
    except OSError as error:
        logger.error("%s is left out: %s", folder.name, error.strerror)
        return None
    except Exception:
        logger.exception("%s is left out", folder.name)
        return None
    if wrong:
        logger.error("%s is left out:\n%s", folder.name, "\n".join(map(str, wrong)))
        return None
    return school


def _stamp(folder: Path) -> float:
    """Changes when a file that the school edits does. What goes while we look is not there."""
    stamp = 0.0
    with contextlib.suppress(OSError):
        for file in (folder / FILE, *(folder / "policy_content").rglob("*.yaml")):
            with contextlib.suppress(OSError):
                stamp += file.stat().st_mtime
    return stamp
