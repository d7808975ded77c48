// SPDX-License-Identifier: Apache-2.0
//
// The payload of this example: y = x + 1.
kernel void add_one(global const float* x, global float* y, int n) {
  int i = get_global_id(0);
  if (i < n) y[i] = x[i] + 1.0f;
}
