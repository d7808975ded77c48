// SPDX-License-Identifier: Apache-2.0
/*!
 * \file python_class.cc
 * \brief Types whose layout is described at run time, as Python's `@py_class` does: accessors for
 *        their fields, and functions that make, copy and release their objects.
 *
 * Invariant: a block is `BlockHeader`, then the object. The header points at the layout, so that
 * releasing an object depends on nothing that could be registered later. Layouts are never freed,
 * because objects may outlive everything else in the process.
 */
#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/device.h>
#include <tvm/ffi/dtype.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/reflection/accessor.h>
#include <tvm/ffi/reflection/creator.h>
#include <tvm/ffi/reflection/registry.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>
#include <new>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "../fork_safe_mutex.h"
#include "./object_graph.h"
#include "./reflection_internal.h"

namespace tvm {
namespace ffi {
namespace {

// ---- field accessors ----------------------------------------------------------------------------

/*!
 * \brief Calls `visitor(T*)` with the C++ type of a stored field of a static type index.
 * \param accessor Names the accessor in the error for an index without stored form.
 */
template <typename Visitor>
auto VisitStoredType(int32_t type_index, const char* accessor, Visitor visitor) {
  switch (type_index) {
    case kTVMFFIInt:
      return visitor(static_cast<int64_t*>(nullptr));
    case kTVMFFIBool:
      return visitor(static_cast<bool*>(nullptr));
    case kTVMFFIFloat:
      return visitor(static_cast<double*>(nullptr));
    case kTVMFFIOpaquePtr:
      return visitor(static_cast<void**>(nullptr));
    case kTVMFFIDataType:
      return visitor(static_cast<DLDataType*>(nullptr));
    case kTVMFFIDevice:
      return visitor(static_cast<DLDevice*>(nullptr));
    case kTVMFFIAny:
    case kTVMFFINone:
      return visitor(static_cast<Any*>(nullptr));
    default:
      if (type_index >= kTVMFFIStaticObjectBegin) return visitor(static_cast<ObjectRef*>(nullptr));
      TVM_FFI_THROW(ValueError) << "Unsupported field type index for " << accessor << ": "
                                << type_index;
      TVM_FFI_UNREACHABLE();
  }
}

template <typename T>
int GetStoredField(void* field, TVMFFIAny* result) {
  TVM_FFI_SAFE_CALL_BEGIN();
  *result = detail::AnyUnsafe::MoveAnyToTVMFFIAny(Any(*static_cast<const T*>(field)));
  TVM_FFI_SAFE_CALL_END();
}

/*! \brief Body of `ffi.MakeFieldGetter`: address of a TVMFFIFieldGetter. */
int64_t MakeFieldGetter(int32_t type_index) {
  return VisitStoredType(type_index, "getter", [](auto* stored) {
    TVMFFIFieldGetter getter = GetStoredField<std::remove_pointer_t<decltype(stored)>>;
    return static_cast<int64_t>(reinterpret_cast<intptr_t>(getter));
  });
}

/*! \brief Converts a borrowed value to an owned one; as TVMFFIFieldGetter reports errors. */
using FieldConverter = int (*)(void* type_converter, const TVMFFIAny* value, TVMFFIAny* result);

/*! \brief Body of `ffi.MakeFieldSetter`: function `(field address, value)`. */
Function MakeFieldSetter(int32_t type_index, int64_t type_converter, int64_t f_convert) {
  auto setter = [=](void* field, AnyView value) {
    VisitStoredType(type_index, "setter", [&](auto* stored) {
      using Stored = std::remove_pointer_t<decltype(stored)>;
      auto convert = reinterpret_cast<FieldConverter>(static_cast<intptr_t>(f_convert));
      if (convert == nullptr) {
        TVM_FFI_THROW(ValueError) << "The field setter has no converter";
      }
      const TVMFFIAny borrowed = value.CopyToTVMFFIAny();
      TVMFFIAny owned = AnyView().CopyToTVMFFIAny();
      TVM_FFI_CHECK_SAFE_CALL(convert(
          reinterpret_cast<void*>(static_cast<intptr_t>(type_converter)), &borrowed, &owned));
      Any converted = detail::AnyUnsafe::MoveTVMFFIAnyToAny(&owned);
      if constexpr (std::is_same_v<Stored, Any>) {
        *static_cast<Any*>(field) = std::move(converted);
      } else {
        *static_cast<Stored*>(field) = std::move(converted).template cast<Stored>();
      }
    });
  };
  return Function::FromTyped(setter);
}

// ---- objects ------------------------------------------------------------------------------------

/*! \brief How the bytes of a field are owned. */
enum class Storage : uint8_t { kPOD, kAny, kObjectRef };

/*! \brief What making and releasing an object needs to know of a field. */
struct StoredField {
  size_t offset;
  size_t size;
  Storage storage;
};

/*! \brief All fields of a type, inherited ones included. */
struct Layout {
  int32_t type_index;
  size_t total_size;
  std::vector<StoredField> fields;
};

/*! \brief Precedes every object of this file. */
struct alignas(std::max_align_t) BlockHeader {
  const Layout* layout;
};

StoredField Describe(const TVMFFIFieldInfo* info) {
  StoredField field{static_cast<size_t>(info->offset), static_cast<size_t>(info->size),
                    Storage::kPOD};
  const int32_t type_index = info->field_static_type_index;
  const bool may_own = type_index == kTVMFFIAny || type_index >= kTVMFFIStaticObjectBegin;
  if (!may_own) return field;
  if (field.size >= sizeof(Any)) {
    // Any itself, and what C++ parents store as one cell: String, Optional<int>, BigInt.
    field.storage = Storage::kAny;
  } else if (field.size == sizeof(ObjectRef)) {
    field.storage = Storage::kObjectRef;
  }
  return field;
}

/*! \throws ValueError when the fields do not fit into the size. */
Layout DescribeLayout(const TVMFFITypeInfo* type_info, int64_t total_size) {
  Layout layout{type_info->type_index, static_cast<size_t>(total_size), {}};
  int64_t end = sizeof(TVMFFIObject);
  reflection::ForEachFieldInfo(type_info, [&](const TVMFFIFieldInfo* info) {
    layout.fields.push_back(Describe(info));
    end = std::max(end, info->offset + info->size);
  });
  if (total_size < end) {
    TVM_FFI_THROW(ValueError) << "Objects of type `"
                              << object_graph::TypeKeyOf(type_info->type_index) << "` need " << end
                              << " bytes, but their total size is given as " << total_size;
  }
  return layout;
}

/*! \brief Keeps a layout until the process ends. */
const Layout* KeepLayout(Layout layout) {
  static ForkSafeMutex* mutex = new ForkSafeMutex();
  static std::deque<Layout>* layouts = new std::deque<Layout>();
  std::lock_guard<ForkSafeMutex> lock(*mutex);
  return &layouts->emplace_back(std::move(layout));
}

template <typename T>
T* FieldOf(void* object, const StoredField& field) {
  return reinterpret_cast<T*>(static_cast<char*>(object) + field.offset);
}

void DestroyFields(void* object, const Layout& layout) {
  for (const StoredField& field : layout.fields) {
    if (field.storage == Storage::kAny) FieldOf<Any>(object, field)->Any::~Any();
    if (field.storage == Storage::kObjectRef) FieldOf<ObjectRef>(object, field)->~ObjectRef();
  }
}

BlockHeader* BlockOf(void* object) { return static_cast<BlockHeader*>(object) - 1; }

void EndObject(TVMFFIObject* object) {
  DestroyFields(object, *BlockOf(object)->layout);
  std::free(BlockOf(object));
}

/*!
 * \brief The ends of objects that a thread is in, and the objects that end after them.
 *
 * Who holds the last reference to an object ends it inside its own end. From a depth on, the inner
 * object waits for the outer ones instead: chains of objects need no stack for their length.
 */
struct Ends {
  static constexpr int kMaxDepth = 100;

