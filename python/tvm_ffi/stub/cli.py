# SPDX-License-Identifier: Apache-2.0
"""The command ``tvm-ffi-stubgen``: its options, and the stages of a run."""

from __future__ import annotations

import argparse
import ctypes
import importlib
import sys
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Callable

from tvm_ffi.core import _object_type_key_to_index

from . import consts as C
from .file_utils import CodeBlock, FileInfo, collect_files, find_file
from .generator import Generator, generator_names, get_generator
from .lib_state import (
    collect_global_funcs,
    collect_type_keys,
    object_info_from_type_key,
    toposort_objects,
)
from .roll_out import declared_objects, object_keys, roll_out_prefixes, skipped_objects
from .utils import FuncInfo, InitConfig, Options

# ---- the command line ---------------------------------------------------------------------------


def __main__() -> int:
    """Run the tool on the command line of the process.

    Returns
    -------
    The exit status: 2 if a file failed, else 1 if ``--check`` found a stale one, else 0.

    """
    parser = _make_parser()
    opt = _options(parser)
    if not opt.files and opt.coverage_out is None:
        parser.print_help()
        return 1
    for module in opt.imports:
        importlib.import_module(module)
    for library in opt.dlls:
        ctypes.CDLL(library)  # the libraries stay loaded: ctypes never closes one
    status = _run(opt, get_generator(opt.target)) if opt.files else 0
    if opt.coverage_out is not None:
        _write_coverage(Path(opt.coverage_out))
    return status


def _make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="tvm-ffi-stubgen",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=(
            "Fill marked blocks of source files with declarations of the registered functions\n"
            "and types. Files are edited in place; with --init-*, those of a package are made.\n"
            f"\nDocumentation: {C.DOC_URL}"
        ),
    )
    parser.add_argument(
        "files",
        metavar="PATH",
        nargs="*",
        help="file, or directory to search for the source files of the target",
    )
    parser.add_argument(
        "--imports",
        metavar="MODULES",
        default="",
        help="modules to import first, separated by ';'",
    )
    parser.add_argument(
        "--dlls",
        metavar="LIBS",
        default="",
        help="shared libraries to load first, separated by ';'; they register what is generated",
    )
    init = parser.add_argument_group("making the files of a package (all three or none)")
    init.add_argument("--init-pypkg", default="", help="distribution that holds the library")
    init.add_argument("--init-lib", default="", help="name of the library, as its CMake target")
    init.add_argument("--init-prefix", default="", help="prefix of the functions and types")
    parser.add_argument(
        "--indent",
        type=int,
        default=4,
        help="blanks to indent by inside generated blocks (default: %(default)s)",
    )
    parser.add_argument(
        "--target",
        choices=generator_names(),
        default="python",
        help="language to generate (default: %(default)s)",
    )
    parser.add_argument("--verbose", action="store_true", help="print what changes in each file")
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing, and exit with status 1 if a file is out of date",
    )
    parser.add_argument(
        "--coverage-out",
        metavar="JSON",
        help="write a report on the native layout of all types to this file; needs no PATH",
    )
    return parser


def _options(parser: argparse.ArgumentParser) -> Options:
    """Parse the command line; usage errors end the process."""
    args = parser.parse_args()
    init_args = (args.init_pypkg, args.init_lib, args.init_prefix)
    init = None
    if all(init_args):
        prefix = args.init_prefix.strip()
        prefix = f"{prefix}." if prefix and not prefix.endswith(".") else prefix
        init = InitConfig(args.init_pypkg, args.init_lib, prefix)
    elif any(init_args):
        parser.error("--init-pypkg, --init-lib, and --init-prefix must be provided together")
    if init is not None and args.check:
        parser.error("--check cannot be combined with --init-* flags")
    return Options(
        imports=_split(args.imports),
        dlls=_split(args.dlls),
        init=init,
        indent=args.indent,
        files=args.files,
        verbose=args.verbose,
        dry_run=args.dry_run or args.check,
        check=args.check,
        target=args.target,
        coverage_out=args.coverage_out,
    )


