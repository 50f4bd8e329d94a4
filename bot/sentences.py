"""What can go wrong on the command line, as sentences and an exit status."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import typer

from bot.settings import SettingsError

if TYPE_CHECKING:  # loaded only when something did go wrong
    from dialogs.source import Problem


@contextmanager
def clearly() -> Iterator[None]:
    """Turn what can go wrong into sentences on standard error and an exit status."""
    try:
        yield
    except SettingsError as error:
        fail(str(error), 2)
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise typer.Exit(0) from None
    except Exception as error:
        from bot.channels import Unavailable
        from bot.inbound import NotReleased
        from bot.store import StoreProblem, StoreUnavailable
        from dialogs.source import ContentError

        match error:
            case NotReleased():
                fail(str(error), 1)
            case ContentError():
                fail(f"{error}\n{counted(error.problems)}", 2)
            case StoreProblem():
                fail(str(error), 1)
            case StoreUnavailable() | Unavailable():
                reason = error if isinstance(error, StoreUnavailable) else error.__cause__
                fail(f"The database takes nothing more ({reason}); what it has is safe.", 1)
            case _:
                raise


def fail(sentences: str, status: int) -> NoReturn:
    typer.echo(sentences, err=True)
    raise typer.Exit(status)


def counted(problems: Sequence[Problem]) -> str:
    warnings = sum(problem.warning for problem in problems)
    count = len(problems) - warnings
    return f"{count} problem{'s' * (count != 1)}, {warnings} warning{'s' * (warnings != 1)}."
