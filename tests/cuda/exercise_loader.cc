// SPDX-License-Identifier: Apache-2.0
//
// Drives the CUDA loader without Python, so that it can be built with sanitizers:
//     exercise_loader libcubin_loader.so < IMAGE
// The image is kernels.cu as a cubin for the stand-in's GPUs.
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/extra/module.h>

#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "../examples/exercise.h"

namespace ffi = tvm::ffi;

namespace {

// A vector of float32 that says it is on cuda:`device_id`; the stand-in's GPUs have host memory.
struct Vector {
  explicit Vector(int64_t size, int device_id = 0) : values(size), shape(size) {
    tensor.data = values.data();
    tensor.device = {kDLCUDA, device_id};
    tensor.ndim = 1;
    tensor.dtype = {kDLFloat, 32, 1};
    tensor.shape = &shape;
    tensor.strides = &stride;
    tensor.byte_offset = 0;
  }
  Vector(const Vector&) = delete;
  Vector& operator=(const Vector&) = delete;

  std::vector<float> values;
  int64_t shape;
  int64_t stride = 1;
  DLTensor tensor;
};

void LaunchKernels(const ffi::Module& mod) {
  Vector x(1000), y(1000);
  for (int i = 0; i < 1000; ++i) x.values[i] = static_cast<float>(i);
  ffi::Function add_one = mod->GetFunction("add_one").value();
  add_one(ffi::Array<int64_t>{2, 2, 1}, 256, 0, &x.tensor, &y.tensor, 1000);
  Require(y.values[999] == 1000, "add_one");

  ffi::Function sum = mod->GetFunction("sum_in_shared").value();
  ffi::Map<ffi::String, ffi::Any> options{{"cluster", 2}, {"dynamic_shared_memory_bytes", 90000}};
  sum(4, 1, options, &y.tensor, 10);
  Require(y.values[3] == 45, "sum_in_shared");

  mod->GetFunction("maybe_fill").value()(1, 1, 0, nullptr, 1.0, 4);
  Require(mod->GetFunction("__kernels__").value()().cast<ffi::Array<ffi::String>>().size() == 5,
          "__kernels__");
  Require(!mod->GetFunction("missing").has_value(), "a missing kernel");
}

void RefuseBadLaunches(const ffi::Module& mod) {
  Vector x(4), y(4, /*device_id=*/1), host(4);
  host.tensor.device = {kDLCPU, 0};
  ffi::Function add_one = mod->GetFunction("add_one").value();
  ffi::Function fill = mod->GetFunction("maybe_fill").value();
  ExpectError("TypeError", "6 in all; got 1", [&] { add_one(1); });
  ExpectError("ValueError", "an earlier one is on cuda:0",
              [&] { add_one(1, 1, 0, &x.tensor, &y.tensor, 4); });
  ExpectError("ValueError", "(cpu)", [&] { fill(1, 1, 0, &host.tensor, 1.0, 4); });
  ExpectError("ValueError", "does not fit", [&] { fill(1, 1, 0, &x.tensor, 1e300, 4); });
  ExpectError("ValueError", "does not fit", [&] { fill(1, 1, 0, &x.tensor, 1, int64_t{1} << 40); });
  ExpectError("TypeError", "expected a tensor", [&] { fill(1, 1, 0, "text", 1.0, 4); });
  ExpectError("ValueError", "positive 32-bit extents", [&] { fill(0, 1, 0, &x.tensor, 1.0, 4); });
  ExpectError("RuntimeError", "CUDA Error", [&] { fill(1, 2048, 0, &x.tensor, 1.0, 4); });
}

void LaunchFromThreads(const std::string& image) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&image] {
      for (int round = 0; round < 5; ++round) LaunchKernels(Load("cubin", image));
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

int main(int argc, char** argv) {
  Require(argc == 2, "the number of arguments");
  ffi::Module::LoadFromFile(argv[1]);
  const std::string image = ReadStandardInput();
  {
    ffi::Module mod = Load("cubin", image);
    LaunchKernels(mod);
    RefuseBadLaunches(mod);
    Require(mod->SaveToBytes().size() == image.size(), "SaveToBytes");
  }
  const int refused = RefuseCuts("cubin", image);  // the driver would read on beyond a cut
  LaunchFromThreads(image);
  std::printf("launched, and refused %d cuts of %zu bytes\n", refused, image.size());
  return 0;
}
