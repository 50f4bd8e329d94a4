"""Commands about what a school edits, and what is wrong in it, for whoever edits it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.sentences import clearly, counted
from bot.settings import Settings, SettingsError

if TYPE_CHECKING:  # loaded when a command needs it
    from bot.schools import School
    from dialogs.content import Content
    from dialogs.source import Problem

editing = typer.Typer()


@editing.command()
def check(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(help="The content to check, if it is not the one set.")
    ] = None,
) -> None:
    """Check everything that a school edits, and say all that is wrong with it."""
    with clearly():
        from dialogs.content import Content
        from dialogs.source import ContentError

        settings = Settings.from_env(context.obj)
        if settings.schools and not folder:
            found = _of_all(Path(settings.schools))
            for sentence in found:
                typer.echo(sentence)
            typer.echo(f"{len(found)} problems in the schools of {settings.schools}.")
            raise typer.Exit(1 if found else 0)
        try:
            content = Content.load(folder or settings.content)
        except ContentError as error:
            typer.echo(error)
            typer.echo(counted(error.problems))
            raise typer.Exit(1) from None
        problems = problems_of(content)
        for problem in problems:
            typer.echo(problem)
        typer.echo(counted(problems))
        _show_hardest(content)
        if any(not problem.warning for problem in problems):
            raise typer.Exit(1)


@editing.command()
def diagram(
    format: Annotated[str, typer.Option(help="svg (opens in a browser) or mermaid.")] = "svg",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to write it.")] = None,
) -> None:
    """Draw the flow: every state, every way between them."""
    from dialogs import diagram as drawing
    from dialogs.flow import FLOW
    from dialogs.source import read

    ways = {"svg": drawing.svg, "mermaid": drawing.mermaid}
    if format not in ways:
        raise typer.BadParameter(f"{format} is neither svg nor mermaid", param_hint="--format")
    picture = ways[format](read(FLOW).value)
    if out is None:
        sys.stdout.write(picture)
    else:
        try:
            out.write_text(picture, encoding="utf-8")
        except OSError as fault:
            raise typer.BadParameter(
                f"{out} cannot be written: {fault.strerror}", param_hint="--out"
            ) from None


def _of_all(folder: Path) -> list[str]:
    """All that is wrong with any school of a folder, and what two of them share."""
    from bot import schools
    from dialogs.source import ContentError

    found, read = [], []
    for one in schools.folders(folder):
        try:
            school = schools.load(one)
        except (SettingsError, ContentError) as error:
            found += [f"{one.name}: {line}" for line in str(error).splitlines()]
            continue
        read.append(school)
        found += [f"{one.name}: {sentence}" for sentence in wrong(school)]
    return found + schools.crossings(read)


def wrong(school: School) -> list[str]:
    """What keeps a school from being run."""
    from bot import live

    problems = [problem for problem in problems_of(school.content) if not problem.warning]
    return [*map(str, problems), *live.objections(school.settings, school.content)]


def problems_of(content: Content) -> list[Problem]:
    """Everything that is wrong with content that could be loaded, warnings among it."""
    from dialogs import checks, line_checks
    from dialogs.flow import FLOW
    from dialogs.source import read
    from dialogs.turn import Turn

    names = {name for name in dir(Turn) if not name.startswith("_")}
    return checks.problems(content, read(FLOW), names, datetime.now(UTC).date(), line_checks.said())


def _show_hardest(content: Content) -> None:
    from dialogs import word_checks

    language = content.school.language
    if language == "en":  # the formula knows no other language
        typer.echo("Hardest to read (school grade):")
        for grade, place in word_checks.hardest(content, language):
            typer.echo(f"  {grade:4.1f}  {place}")
