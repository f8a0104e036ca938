"""What one fault did to one desk, beside what it may do at most, as a line to print."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

COLUMNS = ("fault", "set-up", "seed", "lost", "duplicated", "recovered_in_s", "and", "holds")


@dataclass
class Outcome:
    """``further`` is what else was measured, in words; ``missed`` is one sentence for each missed target.

    ``patience`` is how many times as long it may take on a machine that has other work.
    """

    fault: str
    setup: str
    seed: int
    lost: int = 0
    duplicated: int = 0
    recovered_in_s: float | None = None
    further: str = ""
    missed: list[str] = field(default_factory=list)
    patience: float = 1

    def expect(self, true: bool, sentence: str) -> None:
        """Note a target that was missed."""
        if not true:
            self.missed.append(sentence)

    def recovered(self, seconds: float, within: float) -> None:
        """Note how long the desk needed, and the most that it may need."""
        self.recovered_in_s = seconds
        within *= self.patience
        self.expect(seconds <= within, f"recovered in {seconds:.1f} s, not within {within:g} s")

    @property
    def holds(self) -> bool:
        """Whether every target was met."""
        return not self.missed

    def cells(self) -> tuple[object, ...]:
        """For a table with ``COLUMNS``."""
        recovered = "" if self.recovered_in_s is None else f"{self.recovered_in_s:.1f}"
        holds = "yes" if self.holds else "NO"
        lost = self.lost, self.duplicated
        return self.fault, self.setup, self.seed, *lost, recovered, self.further, holds


def lines(outcomes: Iterable[Outcome]) -> str:
    """A table in Markdown, and what was missed under it."""
    every = list(outcomes)
    rows = [COLUMNS, tuple("---" for _ in COLUMNS), *(each.cells() for each in every)]
    table = "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows)
    missed = [f"{each.fault}, {each.setup}: {sentence}" for each in every for sentence in each.missed]
    return "\n".join([table, *missed])
