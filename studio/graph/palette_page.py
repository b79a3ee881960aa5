"""The reference pages of the palette, generated from the modules: an index, and one page for each group."""

import importlib
from collections.abc import Iterable

from studio.graph.contract import Effect, Kind, Module, Port, PortType, Property
from studio.graph.palette import FILES, list_modules
from studio.graph.scripts import MODULE, RUNS

INDEX = "README.md"
# Each group starts at a module and ends before the next group's first, in the order of the palette.
GROUPS = {
    "Import Data": "Data input and output",
    "Convert to Dataset": "Data format conversions",
    "Add Columns": "Data transformation",
    "Filter Based Feature Selection": "Feature selection",
    "Compute Elementary Statistics": "Statistical functions",
    "Two-Class Averaged Perceptron": "Two-class classification",
    "MultiClass Boosted Decision Tree": "Multiclass classification",
    "Bayesian Linear Regression": "Regression",
    "K-Means Clustering": "Clustering and anomaly detection",
    "Train Matchbox Recommender": "Recommendation",
    "Preprocess Text": "Text analytics",
    "Scikit-learn Estimator": "Scikit-learn pipelines",
    "Train Model": "Train, score and evaluate",
    "Execute Python Script": "Scripts and trained models",
}
INTRODUCTION = """\
# Palette

Every module has the name and the properties it had in Azure ML Studio (classic). These pages are generated from the
code by `make reference`, and a test keeps them current.

In the tables of properties, *when* names the value of another property for which a property applies. A range is a list
of numbers to try, such as `1; 10; 50`. Columns are selected by name, by a list of names or by a rule; see
[the experiment document](../experiment.md).

*Scoring* says what becomes of a module when the experiment is published and rows are scored. "In the graph" means
that it is part of the trained model's double-precision ONNX graph, which agrees with scikit-learn to within 1e-9
(`make parity` prints the differences). If a model's graph ever differed by more, the training job would store the
scikit-learn pipeline in skops format instead, and say so in its details.
"""
# Modules of the original that are not in the palette, and what to do instead.
LEFT_OUT = {
    "Apply Filter, FIR Filter, IIR Filter, Median Filter, Moving Average Filter, Threshold Filter, User-Defined "
    "Filter": "Execute Python Script with `scipy.signal` or pandas' rolling windows, before the web service input",
    "Compute Linear Correlation": "Filter Based Feature Selection with Pearson correlation, which scores each column "
    "against one; for all pairs, Execute Python Script with `DataFrame.corr`",
    "Convert to ARFF": "name the output blob or dataset with the extension `.arff`",
    "Convert to SVMLight": "Export Data as CSV, and `sklearn.datasets.dump_svmlight_file` outside",
    "Convert Word to Vector": "Feature Hashing, Extract N-Gram Features from Text or Latent Dirichlet Allocation",
    "Count Featurizer, Build Count Table (deprecated)": "Build Counting Transform and Apply Transformation",
    "Create Python Model, Create R Model": "a learner of the palette: code in an experiment is never run",
    "Detect Languages, Extract Key Phrases from Text, Named Entity Recognition": "a service such as Azure AI Language, "
    "called before the rows are sent",
    "Evaluate Probability Function": "Apply Math Operation (Erf, Exp), or Execute Python Script with `scipy.stats`",
    "Execute R Script": "Execute Python Script; R is not installed",
    "Export Count Table, Import Count Table": "run Build Counting Transform in the experiment that applies it; its "
    "result is kept until the data change",
    "Group Categorical Values": "Apply SQL Transformation with CASE, before the web service input",
    "Import Images, Pretrained Cascade Image Classification": "a model trained elsewhere and brought in as ONNX",
    "Replace Discrete Values": "Build Counting Transform, whose log odds say the same, or Apply SQL Transformation",
    "Score SVD Recommender, Train SVD Recommender": "Train and Score Matchbox Recommender, here a matrix "
    "factorisation too",
    "Sweep Clustering": "several K-Means Clustering modules, compared by Evaluate Model",
    "Train Vowpal Wabbit Model, Score Vowpal Wabbit Model (all versions)": "Feature Hashing and Two-Class Logistic "
    "Regression",
    "Unpack Zipped Datasets": "upload the files that are in the zip file as datasets",
}
LEARNER = "the fitted model is in the graph"
SCORING = {
    Effect.COLUMNS: "in the graph",
    Effect.ROWS: "left out: it selects training rows, and every row sent for scoring gets a score",
    Effect.TABLE: "left out: it makes a new table, and rows sent for scoring enter after it",
}
KEPT_SCRIPT = f'runs beside the graph if "{RUNS}" is set; otherwise {SCORING[Effect.TABLE]}'
# A graph takes numbers only, so these are computed from texts before it.
BY_ENCODER = (
    "Preprocess Text",
    "Feature Hashing",
    "Extract N-Gram Features from Text",
    "Latent Dirichlet Allocation",
)
ENCODED = "by the model's encoder, before the graph"
ENDS = {
    PortType.TRAINED: "scored by the graph of the model it trains",
    PortType.UNTRAINED: LEARNER,
}


