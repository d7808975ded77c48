// SPDX-License-Identifier: Apache-2.0
// Behaviour of object.h and cast.h: counting, smart pointers, references, run-time types.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/cast.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>

#include <thread>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core_objects.h"

namespace {

using namespace core_tests;

TVMFFIObject* Header(const Object* obj) { return detail::ObjectUnsafe::GetHeader(obj); }

TEST(ObjectLayout, PointersAndReferencesAreOneWord) {
  EXPECT_EQ(sizeof(Object), 24u);
  EXPECT_EQ(sizeof(ObjectPtr<IntObj>), 8u);
  EXPECT_EQ(sizeof(Arc<IntObj>), 8u);
  EXPECT_EQ(alignof(Arc<IntObj>), alignof(ObjectPtr<IntObj>));
  EXPECT_EQ(sizeof(WeakObjectPtr<IntObj>), 8u);
  EXPECT_EQ(sizeof(IntRef), 8u);
  EXPECT_TRUE(std::is_standard_layout_v<Arc<IntObj>>);
}

TEST(ObjectLayout, MovesAreNoexceptExceptForWeakPointers) {
  EXPECT_TRUE(std::is_nothrow_move_constructible_v<ObjectPtr<IntObj>>);
  EXPECT_TRUE(std::is_nothrow_move_assignable_v<ObjectPtr<IntObj>>);
  EXPECT_TRUE(std::is_nothrow_move_constructible_v<Arc<IntObj>>);
  EXPECT_TRUE(std::is_nothrow_move_assignable_v<Arc<IntObj>>);
  EXPECT_TRUE(std::is_nothrow_move_constructible_v<ObjectRef>);
  EXPECT_TRUE(std::is_nothrow_move_constructible_v<IntRef>);
  EXPECT_TRUE(std::is_nothrow_move_assignable_v<FloatRef>);
  EXPECT_FALSE(std::is_nothrow_move_constructible_v<WeakObjectPtr<IntObj>>);
}

TEST(ObjectLayout, ConstructorsSayWhatMayBeNull) {
  EXPECT_TRUE((std::is_convertible_v<std::nullptr_t, ObjectPtr<IntObj>>));
  EXPECT_FALSE((std::is_constructible_v<Arc<IntObj>, std::nullptr_t>));
  EXPECT_FALSE(std::is_default_constructible_v<Arc<IntObj>>);
  EXPECT_FALSE((std::is_constructible_v<Arc<IntObj>, ObjectPtr<IntObj>>));
  EXPECT_FALSE((std::is_constructible_v<Arc<IntObj>, Arc<NumberObj>>));
  EXPECT_TRUE((std::is_convertible_v<Arc<IntObj>, ObjectPtr<NumberObj>>));
  EXPECT_TRUE(std::is_default_constructible_v<IntRef>);
  EXPECT_FALSE(std::is_default_constructible_v<FloatRef>);
}

TEST(RefCount, FreshObjectHasOneStrongAndOneWeakUnit) {
  ObjectPtr<IntObj> p = make_object<IntObj>(3);
  EXPECT_EQ(Header(p.get())->combined_ref_count, 0x0000000100000001u);
  EXPECT_TRUE(p.unique());
  WeakObjectPtr<IntObj> weak = p;
  EXPECT_EQ(Header(p.get())->combined_ref_count, 0x0000000200000001u);
  EXPECT_FALSE(p.unique()) << "a weak reference makes an object shared";
  EXPECT_EQ(p.use_count(), 1);
}

TEST(RefCount, FollowsCopiesMovesAndResets) {
  ObjectPtr<IntObj> a = make_object<IntObj>(1);
  ObjectPtr<IntObj> b = a;
  EXPECT_EQ(a.use_count(), 2);
  ObjectPtr<NumberObj> base = b;
  EXPECT_EQ(a.use_count(), 3);
  ObjectPtr<NumberObj> moved = std::move(base);
  EXPECT_EQ(a.use_count(), 3);
  EXPECT_TRUE(base == nullptr);  // NOLINT(bugprone-use-after-move)
  moved.reset();
  b = a;
  EXPECT_EQ(a.use_count(), 2);
  b = ObjectPtr<IntObj>(nullptr);
  EXPECT_EQ(a.use_count(), 1);
  a = *&a;
  EXPECT_EQ(a.use_count(), 1) << "self-assignment keeps the reference";
}

TEST(RefCount, CopyOfContentIsANewObject) {
  ObjectPtr<IntObj> a = make_object<IntObj>(11);
  ObjectPtr<IntObj> other = a;
  ObjectPtr<IntObj> copy = make_object<IntObj>(*a);
  EXPECT_EQ(copy.use_count(), 1);
  EXPECT_EQ(copy->value, 11);
  EXPECT_EQ(a.use_count(), 2);
}

TEST(RefCount, AssignmentOfContentLeavesBothHeaders) {
  ObjectPtr<IntObj> a = make_object<IntObj>(1);
  ObjectPtr<IntObj> other = a;
  const ObjectPtr<IntObj> b = make_object<IntObj>(2);
  *a = *b;
  EXPECT_EQ(a->value, 2);
  EXPECT_EQ(a.use_count(), 2);
  EXPECT_EQ(b.use_count(), 1);
  *a = IntObj(3);
  EXPECT_EQ(a->value, 3);
  EXPECT_EQ(a->type_index(), IntObj::RuntimeTypeIndex());
}

TEST(RefCount, CopyOutsideTheHeapKnowsItsTypeAndHasNoOwner) {
  ObjectPtr<IntObj> a = make_object<IntObj>(1);
  IntObj copy = *a;
  EXPECT_TRUE(copy.IsInstance<IntObj>());
  EXPECT_EQ(copy.use_count(), 0u);
  EXPECT_EQ(Header(&copy)->deleter, nullptr);
  {
    // Without a deleter nothing is freed when the last reference goes.
    ObjectPtr<IntObj> borrowed = GetObjectPtr<IntObj>(&copy);
  }
  EXPECT_EQ(copy.value, 1);
}

// Copying an object that others refer to must not read the count that they change.
TEST(RefCount, ConcurrentCopiesOfASharedObject) {
  const ObjectPtr<IntObj> shared = make_object<IntObj>(5);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&shared] {
      for (int i = 0; i < 500; ++i) {
        ObjectPtr<IntObj> counted = shared;
        ObjectPtr<IntObj> copy = make_object<IntObj>(*shared);
        ASSERT_EQ(copy->value, 5);
        ASSERT_EQ(copy.use_count(), 1);
      }
    });
  }
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(shared.use_count(), 1);
}

