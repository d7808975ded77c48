#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds the CPU kernel library and calls it from NumPy and from C++.
set -euo pipefail
cd "$(dirname "$0")"

cmake . -B build -DEXAMPLE_NAME="compile_cpu" -DCMAKE_BUILD_TYPE=RelWithDebInfo
cmake --build build --config RelWithDebInfo
python load/load_numpy.py

cmake . -B build -DEXAMPLE_NAME="load_cpp" -DCMAKE_BUILD_TYPE=RelWithDebInfo
cmake --build build --config RelWithDebInfo
build/load_cpp
