"""Documents with what is wrong in them, shared by the checks in studio/graph/document.py and in web/.

`python -m tests.document_cases` writes tests/data/documents.json: the modules of the palette that the cases use, and
each case's document with what the app finds. The Studio's own check has to find the same in the same places, and its
sentences are the beginnings of the app's, which have hints besides.
"""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio.errors import BadArgument
from studio.graph.document import parse_experiment
from studio.graph.palette_json import palette_list

FILE = Path(__file__).parent / "data" / "documents.json"
PLACES = ("message", "module", "port", "property", "number")

Document = dict[str, Any]

SOUND: Document = {
    "modules": {
        "Data": {"module": "Enter Data Manually", "properties": {"Data": "age,city,bought\n30,Oslo,no\n71,Lima,yes\n"}},
        "Clean": {"module": "Clean Missing Data", "properties": {"Cleaning mode": "Replace with mean"}},
        "Split": {"module": "Split Data", "properties": {"Fraction of rows in the first output dataset": 0.8}},
        "Learner": {"module": "Two-Class Logistic Regression"},
        "Train": {"module": "Train Model", "properties": {"Label column": "bought"}},
        "Score": {"module": "Score Model"},
        "Evaluate": {"module": "Evaluate Model"},
    },
    "connections": [
        {"from": ["Data", "dataset"], "to": ["Clean", "Dataset"]},
        {"from": ["Clean", "Cleaned dataset"], "to": ["Split", "Dataset"]},
        {"from": ["Learner", "Untrained model"], "to": ["Train", "Untrained model"]},
        {"from": ["Split", "Results dataset1"], "to": ["Train", "Dataset"]},
        {"from": ["Train", "Trained model"], "to": ["Score", "Trained model"]},
        {"from": ["Split", "Results dataset2"], "to": ["Score", "Dataset"]},
        {"from": ["Score", "Scored dataset"], "to": ["Evaluate", "Scored dataset"]},
    ],
    "webServiceInputs": [{"name": "input1", "to": ["Clean", "Dataset"]}],
    "webServiceOutputs": [{"name": "output1", "from": ["Train", "Trained model"]}],
    "webServiceParameters": [
        {"name": "Weight", "module": "Learner", "property": "L2 Regularizaton weight", "default": 1.5}
    ],
}


def _case(edit: Callable[[Document], Any]) -> Document:
    document = copy.deepcopy(SOUND)
    edit(document)
    return document


def _properties(title: str, properties: Document) -> Document:
    return _case(lambda document: document["modules"][title].update(properties=properties))


def _add(part: str, *items: Any) -> Document:
    return _case(lambda document: document.setdefault(part, []).extend(items))


def _without(title: str) -> Document:
    return _case(lambda document: document["modules"].pop(title))


def _connected(*ends: tuple[str, str, str, str]) -> Document:
    return _add("connections", *({"from": [a, b], "to": [c, d]} for a, b, c, d in ends))


def _ring(document: Document) -> None:
    document["modules"]["Again"] = {"module": "Add Rows"}
    del document["connections"][0]
    document["connections"] += [
        {"from": ["Data", "dataset"], "to": ["Again", "Dataset1"]},
        {"from": ["Split", "Results dataset2"], "to": ["Again", "Dataset2"]},
        {"from": ["Again", "Results dataset"], "to": ["Clean", "Dataset"]},
    ]


FRACTION = "Fraction of rows in the first output dataset"

