// SPDX-License-Identifier: Apache-2.0
/*!
 * \file serialization.cc
 * \brief The JSON graph: encoder, decoder and their global functions.
 *
 * Both keep their own stacks. Depth is limited all the same, because the value that a decoder made
 * is released recursively.
 */
#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/device.h>
#include <tvm/ffi/dtype.h>
#include <tvm/ffi/enum.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/extra/base64.h>
#include <tvm/ffi/extra/serialization.h>
#include <tvm/ffi/reflection/accessor.h>
#include <tvm/ffi/reflection/creator.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/ffi/string.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "./json_text.h"
#include "./object_graph.h"

namespace tvm {
namespace ffi {
namespace {

using object_graph::AsObject;
using object_graph::TypeKeyOf;

String ToString(std::string_view text) { return String(text.data(), text.size()); }

/*! \brief Whether a field's value stands in its object's node instead of a node of its own. */
bool IsInlineField(const TVMFFIFieldInfo* field) {
  switch (field->field_static_type_index) {
    case kTVMFFINone:
    case kTVMFFIInt:
    case kTVMFFIBool:
    case kTVMFFIFloat:
    case kTVMFFIDataType:
      return true;
    default:
      return false;
  }
}

void CheckNesting(size_t depth) {
  if (depth >= json::kMaxNesting) {
    TVM_FFI_THROW(ValueError) << "Nesting is deeper than " << json::kMaxNesting << " levels";
  }
}

// ---- encoder ------------------------------------------------------------------------------------

/*! \brief Numbers the nodes of a value; parts come before what contains them. */
class GraphEncoder {
 public:
  json::Value Encode(const Any& root, const Any& metadata) {
    json::Object graph;
    graph.Set("root_index", EncodeNode(root));
    graph.Set("nodes", std::move(nodes_));
    if (metadata != nullptr) graph.Set("metadata", metadata);
    return graph;
  }

 private:
  /*! \brief One entry of a container's or an object's data. */
  struct Slot {
    /*! \brief Field name; empty in containers. */
    String name;
    /*! \brief What to write, or the value whose node index is written. */
    Any value;
    bool is_node;
  };

  /*! \brief A container or an object whose parts are being numbered. */
  struct Frame {
    Any value;
    std::vector<Slot> slots;
    size_t next = 0;
  };

  int64_t EncodeNode(const Any& root) {
    // Index of the node that was just made or found; empty exactly when a new frame is on top.
    std::optional<int64_t> done = Enter(root);
    while (!frames_.empty()) {
      Frame& frame = frames_.back();
      if (done.has_value()) frame.slots[frame.next++].value = *done;
      while (frame.next < frame.slots.size() && !frame.slots[frame.next].is_node) ++frame.next;
      if (frame.next < frame.slots.size()) {
        const Any part = frame.slots[frame.next].value;
        done = Enter(part);
      } else {
        done = Finish();
      }
    }
    return *done;
  }

  /*! \brief Index of a value's node if no frame is needed; otherwise pushes one. */
  std::optional<int64_t> Enter(const Any& value) {
    if (auto it = index_of_.find(value); it != index_of_.end()) return it->second;
    const int32_t type_index = value.type_index();
    if (std::optional<Any> data = PlainData(value)) return AddNode(value, *data);
    if (type_index < kTVMFFIStaticObjectBegin) {
      if (type_index == kTVMFFINone) return AddNode(value, std::nullopt);
      TVM_FFI_THROW(RuntimeError) << "Cannot serialize type `" << TypeKeyOf(type_index) << "`";
    }
    CheckNotActive(value);
    CheckNesting(frames_.size());
    Frame frame;
    if (object_graph::IsSequence(type_index) || object_graph::IsMapping(type_index)) {
      for (Any& part : object_graph::ContainerParts(AsObject(value))) {
        frame.slots.push_back(Slot{String(), std::move(part), true});
      }
    } else {
      static const reflection::TypeAttrColumn hooks(type_attr::kDataToJson);
      if (auto hook = type_attr::kDataToJson.ValueFrom(hooks[type_index])) {
        return AddNode(value, (*hook)(value));
      }
      frame.slots = FieldSlots(value);
    }
    frame.value = value;
    active_.insert(AsObject(value));
    frames_.push_back(std::move(frame));
    return std::nullopt;
  }

