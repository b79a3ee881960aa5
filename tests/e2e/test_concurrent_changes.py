"""Changes of one endpoint at the same moment: each is whole, none is lost, the history tells all."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from perennial import PerennialError
from tests.builders import people_experiment
from tests.e2e.steps import NAME, ROWS, publish_people, write_people


@pytest.mark.long
def test_patches_refreshes_and_rollbacks_at_once_leave_a_whole_endpoint(workspace, tmp_path):
    published = publish_people(workspace, tmp_path)
    endpoint = workspace.add_endpoint(published.service, "contested")
    first = workspace.score(endpoint, ROWS)
    job = workspace.submit_job(
        published.training_endpoint, {"input1": workspace.upload(write_people(tmp_path, "later.csv", 900, seed=7))}
    )
    other = job.wait().results["output1"]
    links = [endpoint.resources[0].location, other]
    workspace.update_endpoint(endpoint, {"": other})
    answers = [first, workspace.score(endpoint, ROWS)]
    before = len(workspace.list_history(endpoint))
    workspace.put_experiment(NAME, people_experiment())

    def change(number):
        """Return the status of an error, or None; 304 and 409 say that nothing was done."""
        try:
            match number % 4:
                case 0 | 1:
                    workspace.update_endpoint(endpoint, {"": links[number % 2]})
                case 2:
                    workspace.rollback_endpoint(endpoint)
                case 3:
                    workspace.refresh_endpoint(endpoint)
        except PerennialError as error:
            return error.status
        return None

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(change, range(40)))
        seen = [pool.submit(workspace.score, endpoint, ROWS) for _ in range(40)]
        assert all(answer.result() in answers for answer in seen)
    assert set(done) <= {None, 304, 409}
    history = workspace.list_history(endpoint)
    assert [item["Sequence"] for item in history] == list(range(1, len(history) + 1))
    assert before < len(history) <= before + done.count(None)
    # Each change began where the one before it ended, and the last one is in use.
    models = [resource for item in history for resource in item["Resources"]]
    assert all(after["From"] == before["To"] for before, after in pairwise(models))
    now = workspace.get_endpoint(published.service, "contested")
    assert now.resources[0].model == models[-1]["To"]
    assert workspace.score(now, ROWS) in answers
