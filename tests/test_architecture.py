"""What the code may not do, read from the code itself."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.patience import PATIENCE

ROOT = Path(__file__).parent.parent
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in ("dialogs", "bot")
    for path in sorted((ROOT / package).rglob("*.py"))
}
OURS = ("dialogs", "bot", "policy_content", "tests", "benchmarks")

#: What the core may use besides the standard library: one library, in one module.
LIBRARIES = {
    "dialogs.yaml_values": {"yaml"},
    "dialogs.shape": {"pydantic", "pydantic_core"},
    "dialogs.flow": {"transitions"},
    "dialogs.content": {"pydantic", "pydantic_core"},
    "dialogs.understanding": {"rapidfuzz"},
    "dialogs.reading": {"pyphen"},
    "dialogs.school_days": {"holidays"},
}
#: Clocks, chance, waiting, the machine and the network: handed in, never fetched.
IMPURE = {
    "asyncio", "concurrent", "http", "io", "logging", "multiprocessing", "os", "random", "secrets",
    "select", "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "tempfile",
    "threading", "time", "urllib", "uuid",
}  # fmt: skip
#: Where files are read: the two that load what a school edits, and the flow that is beside its own.
READS_FILES = {
    "dialogs.content", "dialogs.source", "dialogs.flow", "dialogs.line_checks", "dialogs.checks",
}  # fmt: skip
#: Where the parts are made, from settings.
COMPOSE = ("bot.app", "bot.parts", "bot.live", "bot.schools")
#: The command line.
COMMANDS = ("bot.__main__", "bot.cli", "bot.editing", "bot.inbox", "bot.operating", "bot.sentences")
APART = (("bot.store",), ("bot.office", "bot.letter_bytes"), ("bot.mail",))


def imports(path: Path, module: str) -> Iterator[str]:
    """Everything that a module imports, also inside functions, by its full name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import"
            yield node.module or ""
            yield from (f"{node.module}.{a.name}" for a in node.names if _is_ours(node.module))


def _is_ours(module: str | None) -> bool:
    return (module or "").partition(".")[0] in OURS


def _of(prefix: str) -> list[str]:
    return [name for name in MODULES if name == prefix or name.startswith(prefix + ".")]


def _within(name: str, *prefixes: str) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


@pytest.mark.parametrize("module", _of("dialogs"))
def test_the_core_is_pure(module: str) -> None:
    for name in imports(MODULES[module], module):
        top = name.partition(".")[0]

        assert top not in ("bot", "tests", "benchmarks"), f"{module} imports {name}"
        assert top not in IMPURE, f"{module} imports {name}"
        if not _is_ours(name) and top not in sys.stdlib_module_names:
            assert top in LIBRARIES.get(module, set()), f"{module} imports {name}"
        if top == "pathlib":
            assert module in READS_FILES, f"{module} imports {name}"


@pytest.mark.parametrize("module", _of("dialogs"))
def test_the_core_opens_nothing_and_asks_no_clock(module: str) -> None:
    calls = {
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(MODULES[module].read_text()))
        if isinstance(node, ast.Call)
    }

    assert not calls & {"open", "print", "input", "eval", "exec", "__import__"}
    assert not {call for call in calls if call.endswith((".now", ".today", ".utcnow"))}


@pytest.mark.parametrize("module", _of("bot.answers"))
def test_judging_a_mail_is_pure(module: str) -> None:
    for name in imports(MODULES[module], module):
        assert name.partition(".")[0] not in IMPURE | {"pathlib"}, f"{module} imports {name}"
        if _is_ours(name):
            assert _within(name, "bot.answers", "bot.bounces"), f"{module} imports {name}"
        elif name.partition(".")[0] not in sys.stdlib_module_names:
            assert (module, name) == ("bot.answers.authentication", name), (
                f"{module} imports {name}"
            )


@pytest.mark.parametrize("module", [name for name in _of("bot.channels") if name != "bot.channels"])
def test_a_channel_knows_nothing_of_ours_but_messages(module: str) -> None:
    for name in imports(MODULES[module], module):
        if _is_ours(name):
            assert _within(name, "bot.channels", "dialogs.messages"), f"{module} imports {name}"
            other = name.removeprefix("bot.channels.").partition(".")[0].partition("_")[0]
            mine = module.removeprefix("bot.channels.").partition("_")[0]
            if name in MODULES and name != "bot.channels" and "bot.channels" in name:
                assert {mine, other} <= {"console", "terminal"} or mine == other, (
                    f"{module} imports another channel: {name}"
                )


@pytest.mark.parametrize(
    "module", [name for part in APART for prefix in part for name in _of(prefix)]
)
def test_store_office_and_mail_do_not_know_each_other(module: str) -> None:
    others = [prefix for part in APART if not _within(module, *part) for prefix in part]

    for name in imports(MODULES[module], module):
        assert not _within(name, *others), f"{module} imports {name}"


