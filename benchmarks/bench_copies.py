"""How many copies are found, by what was done to them, and how many pairs are none.

Real photos of the folder that CORROBORATE_MEDIA names, altered with seeded parameters; the pairs that their
publishers made; films made of the photos. All by the code of ``manage.py find_copies``, and beside it, in
the same run, imagehash's pHash within 10 bits and PDQ within 31, each of the whole upright picture. Where
the environment names a descriptor model (docs/operators.md), also what is found with it.
"""

from __future__ import annotations

import csv
import io
import os
import sys
import tempfile
import warnings
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations
from multiprocessing import Pool
from pathlib import Path

import imagehash
import numpy as np
from django.conf import settings
from PIL import Image

from benchmarks.altered import CLASSES, altered
from benchmarks.films import FILM_CLASSES, SECONDS, film_trials
from benchmarks.tables import heading, table
from media_checks.context import Context, DescriptorModel, Kind, Media
from media_checks.contract import Unreadable
from media_checks.copies import Copies, Pair, Prints
from media_checks.descriptors import Descriptors, describe
from media_checks.files import media_of
from media_checks.fingerprints import NEAR, WHOLE, canonical, stored_rows
from media_checks.perceptual_hash import COMPUTED, examine
from media_checks.photos import decode, flat, open_photo, orientation_of, upright
from media_checks.relations import Grey

FOLDER = Path(os.environ.get("CORROBORATE_MEDIA") or "/nonexistent") / "media"
# The thresholds were chosen on every third of the distinct photos; the others were not looked at.
CHOSEN_ON = 3
FILMS = 8
PEER_PHASH = 10
PEERS = ("pHash ≤ 10", "PDQ ≤ 31")
SLOT = "with the descriptor"
TARGETS = dict.fromkeys(list(CLASSES)[:9], 0.99) | dict.fromkeys(list(CLASSES)[9:13], 0.95)


def media(content: bytes) -> Media:
    return media_of(io.BytesIO(content), len(content))


@cache
def model() -> DescriptorModel | None:
    """The descriptor model that the environment names."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "config.settings"}
        return settings.DESCRIPTOR_MODEL


class File:
    """A file with its prints, without and with a descriptor, its small grey picture, both peers' hashes."""

    def __init__(self, name: str, content: bytes, asked: bool = True) -> None:
        made = media(content)
        self.peers: tuple[imagehash.ImageHash, np.ndarray] | None = None
        if made.kind is Kind.PHOTO:
            parts = canonical(made)
            rows = [row.as_json() for row in stored_rows(parts)]
            found = [each.details for each in examine(made, Context()) if each.code == COMPUTED]
            details = (found[0] if found else {}) | ({} if asked else {"queries": []})
            self.grey = Grey.of(parts[WHOLE])
            first = np.frombuffer(bytes.fromhex(rows[0]["bits"]), np.uint8)
            self.peers = imagehash.phash(picture(content)), first
        else:
            found = [each.details for each in examine(made, Context()) if each.code == COMPUTED]
            details = found[0] if found else {}
        digest = f"{zlib.crc32(content)}-{len(content)}-{name}"
        self.prints = self.described = Prints.of(name, digest, made.kind, details)
        if made.kind is Kind.PHOTO and model():
            self.described = replace(self.prints, described=Descriptors.of(describe(made, model())))


@cache
def file(path: str) -> File | None:
    """A published file; None where it cannot be read."""
    try:
        return File(path, (FOLDER / path).read_bytes())
    except Unreadable:
        return None


def picture(content: bytes) -> Image.Image:
    """The upright picture at full size."""
    image = open_photo(media(content))
    orientation = orientation_of(image)
    return flat(upright(decode(image), orientation))


def peers(one: File, other: File) -> tuple[bool, bool]:
    """What pHash and PDQ of the whole upright pictures say."""
    if one.peers is None or other.peers is None:
        return False, False
    bits = int(np.bitwise_count(one.peers[1] ^ other.peers[1]).sum())
    return bool(one.peers[0] - other.peers[0] <= PEER_PHASH), bits <= NEAR


def pair_of(one: File, other: File, *, described: bool = False) -> Pair | None:
    """The line that the command would print for two files, with the descriptor or without."""
    greys = {each.prints.path: getattr(each, "grey", None) for each in (one, other)}
    copies = Copies(lambda path, at: greys[path])
    copies.add(other.described if described else other.prints)
    return next(copies.of(one.described if described else one.prints), None)


def trial(name: str, one: File, other: File) -> tuple:
    """Class, found, found with the descriptor, what the peers find, and the relation named."""
    pair = pair_of(one, other)
    deep = pair_of(one, other, described=True) if model() else pair
    found, with_it = (bool(each and each.suggested) for each in (pair, deep))
    return name, found, with_it, *peers(one, other), pair.relation if pair else ""


