"""Trained model files from outside are proved in a process of their own, which cannot take much nor see anything."""

import json
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
import skops.io

from studio.errors import BadArgument, InvalidOperation, StudioError
from studio.model import prover as prover_module
from studio.model.container import write_model_file
from studio.model.prover import Prover
from studio.settings import helper_environment
from tests import hostile_graphs as hostile
from tests.builders import people_model_file, trained_people

pytestmark = [pytest.mark.attack("Trained model files"), pytest.mark.slow]

LIMIT = 1 << 28
SECRET = "a-secret-of-the-app-that-nobody-may-see"


@pytest.fixture(scope="module")
def prover():
    prover = Prover()
    yield prover
    prover.close()


def people(**changes):
    return replace(people_model_file(), **changes)


def with_graph(model):
    """A model file with another graph, and golden rows for which 0 is the right score."""
    file = people()
    whole = [row for row in file.golden if "" not in row.cells and None not in row.cells and "?" not in row.cells]
    (shape,) = [value.type.tensor_type.shape for value in model.graph.input]
    shape.dim[1].dim_value = len(file.encoder.slots)
    golden = tuple(replace(row, scores=(0.0,)) for row in whole)
    return write_model_file(replace(file, graph=model.SerializeToString(), golden=golden))


def refusal(prover, content):
    with pytest.raises(StudioError) as caught:
        prover.prove(content, LIMIT)
    return caught.value


def test_models_of_this_app_are_proved_and_the_next_does_not_wait_for_a_process(prover):
    content = write_model_file(people())
    prover.prove(content, LIMIT)
    waiting = prover._waiting
    assert waiting is not None
    prover.prove(content, LIMIT)
    assert prover._waiting is not waiting
    assert not waiting.is_alive()


def test_a_pipeline_of_this_app_is_proved(prover):
    trained, _ = trained_people("Two-Class Decision Forest")
    file = people_model_file("Two-Class Decision Forest")
    manifest = replace(file.manifest, runtime="skops")
    prover.prove(
        write_model_file(replace(file, graph=b"", pipeline=skops.io.dumps(trained.pipeline), manifest=manifest)), LIMIT
    )


# In this file each starts a process; test_graph_check.py refuses all of them by day.
BY_DAY = (hostile.outside_initializer, hostile.outside_subgraph, hostile.outside_function)
LEAKS = [pytest.param(leak, marks=[pytest.mark.long] * (leak not in BY_DAY)) for leak in hostile.LEAKS]


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.__name__)
def test_a_model_does_not_read_the_apps_files(prover, leak):
    assert "not accepted" in refusal(prover, with_graph(leak(str(Path("local.settings.json").resolve()), 8))).message


@pytest.mark.parametrize("grow", hostile.GROWING, ids=lambda grow: grow.__name__)
def test_a_graph_whose_values_grow_is_stopped_by_the_memory_it_may_take(prover, grow):
    found = refusal(prover, with_graph(grow()))
    assert isinstance(found, InvalidOperation)
    assert (found.details[0].code, "more memory than 512 MiB" in found.message) == ("IncompatibleModel", True)


@pytest.mark.parametrize(
    ("golden", "reason"),
    [
        (lambda rows: (), "has 0 golden rows"),
        (lambda rows: rows * 1000, "golden rows"),
        (lambda rows: tuple(replace(row, scores=(0.123,)) for row in rows), "differ"),
        (lambda rows: tuple(replace(row, scores=(None,)) for row in rows), "finite"),
        (lambda rows: tuple(replace(row, scores=(*row.scores, 1.0)) for row in rows), "needs 1 scores"),
        (lambda rows: tuple(replace(row, cells=row.cells[:1]) for row in rows), ""),
    ],
)
def test_golden_rows_have_to_be_there_and_right(prover, golden, reason):
    found = refusal(prover, write_model_file(people(golden=golden(people().golden))))
    assert isinstance(found, BadArgument)
    assert found.details[0].code == "InvalidBlob"
    assert reason in found.message


def helper(code, patience_seconds=5.0):
    """A prover whose helper runs other code, with `line` to the app and `head` and `content` read."""
    begin = (
        "import json, os, socket, sys, time\nsys.path[:] = json.loads(sys.argv[1])\n"
        "line = socket.socket(fileno=int(sys.argv[2]))\n"
    )
    return Prover((sys.executable, "-I", "-c", begin + code), patience_seconds)


