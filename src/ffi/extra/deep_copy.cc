// SPDX-License-Identifier: Apache-2.0
/*!
 * \file deep_copy.cc
 * \brief `ffi.DeepCopy`: copy of a value and of everything it refers to.
 *
 * Copies of lists, dicts and objects exist before their parts are copied, so cycles find them.
 * Arrays and maps are made after their parts. A reference to one that is still being made gets the
 * original for the time being; the references are corrected at the end.
 */
#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/enum.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/extra/dataclass.h>
#include <tvm/ffi/reflection/registry.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "./object_graph.h"

namespace tvm {
namespace ffi {
namespace {

using object_graph::AsObject;

/*! \brief An object whose parts are being copied. */
struct Frame {
  Any value;
  /*! \brief Parts, replaced by their copies up to `next`. */
  std::vector<Any> parts;
  size_t next = 0;
  /*! \brief Fields that the parts come from; empty for containers. */
  std::vector<const TVMFFIFieldInfo*> fields;
};

using FrameStack = object_graph::FrameStack<Frame>;

bool IsImmutableContainer(int32_t type_index) {
  return type_index == kTVMFFIArray || type_index == kTVMFFIMap;
}

class DeepCopier {
 public:
  Any Copy(const Any& root) {
    Any result = CopyParts(root);
    if (has_placeholders_) {
      for (const auto& [original, entry] : copies_) ReplacePlaceholders(entry.copy);
    }
    return result;
  }

 private:
  struct Entry {
    /*! \brief Keeps the address from being used for another object. */
    Any original;
    Any copy;
  };

  Any CopyParts(const Any& root) {
    FrameStack stack(&active_, object_graph::kGraphWalk);
    // Copy of the value that was just finished; empty exactly when a new frame is on top.
    std::optional<Any> done = Enter(root, &stack);
    while (!stack.empty()) {
      Frame& frame = stack.back();
      if (done.has_value()) frame.parts[frame.next++] = *std::move(done);
      if (frame.next < frame.parts.size()) {
        const Any part = frame.parts[frame.next];
        done = Enter(part, &stack);
      } else {
        done = Finish(stack.Pop());
      }
    }
    return *std::move(done);
  }

  static bool IsShared(const Any& value) {
    switch (value.type_index()) {
      case kTVMFFIStr:
      case kTVMFFIBytes:
      case kTVMFFIShape:
      case kTVMFFIBigInt:
        return true;
      default:
        return value.type_index() < kTVMFFIStaticObjectBegin || value.as<EnumObj>() != nullptr;
    }
  }

  /*! \brief Copy of a value that needs no frame; otherwise pushes one and returns nothing. */
  std::optional<Any> Enter(const Any& value, FrameStack* stack) {
    if (IsShared(value)) return value;
    const Object* obj = AsObject(value);
    if (auto it = copies_.find(obj); it != copies_.end()) return it->second.copy;
    if (active_.Contains(obj)) {
      has_placeholders_ = true;
      return value;
    }
    Frame frame;
    frame.value = value;
    switch (value.type_index()) {
      case kTVMFFIArray:
      case kTVMFFIMap:
        break;
      case kTVMFFIList:
        Register(value, List<Any>());
        break;
      case kTVMFFIDict:
        Register(value, Dict<Any, Any>());
        break;
      default:
        Register(value, ShallowCopy(value));
        frame.fields = object_graph::FieldsWithout(value.type_index(), 0);
        frame.parts.reserve(frame.fields.size());
        for (const TVMFFIFieldInfo* field : frame.fields) {
          frame.parts.push_back(reflection::FieldGetter(field)(obj));
        }
        stack->Push(std::move(frame));
        return std::nullopt;
    }
    frame.parts = object_graph::ContainerParts(obj);
    stack->Push(std::move(frame));
    return std::nullopt;
  }

  static Any ShallowCopy(const Any& value) {
    static const reflection::TypeAttrColumn hooks(type_attr::kShallowCopy);
    const int32_t type_index = value.type_index();
    auto copy_fn = type_attr::kShallowCopy.ValueFrom(hooks[type_index]);
    TVM_FFI_ICHECK(copy_fn.has_value())
        << "Cannot deep copy object of type \"" << object_graph::TypeKeyOf(type_index)
        << "\" because it is not copy-constructible";
    Any copy = (*copy_fn)(AsObject(value));
    // The fields are about to be written at the offsets of this type.
    if (copy.type_index() != type_index) {
      TVM_FFI_THROW(TypeError) << "__ffi_shallow_copy__ of type `"
                               << object_graph::TypeKeyOf(type_index)
                               << "` returned a value of type `"
                               << object_graph::TypeKeyOf(copy.type_index()) << "`";
    }
    return copy;
  }

