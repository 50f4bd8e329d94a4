"""References: what parent and office quote. The same message always gives the same one."""

from __future__ import annotations

import hashlib
import hmac

#: Base 32 without I, L, O and U: nothing to misread on the telephone (Crockford).
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def make_reference(secret: bytes, identity: str) -> str:
    """Eight characters (40 bits) that only the holder of the secret can foretell."""
    number = int.from_bytes(hmac.digest(secret, identity.encode(), hashlib.sha256)[:5], "big")
    characters = "".join(LETTERS[number >> shift & 31] for shift in range(35, -1, -5))
    return f"{characters[:4]}-{characters[4:]}"
