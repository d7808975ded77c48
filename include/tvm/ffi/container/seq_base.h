// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/container/seq_base.h
 * \brief SeqBaseObj: the element buffer behind Array and List, and their shared conversion rules.
 *
 * A sequence object is a header followed by a TVMFFISeqCell: a buffer of `capacity` cells of which
 * the first `size` are constructed. `data_deleter` null means that the buffer is part of the
 * object's own allocation. Elements are always reached through `data`, never by offset from the
 * object, because both placements exist. Every consumer binary inlines this code and works on
 * objects of other binaries, so the layout is fixed for ever.
 *
 * SeqBaseObj is invisible to the type system: test for ArrayObj or ListObj by type index before
 * using it.
 */
#ifndef TVM_FFI_CONTAINER_SEQ_BASE_H_
#define TVM_FFI_CONTAINER_SEQ_BASE_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/container/container_detail.h>
#include <tvm/ffi/object.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <limits>
#include <new>
#include <optional>
#include <string>
#include <utility>

namespace tvm {
namespace ffi {
namespace detail {

// The throwing halves of the bounds checks, out of line so that the checks stay two instructions.
[[noreturn]] TVM_FFI_NO_INLINE TVM_FFI_COLD_CODE inline void ThrowSeqIndexError(int64_t index,
                                                                                int64_t size) {
  TVM_FFI_THROW(IndexError) << "Index " << index << " out of bounds " << size;
  TVM_FFI_UNREACHABLE();
}

[[noreturn]] TVM_FFI_NO_INLINE TVM_FFI_COLD_CODE inline void ThrowSeqInsertError(int64_t index,
                                                                                 int64_t size) {
  TVM_FFI_THROW(IndexError) << "Index " << index << " out of bounds [0, " << size << "]";
  TVM_FFI_UNREACHABLE();
}

[[noreturn]] TVM_FFI_NO_INLINE TVM_FFI_COLD_CODE inline void ThrowSeqRangeError(int64_t first,
                                                                                int64_t last,
                                                                                int64_t size) {
  TVM_FFI_THROW(IndexError) << "Erase range [" << first << ", " << last << ") out of bounds "
                            << size;
  TVM_FFI_UNREACHABLE();
}

[[noreturn]] TVM_FFI_NO_INLINE TVM_FFI_COLD_CODE inline void ThrowSeqError(const char* kind,
                                                                           const char* message) {
  throw Error(kind, message, TVMFFIBacktrace(__FILE__, __LINE__, TVM_FFI_FUNC_SIG, 0));
}

/*!
 * \brief Checks that a buffer of `n` cells can exist at all.
 * \throw std::bad_alloc When its byte size would overflow.
 */
TVM_FFI_INLINE void CheckSeqCapacity(int64_t n) {
  if (TVM_FFI_PREDICT_FALSE(static_cast<uint64_t>(n) >
                            std::numeric_limits<ptrdiff_t>::max() / sizeof(Any) - sizeof(Any))) {
    throw std::bad_alloc();
  }
}

}  // namespace detail

/*! \brief Buffer of owned cells; base of ArrayObj and ListObj. Indices are `int64_t`. */
class SeqBaseObj : public Object, protected TVMFFISeqCell {
 public:
  SeqBaseObj() {
    TVMFFISeqCell::data = nullptr;
    TVMFFISeqCell::size = 0;
    TVMFFISeqCell::capacity = 0;
    TVMFFISeqCell::data_deleter = nullptr;
  }

  SeqBaseObj(const SeqBaseObj&) = delete;
  SeqBaseObj& operator=(const SeqBaseObj&) = delete;

  ~SeqBaseObj() {
    Any* first = MutableBegin();
    for (int64_t i = 0; i < TVMFFISeqCell::size; ++i) {
      detail::DestroyElement(first + i);
    }
    if (TVMFFISeqCell::data_deleter != nullptr) {
      TVMFFISeqCell::data_deleter(TVMFFISeqCell::data);
    }
  }

  /*! \brief Number of elements. */
  size_t size() const { return static_cast<size_t>(TVMFFISeqCell::size); }
  /*! \brief Number of cells in the buffer. */
  size_t capacity() const { return static_cast<size_t>(TVMFFISeqCell::capacity); }
  /*! \brief Whether there are no elements. */
  bool empty() const { return TVMFFISeqCell::size == 0; }

