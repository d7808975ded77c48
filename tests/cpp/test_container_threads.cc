// SPDX-License-Identifier: Apache-2.0
// Containers and map keys used by many threads at once, above all the tables that the first look-up
// of a binary sets up. Run under ThreadSanitizer.
#include <tvm/ffi/any.h>
#include <tvm/ffi/big_int.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/tuple.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/reflection/overload.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/ffi/string.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "container_test_util.h"

namespace {

using namespace tvm::ffi;  // NOLINT(google-build-using-namespace)

// Runs the same body in several threads that start together.
void InThreads(int count, const std::function<void(int)>& body) {
  std::atomic<int> waiting{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      ++waiting;
      while (waiting < count) std::this_thread::yield();
      body(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// Keys with hooks: functions, native ones of this release, native ones of 0.1.14 and before.
template <int kKind>
class KeyObj : public Object {
 public:
  int64_t value;
  explicit KeyObj(int64_t v) : value(v) {}
  static constexpr const char* kKeys[] = {"container_tests.FuncKey", "container_tests.NativeKey",
                                          "container_tests.OldKey"};
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL(kKeys[kKind], KeyObj, Object);
};
template <int kKind>
int64_t ValueOf(const Any& key) {
  return key.as<KeyObj<kKind>>()->value;
}

int64_t NativeHash(const Any& key) { return ValueOf<1>(key) % 7; }
bool NativeEqual(const Any& a, const Any& b) { return ValueOf<1>(a) == ValueOf<1>(b); }
int64_t OldHash(const Any& key) { return ValueOf<2>(key) % 3 + 1; }  // 1 looks like a new answer
bool OldEqual(const Any& a, const Any& b) { return ValueOf<2>(a) == ValueOf<2>(b); }

TVM_FFI_STATIC_INIT_BLOCK() {
  reflection::TypeAttrDef<KeyObj<0>>()
      .def("__any_hash__", [](const KeyObj<0>* self) { return self->value % 7; })
      .def("__any_equal__",
           [](const KeyObj<0>* a, const KeyObj<0>* b) { return a->value == b->value; });
  reflection::TypeAttrDef<KeyObj<1>>()
      .native_fn_attr<&NativeHash>(type_attr::kAnyHash)
      .native_fn_attr<&NativeEqual>(type_attr::kAnyEqual);
#if TVM_FFI_INSPECT_NATIVE_HOOKS_
  reflection::TypeAttrDef<KeyObj<2>>()
      .attr("__any_hash__", reinterpret_cast<void*>(&OldHash))
      .attr("__any_equal__", reinterpret_cast<void*>(&OldEqual));
#endif
}

template <int kKind>
Any Key(int64_t value) {
  return ObjectRef(make_object<KeyObj<kKind>>(value));
}

template <int kKind>
void LookUpTogether() {
  Map<Any, int64_t> map;
  for (int64_t i = 0; i < 30; ++i) map.Set(Key<kKind>(i), i);
  std::atomic<int> good{0};
  InThreads(4, [&](int) {
    for (int64_t i = 0; i < 60; ++i) good += map.count(Key<kKind>(i)) == (i < 30 ? 1U : 0U);
  });
  EXPECT_EQ(good, 4 * 60);
}

TEST(MapKeys, ConcurrentLookUpsCallHooksOfEveryKind) {
  LookUpTogether<0>();
  LookUpTogether<1>();
#if TVM_FFI_INSPECT_NATIVE_HOOKS_
  // Meets the old hook with an unmistakable answer first, as a map of several keys does.
  AnyHash()(Key<2>(1));
  LookUpTogether<2>();
#endif
}

TEST(MapKeys, ConcurrentHashesOfTextAndNumbersAgree) {
  const std::vector<Any> keys = {1,
                                 2.5,
                                 true,
                                 String("small"),
                                 String("a longer text"),
                                 Any(),
                                 BigInt(int64_t{1} << 62) * BigInt(64)};
  std::vector<uint64_t> expected;
  for (const Any& key : keys) expected.push_back(AnyHash()(key));
  std::atomic<int> wrong{0};
  InThreads(4, [&](int) {
    for (int round = 0; round < 50; ++round) {
      for (size_t i = 0; i < keys.size(); ++i) {
        Any copy = keys[i];
        wrong += AnyHash()(copy) != expected[i] || !AnyEqual()(copy, keys[i]);
      }
    }
  });
  EXPECT_EQ(wrong, 0);
}

TEST(Containers, ConcurrentReadersShareOneObject) {
  Array<Any> array;
  Map<String, Any> map;
  for (int i = 0; i < 50; ++i) array.push_back(String("element of length " + std::to_string(i)));
  for (int i = 0; i < 50; ++i) map.Set("key " + std::to_string(i), array);
  std::atomic<int64_t> sum{0};
  InThreads(4, [&](int) {
    for (const auto& [key, value] : map) sum += value.cast<Array<Any>>().size();
    for (const Any& element : array) sum += element.cast<String>().size() > 18;
  });
  EXPECT_EQ(sum, 4 * (50 * 50 + 50));
}

TEST(Containers, ConcurrentWritersThroughTheirOwnHandlesDetach) {
  const Array<int64_t> array = {1, 2, 3};
  const Map<int64_t, int64_t> map = {{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}};
  const Tuple<int64_t, String> tuple(1, "text on the heap");
  std::atomic<int> good{0};
  InThreads(4, [&](int id) {
    for (int64_t round = 0; round < 50; ++round) {
      Array<int64_t> own_array = array;
      own_array.push_back(id);
      own_array.Set(0, round);
      Map<int64_t, int64_t> own_map = map;
      own_map.Set(round, id);
      own_map.erase(1);
      Tuple<int64_t, String> own_tuple = tuple;
      own_tuple.Set<0>(id);
      good += own_array[3] == id && own_array[0] == round && own_map.count(1) == 0 &&
              own_tuple.get<0>() == id;
    }
  });
  EXPECT_EQ(good, 4 * 50);
  EXPECT_EQ(array.size(), 3U);
  EXPECT_EQ(map.at(1), 1);
  EXPECT_EQ(tuple.get<0>(), 1);
  EXPECT_EQ(array.use_count(), 1);
}

class OverloadedObj : public Object {
 public:
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("container_tests.Overloaded", OverloadedObj, Object);
};

// The reference keeps the place of the last mismatch in the function, so its messages may mix.
TEST(OverloadedFunction, ConcurrentFailuresReportTheirOwnMismatch) {
  reflection::OverloadObjectDef<OverloadedObj>()
      .def_static("pick", [](int64_t, String) { return 1; })
      .def_static("pick", [](String, int64_t) { return 2; });
  Function pick = reflection::GetMethod("container_tests.Overloaded", "pick");
  auto message = [&](auto first, auto second) {
    return core_tests::CatchError([&] { pick(first, second); }).message();
  };
  const std::string both_ints = message(1, 2);
  const std::string both_floats = message(1.5, 2.5);
  EXPECT_NE(both_ints, both_floats);
  std::atomic<int> wrong{0};
  InThreads(4, [&](int id) {
    for (int round = 0; round < 25; ++round) {
      wrong += id % 2 == 0 ? message(1, 2) != both_ints : message(1.5, 2.5) != both_floats;
    }
  });
  EXPECT_EQ(wrong, 0);
}

}  // namespace
