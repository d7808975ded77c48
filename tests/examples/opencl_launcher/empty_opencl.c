// SPDX-License-Identifier: Apache-2.0
//
// Stands for a libOpenCL.so.1 that lacks what is needed.
int nothing_of_opencl;