TEST(RefCount, DeleterSeesStrongThenWeakFlags) {
  static std::vector<int> flags;
  flags.clear();
  TVMFFIObject header{};
  header.combined_ref_count = detail::kCombinedRefCountBothOne;
  header.type_index = TypeIndex::kTVMFFIObject;
  header.deleter = [](void*, int flag) { flags.push_back(flag); };
  { auto p = detail::ObjectUnsafe::ObjectPtrFromOwned<Object>(&header); }
  EXPECT_EQ(flags, std::vector<int>({3}));

  flags.clear();
  header.combined_ref_count = detail::kCombinedRefCountBothOne;
  {
    WeakObjectPtr<Object> weak;
    {
      auto p = detail::ObjectUnsafe::ObjectPtrFromOwned<Object>(&header);
      weak = p;
    }
    EXPECT_EQ(flags, std::vector<int>({1}));
  }
  EXPECT_EQ(flags, std::vector<int>({1, 2}));
}

TEST(RefCount, NullDeleterLeavesStorageAlone) {
  TVMFFIObject header{};
  header.combined_ref_count = detail::kCombinedRefCountBothOne;
  header.type_index = TypeIndex::kTVMFFIObject;
  {
    auto p = detail::ObjectUnsafe::ObjectPtrFromOwned<Object>(&header);
    EXPECT_EQ(p.use_count(), 1);
  }
  EXPECT_EQ(header.combined_ref_count & detail::kCombinedRefCountMaskUInt32, 0u);
}

