"""What a user may write, walked from the models: the path of every field, and its words if it has some.

A path is generic text, `interfaces.*.bridge.stp` or `routes[].nexthops[].via`; a concrete one names a value of a
document: ("routes", 0, "mtu").
"""

from __future__ import annotations

import re
from typing import Literal, get_args, get_origin

from pydantic import BaseModel

from netconf import domains


def fields(domain):
    """{generic path: the words a value is chosen from} of a domain; what holds other fields isn't one."""
    return dict(_fields(domains.spec(domain), ""))


def models(domain):
    """Every model of a domain's spec."""
    found, waiting = [], [domains.spec(domain)]
    while waiting:
        model = waiting.pop()
        if model not in found:
            found.append(model)
            annotations = (info.annotation for info in model.model_fields.values())
            waiting += [inner for annotation in annotations for inner, _ in _models(annotation, "")]
    return found


def is_at(generic, concrete):
    """Whether a concrete path is that of a value of the field. A mapping that is a field has its values one below."""
    tokens = re.findall(r"[^.\[\]]+|\[\]", generic)
    if len(concrete) - len(tokens) not in (0, 1):
        return False
    fits = (
        part == token or (token == "*" and isinstance(part, str)) or (token == "[]" and isinstance(part, int))
        for token, part in zip(tokens, concrete, strict=False)
    )
    return all(fits)


def _fields(model, place):
    for name, info in model.model_fields.items():
        written = info.alias or name
        path = f"{place}.{written}" if place else written
        below = list(_models(info.annotation, path))
        for inner, deeper in below:
            yield from _fields(inner, deeper)
        if not below:
            yield path, frozenset(_words(info.annotation))


def _models(annotation, path):
    """The models in an annotation, with the path of what is written for one."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, path
        return
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is dict:
        yield from _models(arguments[1], f"{path}.*")
    elif origin is list:
        yield from _models(arguments[0], f"{path}[]")
    elif origin is not Literal:
        for argument in arguments:
            yield from _models(argument, path)


def _words(annotation):
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
        return
    for argument in get_args(annotation):
        yield from _words(argument)
