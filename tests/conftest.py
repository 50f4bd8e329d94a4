"""The content that all tests speak with: the school's own, or the one that BYP_CONTENT names."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from dialogs.content import Content
from dialogs.dialogue import Dialogue
from dialogs.flow import FLOW, Flow
from dialogs.source import read
from tests import shell

ROOT = Path(__file__).parent.parent
CONTENT = Path(os.environ.get("BYP_CONTENT", ROOT / "policy_content")).absolute()

# Programs that a test starts speak with the same content.
os.environ["CONTENT"] = str(CONTENT)

# No example is late: what else runs on the machine is nobody's fault.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


#: Tests in which nobody says a word, or none that others do not say too: once is enough, whatever
#: the language.
WORDLESS = {
    "test_acceptance",
    "test_architecture",
    "test_backup",
    "test_bad_evening",
    "test_bounces",
    "test_claims",
    "test_death_points",
    "test_deaths",
    "test_diagram",
    "test_discord_events",
    "test_discord_kill",
    "test_docs",
    "test_draft",
    "test_engine",
    "test_faults",
    "test_fuzz_mail",
    "test_fuzz_replies",
    "test_inbound_mail",
    "test_judging",
    "test_lookup",
    "test_mail",
    "test_mailbox",
    "test_mailroom",
    "test_morning_after",
    "test_nights",
    "test_outbox",
    "test_overdue",
    "test_postgres",
    "test_postman",
    "test_quoting",
    "test_reading",
    "test_replies",
    "test_run",
    "test_safety",
    "test_scale",
    "test_school_days",
    "test_soak_postgres",
    "test_source",
    "test_store",
    "test_telegram_kill",
    "test_telegram_replay",
    "test_telegram_updates",
    "test_text",
    "test_threads",
    "test_tokens",
    "test_woken",
}


#: Suites whose tests, those that keep something, are run on each kind of database.
ON_BOTH = {
    "test_conversations",
    "test_engine",
    "test_outbox",
    "test_postman",
    "test_reminders",
    "test_store",
    "test_threads",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.module.__name__.rpartition(".")[2] in ON_BOTH:
        of_a_file = metafunc.definition.get_closest_marker("sqlite")
        if "tmp_path" in metafunc.fixturenames and not of_a_file:
            metafunc.parametrize("database", ["sqlite", "postgres"], indirect=True)


@pytest.fixture(autouse=True)
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The kind of database that `open_store` opens; a file, but in the suites of `ON_BOTH`."""
    shell.KIND = getattr(request, "param", "sqlite")
    yield shell.KIND
    if shell.KIND == "postgres":
        shell.drop_stores()
    shell.KIND = "sqlite"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In the run with the pseudo-language, leave out what has no words in it."""
    if "BYP_CONTENT" in os.environ:
        wordless = [item for item in items if _is_wordless(item)]
        config.hook.pytest_deselected(items=wordless)
        items[:] = [item for item in items if item not in wordless]


def _is_wordless(item: pytest.Item) -> bool:
    """Also when it is run once more on the other kind of database."""
    given = getattr(item, "callspec", None)
    again = given is not None and given.params.get("database") == "postgres"
    return again or item.path.stem in WORDLESS


@pytest.fixture(scope="session")
def content() -> Content:
    return Content.load(CONTENT)


@pytest.fixture(scope="session")
def flow() -> Flow:
    return Flow(read(FLOW).value)


@pytest.fixture(scope="session")
def dialogue(content: Content, flow: Flow) -> Dialogue:
    return Dialogue(content, flow)


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Say one line of numbers that the whole run prints at its end."""
    return lambda line: record_property("tell", line)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines = [
        str(value)
        for report in terminalreporter.stats.get("passed", [])
        for key, value in report.user_properties
        if key == "tell"
    ]
    if lines:
        terminalreporter.section("measured")
        for line in lines:
            terminalreporter.write_line(line)
