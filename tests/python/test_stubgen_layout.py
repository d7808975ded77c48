# SPDX-License-Identifier: Apache-2.0
"""Native layout: which types a struct of their fields reproduces, and the report on all of them.

`test_stubgen_rust_differential.py` compares the report with the published tool's.
"""

from __future__ import annotations

import json

import pytest
from native_types import NativeType, lay_out
from stub_rust_support import object_info
from tvm_ffi.stub.layout import (
    ByteRange,
    FieldBytes,
    align_up,
    classify,
    coverage_report,
    write_coverage_report,
)
from tvm_ffi.stub.lib_state import object_info_from_type_key

ROOT = object_info(NativeType("ffi.Object", [], 24, final=None), [])
INT = "int"


def infos_of(*chain):
    """Return the infos of types of which each derives from the one before, by key."""
    infos = {"ffi.Object": ROOT}
    for native in chain:
        infos[native.key] = object_info(native, list(infos))
    return infos


def verdict_of(*fields, **options):
    """Return the verdict on a type with these fields."""
    native = lay_out("a.T", *fields, **options)
    return classify(infos_of(native))["a.T"]


# ---- complete types -----------------------------------------------------------------------------


def test_the_root_is_owned_by_the_abi():
    verdict = classify({"ffi.Object": ROOT})["ffi.Object"]
    assert verdict.is_complete
    assert verdict.detail == "object header [0, 24): owned by the C ABI"
    assert (verdict.own_bytes, verdict.alignment) == (ByteRange(24, 24), 8)


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ([], "reflected fields fill [24, 24) exactly"),
        ([("x", INT, 8)], "reflected fields fill [24, 32) exactly"),
        ([("x", INT, 8, 32), ("y", INT, 8, 24)], "reflected fields fill [24, 40) exactly"),
        (
            [("x", INT, 1), ("y", INT, 8), ("z", INT, 4)],
            "reflected fields fill [24, 48) exactly (alignment padding [25, 32), [44, 48))",
        ),
    ],
)
def test_types_whose_bytes_are_all_explained_are_complete(fields, detail):
    verdict = verdict_of(*fields)
    assert (verdict.is_complete, verdict.reason, verdict.detail) == (True, None, detail)


def test_fields_of_a_child_start_behind_its_parent():
    parent = lay_out("a.P", ("x", INT, 4))
    child = lay_out("a.C", ("y", INT, 4), start=32, parent="a.P")
    verdict = classify(infos_of(parent, child))["a.C"]
    assert verdict.is_complete
    assert verdict.own_bytes == ByteRange(32, 40)
    assert verdict.fields == [FieldBytes("y", 32, 4, 4)]
    assert verdict.padding == [ByteRange(36, 40)]


def test_the_largest_alignment_of_the_chain_pads_the_end():
    wide = NativeType("a.W", lay_out("a.W", ("x", INT, 8, 32)).fields, 48)
    wide.fields[0].alignment = 16
    child = lay_out("a.C", ("y", INT, 8), start=48, parent="a.W", total_size=64)
    verdicts = classify(infos_of(wide, child))
    assert verdicts["a.W"].padding == [ByteRange(24, 32), ByteRange(40, 48)]
    assert verdicts["a.C"].alignment == 16
    assert verdicts["a.C"].padding == [ByteRange(56, 64)]


