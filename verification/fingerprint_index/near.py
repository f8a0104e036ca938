"""What a search of the index finds."""

from __future__ import annotations

from typing import NamedTuple


class Near(NamedTuple):
    """A stored fingerprint, the place of the hash asked with among the others, and how many bits differ."""

    fingerprint_id: int
    question: int
    distance: int
