// SPDX-License-Identifier: Apache-2.0
//
// A kernel library without kernels: `set_cubin(bytes)` gives it an image at run time.
//
//   add_one(x, y), mul_two(x, y)             launch `add_one_cuda` and `mul_two_cuda` of the image
//   launch(name, x, y, threads, num_scratch) launches any kernel `(x, y, int n, scratch ...)`
//
// Set the image before others launch: it is replaced at once, launches take no lock.
#include <tvm/ffi/function.h>

#include <memory>
#include <optional>

#include "../launch_on_vectors.h"

namespace ffi = tvm::ffi;

namespace {

constexpr unsigned int kThreads = 256;

// The image and the kernels that were asked for by now.
struct Image {
  explicit Image(const ffi::Bytes& bytes) : cubin(bytes) {}

  ffi::CubinModule cubin;
  std::optional<ffi::CubinKernel> add_one;
  std::optional<ffi::CubinKernel> mul_two;
};

std::unique_ptr<Image> image;

Image* GetImage() {
  TVM_FFI_CHECK(image != nullptr, RuntimeError) << "call set_cubin first";
  return image.get();
}

ffi::CubinKernel* GetKernel(std::optional<ffi::CubinKernel>* kernel, const char* name) {
  if (!kernel->has_value()) *kernel = GetImage()->cubin[name];
  return &**kernel;
}

}  // namespace

void SetCubin(const ffi::Bytes& bytes) { image = std::make_unique<Image>(bytes); }

void AddOne(ffi::TensorView x, ffi::TensorView y) {
  LaunchOnVectors<int64_t>(GetKernel(&GetImage()->add_one, "add_one_cuda"), x, y, kThreads);
}

void MulTwo(ffi::TensorView x, ffi::TensorView y) {
  LaunchOnVectors<int64_t>(GetKernel(&GetImage()->mul_two, "mul_two_cuda"), x, y, kThreads);
}

void Launch(const ffi::String& name, ffi::TensorView x, ffi::TensorView y, int threads,
            int num_scratch) {
  ffi::CubinKernel kernel = GetImage()->cubin[name.c_str()];
  LaunchOnVectors<int32_t>(&kernel, x, y, static_cast<unsigned int>(threads), num_scratch);
}

TVM_FFI_DLL_EXPORT_TYPED_FUNC(set_cubin, SetCubin);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(add_one, AddOne);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(mul_two, MulTwo);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(launch, Launch);
