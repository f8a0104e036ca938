"""What a check is given: a media file, and what the desk knows about the evidence apart from its bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, BinaryIO, Self


class Kind(StrEnum):
    """What a media file is, by its content."""

    PHOTO = "photo"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"
    UNKNOWN = "unknown"


class Weight(StrEnum):
    """How much a date signal can carry: A third party with cryptography … E noise."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"


@dataclass(frozen=True)
class Place:
    """A place on WGS 84: signed decimal degrees and a radius in metres."""

    latitude: float
    longitude: float
    precision_m: float


@dataclass(frozen=True)
class EarlierCopy:
    """Another file with the same content, and the latest time by which that content existed.

    ``relation`` is "exact" (same bytes), "near" or "frame"; ``confirmed`` says that the bytes
    are equal or that a person judged the match; ``not_after`` is aware, in UTC, or None where
    nothing proves when the copy existed.
    """

    reference: str
    relation: str
    confirmed: bool
    distance: int
    not_after: datetime | None
    weight: Weight
    source: str


@dataclass(frozen=True)
class ArchiveCapture:
    """The earliest capture of the evidence's address that an archive has.

    ``at`` is aware, in UTC. ``same_bytes`` says whether its digest is that of the received file; it is
    None where the archive names no digest that can be compared. ``media_type`` is what the archive says.
    """

    at: datetime
    media_type: str
    same_bytes: bool | None


@dataclass(frozen=True)
class DescriptorModel:
    """The model of a learned descriptor that the operator named: an ONNX file, what it takes and gives.

    It takes 1 × 3 × ``side`` × ``side`` floats (RGB, 0 to 1, less ``mean``, divided by ``std``) and gives
    ``dimension`` numbers. Photos whose descriptors have a cosine of ``threshold`` or more may be copies.
    """

    path: str
    sha256: str
    side: int
    dimension: int
    threshold: float
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The model that ``asdict`` wrote as JSON."""
        return cls(**{**values, "mean": tuple(values["mean"]), "std": tuple(values["std"])})


@dataclass(frozen=True)
class Media:
    """A received file: an open, seekable, read-only stream and what intake knows of it.

    ``known`` keeps what one check worked out of the bytes alone and the next would work out again.
    """

    stream: BinaryIO
    size: int
    sha256: str
    media_type: str
    kind: Kind
    known: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Context:
    """What the desk knows about the evidence, apart from its bytes. All times are aware, in UTC.

    ``trust_anchors`` are PEM certificates of signers and time-stamp authorities that the operator trusts,
    ``descriptor_model`` what photos are described with, None where the operator named none.
    ``searched`` is how many files were searched for copies, ``not_compared`` how many of those that may be
    copies could not be laid over this one.
    ``archive_not_asked`` is why an archive was to be asked about the address and gave no answer.
    """

    claimed_start: datetime | None = None
    claimed_end: datetime | None = None
    place: Place | None = None
    stated_start: datetime | None = None
    stated_end: datetime | None = None
    file_name: str = ""
    source_url: str = ""
    source_attested: bool = False
    received_at: datetime | None = None
    earlier_copies: tuple[EarlierCopy, ...] = ()
    archived: ArchiveCapture | None = None
    archive_not_asked: str = ""
    searched: int | None = None
    not_compared: int = 0
    trust_anchors: str = ""
    descriptor_model: DescriptorModel | None = None

    def as_json(self) -> dict[str, Any]:
        """This context as plain JSON values, for the wire to the locked child."""
        return plain(asdict(self))

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The context that ``as_json`` wrote."""
        given = dict(values)
        for name in ("claimed_start", "claimed_end", "stated_start", "stated_end", "received_at"):
            given[name] = _time(given.get(name))
        given["place"] = Place(**given["place"]) if given.get("place") else None
        given["earlier_copies"] = tuple(_copy(each) for each in given.get("earlier_copies", ()))
        given["archived"] = _capture(given.get("archived"))
        model = given.get("descriptor_model")
        given["descriptor_model"] = DescriptorModel.from_json(model) if model else None
        return cls(**given)


def plain(value: Any) -> Any:
    """The value as plain JSON values."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _copy(values: Mapping[str, Any]) -> EarlierCopy:
    given = {each.name: values[each.name] for each in fields(EarlierCopy)}
    return EarlierCopy(**given | {"not_after": _time(given["not_after"]), "weight": Weight(given["weight"])})


def _capture(values: Mapping[str, Any] | None) -> ArchiveCapture | None:
    return ArchiveCapture(**{**values, "at": datetime.fromisoformat(values["at"])}) if values else None
