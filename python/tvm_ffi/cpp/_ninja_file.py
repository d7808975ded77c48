# SPDX-License-Identifier: Apache-2.0
"""The text of ``build.ninja``: which compilers run, with which flags, on what.

Paths are quoted for the shell where they need it. Flags of the caller are not: they go into the
command line as they are, so that one string may hold several of them.
"""

from __future__ import annotations

import os
import shlex
import sys

from .. import libinfo
from . import _gpu

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_MSVC_WARNINGS = "/wd4819 /wd4251 /wd4244 /wd4267 /wd4275 /wd4018 /wd4190 /wd4624 /wd4067 /wd4068"
_OBJECT_SUFFIXES = (".o", ".obj")


def is_object_file(path: str) -> bool:
    """Return whether a path names an object file."""
    return path.lower().endswith(_OBJECT_SUFFIXES)


def product_name(name: str, output: str | None, windows: bool = _gpu.IS_WINDOWS) -> str:
    """Return the path of the product in the build directory."""
    return output or (f"{name}.dll" if windows else f"{name}.so")


def _windows_argument(argument: str) -> str:
    """Return an argument as it stands in a command line of Windows."""
    return f'"{argument}"' if " " in argument else argument


def _quoted(argument: str, windows: bool) -> str:
    """Return a path, or an option that holds one, for a variable of the ninja file."""
    if windows:
        argument = _windows_argument(argument)
    else:
        argument = shlex.quote(argument)
    return argument.replace("$", "$$").replace(":", "$:")


def _node(path: str) -> str:
    """Return a path as it stands in a ``build`` line; ninja quotes it for the shell."""
    return path.replace("$", "$$").replace(":", "$:").replace(" ", "$ ")


def _compiler_of_user(variable: str, default: str, windows: bool) -> str:
    """Return the compiler that an environment variable names, with its options if it has some."""
    command = os.environ.get(variable, default)
    return _quoted(command, windows) if " " in command and os.path.isfile(command) else command


class _Gpu:
    """The toolkit that compiles the ``.cu`` files of a build."""

    def __init__(self, backend: str | None, windows: bool) -> None:
        self.is_hip = _gpu._resolve_gpu_backend(backend) == "hip"
        self._windows = windows
        self.home = _gpu._find_rocm_home() if self.is_hip else _gpu._find_cuda_home()

    def _path(self, *parts: str) -> str:
        return ("\\" if self._windows else "/").join((self.home, *parts))

    def compiler(self) -> str:
        return _quoted(self._path("bin", "hipcc" if self.is_hip else "nvcc"), self._windows)

    def flags(self) -> list[str]:
        if self.is_hip:
            flags = ["-std=c++17", "-O2", "-fPIC", "-D__HIP_PLATFORM_AMD__=1", "-fno-gpu-rdc"]
            return flags + _gpu._get_rocm_target()
        runtime = "/MD" if self._windows else "-fPIC"
        return ["-Xcompiler", runtime, "-std=c++17", "-O2", _gpu._get_cuda_target()]

    def include_paths(self) -> list[str]:
        return [self._path("include")] if self.is_hip else []

    def link_flags(self) -> list[str]:
        if self.is_hip:
            return [_quoted(f"-L{self._path('lib')}", self._windows), "-lamdhip64"]
        if self._windows:
            return [_quoted(f"/LIBPATH:{self._path('lib', 'x64')}", True), "cudart.lib"]
        return [_quoted(f"-L{self._path('lib64')}", False), "-lcudart"]

    def command(self) -> str:
        if self.is_hip:
            return "$nvcc $cuda_cflags -c $in -o $out"
        dependencies = "--generate-dependencies-with-compile --dependency-output $out.d"
        return f"$nvcc  {dependencies} $cuda_cflags -c $in -o $out"


