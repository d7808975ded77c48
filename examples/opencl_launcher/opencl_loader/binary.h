// SPDX-License-Identifier: Apache-2.0
//
// The payload of kind `opencl_bin`: what a driver compiled, with what it does not keep itself, the
// signatures of the kernels, and with what it does not check itself, for which device it is and
// whether it is whole.
//
//   payload   := "OCLBIN1\n" checksum:u64 device:str count:u64 signature*count program:str
//   signature := name:str count:u64 parameter*count
//   parameter := kind:u64 read_only:u64 type:str name:str
//   str       := size:u64 byte*size
//
// Integers are little-endian. The checksum is the 64-bit FNV-1a of everything behind it; it finds
// damage, not malice: a driver runs what it is given.
#ifndef OPENCL_LOADER_BINARY_H_
#define OPENCL_LOADER_BINARY_H_

#include <opencl_launcher/parameter.h>
#include <tvm/ffi/string.h>

#include <string>
#include <vector>

namespace opencl_loader {

struct Binary {
  std::string device;  // Device::identity()
  std::vector<opencl_launcher::Signature> signatures;
  std::string program;
};

tvm::ffi::Bytes WriteBinary(const Binary& binary);

// Throws ValueError that says what is wrong.
Binary ReadBinary(const tvm::ffi::Bytes& payload);

}  // namespace opencl_loader

#endif  // OPENCL_LOADER_BINARY_H_