  /*! \brief The data of values that refer to no other node; nothing for the others. */
  static std::optional<Any> PlainData(const Any& value) {
    switch (value.type_index()) {
      case kTVMFFIBool:
      case kTVMFFIInt:
      case kTVMFFIFloat:
      case kTVMFFIStr:
      case kTVMFFISmallStr:
        return value;
      case kTVMFFIDataType:
        return Any(DLDataTypeToString(value.cast<DLDataType>()));
      case kTVMFFIDevice: {
        const DLDevice device = value.cast<DLDevice>();
        return Any(Array<Any>{static_cast<int64_t>(device.device_type),
                              static_cast<int64_t>(device.device_id)});
      }
      case kTVMFFIBytes:
      case kTVMFFISmallBytes:
        return Any(Base64Encode(value.cast<Bytes>()));
      case kTVMFFIShape: {
        const Shape shape = value.cast<Shape>();
        return Any(Array<Any>(shape.begin(), shape.end()));
      }
      default:
        break;
    }
    if (const IntEnumObj* member = value.as<IntEnumObj>()) return Any(member->_int_index);
    if (const EnumObj* member = value.as<EnumObj>()) return Any(member->_str_index);
    return std::nullopt;
  }

  static std::vector<Slot> FieldSlots(const Any& value) {
    const TVMFFITypeInfo* type_info = TVMFFIGetTypeInfo(value.type_index());
    if (!HasCreator(type_info)) {
      TVM_FFI_THROW(TypeError) << "Type `" << TypeKeyOf(value.type_index())
                               << "` does not support ToJSONGraph"
                               << " (no native creator or __ffi_new__ type attr)";
    }
    std::vector<Slot> slots;
    reflection::ForEachFieldInfo(type_info, [&](const TVMFFIFieldInfo* field) {
      Any part = reflection::FieldGetter(field)(AsObject(value));
      if (field->field_static_type_index == kTVMFFINone) part = nullptr;
      if (field->field_static_type_index == kTVMFFIDataType) {
        part = DLDataTypeToString(part.cast<DLDataType>());
      }
      slots.push_back(
          Slot{ToString(object_graph::NameOf(field)), std::move(part), !IsInlineField(field)});
    });
    return slots;
  }

  void CheckNotActive(const Any& value) const {
    if (active_.count(AsObject(value)) == 0) return;
    const int32_t type_index = value.type_index();
    std::string what = "`" + std::string(TypeKeyOf(type_index)) + "`";
    if (type_index == kTVMFFIList) what = "List";
    if (type_index == kTVMFFIDict) what = "Dict";
    TVM_FFI_THROW(ValueError) << "Cycle detected during serialization: a " << what
                              << " contains itself";
  }

  int64_t Finish() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    active_.erase(AsObject(frame.value));
    const int32_t type_index = frame.value.type_index();
    if (object_graph::IsSequence(type_index) || object_graph::IsMapping(type_index)) {
      json::Array data;
      data.reserve(static_cast<int64_t>(frame.slots.size()));
      for (Slot& slot : frame.slots) data.push_back(std::move(slot.value));
      return AddNode(frame.value, std::move(data));
    }
    json::Object data;
    for (const Slot& slot : frame.slots) data.Set(slot.name, slot.value);
    return AddNode(frame.value, std::move(data));
  }

  int64_t AddNode(const Any& value, std::optional<Any> data) {
    json::Object node;
    node.Set("type", NodeType(value.type_index()));
    if (data.has_value()) node.Set("data", *data);
    const int64_t index = static_cast<int64_t>(nodes_.size());
    nodes_.push_back(std::move(node));
    index_of_.emplace(value, index);
    return index;
  }

  static String NodeType(int32_t type_index) {
    if (type_index == kTVMFFISmallStr) type_index = kTVMFFIStr;
    if (type_index == kTVMFFISmallBytes) type_index = kTVMFFIBytes;
    return ToString(TypeKeyOf(type_index));
  }

  json::Array nodes_;
  std::vector<Frame> frames_;
  /*! \brief Objects of the frames. */
  std::unordered_set<const Object*> active_;
  std::unordered_map<Any, int64_t, AnyHash, AnyEqual> index_of_;
};

// ---- decoder ------------------------------------------------------------------------------------

/*! \brief Makes the values of nodes when they are first referred to. */
class GraphDecoder {
 public:
  explicit GraphDecoder(json::Array nodes)
      : nodes_(std::move(nodes)), values_(nodes_.size()), states_(nodes_.size(), State::kUnseen) {}

  Any Decode(int64_t root_index) {
    std::optional<Any> done = Enter(root_index);
    while (!frames_.empty()) {
      Frame& frame = frames_.back();
      if (done.has_value()) Accept(&frame, *std::move(done));
      if (std::optional<int64_t> part = NextPart(&frame)) {
        done = Enter(*part);
      } else {
        done = Finish();
      }
    }
    return *std::move(done);
  }

 private:
  enum class State : uint8_t { kUnseen, kActive, kDone };

