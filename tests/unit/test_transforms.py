"""Modules that work on columns: what they do in training is what the trained model does to a row and to a file."""

import numpy as np
import pytest

from studio.errors import ModuleExecutionError
from studio.graph.contract import Effect
from studio.graph.palette import list_modules
from studio.model.container import read_model_file, write_model_file
from studio.model.export.graphs import export_graph
from studio.model.manifest import SKOPS
from studio.model.packaging import check_parity, package_model
from studio.model.session import SkopsScorer
from studio.tables.schema import ColumnType, write_cell
from tests.builders import call_module, clean_people, dataset, load_packed, score_file, score_rows, train_on
from tests.unit.test_travelling_modules import CASES as TRAVELLING

# Seconds of processor time: `make check` leaves them to `make test`.
pytestmark = pytest.mark.slow

# Each case: modules in order, as (name, properties); the dataset goes through them all.
CASES = {
    "ZScore": [("Normalize Data", {"Transformation method": "ZScore"})],
    "MinMax": [("Normalize Data", {"Transformation method": "MinMax", "Columns to transform": ["hours"]})],
    "Logistic": [("Normalize Data", {"Transformation method": "Logistic"})],
    "LogNormal": [("Normalize Data", {"Transformation method": "LogNormal", "Columns to transform": "age"})],
    "Tanh": [("Normalize Data", {"Transformation method": "Tanh"})],
    "Clip": [
        (
            "Clip Values",
            {
                "Set of thresholds": "ClipPeaksAndSubpeaks",
                "Upper threshold kind": "Percentile",
                "Percentile value of upper threshold": 90,
                "Substitute value for peaks": "Mean",
                "Constant value of lower threshold": 25,
                "Substitute value for subpeaks": "Missing",
                "Add indicator columns": True,
                "Overwrite flag": False,
            },
        )
    ],
    "Indicators": [("Convert to Indicator Values", {"Categorical columns to convert": ["city"]})],
    "Indicators only": [
        (
            "Convert to Indicator Values",
            {"Categorical columns to convert": ["city"], "Overwrite categorical columns": True},
        )
    ],
    "Quantile bins": [("Group Data into Bins", {"Number of bins": 4})],
    "Index bins in place": [
        (
            "Group Data into Bins",
            {"Output mode": "Inplace", "Quantile normalization": "QuantileIndex", "Columns to bin": ["age", "hours"]},
        )
    ],
    "Bins as numbers": [
        (
            "Group Data into Bins",
            {"Binning mode": "EqualWidth", "Output mode": "Inplace", "Tag columns as categorical": False},
        )
    ],
    "Custom bins": [
        (
            "Group Data into Bins",
            {
                "Binning mode": "CustomEdges",
                "Columns to bin": "age",
                "Comma-separated list of bin edges": "20, 40.5, 60",
            },
        )
    ],
    "Components": [("Principal Component Analysis", {"Number of dimensions to reduce to": 2})],
    "MICE": [("Clean Missing Data", {"Cleaning mode": "Replace using MICE"})],
    "Probabilistic PCA": [("Clean Missing Data", {"Cleaning mode": "Replace using Probabilistic PCA"})],
    "Filled, flagged": [
        (
            "Clean Missing Data",
            {
                "Cleaning mode": "Replace with median",
                "Columns to be cleaned": ["age", "hours"],
                "Generate missing value indicator column": True,
            },
        )
    ],
    "Filled after scaling": [
        ("Normalize Data", {"Transformation method": "MinMax"}),
        (
            "Clean Missing Data",
            {
                "Cleaning mode": "Replace with mean",
                "Columns to be cleaned": ["age", "hours"],
                "Generate missing value indicator column": True,
            },
        ),
    ],
    "Values replaced": [
        (
            "Convert to Dataset",
            {"Action": "ReplaceValues", "Replace": "Custom", "Custom Value": "30", "New Value": "31"},
        ),
        ("Convert to Dataset", {"Action": "ReplaceValues", "Replace": "Missing", "New Value": "0"}),
    ],
    "Replaced after scaling": [
        ("Clip Values", {"Constant value of upper threshold": 40}),
        (
            "Convert to Dataset",
            {"Action": "ReplaceValues", "Replace": "Custom", "Custom Value": "40", "New Value": "41"},
        ),
    ],
    "Indicators of bins": [
        ("Group Data into Bins", {"Number of bins": 3, "Columns to bin": "age"}),
        ("Convert to Indicator Values", {"Categorical columns to convert": ["age_quantized"]}),
    ],
    "Renamed and selected": [
        ("Normalize Data", {}),
        ("Edit Metadata", {"Column": ["hours"], "New Column Name": "spare time"}),
        ("Select Columns in Dataset", {"Select Columns": ["spare time", "city", "bought"]}),
    ],
    "Features chosen": [
        ("Normalize Data", {}),
        ("Filter Based Feature Selection", {"Target column": "bought", "Number of desired features": 2}),
    ],
    "One after the other": [
        ("Clean Missing Data", {"Cleaning mode": "Replace using MICE"}),
        ("Normalize Data", {"Transformation method": "LogNormal", "Columns to transform": "age"}),
        ("Group Data into Bins", {"Columns to bin": "hours", "Quantile normalization": "PQuantile"}),
        ("Convert to Indicator Values", {"Categorical columns to convert": ["hours_quantized", "city"]}),
        (
            "Principal Component Analysis",
            {"Selected columns": ["age", "hours"], "Number of dimensions to reduce to": 1},
        ),
    ],
}
ROWS = [
    ["30", "Oslo", "12.5", "true"],
    ["", "Lima", "", "false"],
    ["?", "?", "?", ""],
    ["95", "Atlantis", "-3", "true"],
]


