"""Files that settings stand in: `.env`, and one for each secret that is kept out of it."""

from __future__ import annotations

import difflib
import stat
from collections.abc import Sequence
from pathlib import Path

LARGEST_SECRET = 16_384


def in_dotenv(
    path: Path | None, names: Sequence[str], secrets: Sequence[str], problems: list[str]
) -> dict[str, str]:
    """What is set in `path`, a `.env` file. `names` are all settings, `secrets` some of them."""
    if path is None or not path.is_file():
        return {}
    from dotenv import dotenv_values

    try:
        found = {name: value for name, value in dotenv_values(path).items() if value}
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{path} cannot be read: {_reason(error)}.")
        return {}
    known = [*names, *(f"{name}_FILE" for name in secrets)]
    for name in found:
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.85)
        if name not in known and close:
            problems.append(f"{path}: {name} is not a setting; did you mean {close[0]}?")
    if not found.keys().isdisjoint(secrets) and _is_world_readable(path):
        problems.append(
            f"{path} holds secrets and everyone on this machine can read it: chmod 600 {path}"
        )
    return found


def read_secret(setting: str, path: Path, problems: list[str]) -> str:
    """The secret that `path` holds, which `setting` names."""
    try:
        if _is_world_readable(path):
            problems.append(
                f"{setting}: everyone on this machine can read {path}: chmod 600 {path}"
            )
        with path.open("rb") as file:
            secret = file.read(LARGEST_SECRET + 1).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{setting}: {path} cannot be read: {_reason(error)}.")
        return ""
    if not secret or len(secret) > LARGEST_SECRET:
        problems.append(f"{setting}: {path} is {'too long' if secret else 'empty'}.")
    return secret


def _is_world_readable(path: Path) -> bool:
    return bool(path.stat().st_mode & stat.S_IROTH)


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or "no reason given") if isinstance(error, OSError) else "not UTF-8 text"
