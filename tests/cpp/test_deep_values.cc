// SPDX-License-Identifier: Apache-2.0
// The end of values that refer to each other in long chains: it takes no stack for their length.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/string.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "container_test_util.h"

namespace {

using namespace tvm::ffi;  // NOLINT(google-build-using-namespace)
using container_tests::MakeWitness;

constexpr int kDepth = 200000;

Any Nest(const std::function<Any(Any, int)>& wrap) {
  Any value = String("the innermost value");
  for (int i = 0; i < kDepth; ++i) value = wrap(std::move(value), i);
  return value;
}

template <typename MapType>
Any WrapInMap(Any value, int num_others) {
  MapType map;
  for (int i = 0; i < num_others; ++i) map.Set(i, String("another value"));
  map.Set("next", std::move(value));
  return map;
}

TEST(DeepValues, NestedArraysEnd) {
  Nest([](Any value, int) { return Array<Any>{std::move(value)}; });
}

TEST(DeepValues, LinkedArraysEnd) {
  Nest([](Any value, int i) { return Array<Any>{i, String("another value"), std::move(value)}; });
}

TEST(DeepValues, NestedListsEnd) {
  Nest([](Any value, int) { return List<Any>{std::move(value)}; });
}

TEST(DeepValues, NestedMapsEnd) {
  for (int num_others : {0, 4}) {
    Nest([&](Any value, int) { return WrapInMap<Map<Any, Any>>(std::move(value), num_others); });
  }
}

TEST(DeepValues, NestedDictsEnd) {
  for (int num_others : {0, 4}) {
    Nest([&](Any value, int) { return WrapInMap<Dict<Any, Any>>(std::move(value), num_others); });
  }
}

TEST(DeepValues, ContainersOfEveryKindInEachOtherEnd) {
  Nest([](Any value, int i) -> Any {
    switch (i % 6) {
      case 0:
        return Array<Any>{std::move(value)};
      case 1:
        return WrapInMap<Map<Any, Any>>(std::move(value), 5);
      case 2:
        return List<Any>{1, std::move(value)};
      case 3:
        return WrapInMap<Dict<Any, Any>>(std::move(value), 1);
      case 4:
        return WrapInMap<Map<Any, Any>>(std::move(value), 1);
      default:
        return WrapInMap<Dict<Any, Any>>(std::move(value), 4);
    }
  });
}

TEST(DeepValues, WhatIsSharedStays) {
  Any kept;
  Nest([&](Any value, int i) {
    if (i == kDepth / 2) kept = value;
    return Array<Any>{std::move(value)};
  });
  int depth = 0;
  for (Any value = kept; value.type_index() == TypeIndex::kTVMFFIArray; ++depth) {
    value = Any(value.cast<Array<Any>>()[0]);
  }
  EXPECT_EQ(depth, kDepth / 2);
}

TEST(DeepValues, ElementsEndInTheirOrder) {
  std::vector<int> ends;
  auto witness = [&](int i) { return MakeWitness(&ends, i); };
  {
    Map<Any, Any> inner{{"a", witness(1)}, {"b", Array<Any>{witness(2), witness(3)}}};
    Dict<Any, Any> last{{"a", witness(5)}, {"b", List<Any>{}}, {"c", witness(6)}};
    Array<Any> outer{witness(0), std::move(inner), witness(4), std::move(last)};
  }
  EXPECT_EQ(ends, (std::vector<int>{0, 1, 2, 3, 4, 5, 6}));
}

TEST(DeepValues, WeakReferencesToTheMiddleSeeTheEnd) {
  WeakObjectPtr<Object> weak;
  Nest([&](Any value, int i) {
    Array<Any> array{std::move(value)};
    if (i == kDepth / 2) weak = details::ObjectUnsafe::ObjectPtrFromObjectRef<Object>(array);
    return array;
  });
  EXPECT_EQ(weak.lock(), nullptr);
}

// An error with its causes and contexts chosen by `links`.
void ChainErrors(const std::function<Error(Error, int)>& link) {
  Error error("ValueError", "the innermost error", "");
  for (int i = 0; i < kDepth; ++i) error = link(std::move(error), i);
}

Error ErrorWith(std::optional<Error> cause, std::optional<ObjectRef> context) {
  return Error("ValueError", "an error in between", "", std::move(cause), std::move(context));
}

TEST(DeepValues, ErrorsChainedThroughTheirCausesEnd) {
  ChainErrors([](Error error, int) { return ErrorWith(std::move(error), std::nullopt); });
}

TEST(DeepValues, ErrorsChainedThroughTheirContextsEnd) {
  ChainErrors([](Error error, int) { return ErrorWith(std::nullopt, std::move(error)); });
}

TEST(DeepValues, TreesOfErrorsEnd) {
  std::vector<int> ends;
  int num_witnesses = 0;
  ChainErrors([&](Error error, int i) {
    // One link is the chain. The other ends at once: an error, one with a witness, or nothing.
    std::optional<Error> side;
    if (i % 3 != 0) {
      side = ErrorWith(std::nullopt, MakeWitness(&ends, num_witnesses++));
    }
    return i % 2 != 0 ? ErrorWith(std::move(error), std::move(side))
                      : ErrorWith(std::move(side), std::move(error));
  });
  EXPECT_EQ(static_cast<int>(ends.size()), num_witnesses);
}

TEST(DeepValues, SharedErrorsInAChainStay) {
  std::optional<Error> kept;
  ChainErrors([&](Error error, int i) {
    if (i == kDepth - 2) kept = error;
    return i % 2 != 0 ? ErrorWith(std::move(error), std::nullopt)
                      : ErrorWith(std::nullopt, std::move(error));
  });
  EXPECT_EQ(kept->message(), "an error in between");
  EXPECT_TRUE(kept->cause_chain().has_value());
  EXPECT_TRUE(kept->cause_chain()->extra_context().has_value());
}

}  // namespace
