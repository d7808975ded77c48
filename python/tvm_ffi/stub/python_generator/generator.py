# SPDX-License-Identifier: Apache-2.0
"""The Python target as the pipeline sees it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .. import consts as C
from ..file_utils import CodeBlock
from ..utils import FuncInfo, InitConfig, ObjectInfo, Options
from . import codegen
from . import consts as PC
from .utils import ImportItem, PythonImports


class PythonGenerator:
    """Writes Python; :class:`tvm_ffi.stub.generator.Generator` says what each method is for."""

    name = "python"
    source_exts = frozenset({".py", ".pyi"})
    syntax = C.PYTHON_SYNTAX
    directive_kinds = frozenset({"import-object"})

    def default_ty_map(self) -> dict[str, str]:
        """Return a new map from origins and type keys to dotted paths."""
        return dict(PC.TY_MAP_DEFAULTS)

    def new_imports(self) -> PythonImports:
        """Return the imports of a file, none yet."""
        return PythonImports()

    def add_directive(self, imports: PythonImports, name: str, payload: str, lineno: int) -> None:
        """Add the import of an ``import-object`` directive: name, for checkers only, alias."""
        assert name in self.directive_kinds, name
        item = ImportItem.from_directive(payload)
        imports.items.append(item)
        imports.has_lib_load |= item.loads_library

    def canonical_type_name(self, type_key: str) -> str:
        """Return the dotted path of a type."""
        return ImportItem(type_key).full_name

    def extra_export_names(self, imports: PythonImports) -> set[str]:
        """Return the name of the library if the file loads it."""
        return {"LIB"} if imports.has_lib_load else set()

    def is_builtin(self, type_key: str) -> bool:
        """Return whether the package itself has the class."""
        return type_key in C.BUILTIN_TYPE_KEYS

    def check_view(self, code_blocks: list[CodeBlock]) -> object:
        """Return all lines: any difference makes a file stale."""
        return tuple(line for block in code_blocks for line in block.lines)

    def generate_global_funcs_block(
        self,
        code: CodeBlock,
        global_funcs: list[FuncInfo],
        ty_map: dict[str, str],
        imports: PythonImports,
        opt: Options,
    ) -> None:
        """Fill a ``global`` block."""
        codegen.generate_python_global_funcs(code, global_funcs, ty_map, imports.items, opt)

    def generate_object_block(
        self,
        code: CodeBlock,
        ty_map: dict[str, str],
        imports: PythonImports,
        opt: Options,
        obj_info: ObjectInfo,
        declared: Mapping[str, Path],
    ) -> None:
        """Fill an ``object`` block; Python does not care where the other types are declared."""
        codegen.generate_python_object(code, ty_map, imports.items, opt, obj_info)

    def generate_import_section_block(
        self, code: CodeBlock, imports: PythonImports, opt: Options, defined_types: set[str]
    ) -> None:
        """Fill the import section, without the types that the file defines."""
        items = [item for item in imports.items if item.full_name not in defined_types]
        codegen.generate_python_import_section(code, items, opt)

    def generate_all_block(self, code: CodeBlock, names: set[str], opt: Options) -> None:
        """Fill an ``__all__`` block."""
        codegen.generate_python_all(code, names, opt)

    def generate_export_block(self, code: CodeBlock) -> None:
        """Fill an ``export`` block."""
        codegen.generate_python_export(code)

    def generate_helpers_block(self, code: CodeBlock, opt: Options) -> None:
        """Leave the block alone: Python code needs no helpers."""

    def api_filename(self) -> str:
        """Return the file of the bindings of a prefix."""
        return "_ffi_api.py"

    def init_filename(self) -> str:
        """Return the file of the package around them."""
        return "__init__.py"

    def generate_api_file(
        self,
        code_blocks: list[CodeBlock],
        ty_map: dict[str, str],
        module_name: str,
        object_infos: list[ObjectInfo],
        init_cfg: InitConfig,
        is_root: bool,
    ) -> str:
        """Return what to append to the file of the bindings."""
        return codegen.generate_python_ffi_api(
            code_blocks, ty_map, module_name, object_infos, init_cfg, is_root, self.syntax
        )

    def generate_init_file(
        self, code_blocks: list[CodeBlock], module_name: str, submodule: str
    ) -> str:
        """Return what to append to the file of the package."""
        return codegen.generate_python_init(code_blocks, module_name, submodule, self.syntax)

    def finalize_init(self, init_path: Path, generated_prefixes: set[str]) -> None:
        """Do nothing: Python finds its modules by the directories."""
