"""Many schools in one process: each its own, added while the others run, and nothing crosses."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import weakref
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path

import aiohttp
import pytest
from typer.testing import CliRunner

from bot import app, schools
from bot.cli import cli
from bot.settings import Settings, SettingsError
from dialogs.listening import Listening
from tests.fake_telegram import FakeTelegram, TelegramParent
from tests.patience import PATIENCE
from tests.school import until
from tests.service import free_port, real_school

SECRETS = {"oak": "o" * 40, "elm": "e" * 40, "ash": "a" * 40}


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schools, "LOOK_EVERY", 0.1)


def add(all: Path, name: str, settings: Mapping[str, str]) -> Path:
    """A school's folder; its settings come last, as they do when a person makes one."""
    folder = all / name
    folder.mkdir(mode=0o700, parents=True)
    real_school(folder).rename(folder / "policy_content")
    write(
        folder,
        {"MAIL_FROM": f"bot@{name}.school.internal", "MAIL_URL": "maildir:inbox", **settings},
    )
    return folder


def write(folder: Path, settings: Mapping[str, str]) -> None:
    new = folder / "new"
    new.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    new.chmod(0o600)
    new.rename(folder / schools.FILE)


def of(telegram: FakeTelegram, name: str, port: int) -> dict[str, str]:
    return {
        "TELEGRAM_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.url,
        "TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{port}/{name}/telegram",
        "TELEGRAM_WEBHOOK_SECRET": SECRETS[name],
    }


@asynccontextmanager
async def telegrams(*names: str) -> AsyncIterator[list[FakeTelegram]]:
    async with AsyncExitStack() as world:
        yield [
            await world.enter_async_context(FakeTelegram(f"{n}:{name}-token-of-thirty-characters"))
            for n, name in enumerate(names, 7000)
        ]


@asynccontextmanager
async def serving(all: Path, port: int) -> AsyncIterator[None]:
    settings = Settings.from_env({"LISTEN": f"127.0.0.1:{port}", "SCHOOLS": str(all)}, None)
    task = asyncio.create_task(app.serve_many(settings, all, lambda _: []))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def speak(telegram: FakeTelegram, words: str, chat: int = 42) -> TelegramParent:
    parent = TelegramParent(telegram, chat)
    await parent.command("concern")
    await parent.say(words)
    return parent


def held(folder: Path) -> str:
    """Every row of a school's own database, as text."""
    with closing(sqlite3.connect(folder / "var/before-you-post.db")) as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return str([database.execute(f"SELECT * FROM {name}").fetchall() for (name,) in tables])


async def test_nothing_crosses_from_one_school_to_another(tmp_path: Path) -> None:
    port = free_port()
    async with telegrams("oak", "elm") as (oak, elm):
        folders = [add(tmp_path, name, of(fake, name, port))
                   for name, fake in (("oak", oak), ("elm", elm))]  # fmt: skip
        async with serving(tmp_path, port):
            await until(lambda: oak.webhook and elm.webhook)

            # The same person, as far as Telegram can tell, at both schools.
            one = await speak(oak, "Her kit has gone missing at Oak again.")
            two = await speak(elm, "He was pushed over at Elm on Monday.")

            assert one.seen()
            assert two.seen()
            assert "Elm" not in str(one.record()) + held(folders[0])
            assert "Oak" not in str(two.record()) + held(folders[1])
            assert "Oak again" in held(folders[0])

            update = {"update_id": 1, "message": {"message_id": 1, "date": 1, "text": "hello",
                      "chat": {"id": 42, "type": "private"},
                      "from": {"id": 42, "is_bot": False, "first_name": "P"}}}  # fmt: skip
            tries = {
                "/elm/telegram": SECRETS["oak"],
                "/oak/telegram": SECRETS["elm"],
                "/telegram": SECRETS["oak"],
                "/oak/../elm/telegram": SECRETS["oak"],
                "/ash/telegram": SECRETS["oak"],
            }
            before = held(folders[0]), held(folders[1])
            for path, secret in tries.items():
                assert await post(port, path, secret, update) in (401, 403, 404), path
            assert (held(folders[0]), held(folders[1])) == before


