"""Timer triggers: NCRONTAB schedules in UTC, on one host at a time (by a lock blob); missed runs are made up once."""

import asyncio
import logging
import os
from datetime import UTC, datetime

from devhost.host_storage import HostStorage
from devhost.messages import json_data
from devhost.ncrontab import parse_schedule
from devhost.runtime import Function, FunctionFailed

# .NET's smallest date.
NEVER = "0001-01-01T00:00:00"
logger = logging.getLogger(__name__)


class TimerListener:
    """Runs one timer function when it is due until `stopping` is set."""

    def __init__(self, function: Function, storage: HostStorage, stopping: asyncio.Event) -> None:
        self.function = function
        self.storage = storage
        self.stopping = stopping
        expression = function.trigger["schedule"]
        if expression.startswith("%") and expression.endswith("%"):
            expression = os.environ[expression.strip("%")]
        self.schedule = parse_schedule(expression)
        self.status_path = f"timers/{function.name}/status"

    async def listen(self) -> None:
        """Sleep until the next occurrence, run, repeat; if an occurrence was missed while stopped, run at once."""
        status = await asyncio.to_thread(self.storage.read_json, self.status_path)
        now = datetime.now(UTC)
        due = datetime.fromisoformat(status["Next"]) if "Next" in status else self.schedule.next_after(now)
        if self.function.trigger.get("runOnStartup"):
            due = now
        while await self._wait_until(due):
            past_due = (datetime.now(UTC) - due).total_seconds() > 1
            await self._run(due, past_due)
            due = self.schedule.next_after(datetime.now(UTC))

    async def _wait_until(self, due: datetime) -> bool:
        seconds = max(0.0, (due - datetime.now(UTC)).total_seconds())
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds + 0.001)
        except TimeoutError:
            return True
        return False

    async def _run(self, due: datetime, past_due: bool) -> None:
        lease = await asyncio.to_thread(self.storage.try_lock, self.function.name)
        if lease is None:
            return
        try:
            before = await asyncio.to_thread(self.storage.read_json, self.status_path)
            if before.get("Last") == due.isoformat():
                return
            following = self.schedule.next_after(datetime.now(UTC))
            status = {"Last": due.isoformat(), "Next": following.isoformat()}
            last = before.get("Last", NEVER)
            reported = {"Last": last, "Next": due.isoformat(), "LastUpdated": last}
            request = {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": reported, "IsPastDue": past_due}
            await self.function.run(json_data(request), {"TimerTrigger": json_data(request)})
            await asyncio.to_thread(self.storage.write_json, self.status_path, status)
        except FunctionFailed as error:
            logger.error("%s", error)
        finally:
            await asyncio.to_thread(lease.release)
