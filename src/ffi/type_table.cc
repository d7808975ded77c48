// SPDX-License-Identifier: Apache-2.0
/*!
 * \file type_table.cc
 * \brief Type registration: indices, fields, methods, metadata and attribute columns.
 */
#include "type_table.h"

#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/string.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <mutex>
#include <utility>

#include "registration_count.h"

namespace tvm {
namespace ffi {
namespace {

/*! \brief Slots that exist from the start; more than most processes ever need. */
constexpr size_t kInitialSlots = 4096;
/*! \brief Type indices stay below this, so that no bad number can exhaust memory. */
constexpr int32_t kMaxTypes = 1 << 24;
/*! \brief First size of a column: enough for the library's own types and some more. */
constexpr size_t kMinColumnCells = 512;
/*! \brief First size of a list of fields or methods. */
constexpr size_t kMinMembers = 4;

std::string_view ToView(const TVMFFIByteArray& text) {
  return std::string_view(text.data, text.size);
}

/*! \brief Makes everything written before visible to whoever sees `value` at `address`. */
template <typename T>
void Publish(T* address, T value) {
#if defined(__GNUC__) || defined(__clang__)
  __atomic_store_n(address, value, __ATOMIC_RELEASE);
#else
  std::atomic_thread_fence(std::memory_order_seq_cst);
  *const_cast<volatile T*>(address) = value;
#endif
}

/*! \brief Sets a free cell: the payload before the type index that makes readers look at it. */
void PublishCell(TVMFFIAny* cell, TVMFFIAny value) {
  cell->zero_padding = value.zero_padding;
  cell->v_uint64 = value.v_uint64;
  Publish(&cell->type_index, value.type_index);
}

}  // namespace

TypeTable* TypeTable::Global() {
  static TypeTable* table = new TypeTable();
  return table;
}

TypeTable::TypeTable() {
  GrowSlots(kInitialSlots);
  RegisterBuiltins();
  // Each binary looks these two up once, at its first hash, and keeps the answer.
  EnsureColumn("__any_hash__");
  EnsureColumn("__any_equal__");
}

void TypeTable::RegisterBuiltins() {
  struct Builtin {
    int32_t index;
    const char* key;
  };
  static constexpr Builtin kValues[] = {
      {kTVMFFINone, StaticTypeKey::kTVMFFINone},
      {kTVMFFIInt, StaticTypeKey::kTVMFFIInt},
      {kTVMFFIBool, StaticTypeKey::kTVMFFIBool},
      {kTVMFFIFloat, StaticTypeKey::kTVMFFIFloat},
      {kTVMFFIOpaquePtr, StaticTypeKey::kTVMFFIOpaquePtr},
      {kTVMFFIDataType, StaticTypeKey::kTVMFFIDataType},
      {kTVMFFIDevice, StaticTypeKey::kTVMFFIDevice},
      {kTVMFFIDLTensorPtr, StaticTypeKey::kTVMFFIDLTensorPtr},
      {kTVMFFIRawStr, StaticTypeKey::kTVMFFIRawStr},
      {kTVMFFIByteArrayPtr, StaticTypeKey::kTVMFFIByteArrayPtr},
      {kTVMFFIObjectRValueRef, StaticTypeKey::kTVMFFIObjectRValueRef},
      {kTVMFFISmallStr, StaticTypeKey::kTVMFFISmallStr},
      {kTVMFFISmallBytes, StaticTypeKey::kTVMFFISmallBytes},
      {kTVMFFIUnchanged, StaticTypeKey::kTVMFFIUnchanged},
  };
  // VisitInterrupt (77) is missing on purpose: its class registers itself.
  static constexpr Builtin kObjects[] = {
      {kTVMFFIStr, StaticTypeKey::kTVMFFIStr},
      {kTVMFFIBytes, StaticTypeKey::kTVMFFIBytes},
      {kTVMFFIError, StaticTypeKey::kTVMFFIError},
      {kTVMFFIFunction, StaticTypeKey::kTVMFFIFunction},
      {kTVMFFIShape, StaticTypeKey::kTVMFFIShape},
      {kTVMFFITensor, StaticTypeKey::kTVMFFITensor},
      {kTVMFFIArray, StaticTypeKey::kTVMFFIArray},
      {kTVMFFIMap, StaticTypeKey::kTVMFFIMap},
      {kTVMFFIModule, StaticTypeKey::kTVMFFIModule},
      {kTVMFFIOpaquePyObject, StaticTypeKey::kTVMFFIOpaquePyObject},
      {kTVMFFIList, StaticTypeKey::kTVMFFIList},
      {kTVMFFIDict, StaticTypeKey::kTVMFFIDict},
      {kTVMFFIBigInt, StaticTypeKey::kTVMFFIBigInt},
  };
  const Entry* root = AddEntry(StaticTypeKey::kTVMFFIObject, kTVMFFIObject, 0, true, nullptr);
  TVMFFITypeMetadata metadata{};
  metadata.total_size = sizeof(TVMFFIObject);
  metadata.structural_eq_hash_kind = kTVMFFISEqHashKindUnsupported;
  RegisterMetadata(kTVMFFIObject, metadata);
  for (const Builtin& type : kValues) AddEntry(type.key, type.index, 0, false, nullptr);
  for (const Builtin& type : kObjects) AddEntry(type.key, type.index, 0, false, root);
}

//-------------------------------------------------------------------------------------------------
// Indices
//-------------------------------------------------------------------------------------------------

int32_t TypeTable::GetOrAllocIndex(std::string_view type_key, int32_t static_type_index,
                                   int32_t type_depth, int32_t num_child_slots,
                                   bool child_slots_can_overflow, int32_t parent_type_index) {
  if (const TVMFFITypeInfo* known = FindKey(type_key)) return known->type_index;
  if (parent_type_index == kQueryOnly) return kQueryOnly;

  std::unique_lock<ForkSafeMutex> lock(mutex_);
  auto it = entry_by_key_.find(type_key);  // another thread may have been faster
  if (it != entry_by_key_.end()) return it->second->type_index;

  Entry* parent = nullptr;
  if (parent_type_index >= 0) {
    if (parent_type_index >= size_) {
      TVM_FFI_THROW(InternalError)
          << "Check failed: parent_type_index < type_table_.size() (" << parent_type_index
          << " vs. " << size_ << ") :  type_key=" << type_key
          << ", static_index=" << static_type_index;
    }
    parent = FindEntry(parent_type_index);
  }
  Placement place = Place(type_key, static_type_index, type_depth, num_child_slots, parent);
  Entry* entry = AddEntry(type_key, place.index, num_child_slots, child_slots_can_overflow, parent);
  if (place.in_parent_slots) parent->allocated_slots += entry->num_slots;
  return place.index;
}

TypeTable::Placement TypeTable::Place(std::string_view type_key, int32_t static_type_index,
                                      int32_t type_depth, int32_t num_child_slots,
                                      const Entry* parent) const {
  TVM_FFI_ICHECK_GE(num_child_slots, 0) << "type_key=" << type_key;
  const int64_t need = static_cast<int64_t>(num_child_slots) + 1;
  Placement place{static_type_index, false};
  if (static_type_index >= 0) {
    if (static_type_index >= size_) {
      TVM_FFI_THROW(InternalError) << "Check failed: static_type_index < type_table_.size() ("
                                   << static_type_index << " vs. " << size_ << ") : ";
    }
    if (const Entry* taken = FindEntry(static_type_index)) {
      TVM_FFI_THROW(InternalError)
          << "Check failed: (type_table_[static_type_index] == nullptr) is false: "
          << "Conflicting static index " << static_type_index << " between " << taken->key_data
          << " and " << type_key;
    }
  } else {
    (void)TVM_FFI_ICHECK_NOTNULL(parent);
    const int32_t next_slot = parent->type_index + parent->allocated_slots;
    // Slots of a type with a static index may have been given away as static indices.
    if (parent->allocated_slots + need <= parent->num_slots && FindEntry(next_slot) == nullptr) {
      place = Placement{next_slot, true};
    } else {
      TVM_FFI_ICHECK(parent->child_slots_can_overflow)
          << "Reach maximum number of sub-classes for " << parent->key_data;
      TVM_FFI_ICHECK_LE(size_ + need, kMaxTypes) << "the type table is full, type_key=" << type_key;
      place = Placement{size_, false};
    }
  }
  if (parent != nullptr) {
    TVM_FFI_ICHECK_GT(place.index, parent->type_index);
  }
  if (type_depth != 0) {
    (void)TVM_FFI_ICHECK_NOTNULL(parent);
    TVM_FFI_ICHECK_EQ(type_depth, parent->type_depth + 1);
  }
  return place;
}

TypeTable::Entry* TypeTable::AddEntry(std::string_view type_key, int32_t index,
                                      int32_t num_child_slots, bool child_slots_can_overflow,
                                      const Entry* parent) {
  const bool at_end = index >= size_;
  const size_t end = static_cast<size_t>(index) + static_cast<size_t>(num_child_slots) + 1;
  if (at_end && end > slot_arrays_.back()->capacity) {
    GrowSlots(std::max(end, 2 * slot_arrays_.back()->capacity));
  }
  entries_.emplace_back();
  Entry* entry = &entries_.back();
  try {
    entry->key_data.assign(type_key);
    if (parent != nullptr) {
      entry->ancestors_data = parent->ancestors_data;
      entry->ancestors_data.push_back(parent);
    }
    static_cast<TVMFFITypeInfo&>(*entry) = TVMFFITypeInfo{};
    entry->type_index = index;
    entry->type_depth = static_cast<int32_t>(entry->ancestors_data.size());
    entry->type_key = TVMFFIByteArray{entry->key_data.data(), entry->key_data.size()};
    entry->type_key_hash = std::hash<std::string_view>()(type_key);
    entry->num_slots = num_child_slots + 1;
    entry->child_slots_can_overflow =
        child_slots_can_overflow && (parent == nullptr || parent->child_slots_can_overflow);
    if (!entry->ancestors_data.empty()) entry->type_ancestors = entry->ancestors_data.data();
    entry_by_key_.emplace(entry->key_data, entry);
  } catch (...) {
    entries_.pop_back();
    throw;
  }
  if (at_end) size_ = static_cast<int32_t>(end);
  slot_arrays_.back()->entries[static_cast<size_t>(index)].store(entry, std::memory_order_release);
  return entry;
}

void TypeTable::GrowSlots(size_t capacity) {
  auto fresh = std::make_unique<Slots>(capacity);
  if (!slot_arrays_.empty()) {
    const Slots& old = *slot_arrays_.back();
    for (size_t i = 0; i < old.capacity; ++i) {
      fresh->entries[i].store(old.entries[i].load(std::memory_order_relaxed),
                              std::memory_order_relaxed);
    }
  }
  slot_arrays_.push_back(std::move(fresh));
  slots_.store(slot_arrays_.back().get(), std::memory_order_release);
}

const TVMFFITypeInfo* TypeTable::FindKey(std::string_view type_key) const {
  std::shared_lock<ForkSafeMutex> lock(mutex_);
  auto it = entry_by_key_.find(type_key);
  return it != entry_by_key_.end() ? it->second : nullptr;
}

void TypeTable::RetireKey(int32_t type_index) {
  std::unique_lock<ForkSafeMutex> lock(mutex_);
  const Entry* entry = RequireEntry(type_index);
  auto it = entry_by_key_.find(entry->key_data);
  if (it != entry_by_key_.end() && it->second == entry) entry_by_key_.erase(it);
}

std::vector<const TVMFFITypeInfo*> TypeTable::ListTypes() const {
  std::vector<const TVMFFITypeInfo*> result;
  {
    std::shared_lock<ForkSafeMutex> lock(mutex_);
    for (const auto& entry : entry_by_key_) result.push_back(entry.second);
  }
  std::sort(result.begin(), result.end(), [](const TVMFFITypeInfo* a, const TVMFFITypeInfo* b) {
    return a->type_index < b->type_index;
  });
  return result;
}

TypeTable::Entry* TypeTable::RequireEntry(int32_t type_index) const {
  Entry* entry = FindEntry(type_index);
  TVM_FFI_ICHECK(entry != nullptr) << "Cannot find type info for type_index=" << type_index;
  return entry;
}

//-------------------------------------------------------------------------------------------------
// Members and metadata
//-------------------------------------------------------------------------------------------------

TVMFFIByteArray TypeTable::KeepBytes(const TVMFFIByteArray& text) {
  if (text.size == 0) return TVMFFIByteArray{nullptr, 0};
  kept_bytes_.emplace_back(text.data, text.size);
  return TVMFFIByteArray{kept_bytes_.back().data(), kept_bytes_.back().size()};
}

TVMFFIAny TypeTable::KeepAny(Any value) {
  TVMFFIAny raw = *detail::AnyUnsafe::TVMFFIAnyPtrFromAny(value);
  if (raw.type_index >= kTVMFFIStaticObjectBegin) kept_values_.push_back(std::move(value));
  return raw;
}

void TypeTable::RegisterField(int32_t type_index, const TVMFFIFieldInfo& info) {
  // Converting values may run foreign code, so it happens before the lock is taken.
  Any default_value(AnyView::CopyFromTVMFFIAny(info.default_value_or_factory));
  Any setter;
  if ((info.flags & kTVMFFIFieldFlagBitSetterIsFunctionObj) != 0 && info.setter != nullptr) {
    setter = Any(detail::ObjectUnsafe::ObjectPtrFromUnowned<Object>(
        static_cast<TVMFFIObject*>(info.setter)));
  }
  const std::string_view new_name = ToView(info.name);
  std::string_view shadowed;

  std::unique_lock<ForkSafeMutex> lock(mutex_);
  Entry* entry = RequireEntry(type_index);
  for (int32_t i = 0; i < entry->num_fields; ++i) {
    const TVMFFIFieldInfo& existing = entry->fields[i];
    TVM_FFI_ICHECK(std::string_view(existing.name.data, existing.name.size) != new_name)
        << "Duplicate field name \"" << new_name << "\" in type \"" << entry->key_data << "\"";
  }
  for (const TVMFFITypeInfo* ancestor : entry->ancestors_data) {
    for (int32_t i = 0; i < ancestor->num_fields; ++i) {
      if (ToView(ancestor->fields[i].name) == new_name) shadowed = ToView(ancestor->type_key);
    }
  }
  const size_t count = static_cast<size_t>(entry->num_fields);
  TVMFFIFieldInfo* fields = entry->fields_data.Reserve(count + 1, count, kMinMembers);
  TVMFFIFieldInfo field = info;
  field.name = KeepBytes(info.name);
  field.doc = KeepBytes(info.doc);
  field.metadata = KeepBytes(info.metadata);
  field.default_value_or_factory = KeepAny(std::move(default_value));
  KeepAny(std::move(setter));
  fields[count] = field;
  Publish<const TVMFFIFieldInfo*>(&entry->fields, fields);
  Publish(&entry->num_fields, entry->num_fields + 1);
  lock.unlock();

  if (!shadowed.empty()) {
    std::fprintf(
        stderr,
        "[WARNING] Field \"%.*s\" in type \"%s\" duplicates an ancestor field in \"%.*s\". "
        "Child types should not re-register inherited fields.\n",
        static_cast<int>(new_name.size()), new_name.data(), entry->key_data.c_str(),
        static_cast<int>(shadowed.size()), shadowed.data());
  }
}

void TypeTable::RegisterMethod(int32_t type_index, const TVMFFIMethodInfo& info) {
  Any function(AnyView::CopyFromTVMFFIAny(info.method));
  std::unique_lock<ForkSafeMutex> lock(mutex_);
  Entry* entry = RequireEntry(type_index);
  const size_t count = static_cast<size_t>(entry->num_methods);
  TVMFFIMethodInfo* methods = entry->methods_data.Reserve(count + 1, count, kMinMembers);
  TVMFFIMethodInfo method = info;
  method.name = KeepBytes(info.name);
  method.doc = KeepBytes(info.doc);
  method.metadata = KeepBytes(info.metadata);
  method.method = KeepAny(std::move(function));
  methods[count] = method;
  Publish<const TVMFFIMethodInfo*>(&entry->methods, methods);
  Publish(&entry->num_methods, entry->num_methods + 1);
}

void TypeTable::RegisterMetadata(int32_t type_index, const TVMFFITypeMetadata& metadata) {
  std::unique_lock<ForkSafeMutex> lock(mutex_);
  Entry* entry = RequireEntry(type_index);
  if (entry->metadata != nullptr) {
    lock.unlock();
    TVM_FFI_LOG_AND_THROW(RuntimeError)
        << "Overriding " << entry->key_data << ", possible causes:\n"
        << "- two ObjectDef<T>() calls for the same T \n"
        << "- when we forget to assign _type_key to ObjectRef<Y> that inherits from T\n"
        << "- another type with the same key is already registered\n"
        << "Cross check the reflection registration.";
  }
  TVMFFIByteArray doc = KeepBytes(metadata.doc);
  entry->metadata_data = metadata;
  entry->metadata_data.doc = doc;
  Publish<const TVMFFITypeMetadata*>(&entry->metadata, &entry->metadata_data);
}

//-------------------------------------------------------------------------------------------------
// Attribute columns
//-------------------------------------------------------------------------------------------------

TypeTable::Column* TypeTable::EnsureColumn(std::string_view attr_name) {
  auto it = column_by_name_.find(attr_name);
  if (it != column_by_name_.end()) return it->second;
  columns_.emplace_back();
  Column* column = &columns_.back();
  try {
    column->name.assign(attr_name);
    column_by_name_.emplace(column->name, column);
  } catch (...) {
    columns_.pop_back();
    throw;
  }
  return column;
}

void TypeTable::RegisterAttr(int32_t type_index, std::string_view attr_name, AnyView value) {
  TVM_FFI_CHECK(type_index >= 0, ValueError)
      << "TypeAttr `" << attr_name << "` needs a type index, got " << type_index;
  TVM_FFI_CHECK(type_index < kMaxTypes, ValueError)
      << "TypeAttr `" << attr_name << "`: no type can have the index " << type_index;
  Any owned(value);
  std::unique_lock<ForkSafeMutex> lock(mutex_);
  Column* column = EnsureColumn(attr_name);
  if (type_index == kTVMFFINone) return;
  TVMFFITypeAttrColumn& view = column->view;
  if (type_index < view.size && view.data[type_index].type_index != kTVMFFINone) {
    lock.unlock();
    TVM_FFI_THROW(RuntimeError)
        << "TypeAttr `" << attr_name << "` is already registered for type index " << type_index
        << ". To update the stored value, register a mutable container (e.g., Dict/List) once and "
        << "mutate it in place on subsequent calls.";
  }
  const size_t used = static_cast<size_t>(view.size);
  const size_t size = std::max(used, static_cast<size_t>(type_index) + 1);
  TVMFFIAny* cells = column->cells.Reserve(size, used, kMinColumnCells);
  PublishCell(&cells[type_index], KeepAny(std::move(owned)));
  Publish<const TVMFFIAny*>(&view.data, cells);
  Publish(&view.size, static_cast<int32_t>(size));
}

const TVMFFITypeAttrColumn* TypeTable::FindColumn(std::string_view attr_name) const {
  std::shared_lock<ForkSafeMutex> lock(mutex_);
  auto it = column_by_name_.find(attr_name);
  return it != column_by_name_.end() ? &it->second->view : nullptr;
}

}  // namespace ffi
}  // namespace tvm