  void Register(const Any& original, Any copy) {
    copies_.emplace(AsObject(original), Entry{original, std::move(copy)});
  }

  Any Finish(Frame frame) {
    switch (frame.value.type_index()) {
      case kTVMFFIArray:
        Register(frame.value, Array<Any>(frame.parts.begin(), frame.parts.end()));
        break;
      case kTVMFFIMap: {
        Map<Any, Any> map;
        SetEntries(frame.parts, &map);
        Register(frame.value, std::move(map));
        break;
      }
      case kTVMFFIList: {
        List<Any> list = CopyOf(frame.value).cast<List<Any>>();
        for (const Any& part : frame.parts) list.push_back(part);
        break;
      }
      case kTVMFFIDict: {
        Dict<Any, Any> dict = CopyOf(frame.value).cast<Dict<Any, Any>>();
        SetEntries(frame.parts, &dict);
        break;
      }
      default:
        SetFields(frame);
    }
    return CopyOf(frame.value);
  }

  template <typename Mapping>
  static void SetEntries(const std::vector<Any>& parts, Mapping* mapping) {
    for (size_t i = 0; i < parts.size(); i += 2) mapping->Set(parts[i], parts[i + 1]);
  }

  void SetFields(const Frame& frame) {
    const Any& copy = CopyOf(frame.value);
    for (size_t i = 0; i < frame.fields.size(); ++i) {
      SetFieldIfChanged(frame.fields[i], AsObject(copy), frame.parts[i]);
    }
  }

  static void SetFieldIfChanged(const TVMFFIFieldInfo* field, const Object* obj, const Any& value) {
    if (reflection::FieldGetter(field)(obj).same_as(value)) return;
    reflection::FieldSetter setter(field);
    setter(obj, value);
  }

  const Any& CopyOf(const Any& original) const {
    return copies_.find(AsObject(original))->second.copy;
  }

  // ---- placeholders ----

  /*! \brief The copy of an original, or the value itself when it is no original. */
  const Any& Resolve(const Any& value) const {
    if (!IsImmutableContainer(value.type_index())) return value;
    auto it = copies_.find(AsObject(value));
    return it == copies_.end() ? value : it->second.copy;
  }

  void ReplacePlaceholders(const Any& copy) const {
    const int32_t type_index = copy.type_index();
    if (type_index == kTVMFFIList) {
      List<Any> list = copy.cast<List<Any>>();
      for (size_t i = 0; i < list.size(); ++i) {
        const int64_t position = static_cast<int64_t>(i);
        list.Set(position, Resolve(list[position]));
      }
    } else if (type_index == kTVMFFIDict) {
      ReplaceInDict(copy.cast<Dict<Any, Any>>());
    } else if (type_index >= kTVMFFIStaticObjectEnd) {
      for (const TVMFFIFieldInfo* field : object_graph::FieldsWithout(type_index, 0)) {
        const Any value = reflection::FieldGetter(field)(AsObject(copy));
        SetFieldIfChanged(field, AsObject(copy), Resolve(value));
      }
    }
  }

  void ReplaceInDict(Dict<Any, Any> dict) const {
    const std::vector<Any> parts = object_graph::ContainerParts(dict.get());
    for (size_t i = 0; i < parts.size(); i += 2) {
      const Any& key = Resolve(parts[i]);
      const Any& value = Resolve(parts[i + 1]);
      if (key.same_as(parts[i]) && value.same_as(parts[i + 1])) continue;
      dict.erase(parts[i]);
      dict.Set(key, value);
    }
  }

  bool has_placeholders_ = false;
  object_graph::ActiveSet active_;
  std::unordered_map<const Object*, Entry> copies_;
};

TVM_FFI_STATIC_INIT_BLOCK() {
  reflection::EnsureTypeAttrColumn(type_attr::kShallowCopy);
  reflection::GlobalDef().def("ffi.DeepCopy", DeepCopy);
}

}  // namespace

Any DeepCopy(const Any& value) { return DeepCopier().Copy(value); }

}  // namespace ffi
}  // namespace tvm
