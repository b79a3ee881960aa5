"""The fuzzer of `make attack`: feeds each parser of foreign bytes whatever reaches new code in it, for some seconds.

A target may raise a StudioError, which callers see as a 4xx response. Any other exception, more than ten seconds for
one input or more than 1 GiB of memory is a finding: the input is kept in `tests/trials/corpus/{target}/`, which
`tests/unit/test_fuzz_corpus.py` runs again each time.
"""

import contextlib
import functools
import hashlib
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).with_name("corpus")
SECONDS = 60
MOMENT = datetime(2026, 1, 5, tzinfo=UTC)
COUNT = re.compile(r"^#(\d+)\s", re.MULTILINE)
MAX_BYTES = 4096
LIMITS = ("-timeout=10", "-rss_limit_mb=1024", f"-max_len={MAX_BYTES}")


@dataclass(frozen=True)
class Fuzzed:
    """What came of one target: inputs tried, and the input that broke it, if any."""

    target: str
    tried: int
    finding: Path | None


def table(content: bytes) -> None:
    """Read a file as CSV or TSV, as uploads and Import Data do."""
    from studio.tables.files import read_table

    read_table(content[1:], (".csv", ".tsv")[content[:1] > b"\x7f"])


def arff(content: bytes) -> None:
    """Read an ARFF file."""
    from studio.tables.files import read_table

    read_table(content, ".arff")


def model_file(content: bytes) -> None:
    """Read an `.ilearner` file."""
    from studio.model.container import read_model_file

    read_model_file(content, 4 * 1024 * 1024)


def model_members(content: bytes) -> None:
    """Read an `.ilearner` file that is intact but for its manifest and its encoder: a JSON text each, on two lines."""
    from studio.model.container import MANIFEST, read_model_file

    manifest, _, encoder = content.partition(b"\n")
    members = _members() | {"encoder.json": encoder}
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in members.items() if name != MANIFEST}
    with contextlib.suppress(ValueError):
        document = json.loads(manifest)
        if isinstance(document, dict):
            manifest = json.dumps(document | {"members": digests}).encode()
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, data in (members | {MANIFEST: manifest}).items():
            archive.writestr(name, data)
    read_model_file(written.getvalue(), 4 * 1024 * 1024)


def onnx_graph(content: bytes) -> None:
    """Check the graph of a model file."""
    from studio.model.graph_check import check_graph

    check_graph(content, 4)


def skops_pipeline(content: bytes) -> None:
    """Check the scikit-learn pipeline of a model file."""
    from studio.model.pipeline_check import check_pipeline

    check_pipeline(content)


def expression(content: bytes) -> None:
    """Evaluate a Data Factory expression of version 2, or of version 1 after `$$`."""
    from studio.pipelines.adf.expressions import Scope, evaluate, evaluate_v1
    from studio.pipelines.adf.functions import v1_functions, v2_functions

    text = content.decode("utf-8", "replace")
    if text.startswith("$$"):
        evaluate_v1(text, Scope(v1_functions(), {"slicestart": MOMENT}))
    else:
        evaluate(text, Scope(v2_functions({}, now=MOMENT)))


def document(content: bytes) -> None:
    """Parse the document of an experiment."""
    from studio.graph.document import parse_experiment
    from studio.wire import parse_document

    parse_experiment(parse_document(content))


def classic_export(content: bytes) -> None:
    """Convert an exported experiment of the original, and parse what comes of it."""
    from studio.classic.imports.draft import Answers
    from studio.classic.imports.importing import convert_exported, read_exported
    from studio.graph.document import parse_experiment
    from studio.wire import parse_document

    document, report, _ = convert_exported(read_exported(parse_document(content)), "", Answers())
    json.dumps(report.to_json())
    parse_experiment(document)


def blob_reference(content: bytes) -> None:
    """Read a blob reference, and whether its host may be called."""
    from studio.storage.addresses import is_allowed
    from studio.storage.blobs import parse_blob_reference
    from studio.wire import parse_json

    reference = parse_blob_reference(parse_json(content), "input1")
    is_allowed(reference.base_location or "", ("*.blob.core.windows.net", "127.0.0.1:10000"))


def scoring_body(content: bytes) -> None:
    """Parse the body of a scoring request."""
    from studio.wire import parse_json

    parse_json(content)


