"""The settings of host.json that the development host supports, with the real host's defaults."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devhost.runtime import Function, HostError

# What the host knows without extensions; all else comes with the extension bundle.
BUILT_IN = ("httpTrigger", "timerTrigger")
DEFAULT_TIMEOUT_SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class HostSettings:
    """Limits from host.json, and two settings of this host alone; times in seconds.

    The real host holds a message for ten minutes; a shorter hold means a killed process is noticed sooner.
    """

    route_prefix: str = "api"
    queue_max_polling_seconds: float = 60.0
    queue_retry_seconds: float = 0.0
    queue_batch_size: int = 16
    queue_new_batch_threshold: int = 8
    queue_max_dequeue_count: int = 5
    queue_messages_are_base64: bool = True
    blob_parallelism: int = 8
    queue_hold_seconds: float = 20.0
    blob_polling_seconds: float = 2.0
    function_timeout_seconds: float | None = DEFAULT_TIMEOUT_SECONDS
    has_bundle: bool = False

    @property
    def queue_parallelism(self) -> int:
        """The number of messages of a queue processed at a time: batchSize + newBatchThreshold."""
        return self.queue_batch_size + self.queue_new_batch_threshold


def read_host_json(app_directory: Path, environment: Mapping[str, str] = os.environ) -> HostSettings:
    """Read the app's `host.json`; missing settings get the real host's defaults.

    As in the real host, an environment variable such as `AzureFunctionsJobHost__extensions__queues__batchSize`
    overrides the file. `DEVHOST_QUEUE_HOLD_SECONDS` and `DEVHOST_BLOB_POLLING_SECONDS` exist only here.
    """
    document = json.loads((app_directory / "host.json").read_text())
    extensions, bundle = document.get("extensions", {}), document.get("extensionBundle", {})
    http, queues, blobs = (
        extensions.get(name, {}) | _overrides(environment, name) for name in ("http", "queues", "blobs")
    )
    default = HostSettings()
    batch_size = int(queues.get("batchSize", default.queue_batch_size))
    return HostSettings(
        route_prefix=str(http.get("routePrefix", default.route_prefix)),
        queue_max_polling_seconds=_seconds(queues, "maxPollingInterval", default.queue_max_polling_seconds),
        queue_retry_seconds=_seconds(queues, "visibilityTimeout", default.queue_retry_seconds),
        queue_batch_size=batch_size,
        queue_new_batch_threshold=int(queues.get("newBatchThreshold", batch_size // 2)),
        queue_max_dequeue_count=int(queues.get("maxDequeueCount", default.queue_max_dequeue_count)),
        queue_messages_are_base64=str(queues.get("messageEncoding", "base64")).lower() == "base64",
        blob_parallelism=int(blobs.get("maxDegreeOfParallelism", default.blob_parallelism)),
        queue_hold_seconds=float(environment.get("DEVHOST_QUEUE_HOLD_SECONDS", default.queue_hold_seconds)),
        blob_polling_seconds=float(environment.get("DEVHOST_BLOB_POLLING_SECONDS", default.blob_polling_seconds)),
        function_timeout_seconds=_timeout(
            environment.get("AzureFunctionsJobHost__functionTimeout") or document.get("functionTimeout")
        ),
        has_bundle=bool(bundle.get("id") and bundle.get("version")),
    )


def check_bindings(functions: Iterable[Function], settings: HostSettings) -> None:
    """Raise HostError, with the real host's message, if a trigger needs the extension bundle and there is none."""
    for function in functions:
        if function.kind not in BUILT_IN and not settings.has_bundle:
            raise HostError(
                f"The '{function.name}' function is in error: The binding type(s) '{function.kind}' are not registered."
                " Please ensure the type is correct and the binding extension is installed.\n"
                'Name the extension bundle in host.json: "extensionBundle": '
                '{"id": "Microsoft.Azure.Functions.ExtensionBundle", "version": "[4.*, 5.0.0)"}'
            )


def _overrides(environment: Mapping[str, str], section: str) -> dict[str, str]:
    prefix = f"AzureFunctionsJobHost__extensions__{section}__"
    return {name.removeprefix(prefix): text for name, text in environment.items() if name.startswith(prefix)}


def _timeout(text: str | None) -> float | None:
    if text is None:
        return DEFAULT_TIMEOUT_SECONDS
    return None if text == "-1" else _seconds({"": text}, "", DEFAULT_TIMEOUT_SECONDS)


def _seconds(section: dict[str, Any], name: str, default: float) -> float:
    if name not in section:
        return default
    hours, minutes, seconds = str(section[name]).split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