  /*!
   * \brief Element `i`.
   * \throw IndexError When `i` is negative or not less than the size.
   */
  const Any& at(int64_t i) const {
    CheckIndex(i);
    return MutableBegin()[i];
  }
  /*! \brief Same as `at`. */
  const Any& operator[](int64_t i) const { return this->at(i); }

  /*! \brief First element. \throw IndexError When empty. */
  const Any& front() const {
    if (TVM_FFI_PREDICT_FALSE(empty())) {
      detail::ThrowSeqError("IndexError", "front() on empty sequence");
    }
    return *MutableBegin();
  }
  /*! \brief Last element. \throw IndexError When empty. */
  const Any& back() const {
    if (TVM_FFI_PREDICT_FALSE(empty())) {
      detail::ThrowSeqError("IndexError", "back() on empty sequence");
    }
    return MutableBegin()[TVMFFISeqCell::size - 1];
  }

  const Any* begin() const { return MutableBegin(); }
  const Any* end() const { return MutableEnd(); }

  /*! \brief Destroys all elements, last first; the capacity stays. */
  void clear() { ShrinkBy(TVMFFISeqCell::size); }

  /*!
   * \brief Replaces element `i`.
   * \throw IndexError When `i` is negative or not less than the size.
   */
  void SetItem(int64_t i, Any item) {
    CheckIndex(i);
    MutableBegin()[i] = std::move(item);
  }
  /*! \brief Replaces element `i`, which the caller has checked. */
  void SetItemAfterCheck(int64_t i, Any item) { MutableBegin()[i] = std::move(item); }

  /*!
   * \brief Constructs the values of a range over the cells from `idx` on.
   * \return this
   * \note The cells are not destroyed first, so they must hold None.
   */
  template <typename IterType>
  SeqBaseObj* InitRange(int64_t idx, IterType first, IterType last) {
    TVM_FFI_DCHECK_GE(idx, 0);
    TVM_FFI_DCHECK_LE(idx + std::distance(first, last), TVMFFISeqCell::size);
    for (Any* slot = MutableBegin() + idx; first != last; ++first, ++slot) {
      new (slot) Any(*first);
    }
    return this;
  }

  /*! \brief Removes the last element. \throw IndexError When empty. */
  void pop_back() {
    if (TVM_FFI_PREDICT_FALSE(empty())) {
      detail::ThrowSeqError("IndexError", "pop_back on empty sequence");
    }
    ShrinkBy(1);
  }

  /*! \brief Removes element `idx`. \throw IndexError When out of bounds. */
  void erase(int64_t idx) {
    CheckIndex(idx);
    MoveElementsLeft(idx, idx + 1, TVMFFISeqCell::size);
    ShrinkBy(1);
  }

  /*!
   * \brief Removes the elements of `[first, last)`; an empty range does nothing, whatever its
   * place.
   * \throw IndexError When the range is reversed or not inside the sequence.
   */
  void erase(int64_t first, int64_t last) {
    if (first == last) return;
    if (TVM_FFI_PREDICT_FALSE(first < 0 || last > TVMFFISeqCell::size || first >= last)) {
      detail::ThrowSeqRangeError(first, last, TVMFFISeqCell::size);
    }
    MoveElementsLeft(first, last, TVMFFISeqCell::size);
    ShrinkBy(last - first);
  }

  /*!
   * \brief Inserts before position `idx`. The caller has made room for one more element.
   * \throw IndexError When `idx` is negative or greater than the size.
   */
  void insert(int64_t idx, Any item) {
    CheckInsertPosition(idx);
    int64_t old_size = TVMFFISeqCell::size;
    EnlargeBy(1);
    MoveElementsRight(idx + 1, idx, old_size);
    MutableBegin()[idx] = std::move(item);
  }

  /*!
   * \brief Inserts a range before position `idx`. The caller has made room for it. An empty range
   * does nothing, whatever `idx`.
   * \throw IndexError When `idx` is negative or greater than the size.
   */
  template <typename IterType>
  void insert(int64_t idx, IterType first, IterType last) {
    int64_t count = static_cast<int64_t>(std::distance(first, last));
    if (count == 0) return;
    CheckInsertPosition(idx);
    int64_t old_size = TVMFFISeqCell::size;
    EnlargeBy(count);
    MoveElementsRight(idx + count, idx, old_size);
    for (Any* slot = MutableBegin() + idx; first != last; ++first, ++slot) {
      *slot = Any(*first);
    }
  }

