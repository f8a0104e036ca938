"""A network of the shape of ResNet-50 with random weights: what a model of that size costs, and nothing more.

He et al., "Deep Residual Learning for Image Recognition", 2016; the model that SSCD recommends is one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

from media_checks.context import DescriptorModel

SIDE, DIMENSION = 320, 512
# Width, blocks, and the first block's stride, of each stage.
_STAGES = ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2))


class _Network:
    """Nodes and weights, as they are added."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.weights: list[TensorProto] = []
        self.random = np.random.default_rng(1)

    def add(self, kind: str, inputs: Iterable[str], *weights: np.ndarray, **attributes: object) -> str:
        """A node with weights of its own; the name of what it gives."""
        made = f"{kind}_{len(self.nodes)}"
        names = [f"{made}_{at}" for at in range(len(weights))]
        self.weights += [
            numpy_helper.from_array(each.astype(np.float32), name)
            for name, each in zip(names, weights, strict=True)
        ]
        self.nodes.append(helper.make_node(kind, [*inputs, *names], [made], **attributes))
        return made

    def conv(self, given: str, channels: int, filters: int, size: int, stride: int = 1) -> str:
        """A convolution that keeps the spread of what goes through it."""
        scale = np.sqrt(2 / (channels * size * size))
        drawn = self.random.normal(scale=scale, size=(filters, channels, size, size))
        border = [size // 2] * 4
        return self.add("Conv", [given], drawn, np.zeros(filters), strides=[stride] * 2, pads=border)

    def block(self, given: str, channels: int, width: int, stride: int) -> str:
        """A bottleneck with its shortcut."""
        inner = self.add("Relu", [self.conv(given, channels, width, 1)])
        inner = self.add("Relu", [self.conv(inner, width, width, 3, stride)])
        inner = self.conv(inner, width, 4 * width, 1)
        if stride != 1 or channels != 4 * width:
            given = self.conv(given, channels, 4 * width, 1, stride)
        return self.add("Relu", [self.add("Add", [inner, given])])


def resnet50(folder: Path) -> DescriptorModel:
    """The network as a file in the folder, 98 MB."""
    network, channels = _Network(), 64
    given = network.add("Relu", [network.conv("pixels", 3, channels, 7, 2)])
    given = network.add("MaxPool", [given], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    for width, blocks, first in _STAGES:
        for number in range(blocks):
            given = network.block(given, channels, width, first if number == 0 else 1)
            channels = 4 * width
    flat = network.add("Flatten", [network.add("GlobalAveragePool", [given])])
    last = network.random.normal(scale=0.02, size=(channels, DIMENSION))
    descriptor = network.add("Gemm", [flat], last, np.zeros(DIMENSION))
    takes = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, SIDE, SIDE])
    gives = helper.make_tensor_value_info(descriptor, TensorProto.FLOAT, [1, DIMENSION])
    graph = helper.make_graph(network.nodes, "resnet50", [takes], [gives], network.weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    path = folder / "resnet50.onnx"
    path.write_bytes(model.SerializeToString())
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    return DescriptorModel(str(path), sha256, SIDE, DIMENSION, 0.5, mean, std)
