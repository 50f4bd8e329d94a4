"""The documents tell the truth about the code: settings, commands, modules, times, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from bot.cli import cli
from bot.retention import Keep
from bot.settings import SECRETS, Settings

ROOT = Path(__file__).parent.parent
README, INSTALL = ROOT / "README.md", ROOT / "docs" / "install.md"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
#: Also what is not prose.
TEXTS = [
    *PAGES,
    *(path for path in (ROOT / "docs").iterdir() if path.suffix in (".yaml", ".service")),
    ROOT / "docs" / "Containerfile",
]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def rows(path: Path) -> dict[str, list[str]]:
    """The rows of the tables of a page, by their first cell without its back-ticks."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("|"):
            first, *rest = (cell.strip() for cell in line.strip("|").split(" | "))
            found[first.strip("`| ")] = [cell.strip("| ") for cell in rest]
    return found


def default_of(setting: str) -> str:
    default = Settings.model_fields[setting].default
    if setting == "content":
        return "policy_content"
    return str(default.get_secret_value() if setting in SECRETS else default)


@pytest.mark.parametrize("page", [README, INSTALL], ids=name)
@pytest.mark.parametrize("setting", list(Settings.model_fields))
def test_each_setting_is_in_the_table_with_its_default(setting: str, page: Path) -> None:
    told = rows(page).get(setting.upper())

    assert told, f"{name(page)} has no row for {setting.upper()}"
    assert told[0].strip("`") == (default_of(setting) or "empty")


@pytest.mark.parametrize("setting", SECRETS)
def test_each_secret_is_said_to_be_possible_in_a_file(setting: str) -> None:
    assert f"`{setting.upper()}_FILE`" in rows(INSTALL)[setting.upper()]
    assert "*secret*" in " ".join(rows(README)[setting.upper()])


def test_no_setting_is_told_that_is_not_there() -> None:
    known = {setting.upper() for setting in Settings.model_fields}
    known |= {f"{setting.upper()}_FILE" for setting in SECRETS}
    heads = "|".join(sorted({setting.upper().partition("_")[0] for setting in known}))

    for path in TEXTS:
        found = set(re.findall(rf"\b(?:{heads})_[A-Z_]+\b", path.read_text(encoding="utf-8")))

        assert not found - known, name(path)


def commands() -> Iterator[str]:
    """Every command of the command line, with those of its groups."""
    for command in cli.registered_commands:
        assert command.callback is not None
        yield command.name or command.callback.__name__
    for group in cli.registered_groups:
        assert group.typer_instance is not None
        if group.name:
            yield group.name
        for command in group.typer_instance.registered_commands:
            assert command.callback is not None
            own = command.name or command.callback.__name__
            yield f"{group.name} {own}" if group.name else own


@pytest.mark.parametrize("command", list(commands()))
def test_each_command_is_in_the_readme(command: str) -> None:
    assert f"`before-you-post {command}`" in README.read_text(encoding="utf-8") or (
        command == "outbox list" and "`outbox list`" in README.read_text(encoding="utf-8")
    )


def test_no_command_is_told_that_is_not_there() -> None:
    known = {command.partition(" ")[0] for command in commands()}

    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        found = set(re.findall(r"`before-you-post ([a-z]+)", text))
        found |= set(re.findall(r"^(?:\S*/)?before-you-post ([a-z]+)", text, re.MULTILINE))

        assert not found - known, name(path)


def test_the_makefile_has_what_the_documents_type() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))

    assert {"demo", "test", "check", "bench", "run"} <= targets
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        typed = set(re.findall(r"`make ([a-z-]+)`", text))
        typed |= set(re.findall(r"^make ([a-z-]+)", text, re.MULTILINE))
        assert not typed - targets, name(path)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_each_link_leads_to_something_that_is_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, heading = target.partition("#")
        there = (page.parent / file).resolve() if file else page

        assert there.exists(), f"{name(page)} links to {target}"
        assert ROOT in there.parents, f"{name(page)} links out of the repository: {target}"
        if heading:
            assert heading in headings(there), f"{name(page)} links to {target}"


