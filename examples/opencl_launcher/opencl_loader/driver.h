// SPDX-License-Identifier: Apache-2.0
//
// libOpenCL, opened when it is first needed. The loader links no OpenCL library: on a machine
// without one it loads and registers its kinds, and says what is missing when somebody uses one.
#ifndef OPENCL_LOADER_DRIVER_H_
#define OPENCL_LOADER_DRIVER_H_

namespace opencl_loader {

// Opens libOpenCL once per process; a failed attempt is repeated by the next call.
// Throws RuntimeError that says what is missing.
void EnsureDriver();

}  // namespace opencl_loader

#endif  // OPENCL_LOADER_DRIVER_H_