async def post(port: int, path: str, secret: str, update: object) -> int:
    from yarl import URL

    url = URL(f"http://127.0.0.1:{port}{path}", encoded=True)
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, json=update, headers=headers) as answer,
    ):
        return answer.status


async def test_a_school_is_added_and_taken_away_while_the_others_run(tmp_path: Path) -> None:
    port = free_port()
    async with telegrams("oak", "elm") as (oak, elm):
        add(tmp_path, "oak", of(oak, "oak", port))
        async with serving(tmp_path, port):
            await until(lambda: oak.webhook)
            parent = await speak(oak, "Her kit has gone missing at Oak again.")

            elms = add(tmp_path, "elm", of(elm, "elm", port))
            await until(lambda: elm.webhook)
            assert (await speak(elm, "He was pushed over at Elm on Monday.")).seen()
            (elms / schools.FILE).unlink()
            await until_closed(port, "/elm/health")

            seen = len(parent.seen())
            await parent.command("help")
            assert len(parent.seen()) > seen
            assert oak.counts["getMe"] == 1, "it was never started again"


async def test_a_school_that_begins_again_leaves_nothing_of_itself_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    loaded: list[weakref.ref[Settings]] = []
    load = schools.load

    def noted(folder: Path) -> schools.School:
        school = load(folder)
        loaded.append(weakref.ref(school.settings))
        return school

    monkeypatch.setattr(schools, "load", noted)
    async with telegrams("oak") as (oak,):
        folder = add(tmp_path, "oak", of(oak, "oak", port))
        async with serving(tmp_path, port):
            await until(lambda: oak.webhook)
            words = folder / "policy_content" / "en" / "safety.yaml"
            words.write_text(f"{words.read_text()}\n# A comment.\n")

            await until(lambda: len(loaded) == 2 and loaded[0]() is None)
            assert loaded[1]() is not None


def test_what_schools_have_alike_is_there_once(tmp_path: Path) -> None:
    for name in ("oak", "elm", "ash", "fir"):
        add(tmp_path, name, {"TELEGRAM_TOKEN": f"{name}:abc"})
    for name, file in (("ash", "safety.yaml"), ("fir", "draft_words.yaml")):
        own = tmp_path / name / "policy_content/en" / file
        own.write_text(f"{own.read_text()}\n# Of our own.\n")

    loaded = [schools.load(tmp_path / name).content for name in ("oak", "elm", "ash", "fir")]
    oak, elm, ash, fir = (Listening.of(content, "en") for content in loaded)

    assert oak.rules is elm.rules is ash.rules is not fir.rules
    assert oak.phrases is elm.phrases is fir.phrases is not ash.phrases


