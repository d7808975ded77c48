# SPDX-License-Identifier: Apache-2.0
"""Loads two sides into this process and prints the transcripts of all their games.

Arguments: ``local`` or ``global`` (how the libraries see each other's symbols), then name and path
of each side in the order of loading. Runs under either package, so it uses only what both have.
"""

from __future__ import annotations

import ctypes
import json
import sys

import tvm_ffi

mode = ctypes.RTLD_GLOBAL if sys.argv[1] == "global" else ctypes.RTLD_LOCAL
sides = dict(zip(sys.argv[2::2], sys.argv[3::2]))
libraries = [ctypes.CDLL(path, mode=mode) for path in sides.values()]

runtimes = {line.split()[-1] for line in open("/proc/self/maps") if "libtvm_ffi.so" in line}
assert len(runtimes) == 1, runtimes

transcripts: dict[str, dict[str, list[str]]] = {}
for driver in sides:
    run = tvm_ffi.get_global_func(f"{driver}.run")
    for subject in tvm_ffi.get_global_func(f"{driver}.subjects")():
        for peer in sides:
            try:
                lines = [str(line) for line in run(subject, peer)]
            except Exception as error:
                lines = [f"failed: {type(error).__name__}: {error}"]
            transcripts.setdefault(str(subject), {})[f"{driver} with {peer}"] = lines
json.dump(transcripts, sys.stdout)