# ---- opaque types -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "size", "reason", "detail"),
    [
        (
            [("x", INT, 8)],
            None,
            "layout-unknown",
            "no metadata of its own: total_size is unknown",
        ),
        (
            [("x", INT, 8), ("y", INT, 8, 28)],
            40,
            "field-overlap",
            "field 'y' at [28, 36) starts before byte 32",
        ),
        (
            [("x", INT, 8, 16)],
            32,
            "field-overlap",
            "field 'x' at [16, 24) starts before byte 24",
        ),
        (
            [("x", INT, 8), ("y", INT, 8)],
            32,
            "field-overlap",
            "fields extend to byte 40, past total_size 32",
        ),
        (
            [("x", INT, 8, 24), ("y", INT, 8, 28), ("z", INT, 8, 60)],
            40,
            "field-overlap",
            "field 'y' at [28, 36) starts before byte 32",
        ),
        ([], 16, "field-overlap", "fields extend to byte 24, past total_size 16"),
        (
            [("x", INT, 4)],
            48,
            "uncovered-bytes",
            "bytes [28, 48) of [24, 48) are not accounted for by reflected fields",
        ),
        (
            [("x", INT, 1), ("y", INT, 4, 40)],
            64,
            "uncovered-bytes",
            "bytes [25, 40), [44, 64) of [24, 64) are not accounted for by reflected fields",
        ),
        (
            [("x", INT, 8), ("y", INT, 8, 36)],
            48,
            "uncovered-bytes",
            "bytes [32, 36) of [24, 48) are not accounted for by reflected fields",
        ),
    ],
)
def test_opaque_types_say_why(fields, size, reason, detail):
    verdict = verdict_of(*fields, total_size=size)
    assert (verdict.is_complete, verdict.reason, verdict.detail) == (False, reason, detail)


@pytest.mark.parametrize("fact", ["size", "alignment", "offset"])
def test_a_field_without_its_facts_leaves_the_layout_unknown(fact):
    infos = infos_of(lay_out("a.T", ("x", INT, 8), ("y", INT, 8)))
    setattr(infos["a.T"].fields[1], fact, None)
    verdict = classify(infos)["a.T"]
    assert (verdict.reason, verdict.fields) == ("layout-unknown", [])
    assert verdict.detail == "field 'y' carries no native layout facts"


def test_an_alignment_of_zero_is_no_fact():
    infos = infos_of(lay_out("a.T", ("x", INT, 8)))
    infos["a.T"].fields[0].alignment = 0
    assert classify(infos)["a.T"].reason == "layout-unknown"


def test_children_of_opaque_types_are_opaque():
    parent = lay_out("a.P", total_size=None)
    child = lay_out("a.C", ("y", INT, 8), parent="a.P")
    verdict = classify(infos_of(parent, child))["a.C"]
    assert verdict.reason == "parent-opaque"
    assert verdict.detail == "parent 'a.P' is opaque (layout-unknown)"
    assert (verdict.own_bytes, len(verdict.fields)) == (None, 1)


def test_the_target_may_refuse_a_type_a_field_or_the_runtime_s_own():
    infos = infos_of(lay_out("a.T", ("x", INT, 8)))
    vetoed = classify(infos, forced_opaque={"a.T"})["a.T"]
    assert vetoed.reason == "by-directive"
    assert vetoed.detail == "vetoed by directive although the layout is reproducible"
    refused = classify(infos, forced_opaque={"a.T"}, field_renderable=lambda field: False)["a.T"]
    assert refused.reason == "unrenderable-field"
    assert refused.detail == "field 'x' (int) has no native mirror"
    unmirrored = classify(infos, unmirrored={"a.T"})["a.T"]
    assert unmirrored.reason == "no-mirror"
    assert unmirrored.detail == "its bytes are owned by the target's runtime and never mirrored"


def test_facts_of_the_registry_come_before_rules_of_the_target():
    infos = infos_of(lay_out("a.T", ("x", INT, 8), total_size=64))
    rules = {"forced_opaque": {"a.T"}, "field_renderable": lambda field: False}
    assert classify(infos, **rules)["a.T"].reason == "uncovered-bytes"


def test_every_ancestor_must_be_given():
    infos = infos_of(lay_out("a.P"), lay_out("a.C", parent="a.P"))
    del infos["a.P"]
    with pytest.raises(KeyError, match="Ancestor 'a.P' is not among the types to classify"):
        classify(infos)


def test_parents_are_classified_first():
    infos = infos_of(lay_out("a.P"), lay_out("a.C", parent="a.P"))
    assert list(classify(dict(reversed(infos.items())))) == ["ffi.Object", "a.P", "a.C"]


