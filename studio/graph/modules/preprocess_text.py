"""Preprocess Text: clean text before its words are counted."""

from typing import Any

from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset, DatasetColumn, cells_to_array
from studio.graph.transformations import free_name, pick_texts
from studio.model.cleaning import CleanText
from studio.tables.regular_expressions import PatternError, replace_matches
from studio.tables.schema import ColumnType

COLUMN, STOP_WORDS, SPEECH = "Text column to clean", "Stop words", "Remove by part of speech"
PATTERN, REPLACEMENT = "Custom regular expression", "Custom replacement string"
REMOVE_STOP_WORDS = "Remove stop words"
# The property of each rule.
RULES = {
    "lemmas": "Lemmatization",
    "sentences": "Detect sentences",
    "lower": "Normalize case to lowercase",
    "numbers": "Remove numbers",
    "special": "Remove special characters",
    "duplicates": "Remove duplicate characters",
    "emails": "Remove email addresses",
    "urls": "Remove URLs",
    "contractions": "Expand verb contractions",
    "slashes": "Normalize backslashes to slashes",
    "split": "Split tokens on special characters",
}
MAX_STOP_WORDS = 5000


def run(call: Call) -> tuple[Any, ...]:
    """Return the dataset with a cleaned copy of each selected text column after its columns."""
    dataset: Dataset = call.inputs["Dataset"]
    names = pick_texts(call, dataset, call.properties[COLUMN])
    pattern, replacement = call.properties[PATTERN] or "", call.properties[REPLACEMENT] or ""
    if pattern:
        try:
            replace_matches(pattern, replacement, [""])
        except PatternError as error:
            raise call.error("0002", f"{PATTERN} or its replacement is not valid: {error}.") from error
    step = CleanText(
        pattern=pattern,
        replacement=replacement,
        stop_words=_stop_words(call) if call.properties[REMOVE_STOP_WORDS] else (),
        **{rule: call.properties[name] for rule, name in RULES.items()},
    )
    taken = set(dataset.names)
    made: list[DatasetColumn] = []
    values: dict[str, Any] = {}
    for name in names:
        column = dataset.column(name).stepped(step, name=free_name(f"Preprocessed {name}", taken))
        taken.add(column.name)
        made.append(column)
        values[column.name] = cells_to_array(list(map(step.apply, dataset.cells(name))), ColumnType.STRING)
    return (dataset.with_columns([*dataset.columns, *made], values),)


def _stop_words(call: Call) -> tuple[str, ...]:
    """Return the first text column of the list of stop words, or scikit-learn's list for English."""
    given: Dataset | None = call.inputs.get(STOP_WORDS)
    if given is None:
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

        return tuple(sorted(ENGLISH_STOP_WORDS))
    texts = [column.name for column in given.columns if column.type is ColumnType.STRING]
    if not texts:
        raise call.error("0017", f"the dataset at the port '{STOP_WORDS}' has no text column.")
    found = sorted({str(cell) for cell in given.cells(texts[0]) if cell is not None})
    if len(found) > MAX_STOP_WORDS:
        raise call.error("0007", f"there may be at most {MAX_STOP_WORDS} stop words, got {len(found)}.")
    return tuple(found)


MODULES = (
    Module(
        name="Preprocess Text",
        family="bf9e794a9e2b4662902a0e73b255c135",
        inputs=(Port("Dataset", PortType.DATASET), Port(STOP_WORDS, PortType.DATASET, optional=True)),
        outputs=(Port("Results dataset", PortType.DATASET),),
        properties=(
            Property("Language", Kind.CHOICE, "English", choices=("English",)),
            Property(SPEECH, Kind.CHOICE, "False", choices=("False",)),
            Property(COLUMN, Kind.COLUMNS, {"select": "string"}),
            Property(REMOVE_STOP_WORDS, Kind.BOOLEAN, True),
            *(Property(name, Kind.BOOLEAN, True) for name in RULES.values()),
            Property(PATTERN, Kind.TEXT, optional=True),
            Property(REPLACEMENT, Kind.TEXT, optional=True),
        ),
        run=run,
        effect=Effect.COLUMNS,
        notes=(
            "A row to score is cleaned by the encoder, before the graph: a graph takes numbers only.",
            "Lemmatization takes off the endings of plurals and of regular verb forms by rules; the original used a "
            "dictionary. Words cannot be removed by part of speech, and the language is English. For more, prepare "
            "the texts before they are sent, or in Execute Python Script.",
            "Sentences are separated by `|||`, as in the original. The first text column at Stop words replaces the "
            "list of English stop words (scikit-learn's).",
            "The custom regular expression is applied first, by RE2: look-around and back references are refused.",
            "Of each text the first 100,000 characters count.",
        ),
    ),
)
