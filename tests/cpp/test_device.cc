// SPDX-License-Identifier: Apache-2.0
// Behaviour of device.h: devices in Any and their text form.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/device.h>
#include <tvm/ffi/function.h>

#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include "value_checks.h"

namespace {

using namespace value_checks;

// "type:id" of the device that a text names, "none" when it is malformed.
std::string Parse(const char* text) {
  std::optional<DLDevice> device = AnyView(text).try_cast<DLDevice>();
  if (!device.has_value()) return "none";
  return std::to_string(device->device_type) + ":" + std::to_string(device->device_id);
}

TEST(Device, NamesMapToDeviceTypes) {
  EXPECT_EQ(Parse("cpu"), "1:0");
  EXPECT_EQ(Parse("cuda"), "2:0");
  EXPECT_EQ(Parse("opencl"), "4:0");
  EXPECT_EQ(Parse("vulkan"), "7:0");
  EXPECT_EQ(Parse("metal"), "8:0");
  EXPECT_EQ(Parse("mps"), "8:0");
  EXPECT_EQ(Parse("vpi"), "9:0");
  EXPECT_EQ(Parse("rocm"), "10:0");
  EXPECT_EQ(Parse("ext_dev"), "12:0");
  EXPECT_EQ(Parse("wgpu"), "15:0");
  EXPECT_EQ(Parse("webgpu"), "15:0");
  EXPECT_EQ(Parse("hexagon"), "16:0");
  EXPECT_EQ(Parse("maia"), "17:0");
  EXPECT_EQ(Parse("trn"), "18:0");
}

TEST(Device, OtherNamesAreRejected) {
  for (const char* name : {"cuda_host", "oneapi", "llvm", "c", "test", "nvptx", "cl", "CPU", ""}) {
    EXPECT_EQ(Parse(name), "none") << name;
  }
}

TEST(Device, IndexIsPlainDecimalUpToInt32) {
  EXPECT_EQ(Parse("cuda:1"), "2:1");
  EXPECT_EQ(Parse("cuda:007"), "2:7");
  EXPECT_EQ(Parse("cuda:2147483647"), "2:2147483647");
  for (const char* text : {"cuda:", "cuda:-1", "cuda:+1", "cuda:1:2", "cuda:x", "cuda:1x", ":1",
                           "cuda:2147483648", "cuda:99999999999999999999999"}) {
    EXPECT_EQ(Parse(text), "none") << text;
  }
}

TEST(Device, TextAfterASpaceIsIgnored) {
  EXPECT_EQ(Parse("cuda:0 extra"), "2:0");
  EXPECT_EQ(Parse("cuda :1"), "2:0");
  EXPECT_EQ(Parse(" cuda"), "none");
}

TEST(Device, StoresTypeInTheLowHalfOfThePayload) {
  const TVMFFIAny cell = CellOf(Any(DLDevice{kDLCUDA, 3}));
  EXPECT_EQ(cell.type_index, kTVMFFIDevice);
  EXPECT_EQ(cell.zero_padding, 0u);
  EXPECT_EQ(cell.v_uint64, (uint64_t{3} << 32) | 2);
  EXPECT_EQ(AnyHash()(Any(DLDevice{kDLCUDA, 1})), 6949403450u);
}

TEST(Device, StrictAccessTakesDeviceCellsOnly) {
  EXPECT_FALSE(AnyView("cuda").as<DLDevice>().has_value());
  Any value = DLDevice{kDLCPU, 2};
  EXPECT_EQ(value.as<DLDevice>()->device_id, 2);
  EXPECT_EQ(std::move(value).cast<DLDevice>().device_id, 2);
  EXPECT_EQ(value.type_index(), kTVMFFIDevice);  // NOLINT(bugprone-use-after-move)
}

TEST(Device, ConvertsFromTextButNotFromBytes) {
  EXPECT_EQ(Any(String("cuda:1")).cast<DLDevice>().device_id, 1);
  EXPECT_EQ(Any(std::string("cuda:1")).cast<DLDevice>().device_id, 1);
  EXPECT_EQ(ErrorOf([] { AnyView("gpu").cast<DLDevice>(); }),
            "TypeError: Cannot convert from type `const char*` to `Device`");
  EXPECT_EQ(ErrorOf([] { Any("gpu").cast<DLDevice>(); }),
            "TypeError: Cannot convert from type `ffi.SmallStr` to `Device`");
  EXPECT_EQ(ErrorOf([] { Any(std::string("gpu")).cast<DLDevice>(); }),
            "TypeError: Cannot convert from type `ffi.String` to `Device`");
  EXPECT_FALSE(Any(Bytes("cpu", 3)).try_cast<DLDevice>().has_value());
  EXPECT_FALSE(Any(1).try_cast<DLDevice>().has_value());
}

TEST(Device, PartsOfTheTextAreReadAlone) {
  EXPECT_EQ(detail::TryParseDLDeviceType("cuda"), kDLCUDA);
  EXPECT_FALSE(detail::TryParseDLDeviceType("cuda:0").has_value());
  EXPECT_EQ(detail::TryParseDLDeviceIndex("042"), 42);
  EXPECT_FALSE(detail::TryParseDLDeviceIndex("").has_value());
  EXPECT_FALSE(detail::TryParseDLDeviceIndex(" 1").has_value());
  EXPECT_EQ(detail::TryStringViewToDLDevice("rocm:3")->device_id, 3);
  EXPECT_FALSE(detail::TryStringViewToDLDevice("rocm:").has_value());
}

TEST(Device, HasNoOperators) {
  EXPECT_FALSE((kEquates<DLDevice, DLDevice> || kPrints<DLDevice>));
  EXPECT_FALSE(std::is_default_constructible_v<std::hash<DLDevice>>);
  EXPECT_FALSE(std::is_default_constructible_v<std::hash<DLDataType>>);
}

TEST(Device, FunctionsTakeDevicesAsText) {
  Function id = Function::FromTyped([](DLDevice device) { return device.device_id; });
  EXPECT_EQ(id("rocm:5").cast<int>(), 5);
  EXPECT_EQ(id(DLDevice{kDLROCM, 6}).cast<int>(), 6);
  EXPECT_EQ(TypeTraits<DLDevice>::TypeSchema(), R"({"type":"Device"})");
}

}  // namespace
