"""netconf validate: parse, resolve, check. No root, no kernel."""

from __future__ import annotations

from netconf.app import documents
from netconf.app.documents import Wish


def validate(path: str) -> Wish:
    """The document with what it means; raises DocumentError, MissingFileError."""
    return documents.read(path)
