"""The key files that a document names: put there in a guest, where nothing is anybody's."""

from __future__ import annotations

import base64
import hashlib
import shutil
from contextlib import contextmanager
from pathlib import Path


def paths(value):
    """Every file with a key that a document names."""
    if not isinstance(value, dict):
        return
    for key, part in value.items():
        if key.endswith("_key_file"):
            yield Path(part)
        else:
            yield from paths(part)


def needs(document):
    """The files are written where the document says, so only in a machine of our own."""
    return {"guest"} if any(paths(document)) else set()


@contextmanager
def placed(document):
    """A key in each file, the same for the same name; afterwards the folders are as if nobody had been there."""
    files = list(paths(document))
    try:
        place(files)
        yield
    finally:
        for folder in {path.parent for path in files}:
            shutil.rmtree(folder)


def place(files):
    for path in files:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(0o600)
        path.write_text(base64.b64encode(hashlib.sha256(str(path).encode()).digest()).decode())
