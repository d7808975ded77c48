// SPDX-License-Identifier: Apache-2.0
// The standard headers that come with function.h and with tvm_ffi.h.
#include <gtest/gtest.h>

#include <string>

std::string CountWordsViaFunctionHeader(const std::string& text);
std::string CountWordsViaUmbrella(const std::string& text);

namespace {

TEST(StdHeaders, ComeWithFunctionHeader) {
  EXPECT_EQ(CountWordsViaFunctionHeader("b a b"), "a=1 b=2");
}

TEST(StdHeaders, ComeWithUmbrella) { EXPECT_EQ(CountWordsViaUmbrella("x y x"), "x=2 y=1"); }

}  // namespace
