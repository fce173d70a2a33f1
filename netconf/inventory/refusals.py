"""What strict YAML refuses, in words: each with why, and what to write instead."""

from __future__ import annotations

from typing import NamedTuple

from netconf.inventory.codes import Code


class Refusal(NamedTuple):
    """The text of a finding that has no position yet."""

    code: str
    summary: str
    detail: str
    hint: str


TAB = Refusal(
    Code.TAB,
    "tab used for indentation",
    "how wide a tab is depends on the editor, the structure must not",
    "use spaces",
)
ANCHOR = Refusal(
    Code.ANCHOR,
    "anchors and aliases are not allowed",
    "a value that stands elsewhere in the file can't be read where it is used",
    "write the value out; if it is meant as text, quote it",
)
MERGE_KEY = Refusal(
    Code.MERGE_KEY,
    "merge key << is not supported",
    "it hides which value wins",
    "write the keys out",
)
SECOND_DOCUMENT = Refusal(
    Code.SECOND_DOCUMENT,
    "second document in the file",
    "a file holds one document; what follows would be ignored",
    'delete the "---" or move this part to a file of its own',
)
DIRECTIVE = Refusal(
    Code.SYNTAX,
    "YAML directives are not supported",
    "%YAML and %TAG change the meaning of the text below",
    "delete the line",
)
TEMPLATE = Refusal(
    Code.SYNTAX,
    "unquoted template",
    "a brace starts a mapping in YAML",
    'quote templates: "{{ name }}"',
)
EMPTY_KEY = Refusal(Code.KEY, "empty key", "a key is text", 'write a key before the ":"')
COMPLEX_KEY = Refusal(
    Code.KEY, "a list or mapping as a key", "a key is text", "quote it if it is meant as text"
)


def too_deep(limit: int) -> Refusal:
    return Refusal(
        Code.LIMIT,
        f"nested deeper than {limit}",
        "no document needs that; a bracket is probably not closed",
        "close the brackets",
    )


def too_many(limit: int) -> Refusal:
    return Refusal(
        Code.LIMIT,
        f"more than {limit} nodes",
        "keys, values, lists and mappings are limited together, so that a mistake can't fill the memory",
        "generate less, or split the document",
    )


def duplicate_key(key: str, first: str) -> Refusal:
    return Refusal(
        Code.DUPLICATE_KEY,
        f'duplicate key "{key}", first at {first}',
        "only one of the two values could win",
        "merge the two or delete one",
    )


def refused_number(written: str) -> Refusal:
    """For a run of digits that is no number here: too long, or with a leading zero."""
    sign = "-" if written.startswith("-") else ""
    digits = written.lstrip("+-")
    if len(digits) > 20:
        return Refusal(
            Code.VALUE,
            "integer too large",
            "numbers have at most 20 digits",
            "quote it if it is meant as text",
        )
    return Refusal(
        Code.LEADING_ZERO,
        f"{written} has a leading zero",
        "some programs read it as octal, some as decimal",
        f"write {sign}{digits.lstrip('0') or '0'}, or quote it if it is meant as text",
    )


def refused_tag(tag: str) -> Refusal:
    """For any tag: strict YAML has none."""
    if tag == "!vault":
        return Refusal(
            Code.TAG,
            "!vault values are not supported by this version of netconf",
            "there is no vault key to decrypt the value with",
            "name a file that holds the secret, where the key has a form with _file",
        )
    if "python/" in tag:
        return Refusal(
            Code.TAG,
            f"tag {_short(tag)} is not allowed",
            "a document is data: it can't make Python objects or run code",
            "write a plain value",
        )
    return Refusal(
        Code.TAG,
        f"tag {_short(tag)} is not allowed",
        "the type of a value comes from its place in the document",
        "delete the tag; quote the value if it is meant as text",
    )


def _short(tag: str) -> str:
    prefix = "tag:yaml.org,2002:"
    return f"!!{tag.removeprefix(prefix)}" if tag.startswith(prefix) else tag


def unsupported(key: str) -> Refusal:
    """For a part of the language that this version lacks: never accepted and ignored."""
    return Refusal(
        Code.UNSUPPORTED,
        f'"{key}" is not supported by this version of netconf',
        "what it asks for would not be done",
        f'delete "{key}"',
    )
