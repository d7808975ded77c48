#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Everything that CMakeLists.txt builds, by plain compiler commands. The CUDA part is built where
# nvcc is on the PATH.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p build

# A kernel library needs no run path: the process that loads it has loaded libtvm_ffi already.
g++ -shared -O3 -fPIC $(tvm-ffi-config --cxxflags) compile/add_one_cpu.cc -o build/add_one_cpu.so \
  $(tvm-ffi-config --ldflags --libs)

# A program finds libtvm_ffi by its run path.
g++ -O3 $(tvm-ffi-config --cxxflags) load/load_cpp.cc -o build/load_cpp \
  $(tvm-ffi-config --ldflags --libs) -Wl,-rpath,"$(tvm-ffi-config --libdir)"

if command -v nvcc >/dev/null; then
  nvcc -shared -O3 -Xcompiler -fPIC -cudart shared $(tvm-ffi-config --cxxflags) \
    compile/add_one_cuda.cu -o build/add_one_cuda.so $(tvm-ffi-config --ldflags --libs)
  nvcc -O3 -cudart shared $(tvm-ffi-config --cxxflags) load/load_cuda.cc -o build/load_cuda \
    $(tvm-ffi-config --ldflags --libs) -Xlinker -rpath,"$(tvm-ffi-config --libdir)"
fi
