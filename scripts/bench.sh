#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs the benchmarks: this package in .venv, the published one in .venv-published.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

PUBLISHED="$ROOT/.venv-published"
install_package
if ! cmp -s tests/published_requirements.txt "$PUBLISHED/complete"; then
  say "installing the published package (virtual environment .venv-published)"
  "$(find_python)" -m venv --clear "$PUBLISHED"
  "$PUBLISHED/bin/pip" install --quiet -r tests/published_requirements.txt
  cp tests/published_requirements.txt "$PUBLISHED/complete"
fi

say "import"
python benchmarks/run_import.py --theirs "$PUBLISHED/bin/python"
say "load_module_from_bytes"
python benchmarks/load_from_bytes.py
say "shared objects from memory"
python benchmarks/load_so.py
say "function calls by argument kind"
python benchmarks/run_calls.py --theirs "$PUBLISHED/bin/python"
say "containers, errors, tensors and dataclasses from Python"
python benchmarks/run_python.py --theirs "$PUBLISHED/bin/python"
say "C++ programs"
python benchmarks/run_native.py --theirs "$PUBLISHED/bin/python"
say "compile time of the C++ headers"
python benchmarks/run_headers.py --theirs "$PUBLISHED/bin/python"
say "inline C++ builds"
python benchmarks/run_inline.py --theirs "$PUBLISHED/bin/python"