async def until_closed(port: int, path: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while (await page(port, path))[0] != 404:  # noqa: ASYNC110 # it is on the web
            await asyncio.sleep(0.05)


async def page(port: int, path: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as answer,
    ):
        return answer.status, await answer.text()


async def test_a_school_that_cannot_be_read_leaves_the_others_alone_until_it_is_mended(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    async with telegrams("elm", "oak") as (elm, oak):
        add(tmp_path, "elm", of(elm, "elm", port))
        folder = add(tmp_path, "oak", {**of(oak, "oak", port), "TELEGRAM_TOKEN": elm.token})
        async with serving(tmp_path, port):
            await until(lambda: elm.webhook and "oak is left out" in caplog.text)
            assert elm.token not in caplog.text
            status, told = await page(port, "/health")
            assert (status, list(json.loads(told)["schools"])) == (200, ["elm"])

            settings = {"MAIL_FROM": "bot@oak.school.internal", "MAIL_URL": "maildir:inbox"}
            write(folder, {**settings, **of(oak, "oak", port)})
            os.utime(folder / schools.FILE, (1, 1))

            await until(lambda: oak.webhook)
            status, told = await page(port, "/oak/metrics")
            assert "before_you_post_database_up 1" in told


async def test_words_that_go_while_they_are_looked_for_stop_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    scandir = os.scandir

    def going(folder: os.PathLike[str]) -> Iterator[os.DirEntry[str]]:
        if Path(folder).name == "en":
            monkeypatch.undo()
            monkeypatch.setattr(schools, "LOOK_EVERY", 0.1)
            Path(folder).rename(tmp_path / "gone")
        return scandir(folder)

    async def start(school: schools.School) -> None:
        begun.append(school.name)

    words = add(tmp_path, "oak", {}) / "policy_content/en"
    monkeypatch.setattr(os, "scandir", going)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(schools.keep_running(tmp_path, start, lambda _: []))
        await until((tmp_path / "gone").is_dir)
        (tmp_path / "gone").rename(words)
        await until(lambda: begun)
        task.cancel()


async def test_a_school_whose_words_trip_the_check_itself_leaves_the_others_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(school: schools.School) -> list[str]:
        return ["a sentence"][1 // (school.name != "ash") :]

    begun: list[str] = []

    async def start(school: schools.School) -> None:
        begun.append(school.name)

    add(tmp_path, "ash", {})
    add(tmp_path, "birch", {"CONTENT": "a\0b"})
    add(tmp_path, "oak", {})
    async with asyncio.TaskGroup() as group:
        task = group.create_task(schools.keep_running(tmp_path, start, refuse))
        await until(lambda: begun)
        task.cancel()

    assert begun == ["oak"]
    assert "ash is left out\n" in caplog.text
    assert "birch is left out" in caplog.text


def test_what_two_schools_share_is_refused(tmp_path: Path) -> None:
    shared = {
        "TELEGRAM_TOKEN": "1:abc",
        "TELEGRAM_WEBHOOK_URL": "https://bot.school.internal/oak/telegram",
        "TELEGRAM_WEBHOOK_SECRET": "s" * 32,
        "REPLY_KEY": "k" * 40,
        "DATABASE_URL": "postgresql://db/bot",
        "MAIL_URL": "smtps://bot:secret@mail.school.internal",
    }
    for name in ("oak", "elm"):
        add(tmp_path, name, shared)

    found = schools.crossings([schools.load(one) for one in schools.folders(tmp_path)])

    what = [sentence.partition(": ")[2].split()[0] for sentence in found]
    assert sorted(what) == [
        "DATABASE_URL", "REPLY_KEY", "TELEGRAM_TOKEN", "TELEGRAM_WEBHOOK_SECRET", "the",
    ]  # fmt: skip
    assert not any("abc" in sentence or "kkk" in sentence for sentence in found)


def test_paths_are_from_the_schools_own_folder(tmp_path: Path) -> None:
    folder = add(tmp_path, "oak", {"TELEGRAM_TOKEN": "1:abc"})

    settings = schools.load(folder).settings

    assert settings.content == folder / "policy_content"
    assert settings.database_url.get_secret_value() == f"sqlite:///{folder}/var/before-you-post.db"
    assert settings.mail_url.get_secret_value() == f"maildir:{folder}/inbox"
    assert settings.inbox_url.get_secret_value() == ""


def test_a_folder_without_schools_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="SCHOOLS"):
        schools.folders(tmp_path)


def test_one_check_is_for_all_schools(tmp_path: Path) -> None:
    add(tmp_path, "oak", {"TELEGRAM_TOKEN": "1:abc"})
    wrong = add(tmp_path, "elm", {"TELEGRAM_TOKEN": "2:abc", "MAIL_URL": "carrier:pigeon"})

    first = CliRunner().invoke(cli, ["check"], obj={"SCHOOLS": str(tmp_path)})
    write(wrong, {"MAIL_FROM": "bot@elm.school.internal", "MAIL_URL": "maildir:inbox",
                  "TELEGRAM_TOKEN": "2:abc"})  # fmt: skip
    second = CliRunner().invoke(cli, ["check"], obj={"SCHOOLS": str(tmp_path)})

    assert first.exit_code == 1
    assert "elm: MAIL_URL" in first.output
    assert "oak:" not in first.output
    assert (second.exit_code, second.output[:10]) == (0, "0 problems")