def _split(text: str) -> list[str]:
    """Return the parts of an option that takes several values."""
    return [part.strip() for part in text.split(";") if part.strip()]


def _write_coverage(path: Path) -> None:
    """Write the report on the native layout of every registered type."""
    from .layout import classify, write_coverage_report  # noqa: PLC0415

    keys = [key for keys in collect_type_keys().values() for key in keys]
    write_coverage_report(path, classify({key: object_info_from_type_key(key) for key in keys}))


# ---- a run --------------------------------------------------------------------------------------


def _run(opt: Options, generator: Generator) -> int:
    """Run all stages over the files of the command line; returns the exit status."""
    paths = [Path(path) for path in opt.files]
    files = collect_files(paths, generator.source_exts)
    global_funcs = collect_global_funcs()
    ty_map = generator.default_ty_map()
    failures = _for_each(files, lambda file: _stage_1(file, ty_map))
    init_path = paths[0].parent if paths[0].is_file() else paths[0]
    prefixes: set[str] = set()
    if opt.init is not None:
        try:
            prefixes = _stage_2(
                files, ty_map, opt.init, init_path, global_funcs, generator, opt.dry_run
            )
        except ValueError:  # a file that is to be extended cannot be read
            _report_failure(init_path)
            return 2
    views = {file.path: generator.check_view(file.code_blocks) for file in files}
    failures += roll_out_prefixes(files, generator, collect_type_keys())
    declared = {key: file.path for key, file in declared_objects(files).items()}
    stale: list[FileInfo] = []

    def fill(file: FileInfo) -> None:
        changed = _stage_3(file, opt, ty_map, global_funcs, generator, declared)
        if opt.check and changed and generator.check_view(file.code_blocks) != views[file.path]:
            stale.append(file)
            print(f"{C.TERM_YELLOW}[Stale] {file.path}{C.TERM_RESET}")

    failures += _for_each(files, fill)
    if opt.init is not None and not opt.dry_run:
        generator.finalize_init(init_path, prefixes)
    if failures:
        return 2
    return 1 if stale else 0


def _for_each(files: Iterable[FileInfo], action: Callable[[FileInfo], None]) -> int:
    """Do something with every file; returns for how many it failed, which are reported."""
    failures = 0
    for file in files:
        try:
            action(file)
        except Exception:
            failures += 1
            _report_failure(file.path)
    return failures


def _report_failure(path: Path) -> None:
    """Print the exception that is being handled, for a file."""
    report = f'[Failed] File "{path}": {traceback.format_exc()}'
    print(f"{C.TERM_RED}{report}{C.TERM_RESET}")


def _stage_1(file: FileInfo, ty_map: dict[str, str]) -> None:
    """Read the ``ty-map`` directives of a file into ``ty_map``."""
    for block in file.code_blocks:
        if block.kind != "directive" or block.param[0] != "ty-map":
            continue
        parts = [part.strip() for part in block.param[1].split("->")]
        if len(parts) != 2:
            raise ValueError(
                f"Invalid ty_map format at line {block.lineno_start}. Example: `A.B -> C.D`"
            )
        ty_map[parts[0]] = parts[1]


