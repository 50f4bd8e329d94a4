"""Commands about what is kept and what is on its way, for the person who looks after the bot."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.sentences import clearly, fail
from bot.settings import Settings

if TYPE_CHECKING:  # loaded when a command needs it
    from bot.store import Store

operating = typer.Typer()
outbox = typer.Typer(help="The letters: what waits, what went out, what was refused.")


@outbox.callback(invoke_without_command=True)
def outbox_or_list(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_letters(context)


@outbox.command("list")
def list_letters(context: typer.Context) -> None:
    """Every letter, oldest first; never its words."""
    with clearly(), open_store(context) as store:
        from rich.console import Console
        from rich.table import Table

        table = Table("reference", "to", "state", "tries", "created", "next try", "last error")
        for row in asyncio.run(store.outbox_rows()):
            due = when(row.due) if row.state in ("queued", "leased") else ""
            table.add_row(
                row.reference, row.role, row.state, str(row.tries), when(row.created), due,
                row.last_error,
            )  # fmt: skip
        Console().print(table)


@outbox.command()
def retry(context: typer.Context, reference: str) -> None:
    """Try the letters of one concern again at once, also those that were refused."""
    with clearly(), open_store(context) as store:
        count = asyncio.run(store.release(reference.strip().upper()))
        if not count:
            fail(f"No letter waits under {reference}.", 1)
        typer.echo(f"{count} of {reference} will be tried again by the bot that is running.")


@outbox.command()
def settle(context: typer.Context, reference: str) -> None:
    """Say that the school knows of a refused concern in another way, such as by telephone."""
    with clearly(), open_store(context) as store:
        count = asyncio.run(store.settle(reference.strip().upper()))
        if not count:
            fail(f"No letter was refused under {reference}.", 1)
        typer.echo(f"{count} of {reference} needs no more care.")


@operating.command()
def backup(context: typer.Context, file: Path) -> None:
    """Copy the database while the bot runs, and verify the copy."""
    with clearly():
        from bot import backup as copying

        typer.echo(
            copying.backup(Settings.from_env(context.obj).database_url.get_secret_value(), file)
        )


@operating.command()
def restore(context: typer.Context, file: Path) -> None:
    """Put a backup in the place of the database. Refused while the bot runs."""
    with clearly():
        from bot import backup as copying

        typer.echo(
            copying.restore(Settings.from_env(context.obj).database_url.get_secret_value(), file)
        )


@operating.command()
def status(context: typer.Context) -> None:
    """Say how it is, as /health does. The exit status is 0 only when all is well."""
    with clearly(), open_store(context) as store:
        from bot import health

        now = datetime.now(UTC)
        found = asyncio.run(store.turn(lambda tx: health.look(tx, now)))
        for sentence in (*found.problems, *found.notes):
            typer.echo(sentence)
        letters = found.letters
        typer.echo(
            f"{letters['sent']} sent, {letters['waiting']} waiting,"
            f" {len(found.problems)} to look after."
        )
        kept_back = found.inbound.get("quarantined", 0) + found.inbound.get("held", 0)
        if kept_back:
            typer.echo(f"{kept_back} mails were kept back: see before-you-post inbox.")
        if not found.is_well:
            raise typer.Exit(1)


@operating.command()
def migrate(context: typer.Context) -> None:
    """Bring the database to the newest schema. The bot does the same whenever it starts."""
    with clearly(), open_store(context, make=True) as store:
        schema = asyncio.run(store.turn(lambda tx: tx.meta("schema")))
        typer.echo(f"{store.name} has schema {schema}.")


@operating.command()
def forget(
    context: typer.Context,
    conversation: Annotated[
        str, typer.Argument(help="Such as console:parent or telegram:123456.")
    ] = "",
    name: Annotated[
        str, typer.Option("--as", metavar="NAME", help="The same as console:NAME.")
    ] = "",
) -> None:
    """Wipe all that is held of a conversation. A letter that was sent stays with the school."""
    wanted = conversation or (f"console:{name}" if name else "")
    if ":" not in wanted:
        raise typer.BadParameter("name a conversation, such as console:parent", param_hint="")
    with clearly(), open_store(context) as store:

        async def wipe() -> None:
            await store.turn(lambda tx: tx.forget(wanted, ""))
            await store.scrub()

        asyncio.run(wipe())
        typer.echo(f"Nothing is held of {wanted} any more.")


@contextmanager
def open_store(context: typer.Context, make: bool = False) -> Iterator[Store]:
    """The store that the settings name; made only when that is wanted."""
    from bot.store import Store, StoreProblem

    url = Settings.from_env(context.obj).database_url.get_secret_value()
    path = Path(url.partition(":///")[2])
    # One that was lost leaves this behind: then the store itself says what to do.
    lost = path.with_name(f"{path.name}.exists").exists()
    if url.startswith("sqlite:") and not (make or lost or path.exists()):
        raise StoreProblem(f"{path} is not there: nothing has been kept yet.")
    store = Store.open(url)
    try:
        yield store
    finally:
        store.close()


def when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
