#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What CMakeLists.txt builds, by plain compiler commands.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p build

# A kernel library needs no run path: the process that loads it has loaded libtvm_ffi already.
gcc -shared -O3 -std=c11 -fPIC $(tvm-ffi-config --cflags) src/add_one_cpu.c \
  -o build/add_one_cpu.so $(tvm-ffi-config --ldflags --libs)

# A program finds libtvm_ffi by its run path.
gcc -O3 -std=c11 $(tvm-ffi-config --cflags) src/load.c -o build/load \
  $(tvm-ffi-config --ldflags --libs) -Wl,-rpath,"$(tvm-ffi-config --libdir)"