  /*! \brief A container or an object that waits for its parts. */
  struct Frame {
    int64_t node_index;
    int32_t type_index;
    /*! \brief Containers: node indices, and the values that are there already. */
    std::vector<int64_t> refs;
    std::vector<Any> parts;
    /*! \brief Other objects: fields from `next_field` on are still to be set from `data`. */
    ObjectPtr<Object> object;
    std::optional<json::Object> data;
    std::vector<const TVMFFIFieldInfo*> fields;
    size_t next_field = 0;
  };

  /*! \brief Value of a node if no frame is needed; otherwise pushes one. */
  std::optional<Any> Enter(int64_t index) {
    if (index < 0 || index >= static_cast<int64_t>(nodes_.size())) {
      TVM_FFI_THROW(ValueError) << "Invalid JSON Object Graph: invalid node index " << index;
    }
    const size_t slot = static_cast<size_t>(index);
    if (states_[slot] == State::kDone) return values_[slot];
    if (states_[slot] == State::kActive) {
      TVM_FFI_THROW(ValueError) << "Invalid JSON Object Graph: node " << index
                                << " refers to itself";
    }
    const json::Object node = nodes_[index].cast<json::Object>();
    const String type_key = node.at("type").cast<String>();
    const int32_t type_index = TypeKeyToIndex(std::string_view(type_key.data(), type_key.size()));
    if (type_index == kTVMFFINone) return Remember(slot, Any());
    const Any data = node.at("data");
    if (std::optional<Any> value = PlainValue(type_index, data)) {
      return Remember(slot, *std::move(value));
    }
    CheckNesting(frames_.size());
    frames_.push_back(MakeFrame(index, type_index, data));
    states_[slot] = State::kActive;
    return std::nullopt;
  }

  /*! \brief Value of a node that refers to no other node; nothing for the other types. */
  static std::optional<Any> PlainValue(int32_t type_index, const Any& data) {
    switch (type_index) {
      case kTVMFFIBool:
        return Any(data.cast<bool>());
      case kTVMFFIInt:
        return Any(data.cast<int64_t>());
      case kTVMFFIFloat:
        return Any(data.cast<double>());
      case kTVMFFIDataType:
        return Any(StringToDLDataType(data.cast<String>()));
      case kTVMFFIDevice:
        return Any(DecodeDevice(data.cast<Array<int32_t>>()));
      case kTVMFFIStr:
        return Any(data.cast<String>());
      case kTVMFFIBytes:
        return Any(Base64Decode(data.cast<String>()));
      case kTVMFFIShape:
        return Any(Shape(data.cast<Array<int64_t>>()));
      default:
        break;
    }
    if (type_index < kTVMFFIStaticObjectBegin) return std::nullopt;
    if (detail::IsObjectInstance<IntEnumObj>(type_index)) {
      return Any(EnumObj::_GetByIntIndex(type_index, data.cast<int64_t>()));
    }
    if (detail::IsObjectInstance<EnumObj>(type_index)) {
      return Any(EnumObj::_GetByStrIndex(type_index, data.cast<String>()));
    }
    static const reflection::TypeAttrColumn hooks(type_attr::kDataFromJson);
    if (auto hook = type_attr::kDataFromJson.ValueFrom(hooks[type_index])) return (*hook)(data);
    return std::nullopt;
  }

  static DLDevice DecodeDevice(const Array<int32_t>& data) {
    if (data.size() != 2) {
      TVM_FFI_THROW(ValueError) << "Invalid JSON Object Graph: Device data must be an array of "
                                << "[device_type, device_id], got " << data.size() << " element(s)";
    }
    return DLDevice{static_cast<DLDeviceType>(data[0]), data[1]};
  }

  static Frame MakeFrame(int64_t node_index, int32_t type_index, const Any& data) {
    Frame frame;
    frame.node_index = node_index;
    frame.type_index = type_index;
    if (object_graph::IsSequence(type_index) || object_graph::IsMapping(type_index)) {
      for (const Any& ref : data.cast<json::Array>()) frame.refs.push_back(ref.cast<int64_t>());
      if (object_graph::IsMapping(type_index) && frame.refs.size() % 2 != 0) {
        TVM_FFI_THROW(ValueError) << "Invalid JSON Object Graph: Map/Dict data must contain an even"
                                  << " number of [key, value] entries, got " << frame.refs.size();
      }
      return frame;
    }
    frame.object = CreateEmptyObject(TVMFFIGetTypeInfo(type_index));
    frame.data = data.cast<json::Object>();
    frame.fields = object_graph::FieldsWithout(type_index, 0);
    return frame;
  }

