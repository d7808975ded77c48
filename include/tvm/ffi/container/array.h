// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/container/array.h
 * \brief Array<T>: a sequence with value semantics (copy-on-write).
 *
 * Copying a handle shares the object; a mutation through one handle first copies the object when
 * others hold it too. Use it for arguments, results and fields that are mostly read. For a sequence
 * whose mutations everybody shall see, use List; for a fixed number of differently typed values,
 * use Tuple. Reading an element makes a value of `T`, never a reference.
 *
 * \code
 * Array<int> a = {1, 2, 3};
 * Array<int> b = a;   // shares
 * b.Set(0, 10);       // copies; a[0] is still 1
 * \endcode
 */
#ifndef TVM_FFI_CONTAINER_ARRAY_H_
#define TVM_FFI_CONTAINER_ARRAY_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/container/container_detail.h>
#include <tvm/ffi/container/seq_base.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/optional.h>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace tvm {
namespace ffi {

template <typename... Types>
class Tuple;
template <typename T, typename>
class Array;

/*! \brief Sequence object whose cells lie behind the object, in the same allocation. */
class ArrayObj : public SeqBaseObj {
 public:
  /*!
   * \brief New array with the elements of `from`.
   * \param cap The capacity of the result.
   * \param from What to copy; unchanged.
   * \throw ValueError When `from` does not fit.
   */
  template <typename D = void>
  static ObjectPtr<ArrayObj> CopyFrom(int64_t cap, ArrayObj* from) {
    if (static_cast<int64_t>(from->size()) > cap) {
      detail::ThrowSeqError("ValueError", "Not enough capacity");
    }
    ObjectPtr<ArrayObj> result = Empty(cap);
    result->AppendCopiesUnchecked(from);
    return result;
  }

  /*!
   * \brief New array that takes over the elements of `from`, which is left empty.
   * \param cap The capacity of the result.
   * \param from What to take over; the only reference to it should be the caller's.
   * \throw RuntimeError When `from` does not fit.
   */
  template <typename D = void>
  static ObjectPtr<ArrayObj> MoveFrom(int64_t cap, ArrayObj* from) {
    if (static_cast<int64_t>(from->size()) > cap) {
      detail::ThrowSeqError("RuntimeError", "Not enough capacity");
    }
    ObjectPtr<ArrayObj> result = Empty(cap);
    result->AppendRelocatedUnchecked(from);
    return result;
  }

  /*! \brief New array of `n` copies of `val`, with capacity `n`. */
  template <typename D = void>
  static ObjectPtr<ArrayObj> CreateRepeated(int64_t n, const Any& val) {
    ObjectPtr<ArrayObj> result = Empty(n);
    result->EnlargeBy(n, val);
    return result;
  }

  /// \cond Doxygen_Suppress
  static constexpr const int32_t _type_index = TypeIndex::kTVMFFIArray;
  static constexpr bool _type_final = true;
  TVM_FFI_DECLARE_OBJECT_INFO_STATIC(StaticTypeKey::kTVMFFIArray, ArrayObj, Object);
  /// \endcond

 private:
  static constexpr int64_t kInitSize = 4;
  static constexpr int64_t kIncFactor = 2;

  static ObjectPtr<ArrayObj> Empty(int64_t n = kInitSize) {
    detail::CheckSeqCapacity(n);
    ObjectPtr<ArrayObj> result = make_inplace_array_object<ArrayObj, Any>(static_cast<size_t>(n));
    result->TVMFFISeqCell::data = reinterpret_cast<char*>(result.get()) + sizeof(ArrayObj);
    result->TVMFFISeqCell::capacity = n;
    return result;
  }

  /*! \brief Capacity after growing to hold `extra` more elements than now. */
  int64_t GrownCapacity(int64_t extra) const {
    return std::max(TVMFFISeqCell::capacity * kIncFactor, TVMFFISeqCell::size + extra);
  }

