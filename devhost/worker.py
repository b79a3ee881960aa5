"""One process of the host: `python -m devhost.worker http PORT` or `python -m devhost.worker background`.

On Flex Consumption, queue, blob and timer functions scale on instances of their own. The second process mirrors
that, so training never runs in the process that scores.
"""

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

import uvicorn

from devhost.blobs import BlobListener
from devhost.host_json import read_host_json
from devhost.host_storage import HostStorage, read_connection_string
from devhost.http import HttpHost
from devhost.queues import QueueListener
from devhost.routes import compile_routes
from devhost.runtime import load_functions
from devhost.timers import TimerListener

GRACE_SECONDS = 10
logger = logging.getLogger(__name__)


async def serve_http(app_directory: Path, port: int) -> None:
    """Serve the HTTP functions on 127.0.0.1 until SIGINT or SIGTERM."""
    functions = await load_functions(app_directory)
    routes = compile_routes(functions, read_host_json(app_directory).route_prefix)
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
    functions = await load_functions(app_directory)
    settings = read_host_json(app_directory)
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
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    for noisy in ("azure.core", "azure.functions", "azure.identity"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    app_directory = Path.cwd()
    if sys.argv[1] == "http":
        asyncio.run(serve_http(app_directory, int(sys.argv[2])))
    else:
        asyncio.run(serve_background(app_directory))
    logging.shutdown()
    # Threads of functions that did not finish in time must not keep the process alive.
    os._exit(0)


if __name__ == "__main__":
    main()
