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
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "./json_containers.h"
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

/*!
 * \brief The values that have a node, by content as in a Map: a table of open addressing over the
 * values in the order in which they came.
 */
class NodeIndex {
 public:
  /*! \brief Node of an array, list, map or dict whose parts are still being numbered. */
  static constexpr int64_t kUnfinished = -1;

  struct Entry {
    Any value;
    uint64_t hash;
    int64_t node;
  };

  /*! \brief The entry of a value; null when it has none. */
  Entry* Find(const Any& value, uint64_t hash) {
    if (slots_.empty()) return nullptr;
    for (size_t slot = HomeOf(hash); slots_[slot] != 0; slot = (slot + 1) & mask_) {
      Entry& entry = entries_[slots_[slot] - 1];
      if (entry.hash == hash && AnyEqual()(entry.value, value)) return &entry;
    }
    return nullptr;
  }
  /*! \brief Adds a value that has no entry. \return The number of the entry. */
  size_t Add(const Any& value, uint64_t hash, int64_t node) {
    entries_.push_back(Entry{value, hash, node});
    if (2 * entries_.size() > slots_.size()) {
      Grow();
    } else {
      Place(entries_.size() - 1);
    }
    return entries_.size() - 1;
  }
  Entry& operator[](size_t number) { return entries_[number]; }

 private:
  /*! \brief The top bits of a multiplied hash: addresses and floats differ in their high bits. */
  size_t HomeOf(uint64_t hash) const {
    return static_cast<size_t>((hash * 0x9E3779B97F4A7C15) >> shift_);
  }
  void Place(size_t number) {
    size_t slot = HomeOf(entries_[number].hash);
    while (slots_[slot] != 0) slot = (slot + 1) & mask_;
    slots_[slot] = number + 1;
  }
  void Grow() {
    slots_.assign(size_t{1} << (64 - --shift_), 0);
    mask_ = slots_.size() - 1;
    for (size_t i = 0; i < entries_.size(); ++i) Place(i);
  }

  std::vector<Entry> entries_;
  /*! \brief Numbers of entries plus one; 0 is free. */
  std::vector<size_t> slots_;
  size_t mask_ = 0;
  /*! \brief 64 - log2 of the number of slots. */
  int shift_ = 59;
};

/*! \brief Numbers the nodes of a value; parts come before what contains them. */
class GraphEncoder {
 public:
  json::Value Encode(const Any& root, const Any& metadata) {
    json::Object graph;
    graph.Set("root_index", EncodeNode(root));
    graph.Set("nodes", Any(memory_.MakeArray(nodes_.At(0), nodes_.size())));
    nodes_.Forget(0);
    if (metadata != nullptr) graph.Set("metadata", metadata);
    return graph;
  }

 private:
  /*! \brief A container or an object whose parts are being numbered. */
  struct Frame {
    Any value;
    uint64_t hash;
    /*! \brief Containers: their entry in the index. */
    size_t entry = 0;
    /*! \brief The parts stand from here on in `parts_`; those before `next` are node indices. */
    size_t first;
    size_t next;
    /*! \brief Objects: their fields; the values of inline ones stay as they are. */
    std::vector<const TVMFFIFieldInfo*> fields;

    bool IsInline(size_t part) const {
      return !fields.empty() && IsInlineField(fields[part - first]);
    }
  };

  int64_t EncodeNode(const Any& root) {
    // Index of the node that was just made or found; empty exactly when a new frame is on top.
    std::optional<int64_t> done = Enter(root);
    while (!frames_.empty()) {
      Frame& frame = frames_.back();
      if (done.has_value()) SetPart(frame.next++, *done);
      while (frame.next < parts_.size() && frame.IsInline(frame.next)) ++frame.next;
      if (frame.next < parts_.size()) {
        const Any part = TakePart(frame.next);
        done = Enter(part);
      } else {
        done = Finish();
      }
    }
    return *done;
  }

  Any TakePart(size_t part) {
    Any value = detail::AnyUnsafe::MoveTVMFFIAnyRawToAny(*parts_.At(part));
    SetPart(part, 0);
    return value;
  }
  /*! \brief Puts a node index where a part was taken. */
  void SetPart(size_t part, int64_t node) {
    *parts_.At(part) = detail::AnyUnsafe::MoveAnyToTVMFFIAny(Any(node));
  }