def through(modules, data):
    for name, given in modules:
        data = call_module(name, {"Dataset": data}, **given)[0]
    return data


# What each of them does by itself; chains and further options are tried at night.
AT_NIGHT = (
    "Index bins in place",
    "Bins as numbers",
    "Indicators only",
    "Filled after scaling",
    "Replaced after scaling",
)


@pytest.mark.parametrize(
    "modules",
    [pytest.param(case, id=name, marks=[pytest.mark.long] * (name in AT_NIGHT)) for name, case in CASES.items()],
)
class TestEveryTransform:
    def test_is_part_of_the_models_graph(self, modules):
        data = through(modules, clean_people(500, seed=1))
        for learner in ("Two-Class Logistic Regression", "Two-Class Boosted Decision Tree"):
            trained = train_on(learner, data)
            parity = check_parity(trained, export_graph(trained), [])
            assert parity.rows > 200
            assert parity.holds, parity

    def test_shows_a_row_as_training_saw_it(self, modules):
        raw = clean_people(300, seed=2)
        data = through(modules, raw)
        model = load_packed(train_on("Two-Class Logistic Regression", data))
        names = [column.name for column in model.encoder.sources]
        assert "bought" not in names
        rows = list(zip(*(raw.cells(name) for name in names), strict=True))
        shown = [name for name in data.names if name != "bought"]
        expected = list(zip(*(data.cells(name) for name in shown), strict=True))
        assert [column.name for column in model.file.encoder.columns] == shown
        for row, wanted in zip(score_rows(model, rows), expected, strict=True):
            for one, other in zip(row, wanted, strict=False):
                assert one == other or np.isclose(one, other, rtol=1e-9, atol=1e-9)

    def test_scores_rows_and_files_alike(self, modules):
        model = load_packed(train_on("Two-Class Logistic Regression", through(modules, clean_people(300))))
        names = ["age", "city", "hours", "smoker"]
        rows = [[row[names.index(column.name)] for column in model.encoder.sources] for row in ROWS]
        by_row = [["" if cell is None else write_cell(cell) for cell in row] for row in score_rows(model, rows)]
        for one, other in zip(by_row, score_file(model, rows), strict=True):
            for cell, text in zip(one, other, strict=True):
                assert cell == text or np.isclose(float(cell), float(text), rtol=1e-12, atol=1e-12)

    def test_is_applied_to_other_data_as_it_was_learned(self, modules):
        train, test = clean_people(300, seed=5), clean_people(40, seed=6)
        applied, learned = test, train
        for name, given in modules:
            delivered = call_module(name, {"Dataset": learned}, **given)
            learned = delivered[0]
            if name == "Filter Based Feature Selection":
                applied = applied.select(learned.names)
            elif len(delivered) == 2:
                applied = call_module("Apply Transformation", {"Transformation": delivered[1], "Dataset": applied})[0]
            else:
                applied = call_module(name, {"Dataset": applied}, **given)[0]
        assert applied.names == learned.names
        model = train_on("Two-Class Logistic Regression", learned)
        (scored,) = call_module("Score Model", {"Trained model": model, "Dataset": applied})
        assert scored.scored.encoded is not None
        np.testing.assert_allclose(model.score(scored.scored.encoded)[:, :1], scored.scored.scores, atol=1e-9)

    def test_takes_tables_with_a_single_row_or_says_why_not(self, modules):
        for csv in ("age,city,hours,smoker,bought\n30,Oslo,5,true,yes\n", "age,city,hours,smoker,bought\n,,,,\n"):
            try:
                through(modules, dataset(csv))
            except ModuleExecutionError as error:
                message = str(error)
                assert "1000" not in message


