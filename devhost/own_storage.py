"""The storage emulator of one folder: which ports it has, and whose data is in it.

`{folder}/ports.json` remembers the ports, so that clients find the emulator again. The blob `devhost/owner` in
container `azure-webjobs-hosts` names the folder that the emulator serves and a fingerprint of the master secret.
"""

import contextlib
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobServiceClient, ContainerClient

from devhost.azurite import Azurite, free_port, is_listening, start_azurite
from devhost.host_storage import CONTAINER, QUIET

Ports = tuple[int, int, int]
PORTS_FILE = "ports.json"
OWNER = "devhost/owner"


class StorageRefused(Exception):
    """The storage cannot be used for this folder and secret; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose data a store holds: the emulator's folder, and the fingerprint of the app's master secret."""

    folder: str
    secret: str


def open_storage(folder: Path, master_secret: str, ports: Ports | None = None) -> Azurite:
    """Start the emulator of a folder, or use it if it runs already.

    Without `ports`, it has those of the last time, or free ones if they are taken. Raises StorageRefused if the ports
    that are asked for are in use by anything else, or if the folder's data belong to another master secret.
    """
    folder = folder.resolve()
    owner = Owner(str(folder), hashlib.sha256(b"devhost" + master_secret.encode()).hexdigest()[:16])
    running = _running(folder, owner, ports or read_ports(folder), must_be_ours=ports is not None)
    emulator = running or start_azurite(folder, choose_ports(folder, ports))
    try:
        _claim(emulator, owner)
    except BaseException:
        emulator.stop()
        raise
    (folder / PORTS_FILE).write_text(json.dumps(emulator.ports))
    return emulator


def choose_ports(folder: Path, asked: Ports | None) -> Ports:
    """Return the ports to start the emulator of a folder on: those asked for, those of the last time, or free ones."""
    ports = asked or read_ports(folder)
    if ports is not None and not any(is_listening(port) for port in ports):
        return ports
    if asked is not None:
        taken = ", ".join(str(port) for port in asked if is_listening(port))
        raise StorageRefused(f"Port {taken} is in use. Choose others: STORAGE_PORTS=20000,20001,20002.")
    return free_port(), free_port(), free_port()


def read_ports(folder: Path) -> Ports | None:
    """Return the ports that the emulator of a folder had the last time, if that is known."""
    try:
        blob, queue, table = json.loads((folder / PORTS_FILE).read_text())
        return int(blob), int(queue), int(table)
    except (OSError, ValueError, TypeError):
        return None


def _running(folder: Path, owner: Owner, ports: Ports | None, *, must_be_ours: bool) -> Azurite | None:
    """Return the emulator that serves a folder on these ports; None if there is none."""
    if ports is None or not all(is_listening(port) for port in ports):
        return None
    emulator = Azurite(None, ports)
    try:
        found = _read_owner(_container(emulator))
    except AzureError as error:
        if must_be_ours:
            message = f"What listens on ports {ports} is not a storage emulator: {error.message}"
            raise StorageRefused(f"{message} Choose other ports: STORAGE_PORTS=20000,20001,20002.") from error
        return None
    if found is not None and found.folder == owner.folder:
        return emulator
    if not must_be_ours:
        return None
    whose = f"serves {found.folder}" if found else "is not one that 'make serve' started"
    raise StorageRefused(
        f"The storage emulator on ports {ports} {whose}, and {folder} needs its own: two apps on one store take each "
        "other's messages. Leave STORAGE_PORTS out to have free ports chosen, choose others, or stop that emulator."
    )


def _claim(emulator: Azurite, owner: Owner) -> None:
    """Write down whose data the store holds, unless they were made with another secret."""
    container = _container(emulator)
    found = _read_owner(container)
    if found is not None and found.secret != owner.secret:
        raise StorageRefused(
            f"The data in {owner.folder} were made with another PERENNIAL_MASTER_SECRET than that of "
            f"local.settings.json, so no key or token in them would be valid. Put the earlier secret back, or begin "
            f"with empty storage: rm -r {owner.folder}"
        )
    with contextlib.suppress(ResourceExistsError):
        container.create_container()
    container.upload_blob(OWNER, json.dumps(asdict(owner)).encode(), overwrite=True)


def _container(emulator: Azurite) -> ContainerClient:
    # One attempt: what does not answer at once is no emulator.
    service = BlobServiceClient.from_connection_string(
        emulator.connection_string, logger=QUIET, retry_total=0, connection_timeout=5, read_timeout=5
    )
    return service.get_container_client(CONTAINER)


def _read_owner(container: ContainerClient) -> Owner | None:
    try:
        found = json.loads(container.download_blob(OWNER).readall())
    except ResourceNotFoundError:
        return None
    return Owner(str(found["folder"]), str(found["secret"]))
