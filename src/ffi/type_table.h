// SPDX-License-Identifier: Apache-2.0
/*!
 * \file type_table.h
 * \brief The process-wide table of types and of type attribute columns.
 *
 * Invariant: whatever a reader may have seen stays valid. Entries and columns keep their address,
 * arrays are replaced and never freed, a new array is published before the count that needs it.
 * Compiled consumers read `TVMFFITypeInfo` and `TVMFFITypeAttrColumn` inline and without a lock, so
 * this holds for the raw structs and not only behind these methods. Writers share one mutex.
 */
#ifndef TVM_FFI_SRC_FFI_TYPE_TABLE_H_
#define TVM_FFI_SRC_FFI_TYPE_TABLE_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "fork_safe_mutex.h"

namespace tvm {
namespace ffi {

/*!
 * \brief Storage that grows by moving to a larger, zero-filled array while keeping the old ones.
 *
 * It holds the bytes only; who publishes the pointer and the count is up to the user.
 */
template <typename T>
class GrowOnlyArray {
 public:
  static_assert(std::is_trivially_copyable_v<T>, "records are moved as bytes");

  GrowOnlyArray() = default;
  GrowOnlyArray(const GrowOnlyArray&) = delete;
  GrowOnlyArray& operator=(const GrowOnlyArray&) = delete;

  /*!
   * \brief Returns an array of at least `size` records whose first `used` ones are the current
   * ones.
   * \param min_capacity Number of records of the first array.
   * \throw std::bad_alloc with nothing changed.
   */
  T* Reserve(size_t size, size_t used, size_t min_capacity) {
    if (size <= capacity_) return arrays_.back().get();
    size_t capacity = std::max(std::max(size, 2 * capacity_), min_capacity);
    // calloc leaves the untouched part of a large array unmapped.
    Array fresh(static_cast<T*>(std::calloc(capacity, sizeof(T))));
    if (fresh == nullptr) throw std::bad_alloc();
    if (used != 0)
      std::memcpy(static_cast<void*>(fresh.get()), arrays_.back().get(), used * sizeof(T));
    arrays_.push_back(std::move(fresh));
    capacity_ = capacity;
    return arrays_.back().get();
  }

 private:
  struct Free {
    void operator()(T* array) const { std::free(array); }
  };
  using Array = std::unique_ptr<T, Free>;

  std::vector<Array> arrays_;
  size_t capacity_ = 0;
};

/*! \brief Types and attribute columns. Usable before `main`; never destroyed. */
class TypeTable {
 public:
  /*! \brief `parent_type_index` that only asks for a key, and the answer "unknown". */
  static constexpr int32_t kQueryOnly = -2;
  /*! \brief `static_type_index` that reports failures instead of ending the process. */
  static constexpr int32_t kReportFailure = -2;

  /*! \brief The table; made at the first call. */
  static TypeTable* Global();

  /*!
   * \brief Implements TVMFFITypeGetOrAllocIndex.
   * \throw Error of kind InternalError; the table is unchanged.
   */
  int32_t GetOrAllocIndex(std::string_view type_key, int32_t static_type_index, int32_t type_depth,
                          int32_t num_child_slots, bool child_slots_can_overflow,
                          int32_t parent_type_index);

  /*! \brief Entry of an index, or NULL. Takes no lock. */
  const TVMFFITypeInfo* Find(int32_t type_index) const noexcept { return FindEntry(type_index); }

  /*! \brief Entry of a key, or NULL. */
  const TVMFFITypeInfo* FindKey(std::string_view type_key) const;

  /*!
   * \brief Gives up a type whose definition failed: its key is free for another type, while the
   *        entry stays for objects that may exist.
   * \throw Error: unknown type.
   */
  void RetireKey(int32_t type_index);

  /*! \brief Entries of all types that have a key, in index order. */
  std::vector<const TVMFFITypeInfo*> ListTypes() const;

  /*! \brief Appends a field. \throw Error: unknown type, or the type has a field of that name. */
  void RegisterField(int32_t type_index, const TVMFFIFieldInfo& info);

  /*! \brief Appends a method. \throw Error: unknown type. */
  void RegisterMethod(int32_t type_index, const TVMFFIMethodInfo& info);

  /*! \brief Sets the metadata. \throw Error: unknown type, or it has metadata. */
  void RegisterMetadata(int32_t type_index, const TVMFFITypeMetadata& metadata);

  /*! \brief Sets an attribute cell. \throw Error: negative index, or the cell is taken. */
  void RegisterAttr(int32_t type_index, std::string_view attr_name, AnyView value);

  /*! \brief The column of a name, or NULL. */
  const TVMFFITypeAttrColumn* FindColumn(std::string_view attr_name) const;

 private:
  struct Entry : public TVMFFITypeInfo {
    std::string key_data;
    std::vector<const TVMFFITypeInfo*> ancestors_data;
    GrowOnlyArray<TVMFFIFieldInfo> fields_data;
    GrowOnlyArray<TVMFFIMethodInfo> methods_data;
    TVMFFITypeMetadata metadata_data{};
    /*! \brief Indices reserved for this type and its children, the own one included. */
    int32_t num_slots = 1;
    int32_t allocated_slots = 1;
    bool child_slots_can_overflow = true;
  };

  struct Column {
    std::string name;
    TVMFFITypeAttrColumn view{};
    GrowOnlyArray<TVMFFIAny> cells;
  };

  /*! \brief Index to entry, as lock-free readers see it. */
  struct Slots {
    explicit Slots(size_t capacity)
        : capacity(capacity), entries(new std::atomic<Entry*>[capacity]()) {}
    size_t capacity;
    std::unique_ptr<std::atomic<Entry*>[]> entries;
  };

  /*! \brief Where a new type goes, worked out before anything is changed. */
  struct Placement {
    int32_t index;
    bool in_parent_slots;
  };

  TypeTable();
  void RegisterBuiltins();
  Entry* FindEntry(int32_t type_index) const noexcept {
    const Slots* slots = slots_.load(std::memory_order_acquire);
    // A negative index becomes a large one.
    if (static_cast<uint32_t>(type_index) >= slots->capacity) return nullptr;
    return slots->entries[static_cast<size_t>(type_index)].load(std::memory_order_acquire);
  }
  Entry* RequireEntry(int32_t type_index) const;
  Placement Place(std::string_view type_key, int32_t static_type_index, int32_t type_depth,
                  int32_t num_child_slots, const Entry* parent) const;
  Entry* AddEntry(std::string_view type_key, int32_t index, int32_t num_child_slots,
                  bool child_slots_can_overflow, const Entry* parent);
  void GrowSlots(size_t capacity);
  Column* EnsureColumn(std::string_view attr_name);
  TVMFFIByteArray KeepBytes(const TVMFFIByteArray& text);
  TVMFFIAny KeepAny(Any value);

  mutable ForkSafeMutex mutex_;
  std::atomic<const Slots*> slots_{nullptr};
  /*! \brief All slot arrays, the last one in force. */
  std::vector<std::unique_ptr<Slots>> slot_arrays_;
  /*! \brief One past the last reserved index. */
  int32_t size_ = kTVMFFIDynObjectBegin;
  std::deque<Entry> entries_;
  std::unordered_map<std::string_view, Entry*> entry_by_key_;
  std::deque<Column> columns_;
  std::unordered_map<std::string_view, Column*> column_by_name_;
  /*! \brief Texts and values that records point at. */
  std::deque<std::string> kept_bytes_;
  std::deque<Any> kept_values_;
};

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_SRC_FFI_TYPE_TABLE_H_
