"""Test Hypothesis Using t-Test: Student's test of means."""

import warnings
from typing import Any

import numpy as np

from studio.graph.column_selection import pick_numbers
from studio.graph.contract import Call, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset, dataset_from_cells
from studio.tables.schema import Column, ColumnType, number_cell

TEST, COLUMNS, TAIL, ALPHA = "Type of test", "Target column(s)", "Hypothesis type", "α"
SINGLE, PAIRED, UNPAIRED = "SingleSampleSet", "PairedSamples", "UnpairedSamples"
MEAN, FIRST, SECOND, EQUAL = (
    "Null hypothesized μ",
    "Null hypothesized μ1",
    "Null hypothesized μ2",
    "Assume equal variances",
)
TAILS = {"Two-tail": "two-sided", "One Tail GT": "greater", "One Tail LT": "less"}
SUFFIXES = {SINGLE: "ss", PAIRED: "ps", UNPAIRED: "us"}


def run(call: Call) -> tuple[Any, ...]:
    """Return one row: the probability of such a sample if the hypothesis were true, and whether to reject it."""
    dataset: Dataset = call.inputs["Dataset"]
    kind = call.properties[TEST]
    names = pick_numbers(call, dataset, call.properties[COLUMNS])
    wanted = 1 if kind == SINGLE else 2
    if len(names) != wanted:
        raise call.error("0031", f"{kind} compares {wanted} numeric column(s), got {len(names)}. Select them by name.")
    probability = _probability(call, kind, [dataset.frame[name].to_numpy(dtype=np.float64) for name in names])
    missing = np.isnan(probability)
    shown = f"{SUFFIXES[kind]}({', '.join(names)})"
    columns = [Column(f"P_{shown}", ColumnType.DOUBLE), Column(f"RejectH0_{shown}", ColumnType.BOOLEAN)]
    reject = None if missing else bool(probability < call.properties[ALPHA])
    return (dataset_from_cells(columns, [[number_cell(probability, ColumnType.DOUBLE)], [reject]]),)


def _probability(call: Call, kind: str, samples: list[Any]) -> float:
    if kind == PAIRED:
        together = ~np.isnan(samples[0]) & ~np.isnan(samples[1])
        samples = [sample[together] for sample in samples]
    samples = [sample[~np.isnan(sample)] for sample in samples]
    if min(len(sample) for sample in samples) < 2:
        raise call.error("0021", "each sample must have at least two numbers.")
    from scipy import stats

    tail = {"alternative": TAILS[call.properties[TAIL]]}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # A sample of one value has no spread: the result is missing or certain.
        warnings.simplefilter("ignore")
        if kind == UNPAIRED:
            shift = call.properties[FIRST] - call.properties[SECOND]
            result = stats.ttest_ind(samples[0] - shift, samples[1], equal_var=call.properties[EQUAL], **tail)
        else:
            differences = samples[0] if kind == SINGLE else samples[0] - samples[1]
            result = stats.ttest_1samp(differences, call.properties[MEAN], **tail)
    return float(result.pvalue)


MODULES = (
    Module(
        name="Test Hypothesis Using t-Test",
        family="",
        inputs=(Port("Dataset", PortType.DATASET),),
        outputs=(Port("Results dataset", PortType.DATASET),),
        properties=(
            Property(TEST, Kind.CHOICE, SINGLE, choices=tuple(SUFFIXES)),
            Property(MEAN, Kind.NUMBER, 0.0, when=(TEST, (SINGLE, PAIRED))),
            Property(EQUAL, Kind.BOOLEAN, True, when=(TEST, (UNPAIRED,))),
            Property(FIRST, Kind.NUMBER, 0.0, when=(TEST, (UNPAIRED,))),
            Property(SECOND, Kind.NUMBER, 0.0, when=(TEST, (UNPAIRED,))),
            Property(COLUMNS, Kind.COLUMNS, {"select": "numeric"}),
            Property(TAIL, Kind.CHOICE, "Two-tail", choices=tuple(TAILS)),
            Property(ALPHA, Kind.NUMBER, 0.95, 0, 1),
        ),
        run=run,
        library="scipy.stats.ttest_1samp, ttest_ind",
        notes=(
            "As in the original, the hypothesis is rejected if P is below α. α is the level of significance: set it "
            "to 0.05 for the usual test; the original's default of 0.95 rejects nearly everything.",
            "Missing numbers are left out, in pairs with both numbers.",
        ),
    ),
)
