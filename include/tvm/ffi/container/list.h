// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/container/list.h
 * \brief List<T>: a sequence with reference semantics, like a Python list.
 *
 * All handles of one list see every mutation; nothing is copied on write. Use it where several
 * owners share one growing sequence; prefer Array for values. Concurrent writers need a lock, and a
 * list that contains itself is never freed.
 *
 * \code
 * List<int> a = {1, 2};
 * List<int> b = a;
 * b.push_back(3);   // a.size() == 3
 * \endcode
 */
#ifndef TVM_FFI_CONTAINER_LIST_H_
#define TVM_FFI_CONTAINER_LIST_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/seq_base.h>
#include <tvm/ffi/object.h>

#include <algorithm>
#include <initializer_list>
#include <new>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace tvm {
namespace ffi {

template <typename T, typename>
class List;

/*!
 * \brief Sequence object whose cells lie in a buffer of their own, so that its address is stable
 * under growth. The buffer comes from the global `operator new`, whoever allocates it;
 * `data_deleter` is never null.
 */
class ListObj : public SeqBaseObj {
 public:
  /*!
   * \brief New list of `n` copies of `val`, with capacity `n`.
   * \throw ValueError When `n` is negative.
   */
  template <typename D = void>
  static ObjectPtr<ListObj> CreateRepeated(int64_t n, const Any& val) {
    ObjectPtr<ListObj> result = Empty(n);
    result->EnlargeBy(n, val);
    return result;
  }

  /// \cond Doxygen_Suppress
  static constexpr const int32_t _type_index = TypeIndex::kTVMFFIList;
  static constexpr bool _type_final = true;
  TVM_FFI_DECLARE_OBJECT_INFO_STATIC(StaticTypeKey::kTVMFFIList, ListObj, Object);
  /// \endcond

 private:
  static constexpr int64_t kInitSize = 4;
  static constexpr int64_t kIncFactor = 2;

  template <typename D = void>
  static ObjectPtr<ListObj> Empty(int64_t n = kInitSize) {
    if (n < 0) {
      detail::ThrowSeqError("ValueError", "cannot construct a List of negative size");
    }
    detail::CheckSeqCapacity(n);
    ObjectPtr<ListObj> result = make_object<ListObj>();
    result->TVMFFISeqCell::data_deleter = FreeBuffer;
    if (n != 0) {
      result->TVMFFISeqCell::data = ::operator new(static_cast<size_t>(n) * sizeof(Any));
      result->TVMFFISeqCell::capacity = n;
    }
    return result;
  }

  /*! \brief Grows the buffer to exactly `n` cells; smaller requests do nothing. */
  void Reserve(int64_t n) {
    if (n <= TVMFFISeqCell::capacity) return;
    detail::CheckSeqCapacity(n);
    Any* fresh = static_cast<Any*>(::operator new(static_cast<size_t>(n) * sizeof(Any)));
    Relocate(fresh, MutableBegin(), TVMFFISeqCell::size);
    // Objects made by name alone have no deleter and no buffer yet.
    if (TVM_FFI_PREDICT_FALSE(TVMFFISeqCell::data_deleter == nullptr)) {
      TVMFFISeqCell::data_deleter = FreeBuffer;
    } else {
      TVMFFISeqCell::data_deleter(TVMFFISeqCell::data);
    }
    TVMFFISeqCell::data = fresh;
    TVMFFISeqCell::capacity = n;
  }

  /*! \brief Makes room for `extra` more elements, at least doubling the buffer. */
  void EnsureCapacity(int64_t extra) {
    if (TVMFFISeqCell::capacity < TVMFFISeqCell::size + extra) {
      Reserve(std::max(TVMFFISeqCell::capacity * kIncFactor, TVMFFISeqCell::size + extra));
    }
  }

  static void FreeBuffer(void* data) { ::operator delete(data); }

  template <typename, typename>
  friend class List;
};

static_assert(sizeof(ListObj) == 56, "ListObj is read by every binding through this layout");

/*!
 * \brief Shared mutable sequence of values of `T`.
 * \tparam T Element type; `Any` for arbitrary values.
 */
template <typename T, typename = typename std::enable_if_t<detail::storage_enabled_v<T>>>
class List : public ObjectRef {
 public:
  using value_type = T;

  // ---- construction and assignment ----