  template <typename, typename>
  friend class Array;
  template <typename...>
  friend class Tuple;
  template <typename, typename>
  friend struct TypeTraits;
  friend ObjectPtr<ArrayObj> make_object<>();
};

static_assert(sizeof(ArrayObj) == 56, "ArrayObj is read by every binding through this layout");

/// \cond Doxygen_Suppress
// An array made by name alone has its inline buffer set up.
template <>
inline ObjectPtr<ArrayObj> make_object() {
  return ArrayObj::Empty();
}
/// \endcond

/*! \brief Whether values of `IterType` may be stored as elements of type `T` without conversion. */
template <typename T, typename IterType>
struct is_valid_iterator {
 private:
  using ValueType = std::remove_cv_t<std::remove_reference_t<decltype(*std::declval<IterType>())>>;

 public:
  /*! \brief The answer. */
  static constexpr bool value = std::is_same_v<T, ValueType> || std::is_base_of_v<T, ValueType>;
};

template <typename T, typename IterType>
struct is_valid_iterator<Optional<T>, IterType> : is_valid_iterator<T, IterType> {};

template <typename IterType>
struct is_valid_iterator<Any, IterType> : public std::true_type {};

/*! \brief Value of is_valid_iterator. */
template <typename T, typename IterType>
inline constexpr bool is_valid_iterator_v = is_valid_iterator<T, IterType>::value;

/*!
 * \brief Copy-on-write sequence of values of `T`.
 * \tparam T Element type; `Any` for arbitrary values.
 */
template <typename T, typename = typename std::enable_if_t<detail::storage_enabled_v<T>>>
class Array : public ObjectRef {
 public:
  using value_type = T;

  // ---- construction and assignment ----

  /*! \brief Null handle, for code that fills `data_` itself. */
  explicit Array(UnsafeInit tag) : ObjectRef(tag) {}
  /*! \brief New empty array with capacity 4. */
  Array() { data_ = ArrayObj::Empty(); }
  /*! \brief Shares the object of an array whose every element is a `T`. */
  template <typename U, typename = std::enable_if_t<type_subsumes_v<T, U>>>
  Array(Array<U>&& other)  // NOLINT(*)
      : ObjectRef(std::move(other.data_)) {}
  template <typename U, typename = std::enable_if_t<type_subsumes_v<T, U>>>
  Array(const Array<U>& other) : ObjectRef(other.data_) {}  // NOLINT(*)

  /*! \brief Adopts an object that is known to be a fitting ArrayObj. \throw InternalError If null.
   */
  explicit Array(ObjectPtr<Object> n) : ObjectRef(std::move(n)) {
    TVM_FFI_ICHECK_NOTNULL(data_.get());
  }
  /*! \brief Values of a range; `*it` must be a `T` or derive from it. */
  template <typename IterType>
  Array(IterType first, IterType last) {
    static_assert(is_valid_iterator_v<T, IterType>,
                  "IterType cannot be inserted into a tvm::Array<T>");
    Assign(first, last);
  }
  /*! \brief Values of a braced list. */
  Array(std::initializer_list<T> init) {  // NOLINT(*)
    Assign(init.begin(), init.end());
  }
  /*! \brief Values of a vector, copied. */
  Array(const std::vector<T>& init) {  // NOLINT(*)
    Assign(init.begin(), init.end());
  }
  /*! \brief `n` copies of `val`. The count must be a `size_t`, else the range constructor is meant.
   */
  explicit Array(const size_t n, const T& val) {
    data_ = ArrayObj::CreateRepeated(static_cast<int64_t>(n), Any(val));
  }

  // ---- reading ----

  /*! \brief Converts a cell to a value of the element type. */
  struct ValueConverter {
    /*! \brief What iterators give. */
    using ResultType = T;
    /*! \brief The value of a cell that is known to hold a `T`. */
    static T convert(const Any& n) { return detail::AnyUnsafe::CopyFromAnyViewAfterCheck<T>(n); }
  };
  using iterator = detail::IterAdapter<ValueConverter, const Any*>;
  using reverse_iterator = detail::ReverseIterAdapter<ValueConverter, const Any*>;

  iterator begin() const { return iterator(GetArrayObj()->begin()); }
  iterator end() const { return iterator(GetArrayObj()->end()); }
  reverse_iterator rbegin() const { return reverse_iterator(GetArrayObj()->end() - 1); }
  reverse_iterator rend() const { return reverse_iterator(GetArrayObj()->begin() - 1); }