def _stage_2(
    files: list[FileInfo],
    ty_map: dict[str, str],
    init_cfg: InitConfig,
    init_path: Path,
    global_funcs: dict[str, list[FuncInfo]],
    generator: Generator,
    dry_run: bool = False,
) -> set[str]:
    """Make or extend the files of a package, and add them to ``files``.

    A prefix gets files for what no file has a block for yet: functions, and types that are neither
    built in nor skipped.

    Returns
    -------
    The prefixes that got something.

    """
    root = init_cfg.prefix.removesuffix(".")
    type_keys = collect_type_keys()
    known_types = declared_objects(files).keys() | {
        key for file in files for key in skipped_objects(file)
    }
    known_prefixes = {
        block.param[0] for file in files for block in file.code_blocks if block.kind == "global"
    }
    generated: set[str] = set()
    for prefix in {**type_keys, **global_funcs}:
        if init_cfg.prefix and prefix != root and not prefix.startswith(f"{root}."):
            continue
        keys = [
            key
            for key in type_keys.get(prefix, ())
            if key not in known_types and not generator.is_builtin(key)
        ]
        if not keys and (prefix in known_prefixes or not global_funcs.get(prefix)):
            continue
        directory = init_path.joinpath(*prefix.split("."))
        api = find_file(files, directory / generator.api_filename())
        package = find_file(files, directory / generator.init_filename())
        if api is None or package is None:
            continue
        generated.add(prefix)
        infos = toposort_objects(keys)
        text = generator.generate_api_file(
            api.code_blocks, ty_map, prefix, infos, init_cfg, prefix == root
        )
        _append(files, api, text, dry_run)
        submodule = Path(generator.api_filename()).stem
        text = generator.generate_init_file(package.code_blocks, prefix, submodule)
        _append(files, package, text, dry_run)
    return generated


def _append(files: list[FileInfo], file: FileInfo, text: str, dry_run: bool) -> None:
    """Append to a file, if there is anything to append, and see that the run fills it."""
    if text:
        file.append(text, dry_run)
        if all(other is not file for other in files):
            files.append(file)


def _stage_3(
    file: FileInfo,
    opt: Options,
    ty_map: dict[str, str],
    global_funcs: dict[str, list[FuncInfo]],
    generator: Generator,
    declared: Mapping[str, Path] | None = None,
) -> bool:
    """Fill the blocks of a file and write it.

    Returns
    -------
    Whether its text changed.

    Raises
    ------
    ValueError
        If a directive is not known, or, after the rest has been written, if the file has blocks of
        types that are not registered.

    """
    if opt.verbose:
        print(f"{C.TERM_CYAN}[File] {file.path}{C.TERM_RESET}")
    if declared is None:
        declared = dict.fromkeys(object_keys(file), file.path)
    by_kind: dict[str | None, list[CodeBlock]] = {}
    for block in file.code_blocks:
        by_kind.setdefault(block.kind, []).append(block)
    imports = _read_directives(by_kind.get("directive", []), generator)
    names: set[str] = set()
    defined_types: set[str] = set()
    unregistered: list[str] = []
    for block in by_kind.get("global", ()):
        funcs = global_funcs.get(block.param[0], [])
        generator.generate_global_funcs_block(block, funcs, ty_map, imports, opt)
        names |= {func.schema.name.rpartition(".")[2] for func in funcs}
    for block in by_kind.get("object", ()):
        key = str(block.param)
        if _object_type_key_to_index(key) is None:
            unregistered.append(f"`object/{key}` (line {block.lineno_start})")
            continue
        info = object_info_from_type_key(key)
        generator.generate_object_block(block, ty_map, imports, opt, info, declared)
        name = ty_map.get(key, key)
        defined_types.add(generator.canonical_type_name(name))
        names.add(name.rpartition(".")[2])
    for block in by_kind.get("import-section", ())[:1]:
        generator.generate_import_section_block(block, imports, opt, defined_types)
    for block in by_kind.get("__all__", ())[:1]:
        generator.generate_all_block(block, names | generator.extra_export_names(imports), opt)
    for block in by_kind.get("export", ()):
        generator.generate_export_block(block)
    changed = file.update(opt.verbose, opt.dry_run)
    if unregistered:
        raise ValueError(
            f"{', '.join(unregistered)}: the type is no longer registered; delete the block"
        )
    return changed


def _read_directives(directives: list[CodeBlock], generator: Generator) -> Any:
    """Return the imports of a file after the target has taken in the directives for it."""
    imports = generator.new_imports()
    for block in directives:
        assert isinstance(block.param, tuple)
        name, payload = block.param
        if name in generator.directive_kinds:
            generator.add_directive(imports, name, payload, block.lineno_start)
        elif name not in C.PIPELINE_DIRECTIVE_KINDS:
            raise ValueError(f"Unknown directive `{name}` at line {block.lineno_start}")
    return imports


if __name__ == "__main__":
    sys.exit(__main__())
