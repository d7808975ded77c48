# SPDX-License-Identifier: Apache-2.0
"""The precompiled header of inline C++ builds: made late, used silently, never out of date."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from pathlib import Path

import pytest
from cpp_support import read_log, uses_gcc, write_program
from tvm_ffi import cpp, libinfo
from tvm_ffi.cpp import _precompiled
from tvm_ffi.cpp._ninja_file import NinjaFile

needs_gcc = pytest.mark.skipif(not uses_gcc(), reason="only GCC finds such headers by itself")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TVM_FFI_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("TVM_FFI_CPP_PRECOMPILED_HEADER", raising=False)
    return tmp_path / "cache"


def headers(cache):
    """Return the precompiled headers of a cache."""
    return sorted(cache.glob(".precompiled/*/include/tvm/ffi/container/tensor.h.gch"))


# ---- with the real compiler ---------------------------------------------------------------------


class Headers:
    """A copy of the installed headers, which a test may change."""

    def __init__(self, directory, monkeypatch):
        shutil.copytree(libinfo.find_include_path(), directory)
        self.nested = directory / "tvm" / "ffi" / "base_detail.h"
        monkeypatch.setattr(libinfo, "find_include_path", lambda: str(directory))
        monkeypatch.setattr(libinfo, "find_dlpack_include_path", lambda: str(directory))
        before, guard_end, after = self.nested.read_text().rpartition("#endif")
        function = "inline int64_t Version() { return 1; }\n"
        self.nested.write_text(before + function + guard_end + after)

    def change(self, version):
        text = self.nested.read_text()
        self.nested.write_text(text.replace("return 1;", f"return {version};"))


def value_of(number, flags=("-O0",)):
    """Build and call a function of its own; return what it says of the header."""
    source = f"int64_t f{number}() {{ return 10 * {number} + Version(); }}"
    mod = cpp.load_inline("n", cpp_sources=source, functions=f"f{number}", extra_cflags=flags)
    return getattr(mod, f"f{number}")()


@needs_gcc
def test_it_is_made_beside_the_third_build_and_follows_the_headers(cache, tmp_path, monkeypatch):
    installed = Headers(tmp_path / "headers", monkeypatch)
    assert [value_of(1), value_of(2), value_of(2)] == [11, 21, 21]
    assert headers(cache) == []
    assert value_of(3) == 31
    (header,) = headers(cache)
    assert [file.name for file in header.parent.iterdir()] == ["tensor.h.gch"]

    # The fourth build uses it: the header that it was made of has no function Version any more.
    made, text, times = header.stat().st_mtime_ns, installed.nested.read_text(), times_of(installed)
    with monkeypatch.context() as patch:
        patch.setattr(_precompiled, "_state", recorded_states(header))
        installed.nested.write_text(text.replace(" Version", " Other"))
        assert value_of(4) == 41
    installed.nested.write_text(text)
    os.utime(installed.nested, ns=times)

    # A changed header is noticed, though the precompiled one stands for it, and by what used it.
    installed.change(2)
    assert value_of(5) == 52
    assert headers(cache) == [header]
    assert header.stat().st_mtime_ns > made
    source = "int64_t f4() { return 10 * 4 + Version(); }"
    path = cpp.build_inline("n", cpp_sources=source, functions="f4", extra_cflags=["-O0"])
    assert Path(path).stat().st_mtime_ns > header.stat().st_mtime_ns


def times_of(installed):
    status = installed.nested.stat()
    return status.st_atime_ns, status.st_mtime_ns


def recorded_states(header):
    """Return a function that answers for every file what was recorded when ``header`` was made."""
    lines = (header.parents[4] / "inputs").read_text().splitlines()
    states = {line.split(" ", 3)[3]: line for line in lines}
    return states.__getitem__


# ---- with a stand-in ----------------------------------------------------------------------------

# Says that it is GCC, compiles nothing, and can't load precompiled headers when told so.
FAKE_GCC = """#!{python}
import os, sys
if "--version" in sys.argv:
    print(os.environ.get("FAKE_VERSION", "g++ by the Free Software Foundation"))
    sys.exit()
