"""Sample datasets hold what scikit-learn's own loaders return, and are found by their names only."""

import io
import zipfile

import numpy as np
import pyarrow.csv as pa_csv
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine

from studio.datasets.samples import SAMPLES, _content, find_sample
from studio.datasets.workspace_data import check_dataset_name
from studio.errors import BadArgument
from studio.tables.options import ReadingOptions
from studio.tables.typed_files import read_file


def read(name):
    sample = find_sample(name)
    return read_file(sample.content, f".{sample.file.rpartition('.')[2]}", ReadingOptions()).table


def numbers(table, names):
    return np.column_stack([table[name].to_numpy() for name in names]).astype(float)


@pytest.mark.parametrize(
    "name, load, label, labels",
    [
        ("Iris Data", load_iris, "Class", ["setosa", "versicolor", "virginica"]),
        ("Breast Cancer Wisconsin (Diagnostic)", load_breast_cancer, "diagnosis", ["malignant", "benign"]),
        ("Wine Recognition", load_wine, "Class", ["1", "2", "3"]),
    ],
)
def test_a_sample_has_the_numbers_and_labels_of_the_loader(name, load, label, labels):
    table, expected = read(name), load()
    names = table.column_names[:-1]
    assert len(names) == len(expected.feature_names)
    assert (numbers(table, names) == expected.data).all()
    assert [str(cell) for cell in table[label].to_pylist()] == [labels[code] for code in expected.target]


def test_columns_of_breast_cancer_are_in_the_loaders_order():
    assert read("Breast Cancer Wisconsin (Diagnostic)").column_names[:-1] == list(load_breast_cancer().feature_names)


def test_two_species_of_iris_have_the_columns_of_the_original():
    table, iris = read("Iris Two Class Data"), load_iris()
    assert table.column_names == ["Class", "sepal-length", "sepal-width", "petal-length", "petal-width"]
    chosen = iris.target != 1
    assert (numbers(table, table.column_names[1:]) == iris.data[chosen]).all()
    assert [int(cell) for cell in table["Class"].to_pylist()] == [code // 2 for code in iris.target[chosen]]


def test_the_packed_sample_holds_the_digits():
    with zipfile.ZipFile(io.BytesIO(find_sample("Handwritten Digits.zip").content)) as packed:
        (name,) = packed.namelist()
        table, digits = pa_csv.read_csv(io.BytesIO(packed.read(name))), load_digits()
    assert (numbers(table, table.column_names[:-1]) == digits.data).all()
    assert table["digit"].to_pylist() == list(digits.target)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_sample_is_made_alike_each_time(sample):
    before = sample.content
    _content.cache_clear()
    assert sample.content == before
    check_dataset_name(sample.file)
    assert "CC BY 4.0" in sample.description
    for path in (sample.name, sample.file, f"samples/{sample.name}", f"/samples/{sample.file}"):
        assert find_sample(path) is sample


@pytest.mark.attack("Names, headers and keys")
@pytest.mark.parametrize(
    "path",
    [
        "",
        "samples/",
        "samples/*",
        "samples/../Iris Data.csv",
        "samples/samples/Iris Data.csv",
        "iris data.csv",
        f"samples/{'0' * 64}/Iris Data.csv",
    ],
)
def test_nothing_else_is_a_sample(path):
    assert find_sample(path) is None


@pytest.mark.attack("Names, headers and keys")
def test_a_dataset_cannot_be_named_as_a_sample_is_addressed():
    with pytest.raises(BadArgument):
        check_dataset_name("samples/Iris Data.csv")
