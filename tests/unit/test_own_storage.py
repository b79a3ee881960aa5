import contextlib
import json
import socket
import threading

import pytest

from devhost.own_storage import StorageRefused, choose_ports, open_storage, read_ports


def test_ports_are_those_of_the_last_time_while_they_are_free(tmp_path):
    assert read_ports(tmp_path) is None
    first = choose_ports(tmp_path, None)
    assert len(set(first)) == 3
    (tmp_path / "ports.json").write_text(json.dumps(first))
    assert choose_ports(tmp_path, None) == first
    with socket.create_server(("127.0.0.1", first[1])):
        other = choose_ports(tmp_path, None)
    assert first[1] not in other
    for broken in ("", "[1, 2]", '{"a": 1}', "7"):
        (tmp_path / "ports.json").write_text(broken)
        assert read_ports(tmp_path) is None


def test_ports_that_are_asked_for_are_used_or_refused(tmp_path):
    asked = choose_ports(tmp_path, None)
    assert choose_ports(tmp_path, asked) == asked
    with socket.create_server(("127.0.0.1", asked[0])), pytest.raises(StorageRefused, match=f"Port {asked[0]} is in"):
        choose_ports(tmp_path, asked)


@pytest.mark.attack("Another app's storage")
def test_what_is_no_emulator_is_refused(tmp_path):
    with Silent() as blob, Silent() as queue, Silent() as table:
        ports = (blob.port, queue.port, table.port)
        with pytest.raises(StorageRefused, match=r"is not a storage emulator.*Choose other ports"):
            open_storage(tmp_path, "secret", ports)


class Silent:
    """Listens on a port and closes each connection at once."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self.server.accept()[0].close()

    def __enter__(self) -> "Silent":
        return self

    def __exit__(self, *_: object) -> None:
        self.server.close()
