"""Requests that may wait for other hosts wait in threads of their own, and in turn."""

import asyncio
import threading
import time

import azure.functions as func
import pytest

from functions.http.outside import Turns, run_outside
from functions.http.replies import empty_reply, json_reply, replies
from studio.errors import ServiceUnavailable

pytestmark = pytest.mark.attack("Addresses of other hosts")


def request(workspace="a" * 32):
    return func.HttpRequest(
        "POST", "http://x/y", headers={}, params={}, route_params={"workspace": workspace}, body=b""
    )


def test_a_handler_keeps_its_signature_and_runs_in_threads_of_its_own():
    names = []

    def handler(req: func.HttpRequest) -> func.HttpResponse:
        names.append(threading.current_thread().name)
        return json_reply({})

    outside = run_outside(handler)
    assert asyncio.iscoroutinefunction(outside)
    assert outside.__annotations__ == handler.__annotations__
    assert asyncio.run(outside(request())).status_code == 200
    assert names[0].startswith("outside")


def test_a_workspace_has_a_limit_and_others_do_not_feel_it():
    async def scene():
        turns, running, most = Turns(at_once=2, waiting=3), 0, 0
        release = asyncio.Event()

        async def work(workspace):
            nonlocal running, most
            async with turns.take(workspace):
                running += 1
                most = max(most, running)
                await release.wait()
                running -= 1

        hostile = [asyncio.create_task(work("hostile")) for _ in range(5)]
        await asyncio.sleep(0)
        with pytest.raises(ServiceUnavailable, match=r"5 requests of this workspace.*Try again") as caught:
            await work("hostile")
        assert caught.value.details[0].code == "TooManyConcurrentRequests"
        assert most == 2
        other = asyncio.create_task(work("other"))
        await asyncio.sleep(0)
        assert running == 3
        release.set()
        await asyncio.gather(*hostile, other)
        assert turns._queues == {}
        await work("hostile")

    asyncio.run(scene())


def test_one_who_gives_up_waiting_leaves_no_trace():
    async def scene():
        turns = Turns(at_once=1, waiting=1)

        async def work():
            async with turns.take("a"):
                await asyncio.sleep(60)

        tasks = [asyncio.create_task(work()) for _ in range(2)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert turns._queues == {}

    asyncio.run(scene())


def test_too_many_get_an_error_that_says_when_to_come_back():
    held = threading.Event()

    def handler(req: func.HttpRequest) -> func.HttpResponse:
        held.wait(10)
        return empty_reply()

    async def scene():
        outside = replies(run_outside(replies(handler)))
        tasks = [asyncio.create_task(outside(request())) for _ in range(130)]
        await asyncio.sleep(0.05)
        refused = [task.result() for task in tasks if task.done()]
        held.set()
        rest = await asyncio.gather(*tasks)
        return refused, rest

    started = time.monotonic()
    refused, rest = asyncio.run(scene())
    assert len(refused) == 130 - 108
    assert {(reply.status_code, reply.headers["retry-after"]) for reply in refused} == {(503, "1")}
    assert sum(reply.status_code == 204 for reply in rest) == 108
    assert time.monotonic() - started < 5
