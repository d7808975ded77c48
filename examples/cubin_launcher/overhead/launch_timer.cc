// SPDX-License-Identifier: Apache-2.0
//
// How long a launch takes: through a function of a loaded module, and by the plain driver call that
// is its floor. Both launch an empty grid position of kernel `add_one` over and over on the current
// stream of cuda:0, and give microseconds per launch, waiting for the GPU left out.
#include <cuda.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/extra/c_env_api.h>
#include <tvm/ffi/function.h>

#include <chrono>

#include "driver_function.h"

namespace ffi = tvm::ffi;
using cubin_launcher::Check;
using cubin_launcher::DriverFunction;

namespace {

// The GPU's queue holds about a thousand launches; beyond that a launch waits for the GPU.
constexpr int kLaunchesPerBatch = 500;

template <typename F>
double MicrosecondsPerLaunch(F launch) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  for (int i = 0; i < kLaunchesPerBatch; ++i) launch();
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count() /
         kLaunchesPerBatch;
}

}  // namespace

double TimeFunction(const ffi::Function& add_one, const ffi::Tensor& x, const ffi::Tensor& y) {
  return MicrosecondsPerLaunch([&]() { add_one(1, 32, 0, x, y, 1); });
}

double TimeDriverCall(const ffi::Bytes& image, const ffi::Tensor& x, const ffi::Tensor& y) {
  CUcontext context;
  CUlibrary library;
  CUkernel kernel;
  Check(
      DriverFunction<decltype(cuDevicePrimaryCtxRetain)>("cuDevicePrimaryCtxRetain")(&context, 0));
  Check(DriverFunction<decltype(cuCtxPushCurrent)>("cuCtxPushCurrent_v2")(context));
  Check(DriverFunction<decltype(cuLibraryLoadData)>("cuLibraryLoadData")(
      &library, image.data(), nullptr, nullptr, 0, nullptr, nullptr, 0));
  Check(DriverFunction<decltype(cuLibraryGetKernel)>("cuLibraryGetKernel")(&kernel, library,
                                                                           "add_one"));
  auto launch = DriverFunction<decltype(cuLaunchKernel)>("cuLaunchKernel");
  auto stream = static_cast<CUstream>(TVMFFIEnvGetStream(kDLCUDA, 0));
  void* x_data = x.data_ptr();
  void* y_data = y.data_ptr();
  int count = 1;
  void* args[] = {&x_data, &y_data, &count};
  const double microseconds = MicrosecondsPerLaunch([&]() {
    Check(
        launch(reinterpret_cast<CUfunction>(kernel), 1, 1, 1, 32, 1, 1, 0, stream, args, nullptr));
  });
  Check(DriverFunction<decltype(cuLibraryUnload)>("cuLibraryUnload")(library));
  Check(DriverFunction<decltype(cuCtxPopCurrent)>("cuCtxPopCurrent_v2")(&context));
  return microseconds;
}

TVM_FFI_DLL_EXPORT_TYPED_FUNC(time_function, TimeFunction);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(time_driver_call, TimeDriverCall);
