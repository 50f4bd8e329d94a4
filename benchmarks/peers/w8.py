"""The workload W8: eight turns of one parent, the same for every program that is measured.

`/start`, presses, one free text of some 210 characters, Send, Done. Each program is handed Update
JSON and makes its Bot API calls; `Api` answers them, `in_process` drives and times.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import resource
import sqlite3
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

QUESTIONS = (
    "1/4 Have you already spoken with your child's teacher about this?",
    "2/4 Is it affecting your child's learning or wellbeing right now?",
    "3/4 Does it happen at school or during a school activity?",
    "4/4 Would you like somebody from the school office to phone you?",
)
LABELS, CODES = ("Yes", "No", "Not sure"), ("y", "n", "u")
ASK_TEXT = "Please describe what happened in your own words (one message)."
QUEUED = "Thank you. Your concern is queued for the school office. Press Done to finish."
BYE = "All done. The school office will get back to you."
FREE_TEXT = (
    "Since the new seating plan my daughter sits next to a classmate who takes her things and "
    "calls her names in the break. She has told the duty teacher twice. She does not want to go "
    "to school on Mondays any more."
)
BOT = {"id": 7000000001, "is_bot": True, "first_name": "School Bot", "username": "w8_school_bot"}
TOKEN = f"{BOT['id']}:AAHw8benchmarkTOKENxxxxxxxxxxxxxxxxx"
SECRET = "w8" * 20
ME = {
    **BOT,
    "can_join_groups": False,
    "can_read_all_group_messages": False,
    "supports_inline_queries": False,
}
#: What the parent does at each turn: words, or the data of a button. Every parent does the same.
ACTIONS = (
    ("text", "/start"),
    ("press", "q1:y"),
    ("press", "q2:n"),
    ("press", "q3:u"),
    ("press", "q4:y"),
    ("text", FREE_TEXT),
    ("press", "confirm:send"),
    ("press", "done"),
)
TURNS = len(ACTIONS)

#: In a template: the chat, the update's number, the data of the button.
CHAT, UPDATE, DATA = "@C@", "@U@", "@D@"


def summary(said: Mapping[str, str]) -> str:
    answers = [LABELS[CODES.index(said[f"q{number}"])] for number in range(1, 5)]
    return (
        f"Please check:\n1 teacher told: {answers[0]}\n2 affects learning: {answers[1]}\n"
        f"3 at school: {answers[2]}\n4 phone me: {answers[3]}\n\n{said['text']}"
    )


def keyboard(*buttons: tuple[str, str]) -> dict[str, Any]:
    row = [{"text": label, "callback_data": data} for label, data in buttons]
    return {"inline_keyboard": [row]}


def question_keyboard(number: int) -> dict[str, Any]:
    pairs = zip(LABELS, CODES, strict=True)
    return keyboard(*((label, f"q{number}:{code}") for label, code in pairs))


CONFIRM = keyboard(("Send", "confirm:send"), ("Cancel", "confirm:cancel"))
DONE = keyboard(("Done", "done"))


class Workload:
    """Updates as templates. `waits_for` names, by turn, a button whose data must be read first."""

    def __init__(self, templates: list[str], waits_for: Mapping[int, str] | None = None) -> None:
        self.templates = templates
        self.kinds = ["press" if "callback_query" in one else "text" for one in templates]
        self.waits_for = waits_for or {}
        self._updates = itertools.count(int(time.time()) % 100_000_000 * 10)

    def update(self, chat: int, turn: int, data: str = "") -> bytes:
        text = self.templates[turn].replace(CHAT, str(chat))
        text = text.replace(UPDATE, str(next(self._updates)))
        return (text.replace(DATA, json.dumps(data)) if data else text).encode()


def template(turn: int, kind: str, said: str, message: Mapping[str, Any] | None = None) -> str:
    """One update. `message` is what a pressed button is on."""
    person = {"id": CHAT, "first_name": "Parent", "last_name": "Number", "username": "parent"}
    sender = {**person, "is_bot": False, "language_code": "en"}
    where = {"chat": {**person, "type": "private"}, "date": 1760000000, "message_id": 100}
    if kind == "text":
        entity = [{"offset": 0, "length": 6, "type": "bot_command"}]
        command = {"entities": entity} if said.startswith("/") else {}
        body = {"message": {**where, "from": sender, "text": said, **command}}
    else:
        shown = {**where, "from": BOT, "edit_date": 1760000001, **(message or {})}
        press = {"id": f"{CHAT}0{turn}", "from": sender, "message": shown, "data": said}
        body = {"callback_query": {**press, "chat_instance": "-2187043218734"}}
    text = json.dumps({"update_id": UPDATE, **body}, ensure_ascii=False, separators=(",", ":"))
    for name in (CHAT, UPDATE):  # numbers, but for the one within the press's id
        text = text.replace(f'"{name}"', name)
    return text.replace(f'"{DATA}"', DATA)


def usual(waits_for: Iterable[int] = ()) -> Workload:
    """The workload of every program but ours. Some make up the data of their buttons."""
    waits = set(waits_for)
    shown = {
        number: {"text": text, "reply_markup": markup}
        for number, text, markup in (
            *((n, QUESTIONS[n - 1], question_keyboard(n)) for n in range(1, 5)),
            (6, "Please check", CONFIRM),
            (7, QUEUED, DONE),
        )
    }
    label = {1: "Yes", 2: "No", 3: "Not sure", 4: "Yes", 6: "Send", 7: "Done"}
    return Workload(
        [
            template(turn, kind, DATA if turn in waits else said, shown.get(turn))
            for turn, (kind, said) in enumerate(ACTIONS)
        ],
        {turn: label[turn] for turn in waits},
    )


_TRUE = b'{"ok":true,"result":true}'
_ME = json.dumps({"ok": True, "result": ME}).encode()
_MESSAGE = json.dumps(
    {
        "ok": True,
        "result": {
            "message_id": 100,
            "from": BOT,
            "chat": {"id": CHAT, "first_name": "Parent", "type": "private"},
            "date": 1760000000,
            "text": QUESTIONS[1],
            "reply_markup": question_keyboard(2),
        },
    }
).replace(f'"{CHAT}"', CHAT)


def save(workload: Workload, folder: Path, name: str) -> None:
    lines = [
        f"{int(kind == 'press')}\t{workload.waits_for.get(turn, '-')}\t{workload.templates[turn]}"
        for turn, kind in enumerate(workload.kinds)
    ]
    (folder / f"{name}.w8").write_text("\n".join([*lines, SECRET, _MESSAGE, _ME.decode(), ""]))
    texts = {"questions": QUESTIONS, "ask_text": ASK_TEXT, "queued": QUEUED, "bye": BYE}
    known = {"token": TOKEN, "bot": ME, "message": _MESSAGE, "me": _ME.decode()}
    saved = {**texts, **known, "templates": workload.templates}
    (folder / f"{name}.json").write_text(json.dumps(saved))


class Api:
    """The Bot API as a stub: counts the calls, and keeps each chat's latest keyboard if asked."""

    def __init__(self, keeps: bool = False) -> None:
        self.calls = 0
        self._keeps = keeps
        self._shown: dict[int, Any] = {}

    def call(self, method: str, chat: object = None, markup: Any = None) -> bytes:
        self.calls += 1
        name = method.lower()
        if name in ("sendmessage", "editmessagetext", "editmessagereplymarkup"):
            if self._keeps and markup:
                self._shown[int(str(chat))] = markup
            return _MESSAGE.replace(CHAT, str(chat)).encode()
        return _ME if name == "getme" else _TRUE

    def data_of(self, chat: int, label: str) -> str:
        markup = self._shown.pop(chat)
        if isinstance(markup, str):
            markup = json.loads(markup)
        buttons = (button for row in markup["inline_keyboard"] for button in row)
        return next(str(one["callback_data"]) for one in buttons if one["text"] == label)