@pytest.mark.parametrize("module", MODULES)
def test_only_the_command_line_builds_the_app(module: str) -> None:
    if module not in (*COMMANDS, "bot.app"):
        for name in imports(MODULES[module], module):
            assert not _within(name, "bot.app", *COMMANDS)


@pytest.mark.parametrize("module", MODULES)
def test_only_the_app_builds_the_parts(module: str) -> None:
    if module != "bot.app":
        assert "bot.parts" not in set(imports(MODULES[module], module))


@pytest.mark.parametrize("module", MODULES)
def test_only_the_composition_root_reads_settings(module: str) -> None:
    if module not in (*COMMANDS, *COMPOSE, "bot.settings"):
        assert "bot.settings" not in set(imports(MODULES[module], module))


@pytest.mark.parametrize("module", _of("bot"))
def test_only_the_store_holds_sql(module: str) -> None:
    if not _within(module, "bot.store"):
        found = set(imports(MODULES[module], module))

        assert not found & {"sqlite3", "aiosql", "psycopg", "psycopg_pool"}
        assert "procrastinate" not in found or module == "bot.woken"


@pytest.mark.parametrize("module", MODULES)
def test_the_environment_is_read_once(module: str) -> None:
    if module not in ("bot.__main__", "bot.cli"):
        assert not re.search(r"\bos\.(environ|getenv)\b", MODULES[module].read_text())


IMPORT_ALL = """
import os, sys, threading
seen = []
def watch(name, args):
    if name == "open":
        mode, flags = args[1], args[2]
        writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes and "__pycache__" not in str(args[0]):
            seen.append((name, str(args[0])))
    elif name in {"os.mkdir", "os.remove", "os.rename", "subprocess.Popen", "os.system",
                  "sqlite3.connect", "socket.connect", "socket.bind", "socket.getaddrinfo"}:
        seen.append((name, str(args)))
sys.addaudithook(watch)
before = dict(os.environ)
import importlib, logging
handlers = list(logging.getLogger().handlers)
for name in sys.argv[1:]:
    importlib.import_module(name)
assert not seen, seen
assert threading.active_count() == 1, threading.enumerate()
assert logging.getLogger().handlers == handlers, "a log handler was added"
assert dict(os.environ) == before, "the environment was changed"
"""


def test_importing_every_module_does_nothing(tmp_path: Path) -> None:
    names = [name for name in MODULES if name != "bot.__main__"]

    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, *names, "bot.__main__"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


#: Functions with such names say what is wrong in a file, to whoever edits it.
FAULTS = "problem|fault|misshapen"
#: What names a setting, or says what Telegram or Discord does, is for the person on call.
ON_CALL = r"\b(TELEGRAM|DISCORD|MAIL|DATABASE|INBOX)_[A-Z]+\b|^(Telegram|Discord)\b"


def sentences(path: Path) -> Iterator[tuple[int, str]]:
    """String literals of four or more words, but for those that no parent can be shown."""
    tree = ast.parse(path.read_text())
    hidden: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                hidden.add(id(first.value))
        if (
            isinstance(node, ast.Raise | ast.Assert)
            or (isinstance(node, ast.Call) and _is_for_technicians(node))
            or (isinstance(node, ast.FunctionDef) and re.search(FAULTS, node.name))
        ):
            hidden |= {id(inner) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in hidden
            and not re.search(ON_CALL, node.value)
            and len(re.findall(r"[A-Za-z']{2,}", node.value)) >= 4
            and re.search(r"[A-Za-z']+ [A-Za-z']+ [A-Za-z']+", node.value)
        ):
            yield node.lineno, node.value


def _is_for_technicians(call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    return name.startswith("logger.") or name.endswith(("Error", "add_note", "Unavailable"))


#: These speak to whoever edits the content, never to a parent.
FOR_EDITORS = {
    "dialogs.content", "dialogs.diagram", "dialogs.flow", "dialogs.placeholders",
    "dialogs.reading", "dialogs.school", "dialogs.shape", "dialogs.source", "dialogs.yaml_values",
}  # fmt: skip


@pytest.mark.parametrize(
    "module",
    [
        name
        for name in (*_of("dialogs"), *_of("bot.channels"))
        if name not in FOR_EDITORS and not name.endswith("checks")
    ],
)
def test_no_sentence_for_a_parent_stands_in_code(module: str) -> None:
    assert list(sentences(MODULES[module])) == []


def test_the_search_for_sentences_finds_one(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text('"""Not this one at all."""\nlogger.info("nor this one either")\n'
                      'TEXT = "Please tell the school first."\n')  # fmt: skip

    assert list(sentences(module)) == [(3, "Please tell the school first.")]
