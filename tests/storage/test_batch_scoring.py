"""Files scored blob to blob."""

import csv
import gzip
import io
from datetime import UTC, datetime

import pytest
from azure.storage.blob import ContentSettings

from studio.errors import BadArgument, BadUserArgument
from studio.jobs.scoring import ScoringTask, score_blob
from studio.model.container import write_model_file
from studio.model.loaded import load_model
from studio.storage.blobs import own_blob
from studio.storage.keys import new_id
from studio.storage.streams import open_version
from studio.tables.files import read_table
from tests.builders import people_csv, people_model_file


@pytest.fixture(scope="module")
def model():
    return load_model(write_model_file(people_model_file()), 1 << 28)


def score(deployment, model, content: bytes, extension=".csv", to=".csv", append=True):
    """The scored file, and what progress was told."""
    folder, steps = new_id(), []
    deployment.storage.container("scoring-input").upload_blob(f"{folder}/in{extension}", content)
    source = own_blob(deployment.storage, f"scoring-input/{folder}/in{extension}", datetime.now(UTC))
    target = deployment.storage.blobs.get_blob_client("scoring-output", f"{folder}/out{to}")
    task = ScoringTask(folder, model, source, target, to, append)
    score_blob(task, open_version(deployment.storage, source), lambda *step: steps.append(step))
    return target.download_blob().readall(), steps


def test_every_row_is_scored_in_order_over_many_blocks(deployment, model):
    header, _, body = people_csv(50_000, seed=1).partition("\n")
    content = f"{header}\n{body * 3}".encode()
    scored, steps = score(deployment, model, content)
    names, *rows = scored.decode().splitlines()
    source = content.decode().splitlines()[1:]
    assert len(rows) == 150_000
    assert len(steps) > 1
    assert steps[-1] == (len(content), len(content), 150_000)
    for index in range(0, 150_000, 997):
        (row,), (expected,) = (
            csv.DictReader([columns, line]) for columns, line in ((names, rows[index]), (header, source[index]))
        )
        if expected["city"] != "?":
            assert row["city"] == expected["city"]
    assert list(row)[-2:] == ["Scored Labels", "Scored Probabilities"]


def test_one_row_scores_alike_alone_and_in_a_file(deployment, model):
    content, _ = score(deployment, model, people_csv(50, seed=2).encode())
    for row in csv.DictReader(io.StringIO(content.decode())):
        matrix, _ = model.encoder.encode([[row["age"], row["city"], row["hours"], row["smoker"]]])
        assert abs(float(row["Scored Probabilities"]) - model.scorer.score(matrix)[0, 0]) < 1e-12


@pytest.mark.parametrize("to", [".csv", ".tsv", ".arff"])
@pytest.mark.parametrize("extension", [".csv", ".tsv"])
def test_formats_are_read_and_written(deployment, model, extension, to):
    text = people_csv(30)
    content = text.replace(",", "\t") if extension == ".tsv" else text
    scored, _ = score(deployment, model, content.encode(), extension, to)
    table = read_table(scored, to)
    assert table.num_rows == 30
    assert table.column_names[-1] == "Scored Probabilities"


def test_arff_is_read(deployment, model):
    head = "@relation r\n@attribute age numeric\n@attribute city string\n@attribute hours numeric\n"
    content = head + "@attribute smoker string\n@data\n30,Oslo,?,true\n"
    scored, _ = score(deployment, model, content.encode(), ".arff")
    assert read_table(scored, ".csv")["hours"].to_pylist() == [None]


def test_scores_only(deployment, model):
    scored, _ = score(deployment, model, people_csv(3).encode(), append=False)
    assert scored.splitlines()[0].replace(b'"', b"") == b"Scored Labels,Scored Probabilities"


def test_a_file_without_rows_gives_a_file_without_rows(deployment, model):
    scored, _ = score(deployment, model, b"age,city,hours,smoker\n")
    assert len(scored.splitlines()) == 1


def test_a_bad_cell_far_down_is_named_by_its_row(deployment, model):
    content = people_csv(120_000, seed=3) + "30,Oslo,many,true,yes\n"
    with pytest.raises(BadUserArgument, match=r"Row 120001, column 'hours': 'many' is not a valid Double") as caught:
        score(deployment, model, content.encode())
    assert caught.value.details[0].code == "InputParseError"


def test_a_missing_column_is_named(deployment, model):
    with pytest.raises(BadUserArgument, match="'hours', 'smoker'") as caught:
        score(deployment, model, b"age,city\n1,Oslo\n")
    assert caught.value.details[0].code == "InputMismatchError"


def test_rows_of_unequal_length_are_refused(deployment, model):
    with pytest.raises(BadUserArgument):
        score(deployment, model, b"age,city,hours,smoker\n1,Oslo\n")


def test_a_missing_output_container_is_named(deployment, model):
    source = own_blob(deployment.storage, "scoring-input/x/in.csv", datetime.now(UTC))
    deployment.storage.container("scoring-input").upload_blob("x/in.csv", people_csv(3).encode(), overwrite=True)
    target = deployment.storage.blobs.get_blob_client("no-such-container", "out.csv")
    with pytest.raises(BadArgument, match="no-such-container"):
        score_blob(
            ScoringTask("x", model, source, target, ".csv", True),
            open_version(deployment.storage, source),
            lambda *_: None,
        )


@pytest.mark.attack("Bombs")
def test_a_packed_input_is_refused_rather_than_scored_in_part(deployment, model):
    container, content = deployment.storage.container("scoring-input"), gzip.compress(people_csv(2000).encode())
    container.upload_blob("packed/in.csv", content, content_settings=ContentSettings(content_encoding="gzip"))
    source = own_blob(deployment.storage, "scoring-input/packed/in.csv", datetime.now(UTC))
    with pytest.raises(BadArgument, match=r"Content-Encoding 'gzip'.*upload it unpacked"):
        open_version(deployment.storage, source)
