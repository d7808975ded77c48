# SPDX-License-Identifier: Apache-2.0
"""Bindings of types that no registry has: what tests of the Rust target share."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from native_types import NativeType, lay_out, schema_json
from tvm_ffi.core import TypeSchema
from tvm_ffi.stub.consts import RUST_SYNTAX
from tvm_ffi.stub.file_utils import CodeBlock
from tvm_ffi.stub.rust_generator import RustGenerator, object_block
from tvm_ffi.stub.rust_generator.codegen import (
    generate_rust_import_section,
    generate_rust_object,
)
from tvm_ffi.stub.utils import NamedTypeSchema, ObjectInfo, Options


def object_info(native: NativeType, ancestors: list[str]) -> ObjectInfo:
    """Return what the registry would say about a type."""
    fields = [
        NamedTypeSchema(
            field.name,
            TypeSchema.from_json_obj(schema_json(field.schema)),
            size=field.size,
            alignment=field.alignment,
            offset=field.offset,
        )
        for field in native.fields
    ]
    return ObjectInfo(
        fields,
        [],
        type_key=native.key,
        parent_type_key=ancestors[-1] if ancestors else None,
        ancestors=ancestors,
        total_size=native.total_size,
        is_final=native.final,
    )


@dataclasses.dataclass
class Generated:
    """The code of a block, and what its file imports for it."""

    code: list[str]
    imports: list[str]

    @property
    def text(self) -> str:
        return "\n".join(self.code)

    @property
    def uses(self) -> list[str]:
        return [line[4:-1] for line in self.imports if line.startswith("use ")]

    def item(self, head: str) -> str:
        """Return the item that starts with ``head``, up to the empty line behind it."""
        start = next(i for i, line in enumerate(self.code) if line.startswith(head))
        end = self.code.index("", start) if "" in self.code[start:] else len(self.code)
        return "\n".join(self.code[start:end])

    def struct_fields(self) -> dict[str, str]:
        """Return the fields of the object struct behind its parent."""
        lines = [line.strip() for line in self.code if line.startswith("    pub ")]
        return dict(line[4:-1].split(": ", 1) for line in lines if line.endswith(","))

    def doc(self) -> str:
        """Return the verdict above the object struct."""
        return next(line for line in self.code if line.startswith(("/// Complete", "/// Opaque")))


class Crate:
    """Types by key, and the generation of bindings for them.

    Parameters
    ----------
    monkeypatch
        Puts the types in place of the registry for the length of a test.

    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.infos: dict[str, ObjectInfo] = {}
        self.sizes: dict[str, int] = {}
        self._add(NativeType("ffi.Object", [], 24, final=None), [])
        self.add("ffi.Enum", ("value", "Any", 16), ("name", "ffi.String", 8, 40))
        monkeypatch.setattr(object_block, "object_info_from_type_key", self.infos.__getitem__)

    def add(self, key: str, *fields: tuple, parent: str = "ffi.Object", **options: Any) -> str:
        """Add a type laid out behind its parent; returns its key."""
        options.setdefault("start", self.sizes[parent])
        info = self.infos[parent]
        self._add(lay_out(key, *fields, **options), [*info.ancestors, parent])
        return key

    def _add(self, native: NativeType, ancestors: list[str]) -> None:
        self.infos[native.key] = object_info(native, ancestors)
        self.sizes[native.key] = native.total_size or 24

    def generate(
        self,
        *keys: str,
        directives: tuple[str, ...] = (),
        ty_map: dict[str, str] | None = None,
        modules: dict[str, str] | None = None,
    ) -> Generated:
        """Return the code of the last of ``keys``, whose blocks are in one file.

        Parameters
        ----------
        keys
            Types of the file.
        directives
            ``name: payload`` each.
        ty_map
            Additions to the map of type names.
        modules
            Modules of types that other files generate; the file itself is ``src/lib.rs``.

        """
        generator = RustGenerator()
        imports = generator.new_imports()
        for lineno, directive in enumerate(directives, 1):
            name, _, payload = directive.partition(": ")
            generator.add_directive(imports, name, payload, lineno)
        elsewhere = {key: tuple(path.split("::")) for key, path in (modules or {}).items()}
        declared = {**elsewhere, **dict.fromkeys(keys, ("crate",))}
        names = {**generator.default_ty_map(), **(ty_map or {})}
        for key in keys:
            block = _empty_block("object", key)
            info = self.infos[key]
            generate_rust_object(block, names, imports, Options(), info, declared)
        section = _empty_block("import-section", "")
        generate_rust_import_section(section, imports, Options(), set())
        return Generated(block.lines[1:-1], section.lines[1:-1])


def _empty_block(kind: Any, param: str) -> CodeBlock:
    begin = f"{RUST_SYNTAX.begin} {kind}/{param}"
    return CodeBlock(kind, param, 7, 8, [begin, RUST_SYNTAX.end])
