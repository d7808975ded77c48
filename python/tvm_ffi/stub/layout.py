# SPDX-License-Identifier: Apache-2.0
"""Which registered types a struct of their reflected fields reproduces, byte for byte.

Only facts of the registry count: the total size that a type registered and the size, alignment and
offset of each of its fields. A type is *complete* when its fields and the padding that their
alignments explain account for every byte behind its parent; everything else is *opaque*, with the
reason. Nothing is guessed: a type that says too little about itself is opaque.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Callable, Literal, NamedTuple, Optional

from .file_utils import write_text

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from pathlib import Path
    from typing import Any

    from .utils import NamedTypeSchema, ObjectInfo

OBJECT_HEADER_ALIGNMENT = 8

OpaqueReason = Literal[
    "no-mirror",
    "layout-unknown",
    "parent-opaque",
    "field-overlap",
    "uncovered-bytes",
    "unrenderable-field",
    "by-directive",
]


@dataclasses.dataclass(frozen=True)
class ByteRange:
    """Bytes ``[start, end)`` of an object."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"[{self.start}, {self.end})"

    def to_json_obj(self) -> list[int]:
        """Return the range as a JSON list."""
        return [self.start, self.end]


@dataclasses.dataclass(frozen=True)
class FieldBytes:
    """Where a field lies; ``offset`` counts from the object header."""

    name: str
    offset: int
    size: int
    alignment: int

    @property
    def end(self) -> int:
        """First byte behind the field."""
        return self.offset + self.size

    def to_json_obj(self) -> dict[str, Any]:
        """Return the field as a JSON object."""
        return dataclasses.asdict(self)


@dataclasses.dataclass
class Verdict:
    """What :func:`classify` found out about one type.

    Parameters
    ----------
    type_key
        The type.
    verdict
        ``complete``, or ``opaque`` for the ``reason``.
    reason
        None for a complete type.
    detail
        The finding in words.
    parent_type_key, ancestors, total_size, is_final
        As in :class:`~tvm_ffi.stub.utils.ObjectInfo`.
    alignment
        Alignment of the whole object; None when the layout was not looked at, as for ``own_bytes``.
    own_bytes
        The bytes behind the parent's.
    fields
        Own fields by ascending offset.
    uncovered
        Own bytes that neither fields nor alignment account for.
    padding
        Own bytes that alignment accounts for.

    """

    type_key: str
    verdict: Literal["complete", "opaque"]
    reason: OpaqueReason | None
    detail: str
    parent_type_key: str | None
    ancestors: list[str]
    total_size: int | None
    is_final: bool | None
    alignment: int | None = None
    own_bytes: ByteRange | None = None
    fields: list[FieldBytes] = dataclasses.field(default_factory=list)
    uncovered: list[ByteRange] = dataclasses.field(default_factory=list)
    padding: list[ByteRange] = dataclasses.field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether a struct of the fields reproduces the bytes."""
        return self.verdict == "complete"

    def to_json_obj(self) -> dict[str, Any]:
        """Return the entry of the coverage report."""
        return {
            "verdict": self.verdict,
            "reason": self.reason,
            "detail": self.detail,
            "parent": self.parent_type_key,
            "ancestors": self.ancestors,
            "total_size": self.total_size,
            "is_final": self.is_final,
            "own_bytes": None if self.own_bytes is None else self.own_bytes.to_json_obj(),
            "fields": [field.to_json_obj() for field in self.fields],
            "uncovered": [each.to_json_obj() for each in self.uncovered],
            "padding": [each.to_json_obj() for each in self.padding],
        }


class _Finding(NamedTuple):
    """Why a type is opaque."""

    reason: OpaqueReason
    detail: str


@dataclasses.dataclass(frozen=True)
class _Rules:
    """What the target of the bindings adds to the facts of the registry."""

    forced_opaque: AbstractSet[str]
    unmirrored: AbstractSet[str]
    field_renderable: Optional[Callable[[NamedTypeSchema], bool]]  # noqa: UP045


def align_up(value: int, alignment: int) -> int:
    """Return the smallest multiple of ``alignment`` that is not below ``value``."""
    return -(-value // alignment) * alignment


def classify(
    infos: Mapping[str, ObjectInfo],
    *,
    forced_opaque: AbstractSet[str] = frozenset(),
    unmirrored: AbstractSet[str] = frozenset(),
    field_renderable: Callable[[NamedTypeSchema], bool] | None = None,
) -> dict[str, Verdict]:
    """Return the verdict on each type, parents first.

    Parameters
    ----------
    infos
        The types by key; every ancestor of one must be among them.
    forced_opaque
        Types to keep opaque although their layout can be reproduced.
    unmirrored
        Types that the target never reproduces.
    field_renderable
        Whether the target has a type of the layout of a field; every field has one when omitted.

    Raises
    ------
    KeyError
        If an ancestor is missing.

    """
    rules = _Rules(forced_opaque, unmirrored, field_renderable)
    for key in infos:
        for ancestor in reversed(_lineage(infos[key])):
            if ancestor not in infos:
                raise KeyError(f"Ancestor {ancestor!r} is not among the types to classify")
    verdicts: dict[str, Verdict] = {}
    for key in infos:
        for each in (*_lineage(infos[key]), key):
            if each not in verdicts:
                parent = infos[each].parent_type_key
                verdicts[each] = _classify_one(
                    each, infos[each], None if parent is None else verdicts[parent], rules
                )
    return verdicts


def _lineage(info: ObjectInfo) -> list[str]:
    """Return the ancestors, root first, also when the info names only the parent."""
    parent = info.parent_type_key
    if parent is None or parent in info.ancestors:
        return info.ancestors
    return [*info.ancestors, parent]


def _classify_one(key: str, info: ObjectInfo, parent: Verdict | None, rules: _Rules) -> Verdict:
    """Return the verdict on one type, given that on its parent."""
    verdict = Verdict(
        type_key=key,
        verdict="opaque",
        reason=None,
        detail="",
        parent_type_key=info.parent_type_key,
        ancestors=list(info.ancestors),
        total_size=info.total_size,
        is_final=info.is_final,
    )
    finding = (
        _collect_facts(verdict, info, rules)
        or _check_layout(verdict, parent)
        or _check_target(key, info, rules)
    )
    if finding is None:
        verdict.verdict = "complete"
        verdict.detail = _describe_complete(verdict)
    else:
        verdict.reason, verdict.detail = finding
    return verdict


def _collect_facts(verdict: Verdict, info: ObjectInfo, rules: _Rules) -> _Finding | None:
    """Fill in the fields, unless there is nothing to reason from."""
    if verdict.type_key in rules.unmirrored:
        return _Finding(
            "no-mirror", "its bytes are owned by the target's runtime and never mirrored"
        )
    if info.total_size is None:
        return _Finding("layout-unknown", "no metadata of its own: total_size is unknown")
    fields = []
    for field in info.fields:
        # An alignment of 0, which C code can register, says nothing either.
        if field.size is None or field.offset is None or not field.alignment:
            return _Finding(
                "layout-unknown", f"field '{field.name}' carries no native layout facts"
            )
        fields.append(FieldBytes(field.name, field.offset, field.size, field.alignment))
    verdict.fields = sorted(fields, key=lambda field: field.offset)
    return None


def _check_layout(verdict: Verdict, parent: Verdict | None) -> _Finding | None:
    """Fill in what the bytes behind the parent's are used for, and check that all are."""
    size = verdict.total_size
    assert size is not None
    if parent is None:
        verdict.alignment = OBJECT_HEADER_ALIGNMENT
        verdict.own_bytes = ByteRange(size, size)
        return None
    if not parent.is_complete:
        return _Finding("parent-opaque", f"parent '{parent.type_key}' is opaque ({parent.reason})")
    assert parent.total_size is not None and parent.alignment is not None
    verdict.alignment = max([parent.alignment, *(field.alignment for field in verdict.fields)])
    verdict.own_bytes = ByteRange(parent.total_size, size)
    return _lay_out(verdict, verdict.own_bytes, verdict.alignment)


