"""Tracing, metrics and logs: traces follow work through the queue, and log records carry their trace ids.

App settings choose the exporters (`Exporters`). Without one, the SDK is not imported and a call here costs a fraction
of a microsecond. docs/reference/telemetry.md lists the spans, metrics and log fields.

References
----------
Trace context in headers and messages: W3C Trace Context, `traceparent`. Attribute names: OpenTelemetry's semantic
conventions where they define one, otherwise `perennial.…`.
"""

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from studio.errors import StudioError
from studio.settings import Exporters

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.trace import Tracer

SERVER, CONSUMER = "SERVER", "CONSUMER"
SCORING_DURATION, SCORING_ROWS = "perennial.scoring.duration", "perennial.scoring.rows"
THROTTLED, SWAPS, MODEL_LOADS = "perennial.scoring.throttled", "perennial.endpoint.swaps", "perennial.model_cache.loads"
WORK_DURATION = "perennial.work.duration"
MODELS, MODEL_MEMORY = "perennial.model_cache.models", "perennial.model_cache.memory"
COUNTERS = {
    SCORING_ROWS: ("{row}", "rows scored, in requests and in batch jobs"),
    THROTTLED: (
        "{request}",
        "requests that got a 503 because their endpoint had reached its limit of concurrent calls",
    ),
    SWAPS: ("{swap}", "changes to an endpoint's trained models, by the action that made them"),
    MODEL_LOADS: ("{model}", "trained models loaded because they were not in memory"),
}
HISTOGRAMS = {
    SCORING_DURATION: ("s", "duration of scoring requests by endpoint, with the error code of failed ones"),
    WORK_DURATION: ("s", "duration of jobs, runs and other queued work, from start to end, by kind and state"),
}
GAUGES = {
    MODELS: ("{model}", "trained models in memory"),
    MODEL_MEMORY: ("By", "estimated memory used by trained models"),
}
# In seconds, from scoring one row in memory to an hour of training.
BOUNDARIES = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600]

Fields = Mapping[str, str | int]


@dataclass(slots=True)
class _Sdk:
    """The tracer, the meter and the instruments, once telemetry has started."""

    tracer: "Tracer"
    meter: "Meter"
    instruments: dict[str, Any] = field(default_factory=dict)


_sdk: _Sdk | None = None
_NOTHING = contextlib.nullcontext()


def start_telemetry(exporters: Exporters) -> None:
    """Start sending the traces, metrics and logs of this process; does nothing without exporters."""
    global _sdk
    if _sdk is not None or not (exporters.otlp or exporters.insights):
        return
    from opentelemetry import metrics, trace
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create({"service.name": "perennial"})
    spans, readings = _exporters(exporters)
    readers = [PeriodicExportingMetricReader(exporter) for exporter in readings]
    traces = TracerProvider(resource=resource)
    for exporter in spans:
        traces.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(traces)
    metrics.set_meter_provider(MeterProvider(readers, resource))
    if exporters.otlp:
        _export_logs(resource)
    meter = metrics.get_meter("perennial")
    instruments: dict[str, Any] = {}
    for name, (unit, description) in COUNTERS.items():
        instruments[name] = meter.create_counter(name, unit, description)
    for name, (unit, description) in HISTOGRAMS.items():
        instruments[name] = meter.create_histogram(
            name, unit, description, explicit_bucket_boundaries_advisory=BOUNDARIES
        )
    _sdk = _Sdk(trace.get_tracer("perennial"), meter, instruments)


def _exporters(exporters: Exporters) -> tuple[list[Any], list[Any]]:
    """Return the trace exporters and the metric exporters."""
    spans: list[Any] = []
    readings: list[Any] = []
    if exporters.otlp:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        # They read the address and everything else from OpenTelemetry's own settings (OTEL_…).
        spans.append(OTLPSpanExporter())
        readings.append(OTLPMetricExporter())
    if exporters.insights:
        from azure.identity import ManagedIdentityCredential
        from azure.monitor.opentelemetry.exporter import AzureMonitorMetricExporter, AzureMonitorTraceExporter

        identity = exporters.insights_client_id
        options: dict[str, Any] = {"connection_string": exporters.insights}
        if identity:
            options["credential"] = ManagedIdentityCredential(client_id=identity)
        spans.append(AzureMonitorTraceExporter(**options))
        readings.append(AzureMonitorMetricExporter(**options))
    return spans, readings


