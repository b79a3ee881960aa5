"""The Bicep in infra/: it parses, composes what there is, and sets every app setting the product reads.

Microsoft's compiler is in no Python, npm or Debian package (NuGet has it), so a parser checks the syntax and nothing
checks types; `azd provision --preview` does.
"""

import functools
import json
import re
from pathlib import Path

import pytest
from pycep import BicepParser

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
