import json

import pytest

from devhost.blobs import compile_blob_path
from devhost.host_json import HostSettings, check_bindings, read_host_json
from devhost.local_settings import read_local_settings, write_local_settings
from devhost.runtime import Function, HostError


def test_what_host_json_leaves_out_has_the_real_hosts_default(tmp_path):
    (tmp_path / "host.json").write_text('{"version": "2.0"}')
    assert read_host_json(tmp_path) == HostSettings()


def test_limits_are_read(tmp_path):
    extensions = {
        "http": {"routePrefix": ""},
        "queues": {
            "maxPollingInterval": "00:01:02.5",
            "visibilityTimeout": "00:00:10",
            "batchSize": 2,
            "newBatchThreshold": 0,
            "maxDequeueCount": 3,
            "messageEncoding": "none",
        },
        "blobs": {"maxDegreeOfParallelism": 4},
    }
    (tmp_path / "host.json").write_text(json.dumps({"version": "2.0", "extensions": extensions}))
    settings = read_host_json(tmp_path)
    assert settings == HostSettings("", 62.5, 10.0, 2, 0, 3, False, 4)
    assert settings.queue_parallelism == 2


def test_the_environment_goes_before_host_json(tmp_path):
    extensions = {"queues": {"maxPollingInterval": "00:00:01", "batchSize": 2}}
    (tmp_path / "host.json").write_text(json.dumps({"version": "2.0", "extensions": extensions}))
    prefix = "AzureFunctionsJobHost__extensions__"
    environment = {
        f"{prefix}queues__maxPollingInterval": "00:00:00.2",
        f"{prefix}blobs__maxDegreeOfParallelism": "3",
        "DEVHOST_QUEUE_HOLD_SECONDS": "4",
        "DEVHOST_BLOB_POLLING_SECONDS": "0.25",
    }
    settings = read_host_json(tmp_path, environment)
    assert (settings.queue_max_polling_seconds, settings.queue_batch_size) == (0.2, 2)
    assert settings.blob_parallelism == 3
    assert (settings.queue_hold_seconds, settings.blob_polling_seconds) == (4, 0.25)


@pytest.mark.parametrize("text, seconds", [(None, 1800), ("00:00:01", 1), ("01:00:00", 3600), ("-1", None)], ids=str)
def test_the_function_timeout_is_read(tmp_path, text, seconds):
    document = {"version": "2.0"} if text is None else {"version": "2.0", "functionTimeout": text}
    (tmp_path / "host.json").write_text(json.dumps(document))
    assert read_host_json(tmp_path, {}).function_timeout_seconds == seconds


@pytest.mark.parametrize("kind", ["queueTrigger", "blobTrigger"])
def test_a_trigger_that_needs_the_extension_bundle_is_refused_without_it(tmp_path, kind):
    functions = [Function("timer", "1", {"type": "timerTrigger"}), Function("work", "2", {"type": kind})]
    (tmp_path / "host.json").write_text('{"version": "2.0", "extensionBundle": {"id": "x"}}')
    message = rf"The 'work' function is in error: The binding type\(s\) '{kind}' are not registered\."
    with pytest.raises(HostError, match=message):
        check_bindings(functions, read_host_json(tmp_path, {}))
    check_bindings(functions[:1], read_host_json(tmp_path, {}))
    (tmp_path / "host.json").write_text('{"version": "2.0", "extensionBundle": {"id": "x", "version": "[4.*, 5.0.0)"}}')
    check_bindings(functions, read_host_json(tmp_path, {}))


def test_blob_paths_name_their_parts():
    pattern = compile_blob_path("{workspace}/{service}/{name}.csv")
    found = pattern.fullmatch("ws/svc/deep/er.csv")
    assert found is not None
    assert found.groupdict() == {"workspace": "ws", "service": "svc", "name": "deep/er"}
    assert pattern.fullmatch("ws/svc/a.txt") is None
    assert compile_blob_path("").fullmatch("anything/at all") is not None


def test_local_settings_are_made_once_with_a_random_secret(tmp_path):
    first = write_local_settings(tmp_path)
    secret = read_local_settings(tmp_path)["PERENNIAL_MASTER_SECRET"]
    write_local_settings(tmp_path)
    assert len(secret) >= 64
    assert read_local_settings(tmp_path)["PERENNIAL_MASTER_SECRET"] == secret
    assert first.stat().st_mode & 0o077 == 0