def headings(page: Path) -> set[str]:
    """What the headings of a page are called in links."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    return {
        re.sub(r"[^a-z0-9 _-]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }


#: Folders of the machine that a page was written on, and where packages come from.
ELSEWHERE = re.compile(
    r"/(?:work|root|home|Users|tmp/[a-z])\b|p[y]pi\.org|files\.pythonh[o]sted|n[p]mjs\.|docker\.io|ghcr\.io"
    r"|quay\.io|index-url",
    re.IGNORECASE,
)


@pytest.mark.parametrize("path", TEXTS, ids=name)
def test_nothing_names_this_machine_or_a_registry(path: Path) -> None:
    assert not ELSEWHERE.findall(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", [README, ROOT / "docs" / "privacy.md"], ids=name)
def test_nothing_is_shouted(path: Path) -> None:
    assert "!" not in path.read_text(encoding="utf-8")


def test_the_tree_has_each_module_and_no_other() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    (tree,) = re.findall(r"^```text\n(dialogs/\n.*?)^```", page, re.MULTILINE | re.DOTALL)
    told, package = set(), ""
    for line in tree.splitlines():
        package = line if re.fullmatch(r"[a-z]+/", line) else package
        if found := re.match(r"  ([\w/]+\.py)  ", line):
            told.add(package + found[1])
    there = {
        path.relative_to(ROOT).as_posix()
        for package in ("dialogs", "bot")
        for path in (ROOT / package).rglob("*.py")
    } - {"dialogs/__init__.py", "bot/__init__.py"}

    assert told == there


def spoken(time: timedelta) -> str:
    days, hours = time.days, time.total_seconds() / 3600
    return f"{days} days" if days > 2 else f"{hours:.0f} hours"


@pytest.mark.parametrize("kept", ["session", "seen", "link", "alias"])
def test_the_privacy_page_says_how_long_things_are_kept(kept: str) -> None:
    page = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")

    assert spoken(getattr(Keep(), kept)) in page


def test_the_page_on_faults_names_tests_that_exist() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    suites = "".join(one.read_text(encoding="utf-8") for one in (ROOT / "tests").glob("test_*.py"))

    named = set(re.findall(r"`(test_\w+)`", page))

    assert len(named) > 30
    assert {name for name in named if f"def {name}(" not in suites} == set()


def test_the_threat_model_names_tests_that_exist() -> None:
    page = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+\.py)`", page))

    assert named
    assert not {test for test in named if not (ROOT / "tests" / test).exists()}


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = (folder / "README.md").read_text(encoding="utf-8")

    for record in sorted(folder.glob("[0-9]*.md")):
        text = record.read_text(encoding="utf-8")
        assert f"({record.name})" in listed
        for part in ("Context", "Decision", "Alternatives", "Consequences"):
            # What 0002 left out is its alternatives.
            assert f"\n## {part}\n" in text or (part == "Alternatives" and "## Left out" in text)


def test_each_dependency_has_its_reason() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (block,) = re.findall(r"^dependencies = \[(.*?)^\]", project, re.MULTILINE | re.DOTALL)
    reasons = rows(next((ROOT / "docs" / "decisions").glob("0002-*.md")))

    for package in re.findall(r'"([A-Za-z0-9._-]+)', block):
        assert package.lower() in {told.lower() for told in reasons}, package


def test_the_compose_file_hands_over_settings_that_exist() -> None:
    compose = yaml.safe_load((ROOT / "docs" / "compose.yaml").read_text(encoding="utf-8"))
    bot = compose["services"]["bot"]
    known = {setting.upper() for setting in Settings.model_fields}
    known |= {f"{setting.upper()}_FILE" for setting in SECRETS}

    assert set(bot["environment"]) <= known
    assert set(bot["secrets"]) == set(compose["secrets"])
