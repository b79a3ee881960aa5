"""Loaded models: shared, bounded in memory and on disk, and there even when the disk is not."""

import hashlib
import os
import threading
from dataclasses import replace
from functools import cache as remember
from pathlib import Path

import pytest

from studio.model.container import write_model_file
from studio.model.loaded import MEMORY_FACTOR, MEMORY_FLOOR
from studio.serving.model_cache import ModelCache
from tests.builders import people_model_file


@remember
def contents():
    """Twelve model files of one size, by hash."""
    file = people_model_file("Two-Class Logistic Regression")
    made = [write_model_file(replace(file, manifest=replace(file.manifest, name=f"{n:02}"))) for n in range(12)]
    return {hashlib.sha256(content).hexdigest(): content for content in made}


def digests():
    return list(contents())


def size():
    return max(map(len, contents().values()))


class Source:
    """Storage as the cache sees it. Counts downloads."""

    def __init__(self):
        self.count, self._lock = 0, threading.Lock()

    def __call__(self, digest):
        with self._lock:
            self.count += 1
        return contents()[digest]


def cache(folder, source, models=100, disk=1 << 28):
    return ModelCache(source, folder, models * (MEMORY_FLOOR + MEMORY_FACTOR * size()), 1 << 28, disk)


def test_callers_at_once_download_a_model_once(tmp_path):
    source = Source()
    shared, found = cache(tmp_path, source), []
    threads = [threading.Thread(target=lambda: found.append(shared.get(digests()[0]))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert source.count == 1
    assert len({id(model) for model in found}) == 1


def test_memory_is_bounded_and_what_left_it_comes_back_from_disk(tmp_path):
    source = Source()
    small = cache(tmp_path, source, models=3)
    for digest in digests():
        small.get(digest)
    assert sum(small.find(digest) is not None for digest in digests()) == 3
    small.get(digests()[0])
    assert source.count == 12
    assert cache(tmp_path, source).get(digests()[5]).file.manifest.task == "two-class"
    assert source.count == 12


def test_the_disk_is_bounded_and_the_least_recently_used_file_goes_first(tmp_path):
    source = Source()
    (tmp_path / "half.0123").write_bytes(b"x" * size())
    os.utime(tmp_path / "half.0123", (0, 0))
    small = cache(tmp_path, source, models=1, disk=3 * size())
    first, second, third, fourth = digests()[:4]
    for age, digest in enumerate((first, second, third)):
        small.get(digest)
        (path,) = tmp_path.glob(f"{digest}*")
        os.utime(path, (age + 1, age + 1))
    assert not (tmp_path / "half.0123").exists()
    small.get(first)
    assert source.count == 3
    small.get(fourth)
    assert {path.name.partition("-")[0] for path in tmp_path.iterdir()} == {first, third, fourth}
    for digest in digests():
        small.get(digest)
        assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 3 * size()


def test_a_model_larger_than_the_disk_may_hold_is_not_kept_there(tmp_path):
    source = Source()
    cache(tmp_path, source, disk=size() // 2).get(digests()[0])
    assert not list(tmp_path.iterdir())


@pytest.mark.attack("Trained model files")
def test_a_file_that_somebody_put_into_the_folder_is_not_opened(tmp_path, caplog):
    source = Source()
    first, second = digests()[:2]
    cache(tmp_path, source).get(first)
    (path,) = tmp_path.iterdir()
    path.write_bytes(contents()[second])
    assert cache(tmp_path, source).get(first).file.manifest.name == "00"
    assert source.count == 2
    assert "is damaged" in caplog.text
    assert path.read_bytes() == contents()[first]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_costs_a_download_and_nothing_else(tmp_path, caplog):
    folder = tmp_path / "cache"
    folder.mkdir()
    source = Source()
    full = cache(folder, source)
    first, second = digests()[:2]
    # Nothing can be written below a file that takes no bytes.
    blocked = cache(Path("/dev/full") / "cache", source, models=1)
    assert blocked.get(first).scorer
    assert "cannot be written" in caplog.text
    blocked.get(second)
    blocked.get(first)
    assert source.count == 3
    assert full.get(first).scorer
    assert len(os.listdir(folder)) == 1
