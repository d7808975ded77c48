# SPDX-License-Identifier: Apache-2.0
"""Fills the blocks of Python files, and scaffolds new files for init mode.

Block writers replace the lines between the markers of ``code`` and add what the lines need to the
list ``imports``. A ``ty_map`` here is a dictionary from schema origins and type keys to paths.
"""

from __future__ import annotations

from typing import Callable

from .. import consts as C
from ..file_utils import CodeBlock
from ..utils import FuncInfo, InitConfig, ObjectInfo, Options
from . import consts as PC
from .utils import (
    ImportItem,
    render_func_signature,
    render_object_ffi_init,
    render_object_fields,
    render_object_init,
    render_object_methods,
)

# ---- blocks -------------------------------------------------------------------------------------


def generate_python_global_funcs(
    code: CodeBlock,
    global_funcs: list[FuncInfo],
    ty_map: dict[str, str],
    imports: list[ImportItem],
    opt: Options,
) -> None:
    """Fill a ``global`` block: the call that makes the functions, and their signatures."""
    if not global_funcs:
        return
    assert isinstance(code.param, tuple)
    prefix, import_from = code.param
    imports.append(ImportItem(f"{import_from or 'tvm_ffi'}.init_ffi_api", alias="_FFI_INIT_FUNC"))
    imports.append(ImportItem("typing.TYPE_CHECKING"))
    result_text, param_text = _type_texts(ty_map, imports, _leaf_names(global_funcs))
    code.replace_content(
        _indented(
            code.indent,
            [
                "# fmt: off",
                f'_FFI_INIT_FUNC("{prefix}", __name__)',
                "if TYPE_CHECKING:",
                *(
                    render_func_signature(func, result_text, opt.indent, param_text)
                    for func in global_funcs
                ),
                "# fmt: on",
            ],
        )
    )


def generate_python_object(
    code: CodeBlock,
    ty_map: dict[str, str],
    imports: list[ImportItem],
    opt: Options,
    obj_info: ObjectInfo,
) -> None:
    """Fill an ``object`` block: annotations of the fields, and signatures of the methods."""
    result_text, param_text = _type_texts(ty_map, imports, _leaf_names(obj_info.methods))
    methods = [
        line
        for render in (render_object_init, render_object_ffi_init, render_object_methods)
        for line in render(obj_info, result_text, opt.indent, param_text)
    ]
    if methods:
        imports.append(ImportItem("typing.TYPE_CHECKING"))
        methods.insert(0, "if TYPE_CHECKING:")
    if obj_info.has_overloaded_methods():
        imports.append(ImportItem("typing.overload", type_checking_only=True))
    fields = render_object_fields(obj_info, result_text, 0)
    code.replace_content(_indented(code.indent, ["# fmt: off", *fields, *methods, "# fmt: on"]))


def generate_python_import_section(
    code: CodeBlock, imports: list[ImportItem], opt: Options
) -> None:
    """Fill the import section, the run-time imports before those for type checkers."""
    if not imports:
        return
    run_time = [item for item in imports if not item.type_checking_only]
    type_checking = [item for item in imports if item.type_checking_only]
    if type_checking:
        run_time.append(ImportItem("typing.TYPE_CHECKING"))
    lines = ["from __future__ import annotations", *_import_statements(run_time)]
    if type_checking:
        lines.append("if TYPE_CHECKING:")
        lines += _indented(opt.indent, _import_statements(type_checking))
    code.replace_content(_unformatted(lines))


def generate_python_all(code: CodeBlock, names: set[str], opt: Options) -> None:
    """Fill an ``__all__`` block with names: constants, then classes, then the rest."""
    if names:
        lines = [f'"{name}",' for name in sorted(names, key=_export_order)]
        code.replace_content(_indented(code.indent, lines))


def generate_python_export(code: CodeBlock) -> None:
    """Fill an ``export`` block: everything public of a submodule."""
    module = code.param
    code.replace_content(
        _unformatted(
            [
                f"from .{module} import *  # noqa: F403",
                f"from .{module} import __all__ as {module}__all__",
                'if "__all__" not in globals():',
                "    __all__ = []",
                f"__all__.extend({module}__all__)",
            ]
        )
    )


def _unformatted(lines: list[str]) -> list[str]:
    """Return lines that formatters leave alone."""
    return ["# fmt: off", "# isort: off", *lines, "# isort: on", "# fmt: on"]


def _indented(indent: int, lines: list[str]) -> list[str]:
    """Return lines with blanks in front."""
    return [" " * indent + line for line in lines]


def _leaf_names(funcs: list[FuncInfo]) -> set[str]:
    """Return the last segments of the names of functions."""
    return {func.schema.name.rpartition(".")[2] for func in funcs}


def _import_statements(items: list[ImportItem]) -> list[str]:
    """Return sorted statements: those of modules themselves first, then one for each module."""
    plain = {str(item) for item in items if not item.mod}
    names: dict[str, set[str]] = {}
    for item in items:
        if item.mod:
            names.setdefault(item.mod, set()).add(item.name_with_alias)
    return [
        *sorted(plain),
        *(f"from {mod} import {', '.join(sorted(names[mod]))}" for mod in sorted(names)),
    ]


