"""How well the draft check tells fair posts from unkind ones: precision, recall and every miss."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dialogs.content import Content
from dialogs.draft import FAMILIES, Rules, findings
from dialogs.listening import Listening
from dialogs.safety import Phrases, card_for
from dialogs.source import read

HERE = Path(__file__).parent
CONTENT = HERE.parent / "policy_content"
HELD_OUT = HERE / "eval" / "held_out.yaml"
UNSEEN = HERE / "eval" / "unseen.yaml"


def fair_posts(path: Path = HERE / "eval" / "fair.yaml") -> Iterator[str]:
    for posts in read(path).value.values():
        yield from (str(post) for post in posts)


def unkind_posts(path: Path = HERE / "eval" / "unkind.yaml") -> Iterator[tuple[set[str], str]]:
    yield from _labelled(read(path).value)


def held_out(path: Path = HELD_OUT) -> tuple[list[str], list[tuple[set[str], str]]]:
    """The posts that no rule was ever changed for; UNSEEN are by writers who knew no rule."""
    data = read(path).value
    return [str(post) for post in data["fair"]], list(_labelled(data["unkind"]))


def _labelled(rows: Iterable[tuple[str, str]]) -> Iterator[tuple[set[str], str]]:
    for families, post in rows:
        yield set(families.split(",")), str(post)


@dataclass
class Count:
    """What was found in some posts. `notes` holds a line for each that went wrong."""

    fair: int = 0
    flagged: int = 0
    grave: int = 0
    unkind: int = 0
    seen: int = 0
    wanted: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)
    extra: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.hits.total() / self.wanted.total()

    @property
    def precision(self) -> float:
        """Of the posts on which something was said, those on which it should be."""
        return self.seen / (self.seen + self.flagged)

    def summary(self) -> str:
        right, wrong = self.hits.total(), self.false.total()
        strict = right / (right + wrong + self.extra.total())
        return (
            f"{self.fair} fair posts, {self.fair - self.flagged} pass; "
            f"{self.unkind} unkind posts, {self.seen} noticed\n"
            f"precision by post {self.precision:.3f}, "
            f"by family {strict:.3f} (counting families that were not expected)\n"
            f"recall {self.recall:.3f}; insult or threat on a fair post: {self.grave}"
        )


def counted(fair: Iterable[str], unkind: Iterable[tuple[set[str], str]], rules: Rules) -> Count:
    count = Count()
    for post in fair:
        found = findings(post, rules)
        count.fair += 1
        count.flagged += bool(found)
        for finding in found:
            count.false[finding.family] += 1
            count.grave += finding.family in ("insult", "threat")
            count.notes.append(f"  {finding.rule}: [{finding.words}] in the fair post: {post}")
    for families, post in unkind:
        named = {finding.family: finding for finding in findings(post, rules)}
        count.unkind += 1
        count.seen += bool(named)
        count.wanted.update(families)
        count.hits.update(families & named.keys())
        count.extra.update(named.keys() - families)
        count.notes += [f"  missed {one}: {post}" for one in sorted(families - named.keys())]
        count.notes += [
            f"  more {one}: [{named[one].words}] in: {post}"
            for one in sorted(named.keys() - families)
        ]
    return count


def main() -> int:
    listening = Listening.of(Content.load(CONTENT), "en")
    rules = listening.rules
    tuned = counted(fair_posts(), unkind_posts(), rules)
    print("fair posts with a finding; families missed, or more than expected:")
    print("\n".join(tuned.notes))
    print(
        f"{'family':18}{'precision':>10}{'recall':>8}{'wanted':>8}{'found':>7}{'false':>7}{'more':>6}"
    )
    for family in FAMILIES:
        hits, wanted = tuned.hits[family], tuned.wanted[family]
        right, wrong = hits + tuned.extra[family], tuned.false[family]
        print(
            f"{family:18}{right / (right + wrong) if right + wrong else 1.0:>10.3f}"
            f"{hits / wanted if wanted else 1.0:>8.3f}{wanted:>8}{hits:>7}{wrong:>7}"
            f"{tuned.extra[family]:>6}"
        )
    print(f"\n{tuned.summary()}")
    for path in (HELD_OUT, UNSEEN):
        print(f"\n{path.stem}, never tuned on:\n{counted(*held_out(path), rules).summary()}")
    good = tuned.grave == 0 and tuned.recall >= 0.90 and tuned.precision >= 0.97
    return 0 if _safety(listening.phrases) and good else 1


def _safety(phrases: Phrases) -> bool:
    data = read(HERE / "eval" / "safety.yaml").value
    print("\nsafety phrases, missed or more than wanted:")
    missed = total = other = 0
    for card, texts in data["disclosures"].items():
        for text in texts:
            shown = card_for(str(text), phrases)
            total += 1
            missed += not shown
            other += bool(shown) and shown != card and card != "any"
            if not shown or card not in ("any", shown):
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