  /*! \brief Index of a value's node if no frame is needed; otherwise pushes one. */
  std::optional<int64_t> Enter(const Any& value) {
    const uint64_t hash = AnyHash()(value);
    if (const NodeIndex::Entry* found = index_.Find(value, hash)) {
      if (found->node == NodeIndex::kUnfinished) ThrowCycle(value);
      return found->node;
    }
    const int32_t type_index = value.type_index();
    if (object_graph::IsSequence(type_index) || object_graph::IsMapping(type_index)) {
      CheckNesting(frames_.size());
      const size_t entry = index_.Add(value, hash, NodeIndex::kUnfinished);
      frames_.push_back(Frame{value, hash, entry, parts_.size(), parts_.size(), {}});
      PushContainerParts(AsObject(value));
      return std::nullopt;
    }
    if (std::optional<Any> data = PlainData(value)) {
      return AddNode(value, hash, *std::move(data));
    }
    if (type_index < kTVMFFIStaticObjectBegin) {
      if (type_index == kTVMFFINone) return AddNode(value, hash, std::nullopt);
      TVM_FFI_THROW(RuntimeError) << "Cannot serialize type `" << TypeKeyOf(type_index) << "`";
    }
    if (active_.count(AsObject(value)) != 0) ThrowCycle(value);
    CheckNesting(frames_.size());
    static const reflection::TypeAttrColumn hooks(type_attr::kDataToJson);
    if (auto hook = type_attr::kDataToJson.ValueFrom(hooks[type_index])) {
      return AddNode(value, hash, (*hook)(value));
    }
    frames_.push_back(
        Frame{value, hash, 0, parts_.size(), parts_.size(), SerializedFields(type_index)});
    PushFieldValues(frames_.back());
    active_.insert(AsObject(value));
    return std::nullopt;
  }

  /*! \brief Elements of a sequence; keys and values of a map in turn. */
  void PushContainerParts(const Object* container) {
    if (object_graph::IsSequence(container->type_index())) {
      for (const Any& part : *object_graph::AsSequence(container)) parts_.Push(Any(part));
      return;
    }
    for (const MapBaseObj::KVType& entry : *object_graph::AsMapping(container)) {
      parts_.Push(Any(entry.first));
      parts_.Push(Any(entry.second));
    }
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

  static std::vector<const TVMFFIFieldInfo*> SerializedFields(int32_t type_index) {
    if (!HasCreator(TVMFFIGetTypeInfo(type_index))) {
      TVM_FFI_THROW(TypeError) << "Type `" << TypeKeyOf(type_index)
                               << "` does not support ToJSONGraph"
                               << " (no native creator or __ffi_new__ type attr)";
    }
    return object_graph::FieldsWithout(type_index, 0);
  }

  void PushFieldValues(const Frame& frame) {
    for (const TVMFFIFieldInfo* field : frame.fields) {
      Any part = reflection::FieldGetter(field)(AsObject(frame.value));
      if (field->field_static_type_index == kTVMFFINone) part = nullptr;
      if (field->field_static_type_index == kTVMFFIDataType) {
        part = DLDataTypeToString(part.cast<DLDataType>());
      }
      parts_.Push(std::move(part));
    }
  }

  [[noreturn]] static void ThrowCycle(const Any& value) {
    const int32_t type_index = value.type_index();
    std::string what = "`" + std::string(TypeKeyOf(type_index)) + "`";
    if (type_index == kTVMFFIList) what = "List";
    if (type_index == kTVMFFIDict) what = "Dict";
    TVM_FFI_THROW(ValueError) << "Cycle detected during serialization: a " << what
                              << " contains itself";
    TVM_FFI_UNREACHABLE();
  }

  int64_t Finish() {
    const Frame frame = std::move(frames_.back());
    frames_.pop_back();
    const int32_t type_index = frame.value.type_index();
    if (object_graph::IsSequence(type_index) || object_graph::IsMapping(type_index)) {
      Any data(memory_.MakeArray(parts_.At(frame.first), parts_.size() - frame.first));
      parts_.Forget(frame.first);
      return index_[frame.entry].node = AppendNode(type_index, std::move(data));
    }
    active_.erase(AsObject(frame.value));
    json::Object data;
    for (size_t i = 0; i < frame.fields.size(); ++i) {
      data.Set(ToString(object_graph::NameOf(frame.fields[i])), TakePart(frame.first + i));
    }
    parts_.Forget(frame.first);
    return AddNode(frame.value, frame.hash, std::move(data));
  }

  int64_t AddNode(const Any& value, uint64_t hash, std::optional<Any> data) {
    const int64_t node = AppendNode(value.type_index(), std::move(data));
    index_.Add(value, hash, node);
    return node;
  }

  int64_t AppendNode(int32_t type_index, std::optional<Any> data) {
    const size_t first = parts_.size();
    parts_.Push(Any(type_name_));
    parts_.Push(Any(NodeType(type_index)));
    if (data.has_value()) {
      parts_.Push(Any(data_name_));
      parts_.Push(*std::move(data));
    }
    const size_t num_pairs = (parts_.size() - first) / 2;
    Any node(memory_.MakeSmallMap(parts_.At(first), num_pairs));
    parts_.Forget(first);
    nodes_.Push(std::move(node));
    return static_cast<int64_t>(nodes_.size()) - 1;
  }

  const Any& NodeType(int32_t type_index) {
    if (type_index == kTVMFFISmallStr) type_index = kTVMFFIStr;
    if (type_index == kTVMFFISmallBytes) type_index = kTVMFFIBytes;
    Any& name = type_keys_[type_index];
    if (name == nullptr) name = ToString(TypeKeyOf(type_index));
    return name;
  }

  const Any type_name_ = String("type");
  const Any data_name_ = String("data");
  /*! \brief Type keys as strings, made once each. */
  std::unordered_map<int32_t, Any> type_keys_;
  json::CellStack nodes_;
  std::vector<Frame> frames_;
  /*! \brief Parts of the frames' values, those of the innermost frame last. */
  json::CellStack parts_;
  detail::DocumentNodes memory_;
  /*! \brief Objects of the frames that are no containers. */
  std::unordered_set<const Object*> active_;
  NodeIndex index_;
};

// ---- decoder ------------------------------------------------------------------------------------

/*! \brief Makes the values of nodes when they are first referred to. */
class GraphDecoder {
 public:
  explicit GraphDecoder(json::Array nodes)
      : nodes_(std::move(nodes)), values_(nodes_.size()), states_(nodes_.size(), State::kUnseen) {}