TEST(RefCount, SurvivesConcurrentUse) {
  ObjectPtr<VirtualObj> p = make_object<VirtualObj>();
  WeakObjectPtr<VirtualObj> weak = p;
  const int before = VirtualObj::destroyed;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([p, weak]() {
      for (int i = 0; i < 2000; ++i) {
        ObjectPtr<VirtualObj> copy = p;
        ObjectPtr<VirtualObj> locked = weak.lock();
        ASSERT_TRUE(locked == copy);
      }
    });
  }
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(VirtualObj::destroyed, before);
  threads.clear();
  EXPECT_EQ(p.use_count(), 1);
  p.reset();
  EXPECT_EQ(VirtualObj::destroyed, before + 1);
  EXPECT_TRUE(weak.expired());
}

TEST(WeakPtr, LockGivesAStrongReferenceWhileAlive) {
  ObjectPtr<IntObj> p = make_object<IntObj>(5);
  WeakObjectPtr<IntObj> weak = p;
  EXPECT_EQ(p.use_count(), 1);
  EXPECT_FALSE(weak.expired());
  {
    ObjectPtr<IntObj> locked = weak.lock();
    ASSERT_TRUE(locked != nullptr);
    EXPECT_EQ(locked->value, 5);
    EXPECT_EQ(weak.use_count(), 2);
  }
  p.reset();
  EXPECT_TRUE(weak.expired());
  EXPECT_EQ(weak.use_count(), 0);
  EXPECT_TRUE(weak.lock() == nullptr);
}

TEST(WeakPtr, CopiesMovesAndConversionsKeepTheTarget) {
  ObjectPtr<IntObj> p = make_object<IntObj>(5);
  WeakObjectPtr<IntObj> a = p;
  WeakObjectPtr<IntObj> b = a;
  WeakObjectPtr<NumberObj> base = a;
  WeakObjectPtr<NumberObj> from_strong = p;
  WeakObjectPtr<IntObj> c = std::move(b);
  EXPECT_TRUE(b.expired());  // NOLINT(bugprone-use-after-move)
  EXPECT_TRUE(c.lock() == p);
  EXPECT_TRUE(base.lock() == ObjectPtr<NumberObj>(p));
  EXPECT_TRUE(from_strong.lock() == ObjectPtr<NumberObj>(p));
  WeakObjectPtr<IntObj> d;
  d.swap(c);
  EXPECT_TRUE(c.expired());
  EXPECT_TRUE(d.lock() == p);
  d = nullptr;
  EXPECT_TRUE(d.expired());
  EXPECT_EQ(p.use_count(), 1);
}

TEST(WeakPtr, LockingLeavesTheWeakCount) {
  ObjectPtr<IntObj> p = make_object<IntObj>(5);
  WeakObjectPtr<IntObj> weak = p;
  ObjectPtr<IntObj> locked = weak.lock();
  EXPECT_EQ(Header(p.get())->combined_ref_count, 0x0000000200000002u);
  locked.reset();
  weak.reset();
  EXPECT_EQ(Header(p.get())->combined_ref_count, 0x0000000100000001u);
  weak = p;
  weak = *&weak;
  EXPECT_EQ(Header(p.get())->combined_ref_count, 0x0000000200000001u);
  EXPECT_EQ(WeakObjectPtr<IntObj>(nullptr).use_count(), 0);
}

TEST(StrongPtr, SwapsComparesAndReadsAsBool) {
  ObjectPtr<IntObj> a = make_object<IntObj>(1), null;
  a.swap(null);
  EXPECT_FALSE(static_cast<bool>(a));
  EXPECT_TRUE(static_cast<bool>(null));
  EXPECT_EQ((*null).value, 1);
  EXPECT_TRUE(a == nullptr && null != nullptr && a != null);
  EXPECT_EQ(a.get(), nullptr);
  EXPECT_EQ(a.use_count(), 0);
  EXPECT_FALSE(a.unique());
  EXPECT_FALSE((std::is_convertible_v<ObjectPtr<IntObj>, bool>));
}

