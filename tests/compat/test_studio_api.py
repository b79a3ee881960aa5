"""What clients send to the Studio host and to Azure Resource Manager: PowerShell, R, Python, Data Factory.

Each test's docstring names the client; URLs, headers and bodies are those the client builds.
"""

import json
import re
import uuid
from xml.etree import ElementTree

import httpx
import pytest

from tests.builders import people_csv
from tests.e2e.steps import NAME, RESOURCE, ROWS, call, write_people

CSV = people_csv(40, seed=1).encode()


@pytest.fixture(scope="module")
def compat_settings(app_settings):
    """These clients name no storage account: the app that other tests use will do."""
    return app_settings


@pytest.fixture(scope="module")
def compat_app(app):
    return app


@pytest.fixture
def studio(published, compat_app):
    """Sends a request to the Studio API with the token in its own header, as R and Python do."""

    def request(method, path, body=b"", **headers):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {
            "x-ms-metaanalytics-authorizationtoken": published.workspace.token,
            "x-ms-client-session-id": "DefaultSession",
            "Content-Type": "application/json;charset=UTF8",
        }
        url = f"{compat_app.url}/api/{path}".replace("{ws}", published.workspace.id)
        return httpx.request(method, url, content=content, headers=sent | headers, timeout=60)

    return request


def upload(studio, name, content, data_type="GenericCSV", family=None, chunk=1000):
    """Upload as pyazureml does: an id, chunks, the data source."""
    upload_id = studio("POST", f"resourceuploads/workspaces/{{ws}}/?userStorage=true&dataTypeId={data_type}").json()[
        "Id"
    ]
    chunks = [content[start : start + chunk] for start in range(0, len(content), chunk)]
    for index, part in enumerate(chunks):
        query = f"numberOfBlocks={len(chunks)}&blockId={index}&uploadId={upload_id}&dataTypeId={data_type}"
        assert studio("POST", f"blobuploads/workspaces/{{ws}}/?{query}", part).json() == {"Id": upload_id}
    described = {
        "Name": name,
        "DataTypeId": data_type,
        "Description": "Ågesäts, ünïcode",
        "FamilyId": family,
        "Owner": "Python SDK",
        "SourceOrigin": "FromResourceUpload",
    }
    body = {"DataSource": described, "UploadId": upload_id, "UploadedFromFileName": "", "ClientPoll": True}
    return studio("POST", "workspaces/{ws}/datasources", body)


def test_python_uploads_downloads_and_replaces_a_dataset(studio, published):
    """azureml.Workspace.datasets: list, add_from_raw_data in chunks, contents, update_from_raw_data; 409 on a name."""
    added = upload(studio, "Some people", CSV)
    assert added.status_code == 200, added.text
    listed = {item["Name"]: item for item in studio("GET", "workspaces/{ws}/datasources").json()}
    found = listed["Some people"]
    assert found["Id"] == added.json()
    assert found["Id"].startswith(published.workspace.id)
    assert (found["DataTypeId"], found["Description"], found["Size"]) == ("GenericCSV", "Ågesäts, ünïcode", len(CSV))
    assert listed["people.csv"]["DataTypeId"] == "GenericCSV"
    location = studio("GET", f"workspaces/{{ws}}/datasources/{found['Id']}").json()["DownloadLocation"]
    address = location["BaseUri"] + location["Location"] + location["AccessCredential"]
    assert httpx.get(address).content == CSV
    taken = upload(studio, "Some people", b"a\n1\n")
    assert taken.status_code == 409
    assert upload(studio, "Some people", b"a\n1\n", family=found["FamilyId"]).json() == found["Id"]
    assert studio("GET", f"workspaces/{{ws}}/datasources/{found['Id']}").json()["Size"] == 4
    (mine,) = [item for item in published.workspace.list_datasets() if item.name == "Some people"]
    assert (mine.file_name, httpx.get(mine.location.url).content) == ("Some people.csv", b"a\n1\n")
    published.workspace.delete_dataset("Some people.csv")


