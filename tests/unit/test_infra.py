"""The Bicep in infra/: it parses, composes what there is, and sets every app setting the product reads.

Microsoft's compiler is in no Python, npm or Debian package (NuGet has it), so a parser checks the syntax and nothing
checks types; `azd provision --preview` does.
"""

import ast
import functools
import json
import re
from pathlib import Path

import pytest
from pycep import BicepParser

from studio import telemetry
from studio.storage import audit_log, event_log

ROOT = Path(__file__).parents[2]
INFRA = ROOT / "infra"
FILES = sorted(INFRA.rglob("*.bicep"))
SETTING = re.compile(r"(?:PERENNIAL|AzureWebJobsStorage|APPLICATIONINSIGHTS|OTEL)\w*")
# A connection string is what an identity replaces.
NOT_IN_AZURE = {"AzureWebJobsStorage"}


@functools.cache
def parse(path):
    return BicepParser().parse(text=path.read_text())


@pytest.mark.long
def test_every_file_parses():
    assert len([parse(path) for path in FILES]) > 10


@pytest.mark.slow
def test_the_main_file_only_composes():
    main = parse(INFRA / "main.bicep")
    assert {item["type"] for item in main["resources"].values()} == {"Microsoft.Resources/resourceGroups"}
    used = {item["detail"]["path"] for item in main["modules"].values()}
    assert {f"modules/{path.name}" for path in (INFRA / "modules").iterdir()} == used


def test_settings_are_the_same_in_the_code_the_docs_and_the_bicep():
    code = set(re.findall(rf'"({SETTING.pattern})"', (ROOT / "studio" / "settings.py").read_text()))
    services = {f"AzureWebJobsStorage__{kind}ServiceUri" for kind in ("blob", "queue", "table")}
    code = {name for name in code if not name.startswith("AzureWebJobsStorage__{")} | services
    documented = set(re.findall(rf"^\| `({SETTING.pattern})`", (ROOT / "docs/reference/settings.md").read_text(), re.M))
    deployed = set(re.findall(rf"^  ({SETTING.pattern}):", (INFRA / "modules" / "app.bicep").read_text(), re.M))
    assert documented == code
    # How the host, which is not the product, is told to use the identity.
    assert deployed - {"AzureWebJobsStorage__credential"} == code - NOT_IN_AZURE


@pytest.mark.attack("Secrets")
def test_the_app_cannot_change_the_vault_that_has_its_master_secret():
    rbac, app = ((INFRA / "modules" / f"{name}.bicep").read_text() for name in ("rbac", "app"))
    granted = re.findall(r"scope: (\w+)\n  name: guid\(\w+\.id, principalId, roles\.(\w+)\)", rbac)
    assert [role for scope, role in granted if scope == "vault"] == ["secrets"]
    assert ("datastoreVault", "keeping") in granted
    reader = "4633458b-17de-408a-b874-0445c86b69e6"
    assert f"secrets: '{reader}' // Key Vault Secrets User" in rbac
    assert "SecretUri=${vaultUri}secrets/master-secret" in app
    assert "PERENNIAL_KEY_VAULT: datastoreVaultUri\n" in app


def test_every_blob_function_is_subscribed():
    functions = (ROOT / "functions" / "uploads.py").read_text()
    bicep = (INFRA / "subscriptions.bicep").read_text()
    names = re.findall(r"^def ([a-z]\w+)\(blob", functions, re.M)
    assert names == re.findall(r"\{ name: '(\w+)', container", bicep)
    containers = set(re.findall(r"container: '([a-z-]+)'", bicep))
    assert containers == {"training-data", "scoring-input", "trained-models", "feedback"}


def test_no_key_opens_storage():
    assert "allowSharedKeyAccess: false" in (INFRA / "modules" / "storage.bicep").read_text()
    for path in FILES:
        text = path.read_text()
        assert "AccountKey" not in text
        assert "storageAccounts/listKeys" not in text
        assert "listKeys(" not in text or path.name == "subscriptions.bicep"