class NinjaFile:
    """One ``build.ninja``: give it the files and flags of a build, take ``text()``."""

    def __init__(
        self,
        *,
        name: str,
        sources: Sequence[str],
        extra_cflags: Iterable[str] = (),
        extra_cuda_cflags: Iterable[str] = (),
        extra_ldflags: Iterable[str] = (),
        extra_include_paths: Iterable[str] = (),
        embed_cubin: Mapping[str, bytes] | None = None,
        backend: str | None = None,
        output: str | None = None,
        windows: bool = _gpu.IS_WINDOWS,
    ) -> None:
        self.sources = sorted(sources)
        self.output = product_name(name, output, windows)
        self.images = sorted(embed_cubin or ())
        self.header_cache: str | None = None  # where to look first; see _precompiled
        self.windows = windows
        if windows and self.images:
            raise NotImplementedError("CUBIN embedding is not yet supported on Windows")
        self.cxxflags_of_user = [flag.strip() for flag in extra_cflags]
        self._extra_cuda_cflags = [flag.strip() for flag in extra_cuda_cflags]
        self._extra_ldflags = [flag.strip() for flag in extra_ldflags]
        self._extra_include_paths = [os.path.abspath(path) for path in extra_include_paths]
        suffixes = {os.path.splitext(source)[1].lower() for source in self.sources}
        self._has_c = ".c" in suffixes
        self._gpu = _Gpu(backend, windows) if ".cu" in suffixes else None

    @property
    def makes_object(self) -> bool:
        """Whether the product is an object file."""
        return is_object_file(self.output)

    @property
    def is_plain_cpp(self) -> bool:
        """Whether C++ files are all there is, with no header but ours and those of the system."""
        return self._gpu is None and not self._has_c and not self._extra_include_paths

    # ---- variables ------------------------------------------------------------------------------

    def cxx(self) -> str:
        """Return the command of the C++ compiler."""
        return _compiler_of_user("CXX", "cl" if self.windows else "c++", self.windows)

    def cxxflags(self) -> list[str]:
        """Return the options of the C++ compiler."""
        if self.windows:
            own = ["/std:c++17", "/O2", "/MD", "/EHsc", _MSVC_WARNINGS]
        else:
            own = ["-std=c++17", "-fPIC", "-O2"]
        cached = []
        if self.header_cache is not None:
            # The option makes dependency files name what a precompiled header was made of.
            cached = ["-fpch-deps", _quoted(f"-I{self.header_cache}", self.windows)]
        return [*own, *self.cxxflags_of_user, *cached, *self._include_options()]

    def shell_cxxflags(self) -> str:
        """Return the options of the C++ compiler as they stand in a command line."""
        return " ".join(self.cxxflags()).replace("$:", ":").replace("$$", "$")

    def _include_options(self) -> list[str]:
        paths = [libinfo.find_include_path(), libinfo.find_dlpack_include_path()]
        if self._gpu is not None:
            paths += self._gpu.include_paths()
        return [_quoted(f"-I{path}", self.windows) for path in paths + self._extra_include_paths]

    def _ldflags(self) -> list[str]:
        directory = os.path.dirname(libinfo.find_libtvm_ffi())
        if self.windows:
            flags = ["/DLL", _quoted(f"/LIBPATH:{directory}", True), "tvm_ffi.lib"]
        else:
            flags = ["-shared", _quoted(f"-L{directory}", False), "-ltvm_ffi"]
        if self._gpu is not None:
            flags += self._gpu.link_flags()
        return flags + self._extra_ldflags

    def _variables(self) -> dict[str, str]:
        variables = {
            "ninja_required_version": "1.3",
            "cxx": self.cxx(),
            "cxxflags": " ".join(self.cxxflags()),
        }
        if self._has_c:
            own = ["/O2", "/MD", _MSVC_WARNINGS] if self.windows else ["-fPIC", "-O2"]
            variables["cc"] = _compiler_of_user("CC", "cl" if self.windows else "cc", self.windows)
            variables["cflags"] = " ".join([*own, *self.cxxflags_of_user, *self._include_options()])
        if self._gpu is not None:
            flags = [*self._gpu.flags(), *self._extra_cuda_cflags, *self._include_options()]
            variables["nvcc"] = self._gpu.compiler()
            variables["cuda_cflags"] = " ".join(flags)
        variables["ldflags"] = " ".join(self._ldflags())
        return variables

    # ---- rules ----------------------------------------------------------------------------------

    def _compile_rule(self, rule: str, compiler: str, flags: str) -> list[str]:
        if self.windows:
            command = f"{compiler} /showIncludes {flags} -c $in /Fo$out"
            return [f"rule {rule}", "  deps = msvc", f"  command = {command}", ""]
        command = f"{compiler} -MMD -MF $out.d {flags} -c $in -o $out"
        return [*_with_depfile(rule), f"  command = {command}", ""]

    def _rules(self) -> list[str]:
        lines = self._compile_rule("compile", "$cxx", "$cxxflags")
        if self._has_c:
            lines += self._compile_rule("c_compile", "$cc", "$cflags")
        if self._gpu is not None:
            # hipcc writes no dependency file, for which reason ninja compiles for HIP every time.
            lines += [*_with_depfile("compile_cuda"), f"  command = {self._gpu.command()}", ""]
        if not self.windows:
            lines += ["rule merge_objects", "  command = ld -r -o $out $in", ""]
            lines += ["rule copy_object", "  command = cp -f $in $out", ""]
        if self.images:
            tool = f"{_quoted(sys.executable, False)} -m tvm_ffi.utils.embed_cubin"
            options = "--output-obj $out --input-obj $in --cubin $cubin --name $name"
            lines += ["rule embed_cubin", f"  command = {tool} {options}", ""]
        if not self.makes_object:
            link = (
                "$cxx $in /link $ldflags /out:$out" if self.windows else "$cxx $in $ldflags -o $out"
            )
            lines += ["rule link", f"  command = {link}", ""]
        return lines

    # ---- edges ----------------------------------------------------------------------------------

    def _compilations(self) -> tuple[list[str], list[str]]:
        """Return the lines that compile the sources, and the object files to go on with."""
        lines, objects = [], []
        rules = {"c": "c_compile", "cpp": "compile", "cuda": "compile_cuda"}
        counts = dict.fromkeys(rules, 0)
        for source in self.sources:
            if is_object_file(source):
                objects.append(_node(source))
                continue
            suffix = os.path.splitext(source)[1].lower()
            kind = {".c": "c", ".cu": "cuda"}.get(suffix, "cpp")
            objects.append(f"{kind}_{counts[kind]}.o")
            counts[kind] += 1
            lines.append(f"build {objects[-1]}: {rules[kind]} {_node(source)}")
        return lines, objects

    def _embeddings(self, objects: list[str]) -> tuple[list[str], str]:
        """Return the lines that embed the images, and the object file that has them all."""
        lines = [f"build unified.o: merge_objects {' '.join(objects)}", ""]
        last = "unified.o"
        for name in self.images:
            # The image is an input, so that a changed one is embedded again.
            merged, image = f"unified_with_{name}.o", f"{name}.cubin"
            lines += [f"build {merged}: embed_cubin {last} | {image}"]
            lines += [f"  cubin = {image}", f"  name = {name}", ""]
            last = merged
        return lines, last

    def _edges(self) -> list[str]:
        lines, objects = self._compilations()
        output = _node(self.output)
        if self.makes_object:
            if self.windows:
                # Nothing merges objects there: the first one is the product.
                return [*lines, "", f"default {objects[0]}", ""]
            # Merging a single object could move its empty sections, which some loaders reject.
            rule = "copy_object" if len(objects) == 1 else "merge_objects"
            return [
                *lines,
                f"build {output}: {rule} {' '.join(objects)}",
                "",
                f"default {output}",
                "",
            ]
        if self.images:
            more, merged = self._embeddings(objects)
            lines, objects = lines + more, [merged]
        lines.append(f"build {output}: link {' '.join(objects)}")
        return [*lines, "", f"default {output}", ""]

    def product(self) -> str:
        """Return the path of the product in the build directory."""
        if self.windows and self.makes_object:
            _, objects = self._compilations()
            return objects[0]
        return self.output

    def text(self) -> str:
        """Return the whole file."""
        variables = [f"{key} = {value}" for key, value in self._variables().items()]
        return "\n".join([*variables, "", *self._rules(), *self._edges()])


def _with_depfile(rule: str) -> list[str]:
    """Return the head of a rule whose compiler writes a dependency file."""
    return [f"rule {rule}", "  depfile = $out.d", "  deps = gcc"]


def _generate_ninja_build(  # noqa: PLR0917 - published signature
    name: str,
    extra_cflags: Sequence[str],
    extra_cuda_cflags: Sequence[str],
    extra_ldflags: Sequence[str],
    extra_include_paths: Sequence[str],
    sources: Sequence[str],
    embed_cubin: Mapping[str, bytes] | None = None,
    backend: str | None = None,
    output: str | None = None,
) -> str:
    """Return the text of the ninja file of a build."""
    return NinjaFile(
        name=name,
        sources=sources,
        extra_cflags=extra_cflags,
        extra_cuda_cflags=extra_cuda_cflags,
        extra_ldflags=extra_ldflags,
        extra_include_paths=extra_include_paths,
        embed_cubin=embed_cubin,
        backend=backend,
        output=output,
    ).text()