kind = "header" if "c++-header" in sys.argv else "link" if "-shared" in sys.argv else "source"
with open(os.path.realpath(__file__) + ".log", "a") as log:
    log.write(kind + "\\n")
if kind == os.environ.get("FAKE_FAILURE"):
    sys.exit(1)
directory = next((a[2:] for a in sys.argv if a.startswith("-I") and ".precompiled" in a), "")
header = directory + "/tvm/ffi/container/tensor.h.gch"
if kind == "source" and "FAKE_NO_PCH" in os.environ and os.path.exists(header):
    sys.exit("fatal error: had to relocate PCH")
if kind == "header":
    with open(sys.argv[sys.argv.index("-MF") + 1], "w") as file:
        file.write("x: " + os.path.realpath(__file__).replace(" ", "\\\\ ") + "\\n")
with open(sys.argv[sys.argv.index("-o") + 1], "w") as file:
    file.write(kind)
"""


@pytest.fixture
def gcc(cache, tmp_path, monkeypatch):
    path = write_program(tmp_path / "my compilers" / "x86_64-linux-g++-12", FAKE_GCC)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "cxx").symlink_to(path)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("CXX", "cxx")
    return path


def build(number=0, **arguments):
    """Build a source of its own; return the text of its ninja file."""
    path = cpp.build_inline("n", cpp_sources=f"// {number}", **arguments)
    return (Path(path).parent / "build.ninja").read_text()


def test_builds_are_the_same_before_and_after_it_is_made(gcc, cache):
    texts = [build(number) for number in range(4)]
    assert read_log(gcc).count("header") == 1
    assert len(headers(cache)) == 1
    before = read_log(gcc)
    assert [build(number) for number in range(4)] == texts
    shutil.rmtree(cache / ".precompiled")
    assert [build(number) for number in range(4)] == texts
    assert read_log(gcc) == before
    assert all(f" -fpch-deps -I{cache}/.precompiled/" in text for text in texts)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TVM_FFI_CPP_PRECOMPILED_HEADER", "0"),
        ("CXX", "env cxx"),
        ("CXX", "no-such-compiler"),
        ("CXX", "clang++"),
        ("CXX", "ccache"),
        ("FAKE_VERSION", "Apple clang"),
    ],
)
def test_who_goes_without(gcc, cache, monkeypatch, variable, value):
    gcc.with_name("clang++").symlink_to(gcc)
    write_program(gcc.parents[1] / "bin" / "clang++", FAKE_GCC)
    write_program(gcc.parents[1] / "bin" / "ccache", FAKE_GCC)
    monkeypatch.setenv(variable, value)
    with contextlib.suppress(RuntimeError):
        assert "-fpch-deps" not in build()
    assert not (cache / ".precompiled").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        {"extra_include_paths": ["/somewhere"]},
        {"extra_cflags": ["-I/somewhere"]},
        {"extra_cflags": ["-include", "x.h"]},
        {"extra_cflags": ["-O2 -isystem/x"]},
        {"extra_cflags": ["-Wp,-DX"]},
        {"extra_cflags": ["-fplugin=x"]},
        {"extra_cflags": ["-DX=`echo 1`"]},
        {"extra_cflags": ["@flags"]},
    ],
)
def test_which_builds_go_without(gcc, cache, arguments):
    assert "-fpch-deps" not in build(**arguments)
    assert not (cache / ".precompiled").exists()


def test_flags_have_headers_of_their_own(gcc, cache, monkeypatch):
    flags = [[], ["-O3"], ["-DX=1", "-g"], ["-std=c++20 -march=native -Wall"], ["-fno-plt", "-UX"]]
    for extra in flags:
        assert "-fpch-deps" in build(extra_cflags=extra)
    monkeypatch.setenv("CPLUS_INCLUDE_PATH", "/somewhere")
    build(1)
    assert len(list((cache / ".precompiled").iterdir())) == len(flags) + 1


def test_a_directory_that_was_built_without_is_not_built_again(gcc, cache, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setenv("TVM_FFI_CPP_PRECOMPILED_HEADER", "0")
        text = build()
    assert build() == text
    assert read_log(gcc) == ["source", "link"]
    with monkeypatch.context() as patch:
        patch.setenv("TVM_FFI_CPP_PRECOMPILED_HEADER", "0")
        assert "-fpch-deps" not in build(0)


def test_it_is_off_at_once_when_it_is_switched_off(gcc, cache, monkeypatch):
    assert "-fpch-deps" in build()
    monkeypatch.setenv("TVM_FFI_CPP_PRECOMPILED_HEADER", "0")
    assert "-fpch-deps" not in build()


def test_a_failure_to_make_it_is_silent_and_not_tried_for_ever(gcc, cache, monkeypatch):
    monkeypatch.setenv("FAKE_FAILURE", "header")
    for number in range(6):
        build(number)
    assert headers(cache) == []
    assert read_log(gcc).count("header") == 1
    files = [path.name for path in cache.glob(".precompiled/*/*")]
    assert sorted(files) == ["builds", "failed", "include", "lock"]


def test_a_compiler_that_cannot_load_it_goes_on_without(gcc, cache, monkeypatch):
    monkeypatch.setenv("FAKE_NO_PCH", "1")
    for number in range(5):
        build(number)
    assert headers(cache) == []
    assert read_log(gcc).count("header") == 1


def test_a_failed_build_does_not_matter_to_it(gcc, cache, monkeypatch):
    monkeypatch.setenv("FAKE_FAILURE", "source")
    for number in range(3):
        with pytest.raises(RuntimeError):
            build(number)
    assert len(headers(cache)) == 1


def test_a_new_compiler_makes_a_new_one(gcc, cache):
    for number in range(3):
        build(number)
    with open(gcc, "a") as file:
        file.write("# another version\n")
    build(3)
    assert read_log(gcc).count("header") == 2


def test_a_header_that_changes_while_it_is_compiled_spoils_it(gcc, cache, monkeypatch):
    monkeypatch.setattr(_precompiled.time, "time_ns", lambda: 0)  # everything changed after that
    for number in range(3):
        build(number)
    assert read_log(gcc).count("header") == 1
    assert headers(cache) == []


def test_a_damaged_list_of_inputs_means_a_new_one(gcc, cache):
    for number in range(3):
        build(number)
    (inputs,) = cache.glob(".precompiled/*/inputs")
    for damage in (b"", b"garbage\n", b"\xff 1 2 /no\xff\n"):
        inputs.write_bytes(damage)
        build(f"after {damage!r}")
        assert inputs.read_bytes().endswith(os.fsencode(gcc))
    assert read_log(gcc).count("header") == 4


def test_a_few_are_kept(gcc, cache):
    for level in range(6):
        for number in range(3):
            build(number, extra_cflags=[f"-DLEVEL={level}"])
    assert read_log(gcc).count("header") == 6
    kept = [path.parents[4].name for path in headers(cache)]
    assert len(kept) == 4
    build(3, extra_cflags=["-DLEVEL=5"])
    assert read_log(gcc).count("header") == 6


def test_a_cache_that_cannot_be_written_means_none(gcc, cache, tmp_path):
    cache.parent.mkdir(exist_ok=True)
    cache.touch()
    assert "-fpch-deps" not in build(build_directory=str(tmp_path / "build"))


def test_one_of_several_builds_makes_it(gcc, cache):
    for number in range(2):
        build(number)
    threads = [threading.Thread(target=build, args=[number]) for number in range(2, 8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(headers(cache)) == 1
    assert sorted(read_log(gcc)) == ["header"] + 8 * ["link"] + 8 * ["source"]


def test_the_compiler_of_a_build_is_plain_or_it_is_not():
    def is_plain(*sources, **arguments):
        return NinjaFile(name="n", sources=sources, windows=False, **arguments).is_plain_cpp

    assert is_plain("/a.cpp")
    assert not is_plain("/a.cpp", "/b.c")
    assert not is_plain("/a.cpp", extra_include_paths=["/i"])
