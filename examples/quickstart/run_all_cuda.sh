#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds the CUDA kernel library and calls it from PyTorch, CuPy and PaddlePaddle, as far as they are
# installed, and from C++. Needs a GPU and nvcc.
set -euo pipefail
cd "$(dirname "$0")"

cmake . -B build -DEXAMPLE_NAME="compile_cuda" -DCMAKE_BUILD_TYPE=RelWithDebInfo
cmake --build build --config RelWithDebInfo
for framework in torch:pytorch cupy:cupy paddle:paddle; do
  if python -c "import ${framework%:*}" 2>/dev/null; then
    python "load/load_${framework#*:}.py"
  fi
done

nvcc -cudart shared $(tvm-ffi-config --cxxflags) load/load_cuda.cc -o build/load_cuda \
  $(tvm-ffi-config --ldflags --libs) -Xlinker -rpath,"$(tvm-ffi-config --libdir)"
build/load_cuda
