"""One process of the host: `python -m devhost.worker http PORT` or `python -m devhost.worker background`.

On Flex Consumption, queue, blob and timer functions scale on instances of their own. The second process mirrors
that, so training never runs in the process that scores.
"""

import asyncio
import atexit
import logging
import os
import signal
import sys
from pathlib import Path

import uvicorn

from devhost.blobs import BlobListener
from devhost.host_json import HostSettings, check_bindings, read_host_json
from devhost.host_storage import HostStorage, read_connection_string
from devhost.http import HttpHost
from devhost.logs import set_up_logs
from devhost.queues import QueueListener
from devhost.reach import check_reach
from devhost.routes import RouteTable, compile_routes
from devhost.runtime import Function, HostError, load_functions
from devhost.timeouts import watch_timeouts
from devhost.timers import TimerListener

GRACE_SECONDS = 10
# Not __name__, which is that of the program here.
logger = logging.getLogger("devhost.worker")


async def load_app(app_directory: Path) -> tuple[list[Function], RouteTable, HostSettings]:
    """Index the app and check it as strictly as the real host; raises HostError if it would not work there."""
    settings = read_host_json(app_directory)
    functions = await load_functions(app_directory)
    check_bindings(functions, settings)
    routes = compile_routes(functions, settings.route_prefix)
    check_reach(routes)
    watch_timeouts(settings.function_timeout_seconds)
    return functions, routes, settings


async def serve_http(app_directory: Path, port: int) -> None:
    """Serve the HTTP functions on 127.0.0.1 until SIGINT or SIGTERM."""
    _, routes, _ = await load_app(app_directory)
    # uvicorn raises the signal again when it has shut down; that is the normal way to exit here.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    config = uvicorn.Config(
        HttpHost(routes),
        host="127.0.0.1",
        port=port,
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    await uvicorn.Server(config).serve()


async def serve_background(app_directory: Path) -> None:
    """Run queue, blob and timer functions until SIGINT or SIGTERM; running work gets ten seconds to finish."""
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    functions, _, settings = await load_app(app_directory)
    storage = HostStorage(read_connection_string())
    await asyncio.to_thread(storage.ensure_container)
    listeners: list[QueueListener | BlobListener | TimerListener] = []
    for function in functions:
        match function.kind:
            case "queueTrigger":
                listeners.append(QueueListener(function, storage.open_queue, settings, stopping))
            case "blobTrigger":
                listeners.append(BlobListener(function, storage, settings, stopping))
            case "timerTrigger":
                listeners.append(TimerListener(function, storage, stopping))
    logger.info("Listening for %s queue, blob and timer functions.", len(listeners))
    tasks = [asyncio.create_task(listener.listen()) for listener in listeners]
    await stopping.wait()
    _, unfinished = await asyncio.wait(tasks, timeout=GRACE_SECONDS) if tasks else (set(), set())
    if unfinished:
        logger.warning("Stopped with work still running; its queue messages will be delivered again.")


def main() -> None:
    """Run the process given by the arguments."""
    set_up_logs()
    app_directory = Path.cwd()
    status = 0
    try:
        if sys.argv[1] == "http":
            asyncio.run(serve_http(app_directory, int(sys.argv[2])))
        else:
            asyncio.run(serve_background(app_directory))
    except HostError as error:
        logger.error("%s", error)
        status = 1
    # What an app writes when its process ends, as it would if the interpreter ended by itself.
    atexit._run_exitfuncs()
    logging.shutdown()
    # Threads of functions that did not finish in time must not keep the process alive.
    os._exit(status)


if __name__ == "__main__":
    main()
