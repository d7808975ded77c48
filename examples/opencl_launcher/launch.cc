// SPDX-License-Identifier: Apache-2.0
//
// Reads an OpenCL program from standard input and runs its kernel `add_one`.
// The arguments are the path of libopencl_loader.so and the payload's kind.
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/extra/module.h>

#include <cstdio>
#include <iostream>
#include <iterator>
#include <string>

namespace ffi = tvm::ffi;

// A view of `size` floats that somebody else owns.
DLTensor View(float* data, int64_t* size) {
  return {data, {kDLCPU, 0}, 1, {kDLFloat, 32, 1}, size, nullptr, 0};
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const char* kind = argv[2];
  ffi::Module loader = ffi::Module::LoadFromFile(argv[1]);

  std::string payload{std::istreambuf_iterator<char>(std::cin), {}};
  ffi::Module mod = ffi::Module::LoadFromBytes(kind, ffi::Bytes(std::move(payload)));
  ffi::Function add_one = mod->GetFunction("add_one").value();

  float x[5] = {1, 2, 3, 4, 5}, y[5];
  int64_t size = 5;
  DLTensor x_view = View(x, &size), y_view = View(y, &size);
  int grid = 1, block = 64, shared_bytes = 0;
  add_one(grid, block, shared_bytes, &x_view, &y_view, size);
  std::printf("c++:    %s: add_one([1, 2, 3, 4, 5]) = [%g, %g, %g, %g, %g]\n", kind, y[0], y[1],
              y[2], y[3], y[4]);
}
