// SPDX-License-Identifier: Apache-2.0
// Behaviour of memory.h: header set-up, exceptions in constructors, inline arrays, alignment.
#include <gtest/gtest.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/memory.h>

#include <cstdint>
#include <limits>
#include <new>
#include <stdexcept>
#include <utility>

#include "core_objects.h"

namespace {

using namespace core_tests;

class ThrowingObj : public Object {
 public:
  explicit ThrowingObj(int* destroyed) : member_{destroyed} { throw std::runtime_error("no"); }
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("core_tests.Throwing", ThrowingObj, Object);

 private:
  struct Member {
    int* destroyed;
    ~Member() { ++*destroyed; }
  };
  Member member_;
};

class RowObj : public Object {
 public:
  explicit RowObj(int64_t n) : size(n) {}
  ~RowObj() { ++destroyed; }
  int64_t size;
  int64_t* data() { return reinterpret_cast<int64_t*>(this + 1); }

  static inline int destroyed = 0;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("core_tests.Row", RowObj, Object);
};

class alignas(64) WideObj : public Object {
 public:
  char bytes[64] = {};
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("core_tests.Wide", WideObj, Object);
};

class ConstructionProbeObj : public Object {
 public:
  uint64_t count_inside;
  int32_t index_inside;
  ConstructionProbeObj()
      : count_inside(header_.combined_ref_count), index_inside(header_.type_index) {}
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("core_tests.ConstructionProbe", ConstructionProbeObj, Object);
};

TEST(MakeObject, FillsTheHeaderAfterConstruction) {
  ObjectPtr<ConstructionProbeObj> p = make_object<ConstructionProbeObj>();
  EXPECT_EQ(p->count_inside, 0u);
  EXPECT_EQ(p->index_inside, 0);
  TVMFFIObject* header = detail::ObjectUnsafe::GetHeader(p.get());
  EXPECT_EQ(header->combined_ref_count, detail::kCombinedRefCountBothOne);
  EXPECT_EQ(header->type_index, ConstructionProbeObj::RuntimeTypeIndex());
  EXPECT_EQ(header->__padding, 0u);
  EXPECT_NE(header->deleter, nullptr);
}

TEST(MakeObject, ConstructorExceptionLeavesUnchanged) {
  int destroyed = 0;
  try {
    make_object<ThrowingObj>(&destroyed);
    FAIL() << "expected an exception";
  } catch (const std::runtime_error& ex) {
    EXPECT_STREQ(ex.what(), "no");
  }
  EXPECT_EQ(destroyed, 1);
}

TEST(MakeObject, DeleterEndsTheObjectAndFreesItsMemorySeparately) {
  RowObj::destroyed = 0;
  ObjectPtr<RowObj> p = make_inplace_array_object<RowObj, int64_t>(1, 1);
  TVMFFIObject* header = detail::ObjectUnsafe::MoveObjectPtrToTVMFFIObjectPtr(std::move(p));
  FObjectDeleter deleter = header->deleter;
  deleter(header, kTVMFFIObjectDeleterFlagBitMaskStrong);
  EXPECT_EQ(RowObj::destroyed, 1);
  deleter(header, kTVMFFIObjectDeleterFlagBitMaskWeak);
  EXPECT_EQ(RowObj::destroyed, 1) << "the memory only";
}

TEST(MakeObject, DestroysExactlyTheClassItMade) {
  // Not by a virtual call: the handle lies behind the vtable pointer.
  const int before = VirtualObj::destroyed;
  ObjectPtr<Object> p = make_object<VirtualObj>();
  p.reset();
  EXPECT_EQ(VirtualObj::destroyed, before + 1);
}

TEST(MakeObject, OtherHeadersReplaceTheFactory) {
  ObjectPtr<ArrayObj> array = make_object<ArrayObj>();
  EXPECT_EQ(array->size(), 0u);
  EXPECT_EQ(array->type_index(), static_cast<int32_t>(kTVMFFIArray));
}

TEST(MakeObject, ArcIsUnique) {
  Arc<IntObj> arc = make_arc<IntObj>(3);
  EXPECT_EQ(arc->value, 3);
  EXPECT_TRUE(arc.unique());
}

TEST(MakeObject, HonoursLargeAlignment) {
  for (int i = 0; i < 8; ++i) {
    ObjectPtr<WideObj> p = make_object<WideObj>();
    EXPECT_EQ(reinterpret_cast<uintptr_t>(p.get()) % 64, 0u);
  }
}

TEST(MakeObject, WeakReferenceKeepsTheHeaderReadable) {
  RowObj::destroyed = 0;
  ObjectPtr<RowObj> p = make_inplace_array_object<RowObj, int64_t>(4, 4);
  WeakObjectPtr<RowObj> weak = p;
  p.reset();
  EXPECT_EQ(RowObj::destroyed, 1);
  EXPECT_EQ(weak.use_count(), 0);
  EXPECT_TRUE(weak.expired());
}

TEST(MakeInplaceArray, ElementsFollowTheObject) {
  ObjectPtr<RowObj> p = make_inplace_array_object<RowObj, int64_t>(100, 100);
  EXPECT_EQ(reinterpret_cast<char*>(p->data()) - reinterpret_cast<char*>(p.get()),
            static_cast<std::ptrdiff_t>(sizeof(RowObj)));
  for (int64_t i = 0; i < 100; ++i) p->data()[i] = i;
  EXPECT_EQ(p->data()[99], 99);
  EXPECT_EQ(p->size, 100);
  EXPECT_TRUE(p.unique());
}

TEST(MakeInplaceArray, RefusesACountThatDoesNotFitMemory) {
  EXPECT_THROW(
      (make_inplace_array_object<RowObj, int64_t>(std::numeric_limits<size_t>::max() / 8, 0)),
      std::bad_alloc);
}

TEST(MakeInplaceArray, MayBeEmptyOrOfBytes) {
  EXPECT_EQ((make_inplace_array_object<RowObj, int64_t>(0, 0)->size), 0);
  ObjectPtr<RowObj> bytes = make_inplace_array_object<RowObj, char>(3, 3);
  // Rounded up to the alignment of the object, so whole words may be written.
  bytes->data()[0] = -1;
  EXPECT_EQ(bytes->data()[0], -1);
}

TEST(AlignedAlloc, ReturnsAlignedMemory) {
  for (size_t align : {8, 16, 32, 128}) {
    void* p = detail::AlignedAlloc(24, align);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(p) % align, 0u);
    detail::AlignedFree(p);
  }
}

}  // namespace
