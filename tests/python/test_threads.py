# SPDX-License-Identifier: Apache-2.0
"""Threads, fork and the end of the interpreter: no crash, no hang, no stray output."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest
import tvm_ffi
from tvm_ffi import registry

THREADS = 8
ROUNDS = 300

echo = tvm_ffi.get_global_func("testing.echo")
use_count = tvm_ffi.get_global_func("testing.object_use_count")


def run_in_threads(work):
    """Call ``work(index)`` in all threads at once; the first error of any is raised here."""
    start = threading.Barrier(THREADS)
    errors = []

    def body(index):
        try:
            start.wait()
            work(index)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=body, args=(i,), daemon=True) for i in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "a thread hangs"
    if errors:
        raise errors[0]


def run_program(source):
    """Run a program to its end and return its result; one that hangs fails after a minute."""
    return subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", textwrap.dedent(source)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def assert_silent(source, expected=""):
    result = run_program(source)
    assert (result.returncode, result.stdout, result.stderr) == (0, expected, "")


# ---- threads ------------------------------------------------------------------------------------


def test_threads_share_objects_and_references_stay_exact():
    shared = tvm_ffi.Array([1, "a text that is too long to be stored inline", {"k": [2.5]}])
    tensor = tvm_ffi.from_dlpack(np.arange(4.0))

    def work(index):
        for i in range(ROUNDS):
            assert echo(shared)[1].endswith("inline")
            assert echo([shared, i, tensor])[1] == i
            assert shared[2]["k"][0] == 2.5
            assert echo(tensor).shape == (4,)

    run_in_threads(work)
    assert use_count(shared) == 1
    assert use_count(tensor) == 1


def test_threads_register_replace_and_remove_functions():
    def work(index):
        for i in range(ROUNDS):
            own = f"test_threads.{index}.{i % 7}"
            tvm_ffi.register_global_func(own, lambda i=i: i, override=True)
            assert tvm_ffi.get_global_func(own)() == i
            tvm_ffi.register_global_func("test_threads.shared", lambda: index, override=True)
            shared = tvm_ffi.get_global_func("test_threads.shared", allow_missing=True)
            assert shared is None or shared() in range(THREADS)
            registry.remove_global_func(own if i % 2 else "test_threads.shared")

    run_in_threads(work)
    for name in registry.list_global_func_names():
        if name.startswith("test_threads."):
            registry.remove_global_func(name)


def test_each_thread_sees_its_own_error():
    raise_error = tvm_ffi.get_global_func("testing.test_raise_error")

    def work(index):
        def fail(value):
            raise KeyError(value)

        callback = tvm_ffi.convert(fail)
        for i in range(ROUNDS):
            with pytest.raises(ValueError, match=f"^{index} {i}$"):
                raise_error("ValueError", f"{index} {i}")
            with pytest.raises(KeyError) as caught:
                callback(i)
            assert caught.value.args == (str(i),)  # errors travel as text

    run_in_threads(work)


def test_threads_meet_new_argument_types():
    def work(index):
        for i in range(ROUNDS // 3):
            hooks = {"__tvm_ffi_value__": lambda self, i=i: i}
            assert echo(type(f"Value{i}", (), hooks)()) == i
            opaque = type(f"Opaque{i}", (), {})()
            assert echo(opaque) is opaque

    run_in_threads(work)


def test_threads_change_one_list():
    shared = tvm_ffi.List([])
    lock = threading.Lock()

    def work(index):
        for i in range(ROUNDS):
            with lock:
                shared.append([index, i])
            with lock:
                assert len(shared[-1]) == 2
                shared.pop()

    run_in_threads(work)
    assert len(shared) == 0


def test_threads_load_modules_from_bytes():
    module = tvm_ffi.system_lib("testing.")
    name = "ffi.Module.load_from_bytes.test_threads"
    tvm_ffi.register_global_func(name, lambda payload: module)

    def work(index):
        payload = bytearray(f"{index}".encode() * 100)
        for _ in range(ROUNDS):
            loaded = tvm_ffi.load_module_from_bytes(
                "test_threads", payload, keep_module_alive=False
            )
            assert loaded == module
        payload.clear()  # refused while an export is held

    try:
        run_in_threads(work)
    finally:
        registry.remove_global_func(name)


def test_objects_die_in_other_threads():
    made = [[tvm_ffi.Array([i, "x" * 40]), tvm_ffi.convert(len)] for i in range(THREADS)]

    def work(index):
        for i in range(ROUNDS):
            mine, made[index] = made[index], None
            made[(index + i) % THREADS] = [tvm_ffi.Array([i, "x" * 40]), tvm_ffi.convert(len)]
            del mine

    run_in_threads(work)


# ---- fork ---------------------------------------------------------------------------------------


def test_a_forked_child_uses_and_drops_what_it_inherited():
    assert_silent(
        """
        import os, threading, tvm_ffi
        echo = tvm_ffi.get_global_func("testing.echo")
        kept = tvm_ffi.Array([1, "x" * 40])
        callback = tvm_ffi.register_global_func("test_fork.f", lambda x: [x, kept])
        stop = threading.Event()
        def call():
            while not stop.is_set():
                callback(echo("y" * 40))
        threads = [threading.Thread(target=call) for _ in range(4)]
        for thread in threads:
            thread.start()
        for round in range(10):
            child = os.fork()
            if child == 0:
                assert tvm_ffi.get_global_func("test_fork.f")(round)[0] == round
                try:
                    echo("\\ud800")
                except UnicodeEncodeError:
                    os._exit(7)
                os._exit(1)
            _, status = os.waitpid(child, 0)
            assert os.waitstatus_to_exitcode(status) == 7, status
        stop.set()
        for thread in threads:
            thread.join()
        """
    )


# ---- the end of the interpreter -----------------------------------------------------------------


def test_exit_with_live_objects_and_registered_callbacks():
    assert_silent(
        """
        import numpy as np, tvm_ffi
        class Noisy:
            def __del__(self):
                tvm_ffi.get_global_func("testing.nop")
        kept = [tvm_ffi.Array([len, object()]), tvm_ffi.from_dlpack(np.arange(3)), Noisy()]
        tvm_ffi.register_global_func("test_exit.f", lambda: kept)
        tvm_ffi.register_error("ExitError", type("ExitError", (RuntimeError,), {}))
        function = tvm_ffi.convert(kept.append)
        kept.append(function)
        function.cycle = function
        iterator = iter(kept[0])
        next(iterator)
        """
    )


def test_exit_from_an_error_that_holds_objects():
    result = run_program(
        """
        import tvm_ffi
        def fail(x):
            raise KeyError(x)
        tvm_ffi.convert(fail)(tvm_ffi.Array([1]))
        """
    )
    assert result.returncode == 1
    assert result.stderr.rstrip().splitlines()[-1].startswith("KeyError")
    assert "Fatal" not in result.stderr


def test_exit_calls_atexit_hooks_that_use_the_package():
    assert_silent(
        """
        import atexit, tvm_ffi
        kept = tvm_ffi.Array(["x" * 40])
        atexit.register(lambda: print(len(kept), tvm_ffi.get_global_func("testing.add_one")(1)))
        """,
        expected="1 2\n",
    )


@pytest.mark.parametrize("action", ["callback(1)", "echo('x' * 40)", "echo([1, len])", "fail()"])
def test_exit_while_daemon_threads_call(action):
    assert_silent(
        f"""
        import threading, time, tvm_ffi
        echo = tvm_ffi.get_global_func("testing.echo")
        callback = tvm_ffi.convert(lambda x: [x, len])
        raise_error = tvm_ffi.get_global_func("testing.test_raise_error")
        def fail():
            try:
                raise_error("ValueError", "x")
            except ValueError:
                pass
        def call():
            while True:
                {action}
        for _ in range(8):
            threading.Thread(target=call, daemon=True).start()
        time.sleep(0.1)
        """
    )


def test_exit_while_a_daemon_thread_sleeps_inside_a_native_call():
    assert_silent(
        """
        import threading, time, tvm_ffi
        apply = tvm_ffi.get_global_func("testing.apply")
        for _ in range(4):
            threading.Thread(target=lambda: apply(lambda: time.sleep(30)), daemon=True).start()
        time.sleep(0.1)
        """
    )


def test_exit_waits_for_threads_that_are_no_daemons():
    assert_silent(
        """
        import threading, tvm_ffi
        echo = tvm_ffi.get_global_func("testing.echo")
        done = []
        def call():
            for i in range(2000):
                echo([i, "x" * 40])
            done.append(1)
            if len(done) == 4:
                print("done")
        for _ in range(4):
            threading.Thread(target=call).start()
        """,
        expected="done\n",
    )
