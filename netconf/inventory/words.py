"""Faults -> words: what is wrong with a value, why, and what to write instead.

Never pydantic's own sentence for the common faults: it speaks of validation, not of the document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from netconf.core.diagnostics import DocumentPath, dotted
from netconf.inventory.codes import Code
from netconf.inventory.faults import CHOICES, MISMATCHES, Fault
from netconf.inventory.refusals import Refusal
from netconf.inventory.suggest import listed, nearest

_SHOWN = 60
_NUMBER = re.compile(r"[-+]?[0-9]+|0x[0-9a-fA-F]+")
_FRACTION = re.compile(r"[-+]?([0-9]+\.[0-9]*|[0-9]*\.[0-9]+|[0-9]+(?=e))(e[-+]?[0-9]+)?", re.IGNORECASE)
_NO_SPACE = re.compile(r"([\w.-]+):([^\s:]+)")
_COMMENT = re.compile(r"[^:#]*:\s+#\s*(.*)")
_BOOL_WORDS = {"yes": "true", "on": "true", "true": "true", "no": "false", "off": "false", "false": "false"}
_EMPTY = {"a list": "[]", "a mapping": "{}"}


def worded(fault: Fault, written: str) -> Refusal:
    """The words for a fault. `written` is the source line from the value on, if there is one."""
    if "what" in fault.context:  # a spec's own refusal: it knows best
        texts = [str(fault.context.get(name, "")) for name in ("what", "why", "fix")]
        return Refusal(fault.type, *texts)
    every = fault.alternatives or (fault,)
    wanted = list(dict.fromkeys(MISMATCHES[f.type] for f in every if f.type in MISMATCHES))
    choices = [choice for f in every if f.type in CHOICES for choice in f.shape.choices()]
    if wanted:
        return wrong_type(wanted, fault.input, fault.path, written, choices)
    if fault.type in CHOICES:
        return _choice(fault, choices)
    word = _WORDS.get(fault.type, _other)
    return word(fault)


def wrong_type(
    wanted: Sequence[str],
    value: object,
    path: DocumentPath,
    written: str = "",
    choices: Sequence[object] = (),
) -> Refusal:
    """The words for a value of none of the types wanted ("a list", "text" ...) nor choices."""
    nouns = _either([*wanted, *map(shown, choices)]) or "a value here"
    if value is None:
        return Refusal(Code.WRONG_TYPE, f"null is not {nouns}", *_about_null(wanted, path, written))
    summary = f"{_name(path)} needs {nouns}, got {shown(value)}"
    meant = nearest(value, map(str, choices)) if isinstance(value, str) else ""
    hint = f'did you mean "{meant}"?' if meant else ""
    for noun in wanted:
        hint = hint or _conversion(noun, value, written)
    return Refusal(Code.WRONG_TYPE, summary, "", hint)


def shown(value: object) -> str:
    """A value as people write it, short; lists and mappings by their kind only."""
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else f'{text[:_SHOWN]}..."'


def missing_space(value: object) -> str:
    """The hint for `mtu:1500`, which is one word of text."""
    match = (
        _NO_SPACE.fullmatch(value.split(maxsplit=1)[0]) if isinstance(value, str) and value.strip() else None
    )
    return f'missing space after ":"? write "{match[1]}: {match[2]}"' if match else ""


def _about_null(wanted: Sequence[str], path: DocumentPath, written: str) -> tuple[str, str]:
    comment = _COMMENT.match(written) if "text" in wanted else None
    if comment:
        quoted = json.dumps(f"#{comment[1].strip()}", ensure_ascii=False)
        return f'{_name(path)} is empty: "#" after a space starts a comment', f"quote it: {quoted}"
    if isinstance(path[-1] if path else "", int):
        return "an item without a value, ~ and null are all null", "write a value or delete the item"
    omit = f"omit {_name(path)} to leave it alone"
    empty = next((_EMPTY[noun] for noun in wanted if noun in _EMPTY), "")
    why = "a key without a value, ~ and null are all null: that says nothing"
    return why, f"write {empty} to mean none, {omit}" if empty else f"write a value, or {omit}"


def _conversion(noun: str, value: object, written: str) -> str:
    """What to write for a value that only looks wrong."""
    if isinstance(value, str):
        convert = _FROM_TEXT.get(noun)
        return convert(value) if convert else ""
    if noun == "text" and isinstance(value, bool | int):
        token = re.match(r"[\w.+-]+", written)
        return f'quote it: "{token[0] if token else shown(value)}"'
    if noun == "a list" and not isinstance(value, dict | list):
        return f"write a list: [{shown(value)}]"
    if noun == "true or false" and value in (0, 1):
        return f"write {shown(bool(value))}"
    return ""


def _integer(text: str) -> str:
    if _NUMBER.fullmatch(text):
        return "remove the quotes"
    return "write a whole number in digits" if _FRACTION.fullmatch(text) else ""


def _true_or_false(text: str) -> str:
    word = _BOOL_WORDS.get(text.lower())
    return f"write {word}, without quotes" if word else ""


_FROM_TEXT: dict[str, Callable[[str], str]] = {
    "an integer": _integer,
    "true or false": _true_or_false,
    "a mapping": missing_space,
    "a list": lambda text: f"write a list: [{text}]",
}


def _choice(fault: Fault, choices: Sequence[object]) -> Refusal:
    detail = f"it can be {_either(list(map(shown, choices)))}" if choices else fault.message
    if isinstance(fault.input, str):
        meant = nearest(fault.input, [c for c in choices if isinstance(c, str)])
        hint = f'did you mean "{meant}"?' if meant else ""
    else:
        hint = f'quote it: "{fault.input}"' if str(fault.input) in choices else ""
    return Refusal(Code.CHOICE, f"{_name(fault.path)} can't be {shown(fault.input)}", detail, hint)


def _missing(fault: Fault) -> Refusal:
    key = str(fault.steps[-1].part)
    present = sorted(fault.input) if isinstance(fault.input, dict) else []
    detail = f"it is required here, next to {listed(present)}" if present else "it is required here"
    return Refusal(Code.MISSING_KEY, f'missing key "{key}"', detail, f'add "{key}: ..."')


def _range(fault: Fault) -> Refusal:
    return Refusal(
        Code.RANGE,
        f"{_name(fault.path)} {shown(fault.input)} is out of range",
        f"allowed: {_limits(fault, 'ge', 'gt', 'le', 'lt')}",
        "",
    )


def _length(fault: Fault) -> Refusal:
    unit = "characters" if isinstance(fault.input, str) else "items"
    size = len(fault.input) if hasattr(fault.input, "__len__") else fault.context.get("actual_length", "?")
    return Refusal(
        Code.RANGE,
        f"{_name(fault.path)} has {size} {unit}",
        f"allowed: {_limits(fault, 'min_length', '', 'max_length', '')} {unit}",
        "",
    )


def _limits(fault: Fault, low: str, above: str, high: str, below: str) -> str:
    """Both limits if the schema tells them; the one that was crossed in any case."""

    def limit(name: str) -> Any:
        return fault.context.get(name, fault.shape.constraint(name))

    least = limit(low) if limit(low) is not None else _plus(limit(above), 1)
    most = limit(high) if limit(high) is not None else _plus(limit(below), -1)
    if least is not None and most is not None:
        return f"{least} to {most}"
    return f"at least {least}" if most is None else f"at most {most}"


def _plus(limit: Any, step: int) -> Any:
    return limit + step if isinstance(limit, int) else None


def _pattern(fault: Fault) -> Refusal:
    pattern = fault.context.get("pattern", "")
    return Refusal(
        Code.VALUE, f"{_name(fault.path)} can't be {shown(fault.input)}", f"it must match {pattern}", ""
    )


def _tag(fault: Fault) -> Refusal:
    """The key that says which kind of mapping it is has no value that is known."""
    key = fault.discriminator
    tags = re.findall(r"'([^']*)'", str(fault.context.get("expected_tags", "")))
    if fault.type == "union_tag_not_found":
        return Refusal(
            Code.MISSING_KEY, f'missing key "{key}"', "it says what the rest means", f'add "{key}: ..."'
        )
    tag = str(fault.context.get("tag", ""))
    meant = nearest(tag, tags)
    return Refusal(
        Code.CHOICE,
        f"{key} can't be {shown(tag)}",
        f"it can be {_either(list(map(shown, tags)))}",
        f'did you mean "{meant}"?' if meant else "",
    )


def _raised(fault: Fault) -> Refusal:
    """A plain ValueError out of a validator."""
    reason = fault.context.get("error", fault.message)
    return Refusal(Code.VALUE, f"{_name(fault.path)} can't be {shown(fault.input)}", str(reason), "")


def _other(fault: Fault) -> Refusal:
    why = fault.message.removeprefix("Input ")
    return Refusal(Code.VALUE, f"{_name(fault.path)} can't be {shown(fault.input)}", f"it {why}", "")


_WORDS: dict[str, Callable[[Fault], Refusal]] = {
    "missing": _missing,
    "greater_than": _range,
    "greater_than_equal": _range,
    "less_than": _range,
    "less_than_equal": _range,
    "too_short": _length,
    "too_long": _length,
    "string_too_short": _length,
    "string_too_long": _length,
    "string_pattern_mismatch": _pattern,
    "union_tag_invalid": _tag,
    "union_tag_not_found": _tag,
    "value_error": _raised,
    "assertion_error": _raised,
}


def _name(path: DocumentPath) -> str:
    """The last key of a path, with the indexes below it: `addresses[0]`."""
    last = max((i for i, step in enumerate(path) if isinstance(step, str)), default=0)
    return dotted(path[last:]) or "the document"


def _either(nouns: Sequence[str]) -> str:
    if len(nouns) < 2:
        return "".join(nouns)
    return f"{', '.join(nouns[:-1])} or {nouns[-1]}"
