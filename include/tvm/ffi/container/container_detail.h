// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/container/container_detail.h
 * \brief Parts shared by all containers: converting iterators and compile-time predicates.
 *
 * The containers store `Any` cells; a typed handle such as `Array<int>` shows them as values of its
 * element type. The adapters below wrap an iterator over cells and convert on every dereference, so
 * `*it` is a fresh value, never a reference into the container. User code has no need to name them.
 */
#ifndef TVM_FFI_CONTAINER_CONTAINER_DETAIL_H_
#define TVM_FFI_CONTAINER_CONTAINER_DETAIL_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>

#include <cstdint>
#include <cstring>
#include <iterator>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

namespace tvm {
namespace ffi {
namespace detail {

/*!
 * \brief Iterator whose dereference is `Converter::convert(*iter)`, by value.
 * \tparam Converter Provides `ResultType` and `static ResultType convert(const Any&)`.
 * \tparam TIter The wrapped iterator over cells.
 */
template <typename Converter, typename TIter>
class IterAdapter {
 public:
  using difference_type = typename std::iterator_traits<TIter>::difference_type;
  using value_type = typename Converter::ResultType;
  using pointer = const typename Converter::ResultType*;
  using reference = const typename Converter::ResultType;
  using iterator_category = typename std::iterator_traits<TIter>::iterator_category;

  explicit IterAdapter(TIter iter) : iter_(iter) {}

  IterAdapter& operator++() {
    ++iter_;
    return *this;
  }
  IterAdapter& operator--() {
    --iter_;
    return *this;
  }
  IterAdapter operator++(int) {
    IterAdapter before = *this;
    ++iter_;
    return before;
  }
  IterAdapter operator--(int) {
    IterAdapter before = *this;
    --iter_;
    return before;
  }
  IterAdapter operator+(difference_type offset) const { return IterAdapter(iter_ + offset); }
  IterAdapter operator-(difference_type offset) const { return IterAdapter(iter_ - offset); }
  IterAdapter& operator+=(difference_type offset) {
    iter_ += offset;
    return *this;
  }
  IterAdapter& operator-=(difference_type offset) {
    iter_ -= offset;
    return *this;
  }
  /*! \brief Distance between two positions; only for random-access iterators. */
  template <typename T = IterAdapter>
  std::enable_if_t<std::is_same_v<typename T::iterator_category, std::random_access_iterator_tag>,
                   typename T::difference_type>
  operator-(const IterAdapter& rhs) const {
    return iter_ - rhs.iter_;
  }

  bool operator==(const IterAdapter& other) const { return iter_ == other.iter_; }
  bool operator!=(const IterAdapter& other) const { return iter_ != other.iter_; }
  reference operator*() const { return Converter::convert(*iter_); }

 private:
  TIter iter_;
};

/*! \brief Like IterAdapter, but `++` walks towards the beginning. */
template <typename Converter, typename TIter>
class ReverseIterAdapter {
 public:
  using difference_type = typename std::iterator_traits<TIter>::difference_type;
  using value_type = typename Converter::ResultType;
  using pointer = const typename Converter::ResultType*;
  using reference = const typename Converter::ResultType;
  using iterator_category = typename std::iterator_traits<TIter>::iterator_category;

  explicit ReverseIterAdapter(TIter iter) : iter_(iter) {}

  ReverseIterAdapter& operator++() {
    --iter_;
    return *this;
  }
  ReverseIterAdapter& operator--() {
    ++iter_;
    return *this;
  }
  ReverseIterAdapter operator++(int) {
    ReverseIterAdapter before = *this;
    --iter_;
    return before;
  }
  ReverseIterAdapter operator--(int) {
    ReverseIterAdapter before = *this;
    ++iter_;
    return before;
  }
  ReverseIterAdapter operator+(difference_type offset) const {
    return ReverseIterAdapter(iter_ - offset);
  }
  /*! \brief Distance between two positions; only for random-access iterators. */
  template <typename T = ReverseIterAdapter>
  std::enable_if_t<std::is_same_v<typename T::iterator_category, std::random_access_iterator_tag>,
                   typename T::difference_type>
  operator-(const ReverseIterAdapter& rhs) const {
    return rhs.iter_ - iter_;
  }

  bool operator==(const ReverseIterAdapter& other) const { return iter_ == other.iter_; }
  bool operator!=(const ReverseIterAdapter& other) const { return iter_ != other.iter_; }
  reference operator*() const { return Converter::convert(*iter_); }

