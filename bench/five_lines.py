"""`python -m bench.five_lines`: times the five lines from a data frame to a web service that was retrained and swapped.

A fresh app with storage of its own trains boosted trees on 30,000 rows of the made-up census.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import perennial
from bench.app import TRAINING_ROWS, empty_app
from examples.census.data import LABEL, MISSING, write_census
from perennial.screen import console

PUBLISH_MARK = 15.0
NEW_ROWS = 100


def main() -> None:
    """Start the app, run the five lines and print the seconds that each took."""
    import pandas as pd

    with empty_app() as app:
        data = pd.read_csv(write_census(app.training_data, TRAINING_ROWS), na_values=MISSING)
        rows, labels = data.drop(columns=LABEL), data[LABEL]
        url, token = app.processes.url, app.workspace.token
        with perennial.connect(url=url, workspace=app.workspace.id, token=token) as workspace:
            with _timed(f"publish {len(rows):,} rows: upload, train, evaluate, two services", PUBLISH_MARK):
                census = workspace.publish(pipeline(rows), rows, labels, name="Census")
            with _timed(f"score {NEW_ROWS} rows"):
                census.score(rows.head(NEW_ROWS))
            with _timed(f"retrain on {len(rows):,} rows"):
                retrained = census.retrain(rows, labels)
            with _timed("compare and swap"):
                retrained.compare().swap()
        console.print(f"AUC of the first model on rows held back: {census.evaluation['AUC']:.3f}")


def pipeline(rows: Any) -> Any:
    """Return boosted trees, with texts as one-hot columns; `rows` is the data frame that it is fitted on."""
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    texts = make_column_selector(dtype_include=["object", "string"])(rows)
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = make_column_transformer((one_hot, texts), remainder="passthrough")
    return make_pipeline(columns, HistGradientBoostingClassifier(random_state=0))


@contextmanager
def _timed(what: str, mark: float | None = None) -> Iterator[None]:
    started = time.perf_counter()
    yield
    seconds = time.perf_counter() - started
    aim = "" if mark is None else f" (aim: {mark:g} s, {'yes' if seconds <= mark else 'no'})"
    console.print(f"{what}: {seconds:.1f} s{aim}", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
