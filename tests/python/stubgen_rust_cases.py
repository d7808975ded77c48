# SPDX-License-Identifier: Apache-2.0
"""Runs the stub generator over many crates at once: ``python stubgen_rust_cases.py DIRECTORY``.

The interpreter may have this package or the published one. Prints a JSON object: what became of
each case.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import re
import sys
from pathlib import Path

from native_types import NativeType, lay_out, register

# ---- types --------------------------------------------------------------------------------------

SHAPE = lay_out("demo.Shape", ("name", "ffi.String", 16), ("id", "int", 4))
CIRCLE = lay_out(
    "demo.Circle",
    ("radius", "float", 8),
    ("tags", "ffi.List<int>", 8),
    ("flag", "bool", 1),
    start=48,
    parent="demo.Shape",
    final=True,
)
LOOP = lay_out("demo2.Loop", ("kind", "int", 4), total_size=40, final=True)
COLOR = lay_out("demo3.Color", start=48, parent="ffi.IntEnum", final=True)
SAMPLE = [SHAPE, CIRCLE, LOOP, COLOR]

# A schema and the sizes that a field of it may have.
SCHEMAS = [
    ("int", (1, 2, 4, 8)),
    ("float", (4, 8)),
    ("bool", (1,)),
    ("ffi.String", (16,)),
    ("ffi.Bytes", (16,)),
    ("Any", (16,)),
    ("ffi.BigInt", (16,)),
    ("ffi.Function", (8,)),
    ("Device", (8,)),
    ("DataType", (4,)),
    ("void*", (8,)),
    ("ffi.Object", (8,)),
    ("ffi.Tensor", (8,)),
    ("ffi.Shape", (8,)),
    ("ffi.Module", (8,)),
    ("ffi.Error", (8,)),
    ("ffi.EnumState", (8,)),
    ("ffi.reflection.AccessPath", (8,)),
    ("ffi.Array", (8,)),
    ("ffi.Map<ffi.String, Any>", (8,)),
    ("ffi.Dict<ffi.String, int>", (8,)),
    ("ffi.Array<Variant<int, float>>", (8,)),
    ("Tuple<int, float>", (8,)),
    ("Optional<int>", (16, 8)),
    ("Optional<Any>", (16,)),
    ("Optional<ffi.String>", (16,)),
    ("Optional<ffi.Object>", (8, 16)),
    ("Optional<Optional<ffi.Object>>", (16,)),
]
KINDS = [
    lay_out(f"kinds.T{i}_{size}", ("v", schema, size))
    for i, (schema, sizes) in enumerate(SCHEMAS)
    for size in sizes
]
# The same with bytes that no field accounts for.
OPAQUE_KINDS = [
    NativeType(native.key.replace("kinds.", "opaque_kinds."), native.fields, total_size=64)
    for native in KINDS
]

FIELD_NAMES = "x y type self base N name_ __dunder__ a_long_name_that_takes_space lhs rhs".split()
LEAVES = "Node Expr String AVeryLongTypeNameIndeed Object PrimFunc T".split()
MODULES = ("src/lib.rs", "src/mix1/mod.rs", "src/mix2.rs", "src/mix0/type.rs")
PREFIXES = ("mix0", "mix1", "mix2", "mix0.sub")
BUILTIN_PARENTS = {"ffi.Object": 24, "ffi.IntEnum": 48, "ffi.StructuralVisitor": 40}


def random_types(rng: random.Random, count: int) -> list[NativeType]:
    """Make types that refer to and derive from one another, some with odd layouts."""
    types: dict[str, NativeType] = {}
    sizes = dict(BUILTIN_PARENTS)
    for i in range(count):
        key = f"{rng.choice(PREFIXES)}.{rng.choice(LEAVES)}{i if rng.random() < 0.8 else ''}"
        if key in types:
            continue
        parents = [each for each in types if not types[each].final]
        derived = bool(parents) and rng.random() < 0.6
        parent = rng.choice(parents if derived else list(BUILTIN_PARENTS))
        fields = [
            random_field(rng, list(types), f"{i}_{n}") for n in range(rng.choice([0, 1, 2, 5]))
        ]
        final = rng.choice([True, False, False, None])
        native = lay_out(key, *fields, start=sizes[parent], parent=parent, final=final)
        if rng.random() < 0.2:
            native.total_size = rng.choice([None, (native.total_size or 0) + rng.choice([-8, 8])])
        if rng.random() < 0.3:
            rng.shuffle(native.fields)
        types[key] = native
        sizes[key] = native.total_size or sizes[parent]
    return list(types.values())


def random_field(rng: random.Random, keys: list[str], suffix: str) -> tuple[str, str, int]:
    """Make a field; its name is no ancestor's, as ``suffix`` is part of it."""
    name = rng.choice(FIELD_NAMES)
    name = f"__{suffix}{name[2:]}" if name.startswith("__") else f"{name.rstrip('_')}{suffix}_"
    if keys and rng.random() < 0.3:
        key = rng.choice(keys)
        shape = rng.choice(["{}", "Optional<{}>", "ffi.Array<{}>", "ffi.Map<ffi.String, {}>"])
        return name, shape.format(key), 8
    schema, sizes = rng.choice(SCHEMAS)
    return name, schema, rng.choice(sizes)


