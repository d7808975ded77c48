# SPDX-License-Identifier: Apache-2.0
"""The builder of the torch add-on, with a stand-in for torch and one for the compiler.

tests/frameworks/test_torch_addon.py compiles the add-on against the real package.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import tvm_ffi

SCRIPT = Path(tvm_ffi.__file__).parent / "utils" / "_build_optional_torch_c_dlpack.py"
INCLUDE = str(Path(tvm_ffi.__file__).parent / "include")

TORCH = {
    "__init__.py": """
import os
__version__ = os.environ.get("STANDIN_VERSION", "2.5.1+cpu")
compiled_with_cxx11_abi = lambda: False
""",
    "torch_version.py": """
import re
class TorchVersion(str):
    def __ge__(self, other):
        numbers = lambda text: [int(number) for number in re.findall("[0-9]+", text)[:3]]
        return numbers(self) >= numbers(other)
""",
    "utils/__init__.py": "",
    "utils/cpp_extension.py": """
COMMON_HIP_FLAGS = ["-DUSE_ROCM=1"]
include_paths = lambda **kwargs: ["/torch/include", "/" + repr(kwargs)]
library_paths = lambda **kwargs: ["/torch/lib"]
""",
}

# Notes how it is called, then waits, so that builds that run at the same time would meet.
COMPILER = """#!{python}
import json, os, sys, time
with open(os.environ["STANDIN_LOG"], "a") as log:
    log.write(json.dumps([os.getcwd(), os.listdir(), sys.argv[1:]]) + "\\n")
time.sleep(float(os.environ.get("STANDIN_SECONDS", "0")))
if "STANDIN_FAILS" in os.environ:
    print("some output")
    sys.exit("addon.cc:1: error: " + os.environ["STANDIN_FAILS"])
with open(sys.argv[sys.argv.index("-o") + 1], "w") as product:
    product.write("the product")
"""


class Build:
    """Runs the script in an environment of its own."""

    def __init__(self, directory):
        self.output, self.log = directory / "output", directory / "log"
        for name, text in TORCH.items():
            path = directory / "site" / "torch" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        compiler = directory / "compiler"
        compiler.write_text(COMPILER.format(python=sys.executable))
        compiler.chmod(0o755)
        self.temporary = directory / "temporary"
        self.temporary.mkdir()
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(directory / "site"),
            "CXX": str(compiler),
            "STANDIN_LOG": str(self.log),
            "TVM_FFI_CACHE_DIR": str(self.output),
            "TMPDIR": str(self.temporary),
        }
        for name in ("TVM_FFI_JIT_EXTRA_CFLAGS", "TVM_FFI_JIT_EXTRA_LDFLAGS"):
            self.environment.pop(name, None)

    def start(self, *args, **environment):
        return subprocess.Popen(
            [sys.executable, str(SCRIPT), *args],
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *args, **environment):
        """Return the exit status and the text of the error."""
        process = self.start(*args, **environment)
        return process.wait(), process.communicate()[1]

    def compilations(self):
        """Return directory, files and arguments of every call of the compiler."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [json.loads(line) for line in lines]

    def command(self, *args, **environment):
        """Return the arguments of the compiler in a build that succeeds."""
        assert self.run(*args, **environment) == (0, "")
        ((_, _, command),) = self.compilations()
        return command


@pytest.fixture
def build(tmp_path):
    return Build(tmp_path)


# ---- the product --------------------------------------------------------------------------------


def test_the_product_goes_to_the_cache_directory_and_names_torch_and_device(build):
    assert build.run() == (0, "")
    assert build.run("--build-with-cuda", STANDIN_VERSION="2.10.0") == (0, "")
    assert build.run("--build-with-rocm") == (0, "")
    names = ["torch25-cpu", "torch210-cuda", "torch25-rocm"]
    libraries = [f"libtorch_c_dlpack_addon_{name}.so" for name in names]
    locks = [f"{library}.lock" for library in libraries]
    assert sorted(os.listdir(build.output)) == sorted(libraries + locks)
    assert (build.output / libraries[0]).read_text() == "the product"


def test_the_source_is_written_into_the_build_directory(build, tmp_path):
    directory = tmp_path / "made" / "on demand"
    args = ["--build-dir", str(directory), "--output-dir", str(tmp_path / "out"), "--libname", "x"]
    assert build.run(*args) == (0, "")
    ((cwd, files, command),) = build.compilations()
    assert (cwd, files) == (str(directory), ["addon.cc"])
    assert command[-2:] == ["-o", str(directory / "x.tmp")]
    assert "TorchDLPackExchangeAPIPtr" in (directory / "addon.cc").read_text()
    assert os.listdir(directory) == ["addon.cc"]
    assert sorted(os.listdir(tmp_path / "out")) == ["x", "x.lock"]


