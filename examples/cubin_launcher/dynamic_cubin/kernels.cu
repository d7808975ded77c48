// SPDX-License-Identifier: Apache-2.0
//
// The kernels of ../example_nvrtc_cubin.py, compiled while the program runs.
extern "C" __global__ void add_one_cuda(const float* x, float* y, long long n) {
  long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i < n) y[i] = x[i] + 1.0f;
}

extern "C" __global__ void mul_two_cuda(const float* x, float* y, long long n) {
  long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i < n) y[i] = x[i] * 2.0f;
}
