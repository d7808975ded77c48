// SPDX-License-Identifier: Apache-2.0
// The debug checks of error.h in a file that is compiled for release, and throwing that always
// logs. Includes nothing whose inline functions use debug checks.
#undef NDEBUG
#define NDEBUG 1
#include <gtest/gtest.h>
#include <tvm/ffi/error.h>

#include <string>

#undef TVM_FFI_ALWAYS_LOG_BEFORE_THROW
#define TVM_FFI_ALWAYS_LOG_BEFORE_THROW 1

namespace {

TEST(ReleaseChecks, CompileTheirOperandsAndNeverEvaluateThem) {
  int evaluated = 0;
  auto number = [&] { return ++evaluated; };
  TVM_FFI_DCHECK(number() == 0) << "not " << number();
  TVM_FFI_DCHECK_LT(number(), 0) << "streamed";
  TVM_FFI_DCHECK_GT(number(), 9);
  TVM_FFI_DCHECK_LE(number(), 0);
  TVM_FFI_DCHECK_GE(number(), 9);
  TVM_FFI_DCHECK_EQ(number(), 0);
  TVM_FFI_DCHECK_NE(number(), 1);
  EXPECT_EQ(evaluated, 0);
  int* null = nullptr;
  EXPECT_EQ(TVM_FFI_DCHECK_NOTNULL(null), nullptr) << "the value as it is";
}

TEST(AlwaysLog, PrintsWhatEveryThrowOfTheFileThrows) {
  testing::internal::CaptureStderr();
  std::string full;
  try {
    TVM_FFI_THROW(ValueError) << "logged";
  } catch (const tvm::ffi::Error& error) {
    full = error.FullMessage();
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), full);
  EXPECT_NE(full.find("ValueError: logged\n"), std::string::npos);
}

}  // namespace
