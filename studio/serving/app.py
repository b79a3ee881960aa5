"""The running app: storage and the in-memory state of this process, passed to everything else as an argument."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from studio.model.prover import Prover
from studio.monitoring.collector import Predictions
from studio.monitoring.feedback import Truths
from studio.registry.endpoint_names import EndpointNames
from studio.registry.models import get_proved_model
from studio.serving.explainers import Explainers
from studio.serving.limits import CallLimits
from studio.serving.model_cache import ModelCache
from studio.serving.request_log import Diagnostics
from studio.serving.snapshots import Snapshots
from studio.serving.traffic import Traffic
from studio.settings import Settings
from studio.storage.account import Storage, utc_now
from studio.work.turns import Turns


@dataclass(frozen=True, slots=True)
class App:
    """The storage clients of this process, and what it keeps in memory: models, snapshots, counts, and logs to write.

    `prover` has model files from outside checked in a process of their own.
    `scoring_turn` is held while a partition of a large scoring job is scored, so that a process scores one at a time;
    `turns` remembers which workspaces' work this process did last; `explainers` is what explains loaded models;
    `endpoint_names` has the names and counts of endpoints.
    """

    storage: Storage
    models: ModelCache
    snapshots: Snapshots
    limits: CallLimits
    diagnostics: Diagnostics
    traffic: Traffic
    predictions: Predictions
    truths: Truths
    prover: Prover = field(default_factory=Prover)
    scoring_turn: Lock = field(default_factory=Lock)
    turns: Turns = field(default_factory=Turns)
    explainers: Explainers = field(default_factory=Explainers)
    endpoint_names: EndpointNames = field(default_factory=EndpointNames)


def open_app(settings: Settings, clock: Callable[[], datetime] = utc_now) -> App:
    """Connect to storage, create missing containers, tables and the queue, and return the app."""
    storage = Storage(settings, clock)
    storage.ensure_created()
    prover = Prover()
    models = ModelCache(
        lambda digest: get_proved_model(storage, prover, digest),
        settings.cache_folder,
        settings.model_cache_bytes,
        settings.max_model_bytes,
        settings.cache_folder_bytes,
    )
    traffic = Traffic(storage)
    limits = CallLimits(traffic)
    snapshots, predictions = Snapshots(storage, models), Predictions(storage)
    diagnostics, truths = Diagnostics(storage), Truths(storage)
    return App(storage, models, snapshots, limits, diagnostics, traffic, predictions, truths, prover)