template <typename T, typename = void>
constexpr bool kHasReset = false;
template <typename T>
constexpr bool kHasReset<T, std::void_t<decltype(std::declval<T&>().reset())>> = true;

TEST(ArcPtr, CannotBeEmptied) {
  EXPECT_TRUE(kHasReset<ObjectPtr<IntObj>>);
  EXPECT_FALSE(kHasReset<Arc<IntObj>>);
  EXPECT_FALSE((std::is_assignable_v<Arc<IntObj>&, std::nullptr_t>));
  EXPECT_FALSE((std::is_constructible_v<Arc<NumberObj>, ObjectPtr<IntObj>>));
  EXPECT_TRUE((std::is_constructible_v<Arc<IntObj>, UnsafeInit>));
  EXPECT_FALSE((std::is_convertible_v<UnsafeInit, Arc<IntObj>>));
}

TEST(ArcPtr, ConvertsUpAndIsNullOnlyAfterMove) {
  Arc<IntObj> a = make_arc<IntObj>(4);
  EXPECT_EQ(a->value, 4);
  Arc<NumberObj> base = a;
  EXPECT_EQ(a.use_count(), 2);
  ObjectPtr<NumberObj> nullable = base;
  EXPECT_EQ(a.use_count(), 3);
  Arc<IntObj> moved = std::move(a);
  EXPECT_TRUE(a == nullptr);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(moved->value, 4);
  Arc<NumberObj> moved_base = std::move(moved);
  EXPECT_EQ(moved_base.use_count(), 3);
  EXPECT_TRUE(Arc<IntObj>(UnsafeInit{}) == nullptr);
}

TEST(ObjectRefTest, ComparesByIdentity) {
  IntRef a(1);
  IntRef same = a;
  IntRef other(1);
  EXPECT_TRUE(a.same_as(same));
  EXPECT_TRUE(a == same);
  EXPECT_TRUE(a != other);
  EXPECT_NE(a < other, other < a);
  EXPECT_FALSE(a.unique());
  EXPECT_EQ(a.use_count(), 2);
  ObjectPtrHash hash;
  EXPECT_EQ(hash(a), hash(same));
  EXPECT_EQ(hash(a), reinterpret_cast<size_t>(a.get()));
  EXPECT_EQ(hash(ObjectRef()), 0u);
  EXPECT_TRUE(ObjectPtrEqual()(a, same));
  std::unordered_set<IntRef, ObjectPtrHash, ObjectPtrEqual> set{a, same, other};
  EXPECT_EQ(set.size(), 2u);
}

TEST(ObjectRefTest, NullReferenceHasTypeNone) {
  ObjectRef null;
  EXPECT_FALSE(null.defined());
  EXPECT_FALSE(ObjectRef(nullptr).defined());
  EXPECT_EQ(null.type_index(), 0);
  EXPECT_EQ(null.GetTypeKey(), "None");
  EXPECT_EQ(null.as<IntObj>(), nullptr);
  EXPECT_TRUE(null.as<IntRef>().has_value());
  EXPECT_FALSE(null.as<FloatRef>().has_value()) << "FloatRef is never null";
}

TEST(ObjectRefTest, AsFollowsTheRuntimeType) {
  ObjectRef ref = IntRef(3);
  ASSERT_NE(ref.as<IntObj>(), nullptr);
  EXPECT_EQ(ref.as<IntObj>()->value, 3);
  EXPECT_NE(ref.as<NumberObj>(), nullptr);
  EXPECT_EQ(ref.as<FloatObj>(), nullptr);
  ASSERT_TRUE(ref.as<Number>().has_value());
  EXPECT_FALSE(ref.as<FloatRef>().has_value());
  EXPECT_EQ(ref.GetTypeKey(), "core_tests.Int");
}

