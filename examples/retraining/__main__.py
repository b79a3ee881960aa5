"""Writes the tutorial's files: `python -m examples.retraining FOLDER`."""

import json
import sys
from pathlib import Path

from examples.retraining.data import prepare_data
from examples.retraining.experiment import training_experiment


def main() -> None:
    """Write first.csv, later.csv, held-back.csv and experiment.json into the folder."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    folder.mkdir(parents=True, exist_ok=True)
    data = prepare_data(folder, None, None)
    document = training_experiment(data.first.name, data.label, data.learner)
    (folder / "experiment.json").write_text(json.dumps(document, indent=2) + "\n")
    print(f"Wrote {data.first.name}, {data.later.name}, {data.held_back.name} and experiment.json.")


if __name__ == "__main__":
    main()
