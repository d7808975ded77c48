#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds the CUDA kernel library and calls it from PyTorch, CuPy and PaddlePaddle, those of them that
# are installed for CUDA, and from C++. Needs a GPU and nvcc.
set -euo pipefail
cd "$(dirname "$0")"

cmake . -B build -DEXAMPLE_NAME="compile_cuda" -DCMAKE_BUILD_TYPE=RelWithDebInfo
cmake --build build --config RelWithDebInfo

# can CODE: whether this Python code runs.
can() { python -c "$1" >/dev/null 2>&1; }
if can 'import torch; assert torch.cuda.is_available()'; then python load/load_pytorch.py cuda; fi
if can 'import cupy; assert cupy.cuda.is_available()'; then python load/load_cupy.py; fi
if can 'import paddle; assert paddle.device.cuda.device_count()'; then
  python load/load_paddle.py cuda
fi

nvcc -cudart shared $(tvm-ffi-config --cxxflags) load/load_cuda.cc -o build/load_cuda \
  $(tvm-ffi-config --ldflags --libs) -Xlinker -rpath,"$(tvm-ffi-config --libdir)"
build/load_cuda
