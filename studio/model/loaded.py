"""Trained models ready to score: in memory by least recent use, else on local disk, else from storage."""

import logging
from dataclasses import dataclass, replace

from studio.model.baseline import KEY as BASELINE
from studio.model.container import ModelFile, read_model_file
from studio.model.row_encoder import RowEncoder
from studio.model.session import ElsewhereScorer, Scorer, open_scorer

# A session holds the graph in another form; measured, it takes this many times the file size plus a floor.
MEMORY_FACTOR, MEMORY_FLOOR = 6, 300_000
# A process that scores with scikit-learn.
PROCESS_BYTES = 120 << 20
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class LoadedModel:
    """A trained model with an open session; each is equal to itself only."""

    file: ModelFile
    encoder: RowEncoder
    scorer: Scorer
    memory_bytes: int


def load_model(content: bytes, max_bytes: int, threads: int = 1) -> LoadedModel:
    """Open the bytes of a `.ilearner` file."""
    return open_model(read_model_file(content, max_bytes), len(content), threads)


def open_model(file: ModelFile, size: int, threads: int = 1) -> LoadedModel:
    """Open a session for a parsed model file; `size` is the file's size in bytes."""
    scorer = open_scorer(file, threads)
    # Scoring needs no baseline, and a process may hold a thousand models.
    file = replace(file, evaluation={name: item for name, item in file.evaluation.items() if name != BASELINE})
    memory = MEMORY_FLOOR + MEMORY_FACTOR * size + (PROCESS_BYTES if isinstance(scorer, ElsewhereScorer) else 0)
    return LoadedModel(file, RowEncoder(file.encoder), scorer, memory)