MIXED = random_types(random.Random(20), 70)
NAMED = [
    lay_out("names.Fields", *[(name, "int", 8) for name in FIELD_NAMES]),
    lay_out("names.Opaque", *[(name, "int", 8) for name in FIELD_NAMES], total_size=400),
    *(
        lay_out(f"names.{name}", ("v", "ffi.String", 16), ("w", "Optional<int>", 16))
        for name in ("Deref", "ShallowCopy", "UnsafeInit", "addr_of_mut", "Optional", "ObjectArc")
    ),
    # Lines around the width at which they are broken.
    *(
        lay_out(f"names.Wide{n}", ("x" * (n // 2), "ffi.Array", 8), ("y" * (n // 3), "Any", 16))
        for n in range(60, 100, 3)
    ),
]
TYPES = [*SAMPLE, *KINDS, *OPAQUE_KINDS, *MIXED, *NAMED]

# ---- cases --------------------------------------------------------------------------------------

Files = dict[str, str]
MANIFEST = {"Cargo.toml": "[package]\n"}
RUST = ("--target", "rust")
INIT = (*RUST, "--init-pypkg", "x", "--init-lib", "y", "--init-prefix")
KIND = "enum): demo2.Loop.kind -> Kind(i32) { Serial=0, Parallel=1 }"


def marker(text: str) -> str:
    return f"// tvm-ffi-stubgen({text}\n"


def rolled_out(prefix: str, *directives: str) -> str:
    """Return a file that asks for all types of a prefix."""
    return "".join(map(marker, (f"prefix): {prefix}", *directives)))


def blocks(keys: list[str], *directives: str) -> str:
    """Return a file with empty blocks."""
    stubs = ["import-section", *(f"object/{key}" for key in keys)]
    return "".join(map(marker, directives)) + "".join(
        marker(f"begin): {stub}") + marker("end)") for stub in stubs
    )


def random_directives(rng: random.Random) -> list[str]:
    """Make directives on the mixed types, of which some do not fit."""
    directives = []
    for native in MIXED:
        key = native.key
        for field in native.fields:
            target = f"{key}.{field.name}"
            directives += rng.choices(
                [
                    [],
                    [f"field): {target} -> {rng.choice(['u32', 'u64', 'a::X', 'Local'])}"],
                    [f"nullable): {target}"],
                    [f"enum): {target} -> E{len(directives)}(i64) {{ A=0 }}"],
                ],
                [90, 4, 3, 3],
            )[0]
        directives += rng.choices(
            [
                [],
                [f"opaque): {key}"],
                [f"upcast): {key} -> b::Up"],
                [f"custom-new): {key}"],
                [f"ty-map): {key} -> {rng.choice(['hand::Made', 'crate::mix2::Hand', 'Local'])}"],
            ],
            [80, 5, 5, 5, 5],
        )[0]
    return directives


def make_cases() -> dict[str, tuple[Files, tuple[str, ...]]]:
    """Return the files and arguments of each case."""
    sample = {"src/demo/mod.rs": rolled_out("demo")}
    kinds = [native.key for native in KINDS]
    names = [native.key for native in NAMED]
    unknown = "// tvm-ffi-stubgen(begin): object/demo.Gone\nx\n// tvm-ffi-stubgen(end)\n"
    cases: dict[str, tuple[Files, tuple[str, ...]]] = {
        "sample": (sample, (*RUST, ".")),
        "enum": ({"src/demo2.rs": rolled_out("demo2", KIND)}, (*RUST, ".")),
        "builtin parent": ({"src/demo3.rs": rolled_out("demo3")}, (*RUST, ".")),
        "kinds": ({"src/lib.rs": blocks(kinds)}, (*RUST, "src")),
        "kinds, opaque": (
            {"src/lib.rs": rolled_out("opaque_kinds", f"opaque): {kinds[0]}")},
            (*RUST, "src"),
        ),
        "names": ({"src/lib.rs": blocks(names)}, (*RUST, "src")),
        "stale": (sample, (*RUST, "--check", "src")),
        "unregistered": ({"src/lib.rs": rolled_out("demo") + "\n" + unknown}, (*RUST, "src")),
        "unregistered, elsewhere": ({"src/lib.rs": unknown}, (*RUST, "src")),
        "no crate": ({"../lost.rs": rolled_out("demo")}, (*RUST, "../lost.rs")),
        "outside src": ({"tests/x.rs": rolled_out("demo")}, (*RUST, "tests")),
        "one outside": (
            {"src/lib.rs": rolled_out("demo"), "../lost.rs": rolled_out("demo2")},
            (*RUST, "src", "../lost.rs"),
        ),
        "a dependency outside": (
            {"src/lib.rs": blocks(["demo.Circle"]), "tests/x.rs": rolled_out("demo")},
            (*RUST, "."),
        ),
        "missing": ({"src/lib.rs": blocks(["demo.Circle"])}, (*RUST, "src")),
        "twice": ({f"src/{name}.rs": rolled_out("demo") for name in "ab"}, (*RUST, "src")),
        "skipped": ({"src/lib.rs": rolled_out("demo", "skip): demo.Circle")}, (*RUST, "src")),
        "skipped parent": ({"src/lib.rs": rolled_out("demo", "skip): demo.Shape")}, (*RUST, "src")),
        "other blocks": ({"src/lib.rs": OTHER_BLOCKS}, (*RUST, "src")),
        "init": ({}, (*INIT, "mix0", "src")),
        "init, all there": (sample, (*INIT, "demo", "src")),
        "init, a module file": ({"src/mod.rs": "mod mine;\n"}, (*INIT, "mix0.", "src")),
        "coverage": ({}, ("--coverage-out", "coverage.json")),
    }
    for name, directive in enumerate(BAD_DIRECTIVES):
        cases[f"bad directive {name}"] = (
            {"src/lib.rs": blocks(["demo2.Loop", "demo.Shape"], directive)},
            (*RUST, "src"),
        )
    for seed in range(6):
        rng = random.Random(seed)
        shared = random_directives(rng)
        files = {
            path: rolled_out(prefix, *(each for each in shared if rng.random() < 0.9))
            for path, prefix in zip(MODULES, PREFIXES)
        }
        cases[f"mixed {seed}"] = (files, (*RUST, "src"))
        keys = [native.key for native in MIXED]
        cases[f"mixed {seed}, one file"] = ({"src/lib.rs": blocks(keys, *shared)}, (*RUST, "src"))
    return cases


OTHER_BLOCKS = "".join(
    marker(f"begin): {stub}") + "x\n" + marker("end)")
    for stub in ("global/demo", "export/demo", "__all__", "import-section")
)
BAD_DIRECTIVES = (
    "enum): demo2.Loop.kind -> Kind(i64)",
    "enum): demo2.Loop.kind -> Kind(f32)",
    "field): demo.Shape.id -> u64",
    "nullable): demo.Shape.id",
    "opaque): a b",
    "upcast): demo.Shape",
    "import-object): ",
    "nonsense): x",
)
# Run again with `--check`, on the files as they were written and on changed ones.
CHECKED = ("sample", "builtin parent", "mixed 0", "mixed 1")


def run_case(directory: Path, arguments: tuple[str, ...]) -> dict[str, object]:
    """Run the tool in a directory; return its status, its output and the files there are then."""
    from tvm_ffi.stub import cli

    output = io.StringIO()
    os.chdir(directory)
    sys.argv = ["tvm-ffi-stubgen", *arguments]
    with contextlib.redirect_stdout(output):
        status = cli.__main__()
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    return {
        "status": status,
        "output": neutral(output.getvalue(), directory),
        "files": {str(path.relative_to(directory)): path.read_text() for path in files},
    }


def neutral(output: str, directory: Path) -> str:
    """Return an output without the places and the tracebacks in it."""
    text = output.replace(f"{directory}/", "").replace(f"{directory.parent}/", "../")
    return re.sub(r"^(  |Traceback).*\n|Traceback.*", "", text, flags=re.MULTILINE)


def main(root: Path) -> None:
    for native in TYPES:
        register(native)
    outcomes = {}
    for name, (files, arguments) in make_cases().items():
        directory = root / re.sub(r"\W+", "_", name) / "crate"
        for path, text in {**MANIFEST, **files}.items():
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            (directory / path).write_text(text)
        outcomes[name] = run_case(directory, arguments)
        if name in CHECKED:
            outcomes[f"{name}, checked"] = run_case(directory, (*RUST, "--check", "src"))
            for path in directory.rglob("*.rs"):
                path.write_text(path.read_text().replace("i64", "u64").replace("///", "//"))
            outcomes[f"{name}, changed"] = run_case(directory, (*RUST, "--check", "src"))
    json.dump(outcomes, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