def _export_order(name: str) -> tuple[int, str]:
    """Return the sort key of an exported name."""
    if name.isupper():
        return 0, name
    if name[:1].isupper() and "_" not in name:
        return 1, name
    return 2, name


def _type_texts(
    ty_map: dict[str, str], imports: list[ImportItem], taken: set[str]
) -> tuple[Callable[[str], str], Callable[[str], str]]:
    """Return what renders a type where it is returned, and what does where it is passed."""
    return (
        _type_text(ty_map, imports, taken),
        _type_text(_input_ty_map(ty_map), imports, taken),
    )


def _type_text(
    ty_map: dict[str, str], imports: list[ImportItem], taken: set[str]
) -> Callable[[str], str]:
    """Return what renders the name of a type and records the import that the text needs.

    A name that a function of the block takes away is imported under another one.
    """

    def text(origin: str) -> str:
        path = ty_map.get(origin, origin)
        _, dot, name = path.rpartition(".")
        if not dot:
            return path
        alias = f"_{name}" if name in taken else None
        imports.append(ImportItem(path, type_checking_only=True, alias=alias))
        return alias or name

    return text


def _input_ty_map(ty_map: dict[str, str]) -> dict[str, str]:
    """Return the map for parameters: it differs where ``ty_map`` has the default."""
    wider = {
        origin: path
        for origin, path in PC.TY_MAP_INPUT_DEFAULTS.items()
        if ty_map.get(origin, PC.TY_MAP_DEFAULTS[origin]) == PC.TY_MAP_DEFAULTS[origin]
    }
    return {**ty_map, **wider}


# ---- init mode ----------------------------------------------------------------------------------


def generate_python_ffi_api(
    code_blocks: list[CodeBlock],
    ty_map: dict[str, str],
    module_name: str,
    object_infos: list[ObjectInfo],
    init_cfg: InitConfig,
    is_root: bool,
    syntax: C.MarkerSyntax,
) -> str:
    """Return what a file with ``code_blocks`` lacks to bind everything of a prefix.

    The root prefix also loads the library. ``object_infos`` are the types to add, parents first.
    """
    present = {block.kind for block in code_blocks}
    lines: list[str] = []
    if not code_blocks:
        lines.append(f'"""FFI API bindings for {module_name}."""')
    if "import-section" not in present:
        lines += ["", f"{syntax.begin} import-section", syntax.end]
    if is_root and not any(_loads_library(block) for block in code_blocks):
        loader = "tvm_ffi.libinfo.load_lib_module;False;_FFI_LOAD_LIB"
        lines.append(f"{syntax.import_object} {loader}")
        lines.append(f'LIB = _FFI_LOAD_LIB("{init_cfg.pkg}", "{init_cfg.shared_target}")')
    if "global" not in present:
        lines += [f"{syntax.begin} global/{module_name}", syntax.end]
    if object_infos:
        lines.append(f"{syntax.import_object} tvm_ffi.register_object;False;_FFI_REG_OBJ")
        lines += _class_definitions(object_infos, ty_map, syntax)
    if "__all__" not in present:
        lines += ["", "__all__ = [", f"    {syntax.begin} __all__", f"    {syntax.end}", "]"]
    return "".join(f"{line}\n" for line in lines)


def _loads_library(block: CodeBlock) -> bool:
    """Return whether a block is the directive that imports the loader of the library."""
    return (
        block.kind == "directive"
        and block.param[0] == "import-object"
        and ImportItem.from_directive(block.param[1]).loads_library
    )


def _class_definitions(
    object_infos: list[ObjectInfo], ty_map: dict[str, str], syntax: C.MarkerSyntax
) -> list[str]:
    """Return classes with an ``object`` block each; parents defined elsewhere are imported."""
    own_keys = {info.type_key for info in object_infos}
    lines: list[str] = []
    for info in object_infos:
        assert info.type_key is not None
        key = ty_map.get(info.type_key, info.type_key)
        parent = "Object"
        if info.parent_type_key is not None:
            parent_key = ty_map.get(info.parent_type_key, info.parent_type_key)
            parent = parent_key.rpartition(".")[2]
            if info.parent_type_key not in own_keys:
                parent = f"_{parent_key.replace('.', '_')}"
                lines.append(f"{syntax.import_object} {parent_key};False;{parent}")
        lines += [
            f'@_FFI_REG_OBJ("{key}")',
            f"class {key.rpartition('.')[2]}({parent}):",
            f'    """FFI binding for `{key}`."""',
            "",
            f"    {syntax.begin} object/{key}",
            f"    {syntax.end}",
            "",
        ]
    return lines


def generate_python_init(
    code_blocks: list[CodeBlock], module_name: str, submodule: str, syntax: C.MarkerSyntax
) -> str:
    """Return what a package with ``code_blocks`` lacks to export a submodule."""
    if any(block.kind == "export" for block in code_blocks):
        return ""
    header = "" if code_blocks else f'"""Package {module_name}."""\n'
    return f"{header}\n{syntax.begin} export/{submodule}\n{syntax.end}\n"
