"""One running deployment: settings, storage and what is kept in memory. Everything else gets it as an argument."""

from dataclasses import dataclass, field
from threading import Lock

from studio.concurrency import CallLimits
from studio.diagnostics import Diagnostics
from studio.model.loaded import ModelCache
from studio.settings import Settings
from studio.snapshots import Snapshots
from studio.storage import Storage
from studio.trained_models import get_model


@dataclass(frozen=True, slots=True)
class Deployment:
    """Settings, storage clients, loaded models, endpoint snapshots, call counts and diagnostics of this process.

    `scoring_turn` is held while a part of a large scoring job is scored: a process scores one at a time.
    """

    settings: Settings
    storage: Storage
    models: ModelCache
    snapshots: Snapshots
    limits: CallLimits
    diagnostics: Diagnostics
    scoring_turn: Lock = field(default_factory=Lock)

    @property
    def secret(self) -> str:
        """The master secret."""
        return self.settings.master_secret


def open_deployment(settings: Settings) -> Deployment:
    """Connect to storage, create in it what is missing, and return the deployment."""
    storage = Storage(settings)
    storage.ensure_created()
    models = ModelCache(
        lambda digest: get_model(storage, digest),
        settings.cache_folder,
        settings.model_cache_bytes,
        settings.max_model_bytes,
    )
    snapshots = Snapshots(storage, models, settings.master_secret)
    return Deployment(settings, storage, models, snapshots, CallLimits(), Diagnostics(storage))