def test_a_skops_model_computes_its_columns_too():
    import skops.io

    trained = train_on("Two-Class Logistic Regression", through(CASES["One after the other"], clean_people(300)))
    scorer = SkopsScorer(skops.io.dumps(trained.pipeline), trained.task, trained.encoder)
    assert np.array_equal(scorer.score(trained.matrix), trained.score(trained.matrix))


def test_the_file_keeps_the_transforms_as_data():
    trained = train_on("Two-Class Logistic Regression", through(CASES["One after the other"], clean_people(300)))
    file = package_model(trained, "x", evaluated=[], evaluation=None, lineage={})
    assert file.manifest.runtime != SKOPS
    back = read_model_file(write_model_file(file), 1 << 28)
    assert back.encoder == trained.encoder
    assert len(back.encoder.stages) >= 5


def test_transforms_and_only_they_stay_on_the_way_of_rows():
    kept = {module.name for module in list_modules() if module.effect is Effect.COLUMNS}
    tried = {name for modules in (*CASES.values(), *TRAVELLING.values()) for name, _ in modules}
    others = {"Convert to CSV", "Add Columns", "Select Columns Transform", "Apply Transformation"}
    assert kept == tried - {"Build Counting Transform"} | others


def test_normalize_data_by_hand():
    data = dataset("a,b,c\n1,5,x\n3,5,y\n,5,z\n")
    (scored, _) = call_module("Normalize Data", {"Dataset": data})
    assert scored.cells("a") == [-1.0, 1.0, None]
    assert scored.cells("b") == [0.0, 0.0, 0.0]
    assert scored.cells("c") == ["x", "y", "z"]
    unset = {"Use 0 for constant columns when checked": False}
    assert call_module("Normalize Data", {"Dataset": data}, **unset)[0].cells("b") == [None, None, None]
    with pytest.raises(ModuleExecutionError, match=r"0017.*'c' is not numeric"):
        call_module("Normalize Data", {"Dataset": data}, **{"Columns to transform": ["c"]})


def test_group_data_into_bins_by_hand():
    data = dataset("a\n1\n1.5\n2\n3.5\n\n")
    given = {"Binning mode": "CustomEdges", "Comma-separated list of bin edges": "1,2,3"}
    (found, _) = call_module("Group Data into Bins", {"Dataset": data}, **given)
    assert found.names == ["a", "a_quantized"]
    assert found.cells("a_quantized") == [1, 2, 2, 4, *([None] * (len(found.frame) - 4))]
    assert found.column("a_quantized").is_category
    with pytest.raises(ModuleExecutionError, match="0019"):
        call_module("Group Data into Bins", {"Dataset": data}, **(given | {"Comma-separated list of bin edges": "2,1"}))
    only = {"Output mode": "ResultOnly", "Number of bins": 2, "Quantile normalization": "PQuantile"}
    assert call_module("Group Data into Bins", {"Dataset": data}, **only)[0].cells("a_quantized")[:4] == [
        0.5,
        0.5,
        1.0,
        1.0,
    ]