def test_a_dataset_is_renamed_and_stays_one(studio, published):
    """update_from_dataframe(name=…): the same family under a new name, and where experiments look for it."""
    id_ = upload(studio, "Before", b"a\n1\n").json()
    found = studio("GET", f"workspaces/{{ws}}/datasources/{id_}").json()
    assert found["CreatedDateTicks"] // 10_000 - 62_135_596_800_000 == int(found["CreatedDate"][6:-2])
    assert upload(studio, "After", b"a\n2\n", family=found["FamilyId"]).json() == id_
    renamed = studio("GET", f"workspaces/{{ws}}/datasources/{id_}").json()
    assert (renamed["Name"], renamed["FamilyId"]) == ("After", found["FamilyId"])
    names = [item["Name"] for item in studio("GET", "workspaces/{ws}/datasources").json()]
    assert ("Before" in names, names.count("After")) == (False, 1)
    assert {item.file_name: item.name for item in published.workspace.list_datasets()}["Before.csv"] == "After"
    assert upload(studio, "After", b"a\n3\n").status_code == 409
    # The name that it gave up is free, and its file's name is not.
    second = upload(studio, "Before", b"a\n4\n").json()
    assert second != id_
    listed = {item["Name"]: item["Id"] for item in studio("GET", "workspaces/{ws}/datasources").json()}
    assert (listed["After"], listed["Before"]) == (id_, second)
    # Another type needs another file; the dataset stays the same.
    assert upload(studio, "After", b"a\tb\n1\t2\n", "GenericTSV", renamed["FamilyId"]).json() == id_
    last = studio("GET", f"workspaces/{{ws}}/datasources/{id_}").json()
    assert (last["Name"], last["DataTypeId"], last["FamilyId"]) == ("After", "GenericTSV", found["FamilyId"])
    files = {item.file_name for item in published.workspace.list_datasets()}
    assert {"After.tsv", "Before (2).csv"} <= files
    assert "Before.csv" not in files
    for family in (id_, second):
        assert studio("DELETE", f"workspaces/{{ws}}/datasources/family/{family.partition('.')[2]}").status_code == 204


def test_an_upload_that_is_not_complete_or_of_no_known_type_is_refused(studio):
    """A block that never came, an id nobody gave out, a type that cannot be read, a block out of range."""
    start = "resourceuploads/workspaces/{ws}/?userStorage=true&dataTypeId="
    refused = studio("POST", f"{start}Dataset").json()["error"]
    assert "GenericCSV" in refused["message"]
    id_ = studio("POST", f"{start}GenericTSV").json()["Id"]
    assert studio("POST", f"blobuploads/workspaces/{{ws}}/?numberOfBlocks=3&blockId=2&uploadId={id_}", b"x").is_success
    assert studio("POST", f"blobuploads/workspaces/{{ws}}/?numberOfBlocks=3&blockId=3&uploadId={id_}", b"x").is_error
    for upload_id, word in ((id_, "[0, 1]"), ("0" * 32, "it is empty"), ("../x", "uploadId")):
        body = {"DataSource": {"Name": "half", "DataTypeId": "GenericTSV"}, "UploadId": upload_id}
        answer = studio("POST", "workspaces/{ws}/datasources", body)
        assert answer.status_code == 400
        assert word in answer.json()["error"]["message"]


def test_r_uploads_lists_and_deletes_datasets(studio):
    """AzureML for R: upload.dataset, one block of TSV; datasets() with joined addresses; delete.datasets by family."""
    added = upload(studio, "from R", b"a\tb\n1\t2\n", "GenericTSV")
    frame = studio("GET", "workspaces/{ws}/datasources", **{"User-Agent": "R"}).json()
    row = next(item for item in frame if item["Id"] == added.json())
    for column in ("DownloadLocation", "VisualizeEndPoint", "SchemaEndPoint"):
        assert {"BaseUri", "Location", "AccessCredential"} <= set(row[column])
    assert {tuple(item) for item in frame} == {tuple(row)}
    assert studio("DELETE", f"workspaces/{{ws}}/datasources/family/{row['FamilyId']}").status_code == 204
    assert studio("GET", f"workspaces/{{ws}}/datasources/{row['Id']}").status_code == 404


def test_r_lists_experiments(studio):
    """AzureML for R: experiments() binds Status to the columns and reads the digits of its dates."""
    frame = studio("GET", "workspaces/{ws}/experiments").json()
    row = next(item for item in frame if item["Description"] == NAME)
    assert int("".join(filter(str.isdigit, row["Status"]["CreationTime"]))) > 1_600_000_000_000
    assert row["Status"]["StatusCode"] == "Finished"
    assert {"ExperimentId", "RunId", "ParentExperimentId", "Creator", "Category"} <= set(row)