  /*! \brief Element `i`. \throw IndexError On a null handle or when out of bounds. */
  const T operator[](int64_t i) const { return ValueConverter::convert(Checked()->at(i)); }
  /*! \brief Number of elements; 0 for a null handle. */
  size_t size() const {
    const ArrayObj* obj = GetArrayObj();
    return obj == nullptr ? 0 : obj->size();
  }
  /*! \brief Number of cells; 0 for a null handle. */
  size_t capacity() const {
    const ArrayObj* obj = GetArrayObj();
    return obj == nullptr ? 0 : obj->capacity();
  }
  bool empty() const { return size() == 0; }
  /*! \brief First element. \throw IndexError On a null handle or when empty. */
  T front() const { return ValueConverter::convert(Checked()->front()); }
  /*! \brief Last element. \throw IndexError On a null handle or when empty. */
  T back() const { return ValueConverter::convert(Checked()->back()); }

  // ---- mutation: every member first makes the object this handle's own ----

  /*! \brief Appends a value, which may be an element of this container. */
  void push_back(const T& item) {
    Any cell(item);  // `item` may be an element of this array, which growing moves
    CopyOnWrite(1)->AppendUnchecked(std::move(cell));
  }

  /*! \brief Appends `Any(args...)`. */
  template <typename... Args>
  void emplace_back(Args&&... args) {
    CopyOnWrite(1)->AppendUnchecked(std::forward<Args>(args)...);
  }

  /*! \brief Inserts before `position`. \throw RuntimeError On a null handle. */
  void insert(iterator position, const T& val) {
    RequireNotNull("cannot insert a null array");
    int64_t idx = position - begin();
    Any cell(val);
    CopyOnWrite(1)->insert(idx, std::move(cell));
  }

  /*! \brief Inserts a range, which must not point into this array, before `position`. */
  template <typename IterType>
  void insert(iterator position, IterType first, IterType last) {
    static_assert(is_valid_iterator_v<T, IterType>,
                  "IterType cannot be inserted into a tvm::Array<T>");
    if (first == last) return;
    RequireNotNull("cannot insert a null array");
    int64_t idx = position - begin();
    CopyOnWrite(std::distance(first, last))->insert(idx, first, last);
  }

  /*! \brief Removes the last element. \throw RuntimeError If null. \throw IndexError If empty. */
  void pop_back() {
    RequireNotNull("cannot pop_back a null array");
    CopyOnWrite()->pop_back();
  }

  /*! \brief Removes one element. */
  void erase(iterator position) {
    RequireNotNull("cannot erase a null array");
    int64_t idx = position - begin();
    CopyOnWrite()->erase(idx);
  }

  /*! \brief Removes a range; an empty one leaves even a shared array alone. */
  void erase(iterator first, iterator last) {
    if (first == last) return;
    RequireNotNull("cannot erase a null array");
    int64_t from = first - begin();
    int64_t to = last - begin();
    CopyOnWrite()->erase(from, to);
  }

  /*!
   * \brief Makes the size `n`. New elements are None until they are set, whatever `T`.
   * \throw ValueError When `n` is negative.
   */
  void resize(int64_t n) {
    if (n < 0) detail::ThrowSeqError("ValueError", "cannot resize an Array to negative size");
    if (data_ == nullptr) {
      SwitchContainer(n);
      return;
    }
    int64_t size = static_cast<int64_t>(GetArrayObj()->size());
    if (size < n) {
      CopyOnWrite(n - size)->EnlargeBy(n - size);
    } else if (size > n) {
      CopyOnWrite()->ShrinkBy(size - n);
    }
  }

  /*! \brief Makes room for `n` elements; never shrinks. */
  void reserve(int64_t n) {
    if (data_ == nullptr || n > static_cast<int64_t>(GetArrayObj()->capacity())) {
      SwitchContainer(n);
    }
  }

  /*! \brief Removes all elements; the capacity stays. */
  void clear() {
    if (data_ != nullptr) {
      CopyOnWrite()->clear();
    }
  }

  /*! \brief Replaces element `i`. \throw IndexError When out of bounds. */
  void Set(int64_t i, T value) { CopyOnWrite()->SetItem(i, std::move(value)); }

  /*! \brief The object, or null. */
  ArrayObj* GetArrayObj() const { return static_cast<ArrayObj*>(data_.get()); }

