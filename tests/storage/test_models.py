"""Trained model files in storage: those from outside are proved once, by their hash, before anything opens them."""

import hashlib
from dataclasses import replace

import pytest

from studio.errors import BadArgument, StudioError
from studio.model.container import write_model_file
from studio.model.prover import Prover
from studio.registry.models import MARK, admit_model, get_model, get_proved_model, put_model
from studio.serving.app import open_app
from studio.settings import read_settings
from tests import hostile_graphs
from tests.builders import people_model_file


class CountingProver(Prover):
    """Counts what it is asked to prove."""

    count = 0

    def prove(self, content, max_bytes, *, stored=False):
        self.count += 1
        super().prove(content, max_bytes, stored=stored)


@pytest.fixture
def prover():
    prover = CountingProver()
    yield prover
    prover.close()


def named(name):
    file = people_model_file()
    return write_model_file(replace(file, manifest=replace(file.manifest, name=name)))


def hostile():
    graph = hostile_graphs.outside_sparse_initializer("local.settings.json", 8).SerializeToString()
    return write_model_file(replace(people_model_file(), graph=graph))


def store_as_before(storage, content):
    """Store a model as an earlier version did: without a mark."""
    digest = hashlib.sha256(content).hexdigest()
    storage.container("models").upload_blob(f"{digest}.ilearner", content, overwrite=True)
    return digest


def mark(storage, digest):
    return storage.container("models").get_blob_client(f"{digest}.ilearner").get_blob_properties().metadata


def test_a_model_from_outside_is_proved_once_and_one_of_this_app_never(deployment, prover):
    storage = deployment.storage
    digest = admit_model(storage, prover, named("outside"))
    assert (prover.count, mark(storage, digest)) == (1, MARK)
    assert admit_model(storage, CountingProver(), named("outside")) == digest
    ours = put_model(storage, named("ours"))
    assert admit_model(storage, prover, named("ours")) == ours
    assert get_proved_model(storage, prover, ours) == named("ours")
    assert prover.count == 1


@pytest.mark.attack("Trained model files")
def test_a_hostile_model_is_neither_stored_nor_opened(deployment, prover):
    content = hostile()
    with pytest.raises(BadArgument, match="sparse_initializer"):
        admit_model(deployment.storage, prover, content)
    name = f"{hashlib.sha256(content).hexdigest()}.ilearner"
    assert not deployment.storage.container("models").get_blob_client(name).exists()


def test_a_model_that_an_earlier_version_stored_is_proved_when_it_is_loaded_and_only_then(deployment, prover):
    storage = deployment.storage
    digest = store_as_before(storage, named("before"))
    assert mark(storage, digest) == {}
    assert get_proved_model(storage, prover, digest) == get_model(storage, digest) == named("before")
    assert (prover.count, mark(storage, digest)) == (1, MARK)
    get_proved_model(storage, prover, digest)
    assert prover.count == 1


def test_training_a_model_again_marks_the_file_that_an_earlier_version_stored(deployment):
    digest = store_as_before(deployment.storage, named("again"))
    assert put_model(deployment.storage, named("again")) == digest
    assert mark(deployment.storage, digest) == MARK


@pytest.mark.attack("Trained model files")
def test_a_hostile_model_that_an_earlier_version_stored_is_not_opened(deployment, app_settings, tmp_path):
    app = open_app(read_settings(app_settings | {"PERENNIAL_CACHE_DIR": str(tmp_path)}))
    digest = store_as_before(app.storage, hostile())
    with pytest.raises(StudioError, match="sparse_initializer"):
        app.models.get(digest)
    assert not list(tmp_path.iterdir())
    app.prover.close()
