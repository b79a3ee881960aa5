"""How many heaps a process has, as its C library says."""

import platform
import subprocess
import sys

import pytest

SCRIPT = """
import ctypes, sys, threading
from functions.http.memory import share_heaps
assert sys.argv[1] == "own" or share_heaps()
barrier = threading.Barrier(12)
def work():
    barrier.wait()
    block = ctypes.create_string_buffer(100_000)
    barrier.wait()
threads = [threading.Thread(target=work) for _ in range(12)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
libc.fclose.argtypes = [ctypes.c_void_p]
libc.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
file = libc.fopen(sys.argv[2].encode(), b"w")
libc.malloc_info(0, file)
libc.fclose(file)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="heaps are counted by glibc")
def test_twelve_threads_share_two_heaps(tmp_path):
    heaps = {}
    for choice in ("own", "shared"):
        told = tmp_path / choice
        subprocess.run([sys.executable, "-c", SCRIPT, choice, str(told)], check=True)
        heaps[choice] = told.read_text().count("<heap nr=")
    assert heaps["own"] > 2
    assert heaps["shared"] <= 2