  /*! \brief Reverses the order of the elements in place. */
  void Reverse() {
    Any* cells = MutableBegin();
    for (int64_t i = 0, j = TVMFFISeqCell::size - 1; i < j; ++i, --j) {
      cells[i].swap(cells[j]);
    }
  }

  /*!
   * \brief Makes the size `n`: new elements are None, surplus ones are destroyed. The caller has
   * made room.
   * \throw ValueError When `n` is negative.
   */
  void resize(int64_t n) {
    if (TVM_FFI_PREDICT_FALSE(n < 0)) {
      detail::ThrowSeqError("ValueError", "Cannot resize to negative size");
    }
    if (n > TVMFFISeqCell::size) {
      EnlargeBy(n - TVMFFISeqCell::size);
    } else {
      ShrinkBy(TVMFFISeqCell::size - n);
    }
  }

 protected:
  /*! \brief First cell. */
  Any* MutableBegin() const { return static_cast<Any*>(TVMFFISeqCell::data); }
  /*! \brief Behind the last cell. */
  Any* MutableEnd() const { return MutableBegin() + TVMFFISeqCell::size; }

  /*! \brief Constructs the cell `idx`; the size does not change. */
  template <typename... Args>
  void EmplaceInit(size_t idx, Args&&... args) {
    new (MutableBegin() + idx) Any(std::forward<Args>(args)...);
  }

  /*! \brief Appends `delta` copies of `val`. */
  void EnlargeBy(int64_t delta, const Any& val = Any()) {
    while (delta-- > 0) {
      AppendUnchecked(val);
    }
  }

  /*! \brief Destroys the last `delta` elements, last first. */
  void ShrinkBy(int64_t delta) {
    while (delta-- > 0) {
      MutableBegin()[TVMFFISeqCell::size - 1].Any::~Any();
      --TVMFFISeqCell::size;
    }
  }

  /*! \brief Move-assigns `[src_begin, src_end)` to the places from the lower index `dst` on. */
  void MoveElementsLeft(int64_t dst, int64_t src_begin, int64_t src_end) {
    Any* cells = MutableBegin();
    for (int64_t i = src_begin; i < src_end; ++i, ++dst) {
      cells[dst] = std::move(cells[i]);
    }
  }

  /*! \brief Move-assigns `[src_begin, src_end)` to the places from the higher index `dst` on. */
  void MoveElementsRight(int64_t dst, int64_t src_begin, int64_t src_end) {
    Any* cells = MutableBegin();
    for (int64_t i = src_end - 1; i >= src_begin; --i) {
      cells[dst + (i - src_begin)] = std::move(cells[i]);
    }
  }

  /*!
   * \brief Appends an element into existing room. The size grows only after the construction, so
   * that an exception leaves an object that can be destroyed.
   */
  template <typename... Args>
  void AppendUnchecked(Args&&... args) {
    EmplaceInit(static_cast<size_t>(TVMFFISeqCell::size), std::forward<Args>(args)...);
    ++TVMFFISeqCell::size;
  }

  /*! \brief Appends every value of a range into existing room. */
  template <typename IterType>
  void AppendRangeUnchecked(IterType first, IterType last) {
    for (; first != last; ++first) {
      AppendUnchecked(*first);
    }
  }

  /*! \brief Copies all elements of `from` behind the own ones. */
  void AppendCopiesUnchecked(const SeqBaseObj* from) {
    AppendRangeUnchecked(from->begin(), from->end());
  }

  /*! \brief Takes over all elements of `from`, which is left empty, behind the own ones. */
  void AppendRelocatedUnchecked(SeqBaseObj* from) {
    Relocate(MutableBegin() + TVMFFISeqCell::size, from->MutableBegin(), from->TVMFFISeqCell::size);
    TVMFFISeqCell::size += from->TVMFFISeqCell::size;
    from->TVMFFISeqCell::size = 0;
  }

  /*!
   * \brief Moves `n` cells into raw memory and leaves raw memory behind.
   *
   * Nothing refers to a cell by its address, so its bytes are all that has to move.
   */
  static void Relocate(Any* to, Any* from, int64_t n) {
    if (n > 0) std::memcpy(static_cast<void*>(to), from, static_cast<size_t>(n) * sizeof(Any));
  }

