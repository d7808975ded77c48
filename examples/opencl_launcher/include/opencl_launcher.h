// SPDX-License-Identifier: Apache-2.0
//
// Compiles OpenCL programs, or takes compiled ones, and launches their kernels on tensors. Header
// only, over OpenCL 1.2; link `OpenCL`, or define the functions yourself as
// opencl_loader/driver.cc does.
//
//   const auto& device = opencl_launcher::Device::Default();
//   auto program = opencl_launcher::Program::FromSource(device, text);
//   opencl_launcher::Kernel add_one(device, program, "add_one");
//   add_one.Launch(grid, block, local_bytes, args, num_args);
//
// A launch is synchronous: when it returns, the results are in the tensors, which are in CPU memory
// (kernel.h). Everything throws tvm::ffi::Error; nothing is left behind by a call that threw.
#ifndef OPENCL_LAUNCHER_H_
#define OPENCL_LAUNCHER_H_

#include <opencl_launcher/device.h>
#include <opencl_launcher/kernel.h>
#include <opencl_launcher/parameter.h>
#include <opencl_launcher/program.h>

#endif  // OPENCL_LAUNCHER_H_