def _export_logs(resource: "Resource") -> None:
    """Export log records with their fields (`extra`) and trace ids.

    Only for OTLP: Application Insights gets the logs from the host.
    """
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor

    logs = LoggerProvider(resource=resource)
    logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
    handler = LoggingHandler(logging.INFO, logs)
    # Exporting the exporters' own records would produce more of them, in a loop.
    handler.addFilter(lambda record: not record.name.startswith(("opentelemetry", "urllib3", "azure")))
    logging.getLogger().addHandler(handler)


def quiet_libraries() -> None:
    """Keep the log lines that Azure's libraries write for every request and response out of the app's log.

    The worker sets the root logger to INFO, so each call of storage would log two lines, which Application Insights
    bills and which hide the app's own.
    """
    for name in ("azure.core", "azure.identity", "azure.monitor", "azure.storage", "azure.data"):
        logging.getLogger(name).setLevel(logging.WARNING)


def span(
    name: str, kind: str, parent: str | None, attributes: Fields, *, host: str | None = None
) -> AbstractContextManager[None]:
    """Return a context manager that records a span.

    Parameters
    ----------
    kind
        SERVER or CONSUMER.
    parent
        The `traceparent` that came with the request or message.
    host
        The `traceparent` of the host's own span of the invocation, which has counted the request or message already:
        this span is an INTERNAL one then. For SERVER it is the parent; for CONSUMER it is linked, if there is a parent.
    """
    return _NOTHING if _sdk is None else _span(_sdk, name, kind, parent, attributes, host)


@contextlib.contextmanager
def _span(sdk: _Sdk, name: str, kind: str, parent: str | None, attributes: Fields, host: str | None) -> Iterator[None]:
    from opentelemetry import trace
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    propagator = TraceContextTextMapPropagator()
    around = propagator.extract({"traceparent": host or ""})
    hosts = trace.get_current_span(around).get_span_context()
    context, links = around if hosts.is_valid else None, []
    if parent and (kind == CONSUMER or not hosts.is_valid):
        context = propagator.extract({"traceparent": parent})
        links = [trace.Link(hosts)] if hosts.is_valid else []
    # The host has already recorded the request or message: a second span of that kind would count it twice.
    shown = "INTERNAL" if hosts.is_valid else kind
    with sdk.tracer.start_as_current_span(name, context, trace.SpanKind[shown], attributes, links):
        yield


def current_trace() -> str:
    """Return the `traceparent` of the current span, to send with a message; empty without tracing."""
    if _sdk is None:
        return ""
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent", "")


def note(event: str) -> None:
    """Add an event to the current span."""
    if _sdk is not None:
        from opentelemetry import trace

        trace.get_current_span().add_event(event)


def describe(attributes: Fields) -> None:
    """Add attributes to the current span."""
    if _sdk is not None:
        from opentelemetry import trace

        trace.get_current_span().set_attributes(attributes)


def count(name: str, n: int, attributes: Fields) -> None:
    """Add `n` to a counter."""
    if _sdk is not None and n:
        _sdk.instruments[name].add(n, attributes)


def record(name: str, value: float, attributes: Fields) -> None:
    """Add a value to a histogram."""
    if _sdk is not None:
        _sdk.instruments[name].record(value, attributes)


def watch_gauge(name: str, read: Callable[[], float]) -> None:
    """Register a callback that is read whenever metrics are sent; the first callback for a name is kept."""
    if _sdk is None or name in _sdk.instruments:
        return
    from opentelemetry.metrics import Observation

    unit, description = GAUGES[name]
    _sdk.instruments[name] = _sdk.meter.create_observable_gauge(
        name, [lambda _: [Observation(read())]], unit, description
    )


def timed_scoring(endpoint_id: str) -> AbstractContextManager[None]:
    """Return a context manager that records the duration of a scoring request."""
    return _NOTHING if _sdk is None else _timed_scoring(endpoint_id)


@contextlib.contextmanager
def _timed_scoring(endpoint_id: str) -> Iterator[None]:
    started, attributes = time.perf_counter(), {"perennial.endpoint.id": endpoint_id}
    try:
        yield
    except Exception as error:
        attributes["error.type"] = error.code if isinstance(error, StudioError) else type(error).__name__
        raise
    finally:
        record(SCORING_DURATION, time.perf_counter() - started, attributes)
