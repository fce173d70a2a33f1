"""Numbers that several kinds have."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Count = Annotated[int, Field(ge=0, le=(1 << 32) - 1)]
