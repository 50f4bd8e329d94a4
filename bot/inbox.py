"""The mails that came in, for the person who looks after the bot."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.operating import open_store, when
from bot.sentences import clearly, fail
from bot.settings import Settings

inbox = typer.Typer(help="The mails that came in: what was passed on, and what was kept back.")

#: So much of an id tells mails apart.
ID = 10


@inbox.callback(invoke_without_command=True)
def inbox_or_list(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_mails(context)


@inbox.command("list")
def list_mails(context: typer.Context) -> None:
    """Every mail, oldest first; never its words or its sender."""
    with clearly(), open_store(context) as store:
        from rich.console import Console
        from rich.table import Table

        table = Table("id", "came", "was", "why", "reference", "released")
        for row in asyncio.run(store.turn(lambda tx: tx.inbound_rows())):
            released = when(row.released_at) if row.released_at else ""
            table.add_row(
                row.id[:ID], when(row.received), row.verdict, row.reason, row.reference, released
            )
        Console().print(table)


@inbox.command()
def show(context: typer.Context, id: str) -> None:
    """A mail as it came: who it says it is from, what our server says of that, its words."""
    with clearly(), open_store(context) as store:
        from bot.letters import readable_mail

        raws = asyncio.run(
            store.turn(
                lambda tx: [
                    tx.inbound_raw(row.id) for row in tx.inbound_rows() if row.id.startswith(id)
                ]
            )
        )
        if len(raws) != 1 or not raws[0]:
            fail(f"There is no mail {id}, or it is not kept any more.", 1)
        typer.echo(readable_mail(raws[0]))


@inbox.command()
def release(
    context: typer.Context,
    id: str,
    words: Annotated[
        Path | None,
        typer.Option(
            help="A file with the words for the parent, where they are not certain; - reads here."
        ),
    ] = None,
) -> None:
    """Pass a mail on that was kept back, once somebody has made sure that school wrote it."""
    with clearly():
        from bot import app
        from dialogs.content import Content

        settings = Settings.from_env(context.obj)
        said = ""
        if words is not None:
            said = sys.stdin.read() if str(words) == "-" else words.read_text(encoding="utf-8")
        reference = asyncio.run(app.release(settings, Content.load(settings.content), id, said))
        typer.echo(f"Passed on to the parent of {reference} by the bot that is running.")
