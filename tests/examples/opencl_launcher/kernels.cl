// SPDX-License-Identifier: Apache-2.0
//
// Kernels that between them have every kind of parameter.
typedef struct {
  int a;
  float b;
} pair;

kernel void add_one(global const float* x, global float* y, int n) {
  int i = get_global_id(0);
  if (i < n) y[i] = x[i] + 1.0f;
}

// Adds everything up that is passed by value.
kernel void add_all(global double* out, char a, uchar b, short c, ushort d, int e, uint f, long g,
                    ulong h, float i, double j) {
  out[0] = (double)a + b + c + d + e + f + g + h + i + j;
}

// out[row, column] = row * 100 + column, with the group's number added.
kernel void two_dimensions(global int* out) {
  int row = get_global_id(1), column = get_global_id(0);
  out[row * get_global_size(0) + column] =
      row * 100 + column + 10000 * (get_group_id(0) + get_num_groups(0) * get_group_id(1));
}

// The sums of the work-groups' elements.
kernel void group_sums(global const float* x, global float* sums, local float* scratch) {
  int i = get_local_id(0), n = get_local_size(0);
  scratch[i] = x[get_global_id(0)];
  barrier(CLK_LOCAL_MEM_FENCE);
  if (i == 0) {
    float sum = 0;
    for (int j = 0; j < n; ++j) sum += scratch[j];
    sums[get_group_id(0)] = sum;
  }
}

kernel void two_locals(local int* a, global int* out, local int* b) {
  a[0] = 1;
  b[0] = 2;
  out[0] = a[0] + b[0];
}

kernel void scale_vectors(global float4* x, constant float* factors) {
  x[get_global_id(0)] *= factors[0];
}

kernel void invert_bytes(global const uchar* x, global uchar* y) {
  y[get_global_id(0)] = 1 - x[get_global_id(0)];
}

kernel void fill_if_given(global int* out, int value) {
  if (out) out[get_global_id(0)] = value;
}

kernel void own_type(global pair* pairs) { pairs[get_global_id(0)].a += 1; }

kernel void by_value(float4 vector, global float* out) { out[0] = vector.x; }
