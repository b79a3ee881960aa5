"""The processes that fit users' estimators, as they pass from one model to the next."""

import numpy as np
import pytest

from studio.errors import TooLarge
from studio.model import session
from studio.model.scikit.fitted import _Processes


class Process:
    def __init__(self):
        self.closed = False

    def is_alive(self):
        return not self.closed

    def close(self):
        self.closed = True


def test_a_process_that_is_taken_as_its_time_is_up_is_not_ended():
    processes, process = _Processes(), Process()
    processes.give_back(process)
    assert processes.take() is process
    processes._end(process)
    assert not process.closed
    processes.give_back(process)
    processes._end(process)
    assert process.closed


def test_a_model_that_is_dropped_while_processes_are_counted_gives_its_own_back():
    processes, first, second = _Processes(), Process(), Process()
    with processes._lock:
        processes.give_back(first)
    processes.give_back(second)
    processes.close()
    assert first.closed
    assert second.closed


class Fragile:
    """A model whose process ends with the rows that it is sent."""

    def __init__(self):
        self.alive = True

    def is_alive(self):
        return self.alive

    def predict(self, inputs):
        self.alive = False
        raise TooLarge("NoMoreResources", "the estimator's process ended")


class PlainEncoder:
    def learner_matrix(self, matrix):
        return matrix


def test_rows_that_end_a_process_are_not_sent_to_another(monkeypatch):
    loaded = []
    monkeypatch.setattr(session, "load_elsewhere", lambda content: loaded.append(content) or Fragile())
    scorer = session.ElsewhereScorer(b"", "regression", PlainEncoder())
    for times in (1, 2):
        with pytest.raises(TooLarge):
            scorer.score(np.zeros((1, 1)))
        assert len(loaded) == times
