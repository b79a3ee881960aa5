"""A process of its own for what must not take the app with it: in an empty folder, with an empty environment.

Its program limits itself (proof.limit_process) before it opens what it is given over the socket.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile

from studio.settings import helper_environment


def helper_command(module: str) -> tuple[str, ...]:
    """Return the command line that calls a module's `main` with the number of a socket; folders and number follow."""
    start = (
        f"import json, sys; sys.path[:] = json.loads(sys.argv[1]); from {module} import main; main(int(sys.argv[2]))"
    )
    return (sys.executable, "-I", "-c", start)


class HelperProcess:
    """A started helper; `line` is the socket to it.

    Parameters
    ----------
    command
        As helper_command returns it.
    threads
        How many threads its libraries may use.
    """

    def __init__(self, command: tuple[str, ...], threads: int = 1) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="perennial-proof-")
        self.line, theirs = socket.socketpair()
        folders = [os.path.abspath(folder) for folder in sys.path]
        try:
            self._process = subprocess.Popen(  # noqa: S603 (our own program)
                [*command, json.dumps(folders), str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env=helper_environment(threads=threads),
                cwd=self._folder.name,
                start_new_session=True,
            )
        except OSError:
            self.line.close()
            self._folder.cleanup()
            raise
        finally:
            theirs.close()

    def is_alive(self) -> bool:
        """Return whether the process still runs."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the process and remove its folder."""
        self.line.close()
        self._process.kill()
        self._process.wait()
        with contextlib.suppress(OSError):
            self._folder.cleanup()