def photo_trials(path: str) -> list[tuple]:
    """A trial for each way in which one photo is altered."""
    original = file(path)
    if original is None:
        return []
    image = picture((FOLDER / path).read_bytes())
    image.thumbnail((2000, 2000))
    trials = []
    for name in CLASSES:
        random = np.random.default_rng(zlib.crc32(f"{path} {name}".encode()))
        copy = File(f"{path} {name}", altered(name, image, random), asked=False)
        trials.append(trial(name, original, copy))
    return trials


def recall(trials: Iterable[tuple], order: Iterable[str], targets: dict[str, float]) -> Iterator[tuple]:
    """A row of the table for each class."""
    by_class = defaultdict(list)
    for name, *rest in trials:
        by_class[name].append(rest)
    for name in order:
        rows = by_class[name]
        ours, with_it, *others = (sum(column) / len(rows) for column in list(zip(*rows, strict=True))[:4])
        named = [row[4] for row in rows if row[4]]
        others = [with_it, *others] if model() else others
        most = max(sorted(set(named)), key=named.count, default="–")
        target = targets.get(name)
        judged = "–" if target is None else f"≥ {target}{'' if ours >= target else ' MISSED'}"
        yield (name, len(rows), f"{ours:.3f}", judged, *(f"{each:.3f}" for each in others), most)


def listed(name: str) -> list[dict[str, str]]:
    with (FOLDER / "truth" / name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def published_trial(row: dict[str, str]) -> tuple | None:
    one, other = file(row["a"]), file(row["b"])
    if one is None or other is None:
        return None
    return trial(f"{row['media']}: {row['class']}", one, other)


def printed(files: list[File], *, described: bool = False) -> list[Pair]:
    """The lines that the command would print for all these files."""
    greys = {each.prints.path: each.grey for each in files}
    copies, lines = Copies(lambda path, at: greys[path]), []
    for each in files:
        prints = each.described if described else each.prints
        lines += copies.of(prints)
        copies.add(prints)
    return lines


def false_pairs(files: list[File]) -> tuple[int, ...]:
    """Among photos that are all distinct: pairs, printed, suggested, and the peers' false pairs."""
    told = [peers(one, other) for one, other in combinations(files, 2)]
    lines, deep = printed(files), printed(files, described=True) if model() else []
    with_it = [sum(each.suggested for each in deep)] if model() else []
    phash, pdq = (sum(column) for column in zip(*told, strict=True))
    return len(told), len(lines), sum(each.suggested for each in lines), *with_it, phash, pdq


def main() -> None:
    """Print the tables."""
    warnings.simplefilter("ignore")
    heading("Copies", "Recall by class; false pairs among distinct photos.")
    if not (FOLDER / "truth" / "pairs.tsv").is_file():
        print("Left out: CORROBORATE_MEDIA names no folder with the published photos.")
        sys.exit(0)
    distinct = [row["path"] for row in listed("distinct.tsv")]
    slot = (SLOT,) if model() else ()
    if not model():
        print("No descriptor model is named (DESCRIPTOR_MODEL): nothing is measured with one.")
    columns = ("files", "found", "target", *slot, *PEERS, "named mostly")
    with Pool(2) as pool:
        trials = list(pool.imap(photo_trials, distinct))
        unseen = [each for at, each in enumerate(trials) if at % CHOSEN_ON]
        for name, some in (("all", trials), ("those on which no threshold was chosen", unseen)):
            print(f"Photos altered with random parameters: {name}")
            table(("what was done", *columns), recall(flattened(some), CLASSES, TARGETS))
        published = [each for each in pool.imap(published_trial, listed("pairs.tsv"), 8) if each]
        print("Pairs that their publishers made (hard negatives must not be found)")
        table(("class", *columns), recall(published, sorted({each[0] for each in published}), {}))
        known = [each for each in pool.imap(file, distinct, 8) if each]
        print("Pairs among distinct photos")
        table(("pairs", "printed", "suggested (target 0)", *slot, *PEERS), [false_pairs(known)])
        readable = [each.prints.path for each in known]
        shots = [str(FOLDER / path) for path in readable if path.endswith((".jpg", ".jpeg"))]
        films = flattened(pool.imap(film_trials, [shots[at::FILMS] for at in range(FILMS)]))
    print(f"Films made of the photos, {SECONDS} s each")
    columns = ("trials", "found (target ≥ 0.98)", "offset right to a second", "found in another film")
    table(("what was done", *columns), film_rows(films))


def flattened(parts: Iterable[list[tuple]]) -> list[tuple]:
    return [each for part in parts for each in part]


def film_rows(trials: list[tuple[str, bool, bool, int]]) -> Iterator[tuple]:
    for name in FILM_CLASSES:
        rows = [each for each in trials if each[0] == name]
        shares = (f"{sum(each[at] for each in rows) / len(rows):.3f}" for at in (1, 2))
        yield (name, len(rows), *shares, sum(each[3] for each in rows))


if __name__ == "__main__":
    main()
