"""Loaded models: shared, bounded, and there even when the disk is not."""

import os
import threading
from pathlib import Path

import pytest

from studio.model.container import write_model_file
from studio.model.loaded import MEMORY_FACTOR, MEMORY_FLOOR
from studio.serving.model_cache import ModelCache
from tests.builders import people_model_file


def content() -> bytes:
    return write_model_file(people_model_file("Two-Class Logistic Regression"))


class Source:
    """Storage as the cache sees it: any hash is the same file. Counts downloads."""

    def __init__(self):
        self.count, self._lock = 0, threading.Lock()

    def __call__(self, digest):
        with self._lock:
            self.count += 1
        return content()


def cache(folder, source, models=100):
    return ModelCache(source, folder, models * (MEMORY_FLOOR + MEMORY_FACTOR * len(content())), 1 << 28)


def test_callers_at_once_download_a_model_once(tmp_path):
    source = Source()
    shared, found = cache(tmp_path, source), []
    threads = [threading.Thread(target=lambda: found.append(shared.get("a"))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert source.count == 1
    assert len({id(model) for model in found}) == 1


def test_memory_is_bounded_and_what_left_it_comes_back_from_disk(tmp_path):
    source = Source()
    small = cache(tmp_path, source, models=3)
    for number in range(10):
        small.get(f"m{number}")
    assert sum(small.find(f"m{number}") is not None for number in range(10)) == 3
    small.get("m0")
    assert source.count == 10
    assert cache(tmp_path, source).get("m5").file.manifest.task == "two-class"
    assert source.count == 10


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_costs_a_download_and_nothing_else(tmp_path, caplog):
    folder = tmp_path / "cache"
    folder.mkdir()
    source = Source()
    full = cache(folder, source)
    # Nothing can be written below a file that takes no bytes.
    blocked = cache(Path("/dev/full") / "cache", source, models=1)
    assert blocked.get("a").scorer
    assert "cannot be written" in caplog.text
    blocked.get("b")
    blocked.get("a")
    assert source.count == 3
    assert full.get("a").scorer
    assert os.listdir(folder) == ["a.ilearner"]