  Any Decode(int64_t root_index) {
    Enter(root_index);
    while (!frames_.empty()) {
      if (std::optional<int64_t> part = NextPart(&frames_.back())) {
        Enter(*part);
      } else {
        Finish();
      }
    }
    return values_[static_cast<size_t>(root_index)];
  }

 private:
  enum class State : uint8_t { kUnseen, kActive, kDone };

  /*! \brief A container or an object that waits for its parts. */
  struct Frame {
    size_t node;
    int32_t type_index;
    /*! \brief Containers: node indices, of which those before `next` are done. */
    std::optional<json::Array> refs;
    /*! \brief Other objects: fields from `next` on are still to be set from `data`. */
    ObjectPtr<Object> object;
    std::optional<json::Object> data;
    std::vector<const TVMFFIFieldInfo*> fields;
    size_t next = 0;
    /*! \brief Other objects: the node whose value the next field gets. */
    std::optional<int64_t> awaited;

    size_t NumRefs() const { return refs->size(); }
    int64_t RefAt(size_t i) const { return (*refs)[static_cast<int64_t>(i)].cast<int64_t>(); }
  };

  /*! \brief Makes the value of a node, or pushes the frame that it needs. */
  void Enter(int64_t index) {
    if (index < 0 || index >= static_cast<int64_t>(values_.size())) {
      TVM_FFI_THROW(ValueError) << "Invalid JSON Object Graph: invalid node index " << index;
    }
    const size_t slot = static_cast<size_t>(index);
    if (states_[slot] == State::kDone) return;
    if (states_[slot] == State::kActive) {
      TVM_FFI_THROW(ValueError) << "Invalid JSON Object Graph: node " << index
                                << " refers to itself";
    }
    const json::Object node = nodes_[index].cast<json::Object>();
    const MapObj* members = static_cast<const MapObj*>(node.get());
    const int32_t type_index = TypeIndexOf(members->at(type_name_));
    if (type_index == kTVMFFINone) return Remember(slot, Any());
    const Any& data = members->at(data_name_);
    const bool is_container =
        object_graph::IsSequence(type_index) || object_graph::IsMapping(type_index);
    if (!is_container) {
      if (std::optional<Any> value = PlainValue(type_index, data)) {
        return Remember(slot, *std::move(value));
      }
    }
    CheckNesting(frames_.size());
    frames_.push_back(MakeFrame(slot, type_index, data));
    states_[slot] = State::kActive;
  }