def test_the_alert_on_failed_jobs_looks_for_what_is_logged():
    logged = re.search(r'logger.info\("(Work ended as )%s', (ROOT / "studio" / "work" / "leases.py").read_text())
    assert f'message startswith "{logged[1]}Failed"' in (INFRA / "modules" / "alerts.bicep").read_text()


@pytest.mark.slow
def test_parameters_of_azd_are_parameters_of_the_main_file():
    given = json.loads((INFRA / "main.parameters.json").read_text())["parameters"]
    assert set(given) <= set(parse(INFRA / "main.bicep")["parameters"])


def test_what_the_hooks_read_is_what_the_main_file_gives():
    outputs = set(re.findall(r"^output (\w+)", (INFRA / "main.bicep").read_text(), re.M))
    for hook in (INFRA / "hooks").iterdir():
        assert set(re.findall(r'"\$([A-Z_]+)"', hook.read_text())) <= outputs


def test_an_instance_gets_more_than_one_request_at_a_time_and_a_thread_for_each():
    """Without perInstanceConcurrency each overlapping request to a Python app starts a cold instance."""
    app, main = (INFRA / "modules" / "app.bicep").read_text(), (INFRA / "main.bicep").read_text()
    assert "triggers: { http: { perInstanceConcurrency: httpConcurrency } }" in app
    assert "PYTHON_THREADPOOL_THREAD_COUNT: string(httpConcurrency)" in app
    assert int(re.search(r"^param httpConcurrency int = (\d+)$", main, re.M)[1]) > 1
    # With it, async functions failed on Flex Consumption (azure-functions-python-worker issue 1881).
    assert "PYTHON_ENABLE_OPENTELEMETRY" not in app


def test_links_name_the_host_that_azure_gave_the_app():
    app = (INFRA / "modules" / "app.bicep").read_text()
    assert "PERENNIAL_PUBLIC_URL: 'https://${app.properties.defaultHostName}'" in app
    assert not re.search(r"^[^/\n]*azurewebsites\.net", app, re.M)


def test_no_size_of_instance_is_offered_that_training_does_not_fit_in():
    """Background workers took 385 to 835 MB, and the host shares the instance."""
    sizes = re.search(r"@allowed\(\[([\d, ]+)\]\)\nparam instanceMemoryMB", (INFRA / "main.bicep").read_text())[1]
    assert min(map(int, sizes.split(","))) >= 2 * 835


# What Application Insights has in each table, and what else occurs in the workbook's queries.
TABLES = {
    "customMetrics": "timestamp name value valueSum valueCount valueMin valueMax customDimensions",
    "requests": "timestamp name resultCode duration success",
    "traces": "timestamp message",
}
WORDS = {
    *re.findall(
        r"\w+",
        "where extend summarize by order desc parse with project take bin sum sumif max round count percentile "
        "startswith isnotempty tostring toint parse_json substring in TimeRange grain and",
    )
}


def queries():
    items = json.loads((INFRA / "workbook.json").read_text())["items"]
    return {item["name"]: item["content"]["query"] for item in items if "query" in item["content"]}


@functools.cache
def emitted():
    """The attributes that each metric is emitted with, and the texts of all log lines, as the code has them."""
    attributes, lines = {}, set()
    for path in [*(ROOT / "studio").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]:
        text = path.read_text()
        lines.update(re.findall(r'logger\.info\(\s*"([^"]*)"', text))
        if not re.search(r"\b(?:count|record)\((?:telemetry\.)?[A-Z_]+,", text):
            continue
        for function in ast.walk(ast.parse(text)):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            keys = {}
            for node in ast.walk(function):
                match node:
                    case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict(keys=found)):
                        keys.setdefault(name, set()).update(key.value for key in found if key)
                    case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                        for name, value in zip(names, values, strict=True):
                            if isinstance(name, ast.Name) and isinstance(value, ast.Dict):
                                keys.setdefault(name.id, set()).update(key.value for key in value.keys)
                    case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=key))]):
                        keys.setdefault(name, set()).add(key)
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                name = ast.unparse(call.func)
                constant = ast.unparse(call.args[0]).removeprefix("telemetry.") if len(call.args) == 3 else ""
                if name.removeprefix("telemetry.") in ("count", "record") and hasattr(telemetry, constant):
                    given = call.args[2]
                    found = {key.value for key in given.keys} if isinstance(given, ast.Dict) else keys[given.id]
                    attributes.setdefault(getattr(telemetry, constant), []).append(found)
    return attributes, lines


