# SPDX-License-Identifier: Apache-2.0
"""The text that the Python target of the stub generator writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional

import pytest
from stubgen_support import (
    block,
    content,
    empty_block,
    field,
    function,
    init_field,
    marker,
    method,
    schema,
    signature,
)
from tvm_ffi.core import Object, Tensor, TypeSchema
from tvm_ffi.stub import consts as C
from tvm_ffi.stub.file_utils import CodeBlock
from tvm_ffi.stub.generator import generator_names, get_generator
from tvm_ffi.stub.python_generator import PythonGenerator, codegen
from tvm_ffi.stub.python_generator.consts import TY_MAP_DEFAULTS
from tvm_ffi.stub.python_generator.utils import (
    ImportItem,
    PythonImports,
    render_func_signature,
    render_object_ffi_init,
    render_object_fields,
    render_object_init,
    render_object_methods,
)
from tvm_ffi.stub.utils import FuncInfo, InitConfig, ObjectInfo, Options

OPTIONS = Options()


def leaf(origin: str) -> str:
    return origin.rpartition(".")[2]


def wide(origin: str) -> str:
    return f"Wide{leaf(origin)}"


# ---- signatures ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("func", "text"),
    [
        (function("a.f", int, int, str), "def f(_0: int, _1: str, /) -> int: ..."),
        (function("f", None), "def f() -> None: ..."),
        (method("a.m", int, "a.B", str), "def m(self, _1: str, /) -> int: ..."),
        (method("m", int, "a.B"), "def m(self, /) -> int: ..."),
        (function("f", "a.B", Optional[int]), "def f(_0: int | None, /) -> B: ..."),
        (function("f", tuple[int, str]), "def f() -> tuple[int, str]: ..."),
        (
            function("f", None, Callable[[int], str]),
            "def f(_0: Callable[[int], str], /) -> None: ...",
        ),
        (FuncInfo.from_schema("f", TypeSchema("Callable")), "def f(*args: Any) -> Any: ..."),
        (
            FuncInfo.from_schema("f", TypeSchema("Callable", (schema(int),)), is_member=True),
            "def f(*args: Any) -> int: ...",
        ),
    ],
)
def test_signatures(func, text):
    assert render_func_signature(func, leaf, 2) == f"  {text}"


def test_parameters_have_a_map_of_their_own():
    func = function("f", list[int], list[int])
    assert render_func_signature(func, leaf, 0, wide) == (
        "def f(_0: WideList[Wideint], /) -> List[int]: ..."
    )


def test_the_map_is_asked_once_for_each_occurrence_of_an_origin():
    asked: list[str] = []

    def record(origin: str) -> str:
        asked.append(origin)
        return origin

    render_func_signature(function("f", list[int], int), record, 0)
    assert asked == ["int", "List", "int"]
    asked.clear()
    render_func_signature(FuncInfo.from_schema("f", TypeSchema("Callable")), record, 0)
    assert asked == ["Any"]


def test_what_is_no_function_has_no_signature():
    func = FuncInfo.from_schema("f", schema(list[int]))
    with pytest.raises(ValueError, match=r"^Expected Callable type schema, but got: List\[int\]$"):
        render_func_signature(func, leaf, 0)


# ---- members ------------------------------------------------------------------------------------


def test_fields_are_annotations_in_their_order():
    info = ObjectInfo(fields=[field("b", list[int]), field("a", Optional[Object])], methods=[])
    assert render_object_fields(info, leaf, 2) == ["  b: List[int]", "  a: Object | None"]


INIT_FIELDS = [
    init_field("default", int, has_default=True),
    init_field("required", list[int]),
    init_field("keyword_default", str, kw_only=True, has_default=True),
    init_field("keyword", str, kw_only=True),
]
INIT_PARAMETERS = (
    "self, required: WideList[Wideint], default: Wideint = ..., "
    "*, keyword: Widestr, keyword_default: Widestr = ..."
)


def test_init_takes_the_fields_those_without_default_first():
    info = ObjectInfo(fields=[], methods=[], init_fields=INIT_FIELDS, has_init=True)
    expected = [f"def __init__({INIT_PARAMETERS}) -> None: ..."]
    assert render_object_init(info, leaf, 0, wide) == expected
    assert render_object_ffi_init(info, leaf, 0, wide) == [
        expected[0].replace("__init__", "__ffi_init__")
    ]


def test_init_without_fields_takes_nothing():
    info = ObjectInfo(fields=[], methods=[], has_init=True)
    assert render_object_init(info, leaf, 0) == ["def __init__(self) -> None: ..."]


def test_a_type_without_constructor_has_no_init():
    info = ObjectInfo(fields=[field("a", int)], methods=[], init_fields=INIT_FIELDS)
    assert render_object_init(info, leaf, 0) == []
    assert render_object_ffi_init(info, leaf, 0) == []


@pytest.mark.parametrize(
    ("constructor", "text"),
    [
        (signature(Object, int, str), "def __ffi_init__(self, _0: int, _1: str, /) -> None: ..."),
        (signature(Object), "def __ffi_init__(self) -> None: ..."),
        (TypeSchema("Callable"), "def __ffi_init__(self, *args: Any) -> None: ..."),
    ],
)
def test_a_registered_constructor_is_among_the_methods(constructor, text):
    methods = [FuncInfo.from_schema("__ffi_init__", constructor)]
    info = ObjectInfo(fields=[], methods=methods, has_init=True)
    assert render_object_methods(info, leaf, 0) == [text]
    assert render_object_ffi_init(info, leaf, 0) == []


def test_overloads_of_a_name_stand_together():
    info = ObjectInfo(
        fields=[],
        methods=[
            method("at", int, "a.B", int),
            function("of", "a.B", int),
            method("at", int, "a.B", str),
            function("of", "a.B", str),
            method("of", int, "a.B"),
        ],
    )
    assert info.has_overloaded_methods()
    assert render_object_methods(info, leaf, 0) == [
        "@overload",
        "def at(self, _1: int, /) -> int: ...",
        "@overload",
        "def at(self, _1: str, /) -> int: ...",
        "@overload",
        "@staticmethod",
        "def of(_0: int, /) -> B: ...",
        "@overload",
        "@staticmethod",
        "def of(_0: str, /) -> B: ...",
        "def of(self, /) -> int: ...",
    ]


def test_methods_of_different_names_are_no_overloads():
    info = ObjectInfo(fields=[], methods=[method("a", int, "a.B"), method("b", int, "a.B")])
    assert not info.has_overloaded_methods()


# ---- imports ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "statement"),
    [
        (("a.b.C",), "from a.b import C"),
        (("C",), "import C"),
        (("C", False, "D"), "import C as D"),
        (("a.a",), "from a import a"),
        (("ffi.Object", True, "_Object"), "from tvm_ffi import Object as _Object"),
        (("testing.sub.X",), "from tvm_ffi.testing.sub import X"),
        (("ffi2.A",), "from ffi2 import A"),
        (("testingfoo.A",), "from testingfoo import A"),
        ((".registry.init",), "from .registry import init"),
        (("..registry.init",), "from ..registry import init"),
    ],
)
def test_import_statements(arguments, statement):
    assert str(ImportItem(*arguments)) == statement


def test_parts_of_an_import():
    item = ImportItem("ffi.Object", alias="O")
    assert (item.mod, item.name, item.name_with_alias) == ("tvm_ffi", "Object", "Object as O")
    assert item.full_name == "tvm_ffi.Object"
    assert (ImportItem("ffi").mod, ImportItem("ffi").full_name) == ("", "ffi")
    assert len({item, ImportItem("ffi.Object", alias="O"), ImportItem("ffi.Object")}) == 2


def test_the_import_section_groups_sorts_and_drops_what_is_double():
    code = block("import-section", indent="  ")
    items = [
        ImportItem("z.b"),
        ImportItem(".relative.a"),
        ImportItem("m"),
        ImportItem("z.b", alias="c"),
        ImportItem("z.Q"),
        ImportItem("z.b"),
        ImportItem("typing.Any", type_checking_only=True),
        ImportItem("a.T", type_checking_only=True),
        ImportItem("a.T", type_checking_only=True),
    ]
    codegen.generate_python_import_section(code, items, OPTIONS)
    assert content(code).splitlines() == [
        "# fmt: off",
        "# isort: off",
        "from __future__ import annotations",
        "import m",
        "from .relative import a",
        "from typing import TYPE_CHECKING",
        "from z import Q, b, b as c",
        "if TYPE_CHECKING:",
        "    from a import T",
        "    from typing import Any",
        "# isort: on",
        "# fmt: on",
    ]


def test_run_time_imports_need_no_type_checking():
    code = block("import-section")
    codegen.generate_python_import_section(code, [ImportItem("a.b")], OPTIONS)
    assert "TYPE_CHECKING" not in content(code)


def test_types_that_the_file_defines_are_not_imported():
    code, imports = block("import-section"), PythonImports()
    imports.items += [ImportItem("ffi.Object"), ImportItem("a.B")]
    PythonGenerator().generate_import_section_block(code, imports, OPTIONS, {"tvm_ffi.Object"})
    assert "from a import B" in content(code)
    assert "Object" not in content(code)


# ---- the directive ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payload", "item", "has_library"),
    [
        ("a.b", ImportItem("a.b"), False),
        ("a.b; TRUE ; c ", ImportItem("a.b", True, "c"), False),
        ("a.b;1;", ImportItem("a.b"), False),
        ("x.libinfo.load_lib_module", ImportItem("x.libinfo.load_lib_module"), True),
        ("q;False;_FFI_LOAD_LIB", ImportItem("q", False, "_FFI_LOAD_LIB"), True),
    ],
)
def test_import_object(payload, item, has_library):
    generator, imports = PythonGenerator(), PythonImports()
    generator.add_directive(imports, "import-object", payload, 3)
    assert imports == PythonImports([item], has_library)
    assert generator.extra_export_names(imports) == ({"LIB"} if has_library else set())


def test_import_object_has_three_fields():
    imports = PythonImports()
    with pytest.raises(ValueError, match=r"^too many values to unpack \(expected 3\)$"):
        PythonGenerator().add_directive(imports, "import-object", "a;b;c;d", 3)
    assert imports.items == []


# ---- blocks -------------------------------------------------------------------------------------


def test_a_global_block_calls_init_and_declares_the_functions():
    code, imports = block("global", ("a.b", ""), indent="  "), []
    funcs = [function("a.b.f", Tensor, list[int]), function("a.b.g", list[int])]
    codegen.generate_python_global_funcs(code, funcs, TY_MAP_DEFAULTS, imports, OPTIONS)
    assert content(code).splitlines() == [
        "  # fmt: off",
        '  _FFI_INIT_FUNC("a.b", __name__)',
        "  if TYPE_CHECKING:",
        "      def f(_0: Sequence[int], /) -> Tensor: ...",
        "      def g() -> MutableSequence[int]: ...",
        "  # fmt: on",
    ]
    assert list(map(str, imports)) == [
        "from tvm_ffi import init_ffi_api as _FFI_INIT_FUNC",
        "from typing import TYPE_CHECKING",
        "from collections.abc import Sequence",
        "from tvm_ffi import Tensor",
        "from collections.abc import MutableSequence",
    ]


def test_init_can_be_imported_from_elsewhere():
    imports: list[ImportItem] = []
    code = block("global", ("a", "..registry"))
    codegen.generate_python_global_funcs(code, [function("a.f", None)], {}, imports, OPTIONS)
    assert str(imports[0]) == "from ..registry import init_ffi_api as _FFI_INIT_FUNC"


def test_an_object_block_has_fields_and_members():
    code, imports = block("object", "a.B", indent="    "), []
    info = ObjectInfo(
        fields=[field("x", dict[str, Any])],
        methods=[method("m", int, "a.B", dict[str, int]), function("s", "a.C")],
        type_key="a.B",
        init_fields=[init_field("x", dict[str, Any])],
        has_init=True,
    )
    codegen.generate_python_object(code, TY_MAP_DEFAULTS, imports, Options(indent=2), info)
    assert content(code).splitlines() == [
        "    # fmt: off",
        "    x: MutableMapping[str, Any]",
        "    if TYPE_CHECKING:",
        "      def __init__(self, x: Mapping[str, Any]) -> None: ...",
        "      def __ffi_init__(self, x: Mapping[str, Any]) -> None: ...",
        "      def m(self, _1: Mapping[str, int], /) -> int: ...",
        "      @staticmethod",
        "      def s() -> C: ...",
        "    # fmt: on",
    ]
    assert {str(item) for item in imports if not item.type_checking_only} == {
        "from typing import TYPE_CHECKING"
    }
    assert "from a import C" in map(str, imports)


def test_an_object_block_without_methods_needs_no_type_checking():
    code, imports = block("object", "a.B"), []
    info = ObjectInfo(fields=[field("x", int)], methods=[])
    codegen.generate_python_object(code, {}, imports, OPTIONS, info)
    assert content(code).splitlines() == ["# fmt: off", "x: int", "# fmt: on"]
    assert imports == []


def test_overloads_import_their_decorator_for_type_checkers():
    code, imports = block("object", "a.B"), []
    info = ObjectInfo(fields=[], methods=[method("m", int, "a.B"), method("m", str, "a.B", int)])
    codegen.generate_python_object(code, {}, imports, OPTIONS, info)
    assert ImportItem("typing.overload", type_checking_only=True) in imports


def test_a_type_with_the_name_of_a_function_gets_an_alias():
    code, imports = block("global", ("a", "")), []
    funcs = [function("a.Tensor", Tensor, "a.C"), function("a.C", Tensor)]
    codegen.generate_python_global_funcs(code, funcs, TY_MAP_DEFAULTS, imports, OPTIONS)
    assert "def Tensor(_0: _C, /) -> _Tensor: ..." in content(code)
    assert "from tvm_ffi import Tensor as _Tensor" in map(str, imports)
    assert "from a import C as _C" in map(str, imports)


def test_ty_map_replaces_the_path_of_a_type_and_its_parameter_side():
    code, imports = block("global", ("a", "")), []
    ty_map = {**TY_MAP_DEFAULTS, "List": "my.Seq", "a.C": "pkg.shapes.Base", "int": "Whole"}
    funcs = [function("a.f", list[int], list[str], "a.C")]
    codegen.generate_python_global_funcs(code, funcs, ty_map, imports, OPTIONS)
    assert "def f(_0: Seq[str], _1: Base, /) -> Seq[Whole]: ..." in content(code)
    assert "from my import Seq" in map(str, imports)
    assert "from pkg.shapes import Base" in map(str, imports)
    assert not any("Whole" in str(item) for item in imports)


def test_all_lists_constants_then_classes_then_the_rest():
    code = block("__all__", indent="    ")
    names = {"a", "Bc", "LIB", "_c", "B_c", "A1", "aB", "Zz", "_A"}
    codegen.generate_python_all(code, names, OPTIONS)
    order = [line.strip().strip('",') for line in content(code).splitlines()]
    assert order == ["A1", "LIB", "_A", "Bc", "Zz", "B_c", "_c", "a", "aB"]
    assert content(code).startswith('    "A1",\n')


def test_an_export_block_takes_over_what_a_submodule_exports():
    code = block("export", "_ffi_api")
    codegen.generate_python_export(code)
    assert content(code).splitlines() == [
        "# fmt: off",
        "# isort: off",
        "from ._ffi_api import *  # noqa: F403",
        "from ._ffi_api import __all__ as _ffi_api__all__",
        'if "__all__" not in globals():',
        "    __all__ = []",
        "__all__.extend(_ffi_api__all__)",
        "# isort: on",
        "# fmt: on",
    ]


def test_blocks_for_which_there_is_nothing_stay_as_they_are():
    for kind, param, fill in (
        (
            "global",
            ("a", ""),
            lambda b: codegen.generate_python_global_funcs(b, [], {}, [], OPTIONS),
        ),
        ("import-section", "", lambda b: codegen.generate_python_import_section(b, [], OPTIONS)),
        ("__all__", "", lambda b: codegen.generate_python_all(b, set(), OPTIONS)),
        ("export", "a", lambda b: PythonGenerator().generate_helpers_block(b, OPTIONS)),
    ):
        code = block(kind, param)
        fill(code)
        assert content(code) == "old"


# ---- init mode ----------------------------------------------------------------------------------

INIT = InitConfig("demo-ext", "demo", "demo.")
SHAPE = ObjectInfo([], [], type_key="demo.Shape", parent_type_key="ffi.Object")
CIRCLE = ObjectInfo([], [], type_key="demo.Circle", parent_type_key="demo.Shape")


def api(code_blocks: list[CodeBlock], infos: list[ObjectInfo], is_root: bool) -> list[str]:
    text = codegen.generate_python_ffi_api(
        code_blocks, {}, "demo", infos, INIT, is_root, C.PYTHON_SYNTAX
    )
    return text.splitlines()


def test_a_new_file_gets_everything():
    assert api([], [SHAPE, CIRCLE], is_root=True) == [
        '"""FFI API bindings for demo."""',
        "",
        *empty_block("import-section"),
        marker("import-object", "tvm_ffi.libinfo.load_lib_module;False;_FFI_LOAD_LIB"),
        'LIB = _FFI_LOAD_LIB("demo-ext", "demo")',
        *empty_block("global/demo"),
        marker("import-object", "tvm_ffi.register_object;False;_FFI_REG_OBJ"),
        marker("import-object", "ffi.Object;False;_ffi_Object"),
        '@_FFI_REG_OBJ("demo.Shape")',
        "class Shape(_ffi_Object):",
        '    """FFI binding for `demo.Shape`."""',
        "",
        *empty_block("object/demo.Shape", "    "),
        "",
        '@_FFI_REG_OBJ("demo.Circle")',
        "class Circle(Shape):",
        '    """FFI binding for `demo.Circle`."""',
        "",
        *empty_block("object/demo.Circle", "    "),
        "",
        "",
        "__all__ = [",
        *empty_block("__all__", "    "),
        "]",
    ]


def test_a_file_gets_only_what_it_lacks():
    kinds = [("import-section", ""), ("global", ("demo", "")), ("__all__", "")]
    present = [block(kind, param) for kind, param in kinds]
    assert api(present, [], is_root=False) == []
    lines = api(present, [CIRCLE], is_root=False)
    assert lines[1] == marker("import-object", "demo.Shape;False;_demo_Shape")
    assert lines[3] == "class Circle(_demo_Shape):"


def test_the_library_is_loaded_once():
    payload = "tvm_ffi.libinfo.load_lib_module;False;_FFI_LOAD_LIB"
    loads = CodeBlock("directive", ("import-object", payload), 1, 1, ["..."])
    assert not any("LIB" in line for line in api([loads], [SHAPE], is_root=True))


def test_the_package_exports_the_bindings_once():
    def package(code_blocks: list[CodeBlock]) -> list[str]:
        text = codegen.generate_python_init(code_blocks, "demo", "_ffi_api", C.PYTHON_SYNTAX)
        return text.splitlines()

    block_lines = ["", *empty_block("export/_ffi_api")]
    assert package([]) == ['"""Package demo."""', *block_lines]
    assert package([CodeBlock(None, "", 1, 1, ["x"])]) == block_lines
    assert package([block("export", "_ffi_api")]) == []


# ---- the target ---------------------------------------------------------------------------------


def test_targets_have_names():
    assert generator_names() == ["python", "rust"]
    assert isinstance(get_generator("python"), PythonGenerator)
    message = r"^Unknown stubgen generator: 'java'. Known generators: python, rust$"
    with pytest.raises(ValueError, match=message):
        get_generator("java")


def test_what_the_pipeline_asks_the_target():
    generator = PythonGenerator()
    assert generator.default_ty_map() == TY_MAP_DEFAULTS
    assert generator.default_ty_map() is not TY_MAP_DEFAULTS
    assert generator.canonical_type_name("ffi.Object") == "tvm_ffi.Object"
    assert (generator.api_filename(), generator.init_filename()) == ("_ffi_api.py", "__init__.py")
    assert generator.is_builtin("ffi.Object")
    assert not generator.is_builtin("ffi.Module")
    plain = CodeBlock(None, "", 1, 1, ["x"])
    view = generator.check_view([plain, block("__all__")])
    assert view == generator.check_view([plain, block("__all__")])
    assert view != generator.check_view([block("__all__")])