 private:
  void CheckIndex(int64_t i) const {
    if (TVM_FFI_PREDICT_FALSE(static_cast<uint64_t>(i) >=
                              static_cast<uint64_t>(TVMFFISeqCell::size))) {
      detail::ThrowSeqIndexError(i, TVMFFISeqCell::size);
    }
  }

  void CheckInsertPosition(int64_t idx) const {
    if (TVM_FFI_PREDICT_FALSE(static_cast<uint64_t>(idx) >
                              static_cast<uint64_t>(TVMFFISeqCell::size))) {
      detail::ThrowSeqInsertError(idx, TVMFFISeqCell::size);
    }
  }
};

static_assert(sizeof(SeqBaseObj) == sizeof(TVMFFIObject) + sizeof(TVMFFISeqCell),
              "Sequence objects are read by every binding through this layout");

/*!
 * \brief Traits shared by `Array<T>` and `List<T>`.
 *
 * `Derived` supplies `kPrimaryTypeIndex` (its own objects), `kOtherTypeIndex` (the sequence type it
 * converts from), `kTypeName` and `kStaticTypeKey`.
 */
template <typename Derived, typename SeqRef, typename T>
struct SeqTypeTraitsBase : public ObjectRefTypeTraitsBase<SeqRef> {
  using ObjectRefTypeTraitsBase<SeqRef>::CopyFromAnyViewAfterCheck;

  static bool CheckAnyStrict(const TVMFFIAny* src) {
    return src->type_index == Derived::kPrimaryTypeIndex && AllElementsMatch(AsSeq(src));
  }

  /*! \brief The same object when nothing needs conversion, otherwise a new one; or no value. */
  static std::optional<SeqRef> TryCastFromAnyView(const TVMFFIAny* src) {
    if (!IsSequence(src)) return std::nullopt;
    const SeqBaseObj* seq = AsSeq(src);
    if (src->type_index == Derived::kPrimaryTypeIndex && AllElementsMatch(seq)) {
      return CopyFromAnyViewAfterCheck(src);
    }
    SeqRef result;
    result.reserve(static_cast<int64_t>(seq->size()));
    for (const Any& element : *seq) {
      std::optional<T> converted = detail::TryCastElement<T>(element);
      if (!converted.has_value()) return std::nullopt;
      result.emplace_back(*std::move(converted));
    }
    return result;
  }

  static std::string GetMismatchTypeInfo(const TVMFFIAny* src) {
    if (!IsSequence(src)) return TypeTraitsBase::GetMismatchTypeInfo(src);
    if constexpr (!std::is_same_v<T, Any>) {
      const SeqBaseObj* seq = AsSeq(src);
      for (size_t i = 0; i < seq->size(); ++i) {
        const Any& element = (*seq)[static_cast<int64_t>(i)];
        if (detail::AnyUnsafe::CheckAnyStrict<T>(element)) continue;
        if (detail::TryCastElement<T>(element).has_value()) continue;
        return std::string(Derived::kTypeName) + "[index " +
               detail::DecimalText(static_cast<int64_t>(i)) + ": " +
               detail::AnyUnsafe::GetMismatchTypeInfo<T>(element) + "]";
      }
    }
    TVM_FFI_THROW(InternalError) << "Cannot reach here";
    TVM_FFI_UNREACHABLE();
  }

  static std::string TypeStr() { return detail::ContainerTypeStr<T>(Derived::kTypeName); }
  static std::string TypeSchema() {
    return detail::ContainerTypeSchema<T>(Derived::kStaticTypeKey);
  }

 private:
  static const SeqBaseObj* AsSeq(const TVMFFIAny* src) {
    return detail::ObjectUnsafe::RawObjectPtrFromUnowned<SeqBaseObj>(src->v_obj);
  }

  static bool IsSequence(const TVMFFIAny* src) {
    return src->type_index == Derived::kPrimaryTypeIndex ||
           src->type_index == Derived::kOtherTypeIndex;
  }

  static bool AllElementsMatch([[maybe_unused]] const SeqBaseObj* seq) {
    if constexpr (!std::is_same_v<T, Any>) {
      for (const Any& element : *seq) {
        if (!detail::AnyUnsafe::CheckAnyStrict<T>(element)) return false;
      }
    }
    return true;
  }
};

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_CONTAINER_SEQ_BASE_H_
