"""Frames of a video to be hashed: its key frames, and samples wherever those lie far apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from av.container import InputContainer

from media_checks.context import Media
from media_checks.contract import Unreadable
from media_checks.fingerprints import SIDE
from media_checks.photos import MAX_PIXELS
from media_checks.reading.containers import opened

MOST_FRAMES = 300
GREATEST_GAP_S = 2.0
LEAST_GAP_S = 0.25
# A short clip is looked at closely, so that some of its frames fall near those taken of a long film.
LEAST_FRAMES = 20

# Decode time stamps and the frames that come out can differ by rounding.
_CLOSE_S = 0.01


@dataclass(frozen=True)
class Frame:
    """One frame: canonical pixels (512 × 512 × 3, upright) and its seconds from the video's start."""

    at: float
    pixels: np.ndarray


@dataclass
class Sampling:
    """What became of a video's packets: seconds promised and reached, packets that would not decode."""

    duration: float = 0.0
    reached: float = 0.0
    broken: int = 0

    @property
    def cut_off(self) -> bool:
        """Whether the pictures end well before the container says that they do."""
        return self.reached + 2 * GREATEST_GAP_S < 0.9 * self.duration


@dataclass(frozen=True)
class _Packet:
    at: float
    key: bool


def frames(media: Media, sampling: Sampling) -> Iterator[Frame]:
    """The frames to hash, at most 300, in order; what was met on the way is noted in ``sampling``.

    Raises Unreadable where no frame can be decoded.
    """
    with opened(media) as container:
        packets = _packets(container)
    with opened(media) as container:
        sampling.duration = (container.duration or 0) / 1_000_000
        sampling.reached = max((packet.at for packet in packets), default=0.0)
        wanted = _wanted(packets)
        found = False
        for frame in _decoded(container, packets, wanted, sampling):
            found = True
            yield frame
    if not found:
        raise Unreadable("none of the video's pictures can be decoded")


def frame_near(media: Media, at: float) -> np.ndarray:
    """The upright pixels (height × width × 3, full size) of the first frame at or after ``at`` seconds.

    The last one where the video ends before. Raises Unreadable.
    """
    with opened(media) as container:
        stream = _pictures(container)
        start = _start(stream)
        if at > 0:
            container.seek(int((at + start) / stream.time_base), stream=stream)
        last = None
        for last in _surviving(container, stream, Sampling()):
            if last.time is None or last.time - start >= at - _CLOSE_S:
                break
        if last is None:
            raise Unreadable("none of the video's pictures can be decoded")
        return _upright(last.reformat(format="rgb24", threads=1).to_ndarray(), last.rotation)


def _pictures(container: InputContainer) -> Any:
    if not container.streams.video:
        raise Unreadable("the file has sound but no pictures")
    stream = container.streams.video[0]
    if stream.codec_context is None:
        raise Unreadable("the video is of a coding that is not read here")
    if stream.codec_context.width * stream.codec_context.height > MAX_PIXELS:
        raise Unreadable("its header asks for too many pixels", code="too_large")
    stream.thread_type = "NONE"
    stream.codec_context.thread_count = 1
    return stream


def _start(stream: Any) -> float:
    return float(stream.start_time * stream.time_base) if stream.start_time else 0.0


def _packets(container: InputContainer) -> list[_Packet]:
    """Times of all packets, in the order of decoding, without decoding any."""
    stream = _pictures(container)
    start, found = _start(stream), []
    try:
        for packet in container.demux(stream):
            stamp = packet.dts if packet.pts is None else packet.pts
            if packet.size and stamp is not None:
                found.append(_Packet(float(stamp * stream.time_base) - start, packet.is_keyframe))
    except Exception:  # what was read until the damage still counts
        return found
    return found


def _wanted(packets: list[_Packet]) -> list[_Packet]:
    """Key frames, and samples between those that lie far apart; evenly fewer if that is too many."""
    if not packets:
        return []
    shown = sorted(packets, key=lambda packet: packet.at)
    span = shown[-1].at - shown[0].at
    least = max(LEAST_GAP_S, span / (MOST_FRAMES - 1))
    greatest = max(least, min(GREATEST_GAP_S, span / LEAST_FRAMES))
    wanted = [shown[0]]
    for packet in shown[1:]:
        gap = packet.at - wanted[-1].at
        if gap >= greatest or (packet.key and gap >= least):
            wanted.append(packet)
    return wanted[:MOST_FRAMES]


def _decoded(
    container: InputContainer, packets: list[_Packet], wanted: list[_Packet], sampling: Sampling
) -> Iterator[Frame]:
    """Decodes what the wanted frames need: in stretches where only key frames are, nothing else."""
    stream = _pictures(container)
    start, waiting = _start(stream), [packet.at for packet in reversed(wanted)]
    needed = _needed(packets, {packet.at for packet in wanted if not packet.key})
    for frame in _surviving(container, stream, sampling, needed):
        at = (frame.time or 0.0) - start
        if not waiting or at + _CLOSE_S < waiting[-1]:
            continue
        while waiting and waiting[-1] <= at + _CLOSE_S:
            waiting.pop()
        yield Frame(max(at, 0.0), _canonical(frame))


def _needed(packets: list[_Packet], between: set[float]) -> list[bool]:
    """Whether each packet must be decoded: key frames, and all up to a wanted frame between them."""
    needed, on = [], False
    for packet in reversed(packets):
        on = on or packet.at in between
        needed.append(on or packet.key)
        on = on and not packet.key
    return needed[::-1]


def _surviving(
    container: InputContainer, stream: Any, sampling: Sampling, needed: list[bool] | None = None
) -> Iterator[Any]:
    """The frames that decode, the decoder flushed at the end; broken packets are counted."""
    at = 0
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
            if packet is None:
                return
            if packet.size and needed is not None:
                at += 1
                if at <= len(needed) and not needed[at - 1]:
                    continue
            decoded = stream.decode(packet)
        except MemoryError as error:
            raise Unreadable(
                "the video needs more memory than a file is allowed", code="too_large"
            ) from error
        except Exception:
            sampling.broken += 1
            if sampling.broken > 10_000:
                return
            continue
        yield from decoded


def _canonical(frame: Any) -> np.ndarray:
    """Scaled in this thread alone: the locked child may start no other."""
    small = frame.reformat(width=SIDE, height=SIDE, format="rgb24", interpolation="AREA", threads=1)
    return _upright(small.to_ndarray(), frame.rotation)


def _upright(pixels: np.ndarray, rotation: int) -> np.ndarray:
    """Turned by the display matrix: FFmpeg gives the counter-clockwise turn that makes it upright."""
    return np.ascontiguousarray(np.rot90(pixels, round(rotation / 90) % 4))
