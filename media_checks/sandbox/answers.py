"""What the child answered, believed only as far as it can be checked.

The child has decoded a hostile file and may be its tool: codes must be declared, sentences are made
anew from their templates, numbers and texts must be plain, and the verdict is concluded here.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, Self

from media_checks.contract import Check, ContractBroken, Finding, Result, Unreadable, result_of
from media_checks.relations import Grey
from media_checks.sandbox.locks import Layers, Limits

_MOST_FINDINGS = 200
_DEEPEST = 12
# The segments of a plain JPEG (ITU-T T.81, B.1.1.3): JFIF, tables, one frame, one scan. No EXIF, no comment.
_PLAIN_SEGMENTS = frozenset({0xE0, 0xDB, 0xC0, 0xC2, 0xC4, 0xDD, 0xDA})


class DidNotRun(Exception):
    """A request that got no usable answer; the message says why, in words fit for a person."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


class Lost(DidNotRun):
    """A request whose child was killed from outside, with or without its zygote: it may be asked again."""


@dataclass(frozen=True)
class Ending:
    """How a child ended, in its zygote's words; ``known`` is false when that itself was lost.

    ``cpu`` is in seconds, ``memory`` the most bytes that it held at once, those it shared included.
    """

    known: bool = False
    exit: int | None = None
    signal: int | None = None
    timed_out: bool = False
    not_started: str | None = None
    cpu: float = 0.0
    memory: int = 0

    @classmethod
    def read(cls, last_word: bytes) -> Self:
        """The ending that the zygote reported; an unknown one where it said nothing."""
        try:
            values = json.loads(last_word)
        except ValueError:
            return cls()
        names = ("exit", "signal", "timed_out", "not_started", "cpu", "memory")
        return cls(known=True, **{name: values[name] for name in names if name in values})


def settled(answer: bytes, ending: Ending, limits: Limits, most: int) -> bytes:
    """The answer, if the child came to a good end with one; raises DidNotRun otherwise."""
    if len(answer) > most:
        raise DidNotRun("it answered more than it may")
    if not ending.known:
        raise Lost("the locked child was lost while it worked")
    if ending.not_started:
        raise DidNotRun(f"the locked child could not be started ({ending.not_started})")
    if ending.timed_out:
        raise DidNotRun(f"it took longer than {limits.wall} seconds")
    if ending.signal is not None:
        raise _killed_by(ending.signal, limits)
    if ending.exit or not answer:
        raise DidNotRun("the locked child ended without an answer")
    return answer


def results(checks: Sequence[Check], answer: bytes) -> list[Result | DidNotRun]:
    """What each check's findings make, or why that check has none; raises DidNotRun where none has."""
    answered = _json(answer).get("results")
    if not isinstance(answered, list) or len(answered) != len(checks):
        _refuse("it did not answer for every check")
    return [_result(check, values) for check, values in zip(checks, answered, strict=True)]


def jpeg(answer: bytes) -> bytes:
    """The working copy, if that is what it is; raises Unreadable or DidNotRun otherwise."""
    if answer.startswith(b"{"):
        values = _json(answer)
        raise Unreadable(str(values.get("unreadable", "no reason given")))
    if not _is_plain_jpeg(answer):
        _refuse("it answered something else than a plain JPEG")
    return answer


def grey(answer: bytes) -> Grey:
    """The small grey picture, if that is what it is; raises Unreadable or DidNotRun otherwise."""
    values = _json(answer)
    if "unreadable" in values:
        raise Unreadable(str(values["unreadable"]))
    try:
        return Grey.from_json(values)
    except (LookupError, ValueError, TypeError) as broken:
        raise DidNotRun("the locked child broke the contract: its answer is no picture") from broken


def layers(answer: bytes) -> Layers:
    """What a child showed of its locks; raises DidNotRun."""
    shown = _json(answer)
    missing = {name: _plain_text(reason) for name, reason in shown.items() if reason}
    return Layers(tuple(name for name in shown if name not in missing), missing)


def _json(answer: bytes) -> dict[str, Any]:
    try:
        values = json.loads(answer, parse_constant=_refuse)
    except (ValueError, RecursionError):
        _refuse("its answer is not JSON")
    if not isinstance(values, dict):
        _refuse("its answer is no object")
    return _unless_failed(values)


def _unless_failed(values: dict[str, Any]) -> dict[str, Any]:
    if "failed" in values:
        raise DidNotRun(_plain_text(values["failed"]))
    return values


def _result(check: Check, values: Any) -> Result | DidNotRun:
    try:
        if not isinstance(values, dict):
            _refuse("a result is no object")
        found = _unless_failed(values).get("findings")
        if not isinstance(found, list) or len(found) > _MOST_FINDINGS:
            _refuse("its findings are no list that could be read")
        return result_of(check, tuple(_finding(check, each) for each in found))
    except ContractBroken as broken:
        return DidNotRun(f"the check broke its contract: {broken}")
    except DidNotRun as problem:
        return problem


def _finding(check: Check, values: Any) -> Finding:
    if not isinstance(values, dict) or not isinstance(values.get("details"), dict):
        _refuse("a finding is no object")
    _require_plain(values["details"])
    finding = Finding(check.code(str(values.get("code"))), values["details"])
    try:
        sentence = finding.summary
    except (LookupError, ValueError, TypeError, AttributeError):
        _refuse(f"the finding {finding.code.slug} lacks a detail")
    if not sentence:
        _refuse(f"the finding {finding.code.slug} says nothing")
    return finding


def _require_plain(value: Any, depth: int = 0) -> None:
    """Refuses what a database could not keep: lone surrogates, NUL, and nesting without end."""
    if depth > _DEEPEST:
        _refuse("its details are nested too deeply")
    if isinstance(value, str):
        _plain_text(value)
    elif isinstance(value, dict):
        for key, each in value.items():
            _plain_text(key)
            _require_plain(each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            _require_plain(each, depth + 1)


def _plain_text(value: Any) -> str:
    if not isinstance(value, str) or "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        _refuse("a text in it is none")
    return value


def _is_plain_jpeg(data: bytes) -> bool:
    if not data.startswith(b"\xff\xd8") or not data.endswith(b"\xff\xd9"):
        return False
    at = 2
    while data[at : at + 1] == b"\xff" and len(data) > at + 4:
        if data[at + 1] not in _PLAIN_SEGMENTS:
            return False
        if data[at + 1] == 0xDA:
            return True
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return False


def _killed_by(number: int, limits: Limits) -> DidNotRun:
    if number == signal.SIGXCPU:
        return DidNotRun(f"it used more than {limits.cpu} seconds of processor time")
    if number == signal.SIGSYS:
        return DidNotRun("it tried what no decoder needs and an intruder would, and was ended")
    if number == signal.SIGKILL:
        return Lost("it was killed from outside, as happens when the machine runs out of memory")
    return DidNotRun(f"its decoder crashed ({signal.Signals(number).name})")


def _refuse(reason: str) -> NoReturn:
    raise DidNotRun(f"the locked child broke the contract: {reason}")
