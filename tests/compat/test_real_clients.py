"""The original's own clients against the app: its R package, its Python package, and the SDK of its PowerShell module.

Each runs once, through all of its calls; each test looks at what one call came to.
"""

import csv
import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.compat.real_clients import compile_sdk, find_command, make_azureml, make_r_library
from tests.e2e.steps import NAME, ROWS, call

pytestmark = pytest.mark.old_client
HERE = Path(__file__).parent
SCORED = ["age", "city", "hours", "smoker", "Scored Labels", "Scored Probabilities"]


@pytest.fixture(scope="module")
def compat_settings(app_settings):
    """These clients name no storage account: the app that other tests use will do."""
    return app_settings


@pytest.fixture(scope="module")
def compat_app(app):
    return app


@pytest.fixture(scope="module")
def probabilities(published):
    """What a plain request gets for the rows that the clients score, as texts."""
    url = f"{published.default.api_location}/execute?api-version=2.0&format=swagger"
    answer = call("POST", url, published.default.primary_key, {"Inputs": {"input1": ROWS}}).json()
    return [row["Scored Probabilities"] for row in answer["Results"]["output1"]]


@pytest.fixture(scope="module")
def place(published, compat_app):
    """Where the app is, as the scripts read it."""
    endpoint = published.default
    return {
        "url": compat_app.url,
        "workspace": published.workspace.id,
        "token": published.workspace.token,
        "service": published.service.id,
        "experiment": NAME,
        "execute": f"{endpoint.api_location}/execute?api-version=2.0",
        "key": endpoint.primary_key,
    }


def value(found, name):
    """Return what a call came to; fails with its error."""
    assert "error" not in found[name], found[name]["error"]
    return found[name]["value"]


# The R package AzureML 0.2.15.


@pytest.fixture(scope="module")
def r(place, tmp_path_factory):
    rscript = find_command("Rscript", "r-base r-cran-jsonlite r-cran-curl r-cran-httr r-cran-uuid r-cran-base64enc")
    library, given = make_r_library(rscript), tmp_path_factory.mktemp("r") / "app.json"
    given.write_text(json.dumps(place))
    command = [rscript, HERE / "r_calls.R", library, given]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


R_SAMPLES = {"ARFF": "data.frame", "GenericCSV": "data.frame", "GenericTSV": "data.frame", "Zip": "raw"}
R_ROWS = ["consume a data frame", "consume lists", "consume a service"]


@pytest.mark.parametrize("name", [*R_ROWS, "consume a list", "consume values"])
def test_r_consumes_a_service(r, probabilities, name):
    rows = value(r, name)
    scores = rows["Scored.Probabilities"]
    scores = scores if isinstance(scores, list) else [scores]
    assert scores == pytest.approx([float(text) for text in probabilities][: len(scores)], rel=1e-14)
    assert len(scores) == (2 if name in R_ROWS else 1)


def test_r_consumes_a_service_raw(r, probabilities):
    assert [row["Scored Probabilities"] for row in rows_of(value(r, "consume raw"))] == probabilities


def rows_of(columns):
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def test_r_reads_why_rows_were_refused(r):
    assert "Row 1, column 'age': 'old' is not a valid Int32" in r["consume a wrong column"]["error"]


@pytest.mark.parametrize(
    "name, expected",
    [
        ("workspace", lambda found, place: found == place["workspace"]),
        ("datasets", lambda found, place: "people.csv" in found),
        ("my datasets", lambda found, place: "people.csv" in found and "Iris Two Class Data" not in found),
        ("sample datasets", lambda found, place: "Iris Two Class Data" in found and "people.csv" not in found),
        ("samples by type", lambda found, place: {key: shown[0] for key, shown in found.items()} == R_SAMPLES),
        ("upload.dataset", lambda found, place: found == "from the R package"),
        ("download.datasets", lambda found, place: found == {"number": [1.5, None, 3], "text": ["a", "b c", "é"]}),
        ("delete.datasets", lambda found, place: found is True),
        ("experiments", lambda found, place: NAME in found),
        ("download.intermediate.dataset", lambda found, place: found == 400),
        ("services", lambda found, place: found == f"{NAME} [predictive exp.]"),
        ("endpoints", lambda found, place: found == "default"),
        ("endpointHelp apidocument", lambda found, place: found == "2.0"),
        ("endpointHelp score", lambda found, place: found > 1000),
        ("endpointHelp jobs", lambda found, place: found > 1000),
        ("endpointHelp update", lambda found, place: found > 500),
        ("endpointHelp r-snippet", lambda found, place: list(found) == SCORED),
        ("discoverSchema", lambda found, place: found == SCORED[:4]),
        ("refresh", lambda found, place: found >= 2),
    ],
)
def test_r_calls(r, place, name, expected):
    found = value(r, name)
    assert expected(found, place), found


def test_r_is_told_what_is_not_served(r):
    wanted = "Invalid web service ID provided. Verify the web service ID is correct and try again."
    assert wanted in r["services of no id"]["error"]
    assert "experiment" in r["publishWebService"]["error"]


# The Python package azureml 0.2.7.


@pytest.fixture(scope="module", params=["3.7", "2.7"])
def azureml(request, place):
    command = [*make_azureml(request.param), HERE / "azureml_calls.py"]
    done = subprocess.run(command, input=json.dumps(place), capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) | {"version": request.param}


WORDS = (["2.5", "é,x"], ["2.5", "e,x"])


