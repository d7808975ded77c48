// SPDX-License-Identifier: Apache-2.0
//
// From the leading packed arguments of a launch to a LaunchShape.
#include "launch_shape.h"

#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/map.h>

#include <optional>

namespace cubin_loader {

namespace ffi = tvm::ffi;

namespace {

unsigned int ToExtent(const char* what, int64_t value) {
  if (value < 1 || value > UINT32_MAX) {
    TVM_FFI_THROW(ValueError) << what << " must have positive 32-bit extents, got " << value;
  }
  return static_cast<unsigned int>(value);
}

// An int, or a sequence of one to three of them.
ffi::dim3 ToDim3(const char* what, const ffi::AnyView& value) {
  if (std::optional<int64_t> x = value.try_cast<int64_t>()) return ffi::dim3(ToExtent(what, *x));
  std::optional<ffi::Array<int64_t>> extents = value.try_cast<ffi::Array<int64_t>>();
  if (!extents.has_value() || extents->size() < 1 || extents->size() > 3) {
    TVM_FFI_THROW(TypeError) << what << " must be an int or one to three ints, got "
                             << value.GetTypeKey();
  }
  unsigned int xyz[3] = {1, 1, 1};
  for (size_t i = 0; i < extents->size(); ++i) xyz[i] = ToExtent(what, (*extents)[i]);
  return ffi::dim3(xyz[0], xyz[1], xyz[2]);
}

int64_t ToIntInRange(const char* what, const ffi::AnyView& value, int64_t low) {
  std::optional<int64_t> number = value.try_cast<int64_t>();
  if (!number.has_value()) {
    TVM_FFI_THROW(TypeError) << what << " must be an int, got " << value.GetTypeKey();
  }
  if (*number < low || *number > INT32_MAX) {
    TVM_FFI_THROW(ValueError) << what << " is out of range: " << *number;
  }
  return *number;
}

void SetSharedBytes(const ffi::AnyView& value, LaunchShape* shape) {
  shape->dynamic_shared_bytes =
      static_cast<uint32_t>(ToIntInRange("dynamic_shared_memory_bytes", value, 0));
}

void SetOption(const ffi::String& name, const ffi::AnyView& value, LaunchShape* shape) {
  if (name == "dynamic_shared_memory_bytes") {
    SetSharedBytes(value, shape);
  } else if (name == "cluster") {
    shape->cluster = static_cast<int>(ToIntInRange("cluster", value, 1));
  } else {
    TVM_FFI_THROW(ValueError) << "unknown launch option `" << name
                              << "`; there are `dynamic_shared_memory_bytes` and `cluster`";
  }
}

}  // namespace

LaunchShape LaunchShape::Parse(ffi::PackedArgs args) {
  LaunchShape shape{ToDim3("grid", args[0]), ToDim3("block", args[1]), 0, 1};
  using Options = ffi::Map<ffi::String, ffi::Any>;
  if (std::optional<Options> options = args[2].try_cast<Options>()) {
    for (const auto& [name, value] : *options) SetOption(name, value, &shape);
  } else {
    SetSharedBytes(args[2], &shape);
  }
  if (shape.grid.x % static_cast<unsigned int>(shape.cluster) != 0) {
    TVM_FFI_THROW(ValueError) << "a grid of " << shape.grid.x << " blocks cannot be divided into "
                              << "clusters of " << shape.cluster;
  }
  return shape;
}

}  // namespace cubin_loader
