// SPDX-License-Identifier: Apache-2.0
//
// Calls `add_one_cpu` from C++, on vectors that this program owns.
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/extra/module.h>

#include <cstdio>
#include <exception>
#include <vector>

namespace ffi = tvm::ffi;

// Describes memory that somebody else owns. `size` must live as long as the view.
DLTensor View(std::vector<float>* values, int64_t* size) {
  return {values->data(), {kDLCPU, 0}, 1, {kDLFloat, 32, 1}, size, nullptr, 0};
}

void Run() {
  ffi::Module mod = ffi::Module::LoadFromFile("build/add_one_cpu.so");
  ffi::Function add_one = mod->GetFunction("add_one_cpu").value();

  std::vector<float> x = {1, 2, 3, 4, 5}, y(5);
  int64_t size = 5;
  DLTensor x_view = View(&x, &size), y_view = View(&y, &size);
  add_one(&x_view, &y_view);

  std::printf("[ ");
  for (float value : y) std::printf("%g ", value);
  std::printf("]\n");
}

int main() {
  try {
    Run();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "load_cpp: %s\n", error.what());
    return 1;
  }
}
