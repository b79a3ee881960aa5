"""Sample datasets: the same in every workspace, read-only, made from the data files of scikit-learn's package.

Nothing is stored for an experiment that imports one: its content is made in this process, once. What clients download
is a blob (sample_sources.py).

References
----------
The licences and what the original had besides: docs/reference/samples.md.
"""

import csv
import functools
import gzip
import hashlib
import importlib.util
import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.errors import Conflict

# Classic: the id of the workspace that owned what all workspaces see; azureml tells samples by it.
GLOBAL_WORKSPACE = "506153734175476c4f62416c57734963"
FOLDER = "samples/"
IRIS = ("sepal-length", "sepal-width", "petal-length", "petal-width")
WINE = (
    "alcohol",
    "malic-acid",
    "ash",
    "alcalinity-of-ash",
    "magnesium",
    "total-phenols",
    "flavanoids",
    "nonflavanoid-phenols",
    "proanthocyanins",
    "color-intensity",
    "hue",
    "od280-od315",
    "proline",
)
NUCLEUS = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave points",
    "symmetry",
    "fractal dimension",
)
CELLS = tuple(name.format(part) for name in ("mean {}", "{} error", "worst {}") for part in NUCLEUS)
PIXELS = tuple(f"pixel-{row}-{column}" for row in range(8) for column in range(8))
# What zip files say about when their members were written; a fixed one keeps the content the same.
ZIP_TIME = (1980, 1, 1, 0, 0, 0)

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample dataset: its name, file name, type in the Studio API, description, and what makes its content."""

    name: str
    file: str
    data_type: str
    description: str
    make: Callable[[], bytes]

    @property
    def family(self) -> str:
        """Its family id, 32 hex digits."""
        return hashlib.sha256(f"{GLOBAL_WORKSPACE}/{self.file}".encode()).hexdigest()[:32]

    @property
    def content(self) -> bytes:
        """The file."""
        return _content(self)

    @property
    def digest(self) -> str:
        """The SHA-256 of the file, as hex digits."""
        return hashlib.sha256(self.content).hexdigest()


def find_sample(path: str) -> Sample | None:
    """Return the sample of this name or file name, with or without `samples/` before it; None if there is none."""
    wanted = path.strip().lstrip("/").removeprefix(FOLDER)
    return next((sample for sample in SAMPLES if wanted in (sample.name, sample.file)), None)


def find_sample_by_id(id_or_family: str) -> Sample | None:
    """Return the sample with this id or family id; None if there is none."""
    family = id_or_family.removeprefix(f"{GLOBAL_WORKSPACE}.")
    return next((sample for sample in SAMPLES if sample.family == family), None)


def check_not_sample(id_or_family: str) -> None:
    """Raise Conflict if the id is a sample's: nobody can change or delete samples."""
    sample = find_sample_by_id(id_or_family)
    if sample is not None:
        raise Conflict(
            "BadParameterValue",
            f"'{sample.name}' is a sample dataset, which all workspaces share: it cannot be changed or deleted. "
            "Upload a dataset of your own, without FamilyId; it may have the same name.",
            "FamilyId",
        )


@functools.cache
def _content(sample: Sample) -> bytes:
    return sample.make()


def _iris_two_classes() -> bytes:
    head = "@relation 'Iris Two Class Data'\n@attribute Class {0,1}\n"
    head += "".join(f"@attribute {name} numeric\n" for name in IRIS)
    classes = {"0": "0", "2": "1"}
    rows = [(classes[row[-1]], *row[:-1]) for row in _read("iris.csv", 1) if row[-1] in classes]
    return (head + "@data\n" + "".join(",".join(row) + "\n" for row in rows)).encode()


def _iris() -> bytes:
    return _table((*IRIS, "Class"), _labelled(_read("iris.csv", 1), ("setosa", "versicolor", "virginica")), ",")


def _breast_cancer() -> bytes:
    return _table((*CELLS, "diagnosis"), _labelled(_read("breast_cancer.csv", 1), ("malignant", "benign")), ",")


def _wine() -> bytes:
    return _table((*WINE, "Class"), _labelled(_read("wine_data.csv", 1), ("1", "2", "3")), "\t")


def _digits() -> bytes:
    rows = _read("digits.csv.gz", 0)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        inner = zipfile.ZipInfo("Handwritten Digits.csv", ZIP_TIME)
        inner.compress_type = zipfile.ZIP_DEFLATED
        file.writestr(inner, _table((*PIXELS, "digit"), rows, ","))
    return packed.getvalue()


def _read(name: str, header_rows: int) -> Rows:
    """Return the rows of one of scikit-learn's data files, without importing scikit-learn, which takes a second."""
    found = importlib.util.find_spec("sklearn")
    assert found is not None
    assert found.submodule_search_locations
    content = (Path(found.submodule_search_locations[0]) / "datasets" / "data" / name).read_bytes()
    text = (gzip.decompress(content) if name.endswith(".gz") else content).decode()
    return list(csv.reader(io.StringIO(text)))[header_rows:]


def _labelled(rows: Rows, labels: Sequence[str]) -> Rows:
    return [[*row[:-1], labels[int(row[-1])]] for row in rows]


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], separator: str) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=separator, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return file.getvalue().encode()


SAMPLES = (
    Sample(
        "Iris Two Class Data",
        "Iris Two Class Data.arff",
        "ARFF",
        "100 flowers: Iris setosa (Class 0) and Iris virginica (Class 1). R. A. Fisher, Iris, UCI Machine Learning "
        "Repository (1936), CC BY 4.0.",
        _iris_two_classes,
    ),
    Sample(
        "Iris Data",
        "Iris Data.csv",
        "GenericCSV",
        "150 flowers of three species. R. A. Fisher, Iris, UCI Machine Learning Repository (1936), CC BY 4.0.",
        _iris,
    ),
    Sample(
        "Breast Cancer Wisconsin (Diagnostic)",
        "Breast Cancer Wisconsin (Diagnostic).csv",
        "GenericCSV",
        "569 tumours, 30 measures of cell nuclei each; not the older data of the original's 'Breast cancer data'. "
        "W. Wolberg, O. Mangasarian, N. Street, W. Street, Breast Cancer Wisconsin (Diagnostic), UCI Machine Learning "
        "Repository (1993), CC BY 4.0.",
        _breast_cancer,
    ),
    Sample(
        "Wine Recognition",
        "Wine Recognition.tsv",
        "GenericTSV",
        "Chemical analyses of 178 wines of three cultivars. S. Aeberhard, M. Forina, Wine, UCI Machine Learning "
        "Repository (1992), CC BY 4.0.",
        _wine,
    ),
    Sample(
        "Handwritten Digits.zip",
        "Handwritten Digits.zip",
        "Zip",
        "1,797 images of 8 by 8 pixels with their digits, as CSV. E. Alpaydin, C. Kaynak, Optical Recognition of "
        "Handwritten Digits, UCI Machine Learning Repository (1998), CC BY 4.0.",
        _digits,
    ),
)