def test_powershell_looks_at_the_workspace_and_its_users(published, compat_app):
    """Get-AmlWorkspace, Get-AmlWorkspaceUsers, Add-AmlWorkspaceUsers: both headers, a body that is no JSON."""
    token = published.workspace.token
    root = f"{compat_app.url}/api/workspaces/{published.workspace.id}"
    both = {"x-ms-metaanalytics-authorizationtoken": token, "x-aml-sdk": "dotnetsdk_0.3.8"}
    workspace = call("GET", root, token, **both).json()
    assert workspace["AuthorizationToken"]["PrimaryToken"] == token
    assert workspace["WorkspaceStatus"] == "Enabled"
    assert call("GET", f"{root}/users", token, **both).json() == []
    body = b'{Role: "User", Emails:"someone@example.org"}'
    refused = httpx.post(f"{root}/invitations", content=body, headers=both)
    assert refused.status_code == 400
    assert "token" in refused.json()["error"]["message"]
    assert httpx.get(root, headers={"x-ms-metaanalytics-authorizationtoken": "wrong"}).status_code == 401


def test_powershell_copies_runs_publishes_and_removes_an_experiment(published, compat_app, studio):
    """Copy-, Start-, Get-, Remove-AmlExperiment and New-AmlWebService with its polling by ActivityId."""
    listed = studio("GET", "workspaces/{ws}/experiments").json()
    id_ = next(item["ExperimentId"] for item in listed if item["Description"] == NAME)
    raw = studio("GET", f"workspaces/{{ws}}/experiments/{id_}").json()
    assert [node["Comment"] for node in raw["Graph"]["ModuleNodes"]]
    body = {"Description": "Copied", "Summary": "", "IsDraft": True, "ParentExperimentId": "", "Category": "user"}
    body |= {"DisableNodeUpdate": False, "ExperimentGraph": raw["Graph"], "WebService": raw["WebService"]}
    copied = studio("POST", "workspaces/{ws}/experiments/", body).json()
    assert copied["Status"]["StatusCode"] == "InDraft"
    assert studio("POST", "workspaces/{ws}/experiments/", body).status_code == 409
    address = f"workspaces/{{ws}}/experiments/{copied['ExperimentId']}"
    refused = studio("POST", f"{address}/webservice?generateNewPortNames=false")
    assert refused.json()["error"]["details"][0]["code"] == "ExperimentNotRun"
    assert studio("POST", address, body | {"IsDraft": False}).json()["Status"]["StatusCode"] == "NotStarted"
    published.workspace.run_experiment("Copied")
    assert studio("GET", address).json()["Status"]["StatusCode"] == "Finished"
    deployed = studio("POST", f"{address}/webservice?generateNewPortNames=false&updateExistingWebService=true").json()
    while deployed["Status"] != "Completed":
        deployed = studio("GET", f"workspaces/{{ws}}/experiments/{deployed['ActivityId']}/webservice").json()
    polled = studio("GET", f"workspaces/{{ws}}/experiments/{deployed['ActivityId']}/webservice").json()
    assert polled == deployed
    service = f"{compat_app.url}/workspaces/{published.workspace.id}/webservices/{polled['WebServiceGroupId']}"
    assert call("GET", service, published.workspace.token).json()["Name"] == "Copied [predictive exp.]"
    assert studio("DELETE", f"{address}?deleteAncestors=true").status_code == 204
    assert studio("GET", address).status_code == 404
    assert call("GET", service, published.workspace.token).status_code == 200


def test_powershell_promotes_a_trained_model(studio, published):
    """Promote-AmlTrainedModel, again with Overwrite, and Get-AmlTrainedModel."""
    listed = studio("GET", "workspaces/{ws}/experiments").json()
    id_ = next(item["ExperimentId"] for item in listed if item["Description"] == NAME)
    nodes = studio("GET", f"workspaces/{{ws}}/experiments/{id_}").json()["Graph"]["ModuleNodes"]
    trainer = next(node for node in nodes if node["ModuleId"] == "Train Model")
    asset = {"Name": "Promoted", "DataTypeId": "iLearnerDotNet", "Description": "by hand", "FamilyId": None}
    body = {
        "ExperimentId": id_,
        "ModuleNodeId": trainer["Id"],
        "OutputName": trainer["OutputPortsInternal"][0]["Name"],
        "TrainedModel": asset | {"SourceOrigin": "FromOutputPromotion"},
    }
    promoted = studio("POST", "workspaces/{ws}/trainedmodels", body).json()
    assert (promoted["Name"], promoted["Batch"], promoted["Description"]) == ("Promoted", 1, "by hand")
    assert studio("POST", "workspaces/{ws}/trainedmodels", body).status_code == 409
    again = body | {"TrainedModel": asset | {"FamilyId": promoted["FamilyId"]}}
    assert studio("POST", "workspaces/{ws}/trainedmodels", again).status_code == 200
    wrong = studio("POST", "workspaces/{ws}/trainedmodels", body | {"ModuleNodeId": "nothing"}).json()
    assert f"'{trainer['Id']}'" in wrong["error"]["message"]
    names = [item["Name"] for item in studio("GET", "workspaces/{ws}/trainedmodels").json()]
    assert {"Promoted", RESOURCE} <= set(names)
    assert len(names) == len(set(names))


