"""What nobody wrote into an answer: mobile signatures, and notes that mail gateways add."""

from __future__ import annotations

import re
from collections.abc import Sequence


def without_signature(lines: Sequence[str]) -> list[str]:
    """`lines` without "Sent from my iPhone" at their end, in whatever language."""
    kept = list(lines)
    while kept and (not kept[-1].strip() or _is_mobile(kept[-1]) or kept[-1].strip() == "--"):
        kept.pop()
    return kept


def paragraphs(lines: Sequence[str]) -> list[str]:
    """The paragraphs of some lines, each as one text."""
    text = "\n".join(line.strip() for line in lines)
    return [paragraph for paragraph in re.split(r"\n{2,}", text.strip("\n")) if paragraph]


def is_banner(paragraph: str) -> bool:
    """Whether a gateway warned above our letter that it came from outside."""
    return bool(_BANNER.search(paragraph.replace("\n", " ")))


def is_footer(paragraph: str) -> bool:
    """Whether what follows a quotation begins a signature or small print, and not more answer."""
    first = paragraph.partition("\n")[0]
    if first == "--" or _is_mobile(first) or _LINE.fullmatch(first):
        return True
    return bool(_SMALL_PRINT.search(paragraph.replace("\n", " ")))


_LINE = re.compile(r"[-_=*\u2500]{5,}")
_BANNER = re.compile(
    r"^\W*(?:caution|external|warning)\b|\b(?:originated (?:from )?outside"
    r"|outside (?:of )?(?:the|our|your) (?:organi[sz]ation|school|trust|network)"
    r"|do not click|don't (?:often )?get e?-?mail from"
    r"|learn why this is important|recogni[sz]e the sender|know the content is safe)\b",
    re.IGNORECASE,
)
_SMALL_PRINT = re.compile(
    r"\b(?:disclaimer|intended (?:solely |only )?for|intended recipients?|legally privileged"
    r"|confidential and|(?:checked|scanned) for viruses|registered (?:office|in england)"
    r"|legal notice)\b",
    re.IGNORECASE,
)


def _is_mobile(line: str) -> bool:
    return bool(_MOBILE.fullmatch(_LINK.sub("", line).strip(" \t_-*")))


_LINK = re.compile(r" ?[(<]https?://[^\s>)]{1,200}[>)]")
_NAMED = (
    r"(?:[^\W\d]|[ .'’+\[-]){0,25}(?:iphone|ipad|android|samsung|galaxy|huawei|xiaomi|pixel|nokia"
    r"|blackberry|windows|outlook|mobile|phone|handy|tablet|telefon|(?:yahoo|proton|aol|k-9) ?mail"
    r"|gmail)"
)
#: The number of a model; longer ones are for the parent to call.
_MODEL = r"(?:\d{1,2}|[a-z]\d{1,3})"
_DEVICE = rf"{_NAMED}[\w'’]{{0,12}}\]?(?: {_MODEL})?(?:[ .-]+[^\W\d]+){{0,3}}"
#: In English an answer may go on like this too: nothing but words of such signatures.
_ENGLISH = (
    rf"(?!(?:his|her|their|your) ){_NAMED}\]?(?:[ -]+(?:{_MODEL}|device|e-?mail|mail|app|smartphone"
    r"|mobile|phone|tablet|for|from|on|with|the|network|secure|ios|android|iphone|ipad|windows"
    r"|k-9|o2|ee|three|vodafone|pro|max|mini|plus|ultra))*(?:\. please excuse [a-z ]{1,40})?"
)
_MOBILE = re.compile(
    rf"(?:sent (?:from|via|with) {_ENGLISH}|(?:von|vom) {_DEVICE} gesendet"
    rf"|gesendet (?:von|mit|über) {_DEVICE}|envoyé (?:de|depuis|à partir d[eu]) {_DEVICE}"
    rf"|enviado (?:desde|do|de|a partir do) {_DEVICE}|inviato (?:da|dal) {_DEVICE}"
    rf"|(?:verzonden|verstuurd) (?:vanaf|met|vanuit|via) {_DEVICE}"
    rf"|wysłan[eoy] (?:z|ze) {_DEVICE}"
    rf"|trimis de pe {_DEVICE}|skickat från {_DEVICE}|sendt fra {_DEVICE}|lähetetty {_DEVICE}"
    rf"|odesláno z {_DEVICE}|отправлено с {_DEVICE}|{_DEVICE} gönderildi|anfonwyd o {_DEVICE}"
    r"|(?:\w+ ){0,3}outlook (?:for|für|pour|para|per|voor|dla|pentru|för) (?:\w+ )?(?:ios|android)"
    r"(?: \w+)?"
    r"|(?:أُ?رسلت|تم الإرسال) من .{1,30}|میرے .{1,20} سے بھیجا گیا"
    r"|iphone ?から送信|从我的 ?iphone ?发送)\.?",
    re.IGNORECASE,
)
