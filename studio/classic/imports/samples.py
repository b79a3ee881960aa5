"""Gives web service inputs data to run with where the file has none.

The definition of a web service has the schema of its inputs and an example request, but no data at the ports that the
inputs feed. An experiment is published after a run, so these ports get the example's rows.
"""

import csv
import io

from studio.classic.imports.draft import Draft
from studio.classic.imports.exported import Sample
from studio.classic.imports.names import same_name
from studio.graph.palette import find_module
from studio.tables.schema import READERS, ColumnType

OTHER_TYPES = (ColumnType.DOUBLE, ColumnType.BOOLEAN, ColumnType.DATETIME)


def add_samples(draft: Draft) -> None:
    """Connect sample rows to each web service input's port that nothing else is connected to."""
    made: dict[str, tuple[str, str]] = {}
    for item in draft.inputs:
        end, sample = (item["to"][0], item["to"][1]), draft.exported.samples.get(item["name"].lower())
        if sample is None or end in draft.sources:
            continue
        if item["name"] not in made:
            made[item["name"]] = _add_sample(draft, item["name"], sample)
        draft.sources[end] = made[item["name"]]


def _add_sample(draft: Draft, name: str, sample: Sample) -> tuple[str, str]:
    """Add modules with the sample's rows and return the port that delivers them."""
    data = _add(draft, f"sample {name}", f"Sample of {name}", "Enter Data Manually", Data=_as_csv(sample))
    texts = [
        column for index, (column, type_) in enumerate(sample.columns) if type_ == "string" and _misread(sample, index)
    ]
    if not texts:
        return data, "dataset"
    properties = {"Column": texts, "Data_Type": "String"}
    typed = _add(draft, f"types {name}", f"Types of {name}", "Edit Metadata", **properties)
    draft.sources[typed, "Dataset"] = (data, "dataset")
    return typed, "Results dataset"


def _add(draft: Draft, node: str, title: str, name: str, **properties: object) -> str:
    module = find_module(name)
    assert module is not None
    draft.give_title(node, title)
    known = {same_name(item.name): item.name for item in module.properties}
    draft.add_module(node, module, {known[same_name(key)]: value for key, value in properties.items()})
    return draft.titles[node]


def _as_csv(sample: Sample) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column for column, _ in sample.columns])
    writer.writerows(sample.rows)
    return text.getvalue()


def _misread(sample: Sample, index: int) -> bool:
    """Return whether a CSV file's text cells of a column would be taken for numbers, flags or dates."""
    return any(_reads_all([row[index] for row in sample.rows], type_) for type_ in OTHER_TYPES)


def _reads_all(cells: list[str], type_: ColumnType) -> bool:
    try:
        for cell in cells:
            READERS[type_](cell)
    except ValueError:
        return False
    return True