def test_the_temporary_build_directory_is_removed(build):
    assert build.run() == (0, "")
    ((cwd, _, _),) = build.compilations()
    assert cwd.startswith(str(build.temporary / "tvm-ffi-torch-c-dlpack-"))
    assert build.run("--libname", "other", STANDIN_FAILS="no")[0] == 1
    assert os.listdir(build.temporary) == []


def test_a_product_that_exists_is_kept(build):
    build.output.mkdir()
    (build.output / "lib.so").write_text("older")
    assert build.run("--libname", "lib.so") == (0, "")
    assert (build.output / "lib.so").read_text() == "older"
    assert build.compilations() == []


def test_parallel_runs_build_once(build):
    processes = [build.start("--libname", "lib.so", STANDIN_SECONDS="0.5") for _ in range(4)]
    assert [process.communicate()[1] for process in processes] == [""] * 4
    assert [process.returncode for process in processes] == [0] * 4
    assert len(build.compilations()) == 1
    assert (build.output / "lib.so").read_text() == "the product"


# ---- errors -------------------------------------------------------------------------------------


def test_a_failed_compilation_shows_the_output_of_the_compiler(build):
    status, error = build.run("--libname", "lib.so", STANDIN_FAILS="no header")
    assert status == 1
    assert "RuntimeError: Build failed with status 1\n" in error
    assert "stdout:\nsome output\n" in error
    assert "stderr:\naddon.cc:1: error: no header\n" in error
    assert os.listdir(build.output) == ["lib.so.lock"]
    assert build.run("--libname", "lib.so") == (0, "")  # the lock is free again


def test_one_kind_of_device_can_be_chosen(build):
    status, error = build.run("--build-with-cuda", "--build-with-rocm")
    assert status == 1
    assert "ValueError: Cannot enable both CUDA and ROCm at the same time." in error
    assert not build.output.exists()


def test_bad_command_lines_and_places_are_errors(build, tmp_path):
    assert build.run("--bogus")[0] == 2
    assert "FileNotFoundError" in build.run(CXX="no-such-compiler")[1]
    assert "FileNotFoundError" in build.run("--libname", "no/such/directory.so")[1]
    (tmp_path / "file").write_text("")
    assert "FileExistsError" in build.run("--output-dir", str(tmp_path / "file"))[1]


# ---- the command --------------------------------------------------------------------------------


def test_the_command_for_a_cpu(build):
    command = build.command()
    source = next(argument for argument in command if argument.endswith("addon.cc"))
    python = sysconfig.get_paths()["include"]
    includes = [INCLUDE, python, "/torch/include", "/{'cuda': False}"]
    assert command == [
        *("-std=c++17", "-fPIC", "-O3", "-fvisibility=hidden", "-D_GLIBCXX_USE_CXX11_ABI=0"),
        *(flag for path in includes for flag in ("-I", path)),
        *(source, "-shared", "-Wl,-rpath,$ORIGIN", "-L/torch/lib"),
        *("-lc10", "-ltorch", "-ltorch_cpu", "-ltorch_python"),
        *("-o", str(Path(source).with_name("libtorch_c_dlpack_addon_torch25-cpu.so.tmp"))),
    ]


def test_the_command_for_cuda(build):
    command = build.command("--build-with-cuda", STANDIN_VERSION="2.6.0")
    assert command[4:6] == ["-DBUILD_WITH_CUDA", "-D_GLIBCXX_USE_CXX11_ABI=0"]
    assert command[command.index("-ltorch_python") + 1 :][:2] == ["-ltorch_cuda", "-lc10_cuda"]
    assert "/{'device_type': 'cuda'}" in command


def test_the_command_for_rocm(build):
    command = build.command("--build-with-rocm")
    assert command[4:7] == ["-DUSE_ROCM=1", "-DBUILD_WITH_ROCM", "-D_GLIBCXX_USE_CXX11_ABI=0"]
    assert "/{'cuda': True}" in command
    assert "-ltorch_cuda" not in command


def test_flags_of_the_user_come_after_ours(build):
    command = build.command(
        TVM_FFI_JIT_EXTRA_CFLAGS="-O0 -DTEXT='a b'", TVM_FFI_JIT_EXTRA_LDFLAGS="-lmine"
    )
    abi = command.index("-D_GLIBCXX_USE_CXX11_ABI=0")
    assert command[abi + 1 :][:2] == ["-O0", "-DTEXT=a b"]
    assert command[command.index("-ltorch_python") + 1] == "-lmine"


