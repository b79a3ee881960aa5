"""What users write with the builder: `make check` runs mypy on it, and test_experiment_builder.py builds it.

Each `type: ignore` names an error that mypy must find: one that it does not find is an error of its own.
"""

import pandas as pd

from perennial import Experiment, Parameter, Workspace


def people() -> Experiment:
    """Build an experiment that uses every way of connecting modules."""
    experiment = Experiment("Predicts who buys")
    data = experiment.import_data(path_to_container_directory_or_blob="people.csv", title="Data")
    clean = data >> experiment.clean_missing_data(columns_to_be_cleaned=["age"], cleaning_mode="Replace with mean")
    split = clean.cleaned_dataset >> experiment.split_data(fraction_of_rows_in_the_first_output_dataset=0.7)
    learner = experiment.two_class_boosted_decision_tree(total_number_of_trees_constructed=Parameter("Trees", 20))
    model = learner >> experiment.train_model(dataset=split.results_dataset1, label_column="bought")
    scored = experiment.score_model(model, split.results_dataset2)
    evaluated = scored >> experiment.evaluate_model()
    experiment.web_service_input("input1", clean)
    experiment.web_service_output("output1", model.trained_model)
    experiment.web_service_output("output2", evaluated)
    return experiment


def wrong(experiment: Experiment) -> None:
    """Write what a type checker has to refuse; never called."""
    data, learner = experiment.import_data(), experiment.two_class_logistic_regression()
    split = experiment.split_data(data)
    experiment.train_model(data, learner, label_column="x")  # type: ignore[arg-type]
    experiment.select_columns_in_dataset(data)  # type: ignore[call-arg]
    experiment.clean_missing_data(data, cleaning_mode="Replace with luck")  # type: ignore[arg-type]
    experiment.clean_missing_data(data, cleaning="Remove entire row")  # type: ignore[call-arg]
    experiment.clean_missing_data(split)  # type: ignore[arg-type]
    learner >> experiment.clean_missing_data()  # type: ignore[type-var]
    split >> experiment.clean_missing_data()  # type: ignore[operator]
    experiment.evaluate_model(split.results_dataset3)  # type: ignore[attr-defined]


def frames(workspace: Workspace, frame: pd.DataFrame) -> None:
    """Score rows and frames; never called."""
    endpoint = workspace.get_endpoint(workspace.get_web_service("People"))
    rows: list[dict[str, object]] = [dict(row) for row in workspace.score(endpoint, [{"age": 30}])]
    workspace.upload(frame, "people.csv")
    workspace.put_experiment("People", people())
    workspace.batch_score(endpoint, rows)
