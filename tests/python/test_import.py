# SPDX-License-Identifier: Apache-2.0
"""``import tvm_ffi``: light, quiet, and complete."""

from __future__ import annotations

import subprocess
import sys

import pytest
import tvm_ffi


def run(code: str, **env: str) -> subprocess.CompletedProcess:
    import os

    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_import_pulls_in_no_heavy_module():
    heavy = ("numpy", "torch", "ml_dtypes", "subprocess", "importlib.metadata", "inspect", "typing")
    result = run(f"import sys, tvm_ffi; print([m for m in {heavy!r} if m in sys.modules])")
    assert result.stdout.strip() == "[]", result.stderr


def test_import_is_quiet_and_exits_cleanly():
    result = run("import tvm_ffi; f = tvm_ffi.convert(lambda: 1); f(); x = tvm_ffi.convert([f])")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_everything_in_all_exists():
    for name in tvm_ffi.__all__:
        assert getattr(tvm_ffi, name) is not None
    for module in (tvm_ffi.module, tvm_ffi.stream, tvm_ffi.container, tvm_ffi._tensor):
        for name in module.__all__:
            assert hasattr(module, name)


def test_star_import_gives_what_all_names():
    code = "from tvm_ffi import *\nimport tvm_ffi\nprint(set(tvm_ffi.__all__) - set(globals()))"
    assert run(code).stdout.strip() == "set()"


def test_submodules_are_attributes_and_cost_nothing_until_used():
    lazy = ("_dunder", "_optional_torch_c_dlpack", "cpp", "libinfo", "utils")
    code = (
        "import sys, tvm_ffi\n"
        f"print([n for n in {lazy!r} if f'tvm_ffi.{{n}}' in sys.modules])\n"
        f"print([getattr(tvm_ffi, n).__name__ for n in {lazy!r} if n in dir(tvm_ffi)])"
    )
    loaded, names = run(code).stdout.splitlines()
    assert loaded == "[]"
    assert names == str([f"tvm_ffi.{name}" for name in lazy])
    with pytest.raises(AttributeError, match="module 'tvm_ffi' has no attribute 'nothing'"):
        tvm_ffi.nothing  # noqa: B018


def test_the_version_is_a_text_and_a_tuple():
    from tvm_ffi import _version

    assert tvm_ffi.__version__ == _version.version == _version.__version__
    assert tvm_ffi.__version_tuple__ == _version.version_tuple == _version.__version_tuple__
    assert ".".join(map(str, tvm_ffi.__version_tuple__)).startswith(tvm_ffi.__version__[:3])
    assert _version.commit_id is _version.__commit_id__


def test_release_gil_default_from_the_environment():
    code = "import tvm_ffi; print(tvm_ffi.get_global_func('ffi.Array').release_gil)"
    assert run(code, TVM_FFI_RELEASE_GIL_BY_DEFAULT="0").stdout.strip() == "False"
    assert run(code, TVM_FFI_RELEASE_GIL_BY_DEFAULT="1").stdout.strip() == "True"
    result = run(code, TVM_FFI_RELEASE_GIL_BY_DEFAULT="yes")
    assert result.returncode != 0
    assert "ValueError" in result.stderr


def test_testing_functions_are_there_after_the_import():
    code = "import tvm_ffi; print(tvm_ffi.get_global_func('testing.add_one')(1))"
    assert run(code).stdout.strip() == "2"


def test_config_mode_loads_nothing():
    code = (
        "import sys; sys.argv = ['/usr/bin/tvm-ffi-config']; import tvm_ffi\n"
        "print('tvm_ffi.core' in sys.modules, tvm_ffi.libinfo.__name__)"
    )
    assert run(code).stdout.split() == ["False", "tvm_ffi.libinfo"]


def test_signal_handlers_run_inside_native_functions():
    code = (
        "import signal, tvm_ffi\n"
        "class Stop(Exception): pass\n"
        "def handler(*_): raise Stop\n"
        "signal.signal(signal.SIGALRM, handler)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.2)\n"
        "try:\n"
        "    tvm_ffi.get_global_func('testing.run_check_signal')(20)\n"
        "except Stop as error:\n"
        "    print('stopped', hasattr(error, '__tvm_ffi_error__'))\n"
    )
    assert run(code).stdout.strip() == "stopped False"


def test_daemon_threads_at_exit_do_not_crash():
    code = (
        "import threading, time, tvm_ffi\n"
        "f = tvm_ffi.convert(lambda: time.sleep(0.001))\n"
        "def spin():\n"
        "    while True: f()\n"
        "for _ in range(3): threading.Thread(target=spin, daemon=True).start()\n"
        "time.sleep(0.1)\n"
    )
    assert run(code).returncode == 0


def test_daemon_threads_at_exit_in_the_middle_of_conversions_do_not_crash():
    code = (
        "import threading, time, tvm_ffi\n"
        "class Slow:\n"
        "    def __tvm_ffi_value__(self):\n"
        "        time.sleep(0.0001)\n"
        "        return 'a text that needs an object'\n"
        "apply = tvm_ffi.get_global_func('testing.apply')\n"
        "def answer(*args): return [1, 'a text that needs an object']\n"
        "def spin():\n"
        "    while True: apply(answer, Slow(), [Slow(), {'k': Slow()}])\n"
        "for _ in range(8): threading.Thread(target=spin, daemon=True).start()\n"
        "time.sleep(0.05)\n"
    )
    result = run(code)
    assert (result.returncode, result.stderr) == (0, "")


def test_daemon_threads_at_exit_in_the_middle_of_errors_do_not_crash():
    code = (
        "import sys, threading, time, tvm_ffi\n"
        "sys.setswitchinterval(1e-6)  # so that threads lose the GIL everywhere\n"
        "raise_error = tvm_ffi.get_global_func('testing.test_raise_error')\n"
        "echo = tvm_ffi.get_global_func('testing.echo')\n"
        "class Typed:\n"
        "    def __dlpack_data_type__(self): return (0, 8, 1)\n"
        "actions = [\n"
        "    lambda: raise_error('ValueError', 'text'),\n"
        "    lambda: tvm_ffi.convert({}.__getitem__)('missing'),\n"
        "    lambda: echo([Typed(), {'k': Typed()}]),\n"
        "]\n"
        "def spin(action):\n"
        "    while True:\n"
        "        try: action()\n"
        "        except Exception: pass\n"
        "for action in 3 * actions:\n"
        "    threading.Thread(target=spin, args=(action,), daemon=True).start()\n"
        "time.sleep(0.05)\n"
    )
    for _ in range(8):  # it is a matter of luck where the threads are
        result = run(code)
        assert (result.returncode, result.stderr) == (0, "")