  /*! \brief Index of the node that a frame needs next, after setting the fields before it. */
  static std::optional<int64_t> NextPart(Frame* frame) {
    if (frame->object == nullptr) {
      if (frame->parts.size() == frame->refs.size()) return std::nullopt;
      return frame->refs[frame->parts.size()];
    }
    for (; frame->next_field < frame->fields.size(); ++frame->next_field) {
      const TVMFFIFieldInfo* field = frame->fields[frame->next_field];
      const std::optional<Any> entry = frame->data->Get(ToString(object_graph::NameOf(field)));
      if (!entry.has_value()) {
        SetDefault(frame, field);
      } else if (IsInlineField(field)) {
        SetField(frame, field, InlineValue(field, *entry));
      } else {
        return entry->cast<int64_t>();
      }
    }
    return std::nullopt;
  }

  static void Accept(Frame* frame, Any part) {
    if (frame->object == nullptr) {
      frame->parts.push_back(std::move(part));
    } else {
      SetField(frame, frame->fields[frame->next_field++], part);
    }
  }

  static Any InlineValue(const TVMFFIFieldInfo* field, const Any& entry) {
    if (field->field_static_type_index == kTVMFFINone) return Any();
    return *PlainValue(field->field_static_type_index, entry);
  }

  static void SetField(Frame* frame, const TVMFFIFieldInfo* field, const Any& value) {
    const reflection::FieldSetter setter(field);
    setter(frame->object, value);
  }

  static void SetDefault(Frame* frame, const TVMFFIFieldInfo* field) {
    if ((field->flags & kTVMFFIFieldFlagBitMaskHasDefault) == 0) {
      TVM_FFI_THROW(TypeError) << "Required field `" << object_graph::NameOf(field)
                               << "` not set in type `" << TypeKeyOf(frame->type_index) << "`";
    }
    reflection::SetFieldToDefault(field,
                                  reflection::detail::FieldAddress(frame->object.get(), field));
  }

  Any Finish() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    return Remember(static_cast<size_t>(frame.node_index), MakeValue(&frame));
  }

  static Any MakeValue(Frame* frame) {
    switch (frame->type_index) {
      case kTVMFFIArray:
        return Array<Any>(frame->parts.begin(), frame->parts.end());
      case kTVMFFIList:
        return List<Any>(frame->parts.begin(), frame->parts.end());
      case kTVMFFIMap:
        return MakeMapping<Map<Any, Any>>(frame->parts);
      case kTVMFFIDict:
        return MakeMapping<Dict<Any, Any>>(frame->parts);
      default:
        return Any(std::move(frame->object));
    }
  }

  template <typename Mapping>
  static Any MakeMapping(const std::vector<Any>& parts) {
    Mapping mapping;
    for (size_t i = 0; i < parts.size(); i += 2) mapping.Set(parts[i], parts[i + 1]);
    return mapping;
  }

  Any Remember(size_t slot, Any value) {
    states_[slot] = State::kDone;
    values_[slot] = value;
    return value;
  }

  json::Array nodes_;
  std::vector<Any> values_;
  std::vector<State> states_;
  std::vector<Frame> frames_;
};

// ---- global functions ---------------------------------------------------------------------------

String ToJSONGraphString(const Any& value, const Any& metadata) {
  return json::Stringify(ToJSONGraph(value, metadata));
}

Any FromJSONGraphString(const String& text) { return FromJSONGraph(json::Parse(text)); }

TVM_FFI_STATIC_INIT_BLOCK() {
  reflection::EnsureTypeAttrColumn(type_attr::kDataToJson);
  reflection::EnsureTypeAttrColumn(type_attr::kDataFromJson);
  reflection::GlobalDef()
      .def("ffi.ToJSONGraph", ToJSONGraph)
      .def("ffi.ToJSONGraphString", ToJSONGraphString)
      .def("ffi.FromJSONGraph", FromJSONGraph)
      .def("ffi.FromJSONGraphString", FromJSONGraphString);
}

}  // namespace

json::Value ToJSONGraph(const Any& value, const Any& metadata) {
  return GraphEncoder().Encode(value, metadata);
}

Any FromJSONGraph(const json::Value& value) {
  std::optional<json::Object> graph = value.as<json::Object>();
  if (!graph.has_value()) {
    TVM_FFI_THROW(ValueError) << "Invalid JSON Object Graph, expected an object";
  }
  const std::optional<Any> root = graph->Get("root_index");
  if (!root.has_value() || root->type_index() != kTVMFFIInt) {
    TVM_FFI_THROW(ValueError) << "Invalid JSON Object Graph, expected `root_index` integer field";
  }
  const std::optional<Any> nodes = graph->Get("nodes");
  if (!nodes.has_value() || nodes->type_index() != kTVMFFIArray) {
    TVM_FFI_THROW(ValueError) << "Invalid JSON Object Graph, expected `nodes` array field";
  }
  return GraphDecoder(nodes->cast<json::Array>()).Decode(root->cast<int64_t>());
}

}  // namespace ffi
}  // namespace tvm
