// SPDX-License-Identifier: Apache-2.0
//
// Drives the OpenCL loader without Python, so that it can be built with sanitizers:
//     exercise_loader libopencl_loader.so < PROGRAM
// The program is add_one.cl of the example.
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/extra/module.h>

#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "../exercise.h"

namespace ffi = tvm::ffi;

namespace {

// A view of floats that somebody else owns.
DLTensor View(std::vector<float>* values, int64_t* size, DLDataTypeCode code = kDLFloat) {
  *size = static_cast<int64_t>(values->size());
  return {values->data(), {kDLCPU, 0}, 1, {static_cast<uint8_t>(code), 32, 1}, size, nullptr, 0};
}

void LaunchAndRefuse(const ffi::Module& mod) {
  std::vector<float> x(100, 1), y(100);
  int64_t size;
  DLTensor x_view = View(&x, &size), y_view = View(&y, &size), ints = View(&x, &size, kDLInt);
  ffi::Function add_one = mod->GetFunction("add_one").value();
  add_one(ffi::Array<int64_t>{2, 1}, 64, 0, &x_view, &y_view, 100);
  Require(y[99] == 2, "add_one");
  ExpectError("TypeError", "add_one", [&] { add_one(1); });
  ExpectError("TypeError", "add_one", [&] { add_one(1, 1, 0, &x_view, &y_view, 0.5); });
  ExpectError("TypeError", "add_one", [&] { add_one(1, 1, 0, &ints, &y_view, 1); });
  ExpectError("ValueError", "grid", [&] { add_one(0, 1, 0, &x_view, &y_view, 1); });
  ExpectError("ValueError", "add_one", [&] { add_one(1, 1 << 20, 0, &x_view, &y_view, 1); });
  Require(!mod->GetFunction("missing").has_value(), "a missing kernel");
}

std::string Compiled(const ffi::Module& mod) {
  const auto binary = mod->GetFunction("__binary__").value()().cast<ffi::Bytes>();
  return std::string(binary.data(), binary.size());
}

}  // namespace

int main(int argc, char** argv) {
  Require(argc == 2, "the number of arguments");
  ffi::Module::LoadFromFile(argv[1]);
  const std::string source = ReadStandardInput();
  ffi::Module mod = Load("opencl", source);
  LaunchAndRefuse(mod);
  const std::string binary = Compiled(mod);
  LaunchAndRefuse(Load("opencl_bin", binary));
  ExpectError("RuntimeError", "does not build", [] { Load("opencl", "kernel void k("); });
  ExpectError("ValueError", "has no kernel", [] { Load("opencl", "// nothing\n"); });
  const int refused = RefuseCuts("opencl_bin", binary);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&binary] { LaunchAndRefuse(Load("opencl_bin", binary)); });
  }
  for (std::thread& thread : threads) thread.join();
  std::printf("launched, and refused %d cuts of %zu bytes\n", refused, binary.size());
  return 0;
}