@pytest.mark.parametrize(
    "name, expected",
    [
        ("datasets", lambda found: "people.csv" in found),
        ("user_datasets", lambda found: "people.csv" in found and "Iris Two Class Data" not in found),
        ("example_datasets", lambda found: "Iris Two Class Data" in found and "people.csv" not in found),
        ("add_from_dataframe", lambda found: found is True),
        ("read_as_text", lambda found: list(csv.reader(found.splitlines()))[2] in WORDS),
        ("to_dataframe", lambda found: found[0] == [1.5, "a"] and [str(cell) for cell in found[1]] in WORDS),
        ("every property", lambda found: {"uploaded_from_filename", "created_date", "family_id"} <= set(found)),
        ("update_from_dataframe", lambda found: found == 1),
        ("rename", lambda found: found == [True, True, 0, 1]),
        ("experiments", lambda found: NAME in found),
        ("every property of an experiment", lambda found: {"is_archived", "job_id", "version_id"} <= set(found)),
        ("get_intermediate_dataset", lambda found: found == 400),
        ("intermediate dataset as text", lambda found: found == "age,city"),
    ],
)
def test_python_calls(azureml, name, expected):
    found = value(azureml, name)
    assert expected(found), found


def test_python_calls_a_service(azureml, probabilities):
    if azureml["version"] != "2.7":
        pytest.skip("azureml.services works on Python 2 only: it asks `inspect` for what Python 3 names otherwise")
    assert value(azureml, "@service")["Scored Probabilities"] == pytest.approx(float(probabilities[0]), rel=1e-14)
    assert [row["city"] for row in value(azureml, "map")] == ["Oslo", "Kyoto"]


def test_python_is_told_what_is_not_served(azureml):
    assert "already has a dataset" in azureml["add_from_raw_data twice"]["error"]
    if azureml["version"] == "2.7":
        assert "experiment" in azureml["@publish"]["error"]


# The SDK of the PowerShell module, by mono.


class Layout(BaseHTTPRequestHandler):
    """The layout service of the original, which gives every node a place."""

    def do_POST(self):
        graph = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        for number, node in enumerate(graph["Nodes"]):
            node["CenterX"] = node["CenterY"] = 10 * number
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(graph).encode())

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def sdk(place, published, tmp_path_factory):
    mcs, mono = find_command("mcs", "mono-mcs"), find_command("mono", "mono-runtime")
    folder = tmp_path_factory.mktemp("sdk")
    program = compile_sdk(mcs, folder, place["url"], HERE / "SdkCalls.cs")
    server = HTTPServer(("127.0.0.1", 0), Layout)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    rows = folder / "rows.csv"
    rows.write_text("age,city,hours,smoker\n30,Oslo,3.5,true\n")
    link = published.workspace.upload(rows)
    reference = {
        "BaseLocation": link.base_location,
        "RelativeLocation": link.relative_location,
        "SasBlobToken": link.sas_token,
    }
    given = place | {
        "layout": f"http://127.0.0.1:{server.server_port}/",
        "request": json.dumps({"Inputs": {"input1": ROWS}, "GlobalParameters": {}}),
        "job": json.dumps({"Inputs": {"input1": reference}, "GlobalParameters": {}}),
    }
    (folder / "app.json").write_text(json.dumps(given))
    done = subprocess.run(
        [mono, program, folder / "app.json"], capture_output=True, text=True, check=False, timeout=240
    )
    server.shutdown()
    server.server_close()
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


SDK_CALLS = {
    "Get-AmlWorkspace": "Enabled",
    "Get-AmlWorkspaceUsers": 0,
    "Upload-AmlDataset": "NotSupported",
    "Download-AmlDataset": ["a,b\n1,x\n2,y\n", "named"],
    "Remove-AmlDataset": True,
    "Layout-AmlExperiment": True,
    "Copy-AmlExperiment": True,
    "Start-AmlExperiment": "Finished",
    "Export-AmlWebServiceDefinitionFromExperiment": ["Graph", NAME],
    "Promote-AmlTrainedModel": "ILearnerDotNet",
    "Promote-AmlDataset": "GenericCSV",
    "Get-AmlWebService": True,
    "Add-AmlWebServiceEndpoint": True,
    "Get-AmlWebServiceEndpoint": 4,
    "Patch-AmlWebServiceEndpoint": "two",
    "Refresh-AmlWebServiceEndpoint": False,
    "Invoke-AmlWebServiceBESEndpoint": "Finished",
    "Remove-AmlWebServiceEndpoint": True,
    "Remove-AmlExperiment": True,
}


@pytest.mark.parametrize("name", SDK_CALLS)
def test_powershell_calls(sdk, name):
    assert value(sdk, name) == SDK_CALLS[name]


def test_powershell_lists_and_publishes(sdk):
    assert "people.csv" in value(sdk, "Get-AmlDataset")
    assert NAME in value(sdk, "Get-AmlExperiment")
    assert {"Data", "Train", "Evaluate"} <= set(value(sdk, "Get-AmlExperimentNode"))
    status, name = value(sdk, "New-AmlWebService")
    assert (status, name.endswith(" [predictive exp.]")) == ("Completed", True)


def test_powershell_scores(sdk, probabilities):
    table = json.loads(value(sdk, "Invoke-AmlWebServiceRRSEndpoint"))["Results"]["output1"]["value"]
    assert [row[table["ColumnNames"].index("Scored Probabilities")] for row in table["Values"]] == probabilities


@pytest.mark.parametrize(
    "name", ["Get-AmlTransform", "Get-AmlModule", "Get-AmlAnnotation", "Get-AmlNotebook", "Get-AmlGateway"]
)
def test_powershell_is_told_what_is_not_served(sdk, name):
    assert "404" in sdk[name]["error"]


def test_powershell_is_told_that_there_are_no_users(sdk):
    assert "token" in sdk["Add-AmlWorkspaceUsers"]["error"]
