"""Compaction: the parts of an ended hour become one Parquet file, whatever dies in between.

The file is written whole, and its metadata says how many bytes of which parts it holds; only then the parts are
deleted. A process that dies between leaves parts that readers know to be in the file already. What is appended to a
part later is behind those bytes, and is added to the file by the next compaction.
"""

import json
import logging
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError

from studio.monitoring.log import LOG, HourFile, hour_start, hour_text, list_files, read_hour_file
from studio.monitoring.merging import sorted_by_time
from studio.monitoring.parts import (
    LOG_PARTS,
    Part,
    PartChanged,
    delete_part,
    list_parts,
    missing_rows,
    read_part,
    unite,
)
from studio.monitoring.stale import mark_stale
from studio.storage.account import Storage

# Processes write what they have of an hour within seconds of its end, unless storage was away.
AFTER = timedelta(minutes=2)
# Metadata of a blob may have 8 KiB, and the rows of an hour must fit into memory; a larger hour stays in its parts.
MAX_PARTS, MAX_HOUR_BYTES = 150, 256 * 1024 * 1024
ROW_GROUP = 100_000
# Less than the minute between two ticks.
SECONDS = 40.0
logger = logging.getLogger(__name__)


def compact_ended_hours(storage: Storage, *, now: datetime, seconds: float = SECONDS) -> list[str]:
    """Compact the hours that have ended; return the folders, `{workspace id}/{endpoint id}/{hour}`, of those done.

    May be repeated, and run at the same time in two processes. What is left after `seconds` is for the next time.
    """
    started, done = time.monotonic(), []
    folders: dict[str, list[Part]] = {}
    before = hour_text(now - AFTER)
    for part in list_parts(storage, LOG_PARTS, ""):
        if part.period < before:
            folders.setdefault(part.name.rpartition("/")[0], []).append(part)
    for folder, parts in folders.items():
        if time.monotonic() - started > seconds:
            logger.warning("Not all hours of prediction logs were compacted; the next time goes on.")
            break
        try:
            if compact_hour(storage, folder, parts):
                done.append(folder)
        except PartChanged:
            # Another process compacts this hour, too.
            continue
        except Exception:
            logger.exception("The hour %s of the prediction log could not be compacted.", folder)
    return done


def compact_hour(storage: Storage, folder: str, parts: Iterable[Part]) -> bool:
    """Add what parts of an hour have to its file, and delete them; return whether there was anything to add."""
    file = next(list_files(storage, f"{folder}.parquet"), None)
    consumed = file.consumed if file else {}
    left = []
    for part in parts:
        # What an earlier compaction has added but not deleted.
        if part.size > consumed.get(part.short, 0) or not delete_part(storage, part):
            left.append(part)
    if not left:
        return False
    # Those that wait for the next time are told, too, as far as the file holds them.
    held = {part.short: consumed[part.short] for part in left if part.short in consumed}
    left = left[:MAX_PARTS]
    if sum(part.size for part in left) + (file.size if file else 0) > MAX_HOUR_BYTES:
        logger.warning("The hour %s of the prediction log is too large to compact; it is read from its parts.", folder)
        return False
    # Before, so that it is not forgotten: the day's metrics know only the rows that were there when truths came.
    workspace_id, endpoint_id, hour = folder.split("/")
    mark_stale(storage, workspace_id, endpoint_id, days=[f"{hour_start(hour):%Y%m%d}"])
    if not _write(storage, folder, file, left, held):
        return False
    for part in left:
        delete_part(storage, part)
    return True


def _write(storage: Storage, folder: str, file: HourFile | None, parts: list[Part], held: dict[str, int]) -> bool:
    """Write the file of an hour; False if another process has done so meanwhile."""
    consumed = file.consumed if file else {}
    tables = [read_hour_file(storage, file)] if file else []
    missing = file.missing if file else 0
    for part in parts:
        for table in read_part(storage, part, consumed.get(part.short, 0)):
            missing += missing_rows(table)
            tables += [table] if table.num_rows else []
    content, rows = _parquet([table for table in tables if table.num_rows])
    metadata = {
        "rows": str(rows),
        "missing": str(missing),
        "parts": json.dumps(held | {part.short: part.size for part in parts}, separators=(",", ":")),
    }
    condition: dict[str, Any] = {"overwrite": False}
    if file is not None:
        condition = {"overwrite": True, "etag": file.etag, "match_condition": MatchConditions.IfNotModified}
    try:
        storage.container(LOG).upload_blob(f"{folder}.parquet", content, metadata=metadata, **condition)
    except (ResourceExistsError, ResourceModifiedError):
        return False
    return True


def _parquet(tables: list[Any]) -> tuple[bytes, int]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = sorted_by_time(unite(tables)) if tables else pa.table({"at": pa.array([], pa.timestamp("us", "UTC"))})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", row_group_size=ROW_GROUP)
    content: bytes = sink.getvalue().to_pybytes()
    return content, table.num_rows
