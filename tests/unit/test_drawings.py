"""The drawings of the example: the classes asked for, the same for the same seed, within their bounds."""

import csv

import pytest

from examples.drawings.data import write_drawings
from examples.drawings.experiment import drawing_experiment
from studio.graph.document import parse_experiment


def read(path):
    with path.open() as file:
        return list(csv.reader(file))


def test_drawings_have_their_classes_and_come_back_with_their_seed(tmp_path):
    for name in ("one", "two"):
        write_drawings(tmp_path / name, 11, 2, seed=3)
    header, *rows = read(tmp_path / "one")
    assert read(tmp_path / "two") == [header, *rows]
    assert (len(header), len(rows)) == (785, 22)
    assert [row[-1] for row in rows[:11]] == [f"n{number:02}" for number in range(11)]
    assert all(0 <= int(cell) <= 255 for row in rows for cell in row[:-1])


@pytest.mark.parametrize("classes, each", [(9, 1), (101, 1), (10, 0)])
def test_too_few_or_too_many_drawings_are_refused(classes, each, tmp_path):
    with pytest.raises(ValueError, match="10 to 100 classes"):
        write_drawings(tmp_path / "x", classes, each)


def test_the_experiment_is_sound():
    assert len(parse_experiment(drawing_experiment("drawings.csv", 5)).nodes) == 6