def _lay_out(verdict: Verdict, own_bytes: ByteRange, alignment: int) -> _Finding | None:
    """Walk over the own bytes field by field, recording gaps and the first overlap."""
    overlap = None
    cursor = own_bytes.start
    for field in verdict.fields:
        if field.offset < cursor:
            place = ByteRange(field.offset, field.end)
            overlap = overlap or f"field '{field.name}' at {place} starts before byte {cursor}"
        else:
            _record_gap(verdict, cursor, field.offset, field.alignment)
        cursor = max(cursor, field.end)
    if cursor > own_bytes.end:
        overlap = overlap or f"fields extend to byte {cursor}, past total_size {own_bytes.end}"
    else:
        _record_gap(verdict, cursor, own_bytes.end, alignment)
    if overlap is not None:
        return _Finding("field-overlap", overlap)
    if verdict.uncovered:
        ranges = ", ".join(map(str, verdict.uncovered))
        return _Finding(
            "uncovered-bytes",
            f"bytes {ranges} of {own_bytes} are not accounted for by reflected fields",
        )
    return None


def _record_gap(verdict: Verdict, start: int, end: int, alignment: int) -> None:
    """Record the bytes before what is aligned and begins at ``end``.

    A misaligned neighbour is recorded as uncovered even when the range is empty.
    """
    if end != align_up(start, alignment):
        verdict.uncovered.append(ByteRange(start, end))
    elif end != start:
        verdict.padding.append(ByteRange(start, end))


def _check_target(key: str, info: ObjectInfo, rules: _Rules) -> _Finding | None:
    """Apply what the target adds to a type whose layout is reproducible."""
    if rules.field_renderable is not None:
        for field in info.fields:
            if not rules.field_renderable(field):
                schema = field.output_repr()
                return _Finding(
                    "unrenderable-field", f"field '{field.name}' ({schema}) has no native mirror"
                )
    if key in rules.forced_opaque:
        return _Finding("by-directive", "vetoed by directive although the layout is reproducible")
    return None


def _describe_complete(verdict: Verdict) -> str:
    """Say how the bytes of a complete type are used."""
    if verdict.parent_type_key is None:
        return f"object header [0, {verdict.total_size}): owned by the C ABI"
    text = f"reflected fields fill {verdict.own_bytes} exactly"
    if verdict.padding:
        text += f" (alignment padding {', '.join(map(str, verdict.padding))})"
    return text


def coverage_report(verdicts: Mapping[str, Verdict]) -> dict[str, Any]:
    """Return the verdicts as a JSON object, by sorted type key."""
    return {key: verdicts[key].to_json_obj() for key in sorted(verdicts)}


def write_coverage_report(path: Path, verdicts: Mapping[str, Verdict]) -> None:
    """Write :func:`coverage_report` to a file."""
    write_text(path, json.dumps(coverage_report(verdicts), indent=2) + "\n")