TEST(ObjectRefTest, MovingAsLeavesTheReferenceOnFailure) {
  ObjectRef ref = IntRef(3);
  EXPECT_FALSE(std::move(ref).as<FloatRef>().has_value());
  ASSERT_TRUE(ref.defined());  // NOLINT(bugprone-use-after-move)
  std::optional<IntRef> moved = std::move(ref).as<IntRef>();
  ASSERT_TRUE(moved.has_value());
  EXPECT_FALSE(ref.defined());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(moved->use_count(), 1);
}

TEST(ObjectRefTest, AsOrThrowNamesBothTypes) {
  ObjectRef ref = IntRef(3);
  EXPECT_EQ(ref.as_or_throw<IntRef>()->value, 3);
  Error mismatch = CatchError([&] { ref.as_or_throw<FloatRef>(); });
  EXPECT_EQ(mismatch.kind(), "TypeError");
  EXPECT_EQ(mismatch.message(), "Cannot treat type `core_tests.Int` as type `core_tests.Float`");
  Error moved = CatchError([&] { std::move(ref).as_or_throw<FloatRef>(); });
  EXPECT_EQ(moved.message(), mismatch.message());
  EXPECT_TRUE(ref.defined());  // NOLINT(bugprone-use-after-move)
  Error null = CatchError([] { ObjectRef().as_or_throw<FloatRef>(); });
  EXPECT_EQ(null.message(), "Cannot treat type `None` as type `core_tests.Float`");
  EXPECT_FALSE(ObjectRef().as_or_throw<IntRef>().defined());
}

TEST(ObjectRefTest, GetIsMutableOnlyForMutableClasses) {
  EXPECT_TRUE((std::is_same_v<decltype(std::declval<IntRef>().get()), IntObj*>));
  EXPECT_TRUE((std::is_same_v<decltype(std::declval<Number>().get()), const NumberObj*>));
  EXPECT_TRUE(IntRef::_type_is_nullable);
  EXPECT_FALSE(FloatRef::_type_is_nullable);
  IntRef ref(1);
  ref->value = 9;
  EXPECT_EQ(ref.get()->value, 9);
}

TEST(ObjectBase, HandlesConvertThroughTheObjectSubobject) {
  EXPECT_EQ(detail::ObjectUnsafe::GetObjectOffsetToSubclass<IntObj>(), 0);
  EXPECT_EQ(detail::ObjectUnsafe::GetObjectOffsetToSubclass<VirtualObj>(), 8);
  EXPECT_EQ(detail::ObjectUnsafe::GetObjectOffsetToSubclass<PaddedObj>(), 24);

  ObjectPtr<PaddedObj> padded = make_object<PaddedObj>();
  ObjectPtr<NumberObj> base = padded;
  EXPECT_EQ(base.get(), static_cast<NumberObj*>(padded.get()));
  EXPECT_NE(static_cast<void*>(base.get()), static_cast<void*>(padded.get()));
  EXPECT_EQ(padded->tail, 7);
  EXPECT_EQ(padded->words[2], 3);

  const int before = VirtualObj::destroyed;
  ObjectPtr<VirtualObj> child = make_object<VirtualChildObj>();
  EXPECT_EQ(child->Answer(), 2);
  Any any = child;
  child.reset();
  EXPECT_EQ(any.cast<const VirtualObj*>()->Answer(), 2);
  any = nullptr;
  EXPECT_EQ(VirtualObj::destroyed, before + 1);
}

