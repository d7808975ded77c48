// SPDX-License-Identifier: Apache-2.0
//
// libcuda, opened when it is first needed. The loader links no CUDA library: on a machine without a
// driver it loads and registers its kinds, and says what is missing when somebody uses one.
#ifndef CUBIN_LOADER_DRIVER_H_
#define CUBIN_LOADER_DRIVER_H_

namespace cubin_loader {

// Opens libcuda and calls cuInit once per process; a failed attempt is repeated by the next call.
// Throws RuntimeError that names what is missing: the driver library or a device.
void EnsureDriver();

}  // namespace cubin_loader

#endif  // CUBIN_LOADER_DRIVER_H_