  /*!
   * \brief New array of `fmap(element)`; this array does not change.
   *
   * When every result is the element itself, the result shares this array's object.
   */
  template <typename F, typename U = std::invoke_result_t<F, T>>
  Array<U> Map(F fmap) const {
    return Array<U>(UnsafeInit{}, MapElements<F, U>(data_, std::move(fmap)));
  }

  /*!
   * \brief Replaces every element by `fmutate(element)`, in place when this handle alone holds the
   * object. When the callback throws, the handle is left null.
   */
  template <typename F, typename = std::enable_if_t<std::is_same_v<T, std::invoke_result_t<F, T>>>>
  void MutateByApply(F fmutate) {
    data_ = MapElements<F, T>(std::move(data_), std::move(fmutate));
  }

  /*!
   * \brief Replaces the content by a range, which must not point into this array. The object is
   * reused when it is this handle's own and large enough.
   * \throw ValueError When the range is reversed.
   */
  template <typename IterType>
  void Assign(IterType first, IterType last) {
    int64_t count = static_cast<int64_t>(std::distance(first, last));
    if (count < 0) {
      detail::ThrowSeqError("ValueError", "cannot construct an Array of negative size");
    }
    ArrayObj* obj = GetArrayObj();
    if (obj != nullptr && data_.unique() && static_cast<int64_t>(obj->capacity()) >= count) {
      obj->clear();
      obj->AppendRangeUnchecked(first, last);
      return;
    }
    ObjectPtr<ArrayObj> fresh = ArrayObj::Empty(count);
    fresh->AppendRangeUnchecked(first, last);
    data_ = std::move(fresh);
  }

  /*!
   * \brief Makes the object this handle's own: a new one for a null handle, a copy of the same
   * capacity for a shared one.
   * \return The object.
   */
  ArrayObj* CopyOnWrite() {
    if (data_ == nullptr) {
      return SwitchContainer(ArrayObj::kInitSize);
    }
    if (!data_.unique()) {
      return SwitchContainer(static_cast<int64_t>(GetArrayObj()->capacity()));
    }
    return GetArrayObj();
  }

  /// \cond Doxygen_Suppress
  using ContainerType = ArrayObj;
  static constexpr bool _type_container_is_exact = false;
  static constexpr bool _type_is_nullable = false;

  static size_t CalcCapacityImpl() { return 0; }
  template <typename... Args>
  static size_t CalcCapacityImpl(Array<T> value, Args... args) {
    return value.size() + CalcCapacityImpl(args...);
  }
  template <typename... Args>
  static size_t CalcCapacityImpl(T, Args... args) {
    return 1 + CalcCapacityImpl(args...);
  }
  static void AgregateImpl(Array<T>&) {}  // NOLINT(*)
  template <typename... Args>
  static void AgregateImpl(Array<T>& dest, Array<T> value, Args... args) {  // NOLINT(*)
    for (const T& item : value) {
      dest.push_back(item);
    }
    AgregateImpl(dest, args...);
  }
  template <typename... Args>
  static void AgregateImpl(Array<T>& dest, T value, Args... args) {  // NOLINT(*)
    dest.push_back(value);
    AgregateImpl(dest, args...);
  }
  /// \endcond

  /*! \brief Joins values of `T` and `Array<T>` into one array. */
  template <typename... Args>
  static Array<T> Agregate(Args... args) {
    Array<T> result;
    result.reserve(static_cast<int64_t>(CalcCapacityImpl(args...)));
    AgregateImpl(result, args...);
    return result;
  }

 private:
  /*! \brief Handle on an object whose elements are known to be values of `T`; may be null. */
  Array(UnsafeInit, ObjectPtr<Object> data) : ObjectRef(std::move(data)) {}

  const ArrayObj* Checked() const {
    const ArrayObj* obj = GetArrayObj();
    if (TVM_FFI_PREDICT_FALSE(obj == nullptr)) {
      detail::ThrowSeqError("IndexError", "cannot index a null array");
    }
    return obj;
  }

  void RequireNotNull(const char* message) const {
    if (TVM_FFI_PREDICT_FALSE(data_ == nullptr)) {
      detail::ThrowSeqError("RuntimeError", message);
    }
  }