  /*! \brief The type of a key, which is looked up once per decoder. */
  int32_t TypeIndexOf(const Any& key) {
    const String text = key.cast<String>();
    std::string type_key(text.data(), text.size());
    if (auto it = type_indices_.find(type_key); it != type_indices_.end()) return it->second;
    const int32_t type_index = TypeKeyToIndex(type_key);
    type_indices_.emplace(std::move(type_key), type_index);
    return type_index;
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

  static Frame MakeFrame(size_t node, int32_t type_index, const Any& data) {
    Frame frame;
    frame.node = node;
    frame.type_index = type_index;
    if (object_graph::IsSequence(type_index) || object_graph::IsMapping(type_index)) {
      frame.refs = NodeRefs(data.cast<json::Array>());
      if (object_graph::IsMapping(type_index) && frame.NumRefs() % 2 != 0) {
        TVM_FFI_THROW(ValueError) << "Invalid JSON Object Graph: Map/Dict data must contain an even"
                                  << " number of [key, value] entries, got " << frame.NumRefs();
      }
      return frame;
    }
    frame.object = CreateEmptyObject(TVMFFIGetTypeInfo(type_index));
    frame.data = data.cast<json::Object>();
    frame.fields = object_graph::FieldsWithout(type_index, 0);
    return frame;
  }

  /*! \brief The same array if all its elements are integers, as a rule; else one where they are. */
  static json::Array NodeRefs(json::Array data) {
    for (const Any& ref : data) {
      if (ref.type_index() == kTVMFFIInt) continue;
      json::Array refs;
      for (const Any& element : data) refs.push_back(element.cast<int64_t>());
      return refs;
    }
    return data;
  }

  /*! \brief Index of the node that a frame needs next, after setting the fields before it. */
  std::optional<int64_t> NextPart(Frame* frame) {
    if (frame->object == nullptr) {
      for (const size_t num_refs = frame->NumRefs(); frame->next < num_refs; ++frame->next) {
        const int64_t ref = frame->RefAt(frame->next);
        if (!IsDone(ref)) return ref;
      }
      return std::nullopt;
    }
    if (frame->awaited.has_value()) {
      const Any& value = values_[static_cast<size_t>(*frame->awaited)];
      SetField(frame, frame->fields[frame->next++], value);
      frame->awaited.reset();
    }
    for (; frame->next < frame->fields.size(); ++frame->next) {
      const TVMFFIFieldInfo* field = frame->fields[frame->next];
      const std::optional<Any> entry = frame->data->Get(ToString(object_graph::NameOf(field)));
      if (!entry.has_value()) {
        SetDefault(frame, field);
      } else if (IsInlineField(field)) {
        SetField(frame, field, InlineValue(field, *entry));
      } else {
        frame->awaited = entry->cast<int64_t>();
        return frame->awaited;
      }
    }
    return std::nullopt;
  }

  bool IsDone(int64_t index) const {
    return index >= 0 && index < static_cast<int64_t>(states_.size()) &&
           states_[static_cast<size_t>(index)] == State::kDone;
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

  void Finish() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    Remember(frame.node,
             frame.object != nullptr ? Any(std::move(frame.object)) : MakeContainer(frame));
  }

  Any MakeContainer(const Frame& frame) {
    const size_t num_parts = frame.NumRefs();
    auto part = [&](size_t i) { return values_[static_cast<size_t>(frame.RefAt(i))]; };
    if (frame.type_index == kTVMFFIList) {
      List<Any> list;
      list.reserve(static_cast<int64_t>(num_parts));
      for (size_t i = 0; i < num_parts; ++i) list.push_back(part(i));
      return list;
    }
    for (size_t i = 0; i < num_parts; ++i) parts_.Push(part(i));
    ObjectPtr<Object> made = frame.type_index == kTVMFFIArray
                                 ? memory_.MakeArray(parts_.At(0), num_parts)
                                 : maps_.Make(parts_.At(0), num_parts / 2);
    parts_.Forget(0);
    // Maps and dicts differ in nothing else.
    detail::ObjectUnsafe::GetHeader(made.get())->type_index = frame.type_index;
    return Any(std::move(made));
  }

  void Remember(size_t slot, Any value) {
    states_[slot] = State::kDone;
    values_[slot] = std::move(value);
  }

  const Any type_name_ = String("type");
  const Any data_name_ = String("data");
  json::Array nodes_;
  std::vector<Any> values_;
  std::vector<State> states_;
  std::unordered_map<std::string, int32_t> type_indices_;
  std::vector<Frame> frames_;
  /*! \brief Parts of the container that is being made. */
  json::CellStack parts_;
  detail::DocumentNodes memory_;
  detail::MapBuilder maps_{detail::MapBuilder::Repeated::kMovesLast, memory_};
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
