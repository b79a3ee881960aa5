"""Rows of the prediction log that a candidate scored in the shadow: without inputs, beside the rows that they copy.

A shadow row has the id, time, number and output of the row that was answered, so truths and days find it; `deployment`,
`model` and `version` are the candidate's, `mode` is `shadow`. Its inputs are in the answered row.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from azure.core.exceptions import ResourceExistsError

from studio.monitoring.log import hour_text
from studio.monitoring.parts import LOG_PARTS, blocks_of
from studio.monitoring.rows import SHADOW, Table
from studio.registry.deployments import Resource
from studio.registry.endpoints import Endpoint
from studio.storage.account import Storage


def shadow_table(answered: Table, deployment: str, resource: Resource, scores: Mapping[str, Any]) -> Table:
    """Return answered rows as scored by a candidate.

    Parameters
    ----------
    scores
        The columns `score/…` of these rows, in order.
    """
    import pyarrow as pa

    count = len(answered)
    columns = {
        **{name: answered[name] for name in ("id", "at", "row", "output")},
        "deployment": pa.repeat(deployment, count),
        "model": pa.repeat(resource.model, count),
        "version": pa.repeat(pa.scalar(resource.version, pa.int32()), count),
        "mode": pa.repeat(SHADOW, count),
        **scores,
    }
    return pa.table(columns)


def rows_not_in(rows: Table, known: Table) -> Table:
    """Return the rows that `known` has none of with the same id, time and number."""
    import pyarrow.compute as pc

    if not len(known):
        return rows
    return rows.filter(pc.invert(pc.is_in(_keys(rows), value_set=_keys(known).combine_chunks())))


def _keys(rows: Table) -> Any:
    import pyarrow.compute as pc

    numbers = (rows[name].cast("int64").cast("string") for name in ("at", "row"))
    return pc.binary_join_element_wise(rows["id"], *numbers, "\n")


def write_shadow_rows(storage: Storage, endpoint: Endpoint, rows: Table) -> None:
    """Add rows of one hour to the log, all or none: one blob, which the same rows are not written to again."""
    if not len(rows):
        return
    hour = hour_text(rows["at"][0].as_py())
    known = hashlib.sha256(f"{rows['model'][0]}/{rows['output'][0]}".encode())
    for key in _keys(rows).to_pylist():
        known.update(key.encode() + b"\0")
    name = f"{endpoint.workspace_id}/{endpoint.id}/{hour}/s{known.hexdigest()[:14]}"
    content = b"".join(block for block, _ in blocks_of(rows))
    try:
        storage.container(LOG_PARTS).upload_blob(name, content, overwrite=False)
    except ResourceExistsError:
        # A worker that was thought dead wrote them.
        return