def grouped_modules() -> dict[str, list[Module]]:
    """Return the modules of each group of the palette, in its order."""
    groups: dict[str, list[Module]] = {}
    title = ""
    for module in list_modules():
        title = GROUPS.get(module.name, title)
        groups.setdefault(title, []).append(module)
    return groups


def palette_pages() -> dict[str, str]:
    """Return the pages as Markdown, by file name."""
    groups = grouped_modules()
    pages = {_file(title): _group(title, modules) for title, modules in groups.items()}
    overview = [INTRODUCTION, *(_overview(*group) for group in groups.items()), _left_out()]
    return {INDEX: "\n".join(overview)} | pages


def _left_out() -> str:
    """Return the table of the original's modules that are not there."""
    rows = [f"| {names} | {instead} |" for names, instead in LEFT_OUT.items()]
    lines = ["## Modules of the original that are not here", "", "| module | what to do instead |", "|---|---|", *rows]
    return "\n".join([*lines, ""])


def _overview(title: str, modules: list[Module]) -> str:
    heading = f"## [{title}]({_file(title)})"
    rows = [
        f"| [{item.name}]({_file(title)}#{_slug(item.name)}) | {item.library or '-'} | {_scoring(item)} |"
        for item in modules
    ]
    return "\n".join([heading, "", "| module | class | scoring |", "|---|---|---|", *rows, ""])


def _group(title: str, modules: list[Module]) -> str:
    introduction = f"# {title}\n\nHow to read this page: [palette]({INDEX}).\n"
    return "\n".join([introduction, *map(_section, modules)])


def _section(module: Module) -> str:
    lines = [f"## {module.name}", "", summary(module), ""]
    lines += [f"Inputs: {_ports(module.inputs)}. Outputs: {_ports(module.outputs)}. Scoring: {_scoring(module)}.", ""]
    if module.library:
        lines += [f"Class: {module.library}.", ""]
    if module.properties:
        lines += ["| property | type | default | values | when |", "|---|---|---|---|---|"]
        lines += [_row(item) for item in module.properties]
        lines.append("")
    lines += [f"* {note}" for note in module.notes]
    return "\n".join([*lines, ""] if module.notes else lines)


def summary(module: Module) -> str:
    """Return the first line of the module's file, without the module name it may begin with."""
    text = (importlib.import_module(f"studio.graph.modules.{FILES[module.name]}").__doc__ or "").partition("\n")[0]
    words = text.partition(": ")[2] if ": " in text and text.startswith(module.name) else text
    return words[:1].upper() + words[1:]


def _scoring(module: Module) -> str:
    if module.name in BY_ENCODER:
        return ENCODED
    if module.effect is Effect.TABLE and {port.type for port in module.outputs} == {PortType.TRANSFORMATION}:
        return "in the graph, where Apply Transformation applies it"
    if module.name in ("Score Model", "Assign Data to Clusters", "Trained Model"):
        return "runs the graph"
    ends = [ENDS[port.type] for port in module.outputs if port.type in ENDS]
    if ends:
        return ends[0]
    if not any(port.type is PortType.DATASET for port in module.inputs):
        return "left out: the caller sends the rows"
    if module.name in ("Evaluate Model", "Cross Validate Model", "Permutation Feature Importance") or module.exports:
        return "left out"
    return KEPT_SCRIPT if module.name == MODULE else SCORING[module.effect]


def _ports(ports: Iterable[Port]) -> str:
    return (
        ", ".join(f"`{port.name}` ({port.type.value}{', optional' if port.optional else ''})" for port in ports)
        or "none"
    )


def _row(item: Property) -> str:
    when = f"{item.when[0]} = {' or '.join(map(str, item.when[1]))}" if item.when else ""
    kind = f"{item.kind.value}, secret" if item.sealed_for else item.kind.value
    return f"| {item.name} | {kind} | {_default(item)} | {_values(item)} | {when} |"


def _default(item: Property) -> str:
    if item.default is None:
        return "none" if item.optional else "required"
    if item.kind is Kind.RANGE:
        return f"`{'; '.join(f'{value:g}' for value in item.default)}`"
    if isinstance(item.default, dict):
        return f"all of kind `{item.default['select']}`"
    return f"`{item.default}`"


def _values(item: Property) -> str:
    if item.choices:
        return ", ".join(item.choices)
    bounds = []
    if item.above is not None:
        bounds.append(f"above {item.above:g}")
    if item.minimum is not None:
        bounds.append(f"from {item.minimum:g}")
    if item.maximum is not None:
        bounds.append(f"to {item.maximum:g}")
    return " ".join(bounds)


def _file(title: str) -> str:
    return f"{_slug(title.replace(',', ''))}.md"


def _slug(text: str) -> str:
    return text.lower().replace(" ", "-")