def pattern(line):
    return "(.+)".join(map(re.escape, re.split(r"%(?:s|d|\.0f)", line)))


def test_the_workbook_shows_requests_latency_jobs_swaps_drift_errors_and_acts():
    assert {"requests", "endpoints", "latency", "work", "swaps", "drift", "errors", "acts"} <= set(queries())
    assert "{insights}" in (INFRA / "workbook.json").read_text()


@pytest.mark.parametrize("name", queries())
def test_the_workbook_reads_metrics_that_are_emitted_with_these_attributes(name):
    query = queries()[name]
    for metric in re.findall(r'"(perennial\.(?:scoring|work|endpoint|model_cache)\.\w+)"(?=\n|,|\))', query):
        known = set(attributes) if (attributes := emitted()[0]).get(metric) else set(telemetry.GAUGES)
        assert metric in known
        for attribute in re.findall(r'customDimensions\["([\w.]+)"\]', query):
            assert all(attribute in found for found in attributes[metric]), (metric, attribute)


@pytest.mark.parametrize("name", queries())
def test_the_workbook_reads_log_lines_that_are_written(name):
    query, lines = queries()[name], emitted()[1]
    for start in re.findall(r'message startswith "([^"]+)"', query):
        assert any(re.match(pattern(line), f"{start}{rest}") for line in lines for rest in ("x", "x x", "x: x")), start
        if kind := re.fullmatch(r"Event (perennial\.\w+\.\w+): ", start):
            assert kind[1] in event_log.TYPES
    for parts in re.findall(r"parse message with (.+)", query):
        assert "%s".join(part[1:-1] for part in re.findall('"[^"]*"', parts)) + "%s" in lines
    row = dict.fromkeys(("By", "Name", "Source", "Action", "Method", "Path", "Status", "RequestId"), "")
    shown = {"Workspace", *audit_log.act_object(row | {"At": "2026-11-27T00:00:00+00:00"})}
    assert set(re.findall(r"\bact\.(\w+)", query)) <= shown


@pytest.mark.parametrize("name", queries())
def test_the_workbook_reads_columns_that_there_are(name):
    query = queries()[name]
    bare = re.sub(r'"[^"]*"', '""', re.sub(r"\bact\.\w+", "act", query))
    table, *_ = bare.split("\n", 1)
    defined = set(re.findall(r"(\w+) =(?!=)", bare))
    for parts in re.findall(r"parse message with (.+)", bare):
        defined |= set(re.findall(r"\w+", parts))
    used = set(re.findall(r"[A-Za-z_]\w*", bare)) - {table}
    assert used <= {*TABLES[table].split(), *defined} | WORDS


def test_the_topic_takes_events_in_the_form_in_which_they_are_sent_from_identities_only():
    topic, rbac = ((INFRA / "modules" / f"{name}.bicep").read_text() for name in ("events", "rbac"))
    assert "inputSchema: 'CloudEventSchemaV1_0'" in topic
    assert "disableLocalAuth: true" in topic
    assert "roles.events" in rbac
    assert "PERENNIAL_EVENT_HOSTS: eventHosts" in (INFRA / "modules" / "app.bicep").read_text()
    main = (INFRA / "main.bicep").read_text()
    assert "module events 'modules/events.bicep' = if (eventTopic)" in main
    assert "eventTopic ? events.outputs.host : ''" in main
