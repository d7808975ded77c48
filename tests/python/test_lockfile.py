# SPDX-License-Identifier: Apache-2.0
"""Locks that processes share through a file."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time

import pytest
import tvm_ffi
from tvm_ffi.utils import FileLock


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "lock")


def test_a_lock_is_taken_once(path):
    lock = FileLock(path)
    assert lock.lock_file_path == path
    assert lock._file_descriptor is None
    assert lock.acquire() is True
    assert isinstance(lock._file_descriptor, int)
    assert lock.acquire() is False
    lock.release()
    assert lock._file_descriptor is None
    assert lock.acquire() is True
    lock.release()


def test_instances_exclude_each_other(path):
    first, second = FileLock(path), FileLock(path)
    assert first.acquire()
    assert not second.acquire()
    assert second._file_descriptor is None
    first.release()
    assert second.acquire()
    second.release()


def test_the_file_stays_and_is_empty(path):
    with FileLock(path):
        pass
    assert os.path.getsize(path) == 0


def test_releasing_what_is_not_held_does_nothing(path):
    lock = FileLock(path)
    lock.release()
    lock.acquire()
    lock.release()
    lock.release()
    assert lock.acquire()
    lock.release()


def test_a_file_that_cannot_be_made_is_not_locked(tmp_path):
    lock = FileLock(str(tmp_path / "missing" / "lock"))
    assert lock.acquire() is False
    with pytest.raises(TimeoutError):
        lock.blocking_acquire(timeout=0, poll_interval=0.001)


def test_other_failures_are_runtime_errors():
    message = "^An unexpected error occurred: "
    with pytest.raises(RuntimeError, match=message):
        FileLock(object()).acquire()


def test_waiting_ends_with_the_lock(path):
    lock = FileLock(path)
    assert lock.blocking_acquire() is True
    with pytest.raises(RuntimeError, match="^Lock is already held by this instance.$"):
        lock.blocking_acquire()
    lock.release()


def test_waiting_ends_with_the_time(path):
    with FileLock(path):
        start = time.monotonic()
        message = f"Failed to acquire lock on '{path}' after 0.05 seconds."
        with pytest.raises(TimeoutError, match=f"^{re.escape(message)}$"):
            FileLock(path).blocking_acquire(timeout=0.05, poll_interval=0.01)
        assert time.monotonic() - start >= 0.05


def test_a_with_statement_holds_the_lock_and_lets_exceptions_pass(path):
    lock = FileLock(path)
    with pytest.raises(KeyError), lock as held:
        assert held is lock
        assert not FileLock(path).acquire()
        raise KeyError("inside")
    assert lock._file_descriptor is None


def test_processes_take_turns(tmp_path):
    counter, lock = tmp_path / "counter", tmp_path / "lock"
    counter.write_text("0")
    code = (
        "import importlib.util, pathlib, sys\n"
        "spec = importlib.util.spec_from_file_location('lockfile', sys.argv[1])\n"
        "lockfile = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(lockfile)\n"
        "counter = pathlib.Path(sys.argv[2])\n"
        "for _ in range(20):\n"
        "    with lockfile.FileLock(sys.argv[3]) as lock:\n"
        "        counter.write_text(str(int(counter.read_text()) + 1))\n"
    )
    module = sys.modules["tvm_ffi.utils.lockfile"].__file__
    command = [sys.executable, "-S", "-c", code, module, str(counter), str(lock)]
    processes = [subprocess.Popen(command) for _ in range(16)]
    assert [process.wait(timeout=60) for process in processes] == [0] * 16
    assert counter.read_text() == str(16 * 20)


def test_the_system_releases_the_lock_of_a_dead_process(path):
    code = (
        "import os, sys\n"
        "from tvm_ffi.utils import FileLock\n"
        "assert FileLock(sys.argv[1]).acquire()\n"
        "os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", code, path], check=True, timeout=60)
    lock = FileLock(path)
    assert lock.acquire()
    lock.release()


def test_the_package_of_tools_names_the_module():
    assert tvm_ffi.utils.lockfile.FileLock is FileLock
