# SPDX-License-Identifier: Apache-2.0
"""Times ``load_inline`` in one process of its own, for run_inline.py; prints one JSON object.

    python benchmarks/inline_builds.py CACHE NUMBER...

Every number makes a one-function source that differs from those of the other numbers. Its first
load is ``cold``; a second one in the same process is ``warm`` when it finds the build done.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time

os.environ["TVM_FFI_CACHE_DIR"] = sys.argv[1]
started = time.perf_counter()
from tvm_ffi import cpp  # noqa: E402

import_seconds = time.perf_counter() - started


def cpu_seconds() -> float:
    """Return the CPU time of this process and its finished children."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def load(number: str) -> dict[str, float]:
    """Load one source; return wall and CPU seconds."""
    name = f"add_{number}"
    source = f"int64_t {name}(int64_t x) {{ return x + {number}; }}"
    wall, cpu = time.perf_counter(), cpu_seconds()
    mod = cpp.load_inline("bench", cpp_sources=source, functions=[name])
    result = {"wall": time.perf_counter() - wall, "cpu": cpu_seconds() - cpu}
    assert getattr(mod, name)(1) == int(number) + 1
    return result


builds = [{"first": load(number), "again": load(number)} for number in sys.argv[2:]]
print(json.dumps({"import": import_seconds, "builds": builds}))
