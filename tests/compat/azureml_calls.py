"""Calls of the real azureml 0.2.7 (Python 2.7 or 3.7): reads where the app is from stdin, writes what each came to.

Written for both versions, so without what only one of them has.
"""

import json
import sys
import time

import pandas
from azureml import DataTypeIds, Workspace, services


def main():
    out, sys.stdout = sys.stdout, sys.stderr
    app = json.load(sys.stdin)
    found = {}

    def check(name, call):
        try:
            found[name] = {"value": call()}
        except Exception as error:
            found[name] = {"error": ": ".join([type(error).__name__, repr(error.args)])}

    workspace = Workspace(app["workspace"], app["token"], app["url"])
    name = " ".join(["azureml", sys.version[:3], str(time.time())])
    # On Python 2 the package cannot write other letters.
    word = "e,x" if sys.version[0] == "2" else json.loads('"\\u00e9,x"')
    frame = pandas.DataFrame({"number": [1.5, 2.5], "text": ["a", word]})
    experiment = next(item for item in workspace.experiments if item.description == app["experiment"])

    check("datasets", lambda: [item.name for item in workspace.datasets])
    check("user_datasets", lambda: [item.name for item in workspace.user_datasets])
    check("example_datasets", lambda: [item.name for item in workspace.example_datasets])
    check(
        "add_from_dataframe",
        lambda: workspace.datasets.add_from_dataframe(frame, DataTypeIds.GenericCSV, name, "by a test").name == name,
    )
    dataset = workspace.datasets[name]
    check("read_as_text", dataset.read_as_text)
    check("to_dataframe", lambda: dataset.to_dataframe().values.tolist())
    check("every property", lambda: properties(dataset))
    check("update_from_dataframe", lambda: dataset.update_from_dataframe(frame[:1]) or len(dataset.to_dataframe()))
    check("rename", lambda: rename(workspace, dataset, frame, name))
    check(
        "add_from_raw_data twice",
        lambda: workspace.datasets.add_from_raw_data(b"a\n1\n", "GenericCSV", name + "!", "x"),
    )
    check("experiments", lambda: [item.description for item in workspace.user_experiments])
    check("every property of an experiment", lambda: properties(experiment))
    part = experiment.get_intermediate_dataset("Clean", "Cleaned dataset", DataTypeIds.GenericCSV)
    check("get_intermediate_dataset", lambda: len(part.to_dataframe()))
    check("intermediate dataset as text", lambda: part.read_as_text()[:8])
    # Unicode in both versions.
    text = type(json.loads('"Oslo"'))
    typed = services.types(age=float, city=text, hours=float, smoker=bool)(score)
    published = services.service(app["execute"], app["key"])(typed)
    check("@service", lambda: published(30.0, text("Oslo"), 3.5, True))
    check("map", lambda: published.map([30.0, 71.0], [text("Oslo"), text("Kyoto")], [3.5, 1.5], [True, False]))
    check("@publish", lambda: str(services.publish(score, app["workspace"], app["token"], (), app["url"])))
    json.dump(found, out)


def score(age, city, hours, smoker):
    return age


def properties(thing):
    names = [name for name in dir(type(thing)) if isinstance(getattr(type(thing), name), property)]
    return sorted(name for name in names if getattr(thing, name) is not NotImplemented)


def rename(workspace, dataset, frame, name):
    family = dataset.family_id
    dataset.update_from_dataframe(frame, name=name + "!")
    names = [item.name for item in workspace.datasets]
    return [dataset.name == name + "!", dataset.family_id == family, names.count(name), names.count(name + "!")]


if __name__ == "__main__":
    main()