  int depth;
  TVMFFIObject* waiting;  // linked through their counts, which nobody reads any more

  void EndNowOrLater(TVMFFIObject* object) {
    if (depth == kMaxDepth) {
      object->combined_ref_count = reinterpret_cast<uintptr_t>(waiting);
      waiting = object;
      return;
    }
    ++depth;
    EndObject(object);
    while (depth == 1 && waiting != nullptr) {
      TVMFFIObject* next = waiting;
      waiting = reinterpret_cast<TVMFFIObject*>(static_cast<uintptr_t>(next->combined_ref_count));
      EndObject(next);
    }
    --depth;
  }
};

thread_local Ends ends = {0, nullptr};

void DeleteObject(void* object, int flags) {
  if (flags == kTVMFFIObjectDeleterFlagBitMaskBoth) {
    ends.EndNowOrLater(static_cast<TVMFFIObject*>(object));
  } else if ((flags & kTVMFFIObjectDeleterFlagBitMaskStrong) != 0) {
    DestroyFields(object, *BlockOf(object)->layout);  // weak references keep the memory
  } else if ((flags & kTVMFFIObjectDeleterFlagBitMaskWeak) != 0) {
    std::free(BlockOf(object));
  }
}

/*!
 * \brief Object with one strong reference and zeroed bytes; its fields are still to be constructed,
 *        which must not fail.
 * \return nullptr when there is no memory.
 */
TVMFFIObject* AllocateObject(const Layout& layout) {
  auto* block = static_cast<BlockHeader*>(std::calloc(1, sizeof(BlockHeader) + layout.total_size));
  if (block == nullptr) return nullptr;
  block->layout = &layout;
  TVMFFIObject* object = reinterpret_cast<TVMFFIObject*>(block + 1);
  object->combined_ref_count = detail::kCombinedRefCountBothOne;
  object->type_index = layout.type_index;
  object->deleter = DeleteObject;
  return object;
}

ObjectRef Adopt(TVMFFIObject* object) {
  return ObjectRef(detail::ObjectUnsafe::ObjectPtrFromOwned<Object>(object));
}

/*! \brief Body of `__ffi_new__`. */
ObjectRef NewObject(const Layout& layout) {
  TVMFFIObject* object = AllocateObject(layout);
  if (object == nullptr) {
    TVM_FFI_THROW(RuntimeError) << "Failed to allocate " << layout.total_size << " bytes for type "
                                << object_graph::TypeKeyOf(layout.type_index);
  }
  for (const StoredField& field : layout.fields) {
    if (field.storage == Storage::kAny) {
      new (FieldOf<Any>(object, field)) Any();
    } else if (field.storage == Storage::kObjectRef) {
      new (FieldOf<ObjectRef>(object, field)) ObjectRef();
    }
  }
  return Adopt(object);
}

/*! \brief Body of `__ffi_shallow_copy__`. */
ObjectRef CopyObject(const Layout& layout, const Object* source) {
  if (source->type_index() != layout.type_index) {
    TVM_FFI_THROW(TypeError) << "Cannot copy an object of type `" << source->GetTypeKey()
                             << "` as `" << object_graph::TypeKeyOf(layout.type_index) << "`";
  }
  TVMFFIObject* object = AllocateObject(layout);
  if (object == nullptr) {
    TVM_FFI_THROW(RuntimeError) << "Failed to allocate for shallow copy";
  }
  void* from = const_cast<Object*>(source);
  for (const StoredField& field : layout.fields) {
    switch (field.storage) {
      case Storage::kAny:
        new (FieldOf<Any>(object, field)) Any(*FieldOf<const Any>(from, field));
        break;
      case Storage::kObjectRef:
        new (FieldOf<ObjectRef>(object, field)) ObjectRef(*FieldOf<const ObjectRef>(from, field));
        break;
      case Storage::kPOD:
        std::memcpy(FieldOf<char>(object, field), FieldOf<const char>(from, field), field.size);
    }
  }
  return Adopt(object);
}

/*! \brief Body of `ffi._PyClassRegisterTypeAttrColumns`. */
void RegisterPythonClass(int32_t type_index, int32_t total_size) {
  const TVMFFITypeInfo* type_info = reflection::RequireTypeInfo(type_index);
  const Layout* layout = KeepLayout(DescribeLayout(type_info, total_size));
  const std::string type_key(object_graph::TypeKeyOf(type_index));
  Function::GetGlobalRequired("ffi._RegisterFFIInit")(type_index);
  auto ffi_new = [layout]() { return NewObject(*layout); };
  reflection::detail::RegisterTypeAttr(
      type_index, type_attr::kNew.name,
      Function::FromTyped(ffi_new, type_key + "." + type_attr::kNew.name));
  auto shallow_copy = [layout](const Object* source) { return CopyObject(*layout, source); };
  reflection::detail::RegisterTypeAttr(
      type_index, type_attr::kShallowCopy.name,
      Function::FromTyped(shallow_copy, type_key + "." + type_attr::kShallowCopy.name));
}

/*! \brief Body of `ffi.PyClass.RetireKey`: a definition failed after it had registered members. */
void RetireKey(int32_t type_index) { TypeTable::Global()->RetireKey(type_index); }

TVM_FFI_STATIC_INIT_BLOCK() {
  reflection::EnsureTypeAttrColumn(type_attr::kNew);
  reflection::EnsureTypeAttrColumn(type_attr::kInit);
  reflection::GlobalDef()
      .def("ffi.MakeFieldGetter", MakeFieldGetter)
      .def("ffi.MakeFieldSetter", MakeFieldSetter)
      .def("ffi._PyClassRegisterTypeAttrColumns", RegisterPythonClass)
      .def("ffi.PyClass.RetireKey", RetireKey);
}

}  // namespace
}  // namespace ffi
}  // namespace tvm
