"""`python -m devhost serve` runs the app for a developer; `python -m devhost settings` makes local.settings.json."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from urllib.parse import urlencode

from devhost.azurite import ROOT, Azurite, is_listening
from devhost.local_settings import read_local_settings, write_local_settings
from devhost.own_storage import Ports, StorageRefused, open_storage
from devhost.supervisor import running_app
from perennial.client import Admin
from studio.storage.keys import admin_token

# The workspace that `make serve` prints, the same at every start.
LOCAL_WORKSPACE = "10ca1" + "0" * 27


def main() -> None:
    """Run the command given by the arguments."""
    parser = argparse.ArgumentParser(prog="devhost", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("settings", help="create local.settings.json with a random master secret")
    serve = commands.add_parser("serve", help="run the app with Azurite's data in .azurite/")
    serve.add_argument("--host", choices=("devhost", "func"), default="devhost")
    serve.add_argument("--port", type=int, default=7071)
    serve.add_argument("--folder", type=Path, default=ROOT, help="folder for local.settings.json and .azurite/")
    serve.add_argument(
        "--storage-ports", type=_read_ports, help="Azurite's blob, queue and table ports: 20000,20001,20002"
    )
    arguments = parser.parse_args()
    if arguments.command == "settings":
        print(f"Settings are in {write_local_settings(ROOT).name}.")
        return
    if is_listening(arguments.port):
        sys.exit(f"Port {arguments.port} is in use. Stop the program that uses it, or choose another port: PORT=7072.")
    write_local_settings(arguments.folder)
    _stop_on_signals()
    try:
        _run(arguments)
    except (StorageRefused, RuntimeError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        print("\nStopped.")


def _run(arguments: argparse.Namespace) -> None:
    secret = read_local_settings(arguments.folder)["PERENNIAL_MASTER_SECRET"]
    azurite = open_storage(arguments.folder / ".azurite", secret, arguments.storage_ports)
    try:
        if arguments.host == "func":
            _serve_with_core_tools(arguments.port, azurite)
        else:
            _serve(arguments.port, arguments.folder, azurite)
    finally:
        azurite.stop()


def _read_ports(text: str) -> Ports | None:
    """Return three ports; None for an empty text, as `make serve STORAGE_PORTS=` gives it."""
    if not text:
        return None
    blob, queue, table = (int(port) for port in text.split(","))
    return blob, queue, table


def _stop_on_signals() -> None:
    """Make Ctrl-C, SIGTERM and the end of the terminal stop the app, once.

    A shell that starts a program in the background sets SIGINT to be ignored, and `nohup` does so with SIGHUP. Both
    stay ignored; SIGTERM always stops.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, stop)


def studio_link(url: str, workspace: str, token: str) -> str:
    """Return the link that signs in to the Studio; its fragment is sent to no server, and the page clears it."""
    return f"{url}/studio/#{urlencode({'workspace': workspace, 'token': token})}"


def _serve(port: int, folder: Path, azurite: Azurite) -> None:
    settings = read_local_settings(folder) | {"AzureWebJobsStorage": azurite.connection_string}
    with running_app(settings, port, log=None) as processes:
        admin = Admin(processes.url, admin_token(settings["PERENNIAL_MASTER_SECRET"]))
        workspace = admin.ensure_workspace(LOCAL_WORKSPACE, "local")
        print(f"\nPerennial runs at   {processes.url}")
        print(f"Studio, signed in   {studio_link(processes.url, workspace.id, workspace.token)}")
        print(f"Workspace id        {workspace.id}")
        print(f"Workspace token     {workspace.token}\n")
        print("For the command line in another terminal:")
        print(f"  export PERENNIAL_URL={processes.url}")
        print(f"  export PERENNIAL_WORKSPACE={workspace.id}")
        print(f"  export PERENNIAL_TOKEN={workspace.token}")
        print("  .venv/bin/perennial --help\n")
        print(f"For Azure Storage Explorer:\n  {azurite.connection_string}\n\nPress Ctrl-C to stop.\n", flush=True)
        while True:
            time.sleep(1)
            processes.restart_dead()


def _serve_with_core_tools(port: int, azurite: Azurite) -> None:
    program = shutil.which("func")
    if program is None:
        sys.exit(
            "Azure Functions Core Tools ('func') were not found. Install them with "
            "'npm install -g azure-functions-core-tools@4', or run without HOST=func."
        )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    # Core Tools prefer the environment to local.settings.json, which means the emulator at ports 10000 to 10002.
    environment = os.environ | {"PATH": path, "AzureWebJobsStorage": azurite.connection_string}
    subprocess.run([program, "start", "--port", str(port)], cwd=ROOT, check=False, env=environment)


if __name__ == "__main__":
    main()