  /*! \brief CopyOnWrite that also makes room for `extra` more elements. */
  ArrayObj* CopyOnWrite(int64_t extra) {
    ArrayObj* obj = GetArrayObj();
    if (obj == nullptr) {
      return SwitchContainer(std::max(ArrayObj::kInitSize, extra));
    }
    if (obj->capacity() >= obj->size() + static_cast<size_t>(extra)) {
      return CopyOnWrite();
    }
    return SwitchContainer(obj->GrownCapacity(extra));
  }

  /*! \brief Moves (or, when shared, copies) the elements into a new object of capacity `n`. */
  ArrayObj* SwitchContainer(int64_t n) {
    if (data_ == nullptr) {
      data_ = ArrayObj::Empty(n);
    } else if (data_.unique()) {
      data_ = ArrayObj::MoveFrom(n, GetArrayObj());
    } else {
      data_ = ArrayObj::CopyFrom(n, GetArrayObj());
    }
    return GetArrayObj();
  }

  /*!
   * \brief The one procedure behind Map and MutateByApply.
   *
   * It creates nothing as long as the function returns the elements themselves, which is what most
   * passes over an immutable tree do.
   */
  template <typename F, typename U>
  static ObjectPtr<Object> MapElements(ObjectPtr<Object> data, F fmap) {
    if (data == nullptr) return nullptr;
    TVM_FFI_ICHECK(data->template IsInstance<ArrayObj>());
    ArrayObj* source = static_cast<ArrayObj*>(data.get());
    if constexpr (std::is_same_v<U, T>) {
      if (data.unique()) {
        // The element leaves its cell first, so the callback may find that it owns it alone.
        for (size_t i = 0; i < source->size(); ++i) {
          Any* cell = source->MutableBegin() + i;
          T value = detail::AnyUnsafe::MoveFromAnyAfterCheck<T>(std::move(*cell));
          *cell = Any();
          *cell = Any(fmap(std::move(value)));
        }
        return data;
      }
    }
    constexpr bool may_be_unchanged = is_valid_iterator_v<T, U*> || is_valid_iterator_v<U, T*>;
    ObjectPtr<ArrayObj> result;
    int64_t size = static_cast<int64_t>(source->size());
    int64_t i = 0;
    if constexpr (may_be_unchanged) {
      for (; i < size && result == nullptr; ++i) {
        const Any& original = source->begin()[i];
        Any mapped(fmap(ValueConverter::convert(original)));
        if (mapped.same_as(original)) continue;
        result = ArrayObj::CreateRepeated(size, Any());
        result->InitRange(0, source->begin(), source->begin() + i);
        result->SetItemAfterCheck(i, std::move(mapped));
      }
      if (result == nullptr) return data;
    } else {
      result = ArrayObj::CreateRepeated(size, Any());
    }
    for (; i < size; ++i) {
      result->SetItemAfterCheck(i, Any(fmap(ValueConverter::convert(source->begin()[i]))));
    }
    return result;
  }

  template <typename, typename>
  friend class Array;
};

/*! \brief `lhs` followed by the elements of `rhs`. */
template <typename T,
          typename = std::enable_if_t<std::is_same_v<T, Any> || TypeTraits<T>::convert_enabled>>
inline Array<T> Concat(Array<T> lhs, const Array<T>& rhs) {
  for (const T& item : rhs) {
    lhs.push_back(item);
  }
  return lhs;
}

template <typename T>
inline constexpr bool use_default_type_traits_v<Array<T>> = false;

template <typename T>
struct TypeTraits<Array<T>> : public SeqTypeTraitsBase<TypeTraits<Array<T>>, Array<T>, T> {
  static constexpr int32_t kPrimaryTypeIndex = TypeIndex::kTVMFFIArray;
  static constexpr int32_t kOtherTypeIndex = TypeIndex::kTVMFFIList;
  static constexpr const char* kTypeName = "Array";
  static constexpr const char* kStaticTypeKey = StaticTypeKey::kTVMFFIArray;
  static constexpr int32_t field_static_type_index = TypeIndex::kTVMFFIArray;
};

template <typename T, typename U>
inline constexpr bool type_subsumes_v<Array<T>, Array<U>, void> = type_subsumes_v<T, U>;

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_CONTAINER_ARRAY_H_