TEST(ObjectUnsafeTest, HandlesMoveAndBorrow) {
  IntRef ref(2);
  TVMFFIObject* raw = detail::ObjectUnsafe::TVMFFIObjectPtrFromObjectRef(ref);
  EXPECT_EQ(raw->type_index, IntObj::RuntimeTypeIndex());
  detail::ObjectUnsafe::IncRefObjectHandle(raw);
  EXPECT_EQ(ref.use_count(), 2);
  detail::ObjectUnsafe::DecRefObjectHandle(raw);
  detail::ObjectUnsafe::DecRefObjectHandle(nullptr);
  EXPECT_EQ(ref.use_count(), 1);
  EXPECT_EQ(detail::ObjectUnsafe::GetHeader(nullptr), nullptr);
  auto unowned = detail::ObjectUnsafe::ObjectPtrFromUnowned<IntObj>(raw);
  EXPECT_EQ(ref.use_count(), 2);
  EXPECT_TRUE(detail::ObjectUnsafe::ObjectPtrFromUnowned<IntObj>(
                  static_cast<TVMFFIObject*>(nullptr)) == nullptr);
  TVMFFIObject* released = detail::ObjectUnsafe::MoveObjectPtrToTVMFFIObjectPtr(std::move(unowned));
  EXPECT_TRUE(unowned == nullptr);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(ref.use_count(), 2);
  auto owned = detail::ObjectUnsafe::ObjectPtrFromOwned<IntObj>(released);
  EXPECT_EQ(ref.use_count(), 2);
  auto stolen = detail::ObjectUnsafe::ObjectPtrFromObjectRef<IntObj>(std::move(ref));
  EXPECT_FALSE(ref.defined());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(stolen.use_count(), 2);
}

TEST(ObjectUnsafeTest, ReferencesAreBuiltFromPointersWithoutAsking) {
  using detail::ObjectUnsafe;
  const ObjectPtr<Object> ptr = make_object<IntObj>(2);
  EXPECT_EQ(ObjectUnsafe::ObjectRefFromObjectPtr<IntRef>(ptr)->value, 2);
  EXPECT_EQ(ptr.use_count(), 1);
  FloatRef moved = ObjectUnsafe::ObjectRefFromObjectPtr<FloatRef>(ObjectPtr<Object>(nullptr));
  EXPECT_FALSE(moved.defined()) << "not even where null is not allowed";
  Arc<IntObj> arc = ObjectUnsafe::ArcFromObjectPtr(make_object<IntObj>(3));
  EXPECT_EQ(arc->value, 3);
  TVMFFIObject* raw = ObjectUnsafe::TVMFFIObjectPtrFromObjectPtr<IntObj>(arc);
  EXPECT_EQ(ObjectUnsafe::RawObjectPtrFromUnowned<IntObj>(raw), arc.get());
  IntRef ref(4);
  EXPECT_EQ(ObjectUnsafe::RawObjectPtrFromObjectRef(ref), ref.get());
  EXPECT_TRUE(ObjectUnsafe::ObjectPtrFromObjectRef<IntObj>(ref).get() == ref.get());
  TVMFFIObject* released = ObjectUnsafe::MoveObjectRefToTVMFFIObjectPtr(std::move(ref));
  EXPECT_FALSE(ref.defined());  // NOLINT(bugprone-use-after-move)
  ObjectUnsafe::DecRefObjectHandle(released);
}

TEST(ObjectUnsafeTest, AllocatorHeaderLiesBeforeTheBody) {
  char body[16];
  EXPECT_EQ(reinterpret_cast<char*>(detail::ObjectUnsafe::GetObjectAllocHeaderFromPtr(body + 8)),
            body);
}

// ---- run-time types ----

class LonelyObj : public Object {
 public:
  TVM_FFI_DECLARE_OBJECT_INFO("core_tests.Lonely", LonelyObj, Object);
};

class ClosedObj : public Object {
 public:
  static constexpr bool _type_child_slots_can_overflow = false;
  static constexpr uint32_t _type_child_slots = 1;
  TVM_FFI_DECLARE_OBJECT_INFO("core_tests.Closed", ClosedObj, Object);
};
class ClosedChildObj : public ClosedObj {
 public:
  static constexpr uint32_t _type_child_slots = 0;
  TVM_FFI_DECLARE_OBJECT_INFO("core_tests.ClosedChild", ClosedChildObj, ClosedObj);
};

template <typename T>
class CRTPObject : public Object {
 public:
  TVM_FFI_DECLARE_OBJECT_INFO_PREDEFINED_TYPE_KEY(T, Object);
};
class CRTPLeafObj : public CRTPObject<CRTPLeafObj> {
 public:
  static constexpr const char* _type_key = "core_tests.CRTPLeaf";
};

