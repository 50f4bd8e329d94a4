"""`python -m bot`, which is also `before-you-post`."""

from __future__ import annotations

import os


def main() -> None:
    from bot import loop

    loop.look_seldom()

    from bot.cli import cli

    cli(obj=os.environ)


if __name__ == "__main__":
    main()
