// SPDX-License-Identifier: Apache-2.0
//
// Kernels of the CUDA loader's tests; the stand-in driver runs the same arithmetic on the host.

extern "C" __global__ void add_one(const float* x, float* y, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] = x[i] + 1.0f;
}

// One parameter of each size that the loader narrows to.
extern "C" __global__ void mix(double* out, signed char a, short b, int c, long long d, float e,
                               double f, bool g) {
  if (blockIdx.x == 0 && threadIdx.x == 0) out[0] = f + a + b + c + d + e + (g ? 100.0 : 0.0);
}

// Writes through a null pointer only if it gets a real one.
extern "C" __global__ void maybe_fill(float* y, float value, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (y != nullptr && i < n) y[i] = value;
}

// The sum of 0 .. n-1 by way of dynamic shared memory, beside 16 bytes of static shared memory.
extern "C" __global__ void sum_in_shared(float* out, int n) {
  extern __shared__ float tile[];
  __shared__ float start[4];
  if (threadIdx.x == 0) {
    start[0] = 0.0f;
    for (int i = 0; i < n; ++i) tile[i] = i;
    for (int i = 0; i < n; ++i) start[0] += tile[i];
    out[blockIdx.x] = start[0];
  }
}

// What Triton makes of a kernel (x, y, n): pointers to scratch memory come last.
extern "C" __global__ void square_with_scratch(const float* x, float* y, int n, void*, void*) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] = x[i] * x[i];
}