def test_newer_torch_needs_a_newer_standard(build):
    assert build.command(STANDIN_VERSION="2.13.0")[0] == "-std=c++20"


def test_a_compiler_may_have_a_launcher(build):
    assert build.command(CXX=f"env {build.environment['CXX']}")[0] == "-std=c++17"


# ---- helpers and other systems ------------------------------------------------------------------


@pytest.fixture
def builder(build, monkeypatch):
    """Import the script with the stand-in for torch."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "torch"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(build.environment["PYTHONPATH"])
    spec = importlib.util.spec_from_file_location("builder_under_test", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setenv("TVM_FFI_DISABLE_TORCH_C_DLPACK", "1")
    monkeypatch.setenv("TVM_FFI_CACHE_DIR", str(build.output))
    yield module
    for name in [name for name in sys.modules if name.partition(".")[0] == "torch"]:
        del sys.modules[name]


def test_flags_in_variables_are_split_like_a_shell_does(builder, monkeypatch, capsys):
    for text, flags in (("", []), ("  ", []), ("-a '-b c' -d\\ e", ["-a", "-b c", "-d e"])):
        monkeypatch.setenv("SOME_FLAGS", text)
        assert builder.parse_env_flags("SOME_FLAGS") == flags
    monkeypatch.delenv("SOME_FLAGS")
    assert builder.parse_env_flags("SOME_FLAGS") == []
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("SOME_FLAGS", "-a 'b")
    assert builder.parse_env_flags("SOME_FLAGS") == ["-a", "'b"]
    assert capsys.readouterr().err == (
        "Warning: Could not parse SOME_FLAGS with shlex: No closing quotation. "
        "Falling back to simple split.\n"
    )


@pytest.mark.parametrize(
    ("version", "standard", "argument"),
    [
        ("2.4.0", "c++17", "{'cuda': True}"),
        ("2.6.0+cu124", "c++17", "{'device_type': 'cuda'}"),
        ("2.12.1", "c++17", "{'device_type': 'cuda'}"),
        ("2.13.0", "c++20", "{'device_type': 'cuda'}"),
        ("3.0.0", "c++20", "{'device_type': 'cuda'}"),
    ],
)
def test_what_depends_on_the_version_of_torch(builder, monkeypatch, version, standard, argument):
    monkeypatch.setattr(builder.torch, "__version__", version)
    assert builder.get_cpp_standard() == standard
    assert builder.get_torch_include_paths(True) == ["/torch/include", f"/{argument}"]


def test_on_macos_the_python_library_is_linked(builder, monkeypatch, build):
    monkeypatch.setattr(builder, "IS_DARWIN", True)
    monkeypatch.setenv("CXX", build.environment["CXX"])
    monkeypatch.setenv("STANDIN_LOG", str(build.log))
    builder.main([])
    ((_, _, command),) = build.compilations()
    assert "-Wl,-rpath,@loader_path" in command
    python = f"-lpython{sys.version_info.major}.{sys.version_info.minor}"
    assert command[command.index(python) - 1] == f"-L{sysconfig.get_config_var('LIBDIR')}"


def test_on_windows_ninja_builds_it(builder, monkeypatch, build):
    texts = []

    def build_ninja(directory):
        texts.append((Path(directory) / "build.ninja").read_text())
        product = "libtorch_c_dlpack_addon_torch25-cuda.dll.tmp"
        (Path(directory) / product).write_text("the product")

    monkeypatch.setattr("tvm_ffi.cpp.extension.build_ninja", build_ninja)
    monkeypatch.setattr(builder, "IS_WINDOWS", True)
    monkeypatch.delenv("CXX", raising=False)
    builder.main(["--build-with-cuda"])
    (text,) = texts
    assert "cxx = cl\n" in text
    assert "cxxflags = /std:c++17 /MD /EHsc /wd4819 " in text
    assert f'-DBUILD_WITH_CUDA -D_GLIBCXX_USE_CXX11_ABI=0 -I"{INCLUDE}"' in text
    libraries = "c10.lib torch.lib torch_cpu.lib torch_python.lib torch_cuda.lib c10_cuda.lib"
    assert f'ldflags = /DLL /LIBPATH:"/torch/lib" {libraries} /LIBPATH:"' in text
    assert (build.output / "libtorch_c_dlpack_addon_torch25-cuda.dll").read_text() == "the product"
