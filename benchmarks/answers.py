"""What reading and judging one mail costs, for mails twice as large each time: it may double."""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import process_time

from bot.answers.limits import LIMITS
from tests.inbound import ADDRESS, DOMAIN, OFFICE, SERVER, judged

SIZES = (64_000, 128_000, 256_000, 512_000)
LARGE = (1_000_000, 2_000_000, 4_000_000, 8_000_000)
#: Seconds that no mail may cost, on one slow core.
LIMIT_S = 3
HEAD = (
    f"Authentication-Results: {SERVER}; dkim=pass header.d={DOMAIN}\n"
    f"From: {OFFICE}\nTo: {ADDRESS}\n"
)

PLAIN = {
    "words": "We will call you tomorrow. ",
    "lines": "short line\n",
    "blank lines": "\n",
    "On": "On ",
    "quoted": "> x\n",
    "angles": ">",
    "open markers": "##-\n",
    "labels": "From: a\n",
    "dashes": "-",
    "headings": "Oak School bot wrote:\n",
    "signatures": "Sent from my iPhone\n",
    "pictures": "[cid:",
    "links": "(https://",
    "spaces": " ",
}
HTML = {
    "HTML words": "We &amp; call ",
    "HTML <": "<",
    "HTML comments": "<!--",
    "HTML open tags": "<a ",
    "HTML quotes": '<"<a>"',
    "HTML quotations": "<blockquote>",
    "HTML breaks": "<br>",
    "HTML lists": "<ol><li>x",
    "HTML links": "<a href=https://x.example/>y</a>",
    "HTML entities": "&",
    "HTML paragraphs": "<p>x",
    "HTML cells": "<td>",
}


def body(unit: str, kind: str) -> Callable[[int], bytes]:
    head = f"{HEAD}Content-Type: {kind}; charset=utf-8\n\n"
    return lambda size: (head + unit * (size // len(unit))).encode()


def attachment(size: int) -> bytes:
    head = f"{HEAD}Content-Type: multipart/mixed; boundary=b\n\n--b\n\nwords\n--b\n"
    file = "Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n"
    return (head + file + ("A" * 76 + "\n") * (size // 77) + "--b--\n").encode()


def deep(size: int) -> bytes:
    """As many open boundaries as are allowed, and no end to any of them."""
    kinds = [f"Content-Type: multipart/mixed; boundary=b{n}\n\n" for n in range(LIMITS.boundaries)]
    head = HEAD + "".join(f"{kind}--b{n}\n" for n, kind in enumerate(kinds))
    return (head + "\n" + ("--" + "b" * 40 + "\n") * (size // 43)).encode()


def results(size: int) -> bytes:
    return HEAD.replace("dkim", "x=y; " * (size // 5) + "dkim").encode() + b"\n\nwords"


def timed(make: Callable[[int], bytes], size: int) -> float:
    raw = make(size)
    best = float("inf")
    for _ in range(2):
        start = process_time()
        judged(raw)
        best = min(best, process_time() - start)
    return best * 1000


def main() -> int:
    worst = 0.0
    rows = {name: body(unit, "text/plain") for name, unit in PLAIN.items()}
    rows |= {name: body(unit, "text/html") for name, unit in HTML.items()}
    for sizes, group in (
        (SIZES, rows),
        (LARGE, {"attachment": attachment, "open boundaries": deep}),
        ((500, 1_000, 2_000, 4_000), {"server's results": results}),
    ):
        print("milliseconds     " + "".join(f"{size:>11,}" for size in sizes) + "   longest: half")
        for name, make in group.items():
            took = [timed(make, size) for size in sizes]
            worst = max(worst, *took)
            growth = took[-1] / took[-2]
            print(f"{name:17}" + "".join(f"{ms:>11.1f}" for ms in took) + f"{growth:>10.1f}")
    print(f"at most {worst / 1000:.1f} s, allowed {LIMIT_S}")
    return int(worst > LIMIT_S * 1000)


if __name__ == "__main__":
    sys.exit(main())