 private:
  TIter iter_;
};

/*! \brief Whether `T` can be an element of a container. */
template <typename T>
inline constexpr bool storage_enabled_v = std::is_same_v<T, Any> || TypeTraits<T>::storage_enabled;

/*! \brief Whether every `T` can be an element of a container. */
template <typename... T>
inline constexpr bool all_storage_enabled_v = (storage_enabled_v<T> && ...);

/*! \brief Whether every `T` derives from ObjectRef. */
template <typename... T>
inline constexpr bool all_object_ref_v = (std::is_base_of_v<ObjectRef, T> && ...);

/*!
 * \brief Text of a parametrised type.
 * \param name The name before the angle bracket.
 * \return For example `X<int, str>`.
 */
template <typename... V>
std::string ContainerTypeStr(const char* name) {
  std::string text = name;
  text += '<';
  const char* separator = "";
  ((text += separator, text += Type2Str<V>::v(), separator = ", "), ...);
  static_cast<void>(separator);
  text += '>';
  return text;
}

/*! \brief `{"type":"<name>","args":[<schema of each V>]}`. */
template <typename... V>
std::string ContainerTypeSchema(const char* name) {
  std::string text = "{\"type\":\"";
  text += name;
  text += CStr("\",\"args\":[");
  const char* separator = "";
  ((text += separator, text += TypeSchema<V>::v(), separator = ","), ...);
  static_cast<void>(separator);
  text += CStr("]}");
  return text;
}

/*!
 * \brief Shows the cell `src` as a value of `T` after its check, or converts it.
 * \return No value when the cell does not convert. `Any` always copies.
 */
template <typename T>
TVM_FFI_INLINE std::optional<T> TryCastElement(const Any& src) {
  if constexpr (std::is_same_v<T, Any>) {
    return src;
  } else {
    return src.template try_cast<T>();
  }
}

// ---- the end of elements ----

/*!
 * \brief What follows the object header of maps; see map_storage.h and map_dense.h.
 *
 * Sequences must take maps apart whose headers their includer may not want.
 */
struct MapCells {
  static constexpr uint64_t kSmallTag = static_cast<uint64_t>(1) << 63;
  static constexpr uint64_t kSlotsPerBlock = 16;
  static constexpr uint64_t kItemSize = 48;

  char* data;
  uint64_t size;
  uint64_t slots;
  void (*data_deleter)(void*);
  uint32_t fib_shift;
  uint64_t first;
  uint64_t last;
};

/*! \brief The last element or value of the container that only `cell` refers to; null when there is
 * none, or when somebody else refers to it. */
inline Any* LastOfSoleContainer(const Any& cell) {
  TVMFFIObject* object = AnyUnsafe::TVMFFIAnyPtrFromAny(cell)->v_obj;
  auto is_sole = [&] {
    if (CountLoadRelaxed(&object->combined_ref_count) != kCombinedRefCountBothOne) return false;
    CountAcquireFence();
    return true;
  };
  switch (cell.type_index()) {
    case TypeIndex::kTVMFFIArray:
    case TypeIndex::kTVMFFIList: {
      if (!is_sole()) return nullptr;
      TVMFFISeqCell* cells = reinterpret_cast<TVMFFISeqCell*>(object + 1);
      return cells->size != 0 ? static_cast<Any*>(cells->data) + (cells->size - 1) : nullptr;
    }
#if !defined(TVM_FFI_DEBUG_WITH_ABI_CHANGE) || !TVM_FFI_DEBUG_WITH_ABI_CHANGE
    case TypeIndex::kTVMFFIMap:
    case TypeIndex::kTVMFFIDict: {
      if (!is_sole()) return nullptr;
      MapCells cells;  // a copy, as the fields belong to a class that is not known here
      std::memcpy(&cells, static_cast<void*>(object + 1), sizeof(cells));
      if (cells.size == 0) return nullptr;
      uint64_t offset = (cells.size - 1) * (2 * sizeof(Any));
      if ((cells.slots & MapCells::kSmallTag) == 0) {
        constexpr uint64_t kMetadataSize = MapCells::kSlotsPerBlock;
        offset = cells.last * MapCells::kItemSize +
                 (cells.last / MapCells::kSlotsPerBlock + 1) * kMetadataSize;
      }
      char* pair = cells.data + offset;
      return reinterpret_cast<Any*>(pair) + 1;
    }
#endif
    default:
      return nullptr;
  }
}

/*!
 * \brief Empties a cell that holds a container.
 *
 * The last element of a container is released after it and not inside its deleter. So a chain of
 * containers, each the last element of the one before, needs no stack for its length.
 */
TVM_FFI_NO_INLINE inline void ReleaseContainer(Any* cell) {
  Any current = std::move(*cell);
  while (Any* last = LastOfSoleContainer(current)) {
    Any next = std::move(*last);
    current = std::move(next);
  }
}

/*! \brief Destroys an element or value of a dying container. */
TVM_FFI_INLINE void DestroyElement(Any* cell) {
  const int32_t type_index = cell->type_index();
  if (type_index < TypeIndex::kTVMFFIStaticObjectBegin) return;
  if (type_index >= TypeIndex::kTVMFFIArray && type_index <= TypeIndex::kTVMFFIDict) {
    ReleaseContainer(cell);
  } else {
    cell->Any::~Any();
  }
}

}  // namespace detail
}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_CONTAINER_CONTAINER_DETAIL_H_
