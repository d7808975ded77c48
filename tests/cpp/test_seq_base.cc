// SPDX-License-Identifier: Apache-2.0
// What Array and List share: the object behind them used directly, order of destruction, exceptions
// during construction, iterator adapters, and the constants of the handles.
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/container_detail.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/container/tuple.h>
#include <tvm/ffi/container/variant.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/string.h>

#include <iterator>
#include <string>
#include <type_traits>
#include <vector>

#include "container_test_util.h"

namespace {

using namespace tvm::ffi;  // NOLINT(google-build-using-namespace)
using container_tests::Call;
using container_tests::FieldAt;
using core_tests::IntRef;
using core_tests::Number;
using Ints = std::vector<int>;

Ints ToInts(const SeqBaseObj* seq) {
  Ints values;
  for (const Any& value : *seq) values.push_back(value == nullptr ? -1 : value.cast<int>());
  return values;
}

// Notes its number when it dies.
class LoggingObj : public Object {
 public:
  static inline Ints died;
  explicit LoggingObj(int number) : number_(number) {}
  ~LoggingObj() { died.push_back(number_); }
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("container_tests.Logging", LoggingObj, Object);

 private:
  int number_;
};
ObjectRef Logging(int number) { return ObjectRef(make_object<LoggingObj>(number)); }
Ints TakeDied() { return std::exchange(LoggingObj::died, Ints()); }

TEST(SeqBaseObj, ElementsDieInOrderWithTheObjectAndBackwardsOnClear) {
  { Array<ObjectRef> array = {Logging(0), Logging(1), Logging(2)}; }
  EXPECT_EQ(TakeDied(), (Ints{0, 1, 2}));
  { List<ObjectRef> list = {Logging(0), Logging(1), Logging(2)}; }
  EXPECT_EQ(TakeDied(), (Ints{0, 1, 2}));
  List<ObjectRef> list = {Logging(0), Logging(1), Logging(2)};
  list.clear();
  EXPECT_EQ(TakeDied(), (Ints{2, 1, 0}));
}

TEST(SeqBaseObj, EditsInPlaceWithinItsCapacity) {
  Array<Any> array = {0, 1, 2};
  array.reserve(10);
  ArrayObj* seq = array.GetArrayObj();
  seq->insert(1, Any(9));
  EXPECT_EQ(ToInts(seq), (Ints{0, 9, 1, 2}));
  const Ints more = {7, 8};
  seq->insert(4, more.begin(), more.end());
  EXPECT_EQ(ToInts(seq), (Ints{0, 9, 1, 2, 7, 8}));
  seq->erase(1);
  seq->erase(3, 5);
  EXPECT_EQ(ToInts(seq), (Ints{0, 1, 2}));
  seq->Reverse();
  EXPECT_EQ(ToInts(seq), (Ints{2, 1, 0}));
  seq->SetItemAfterCheck(0, Any(5));
  EXPECT_EQ(seq->front().cast<int>(), 5);
  EXPECT_EQ(seq->back().cast<int>(), 0);
  seq->resize(4);
  EXPECT_EQ(ToInts(seq), (Ints{5, 1, 0, -1}));
  seq->InitRange(2, more.begin(), more.end());
  EXPECT_EQ(ToInts(seq), (Ints{5, 1, 7, 8}));
  seq->pop_back();
  seq->clear();
  EXPECT_TRUE(seq->empty());
  EXPECT_EQ(seq->capacity(), 10U);
}

TEST(SeqBaseObj, ErrorsNameTheProblem) {
  Array<Any> array = {1};
  ArrayObj* seq = array.GetArrayObj();
  const Ints none;
  seq->erase(40, 40);
  seq->insert(40, none.begin(), none.end());
  EXPECT_FFI_ERROR(seq->at(1), "IndexError", "Index 1 out of bounds 1");
  EXPECT_FFI_ERROR((*seq)[-1], "IndexError", "Index -1 out of bounds 1");
  EXPECT_FFI_ERROR(seq->erase(-1), "IndexError", "Index -1 out of bounds 1");
  EXPECT_FFI_ERROR(seq->erase(-1, 1), "IndexError", "Erase range [-1, 1) out of bounds 1");
  EXPECT_FFI_ERROR(seq->insert(2, Any(1)), "IndexError", "Index 2 out of bounds [0, 1]");
  EXPECT_FFI_ERROR(seq->insert(-1, Any(1)), "IndexError", "Index -1 out of bounds [0, 1]");
  EXPECT_FFI_ERROR(seq->resize(-1), "ValueError", "Cannot resize to negative size");
  seq->clear();
  EXPECT_FFI_ERROR(seq->front(), "IndexError", "front() on empty sequence");
  EXPECT_FFI_ERROR(seq->back(), "IndexError", "back() on empty sequence");
  EXPECT_FFI_ERROR(seq->pop_back(), "IndexError", "pop_back on empty sequence");
}

TEST(SeqBaseObj, BothObjectsShareOneLayout) {
  static_assert(sizeof(SeqBaseObj) == 56 && sizeof(ArrayObj) == 56 && sizeof(ListObj) == 56);
  static_assert(alignof(ArrayObj) == 8 && alignof(ListObj) == 8);
  static_assert(ArrayObj::_type_final && ListObj::_type_final);
  static_assert(!ArrayObj::_type_mutable && !ListObj::_type_mutable);
  for (const char* key :
       {"ffi.Array", "ffi.List", "ffi.Map", "ffi.Dict", "ffi.Shape", "ffi.Tensor"}) {
    const TVMFFITypeInfo* info = TVMFFIGetTypeInfo(TypeKeyToIndex(key));
    EXPECT_EQ(info->type_depth, 1) << key;
    EXPECT_EQ(info->type_ancestors[0]->type_index, static_cast<int32_t>(kTVMFFIObject)) << key;
  }
  // Being no type of its own, the base of both is any object to the type system.
  EXPECT_NE(Any(IntRef(1)).as<SeqBaseObj>(), nullptr);
}

TEST(ArrayObj, RepeatedValuesAndCopiesHaveTheGivenCapacity) {
  IntRef value(1);
  ObjectPtr<ArrayObj> repeated = ArrayObj::CreateRepeated(3, Any(value));
  EXPECT_EQ(repeated->capacity(), 3U);
  EXPECT_EQ(value.use_count(), 4);
  ObjectPtr<ArrayObj> copy = ArrayObj::CopyFrom(5, repeated.get());
  EXPECT_EQ(copy->capacity(), 5U);
  EXPECT_EQ(value.use_count(), 7);
  ObjectPtr<ListObj> list = ListObj::CreateRepeated(2, Any(value));
  EXPECT_EQ(list->capacity(), 2U);
  EXPECT_EQ(value.use_count(), 9);
}

// Iterator over objects that throws when it arrives at the third.
struct ThrowingIterator {
  using iterator_category = std::forward_iterator_tag;
  using value_type = IntRef;
  using difference_type = int64_t;
  using pointer = const IntRef*;
  using reference = IntRef;
  const IntRef* value;
  int64_t at = 0;
  IntRef operator*() const {
    if (at == 2) TVM_FFI_THROW(ValueError) << "no third";
    return *value;
  }
  ThrowingIterator& operator++() {
    ++at;
    return *this;
  }
  bool operator==(const ThrowingIterator& other) const { return at == other.at; }
  bool operator!=(const ThrowingIterator& other) const { return at != other.at; }
};

TEST(SeqBaseObj, AnExceptionWhileFillingReleasesWhatWasBuilt) {
  IntRef value(1);
  ThrowingIterator first{&value}, last{&value, 4};
  EXPECT_FFI_ERROR(Array<IntRef>(first, last), "ValueError", "no third");
  EXPECT_FFI_ERROR(List<IntRef>(first, last), "ValueError", "no third");
  EXPECT_EQ(value.use_count(), 1);
  List<IntRef> list = {value};
  EXPECT_FFI_ERROR(list.Assign(first, last), "ValueError", "no third");
  EXPECT_EQ(list.size(), 2U) << "what came before the error stays";
  EXPECT_EQ(value.use_count(), 3);
}

TEST(Array, GrowthTakesTheLargerOfTwiceAndNeeded) {
  Ints many(20, 1);
  Array<int> array = {1, 2, 3};
  array.insert(array.begin(), many.begin(), many.end());
  EXPECT_EQ(array.capacity(), 23U);
  Array<int> null(UnsafeInit{});
  null.reserve(6);
  EXPECT_EQ(null.capacity(), 6U);
  Array<int> shared = {1, 2, 3, 4};
  shared.reserve(9);
  Array<int> alias = shared;
  alias.CopyOnWrite();
  EXPECT_EQ(alias.capacity(), 9U) << "a copy keeps the capacity";
  Array<int> fresh(UnsafeInit{});
  EXPECT_EQ(fresh.CopyOnWrite()->capacity(), 4U);
  EXPECT_EQ(fresh.CopyOnWrite(), fresh.GetArrayObj()) << "a unique one stays";
}

TEST(Array, EmplaceBackConstructsTheCellItself) {
  Array<double> array;
  array.emplace_back(1);  // an int cell: no conversion to the element type happens
  EXPECT_EQ(FieldAt<TVMFFIAny>(array, 56).type_index, static_cast<int32_t>(kTVMFFIInt));
  List<String> list;
  list.emplace_back(String("text"));
  EXPECT_EQ(list[0], "text");
}

TEST(Array, ANegativeCountIsAnErrorAndNoAllocation) {
  EXPECT_ANY_THROW(Array<int>(static_cast<size_t>(-1), 7));
}

TEST(SeqIterators, OnlyFittingElementTypesAreTaken) {
  static_assert(is_valid_iterator_v<Number, IntRef*>);
  static_assert(!is_valid_iterator_v<IntRef, Number*>);
  static_assert(is_valid_iterator_v<Optional<Number>, IntRef*>);
  static_assert(is_valid_iterator_v<Any, int*>);
  static_assert(!is_valid_iterator_v<int64_t, int*>);
  static_assert(!is_valid_iterator_v<String, std::string*>);
}

TEST(SeqIterators, AreValuesOfOnePointer) {
  using Iter = Array<int>::iterator;
  using Reverse = Array<int>::reverse_iterator;
  static_assert(sizeof(Iter) == 8 && sizeof(Reverse) == 8);
  static_assert(std::is_same_v<Iter::iterator_category, std::random_access_iterator_tag>);
  static_assert(std::is_same_v<Iter::value_type, int> &&
                std::is_same_v<Iter::reference, const int>);
  static_assert(std::is_same_v<Reverse::pointer, const int*>);
  static_assert(!std::is_default_constructible_v<Iter>);
  Array<int> array = {10, 11, 12, 13};
  Iter it = array.begin();
  EXPECT_EQ(*it++, 10);
  EXPECT_EQ(*++it, 12);
  EXPECT_EQ(*--it, 11);
  it += 2;
  it -= 1;
  EXPECT_EQ(*it, 12);
  EXPECT_EQ(*(it + 1), 13);
  EXPECT_TRUE(it - 2 == array.begin() && it != array.end());
  Reverse back = array.rbegin();
  EXPECT_EQ(*back++, 13);
  EXPECT_EQ(*++back, 11);
  EXPECT_EQ(*back--, 11);
  EXPECT_EQ(*--back, 13);
  EXPECT_EQ(*(back + 3), 10);
  EXPECT_EQ(array.rend() - back, 4);
}

TEST(ContainerHandles, DeclareTheirContainerAndNullability) {
  static_assert(std::is_same_v<Array<int>::ContainerType, ArrayObj>);
  static_assert(std::is_same_v<List<int>::ContainerType, ListObj>);
  static_assert(std::is_same_v<Tuple<int>::ContainerType, ArrayObj>);
  static_assert(!Array<int>::_type_container_is_exact && !Array<int>::_type_is_nullable);
  static_assert(!List<int>::_type_container_is_exact && !List<int>::_type_is_nullable);
  static_assert(!Tuple<int>::_type_container_is_exact && !Tuple<int>::_type_is_nullable);
  static_assert(!Variant<int, String>::_type_container_is_exact);
  static_assert(Shape::_type_container_is_exact && !Shape::_type_is_nullable);
  static_assert(Tensor::_type_container_is_exact && Tensor::_type_is_nullable);
  static_assert(sizeof(Array<int>) == 8 && sizeof(List<int>) == 8 && sizeof(Tuple<int>) == 8);
  static_assert(sizeof(Shape) == 8 && sizeof(Tensor) == 8 && sizeof(ShapeObj) == 40);
  static_assert(!ShapeObj::_type_final && !TensorObj::_type_final);
  static_assert(std::is_nothrow_move_constructible_v<Tuple<int, int>>);
  static_assert(!use_default_type_traits_v<Array<int>> && !use_default_type_traits_v<List<int>>);
  static_assert(detail::all_object_ref_v<Array<int>, Shape> && !detail::all_object_ref_v<int>);
  static_assert(detail::all_storage_enabled_v<int, String, Any> &&
                !detail::all_storage_enabled_v<int, TensorView>);
}

TEST(ContainerHandles, MovedFromHandlesAreNull) {
  Array<int> array = {1};
  Array<int> moved = std::move(array);
  EXPECT_FALSE(array.defined());
  List<int> list = {1};
  List<int> taken = std::move(list);
  EXPECT_FALSE(list.defined());
  EXPECT_EQ(moved[0] + taken[0], 2);
}

// Objects that another language built: the elements may lie anywhere, and a shape may have none.
TEST(ForeignLayout, ElementsAreReachedThroughTheDataPointer) {
  ObjectPtr<ListObj> obj = make_object<ListObj>();
  static int deleted = 0;
  auto* cell = reinterpret_cast<TVMFFISeqCell*>(reinterpret_cast<char*>(obj.get()) + 24);
  Any* cells = static_cast<Any*>(::operator new(2 * sizeof(Any)));
  new (cells) Any(4);
  new (cells + 1) Any(String("a string on the heap"));
  cell->data = cells;
  cell->size = 2;
  cell->capacity = 2;
  cell->data_deleter = [](void* data) {
    ++deleted;
    ::operator delete(data);
  };
  {
    List<Any> list(std::move(obj));
    EXPECT_EQ(list[0].cast<int>(), 4);
    for (int i = 0; i < 20; ++i) list.push_back(i);
    EXPECT_EQ(deleted, 4) << "it frees the buffers of later growth too: 2, 4, 8, 16";
    EXPECT_EQ(list[1].cast<String>(), "a string on the heap");
  }
  EXPECT_EQ(deleted, 5);
  ObjectPtr<ShapeObj> shape = make_object<ShapeObj>();
  shape->data = nullptr;
  shape->size = 0;
  EXPECT_EQ(detail::ObjectUnsafe::ObjectRefFromObjectPtr<Shape>(std::move(shape)).Product(), 1);
}

// The trap of the interface: a borrowed description of a tensor stays one inside a container.
TEST(ForeignLayout, BorrowedTensorsAreStoredAsTheyCome) {
  int64_t extent = 1;
  DLTensor tensor{};
  tensor.ndim = 1;
  tensor.shape = &extent;
  Array<Any> array = Call("ffi.Array", &tensor).cast<Array<Any>>();
  EXPECT_EQ(array[0].type_index(), static_cast<int32_t>(kTVMFFIDLTensorPtr));
  EXPECT_EQ(array[0].cast<DLTensor*>(), &tensor);
}

}  // namespace
