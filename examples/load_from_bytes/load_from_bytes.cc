// SPDX-License-Identifier: Apache-2.0
//
// Reads a shared object from standard input and runs its function `add_one`.
// The argument is the path of libtvm_ffi_loaders, which registers the kind "so".
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

void Print(const char* end, const float (&values)[5]) {
  std::printf("[%g, %g, %g, %g, %g]%s", values[0], values[1], values[2], values[3], values[4], end);
}

int main(int argc, char** argv) {
  ffi::Module loaders = ffi::Module::LoadFromFile(argv[argc - 1]);

  std::string payload{std::istreambuf_iterator<char>(std::cin), {}};
  ffi::Module mod = ffi::Module::LoadFromBytes("so", ffi::Bytes(std::move(payload)));
  ffi::Function add_one = mod->GetFunction("add_one").value();

  float x[5] = {1, 2, 3, 4, 5}, y[5];
  int64_t size = 5;
  DLTensor x_view = View(x, &size), y_view = View(y, &size);
  add_one(&x_view, &y_view);
  std::printf("c++:    add_one(");
  Print(") = ", x);
  Print("\n", y);
}