TEST(RuntimeType, InfoKnowsDepthAndAncestors) {
  const TVMFFITypeInfo* info = TVMFFIGetTypeInfo(IntObj::RuntimeTypeIndex());
  EXPECT_GE(info->type_index, 128);
  ASSERT_EQ(info->type_depth, 2);
  EXPECT_EQ(info->type_ancestors[0]->type_index, TypeIndex::kTVMFFIObject);
  EXPECT_EQ(info->type_ancestors[1]->type_index, NumberObj::RuntimeTypeIndex());
  EXPECT_EQ(IntObj::_type_depth, 2);
  EXPECT_EQ(IntObj::_GetOrAllocRuntimeTypeIndex(), IntObj::RuntimeTypeIndex());
  EXPECT_EQ(Object::TypeIndex2Key(IntObj::RuntimeTypeIndex()), "core_tests.Int");
  ObjectPtr<IntObj> p = make_object<IntObj>();
  EXPECT_EQ(p->GetTypeKeyHash(), info->type_key_hash);
}

TEST(RuntimeType, InstanceChecksCoverReservedAndOverflowChildren) {
  ObjectPtr<IntObj> i = make_object<IntObj>();
  ObjectPtr<FloatObj> f = make_object<FloatObj>();
  ObjectPtr<PaddedObj> padded = make_object<PaddedObj>();
  ObjectPtr<LonelyObj> lonely = make_object<LonelyObj>();
  for (const Object* number : {static_cast<Object*>(i.get()), static_cast<Object*>(f.get()),
                               static_cast<Object*>(padded.get())}) {
    EXPECT_TRUE(number->IsInstance<NumberObj>());
    EXPECT_TRUE(number->IsInstance<Object>());
    EXPECT_FALSE(number->IsInstance<LonelyObj>());
  }
  EXPECT_TRUE(i->IsInstance<IntObj>());
  EXPECT_TRUE(i->IsInstance<const IntObj>());
  EXPECT_FALSE(i->IsInstance<FloatObj>());
  EXPECT_FALSE(lonely->IsInstance<NumberObj>());
  EXPECT_FALSE(make_object<NumberObj>()->IsInstance<IntObj>());
  EXPECT_TRUE(make_object<ClosedChildObj>()->IsInstance<ClosedObj>());
  EXPECT_FALSE(lonely->IsInstance<ClosedObj>());
}

TEST(RuntimeType, CRTPBaseTakesTheKeyOfTheLeaf) {
  ObjectPtr<CRTPLeafObj> leaf = make_object<CRTPLeafObj>();
  EXPECT_EQ(leaf->GetTypeKey(), "core_tests.CRTPLeaf");
  EXPECT_EQ(TVMFFIGetTypeInfo(leaf->type_index())->type_depth, 1);
}

TEST(RuntimeType, IndexMatchAcceptsSmallFormsAndAncestors) {
  using detail::RuntimeTypeIndexMatch;
  EXPECT_TRUE(RuntimeTypeIndexMatch(TypeIndex::kTVMFFIInt, TypeIndex::kTVMFFIAny));
  EXPECT_TRUE(RuntimeTypeIndexMatch(TypeIndex::kTVMFFISmallStr, TypeIndex::kTVMFFIStr));
  EXPECT_TRUE(RuntimeTypeIndexMatch(TypeIndex::kTVMFFISmallBytes, TypeIndex::kTVMFFIBytes));
  EXPECT_FALSE(RuntimeTypeIndexMatch(TypeIndex::kTVMFFIBytes, TypeIndex::kTVMFFIStr));
  EXPECT_FALSE(RuntimeTypeIndexMatch(TypeIndex::kTVMFFIBool, TypeIndex::kTVMFFIInt));
  EXPECT_FALSE(RuntimeTypeIndexMatch(TypeIndex::kTVMFFINone, TypeIndex::kTVMFFIObject));
  EXPECT_TRUE(RuntimeTypeIndexMatch(IntObj::RuntimeTypeIndex(), TypeIndex::kTVMFFIObject));
  EXPECT_TRUE(RuntimeTypeIndexMatch(IntObj::RuntimeTypeIndex(), NumberObj::RuntimeTypeIndex()));
  EXPECT_FALSE(RuntimeTypeIndexMatch(NumberObj::RuntimeTypeIndex(), IntObj::RuntimeTypeIndex()));
}