def open_database(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


class Outbox:
    """Where the peers put a concern, durably, before the parent is told that it is queued."""

    def __init__(self, folder: Path) -> None:
        self._connection = open_database(folder / "outbox.db")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS outbox"
            "(id INTEGER PRIMARY KEY, chat INTEGER, body TEXT, created REAL)"
        )

    def put(self, chat: int, body: str) -> None:
        self._connection.execute(
            "INSERT INTO outbox(chat, body, created) VALUES (?, ?, ?)", (chat, body, time.time())
        )

    def count(self) -> int:
        return int(self._connection.execute("SELECT COUNT(*) FROM outbox").fetchone()[0])


class Program(Protocol):
    """What is measured. `serve` listens for updates at /hook, and calls the Bot API at `api`."""

    api: Api
    workload: Workload

    async def setup(self, folder: Path) -> None: ...

    async def handle(self, update: bytes) -> None: ...

    async def serve(self, folder: Path, port: int, api: str) -> None: ...

    def seed(self, folder: Path, count: int) -> None: ...

    def queued(self) -> int: ...


async def in_process(
    program: Program, parents: int, first: int, seconds: float, conversations: int = 1_000_000
) -> dict[str, float]:
    """Let so many parents talk at once for so long; new ones follow those who are done."""
    taken: list[int] = []
    chats = iter(range(first, first + conversations))
    clock = time.perf_counter_ns
    end = time.perf_counter() + seconds
    done = 0

    async def parent() -> None:
        nonlocal done
        for chat in chats:
            for turn in range(TURNS):
                label = program.workload.waits_for.get(turn)
                data = program.api.data_of(chat, label) if label else ""
                update = program.workload.update(chat, turn, data)
                began = clock()
                await program.handle(update)
                taken.append(clock() - began)
                await asyncio.sleep(0)
                if time.perf_counter() > end and done:
                    return
            done += 1

    gc.collect()
    calls, queued, cpu, began = program.api.calls, program.queued(), _cpu(), time.perf_counter()
    await asyncio.gather(*(parent() for _ in range(parents)))
    wall, cpu = time.perf_counter() - began, _cpu() - cpu
    if program.queued() - queued < done:
        raise AssertionError("a concern was not queued")
    taken.sort()
    return {
        "turns_s": len(taken) / wall,
        "p50_ms": taken[len(taken) // 2] / 1e6,
        "p99_ms": taken[int(len(taken) * 0.99)] / 1e6,
        "cpu_us": cpu / len(taken) * 1e6,
        "calls": (program.api.calls - calls) / done,
    }


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def memory(process: str = "self") -> float:
    """What a process occupies, in megabytes."""
    pages = Path(f"/proc/{process}/statm").read_text().split()[1]
    return int(pages) * resource.getpagesize() / 1e6
