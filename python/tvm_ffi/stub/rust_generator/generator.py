# SPDX-License-Identifier: Apache-2.0
"""``RustGenerator``: what the pipeline of ``tvm-ffi-stubgen`` calls for ``--target rust``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..consts import RUST_SYNTAX
from .codegen import (
    finalize_rust_module_tree,
    generate_rust_api_file,
    generate_rust_import_section,
    generate_rust_object,
)
from .consts import RUST_DIRECTIVE_KINDS, RUST_TY_MAP_DEFAULTS
from .utils import ModulesOfTypes, RustImports, RustUse, check_tokens, is_crate_type_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ..file_utils import CodeBlock
    from ..utils import FuncInfo, InitConfig, ObjectInfo, Options


class RustGenerator:
    """Fills ``object/`` and ``import-section`` blocks of Rust files; leaves others alone."""

    name = "rust"
    syntax = RUST_SYNTAX
    source_exts = frozenset((".rs",))
    directive_kinds = RUST_DIRECTIVE_KINDS

    def __init__(self) -> None:
        self._modules: dict[Path, tuple[str, ...]] = {}  # of the files of the run

    def default_ty_map(self) -> dict[str, str]:
        """Return a new map of Rust paths by schema origin or type key."""
        return dict(RUST_TY_MAP_DEFAULTS)

    def new_imports(self) -> RustImports:
        """Return the empty imports of a file."""
        return RustImports()

    def add_directive(self, imports: RustImports, name: str, payload: str, lineno: int) -> None:
        """Take in a one-line directive of a file; ValueError if it is malformed."""
        if name == "import-object":
            imports.record(payload.partition(";")[0].strip())
        else:
            imports.directives.add(name, payload, lineno)

    def canonical_type_name(self, type_key: str) -> str:
        """Return the path that a type key, or what it is mapped to, stands for."""
        return RustUse(type_key).path

    def extra_export_names(self, imports: RustImports) -> set[str]:
        """Return no names: modules of Rust export what is public."""
        return set()

    def is_builtin(self, type_key: str) -> bool:
        """Return whether the crate ``tvm_ffi`` owns a type."""
        return is_crate_type_key(type_key)

    def check_view(self, code_blocks: list[CodeBlock]) -> object:
        """Return what of the generated blocks makes a file stale when it changes."""
        return [
            (code.kind, code.param, check_tokens(code.lines[1:-1]))
            for code in code_blocks
            if code.kind in ("object", "import-section")
        ]

    def generate_global_funcs_block(
        self,
        code: CodeBlock,
        global_funcs: list[FuncInfo],
        ty_map: dict[str, str],
        imports: RustImports,
        opt: Options,
    ) -> None:
        """Leave the block unchanged: functions have no Rust bindings."""

    def generate_object_block(
        self,
        code: CodeBlock,
        ty_map: dict[str, str],
        imports: RustImports,
        opt: Options,
        obj_info: ObjectInfo,
        declared: Mapping[str, Path],
    ) -> None:
        """Fill the block of a type; ``declared`` has the files of all types of the run."""
        modules = ModulesOfTypes(declared, self._modules)
        generate_rust_object(code, ty_map, imports, opt, obj_info, modules)

    def generate_import_section_block(
        self, code: CodeBlock, imports: RustImports, opt: Options, defined_types: set[str]
    ) -> None:
        """Fill the ``use`` lines and stand-ins of a file."""
        generate_rust_import_section(code, imports, opt, defined_types)

    def generate_all_block(self, code: CodeBlock, names: set[str], opt: Options) -> None:
        """Leave the block unchanged: Rust has no export lists."""

    def generate_export_block(self, code: CodeBlock) -> None:
        """Leave the block unchanged: modules are declared by init mode."""

    def generate_helpers_block(self, code: CodeBlock, opt: Options) -> None:
        """Leave the block unchanged: the helpers are in the crate ``tvm_ffi``."""

    def api_filename(self) -> str:
        """Return the file of a prefix."""
        return "mod.rs"

    def init_filename(self) -> str:
        """Return the file that makes a directory a module, the same one."""
        return "mod.rs"

    def generate_api_file(
        self,
        code_blocks: list[CodeBlock],
        ty_map: dict[str, str],
        module_name: str,
        object_infos: list[ObjectInfo],
        init_cfg: InitConfig,
        is_root: bool,
    ) -> str:
        """Return what to append to the file of a prefix."""
        return generate_rust_api_file(
            code_blocks, ty_map, module_name, object_infos, init_cfg, is_root, self.syntax
        )

    def generate_init_file(
        self, code_blocks: list[CodeBlock], module_name: str, submodule: str
    ) -> str:
        """Return nothing: a prefix has one file."""
        return ""

    def finalize_init(self, init_path: Path, generated_prefixes: set[str]) -> None:
        """Declare the modules of the prefixes."""
        finalize_rust_module_tree(init_path, generated_prefixes)