//-------------------------------------------------------------------------------------------------
// C entry points
//-------------------------------------------------------------------------------------------------

using tvm::ffi::TypeTable;

int32_t TVMFFITypeGetOrAllocIndex(const TVMFFIByteArray* type_key, int32_t static_type_index,
                                  int32_t type_depth, int32_t num_child_slots,
                                  int32_t child_slots_can_overflow, int32_t parent_type_index) {
  auto alloc = [&]() {
    return TypeTable::Global()->GetOrAllocIndex(std::string_view(type_key->data, type_key->size),
                                                static_type_index, type_depth, num_child_slots,
                                                child_slots_can_overflow != 0, parent_type_index);
  };
  if (static_type_index == TypeTable::kReportFailure) {
    TVM_FFI_SAFE_CALL_BEGIN();
    return alloc();
    TVM_FFI_SAFE_CALL_END();
  }
  TVM_FFI_LOG_EXCEPTION_CALL_BEGIN();
  return alloc();
  TVM_FFI_LOG_EXCEPTION_CALL_END(TVMFFITypeGetOrAllocIndex);
}

const TVMFFITypeInfo* TVMFFIGetTypeInfo(int32_t type_index) {
  if (const TVMFFITypeInfo* info = TypeTable::Global()->Find(type_index)) return info;
  TVM_FFI_LOG_EXCEPTION_CALL_BEGIN();
  const TVMFFITypeInfo* entry = nullptr;
  TVM_FFI_ICHECK(entry != nullptr) << "Cannot find type info for type_index=" << type_index;
  return entry;
  TVM_FFI_LOG_EXCEPTION_CALL_END(TVMFFIGetTypeInfo);
}

