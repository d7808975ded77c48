// SPDX-License-Identifier: Apache-2.0
/*!
 * \file repr_print.cc
 * \brief `ffi.ReprPrint`: text of a value with all its parts.
 *
 * Invariant: an object is in `active_` exactly while a frame or a hook of it exists, so a reference
 * to it from its own parts is seen as a cycle, also after a hook has thrown.
 */
#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/enum.h>
#include <tvm/ffi/extra/dataclass.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/ffi/string.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "./object_graph.h"
#include "./repr_text.h"

namespace tvm {
namespace ffi {
namespace {

bool AddressesAreOn() {
  const char* flag = std::getenv("TVM_FFI_REPR_WITH_ADDR");
  return flag != nullptr && std::string_view(flag) == "1";
}

/*! \brief An object whose text is being written. */
struct Frame {
  Any value;
  std::vector<Any> parts;
  /*! \brief Name of each part; empty for containers. */
  std::vector<std::string_view> names;
  size_t next = 0;
  /*! \brief Where the text of the object begins. */
  size_t begin = 0;
  std::string closing;

  /*! \brief Writes what stands before the next part and hands that part out. */
  Any TakePart(std::string* out) {
    if (object_graph::IsMapping(value.type_index()) && next % 2 == 1) {
      *out += ": ";
    } else if (next != 0) {
      *out += ", ";
    }
    if (!names.empty()) {
      *out += names[next];
      *out += '=';
    }
    return std::move(parts[next++]);
  }
};

using FrameStack = object_graph::FrameStack<Frame>;

/*!
 * \brief State of one ReprPrint call. Shared with the callbacks given to hooks, which may outlive
 *        the call.
 */
class ReprPrinter : public std::enable_shared_from_this<ReprPrinter> {
 public:
  /*!
   * \brief Text of a value.
   *
   * It is written front to back into one string, so the text of each part is a range of it and
   * depth costs no copies.
   */
  std::string Print(const Any& root) {
    std::string* out = &texts_.emplace_back();
    FrameStack stack(&active_, object_graph::kGraphWalk);
    Write(root, &stack, out);
    while (!stack.empty()) {
      Frame& frame = stack.back();
      if (frame.next < frame.parts.size()) {
        const Any part = frame.TakePart(out);
        Write(part, &stack, out);
      } else {
        const Frame done = stack.Pop();
        *out += done.closing;
        // Nobody asks for the text of the outermost object again.
        if (!stack.empty() || hook_depth_ != 0) Remember(done.value, *out, done.begin);
      }
    }
    return *out;
  }

 private:
  /*! \brief Where the text of an object was written. */
  struct Printed {
    /*! \brief Keeps the address from being used for another object. */
    Any value;
    /*! \brief One of `texts_`. */
    const std::string* text;
    size_t begin;
    size_t size;
  };

  /*! \brief Writes a value, or what stands before its parts, for which it pushes a frame. */
  void Write(const Any& value, FrameStack* stack, std::string* out) {
    if (value.type_index() < kTVMFFIStaticObjectBegin) {
      *out += PlainText(value);
      return;
    }
    const Object* obj = object_graph::AsObject(value);
    if (active_.Contains(obj)) {
      *out += "..." + AddressSuffix(obj);
      return;
    }
    if (auto it = printed_.find(obj); it != printed_.end()) {
      out->append(*it->second.text, it->second.begin, it->second.size);
      return;
    }
    if (std::optional<std::string> text = LeafObjectText(value, with_addr_)) {
      *out += *text;
      return;
    }
    static const reflection::TypeAttrColumn hooks(type_attr::kRepr);
    if (auto hook = type_attr::kRepr.ValueFrom(hooks[value.type_index()])) {
      const std::string text = RunHook(*hook, value);
      const size_t begin = out->size();
      *out += text;
      Remember(value, *out, begin);
      return;
    }
    if (const EnumObj* member = value.as<EnumObj>()) {
      *out += object_graph::TypeKeyOf(value.type_index());
      *out += "." + std::string(member->_str_index) + AddressSuffix(obj);
      return;
    }
    stack->Push(MakeFrame(value, out));
  }

