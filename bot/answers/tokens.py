"""Reply tokens: which thread a mail belongs to, provable, in the address it was sent to."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence

#: As in references: base 32 without I, L, O and U (Crockford), in small letters for addresses.
LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_PROOF = 26  # 128 bits, five to a letter
_TOKEN = re.compile(f"[{LETTERS}]{{8}}[{LETTERS}]{{{_PROOF}}}")
#: Stands in a pattern for the token.
PLACE = "*"


def keys(setting: str) -> tuple[bytes, ...]:
    """The keys in `REPLY_KEY`, split at commas and spaces: the first signs, all of them open."""
    return tuple(key.encode() for key in re.split(r"[,\s]+", setting) if key)


def token(reference: str, key: bytes) -> str:
    """The token of a thread: its reference and 128 bits that only the key can make."""
    plain = reference.replace("-", "").lower()
    digest = hmac.digest(key, b"reply\x00" + plain.encode(), hashlib.sha256)
    number = int.from_bytes(digest[:16], "big") << 2
    proof = "".join(LETTERS[number >> 5 * place & 31] for place in reversed(range(_PROOF)))
    return plain + proof


def read_token(text: str, keys: Sequence[bytes]) -> str | None:
    """The reference that `text` proves, in the form that people read; None for anything else."""
    said = text.lower()
    if not _TOKEN.fullmatch(said):
        return None
    reference = f"{said[:4]}-{said[4:8]}".upper()
    proved = [hmac.compare_digest(said, token(reference, key)) for key in keys]
    return reference if any(proved) else None


def default_pattern(address: str) -> str:
    """Where answers come back when the school names no other place: plus-addressing."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{PLACE}@{domain}"


def reply_address(pattern: str, token: str) -> str:
    return pattern.replace(PLACE, token, 1)


def find_tokens(addresses: Iterable[str], pattern: str) -> tuple[str, ...]:
    """What stands in the token's place in `addresses` (raw headers too), each once, unproved."""
    before, _, after = pattern.partition(PLACE)
    before, after = rf"(?<![\w.+-]){re.escape(before)}", rf"{re.escape(after)}(?![\w.-])"
    place = re.compile(rf"{before}({_TOKEN.pattern}){after}", re.IGNORECASE | re.ASCII)
    found = (one.lower() for text in addresses for one in place.findall(text))
    return tuple(dict.fromkeys(found))