def test_entropy_bins_cut_where_the_label_changes():
    rows = "\n".join(f"{i},{'yes' if i >= 60 else 'no'}" for i in range(100))
    (marked,) = call_module("Edit Metadata", {"Dataset": dataset(f"a,l\n{rows}\n")}, Column="l", Fields="Labels")
    (found, _) = call_module("Group Data into Bins", {"Dataset": marked}, **{"Binning mode": "EntropyMDL"})
    cells = found.cells("a_quantized")
    assert cells[59] != cells[60]
    assert len(set(cells)) == 2
    with pytest.raises(ModuleExecutionError, match="0024"):
        call_module("Group Data into Bins", {"Dataset": dataset(f"a,l\n{rows}\n")}, **{"Binning mode": "EntropyMDL"})


def test_convert_to_indicator_values_by_hand():
    data = dataset("t,n\na,1\nb,2\na,3\n,4\n")
    (found, _) = call_module("Convert to Indicator Values", {"Dataset": data})
    assert found.names == ["t", "t-a", "t-b", "n"]
    assert found.cells("t-a") == [1, 0, 1, 0]
    assert found.column("t-b").type is ColumnType.INT32
    with pytest.raises(ModuleExecutionError, match="0056"):
        call_module("Convert to Indicator Values", {"Dataset": data}, **{"Categorical columns to convert": ["n"]})


def test_mice_finds_what_the_other_column_says():
    rows = "\n".join(f"{i},{2 * i + 1}" if i % 7 else f"{i}," for i in range(1, 60))
    (found, _) = call_module(
        "Clean Missing Data", {"Dataset": dataset(f"a,b\n{rows}\n")}, **{"Cleaning mode": "Replace using MICE"}
    )
    gaps = [value for index, value in enumerate(found.cells("b"), 1) if index % 7 == 0]
    np.testing.assert_allclose(gaps, [2 * index + 1 for index in range(7, 60, 7)], atol=0.05)


def test_probabilistic_pca_follows_the_main_direction():
    rng = np.random.default_rng(0)
    base = rng.normal(size=200)
    columns = [base + 0.05 * rng.normal(size=200) for _ in range(3)]
    rows = "\n".join(f"{a},{b},{'' if i % 10 == 0 else c}" for i, (a, b, c) in enumerate(zip(*columns, strict=True)))
    given = {"Cleaning mode": "Replace using Probabilistic PCA"}
    (found, _) = call_module("Clean Missing Data", {"Dataset": dataset(f"a,b,c\n{rows}\n")}, **given)
    filled = np.array(found.cells("c"))[::10]
    assert np.corrcoef(filled, columns[2][::10])[0, 1] > 0.98


def test_a_computed_column_says_where_its_type_can_be_changed():
    (scaled, _) = call_module("Normalize Data", {"Dataset": clean_people(50)})
    with pytest.raises(ModuleExecutionError, match=r"0017.*Change its type before"):
        call_module("Edit Metadata", {"Dataset": scaled}, Column="age", **{"Data Type": "Integer"})


def test_a_transformation_names_the_column_it_misses():
    (_, scaling) = call_module("Normalize Data", {"Dataset": clean_people(50)})
    other = dataset("x\n1\n")
    with pytest.raises(ModuleExecutionError, match=r"0001.*'age'"):
        call_module("Apply Transformation", {"Transformation": scaling, "Dataset": other})


def test_select_columns_transform_remembers_columns():
    (selection,) = call_module("Select Columns Transform", {"Dataset with desired columns": dataset("b,a\n1,2\n")})
    data = {"Transformation": selection, "Dataset": dataset("a,b,c\n1,2,3\n")}
    assert call_module("Apply Transformation", data)[0].names == ["b", "a"]


def test_columns_of_the_same_rows_put_side_by_side_stay_on_the_way_of_rows():
    people = clean_people(300)
    (numbers,) = call_module("Select Columns in Dataset", {"Dataset": people}, **{"Select Columns": ["age", "hours"]})
    (scaled, _) = call_module("Normalize Data", {"Dataset": numbers})
    (others,) = call_module(
        "Select Columns in Dataset", {"Dataset": people}, **{"Select Columns": ["city", "bought", "age"]}
    )
    (joined,) = call_module("Add Columns", {"Left dataset": scaled, "Right dataset": others})
    assert joined.names == ["age", "hours", "city", "bought", "age (1)"]
    model = load_packed(train_on("Two-Class Logistic Regression", joined))
    assert [column.name for column in model.encoder.sources] == ["age", "hours", "city"]
    assert len(score_rows(model, [["30", "5", "Oslo"]])[0]) == 6
