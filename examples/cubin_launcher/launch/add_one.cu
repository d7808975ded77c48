// SPDX-License-Identifier: Apache-2.0
//
// The kernel that the three programs launch.
extern "C" __global__ void add_one(const float* x, float* y, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] = x[i] + 1.0f;
}
