"""A real model for the descriptor slot, small and made in code: what colours and edges a picture has.

Fixed filters, pooled over the whole picture, and whitened on pictures made in code: parts of one picture come
out near each other, other pictures far off. It stands for the learned model that an operator would name.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from media_checks.context import DescriptorModel
from tests.media_checks.samples import scene

SIDE, DIMENSION, THRESHOLD = 96, 96, 0.75
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
FILTERS = 192
# How many directions of the pooled colours count.
_KEPT = 32
_LEARNED_FROM = range(10_000, 10_300)


def named(folder: Path, *, dimension: int = DIMENSION, threshold: float = THRESHOLD) -> DescriptorModel:
    """The model as a file in the folder, and what an operator would say of it."""
    path = folder / f"model-{dimension}.onnx"
    path.write_bytes(content(dimension))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return DescriptorModel(str(path), sha256, SIDE, dimension, threshold, MEAN, STD)


def of(path: Path, like: DescriptorModel) -> DescriptorModel:
    """Another file, named as it is, with everything else as of this model."""
    return replace(like, path=str(path), sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def variables(model: DescriptorModel) -> dict[str, str]:
    """The environment that names this model."""
    return {
        "DESCRIPTOR_MODEL": model.path,
        "DESCRIPTOR_SHA256": model.sha256,
        "DESCRIPTOR_SIDE": str(model.side),
        "DESCRIPTOR_DIMENSION": str(model.dimension),
        "DESCRIPTOR_THRESHOLD": str(model.threshold),
    }


@cache
def content(dimension: int) -> bytes:
    """An ONNX file: 1 × 3 × 96 × 96 floats in, ``dimension`` numbers out, of length 1."""
    weights, bias = _whitening(dimension)
    constants = {"filters": _filters(), "offsets": _offsets(), "weights": weights, "bias": bias}
    nodes = [
        helper.make_node("Conv", ["pixels", "filters", "offsets"], ["filtered"]),
        helper.make_node("Relu", ["filtered"], ["found"]),
        helper.make_node("GlobalAveragePool", ["found"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weights", "bias"], ["whitened"]),
        helper.make_node("LpNormalization", ["whitened"], ["descriptor"], p=2, axis=1),
    ]
    return _written(nodes, constants, dimension)


def constant(number: float) -> bytes:
    """An ONNX file that gives this number 96 times, whatever the picture."""
    nodes = [
        helper.make_node("GlobalAveragePool", ["pixels"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Gemm", ["flat", "nothing", "constant"], ["descriptor"]),
    ]
    constants = {"nothing": np.zeros((3, DIMENSION)), "constant": np.full(DIMENSION, number)}
    return _written(nodes, constants, DIMENSION)


def expected(picture: np.ndarray, dimension: int) -> np.ndarray:
    """What the model must give of 96 × 96 RGB pixels, by its own arithmetic, but for its length."""
    weights, bias = _whitening(dimension)
    return _pooled(picture) @ weights + bias


def _written(nodes: list[onnx.NodeProto], constants: dict[str, np.ndarray], dimension: int) -> bytes:
    graph = helper.make_graph(
        nodes,
        "descriptor",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("descriptor", TensorProto.FLOAT, [1, dimension])],
        [numpy_helper.from_array(each.astype(np.float32), name) for name, each in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def _filters() -> np.ndarray:
    """Directions of colour, FILTERS × 3 × 1 × 1."""
    directions = np.random.default_rng(7).normal(size=(FILTERS, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return directions.astype(np.float32)[:, :, None, None]


def _offsets() -> np.ndarray:
    return np.random.default_rng(8).uniform(-2.2, 1.0, FILTERS).astype(np.float32)


def _pooled(picture: np.ndarray) -> np.ndarray:
    pixels = (picture / 255 - np.array(MEAN)) / np.array(STD)
    return np.maximum(pixels.reshape(-1, 3) @ _filters()[:, :, 0, 0].T + _offsets(), 0).mean(axis=0)


def _whitening(dimension: int) -> tuple[np.ndarray, np.ndarray]:
    """Centred on many pictures, their strongest directions made equally strong, and turned at random."""
    pooled = np.array([_pooled(np.asarray(scene(seed, 96, 96))) for seed in _LEARNED_FROM])
    centre = pooled.mean(axis=0)
    _left, spread, axes = np.linalg.svd(pooled - centre, full_matrices=False)
    kept = axes[:_KEPT] / spread[:_KEPT, None]
    turned = np.random.default_rng(9).normal(size=(dimension, _KEPT)) @ kept
    return turned.T.astype(np.float32), (-turned @ centre).astype(np.float32)


def cut(picture: Image.Image, share: float = 0.3) -> Image.Image:
    """Without this share of each side, from the left and from above: more than any hash here follows."""
    left, top = round(share * picture.width), round(share * picture.height)
    return picture.crop((left, top, picture.width, picture.height))


def shuffled(picture: Image.Image) -> Image.Image:
    """Its tiles in another order: the same colours, and pixels that agree nowhere."""
    across, down = picture.width // 4, picture.height // 4
    other = picture.copy()
    for number, tile in enumerate(np.random.default_rng(3).permutation(16)):
        x, y = int(tile) % 4 * across, int(tile) // 4 * down
        part = picture.crop((x, y, x + across, y + down)).transpose(Image.Transpose.ROTATE_180)
        other.paste(part, (number % 4 * across, number // 4 * down))
    return other
