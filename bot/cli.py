"""The command line, for the person who looks after the bot.

Exit status: 0 all is well; 1 something is wrong, and it says what; 2 the settings, the content or
the command itself cannot be used.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import logs
from bot.editing import editing, problems_of, wrong
from bot.inbox import inbox
from bot.operating import operating, outbox
from bot.sentences import clearly
from bot.settings import Settings, SettingsError

if TYPE_CHECKING:  # what takes long to load is loaded by the command that needs it
    from dialogs.content import Content

HELP = """A robot helper that lets parents think before they post, and reach school in private.

Settings are environment variables or lines in .env; docs/install.md lists them.
Exit status: 0 all is well · 1 something is wrong, and it says what · 2 settings, content or
command cannot be used.
"""
DEMO = Path("var/demo")

# Never with local variables: they hold tokens and what parents wrote.
cli = typer.Typer(
    help=HELP, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False
)
cli.add_typer(editing)
cli.add_typer(operating)
cli.add_typer(outbox, name="outbox")
cli.add_typer(inbox, name="inbox")

#: A name that can be typed again and fits on a line.
LONGEST_NAME = 64


def _name(name: str) -> str:
    if not (0 < len(name) <= LONGEST_NAME and name.isprintable() and name.strip()):
        raise typer.BadParameter(f"a name has 1 to {LONGEST_NAME} letters, on one line")
    return name


Name = Annotated[
    str,
    typer.Option(
        "--as", metavar="NAME", callback=_name, help="Which conversation; each name is a parent."
    ),
]


@cli.command()
def run(context: typer.Context) -> None:
    """Talk to parents on every channel that has a token, and deliver their letters."""
    with clearly():
        from bot import app, live, loop, schools

        settings = Settings.from_env(context.obj)
        if settings.schools:
            schools.folders(Path(settings.schools))
            # Each is checked when it begins: those that are right wait for no others.
            logs.set_up(settings.log_level, sys.stderr)
            loop.run(app.serve_many(settings, Path(settings.schools), wrong))
            return
        content = _content(settings.content)
        problems = [problem for problem in problems_of(content) if not problem.warning]
        if found := [*map(str, problems), *live.objections(settings, content)]:
            raise SettingsError(found)
        logs.set_up(settings.log_level, sys.stderr)
        if not loop.run(app.serve(settings, content)):
            raise typer.Exit(1)


@cli.command()
def console(
    context: typer.Context,
    name: Name = "parent",
    script: Annotated[
        str,
        typer.Option(
            metavar="ID",
            help="A name for the lines that are piped in. A script that was cut off can be run "
            "again under the same name: lines that were handled are not handled twice.",
        ),
    ] = "",
) -> None:
    """Talk to the bot here: in the terminal, or a line at a time through a pipe."""
    with clearly():
        settings = Settings.from_env(context.obj)
        _talk(settings, name, f"before-you-post console --as {_quoted(name)}", script)


@cli.command()
def demo(context: typer.Context, name: Name = "demo") -> None:
    """Try it: an invented school, and an inbox of its own under var/demo."""
    with clearly():
        from bot.letters import newest, readable

        content = Settings.from_env(context.obj).content
        # Whatever else is set, such as a real mail server, is left alone.
        settings = Settings.from_env(
            {
                "CONTENT": str(content),
                "DATABASE_URL": f"sqlite:///{DEMO}/before-you-post.db",
                "MAIL_URL": f"maildir:{DEMO}/office-inbox",
            },
            dotenv=None,
        )
        loaded = _content(content)
        say = loaded.wordings[loaded.school.language].say
        print(say("console_demo_welcome"), flush=True)
        started = datetime.now(UTC)
        again = f"before-you-post demo --as {_quoted(name)}"
        # Who leaves with Ctrl-C is told of the letter too.
        with contextlib.suppress(KeyboardInterrupt):
            _talk(settings, name, "make demo" if "MAKELEVEL" in context.obj else again)
        for letter in newest(DEMO / "office-inbox", started):
            print(say("console_demo_letter", letter=str(letter)))
            if sys.stdin.isatty() and sys.stdout.isatty():
                answer = input(f"{say('console_demo_open')} ")
                if not answer.strip().lower().startswith("n"):
                    print(f"\n{readable(letter)}")


@cli.command()
def version() -> None:
    """Which version this is."""
    from importlib.metadata import version

    print(version("before-you-post"))


def _talk(settings: Settings, name: str, again: str, script: str = "") -> None:
    from bot import app

    content = _content(settings.content)
    # A log line in the middle of a chat helps nobody, unless it was asked for.
    asked = "log_level" in settings.model_fields_set
    logs.set_up(settings.log_level if asked else "CRITICAL", sys.stderr)
    asyncio.run(app.talk(settings, content, name, again, script))


def _content(folder: Path) -> Content:
    from dialogs.content import Content

    return Content.load(folder)


def _quoted(name: str) -> str:
    import shlex

    return shlex.quote(name)
