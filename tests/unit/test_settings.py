import json
from pathlib import Path

import pytest

from studio.errors import InternalError
from studio.graph.time_budget import GRACE_SECONDS
from studio.settings import Exporters, read_exporters, read_settings

GOOD = {"PERENNIAL_MASTER_SECRET": "x" * 40, "AzureWebJobsStorage": "UseDevelopmentStorage=true"}


def test_defaults_are_sane():
    settings = read_settings(GOOD)
    assert settings.sas_hours == 24
    assert settings.model_cache_bytes == 256 * 1024 * 1024
    assert settings.public_url is None


@pytest.mark.parametrize("secret", ["", "short"])
def test_a_missing_master_secret_is_refused_with_how_to_make_one(secret):
    with pytest.raises(InternalError, match=r"secrets\.token_urlsafe"):
        read_settings(GOOD | {"PERENNIAL_MASTER_SECRET": secret})


def test_missing_storage_is_named():
    with pytest.raises(InternalError, match="AzureWebJobsStorage__blobServiceUri"):
        read_settings({"PERENNIAL_MASTER_SECRET": "x" * 40})


def test_an_identity_needs_all_three_addresses():
    base = {"PERENNIAL_MASTER_SECRET": "x" * 40}
    urls = {f"AzureWebJobsStorage__{kind}ServiceUri": f"https://a.{kind}" for kind in ("blob", "queue", "table")}
    assert read_settings(base | urls).connection_string is None
    with pytest.raises(InternalError):
        read_settings(base | dict(list(urls.items())[:2]))


@pytest.mark.parametrize("value", ["abc", "-1", "0"])
def test_a_number_out_of_range_names_its_setting(value):
    with pytest.raises(InternalError, match="PERENNIAL_SAS_HOURS"):
        read_settings(GOOD | {"PERENNIAL_SAS_HOURS": value})


def test_telemetry_goes_nowhere_unless_told():
    assert read_exporters({}) == Exporters(otlp=False, insights=None, insights_client_id=None)
    found = read_exporters(
        {
            "APPLICATIONINSIGHTS_CONNECTION_STRING": "InstrumentationKey=x",
            "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": "ClientId=abc;Authorization=AAD",
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318",
        }
    )
    assert found == Exporters(otlp=True, insights="InstrumentationKey=x", insights_client_id="abc")


def test_a_run_ends_before_the_host_would_end_it_and_begin_it_again():
    host = json.loads((Path(__file__).parents[2] / "host.json").read_text())
    hours, minutes, seconds = map(int, host["functionTimeout"].split(":"))
    spare_seconds = (hours * 60 + minutes) * 60 + seconds - read_settings(GOOD).run_seconds - GRACE_SECONDS
    assert spare_seconds >= 300