  Frame MakeFrame(const Any& value, std::string* out) const {
    Frame frame;
    frame.value = value;
    frame.begin = out->size();
    const Object* obj = object_graph::AsObject(value);
    switch (value.type_index()) {
      case kTVMFFIArray:
        SetContainer(obj, "(", ")", &frame, out);
        // A one-element Array is written as Python writes its tuples.
        if (frame.parts.size() == 1) frame.closing.insert(0, ",");
        break;
      case kTVMFFIList:
        SetContainer(obj, "[", "]", &frame, out);
        break;
      case kTVMFFIMap:
      case kTVMFFIDict:
        SetContainer(obj, "{", "}", &frame, out);
        break;
      default:
        SetFields(obj, &frame, out);
    }
    return frame;
  }

  void SetContainer(const Object* obj, const char* opening, const char* closing, Frame* frame,
                    std::string* out) const {
    frame->parts = object_graph::ContainerParts(obj);
    *out += opening;
    frame->closing = closing + AddressSuffix(obj);
  }

  void SetFields(const Object* obj, Frame* frame, std::string* out) const {
    for (const TVMFFIFieldInfo* field :
         object_graph::FieldsWithout(obj->type_index(), kTVMFFIFieldFlagBitMaskReprOff)) {
      const std::string_view name = object_graph::NameOf(field);
      // A field that a child registers again is shown once, where the ancestor has it.
      if (std::find(frame->names.begin(), frame->names.end(), name) != frame->names.end()) continue;
      frame->names.push_back(name);
      frame->parts.push_back(reflection::FieldGetter(field)(obj));
    }
    *out += object_graph::TypeKeyOf(obj->type_index());
    *out += AddressSuffix(obj);
    if (frame->names.empty()) return;
    *out += '(';
    frame->closing = ")";
  }

  std::string RunHook(const decltype(type_attr::kRepr)::ValueType& hook, const Any& value) {
    const Object* obj = object_graph::AsObject(value);
    object_graph::HookScope depth(&hook_depth_, object_graph::kGraphWalk);
    object_graph::ActiveScope active(&active_, obj);
    TypedFunction<String(AnyView)> fn_repr = [self = shared_from_this()](AnyView part) -> String {
      return self->Print(Any(part));
    };
    return hook(obj, fn_repr);
  }

  /*! \brief Keeps the range from `begin` to the end of `text` as the text of an object. */
  void Remember(const Any& value, const std::string& text, size_t begin) {
    printed_.emplace(object_graph::AsObject(value),
                     Printed{value, &text, begin, text.size() - begin});
  }

  std::string AddressSuffix(const Object* obj) const { return with_addr_ ? AddressText(obj) : ""; }

  const bool with_addr_ = AddressesAreOn();
  int hook_depth_ = 0;
  object_graph::ActiveSet active_;
  std::unordered_map<const Object*, Printed> printed_;
  /*! \brief What each call of Print has written; a deque, because `printed_` points into it. */
  std::deque<std::string> texts_;
};

TVM_FFI_STATIC_INIT_BLOCK() {
  reflection::EnsureTypeAttrColumn(type_attr::kRepr);
  reflection::GlobalDef().def("ffi.ReprPrint", ReprPrint);
}

}  // namespace

String ReprPrint(const Any& value) {
  std::string text = std::make_shared<ReprPrinter>()->Print(value);
  // Short texts of plain values become small strings, those of objects, which are adopted, never.
  bool is_object = value.type_index() >= TypeIndex::kTVMFFIStaticObjectBegin;
  return is_object ? String(std::move(text)) : String(text.data(), text.size());
}

}  // namespace ffi
}  // namespace tvm
