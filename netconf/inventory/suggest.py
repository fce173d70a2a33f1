"""Words that are nearly right: the nearest known one, and letters that only look Latin."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

from netconf.inventory.codes import Code
from netconf.inventory.refusals import Refusal

# Letters of other scripts that most fonts draw like Latin ones (Unicode's confusables.txt, UTS 39).
_LOOKALIKES = str.maketrans(
    "асԁеһіјӏорԛѕуԝхАВСЕНІЈКМОРЅТУХαιοκνρτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "acdehijlopqsywxABCEHIJKMOPSTYXaiokvptuxABEZHIKMNOPTYX",
)

MAX_LISTED = 12


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant; empty if none is near: a wrong hint is worse than none.
    Of short words one slip of the pen is near, of longer ones what has most letters in common.
    """
    by_form = {_form(name): name for name in known}
    form = _form(word)
    if (other := _OTHERS_WORDS.get(form)) in by_form:
        return by_form[other]
    close = get_close_matches(form, by_form, n=1, cutoff=_NEAR)
    slips = [name for name in sorted(by_form) if len(form) >= _SHORTEST and _is_one_slip(form, name)]
    found = [*close, *slips]
    return by_form[found[0]] if found else ""


_OTHERS_WORDS = {
    "mac": "address", "macaddress": "address", "hwaddr": "address", "lladdr": "address",
    "ip": "addresses", "ips": "addresses", "gateway": "via", "gateway4": "via", "gw": "via", "nexthop": "via",
    "type": "kind", "destination": "to", "dst": "to", "device": "dev", "interface": "dev",
}  # fmt: skip
"""What other tools call a thing, by its form: what it's called here."""

_NEAR = 0.75
_SHORTEST = 3


def _is_one_slip(word: str, other: str) -> bool:
    """Whether one letter is wrong, missing or too many, or two neighbours are swapped."""
    if len(word) > len(other):
        word, other = other, word
    at = next((n for n, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), len(word))
    if len(word) < len(other):
        return word[at:] == other[at + 1 :]
    swapped = word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :]
    return word[at + 1 :] == other[at + 1 :] or swapped == other


def _form(word: str) -> str:
    """A word without what people mix up: look-alike letters, case, `_` for `-`."""
    return unicodedata.normalize("NFKC", word).translate(_LOOKALIKES).lower().replace("_", "-")


def foreign_letter(word: str) -> str:
    """The first letter that isn't Latin, as `U+0430 (Cyrillic)`; empty if there is none."""
    for letter in word:
        if not letter.isascii() and letter.isalpha():
            script = unicodedata.name(letter, "unnamed").split()[0].capitalize()
            return f"U+{ord(letter):04X} ({script})"
    return ""


def listed(words: Iterable[str]) -> str:
    """Words for a sentence, the first MAX_LISTED of them."""
    ordered = sorted(words)
    more = len(ordered) - MAX_LISTED
    return ", ".join(ordered[:MAX_LISTED]) + (f" and {more} more" if more > 0 else "")


def unknown_key(key: str, known: Iterable[str]) -> Refusal:
    """The finding for a key that a mapping doesn't have."""
    names = set(known)
    meant = nearest(key, names)
    letter = foreign_letter(key)
    summary = f'unknown key "{key}"'
    if letter and (meant or not names):
        summary += f" contains {letter}"
    detail = f"known here: {listed(names)}" if names else "no keys are known here"
    return Refusal(Code.UNKNOWN_KEY, summary, detail, f'did you mean "{meant}"?' if meant else "")