@pytest.mark.parametrize(
    ("code", "seconds"),
    [
        ("os._exit(3)", 5),
        ("os.abort()", 5),
        ("line.sendall(b'not json')", 5),
        ("line.sendall(b'{\"error\": 3}')", 5),
        ("line.sendall(b'[1, 2]')", 5),
        ("line.sendall(b'{\"error\": \"SystemExit\", \"code\": \"a\", \"message\": \"b\"}')", 5),
        ("while True: line.sendall(b'{' * 65536)", 5),
        ("time.sleep(60)", 0.5),
        ("line.recv(10); time.sleep(60)", 0.5),
        ("from studio.model.proof import limit_process; limit_process(1 << 30, 0)\nwhile True: pass", 20),
        ("from studio.model.proof import limit_process; limit_process(1 << 20, 9); x = bytearray(1 << 28)", 5),
    ],
)  # fmt: skip
def test_a_helper_that_dies_hangs_or_talks_nonsense_is_a_refusal(code, seconds):
    prover = helper(code, seconds)
    started = time.monotonic()
    found = refusal(prover, b"x" * (1 << 20))
    prover.close()
    assert time.monotonic() - started < 15
    assert (found.details[0].code, "without a result" in found.message) == ("IncompatibleModel", True)


def test_a_helper_sees_no_secret_and_no_file(monkeypatch):
    monkeypatch.setenv("PERENNIAL_MASTER_SECRET", SECRET)
    monkeypatch.setenv("AzureWebJobsStorage", SECRET)
    environment = helper_environment({"PERENNIAL_MASTER_SECRET": SECRET, "LD_LIBRARY_PATH": "/opt/lib"})
    assert SECRET not in environment.values()
    assert environment["LD_LIBRARY_PATH"] == "/opt/lib"
    told = (
        "seen = json.dumps([dict(os.environ), os.listdir('.'), os.listdir('/proc/self/fd')])\n"
        "line.sendall(json.dumps({'error': 'BadArgument', 'code': 'Seen', 'message': seen}).encode())"
    )
    environment, files, descriptors = json.loads(refusal(helper(told), b"x").message)
    assert not [name for name in environment if name.startswith(("PERENNIAL", "Azure"))]
    assert SECRET not in str(environment)
    assert files == []
    # Standard input, output and error, the line to the app, and the one that lists them.
    assert len(descriptors) == 5


def test_the_runtime_in_the_helper_opens_no_file_even_for_a_graph_that_passed(tmp_path):
    """A second wall: the list is taken away, and the session still cannot read."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"12345678")
    code = (
        "import resource\nfrom studio.model import proof\nfrom studio.model.session import OnnxScorer\n"
        "import numpy as np\nfrom tests import hostile_graphs\n"
        f"graph = hostile_graphs.outside_initializer({str(secret)!r}, 8).SerializeToString()\n"
        "proof.warm_up()\n"
        "if {limited}: proof.limit(resource.RLIMIT_NOFILE, 0)\n"
        "try: OnnxScorer(graph).score(np.zeros((1, 4))); found = 'read'\n"
        "except Exception as error: found = 'refused'\n"
        "line.sendall(json.dumps({'error': 'BadArgument', 'code': 'Seen', 'message': found}).encode())"
    )
    root = str(Path(__file__).parents[2])
    code = f"sys.path.insert(0, {root!r})\nos.chdir({str(tmp_path)!r})\n" + code.replace(str(secret), "secret")
    assert refusal(helper(code.replace("{limited}", "False"), 30), b"x").message == "read"
    assert refusal(helper(code.replace("{limited}", "True"), 30), b"x").message == "refused"


def test_proofs_take_turns_and_none_waits_for_ever(monkeypatch):
    monkeypatch.setattr(prover_module, "PATIENCE_SECONDS", 0.2)
    busy = helper("time.sleep(60)", 3.0)
    threads = [threading.Thread(target=refusal, args=(busy, b"x")) for _ in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    with pytest.raises(StudioError, match="checking other trained models"):
        busy.prove(b"x", LIMIT)
    for thread in threads:
        thread.join()


def test_a_helper_that_waits_ends_with_its_app():
    code = "from studio.model.prover import Prover\np = Prover()\np.prepare()\nprint(p._waiting._process.pid)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    ends, state = time.monotonic() + 10, Path(f"/proc/{int(done.stdout)}/stat")
    # Nobody may collect it once its parent is gone: then it stays as a zombie.
    while state.exists() and state.read_text().split()[2] != "Z":
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_what_is_no_model_is_said_to_be_none(prover):
    assert refusal(prover, b"x" * 1000).details[0].code == "InvalidBlob"
    assert refusal(prover, b"").details[0].code == "InvalidBlob"
