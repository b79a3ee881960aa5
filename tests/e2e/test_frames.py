"""Frames in and out of the running app: scores, batches, datasets, results, evaluations and histories."""

import asyncio

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from perennial import AsyncWorkspace, PerennialError
from tests.builders import people_csv
from tests.e2e.steps import ROWS

pytestmark = pytest.mark.e2e
FRAME = pd.DataFrame(ROWS, index=[7, 9]).assign(city=lambda frame: frame["city"].astype("category"))


def test_frames_are_answered_in_kind_with_types(published):
    workspace, endpoint = published.workspace, published.default
    plain = workspace.score(endpoint, ROWS)
    scored = workspace.score(endpoint, FRAME)
    assert scored.index.tolist() == [7, 9]
    assert scored["Scored Probabilities"].dtype == "float64"
    assert scored["smoker"].tolist() == [True, False]
    assert scored["city"].dtype == FRAME["city"].dtype
    assert [float(row["Scored Probabilities"]) for row in plain] == scored["Scored Probabilities"].tolist()
    for frame in (pl.DataFrame(ROWS), pa.table(pl.DataFrame(ROWS))):
        same = workspace.score(endpoint, frame)
        assert type(same) is type(frame)
        assert list(same["Scored Probabilities"].to_pylist() if isinstance(same, pa.Table) else
                    same["Scored Probabilities"]) == scored["Scored Probabilities"].tolist()  # fmt: skip
    with pytest.raises(PerennialError, match="lacks the column"):
        workspace.score(endpoint, FRAME[["age"]])


def test_a_batch_of_a_frame_is_the_same_and_leaves_nothing_behind(published):
    workspace, endpoint = published.workspace, published.default
    before = [item.file_name for item in workspace.list_datasets()]
    scored, batch = workspace.score(endpoint, FRAME), workspace.batch_score(endpoint, FRAME)
    pd.testing.assert_frame_equal(scored, batch)
    assert [item.file_name for item in workspace.list_datasets()] == before
    assert isinstance(workspace.batch_score(endpoint, ROWS)[0]["Scored Probabilities"], float)


def test_datasets_results_evaluations_and_histories_are_frames(published):
    workspace = published.workspace
    people = workspace.read_dataset("people.csv")
    assert len(people) == 400
    assert people["smoker"].dtype == "bool"
    workspace.upload(people.assign(zip="007"), "people again.csv")
    again = workspace.read_dataset("people again.csv", "polars")
    assert again["zip"][0] == "007"
    assert again["hours"].null_count() == people["hours"].isna().sum()
    workspace.delete_dataset("people again.csv")
    assert people_csv(400, 0).count("\n") == 401
    scores = workspace.read_result("People", "Score", "Scored dataset")
    assert scores["Scored Probabilities"].dtype == "float64"
    evaluation = workspace.get_evaluation(published.default)
    run = workspace.list_runs("People", 1)
    assert len(run.to_frame()) == 1
    status = workspace.get_run("People", run[0]["RunId"])
    assert status.metrics_frame()["AUC"][0] == pytest.approx(evaluation["AUC"])
    assert status.modules_frame("polars")["StatusCode"].unique().to_list() == ["Finished"]
    roc = evaluation.curve("roc")
    assert roc["truePositiveRate"].is_monotonic_increasing
    assert workspace.list_history(published.default).to_frame()["At"].dtype.kind == "M"


def test_the_asynchronous_client_goes_the_whole_loop(published):
    plain, name = published.workspace, "asynchronous"

    async def loop():
        async with AsyncWorkspace(plain._http.url, plain.id, plain.token) as workspace:
            service = await workspace.get_web_service(published.service.id)
            endpoint = await workspace.add_endpoint(service, name)
            found = await asyncio.gather(*(workspace.score(endpoint, FRAME) for _ in range(20)))
            batch = await workspace.batch_score(endpoint, FRAME)
            people = await workspace.read_dataset("people.csv")
            trainer = await workspace.get_endpoint(await workspace.get_web_service(published.trainer.id))
            done = await workspace.retrain(trainer, people.head(300))
            changed = await workspace.update_endpoint(endpoint, {"": done.results["output1"]})
            history, jobs = await workspace.list_history(endpoint), await workspace.list_jobs(limit=1)
            await workspace.delete_endpoint(endpoint)
            return found, batch, changed, history, jobs

    found, batch, changed, history, jobs = asyncio.run(loop())
    for frame in (*found, batch):
        pd.testing.assert_frame_equal(frame, plain.score(published.default, FRAME))
    assert changed.resources[0].version > 1
    assert history[-1]["Action"] == "update"
    assert len(jobs) == 1