int TVMFFITypeKeyToIndex(const TVMFFIByteArray* type_key, int32_t* out_tindex) {
  TVM_FFI_SAFE_CALL_BEGIN();
  std::string_view key(type_key->data, type_key->size);
  const TVMFFITypeInfo* info = TypeTable::Global()->FindKey(key);
  if (info == nullptr) {
    TVM_FFI_THROW(InternalError)
        << "Check failed: (it != type_key2index_.end()) is false: Cannot find type `" << key << "`";
  }
  *out_tindex = info->type_index;
  TVM_FFI_SAFE_CALL_END();
}

int TVMFFITypeRegisterField(int32_t type_index, const TVMFFIFieldInfo* info) {
  TVM_FFI_SAFE_CALL_BEGIN();
  tvm::ffi::CountRegistration();
  TypeTable::Global()->RegisterField(type_index, *info);
  TVM_FFI_SAFE_CALL_END();
}

int TVMFFITypeRegisterMethod(int32_t type_index, const TVMFFIMethodInfo* info) {
  TVM_FFI_SAFE_CALL_BEGIN();
  tvm::ffi::CountRegistration();
  TypeTable::Global()->RegisterMethod(type_index, *info);
  TVM_FFI_SAFE_CALL_END();
}

int TVMFFITypeRegisterMetadata(int32_t type_index, const TVMFFITypeMetadata* metadata) {
  TVM_FFI_SAFE_CALL_BEGIN();
  tvm::ffi::CountRegistration();
  TypeTable::Global()->RegisterMetadata(type_index, *metadata);
  TVM_FFI_SAFE_CALL_END();
}

int TVMFFITypeRegisterAttr(int32_t type_index, const TVMFFIByteArray* attr_name,
                           const TVMFFIAny* attr_value) {
  TVM_FFI_SAFE_CALL_BEGIN();
  tvm::ffi::CountRegistration();
  TypeTable::Global()->RegisterAttr(type_index, std::string_view(attr_name->data, attr_name->size),
                                    tvm::ffi::AnyView::CopyFromTVMFFIAny(*attr_value));
  TVM_FFI_SAFE_CALL_END();
}

const TVMFFITypeAttrColumn* TVMFFIGetTypeAttrColumn(const TVMFFIByteArray* attr_name) {
  TVM_FFI_LOG_EXCEPTION_CALL_BEGIN();
  return TypeTable::Global()->FindColumn(std::string_view(attr_name->data, attr_name->size));
  TVM_FFI_LOG_EXCEPTION_CALL_END(TVMFFIGetTypeAttrColumn);
}
