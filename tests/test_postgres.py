"""What only a server can do to us: others at the same moment, cut connections, newer programs."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiosql
import psycopg
import pytest

from bot.conversations import Conversations
from bot.settings import Settings
from bot.store import Store, StoreProblem, StoreUnavailable, Transaction, postgres
from bot.store.postgres_schema import CONTRACTS, migrate
from bot.store.sqlite import MIGRATIONS
from tests import shell
from tests.postgres import server
from tests.shell import MONDAY, Clock, TinyDialogue, open_store, url_of, wrote
from tests.test_outbox import OFFICE, Shell

STEPS = sorted(MIGRATIONS.glob("[0-9]*.sql"))


@pytest.fixture
def database() -> AsyncIterator[str]:
    """In place of the one for all tests: here each is about PostgreSQL."""
    shell.KIND = "postgres"
    yield "postgres"
    shell.drop_stores()
    shell.KIND = "sqlite"


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[tuple[Store, Store]]:
    """Two processes on one database, as far as it can tell."""
    one, two = open_store(tmp_path), open_store(tmp_path)
    yield one, two
    one.close()
    two.close()


def conversations(store: Store) -> Conversations:
    return Conversations(store, TinyDialogue(), OFFICE, Clock(), b"secret")


def jobs(folder: Path) -> list[tuple[str, str, str]]:
    """The queue and the arguments of each job that waits, and when it is due."""
    with psycopg.connect(url_of(folder)) as connection:
        return connection.execute(
            "SELECT queue_name, args::text, COALESCE(extract(epoch FROM scheduled_at), 0)::text"
            " FROM procrastinate_jobs ORDER BY id"
        ).fetchall()


# --- at the same moment ---


async def test_turns_of_one_conversation_follow_each_other_whoever_takes_them(
    stores: tuple[Store, Store],
) -> None:
    both = [conversations(store) for store in stores]

    await asyncio.gather(*(both[n % 2].handle(wrote("a", str(n))) for n in range(40)))

    (reply,) = await both[0].handle(wrote("a", "last"))
    assert reply.text == "turn 41, sent nothing"


async def test_a_message_that_comes_to_two_processes_is_taken_once(
    stores: tuple[Store, Store],
) -> None:
    both = [conversations(store) for store in stores]

    await asyncio.gather(*(both[n % 2].handle(wrote("send lunch", "1")) for n in range(10)))

    assert len(await stores[0].outbox_rows()) == 1
    (reply,) = await both[1].handle(wrote("a", "2"))
    assert reply.text.startswith("turn 2")


async def test_a_letter_is_delivered_once_whoever_hears_of_it(stores: tuple[Store, Store]) -> None:
    one = Shell(stores[0], Clock())
    two = Shell(stores[1], Clock(), one.mail, one.chat)
    for n in range(10):
        await one.say(f"send lunch {n}", f"parent{n}")
    rows = await one.store.outbox_rows()

    await asyncio.gather(
        *(who.outbox().deliver(row.id) for row in rows for who in (one, two, one, two))
    )

    assert len(one.mail.taken) == 10
    assert {row.state for row in await one.store.outbox_rows()} == {"sent"}


async def test_two_last_letters_that_arrive_at_the_same_moment_are_told_once(
    stores: tuple[Store, Store],
) -> None:
    one = Shell(stores[0], Clock())
    two = Shell(stores[1], Clock(), one.mail, one.chat)
    for n in range(10):
        await one.say(f"send unsafe {n}", f"parent{n}")
    rows = await one.store.outbox_rows()

    await asyncio.gather(
        *((one, two)[n % 2].outbox().deliver(row.id) for n, row in enumerate(rows))
    )

    assert len(await one.store.outbox_rows("notice")) == 10


async def test_what_is_forgotten_meanwhile_gets_no_notice(stores: tuple[Store, Store]) -> None:
    one = Shell(stores[0], Clock())
    await one.say("send lunch")
    (row,) = await one.store.outbox_rows()
    read, go_on = threading.Event(), threading.Event()

    def forget(tx: Transaction) -> None:
        tx.forget("console:anna", "forgotten:x")
        read.set()
        go_on.wait(10)

    forgetting = asyncio.create_task(stores[0].turn(forget))
    await asyncio.to_thread(read.wait, 10)
    telling = asyncio.create_task(
        stores[1].turn(lambda tx: tx.queue_notice(row.reference, "delivered", "{}", MONDAY))
    )
    await asyncio.to_thread(_until_somebody_waits)
    go_on.set()
    await asyncio.gather(forgetting, telling)

    assert await stores[0].outbox_rows("notice") == []


async def test_what_is_forgotten_meanwhile_gets_no_answer(stores: tuple[Store, Store]) -> None:
    one = Shell(stores[0], Clock())
    await one.say("send lunch")
    (row,) = await one.store.outbox_rows()
    held, go_on = threading.Event(), threading.Event()

    def forget(tx: Transaction) -> None:
        tx.forget("console:anna", "forgotten:x")
        held.set()
        go_on.wait(10)

    def answer(tx: Transaction) -> None:
        tx.queue_answer(row.reference, "key", "console:anna", "en", "{}", MONDAY)

    forgetting = asyncio.create_task(stores[0].turn(forget))
    await asyncio.to_thread(held.wait, 10)
    answering = asyncio.create_task(stores[1].turn(answer))
    await asyncio.to_thread(_until_somebody_waits)
    go_on.set()
    await asyncio.gather(forgetting, answering)

    assert await stores[0].outbox_rows("answer") == []


def _until_somebody_waits() -> None:
    for _ in range(500):
        if server().ask("SELECT 1 FROM pg_locks WHERE NOT granted"):
            return
        threading.Event().wait(0.02)
    raise AssertionError("nobody waits for a lock")


async def test_turns_that_wait_for_each_other_are_all_kept(stores: tuple[Store, Store]) -> None:
    both = threading.Barrier(2)

    def cross(first: str, second: str) -> Callable[[Transaction], None]:
        tries: list[int] = []

        def work(tx: Transaction) -> None:
            tries.append(1)
            tx.save_session(first, "x", "en", MONDAY)
            if len(tries) == 1:
                both.wait(10)
            tx.save_session(second, "x", "en", MONDAY)

        return work

    await asyncio.gather(stores[0].turn(cross("c:a", "c:b")), stores[1].turn(cross("c:b", "c:a")))

    assert await stores[0].turn(lambda tx: tx.session("c:b")) == "x"


# --- cut connections ---


async def test_a_turn_survives_that_the_server_let_go_of_idle_connections(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    await store.turn(lambda tx: tx.save_session("c:a", "x", "en", MONDAY))
    server().ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                 " WHERE datname LIKE 'byp%' AND pid <> pg_backend_pid()")  # fmt: skip

    assert await store.turn(lambda tx: tx.session("c:a")) == "x"
    store.close()


async def test_a_turn_that_was_cut_off_as_it_was_kept_gives_no_receipt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(tmp_path)
    real = psycopg.Connection.commit

    def cut_off(connection: psycopg.Connection[object]) -> None:
        real(connection)
        raise psycopg.OperationalError("the answer was lost, and so was what followed it")

    def work(tx: Transaction) -> None:
        tx.save_session("c:a", "x", "en", MONDAY)
        monkeypatch.setattr(psycopg.Connection, "commit", cut_off)

    with pytest.raises(StoreUnavailable, match="lost"):
        await store.turn(work)
    monkeypatch.undo()

    assert await store.turn(lambda tx: tx.session("c:a")) == "x"
    store.close()


async def test_without_a_server_there_is_no_receipt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "PATIENCE", 0.5)
    store = open_store(tmp_path)
    shell.drop_stores()

    with pytest.raises(StoreUnavailable):
        await store.turn(lambda tx: tx.session("c:a"))
    store.close()


# --- opening ---


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:canary-word@127.0.0.1:1/bot",
        "postgresql://me:canary-word@/bot?host=/nowhere",
        "postgres://me:canary-word@[:x/bot",
    ],
)
def test_a_server_that_is_not_there_is_one_sentence_without_the_password(url: str) -> None:
    with pytest.raises(StoreProblem, match="DATABASE_URL") as problem:
        Store.open(url)

    assert "canary-word" not in str(problem.value)
    assert "\n" not in str(problem.value)


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    with psycopg.connect(url_of(tmp_path)) as connection:
        connection.execute("DROP TABLE meta")

    with pytest.raises(StoreProblem, match="something else"):
        open_store(tmp_path)


def test_many_processes_that_start_at_once_make_one_schema(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    with psycopg.connect(url_of(folder), autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    faults: list[BaseException] = []

    def begin() -> None:
        try:
            open_store(folder).close()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    open_store(folder).close()


# --- one version after the other, while the bot runs ---


def later(folder: Path, script: str) -> list[Path]:
    """The steps that a newer version of the program knows."""
    step = folder / f"{len(STEPS) + 1:04}.sql"
    step.write_text(script)
    return [*STEPS, step]


async def test_an_older_program_goes_on_and_starts_again_after_the_schema_was_expanded(
    tmp_path: Path,
) -> None:
    running = open_store(tmp_path)
    with psycopg.connect(url_of(tmp_path)) as connection:
        steps = later(tmp_path, "ALTER TABLE session ADD COLUMN extra TEXT NOT NULL DEFAULT '';")
        migrate(connection, "the database", steps)

    await conversations(running).handle(wrote("send lunch", "1"))
    again = open_store(tmp_path)
    await conversations(again).handle(wrote("send dinner", "2"))

    assert len(await again.outbox_rows()) == 2
    assert await again.turn(lambda tx: tx.meta("schema")) == str(len(STEPS) + 1)
    running.close()
    again.close()


def test_an_older_program_does_not_start_after_the_schema_was_contracted(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    with psycopg.connect(url_of(tmp_path)) as connection:
        script = f"{CONTRACTS}\nALTER TABLE counter RENAME COLUMN n TO how_many;"
        migrate(connection, "the database", later(tmp_path, script))

    with pytest.raises(StoreProblem, match="newer version"):
        open_store(tmp_path)


def test_a_migration_that_fails_leaves_the_old_schema(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    script = "CREATE TABLE half (x TEXT);\nCREATE TABLE meta (again TEXT);"

    with (
        pytest.raises(psycopg.Error),
        psycopg.connect(url_of(tmp_path)) as connection,
    ):
        migrate(connection, "the database", later(tmp_path, script))

    assert "half" not in server().rows(tmp_path)
    open_store(tmp_path).close()


#: The queries that earlier versions ask, each named by the newest schema that it knew.
RELEASED = sorted((Path(__file__).parent / "released").glob("*.sql"))
NUMBERS = {
    "at", "updated", "created", "due", "put_at", "now", "until", "horizon", "before", "since",
    "most", "ahead", "calm", "uncertain",
}  # fmt: skip


@pytest.mark.parametrize("released", RELEASED, ids=lambda path: path.stem)
def test_the_queries_of_an_older_program_work_on_the_newest_schema(
    released: Path, tmp_path: Path
) -> None:
    open_store(tmp_path).close()
    names = re.findall(r"^-- name: (\w+)\(([^)]*)\)", released.read_text(), re.M)
    queries = aiosql.from_path(released, "psycopg")

    with psycopg.connect(url_of(tmp_path)) as connection:
        for name, given in names:
            values = {
                one: 1 if one in NUMBERS else "letter" if one == "kind" else "x"
                for one in given.replace(" ", "").split(",")
                if one
            }
            found = getattr(queries, name)(connection, **values)
            if not isinstance(found, int | str | tuple | type(None)):
                list(found)
            if name == "queue":
                kept = connection.execute("SELECT COUNT(*) FROM outbox").fetchone()
                assert kept == (1,)

    assert len(names) > 50


#: The newest schema before anybody kept anything on a server.
FIRST = 4


def takes_away(script: str) -> bool:
    """Whether a program that does not know this migration may fail on what it makes."""
    text = re.sub(r"--.*", "", script).upper()
    added = re.findall(r"ADD COLUMN[^;]*", text)
    return bool(re.search(r"\b(DROP|RENAME|ALTER COLUMN)\b", text)) or any(
        "NOT NULL" in column and "DEFAULT" not in column for column in added
    )


def test_a_migration_that_takes_something_away_says_so() -> None:
    unsaid = [
        step.name
        for step in STEPS[FIRST:]
        if takes_away(step.read_text()) and not step.read_text().startswith(CONTRACTS)
    ]

    assert unsaid == []
    assert takes_away("ALTER TABLE seen ADD COLUMN x TEXT NOT NULL;")
    assert takes_away("ALTER TABLE seen RENAME COLUMN at TO since;")
    assert not takes_away("ALTER TABLE seen ADD COLUMN x TEXT NOT NULL DEFAULT ''; -- DROP")


async def test_what_waits_in_a_restored_backup_is_doubted(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    await conversations(store).handle(wrote("send lunch", "1"))
    await store.turn(lambda tx: tx.set_meta("backup", "yesterday"))
    store.close()

    store = open_store(tmp_path)

    (row,) = await store.outbox_rows()
    assert "backup" in (await store.turn(lambda tx: tx.audit(row.id)))[0]
    store.close()


# --- jobs ---


async def test_a_job_is_put_in_with_its_row_and_holds_nothing_but_its_id(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    await conversations(store).handle(wrote("send canary-words", "1"))
    (row,) = await store.outbox_rows()

    def fail(tx: Transaction) -> None:
        tx.queue_notice(row.reference, "delivered", "{}", MONDAY)
        raise LookupError("half-way")

    with pytest.raises(LookupError):
        await store.turn(fail)

    ((queue, args, _),) = jobs(tmp_path)
    assert queue == "mail"
    assert json.loads(args) == {"id": row.id}
    store.close()


async def test_whoever_is_forgotten_stands_in_no_job(tmp_path: Path) -> None:
    store, clock = open_store(tmp_path), Clock()
    telegram = "telegram:4242"

    def remind(tx: Transaction) -> None:
        tx.queue_reminder(telegram, "check_in", "en", clock.now, clock.now)

    await store.turn(remind)
    assert "4242" in server().rows(tmp_path)

    await store.turn(lambda tx: tx.forget(telegram, "forgotten:x"))

    assert "4242" not in server().rows(tmp_path)
    store.close()


def test_the_settings_take_a_server() -> None:
    settings = Settings.from_env({"DATABASE_URL": "postgresql://db/bot"}, None)

    assert settings.database_url.get_secret_value() == "postgresql://db/bot"
