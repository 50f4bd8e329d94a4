"""How well the draft check tells fair posts from unkind ones: precision, recall and every miss."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from dialogs.draft import FAMILIES, Rules, findings
from dialogs.safety import Phrases, card_for
from dialogs.source import read

HERE = Path(__file__).parent
CONTENT = HERE.parent / "policy_content" / "en"


def fair_posts(path: Path = HERE / "eval" / "fair.yaml") -> Iterator[str]:
    for posts in read(path).value.values():
        yield from (str(post) for post in posts)


def unkind_posts(path: Path = HERE / "eval" / "unkind.yaml") -> Iterator[tuple[set[str], str]]:
    for families, post in read(path).value:
        yield set(families.split(",")), str(post)


def main() -> int:
    rules = Rules.compile(read(CONTENT / "draft_check.yaml").value)
    false, grave, quiet = Counter[str](), 0, 0
    print("fair posts with a finding:")
    fair = list(fair_posts())
    for post in fair:
        found = findings(post, rules)
        quiet += not found
        for finding in found:
            false[finding.family] += 1
            grave += finding.family in ("insult", "threat")
            print(f"  {finding.rule}: [{finding.words}] in: {post}")
    wanted, hits, extra, seen = Counter[str](), Counter[str](), Counter[str](), 0
    print("unkind posts with a family missed, or one more than expected:")
    unkind = list(unkind_posts())
    for families, post in unkind:
        found = {finding.family: finding for finding in findings(post, rules)}
        seen += bool(found)
        wanted.update(families)
        hits.update(families & found.keys())
        extra.update(found.keys() - families)
        for family in sorted(families - found.keys()):
            print(f"  missed {family}: {post}")
        for family in sorted(found.keys() - families):
            print(f"  more {family}: [{found[family].words}] in: {post}")
    print(
        f"{'family':18}{'precision':>10}{'recall':>8}{'wanted':>8}{'found':>7}{'false':>7}{'more':>6}"
    )
    for family in FAMILIES:
        right = hits[family] + extra[family]
        precision = right / (right + false[family]) if right + false[family] else 1.0
        recall = hits[family] / wanted[family] if wanted[family] else 1.0
        print(
            f"{family:18}{precision:>10.3f}{recall:>8.3f}{wanted[family]:>8}{hits[family]:>7}"
            f"{false[family]:>7}{extra[family]:>6}"
        )
    right, wrong = hits.total(), false.total()
    strict = right / (right + wrong + extra.total())
    print(
        f"\n{len(fair)} fair posts, {quiet} pass; {len(unkind)} unkind posts, {seen} noticed\n"
        f"precision by post {seen / (seen + len(fair) - quiet):.3f}, "
        f"by family {strict:.3f} (counting families that were not expected)\n"
        f"recall {right / wanted.total():.3f}; insult or threat on a fair post: {grave}"
    )
    safe = _safety()
    good = (
        grave == 0 and right / wanted.total() >= 0.90 and seen / (seen + len(fair) - quiet) >= 0.97
    )
    return 0 if good and safe else 1


def _safety() -> bool:
    phrases = Phrases.compile(read(CONTENT / "safety.yaml").value)
    data = read(HERE / "eval" / "safety.yaml").value
    print("\nsafety phrases, missed or more than wanted:")
    missed = total = other = 0
    for card, texts in data["disclosures"].items():
        for text in texts:
            shown = card_for(str(text), phrases)
            total += 1
            missed += not shown
            other += bool(shown) and shown != card
            if shown != card:
                print(f"  {card} -> {shown or 'nothing'}: {text}")
    needless = 0
    for text in data["everyday"]:
        if shown := card_for(str(text), phrases):
            needless += 1
            print(f"  everyday -> {shown}: {text}")
    print(
        f"{total} disclosures: {missed} without a card, {other} with another card; "
        f"{len(data['everyday'])} everyday texts: {needless} with a card"
    )
    return missed / total <= 0.05 and needless / len(data["everyday"]) <= 0.10


if __name__ == "__main__":
    sys.exit(main())
