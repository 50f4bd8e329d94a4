"""The content that all tests speak with: the school's own, or the one that BYP_CONTENT names."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dialogs.content import Content
from dialogs.dialogue import Dialogue
from dialogs.flow import FLOW, Flow
from dialogs.source import read

ROOT = Path(__file__).parent.parent
CONTENT = Path(os.environ.get("BYP_CONTENT", ROOT / "policy_content")).absolute()

# Programs that a test starts speak with the same content.
os.environ["CONTENT"] = str(CONTENT)


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
