#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds the kernel library and the program that loads it, and runs the program.
set -euo pipefail
cd "$(dirname "$0")"

cmake . -B build -DEXAMPLE_NAME="kernel" -DCMAKE_BUILD_TYPE=RelWithDebInfo
cmake --build build --config RelWithDebInfo
cmake . -B build -DEXAMPLE_NAME="load" -DCMAKE_BUILD_TYPE=RelWithDebInfo
cmake --build build --config RelWithDebInfo
build/load