  /*! \brief Null handle, for code that fills `data_` itself. */
  explicit List(UnsafeInit tag) : ObjectRef(tag) {}
  /*! \brief New empty list with capacity 0. */
  List() { data_ = ListObj::Empty(0); }
  /*! \brief Shares the object of a list whose every element is a `T`. */
  template <typename U, typename = std::enable_if_t<type_subsumes_v<T, U>>>
  List(List<U>&& other)  // NOLINT(*)
      : ObjectRef(std::move(other.data_)) {}
  template <typename U, typename = std::enable_if_t<type_subsumes_v<T, U>>>
  List(const List<U>& other) : ObjectRef(other.data_) {}  // NOLINT(*)

  /*! \brief Adopts an object that is known to be a fitting ListObj. \throw InternalError If null.
   */
  explicit List(ObjectPtr<Object> n) : ObjectRef(std::move(n)) {
    TVM_FFI_ICHECK_NOTNULL(data_.get());
  }
  /*! \brief Values of a range; `*it` must be a `T` or derive from it. */
  template <typename IterType>
  List(IterType first, IterType last) {
    static_assert(is_valid_iterator_v<T, IterType>,
                  "IterType cannot be inserted into a tvm::List<T>");
    Assign(first, last);
  }
  /*! \brief Values of a braced list. */
  List(std::initializer_list<T> init) {  // NOLINT(*)
    Assign(init.begin(), init.end());
  }
  /*! \brief Values of a vector, copied. */
  List(const std::vector<T>& init) {  // NOLINT(*)
    Assign(init.begin(), init.end());
  }
  /*! \brief `n` copies of `val`. The count must be a `size_t`, else the range constructor is meant.
   */
  explicit List(const size_t n, const T& val) {
    data_ = ListObj::CreateRepeated(static_cast<int64_t>(n), Any(val));
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

  iterator begin() const { return iterator(GetListObj()->begin()); }
  iterator end() const { return iterator(GetListObj()->end()); }
  reverse_iterator rbegin() const { return reverse_iterator(BeforeCell(GetListObj()->end())); }
  reverse_iterator rend() const { return reverse_iterator(BeforeCell(GetListObj()->begin())); }

  /*! \brief Element `i`. \throw IndexError On a null handle or when out of bounds. */
  T operator[](int64_t i) const { return ValueConverter::convert(Checked()->at(i)); }
  /*! \brief Number of elements; 0 for a null handle. */
  size_t size() const {
    const ListObj* obj = GetListObj();
    return obj == nullptr ? 0 : obj->size();
  }
  /*! \brief Number of cells; 0 for a null handle. */
  size_t capacity() const {
    const ListObj* obj = GetListObj();
    return obj == nullptr ? 0 : obj->capacity();
  }
  bool empty() const { return size() == 0; }
  /*! \brief First element. \throw IndexError On a null handle or when empty. */
  T front() const { return ValueConverter::convert(Checked()->front()); }
  /*! \brief Last element. \throw IndexError On a null handle or when empty. */
  T back() const { return ValueConverter::convert(Checked()->back()); }

  // ---- mutation: seen through every handle ----

  /*! \brief Appends a value, which may be an element of this container. */
  void push_back(const T& item) {
    Any cell(item);  // `item` may be an element of this list, which growing moves
    Growing(1)->AppendUnchecked(std::move(cell));
  }

  /*! \brief Appends `Any(args...)`. */
  template <typename... Args>
  void emplace_back(Args&&... args) {
    Growing(1)->AppendUnchecked(std::forward<Args>(args)...);
  }

  /*! \brief Inserts before `position`. \throw RuntimeError On a null handle. */
  void insert(iterator position, const T& val) {
    RequireNotNull("cannot insert to a null list");
    int64_t idx = position - begin();
    Any cell(val);
    Growing(1)->insert(idx, std::move(cell));
  }

  /*! \brief Inserts a range, which must not point into this list, before `position`. */
  template <typename IterType>
  void insert(iterator position, IterType first, IterType last) {
    static_assert(is_valid_iterator_v<T, IterType>,
                  "IterType cannot be inserted into a tvm::List<T>");
    if (first == last) return;
    RequireNotNull("cannot insert to a null list");
    int64_t idx = position - begin();
    Growing(std::distance(first, last))->insert(idx, first, last);
  }

  /*! \brief Removes the last element. \throw RuntimeError If null. \throw IndexError If empty. */
  void pop_back() {
    RequireNotNull("cannot pop_back a null list");
    GetListObj()->pop_back();
  }

  /*! \brief Removes one element. */
  void erase(iterator position) {
    RequireNotNull("cannot erase a null list");
    GetListObj()->erase(position - begin());
  }

  /*! \brief Removes a range. */
  void erase(iterator first, iterator last) {
    if (first == last) return;
    RequireNotNull("cannot erase a null list");
    GetListObj()->erase(first - begin(), last - begin());
  }

  /*!
   * \brief Makes the size `n`. New elements are None until they are set, whatever `T`.
   * \throw ValueError When `n` is negative.
   */
  void resize(int64_t n) {
    if (n < 0) detail::ThrowSeqError("ValueError", "cannot resize a List to negative size");
    ListObj* obj = Growing(std::max<int64_t>(0, n - static_cast<int64_t>(size())));
    obj->resize(n);
  }

  /*! \brief Makes room for exactly `n` elements; never shrinks. */
  void reserve(int64_t n) {
    if (n > static_cast<int64_t>(capacity())) {
      Growing(0)->Reserve(n);
    }
  }

  /*! \brief Removes all elements; the capacity stays. */
  void clear() {
    if (data_ != nullptr) {
      GetListObj()->clear();
    }
  }

  /*! \brief Replaces element `i`. \throw IndexError When out of bounds. */
  void Set(int64_t i, T value) { Growing(0)->SetItem(i, std::move(value)); }

  /*!
   * \brief Replaces the content of the shared object by a range, which must not point into it.
   * \throw ValueError When the range is reversed.
   */
  template <typename IterType>
  void Assign(IterType first, IterType last) {
    int64_t count = static_cast<int64_t>(std::distance(first, last));
    if (count < 0) {
      detail::ThrowSeqError("ValueError", "cannot construct a List of negative size");
    }
    ListObj* obj = Growing(0);
    obj->Reserve(count);
    obj->clear();
    obj->AppendRangeUnchecked(first, last);
  }

  /*! \brief The object, or null. */
  ListObj* GetListObj() const { return static_cast<ListObj*>(data_.get()); }

  /// \cond Doxygen_Suppress
  using ContainerType = ListObj;
  static constexpr bool _type_container_is_exact = false;
  static constexpr bool _type_is_nullable = false;
  /// \endcond

 private:
  /*! \brief The cell before `cell`; the buffer of an empty list may be null. */
  static const Any* BeforeCell(const Any* cell) {
    return reinterpret_cast<const Any*>(reinterpret_cast<uintptr_t>(cell) - sizeof(Any));
  }

  const ListObj* Checked() const {
    const ListObj* obj = GetListObj();
    if (TVM_FFI_PREDICT_FALSE(obj == nullptr)) {
      detail::ThrowSeqError("IndexError", "cannot index a null list");
    }
    return obj;
  }

  void RequireNotNull(const char* message) const {
    if (TVM_FFI_PREDICT_FALSE(data_ == nullptr)) {
      detail::ThrowSeqError("RuntimeError", message);
    }
  }

  /*! \brief The object (a new one for a null handle) with room for `extra` more elements. */
  ListObj* Growing(int64_t extra) {
    if (data_ == nullptr) {
      data_ = ListObj::Empty();
    }
    ListObj* obj = GetListObj();
    obj->EnsureCapacity(extra);
    return obj;
  }

  template <typename, typename>
  friend class List;
};

template <typename T>
inline constexpr bool use_default_type_traits_v<List<T>> = false;

template <typename T>
struct TypeTraits<List<T>> : public SeqTypeTraitsBase<TypeTraits<List<T>>, List<T>, T> {
  static constexpr int32_t kPrimaryTypeIndex = TypeIndex::kTVMFFIList;
  static constexpr int32_t kOtherTypeIndex = TypeIndex::kTVMFFIArray;
  static constexpr const char* kTypeName = "List";
  static constexpr const char* kStaticTypeKey = StaticTypeKey::kTVMFFIList;
  static constexpr int32_t field_static_type_index = TypeIndex::kTVMFFIList;
};

template <typename T, typename U>
inline constexpr bool type_subsumes_v<List<T>, List<U>, void> = type_subsumes_v<T, U>;

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_CONTAINER_LIST_H_