CASES: dict[str, Document] = {
    "sound": SOUND,
    "no modules": {"modules": {}, "connections": []},
    "a module that does not exist": _case(lambda d: d["modules"]["Clean"].update(module="Clean Missing")),
    "a title that does not exist": _without("Learner"),
    "a title that much depends on": _without("Split"),
    "titles like parts of JavaScript": _connected(("constructor", "dataset", "__proto__", "Dataset")),
    "an output that does not exist": _connected(("Data", "toString", "Evaluate", "Scored dataset to compare")),
    "an input that does not exist": _connected(("Data", "dataset", "Evaluate", "valueOf")),
    "types that differ": _connected(("Learner", "Untrained model", "Evaluate", "Scored dataset to compare")),
    "a trained model into a dataset": _connected(("Train", "Trained model", "Evaluate", "Scored dataset to compare")),
    "two connections to an input": _connected(("Data", "dataset", "Split", "Dataset")),
    "an input that nothing feeds": _case(lambda d: d["connections"].pop(1)),
    "an input that only callers feed": _case(lambda d: d["connections"].pop(0)),
    "a cycle": _case(_ring),
    "a property that does not exist": _properties("Split", {"Fraction": 0.5}),
    "a fraction that is too large": _properties("Split", {FRACTION: 1.5}),
    "a fraction that is below zero": _properties("Split", {FRACTION: -0.25}),
    "a fraction that is a text": _properties("Split", {FRACTION: "half"}),
    "a fraction as a text": _properties("Split", {FRACTION: " 0.25 "}),
    "a seed that is not whole": _properties("Split", {"Random seed": 1.5}),
    "a seed that is too large": _properties("Split", {"Random seed": 4294967296}),
    "a number that is true": _properties("Split", {"Random seed": True}),
    "a Boolean that is a number": _properties("Split", {"Randomized split": 1}),
    "a Boolean as a text": _properties("Split", {"Randomized split": "FALSE"}),
    "a choice that does not exist": _properties("Split", {"Splitting mode": "Split Columns"}),
    "a choice in other letters": _properties("Split", {"Splitting mode": "split rows"}),
    "a condition that is met": _properties("Split", {"Stratified split": "True"}),
    "a condition that is met in other letters": _properties("Split", {"Stratified split": "true"}),
    "a condition on one that does not apply": _properties(
        "Split", {"Splitting mode": "Regular Expression", "Stratified split": "True", "Regular expression": "a"}
    ),
    "what does not apply is not read": _properties(
        "Split", {"Splitting mode": "Regular Expression", "Regular expression": "a", FRACTION: "half"}
    ),
    "a required one that is missing": _properties("Train", {}),
    "a required one that is null": _properties("Train", {"Label column": None}),
    "a required one that a parameter sets": _case(
        lambda d: (
            d["modules"]["Train"].update(properties={}),
            d["webServiceParameters"].append({"name": "label", "module": "Train", "property": "Label column"}),
        )
    ),
    "columns that are empty": _properties("Train", {"Label column": ""}),
    "columns that are a number": _properties("Train", {"Label column": 3}),
    "columns that are a list": _properties("Train", {"Label column": ["bought"]}),
    "columns that are an empty object": _properties("Train", {"Label column": {}}),
    "a weight that is below its bound": _properties("Learner", {"L1 Regularization weight": -1}),
    "a tolerance that has to be greater": _properties("Learner", {"Optimization Tolerance": 0}),
    "a tolerance that is tiny": _properties("Learner", {"Optimization Tolerance": 1e-7}),
    "a range to try": _properties(
        "Learner", {"Create trainer mode": "ParameterRange", "Range for L1 regularization weight": "0.1; x"}
    ),
    "a range whose condition is not met": _properties("Learner", {"Range for L1 regularization weight": "0.1; x"}),
    "a range out of its bounds": _properties(
        "Learner", {"Create trainer mode": "ParameterRange", "Range for optimization tolerance": [0.1, 0]}
    ),
    "a text that is a list": _properties("Data", {"Data": ["a"]}),
    "several at once": _case(
        lambda d: (
            d["modules"]["Split"].update(properties={FRACTION: 7, "Random seed": "x", "Splitting": 1}),
            d["modules"]["Train"].update(properties={}),
            d["connections"].pop(6),
        )
    ),
    "an input that feeds a model": _add("webServiceInputs", {"name": "model", "to": ["Score", "Trained model"]}),
    "an input of a module that does not exist": _add("webServiceInputs", {"name": "in", "to": ["Clear", "Dataset"]}),
    "an output that is an untrained model": _add(
        "webServiceOutputs", {"name": "out", "from": ["Learner", "Untrained model"]}
    ),
    "an output of a port that does not exist": _add("webServiceOutputs", {"name": "out", "from": ["Score", "Scored"]}),
    "two inputs at one port": _add("webServiceInputs", {"name": "input2", "to": ["Clean", "Dataset"]}),
    "two outputs of one name": _add("webServiceOutputs", {"name": "output1", "from": ["Score", "Scored dataset"]}),
    "a parameter of a property that does not exist": _add(
        "webServiceParameters", {"name": "p", "module": "Learner", "property": "L3"}
    ),
    "a parameter of a module that does not exist": _add(
        "webServiceParameters", {"name": "p", "module": "Teacher", "property": "L2 Regularizaton weight"}
    ),
    "a placeholder": _case(
        lambda d: d["modules"].update(
            Clean={
                "module": "Placeholder",
                "replaces": {
                    "name": "Old",
                    "reason": "'Old' does not exist here.",
                    "inputs": {"Dataset": "Dataset"},
                    "outputs": {"Cleaned dataset": "Dataset"},
                },
            }
        )
    ),
}


def found_in(document: Document) -> list[Document]:
    """Return what the app finds in a document: messages with their places."""
    try:
        parse_experiment(document)
    except BadArgument as error:
        details = [{name: getattr(detail, name) for name in PLACES} for detail in error.details]
    else:
        return []
    return [{name: value for name, value in detail.items() if value is not None} for detail in details]


def cases() -> Document:
    """Return the whole file."""
    used = {item["module"] for document in CASES.values() for item in document["modules"].values()}
    return {
        "palette": [module for module in palette_list() if module["name"] in used],
        "cases": [
            {"name": name, "document": document, "findings": found_in(document)} for name, document in CASES.items()
        ],
    }


if __name__ == "__main__":
    FILE.write_text(
        json.dumps(cases(), ensure_ascii=False, separators=(",", ":")).replace('{"name":"', '\n{"name":"') + "\n",
        encoding="utf-8",
    )
