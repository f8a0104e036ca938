"""Descriptors at known cosines of others, for the tests of the descriptor index and its bench."""

from __future__ import annotations

import numpy as np


def some(count: int, dimension: int = 512, seed: int = 1) -> np.ndarray:
    """Random descriptors as they are stored: n × d, int8."""
    return _stored(np.random.default_rng(seed).normal(size=(count, dimension)))


def beside(numbers: np.ndarray, cosine: float, seed: int) -> np.ndarray:
    """For each row another at this cosine, as well as int8 can say it."""
    one = numbers / np.linalg.norm(numbers.astype(float), axis=1, keepdims=True)
    noise = np.random.default_rng(seed).normal(size=one.shape)
    noise -= (noise * one).sum(axis=1, keepdims=True) * one
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    return _stored(cosine * one + np.sqrt(1 - cosine**2) * noise)


def _stored(numbers: np.ndarray) -> np.ndarray:
    return np.round(numbers * (127 / np.abs(numbers).max(axis=1, keepdims=True))).astype(np.int8)