def relational_expression(content: bytes) -> None:
    """Read the relational expression of Split Data."""
    from studio.graph.relational_expression import ExpressionError, read_comparisons

    with contextlib.suppress(ExpressionError):
        read_comparisons(content.decode("utf-8", "replace"))


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (
        table,
        arff,
        model_file,
        model_members,
        onnx_graph,
        skops_pipeline,
        expression,
        document,
        classic_export,
        blob_reference,
        scoring_body,
        relational_expression,
    )
}


def run_input(name: str, content: bytes) -> None:
    """Give one input to a target; raises what callers would see as a server error."""
    from studio.errors import StudioError

    with contextlib.suppress(StudioError):
        TARGETS[name](content)


def seeds(name: str) -> list[bytes]:
    """Return valid inputs of a target, from which the fuzzer starts."""
    from tests.builders import people_csv, people_experiment

    match name:
        case "table":
            return [b"c" + people_csv(5).encode(), b'\xffa\tb\n1\t"x"\n']
        case "arff":
            return [b"@relation r\n@attribute a numeric\n@attribute b {x,y}\n@data\n1,x\n?,y\n"]
        case "model_file" | "model_members" | "onnx_graph" | "skops_pipeline":
            return _model_seeds(name)
        case "expression":
            return [
                b"@concat('a', string(add(1, 2)))",
                b"x@{utcnow('yyyy-MM-dd')}",
                b"$$Text.Format('{0:yyyy}', SliceStart)",
            ]
        case "document":
            return [json.dumps(people_experiment()).encode()]
        case "classic_export":
            from tests.classic_exports import FILES

            written = [json.dumps(json.loads(path.read_bytes()), separators=(",", ":")).encode() for path in FILES]
            return [content for content in written if len(content) <= MAX_BYTES]
        case "blob_reference":
            parts = {"BaseLocation": "https://a.blob.core.windows.net/", "RelativeLocation": "data/b.csv"}
            linked = {"ConnectionString": "AccountName=a;AccountKey=YQ==", "RelativeLocation": "data/b.csv"}
            return [json.dumps(parts | {"SasBlobToken": "?sig=x"}).encode(), json.dumps(linked).encode()]
        case "scoring_body":
            return [b'{"Inputs": {"input1": [{"age": 1.5e3, "city": "x"}]}, "GlobalParameters": {}}']
    return [b'\\"age" > 30 & \\"hours" <= 5.5', b'(\\"age" < 1) | \\"age" > 2']


def _model_seeds(name: str) -> list[bytes]:
    from tests.builders import clean_people, train_on

    members = _members()
    match name:
        case "model_members":
            return [
                b"\n".join(json.dumps(json.loads(members[name])).encode() for name in ("manifest.json", "encoder.json"))
            ]
        case "onnx_graph":
            return [members["model.onnx"]]
        case "skops_pipeline":
            import skops.io

            return [skops.io.dumps(train_on("Linear Regression", clean_people(40)).pipeline)]
    return [_model_content()]


@functools.cache
def _model_content() -> bytes:
    from studio.model.container import write_model_file
    from tests.builders import clean_people, load_packed, train_on

    return write_model_file(load_packed(train_on("Linear Regression", clean_people(40))).file)


@functools.cache
def _members() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(_model_content())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def is_available() -> bool:
    """Return whether this platform has the fuzzer."""
    return importlib.util.find_spec("atheris") is not None


def fuzz(name: str, seconds: int) -> Fuzzed:
    """Fuzz one target in a process of its own for some seconds; a finding is added to the corpus."""
    kept = CORPUS / name
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / "corpus"
        work.mkdir()
        for number, seed in enumerate(seeds(name)):
            (work / f"seed{number}").write_bytes(seed)
        command = [sys.executable, "-m", "tests.trials.fuzz", name, f"-max_total_time={seconds}", *LIMITS]
        command += [f"-artifact_prefix={kept}/found-", str(work), str(kept)]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    lines = done.stderr.splitlines()
    tried = max(map(int, COUNT.findall(done.stderr)), default=0)
    written = [line.rpartition(" ")[2] for line in lines if "Test unit written to" in line]
    if done.returncode and not written:
        raise RuntimeError(f"The fuzzer of {name} did not run: {done.stderr[-2000:]}")
    return Fuzzed(name, tried, Path(written[0]) if written else None)


def main() -> None:
    """Fuzz the target that the arguments name, until libFuzzer's options end it."""
    import atheris

    name = sys.argv.pop(1)
    with atheris.instrument_imports(include=["studio"]):
        run_input(name, b"")
    atheris.Setup(sys.argv, lambda content: run_input(name, bytes(content)))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
