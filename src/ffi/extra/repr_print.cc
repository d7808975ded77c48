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
#include <cstdlib>
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

/*! \brief An object whose text is being put together. */
struct Frame {
  Any value;
  std::vector<Any> parts;
  /*! \brief Name of each part; empty for containers. */
  std::vector<std::string_view> names;
  size_t next = 0;
  std::string text;
  std::string closing;

  /*! \brief Writes what stands before the next part and hands that part out. */
  Any TakePart(bool is_mapping) {
    if (is_mapping && next % 2 == 1) {
      text += ": ";
    } else if (next != 0) {
      text += ", ";
    }
    if (!names.empty()) {
      text += names[next];
      text += '=';
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
  std::string Print(const Any& root) {
    FrameStack stack(&active_, object_graph::kGraphWalk);
    // Text of the value that was just finished; empty exactly when a new frame is on top.
    std::optional<std::string> done = Enter(root, &stack);
    while (!stack.empty()) {
      Frame& frame = stack.back();
      if (done.has_value()) frame.text += *done;
      if (frame.next < frame.parts.size()) {
        const Any part = frame.TakePart(object_graph::IsMapping(frame.value.type_index()));
        done = Enter(part, &stack);
      } else {
        done = Finish(stack.Pop());
      }
    }
    return *std::move(done);
  }

 private:
  struct Printed {
    /*! \brief Keeps the address from being used for another object. */
    Any value;
    std::string text;
  };

  /*! \brief Text of a value that needs no frame; otherwise pushes one and returns nothing. */
  std::optional<std::string> Enter(const Any& value, FrameStack* stack) {
    if (value.type_index() < kTVMFFIStaticObjectBegin) return PlainText(value);
    const Object* obj = object_graph::AsObject(value);
    if (active_.count(obj) != 0) return "..." + AddressSuffix(obj);
    if (auto it = printed_.find(obj); it != printed_.end()) return it->second.text;
    if (std::optional<std::string> text = LeafObjectText(value, with_addr_)) return text;
    static const reflection::TypeAttrColumn hooks(type_attr::kRepr);
    if (auto hook = type_attr::kRepr.ValueFrom(hooks[value.type_index()])) {
      return RunHook(*hook, value);
    }
    if (const EnumObj* member = value.as<EnumObj>()) {
      return std::string(object_graph::TypeKeyOf(value.type_index())) + "." +
             std::string(member->_str_index) + AddressSuffix(obj);
    }
    stack->Push(MakeFrame(value));
    return std::nullopt;
  }

  Frame MakeFrame(const Any& value) const {
    Frame frame;
    frame.value = value;
    const Object* obj = object_graph::AsObject(value);
    switch (value.type_index()) {
      case kTVMFFIArray:
        SetContainer(obj, "(", ")", &frame);
        // A one-element Array is written as Python writes its tuples.
        if (frame.parts.size() == 1) frame.closing.insert(0, ",");
        break;
      case kTVMFFIList:
        SetContainer(obj, "[", "]", &frame);
        break;
      case kTVMFFIMap:
      case kTVMFFIDict:
        SetContainer(obj, "{", "}", &frame);
        break;
      default:
        SetFields(obj, &frame);
    }
    return frame;
  }

  void SetContainer(const Object* obj, const char* opening, const char* closing,
                    Frame* frame) const {
    frame->parts = object_graph::ContainerParts(obj);
    frame->text = opening;
    frame->closing = closing + AddressSuffix(obj);
  }

  void SetFields(const Object* obj, Frame* frame) const {
    for (const TVMFFIFieldInfo* field :
         object_graph::FieldsWithout(obj->type_index(), kTVMFFIFieldFlagBitMaskReprOff)) {
      const std::string_view name = object_graph::NameOf(field);
      // A field that a child registers again is shown once, where the ancestor has it.
      if (std::find(frame->names.begin(), frame->names.end(), name) != frame->names.end()) continue;
      frame->names.push_back(name);
      frame->parts.push_back(reflection::FieldGetter(field)(obj));
    }
    frame->text = std::string(object_graph::TypeKeyOf(obj->type_index())) + AddressSuffix(obj);
    if (frame->names.empty()) return;
    frame->text += '(';
    frame->closing = ")";
  }

  std::string RunHook(const decltype(type_attr::kRepr)::ValueType& hook, const Any& value) {
    const Object* obj = object_graph::AsObject(value);
    object_graph::HookScope depth(&hook_depth_, object_graph::kGraphWalk);
    object_graph::ActiveScope active(&active_, obj);
    TypedFunction<String(AnyView)> fn_repr = [self = shared_from_this()](AnyView part) -> String {
      return self->Print(Any(part));
    };
    return Remember(value, hook(obj, fn_repr));
  }

  std::string Finish(Frame frame) {
    return Remember(frame.value, std::move(frame.text) + frame.closing);
  }

  std::string Remember(const Any& value, std::string text) {
    return printed_.insert_or_assign(object_graph::AsObject(value), Printed{value, std::move(text)})
        .first->second.text;
  }

  std::string AddressSuffix(const Object* obj) const { return with_addr_ ? AddressText(obj) : ""; }

  const bool with_addr_ = AddressesAreOn();
  int hook_depth_ = 0;
  object_graph::ActiveSet active_;
  std::unordered_map<const Object*, Printed> printed_;
};

TVM_FFI_STATIC_INIT_BLOCK() {
  reflection::EnsureTypeAttrColumn(type_attr::kRepr);
  reflection::GlobalDef().def("ffi.ReprPrint", ReprPrint);
}

}  // namespace

String ReprPrint(const Any& value) { return std::make_shared<ReprPrinter>()->Print(value); }

}  // namespace ffi
}  // namespace tvm