@pytest.mark.parametrize(("value", "aligned"), [(0, 0), (1, 8), (8, 8), (9, 16)])
def test_align_up(value, aligned):
    assert align_up(value, 8) == aligned


# ---- the report ---------------------------------------------------------------------------------

REPORT_OF_CIRCLE = {
    "verdict": "complete",
    "reason": None,
    "detail": "reflected fields fill [48, 72) exactly (alignment padding [65, 72))",
    "parent": "demo.Shape",
    "ancestors": ["ffi.Object", "demo.Shape"],
    "total_size": 72,
    "is_final": True,
    "own_bytes": [48, 72],
    "fields": [
        {"name": "radius", "offset": 48, "size": 8, "alignment": 8},
        {"name": "tags", "offset": 56, "size": 8, "alignment": 8},
        {"name": "flag", "offset": 64, "size": 1, "alignment": 1},
    ],
    "uncovered": [],
    "padding": [[65, 72]],
}


@pytest.fixture
def demo():
    shape = lay_out("demo.Shape", ("name", "ffi.String", 16), ("id", INT, 4))
    fields = ("radius", "float", 8), ("tags", "ffi.List<int>", 8), ("flag", "bool", 1)
    return infos_of(
        shape, lay_out("demo.Circle", *fields, start=48, parent="demo.Shape", final=True)
    )


def test_the_report_is_an_object_by_sorted_type_key(demo):
    report = coverage_report(classify(demo))
    assert list(report) == ["demo.Circle", "demo.Shape", "ffi.Object"]
    assert report["demo.Circle"] == REPORT_OF_CIRCLE
    assert list(report["demo.Circle"]) == list(REPORT_OF_CIRCLE)


def test_the_report_is_written_as_json(demo, tmp_path):
    path = tmp_path / "report.json"
    verdicts = classify(demo)
    write_coverage_report(path, verdicts)
    text = path.read_text()
    assert text == json.dumps(coverage_report(verdicts), indent=2) + "\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_report_that_cannot_be_written_leaves_nothing(demo, tmp_path):
    with pytest.raises(FileNotFoundError):
        write_coverage_report(tmp_path / "missing" / "report.json", classify(demo))
    assert list(tmp_path.iterdir()) == []


# ---- this library -------------------------------------------------------------------------------

# Types of the runtime and of its tests, by verdict.
KNOWN = {
    "complete": [
        "ffi.Object",
        "ffi.Enum",
        "ffi.EnumState",
        "ffi.StructuralKey",
        "ffi.VisitErrorContext",
        "ffi.VisitInterrupt",
        "ffi.reflection.AccessPath",
        "ffi.reflection.AccessStep",
        "testing.TestObjectBase",
        "testing.TestObjectDerived",
        "testing.SchemaAllTypes",
        "testing.TestCxxClassDerivedDerived",
    ],
    "uncovered-bytes": [
        "ffi.BigInt",
        "ffi.Module",
        "ffi.StructuralMutator",
        "ffi.StructuralVisitor",
        "testing.TestCxxClassHiddenField",
        "testing.TestCxxClassPolymorphic",
    ],
    "field-overlap": ["ffi.IntEnum", "ffi.StrEnum"],
    "layout-unknown": ["ffi.Array", "ffi.Bytes", "ffi.Dict", "ffi.Error", "ffi.Function"],
    "parent-opaque": ["testing.TestCxxIntEnum", "testing.TestCxxStrEnum"],
}


@pytest.mark.parametrize(("outcome", "key"), [(each, key) for each in KNOWN for key in KNOWN[each]])
def test_types_of_the_library(outcome, key):
    info = object_info_from_type_key(key)
    lineage = {each: object_info_from_type_key(each) for each in info.ancestors}
    verdict = classify({**lineage, key: info})[key]
    assert (verdict.reason or "complete") == outcome, verdict.detail