def experiment_id(studio):
    listed = studio("GET", "workspaces/{ws}/experiments").json()
    return next(item["ExperimentId"] for item in listed if item["Description"] == NAME)


def test_python_reads_an_intermediate_dataset(studio):
    """Experiment.get_intermediate_dataset and R's download.intermediate.dataset, of the latest run's results."""
    root = f"workspaces/{{ws}}/experiments/{experiment_id(studio)}/outputdata"
    found = studio("GET", f"{root}/Clean/Cleaned%20dataset")
    assert (found.status_code, found.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    lines = found.text.splitlines()
    assert (lines[0], len(lines)) == ("age,city,hours,smoker,bought", 401)
    evaluated = studio("GET", f"{root}/Evaluate/Evaluation%20results").text
    assert "AUC" in evaluated.splitlines()[0]
    for path, word in (
        ("Nothing/Results%20dataset", "'Clean'"),
        ("Clean/Nothing", "'Cleaned dataset'"),
        ("Train/Trained%20model", "no dataset"),
    ):
        refused = studio("GET", f"{root}/{path}")
        assert refused.status_code == 404
        assert word in refused.json()["error"]["message"]


def test_powershell_promotes_a_dataset(studio, published):
    """Promote-AmlDataset, and again with Overwrite."""
    described = {"Name": "Cleaned", "DataTypeId": "Dataset", "Description": "by hand", "FamilyId": None}
    body = {"ExperimentId": experiment_id(studio), "ModuleNodeId": "Clean", "OutputName": "Cleaned dataset"}
    promoted = studio("POST", "workspaces/{ws}/datasources", body | {"DataSource": described})
    assert promoted.status_code == 200, promoted.text
    found = studio("GET", f"workspaces/{{ws}}/datasources/{promoted.json()}").json()
    assert (found["Name"], found["DataTypeId"], found["Description"]) == ("Cleaned", "GenericCSV", "by hand")
    assert studio("POST", "workspaces/{ws}/datasources", body | {"DataSource": described}).status_code == 409
    again = body | {"DataSource": described | {"FamilyId": found["FamilyId"]}}
    assert studio("POST", "workspaces/{ws}/datasources", again).json() == promoted.json()
    published.workspace.delete_dataset("Cleaned.csv")


def test_powershell_lays_out_a_graph(studio):
    """Layout-AmlExperiment: nodes from the positions in XML, edges between them, web service ports beside."""
    raw = studio("GET", f"workspaces/{{ws}}/experiments/{experiment_id(studio)}").json()
    placed = {}
    for part in ("Graph", "WebService"):
        positions = re.findall("<NodePositions>(.*)</NodePositions>", raw[part]["SerializedClientData"])
        for node in ElementTree.fromstring(f"<all>{positions[0]}</all>"):
            placed[node.attrib["Node"]] = node.attrib["Position"]
    graph, service = raw["Graph"], raw["WebService"]
    assert {node["Id"] for node in graph["ModuleNodes"]} < set(placed)
    assert len(set(placed.values())) == len(placed)
    ends = [(edge["SourceOutputPortId"], edge["DestinationInputPortId"]) for edge in graph["EdgesInternal"]]
    assert ("Data:Results dataset", "Mark:Dataset") in ends
    ports = [item["PortId"] for item in (*service["Inputs"], *service["Outputs"])]
    assert {port.split(":")[0] for port in (*(port for edge in ends for port in edge), *ports)} < set(placed)
    assert [item["Name"] for item in service["Inputs"]] == ["input1"]


def test_powershell_exports_a_web_service_definition(studio):
    """Export-AmlWebServiceDefinitionFromExperiment: a graph whose edges and assets hold together."""
    definition = studio("GET", f"workspaces/{{ws}}/experiments/{experiment_id(studio)}/webservicedefinition").json()
    properties = definition["properties"]
    package, assets = properties["package"], properties["assets"]
    assert {node["assetId"] for node in package["nodes"].values() if node.get("assetId")} == set(assets)
    ends = {edge[side] for edge in package["edges"] for side in ("sourceNodeId", "targetNodeId")}
    assert ends == set(package["nodes"])
    (model,) = [asset for asset in assets.values() if asset["type"] == "Resource"]
    assert model["name"] == RESOURCE
    assert httpx.get(model["locationInfo"]["uri"]).content.startswith(b"PK")
    assert list(properties["input"]["properties"]) == ["input1"]
    assert "Scored Probabilities" in properties["output"]["properties"]["output1"]["properties"]


def test_what_has_no_meaning_here_is_refused(studio):
    """Transforms, projects, modules, gateways, packages."""
    for path in ("transformmodules", "projectcontainers", "modules", "gateways"):
        answer = studio("GET", f"workspaces/{{ws}}/{path}")
        assert answer.status_code == 404
        assert answer.json()["error"]["details"]


@pytest.fixture
def resource(published, compat_app):
    """The address of the predictive service as an Azure resource."""
    subscription = uuid.UUID(published.workspace.id)
    provider = "providers/Microsoft.MachineLearning/webServices"
    return f"{compat_app.url}/subscriptions/{subscription}/resourceGroups/my-group/{provider}/{NAME}"


def test_data_factory_updates_an_arm_web_service(published, resource, compat_settings, tmp_path):
    """AzureMLUpdateResource with a service principal: GET, PATCH of the asset's locationInfo, scoring by its key."""
    version, token = "?api-version=2016-05-01-preview", compat_settings["PERENNIAL_ARM_TOKEN"]
    before = call("GET", resource + version, token).json()
    (asset,) = before["properties"]["assets"].values()
    assert asset["name"] == RESOURCE
    keys = call("GET", f"{resource}/listKeys{version}", token).json()
    base = before["properties"]["swaggerLocation"].removesuffix("/swagger.json")
    assert httpx.get(f"{base}/swagger.json").json()["swagger"] == "2.0"

    def score():
        body = {"Inputs": {"input1": ROWS}}
        return call("POST", f"{base}/execute?api-version=2.0", keys["primary"], body).json()["Results"]["output1"]

    def update(uri):
        body = {"properties": {"assets": {"asset1": {"name": RESOURCE, "locationInfo": {"uri": uri}}}}}
        return call("PATCH", resource + version, token, body)

    first = score()
    data = published.workspace.upload(write_people(tmp_path, "arm.csv", 300, 9))
    job = published.workspace.submit_job(published.training_endpoint, {"input1": data})
    changed = update(job.wait().results["output1"].url)
    assert changed.json()["properties"]["provisioningState"] == "Succeeded"
    assert score() != first
    assert update(asset["locationInfo"]["uri"]).status_code == 200
    assert score() == first
    latest = published.workspace.list_history(published.default)[-1]
    assert latest["By"] == "Azure Resource Manager token"


def test_an_arm_web_service_refuses_what_it_cannot_take(published, resource, compat_settings):
    """A wrong token, a resource nobody has, an asset of another name, a blob elsewhere, a body that is none."""
    token = compat_settings["PERENNIAL_ARM_TOKEN"]
    assert call("GET", resource, "wrong").status_code == 401
    assert call("GET", resource, published.workspace.token).status_code == 200
    assert call("GET", resource + "2", token).status_code == 404
    elsewhere = {"locationInfo": {"uri": "https://example.org/models/a.ilearner?sv=1"}}
    for body, word in (
        ({"properties": {"assets": {"nothing": elsewhere}}}, RESOURCE),
        ({"properties": {"assets": {"asset1": elsewhere}}}, "example.org"),
        ({"properties": {"assets": {"asset1": {"locationInfo": {"uri": "models"}}}}}, "SAS"),
        ({"properties": {"assets": ["asset1"]}}, "assets"),
        ({"assets": {}}, "properties"),
    ):
        refused = call("PATCH", resource, token, body)
        assert refused.status_code == 400
        assert word in refused.json()["error"]["message"]
