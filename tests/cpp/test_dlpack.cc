// SPDX-License-Identifier: Apache-2.0
// The types and constants of dlpack.h, which other packages' binaries exchange.
#include <dlpack/dlpack.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <type_traits>

namespace {

static_assert(DLPACK_MAJOR_VERSION == 1 && DLPACK_MINOR_VERSION == 3);

// The header asserts the offsets; the first members and the alignment are left.
static_assert(alignof(DLDataType) == 2 && offsetof(DLDataType, code) == 0);
static_assert(offsetof(DLTensor, data) == 0 && offsetof(DLManagedTensor, dl_tensor) == 0);
static_assert(offsetof(DLManagedTensorVersioned, version) == 0);
static_assert(offsetof(DLPackExchangeAPIHeader, version) == 0);
static_assert(offsetof(DLPackExchangeAPI, header) == 0);

// Some have a struct tag, and all mangled names use the typedef names.
static_assert(std::is_same_v<struct DLManagedTensor, DLManagedTensor>);
static_assert(std::is_same_v<struct DLManagedTensorVersioned, DLManagedTensorVersioned>);
static_assert(std::is_same_v<struct DLPackExchangeAPIHeader, DLPackExchangeAPIHeader>);
static_assert(std::is_same_v<struct DLPackExchangeAPI, DLPackExchangeAPI>);

static_assert(std::is_same_v<std::underlying_type_t<DLDeviceType>, int32_t>);
static_assert(std::is_same_v<decltype(DLPACK_FLAG_BITMASK_READ_ONLY), unsigned long>);  // NOLINT

static_assert(std::is_same_v<
              DLPackManagedTensorAllocator,
              int (*)(DLTensor* prototype, DLManagedTensorVersioned** out, void* error_ctx,
                      void (*SetError)(void* error_ctx, const char* kind, const char* message))>);
static_assert(std::is_same_v<DLPackManagedTensorFromPyObjectNoSync,
                             int (*)(void*, DLManagedTensorVersioned**)>);
static_assert(std::is_same_v<DLPackDLTensorFromPyObjectNoSync, int (*)(void*, DLTensor*)>);
static_assert(std::is_same_v<DLPackCurrentWorkStream, int (*)(DLDeviceType, int32_t, void**)>);
static_assert(std::is_same_v<DLPackManagedTensorToPyObjectNoSync,
                             int (*)(DLManagedTensorVersioned*, void**)>);

TEST(DLPack, DeviceTypesHaveTheirNumbers) {
  EXPECT_EQ(kDLCPU, 1);
  EXPECT_EQ(kDLCUDA, 2);
  EXPECT_EQ(kDLCUDAHost, 3);
  EXPECT_EQ(kDLOpenCL, 4);
  EXPECT_EQ(kDLVulkan, 7);
  EXPECT_EQ(kDLMetal, 8);
  EXPECT_EQ(kDLVPI, 9);
  EXPECT_EQ(kDLROCM, 10);
  EXPECT_EQ(kDLROCMHost, 11);
  EXPECT_EQ(kDLExtDev, 12);
  EXPECT_EQ(kDLCUDAManaged, 13);
  EXPECT_EQ(kDLOneAPI, 14);
  EXPECT_EQ(kDLWebGPU, 15);
  EXPECT_EQ(kDLHexagon, 16);
  EXPECT_EQ(kDLMAIA, 17);
  EXPECT_EQ(kDLTrn, 18);
}

TEST(DLPack, TypeCodesHaveTheirNumbers) {
  const int codes[] = {kDLInt,
                       kDLUInt,
                       kDLFloat,
                       kDLOpaqueHandle,
                       kDLBfloat,
                       kDLComplex,
                       kDLBool,
                       kDLFloat8_e3m4,
                       kDLFloat8_e4m3,
                       kDLFloat8_e4m3b11fnuz,
                       kDLFloat8_e4m3fn,
                       kDLFloat8_e4m3fnuz,
                       kDLFloat8_e5m2,
                       kDLFloat8_e5m2fnuz,
                       kDLFloat8_e8m0fnu,
                       kDLFloat6_e2m3fn,
                       kDLFloat6_e3m2fn,
                       kDLFloat4_e2m1fn};
  int expected = 0;
  for (int code : codes) EXPECT_EQ(code, expected++);
}

TEST(DLPack, FlagsAreSingleBits) {
  EXPECT_EQ(DLPACK_FLAG_BITMASK_READ_ONLY, 1ul);
  EXPECT_EQ(DLPACK_FLAG_BITMASK_IS_COPIED, 2ul);
  EXPECT_EQ(DLPACK_FLAG_BITMASK_IS_SUBBYTE_TYPE_PADDED, 4ul);
}

}  // namespace
