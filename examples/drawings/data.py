"""Drawings of 28 × 28 pixels in 10 to 100 classes, made of the handwritten digits that scikit-learn comes with.

Up to ten classes are single digits; more are numbers of two digits, drawn side by side. Each drawing takes digits of
different hands, turned, moved, thickened and with noise, so there can be any number of them and nothing is downloaded.
"""

import csv
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage
from sklearn.datasets import load_digits

SIDE, LABEL = 28, "drawing"
FEWEST, MOST = 10, 100
MAX_DEGREES, MAX_SHIFT, NOISE = 12.0, 1.5, 0.04


def write_drawings(path: Path, classes: int, each: int, seed: int = 0) -> None:
    """Write drawings as CSV: 784 columns `p0` to `p783` from 0 to 255, and their class, such as `n07`.

    Parameters
    ----------
    classes
        The number of classes, 10 to 100.
    each
        The number of drawings of each class.

    Raises
    ------
    ValueError
        If there are too few or too many classes, or no drawings.
    """
    if not FEWEST <= classes <= MOST or each < 1:
        raise ValueError(
            f"There are {FEWEST} to {MOST} classes with one drawing or more each, got {classes} with {each}."
        )
    rng = np.random.default_rng(seed)
    hands = _hands()
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*(f"p{index}" for index in range(SIDE * SIDE)), LABEL])
        for number in range(each * classes):
            label = number % classes
            writer.writerow([*draw(hands, label, classes, rng).ravel().tolist(), f"n{label:02}"])


def draw(hands: dict[int, Any], label: int, classes: int, rng: Any) -> Any:
    """Return a drawing, shape (28, 28), whole numbers from 0 to 255."""
    digits = [label] if classes <= FEWEST else [label // 10, label % 10]
    width = SIDE // len(digits)
    picture = np.hstack([_digit(hands[digit], width, rng) for digit in digits])
    noisy = picture + rng.normal(scale=NOISE, size=picture.shape)
    return np.rint(255 * np.clip(noisy, 0, 1)).astype(int)


def _hands() -> dict[int, Any]:
    """Return scikit-learn's drawings of each digit, shape (n_drawings, 8, 8), from 0 to 1."""
    bunch = load_digits()
    return {digit: bunch.images[bunch.target == digit] / 16 for digit in range(10)}


def _digit(hands: Any, width: int, rng: Any) -> Any:
    """Return one digit by a random hand, turned and moved, shape (28, width)."""
    small = hands[rng.integers(len(hands))]
    size = (SIDE - 4, width - 2)
    large = ndimage.zoom(small, (size[0] / small.shape[0], size[1] / small.shape[1]), order=1)
    turned = ndimage.rotate(large, rng.uniform(-MAX_DEGREES, MAX_DEGREES), reshape=False, order=1)
    moved = ndimage.shift(np.pad(turned, ((2, 2), (1, 1))), rng.uniform(-MAX_SHIFT, MAX_SHIFT, size=2), order=1)
    return moved * rng.uniform(0.7, 1.3)