// ---- classes registered by somebody else ----

class LookupObj : public Object {
 public:
  TVM_FFI_DECLARE_OBJECT_INFO_LOOKUP("core_tests.RegisteredLater", 1);
};

TEST(LookupType, ResolvesOnceRegisteredAndRetriesBefore) {
  Error unknown = CatchError([] { LookupObj::RuntimeTypeIndex(); });
  EXPECT_EQ(unknown.kind(), "InternalError");
  EXPECT_EQ(unknown.message(),
            "Check failed: (it != type_key2index_.end()) is false: Cannot find type "
            "`core_tests.RegisteredLater`");
  EXPECT_EQ(CatchError([] { make_object<LookupObj>(); }).kind(), "InternalError");

  TVMFFIByteArray key{"core_tests.RegisteredLater", 26};
  int32_t index =
      TVMFFITypeGetOrAllocIndex(&key, -1, 1, 0, 1, Object::_GetOrAllocRuntimeTypeIndex());
  EXPECT_EQ(LookupObj::RuntimeTypeIndex(), index);
  EXPECT_TRUE(make_object<LookupObj>()->IsInstance<LookupObj>());
  EXPECT_TRUE(LookupObj::_type_mutable);
  EXPECT_EQ(LookupObj::_type_depth, 1);
}

// ---- static initialisation ----

int32_t index_seen_in_static_block = 0;
TVM_FFI_STATIC_INIT_BLOCK() { index_seen_in_static_block = LonelyObj::RuntimeTypeIndex(); }

TEST(StaticInit, RuntimeTypeIndexIsUsableInsideABlock) {
  EXPECT_EQ(index_seen_in_static_block, LonelyObj::RuntimeTypeIndex());
}

// ---- cast.h ----

TEST(Cast, GetRefTakesANewReference) {
  IntRef ref(8);
  const IntObj* raw = ref.get();
  IntRef again = GetRef<IntRef>(raw);
  EXPECT_TRUE(again.same_as(ref));
  EXPECT_EQ(ref.use_count(), 2);
  EXPECT_TRUE(GetRef<ObjectRef>(raw).same_as(ref));
  ObjectPtr<NumberObj> base = GetObjectPtr<NumberObj>(ref.get());
  EXPECT_EQ(ref.use_count(), 3);
  EXPECT_TRUE(GetObjectPtr<NumberObj>(static_cast<IntObj*>(nullptr)) == nullptr);
}

TEST(Cast, GetRefOfNullDependsOnTheReference) {
  EXPECT_FALSE(GetRef<IntRef>(static_cast<const IntObj*>(nullptr)).defined());
  Error error = CatchError([] { GetRef<FloatRef>(static_cast<const FloatObj*>(nullptr)); });
  EXPECT_EQ(error.kind(), "InternalError");
  EXPECT_EQ(error.message(), "Check not null: ptr ");
  EXPECT_FALSE(GetRef<Optional<FloatRef>>(static_cast<const FloatObj*>(nullptr)).has_value());
  FloatRef ref(1.5);
  Optional<FloatRef> opt = GetRef<Optional<FloatRef>>(ref.get());
  ASSERT_TRUE(opt.has_value());
  EXPECT_TRUE(opt.value().same_as(ref));
}

TEST(Cast, ContainsIsDecidedStatically) {
  EXPECT_TRUE((object_ref_contains_v<Number, IntObj>));
  EXPECT_FALSE((object_ref_contains_v<IntRef, NumberObj>));
  EXPECT_TRUE((object_ref_contains_v<ObjectRef, IntObj>));
}

}  // namespace
