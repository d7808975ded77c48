// SPDX-License-Identifier: Apache-2.0
//
// Objects of classes that both sides compile: made by one, examined, counted, referred to weakly
// and destroyed by the other.
#include <tvm/ffi/cast.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/rvalue_ref.h>

#include <cstdint>
#include <optional>

#include "side.h"
#include "types.h"

namespace ABI_SIDE {
namespace {

using ffi::WeakObjectPtr;

Any MakeObject(const String& what, int64_t id) {
  if (what == "base") return Base(id);
  if (what == "child") return Make<ChildObj>(id, String("the name of a child"));
  if (what == "second child") return Make<SecondChildObj>(id, Base(id + 1));
  if (what == "virtual") return Make<VirtualObj>(id);
  return Make<AlignedObj>(id);
}
constexpr const char* kClasses[] = {"base", "child", "second child", "virtual", "aligned"};

String Examine(const Any& value) {
  std::ostringstream facts;
  facts << value.GetTypeKey() << ' ' << value.cast<ObjectRef>().use_count() << ' ';
  if (const auto* base = value.as<BaseObj>()) facts << "base " << base->id << ' ';
  if (const auto* child = value.as<ChildObj>()) facts << "child " << child->name << ' ';
  if (const auto* child = value.as<SecondChildObj>()) {
    facts << "second child " << child->payload.cast<Base>()->id << ' ';
  }
  if (const auto* object = value.as<VirtualObj>()) facts << "virtual " << object->Scaled(3) << ' ';
  if (const auto* object = value.as<AlignedObj>()) {
    facts << "aligned " << object->id << ' ' << reinterpret_cast<uintptr_t>(object) % 64 << ' ';
  }
  facts << (value.as<Base>().has_value() ? "is a base" : "is no base");
  return String(facts.str());
}

// References that this side keeps between calls.
Any& Kept() {
  static Any kept;
  return kept;
}
WeakObjectPtr<Object>& KeptWeakly() {
  static WeakObjectPtr<Object> kept;
  return kept;
}

void Keep(Any value) { Kept() = std::move(value); }
Any TakeKept() { return std::move(Kept()); }

void KeepWeakly(const ObjectRef& ref) {
  KeptWeakly() = WeakObjectPtr<Object>(ffi::GetObjectPtr<Object>(const_cast<Object*>(ref.get())));
}
Any LockWeak() {
  ObjectPtr<Object> locked = KeptWeakly().lock();
  if (locked == nullptr) return nullptr;
  return ObjectRef(std::move(locked));
}
void DropWeak() { KeptWeakly().reset(); }

// Whether the caller gave up its reference.
bool IsUniqueHere(ffi::RValueRef<Base> argument) {
  const Base base = *std::move(argument);
  return base.unique();
}

int64_t IdOf(const BaseObj* base) { return base->id; }
void SetId(const Base& base, int64_t id) { const_cast<BaseObj*>(base.get())->id = id; }

TVM_FFI_STATIC_INIT_BLOCK() {
  refl::GlobalDef()
      .def(ABI_NAME("object_make"), &MakeObject)
      .def(ABI_NAME("object_examine"), &Examine)
      .def(ABI_NAME("object_keep"), &Keep)
      .def(ABI_NAME("object_take"), &TakeKept)
      .def(ABI_NAME("object_keep_weakly"), &KeepWeakly)
      .def(ABI_NAME("object_lock"), &LockWeak)
      .def(ABI_NAME("object_drop_weak"), &DropWeak)
      .def(ABI_NAME("object_is_unique"), &IsUniqueHere)
      .def(ABI_NAME("object_id"), &IdOf)
      .def(ABI_NAME("object_set_id"), &SetId)
      .def(ABI_NAME("object_live"), [] { return live_objects; });
}

}  // namespace

ABI_SUBJECT(objects) {
  for (const char* name : kClasses) {
    const int64_t before = peer["object_live"]().cast<int64_t>();
    {
      const Any theirs = peer["object_make"](name, 7), own = MakeObject(name, 7);
      out(Examine(theirs));
      ABI_EXPECT(theirs.type_index() == own.type_index());
      ABI_EXPECT(Examine(theirs) == Examine(own));
      ABI_EXPECT(peer["object_examine"](own).cast<String>() ==
                 peer["object_examine"](theirs).cast<String>());
      peer["object_keep"](own);
      ABI_EXPECT(own.cast<ObjectRef>().use_count() == 3);  // own, kept, and the temporary
      ABI_EXPECT(peer["object_take"]().same_as(own));
      ABI_EXPECT(own.cast<ObjectRef>().use_count() == 2);
    }
    ABI_EXPECT(peer["object_live"]().cast<int64_t>() == before);
  }
}

ABI_SUBJECT(destruction) {
  // Objects of either side, dropped by the other.
  for (const char* name : kClasses) {
    const int64_t before = live_objects, theirs_before = peer["object_live"]().cast<int64_t>();
    {
      Any own = MakeObject(name, 1);
      peer["object_keep"](std::move(own));
    }
    out(name, live_objects > before);
    peer["object_keep"](nullptr);
    ABI_EXPECT(live_objects == before);
    Any theirs = peer["object_make"](name, 1);
    ABI_EXPECT(peer["object_live"]().cast<int64_t>() > theirs_before);
    theirs = nullptr;
    ABI_EXPECT(peer["object_live"]().cast<int64_t>() == theirs_before);
  }
}

ABI_SUBJECT(weak_references) {
  for (const char* name : kClasses) {
    const int64_t before = live_objects;
    Any own = MakeObject(name, 2);
    peer["object_keep_weakly"](own);
    const bool unique = own.cast<ObjectRef>().unique();
    ABI_EXPECT(peer["object_lock"]().same_as(own));
    out(name, "unique", unique, "locked", Examine(peer["object_lock"]()));
    own = nullptr;
    // The object is gone; its memory stays until the weak reference goes.
    ABI_EXPECT(live_objects == before);
    out(name, peer["object_lock"]() == nullptr);
    peer["object_drop_weak"]();

    Any theirs = peer["object_make"](name, 3);
    WeakObjectPtr<Object> weak(
        ffi::GetObjectPtr<Object>(const_cast<Object*>(theirs.cast<const Object*>())));
    theirs = nullptr;
    ABI_EXPECT(weak.lock() == nullptr && weak.expired());
  }
}

ABI_SUBJECT(references) {
  Base own(4);
  const Base theirs = peer["object_make"]("child", 5).cast<Base>();
  out(peer["object_id"](own).cast<int64_t>(), peer["object_id"](theirs).cast<int64_t>());
  peer["object_set_id"](theirs, 40);
  out(theirs->id, theirs.as<ChildObj>()->name, ffi::GetRef<Base>(theirs.get()).same_as(theirs));
  out(peer["object_is_unique"](own).cast<bool>(),
      peer["object_is_unique"](ffi::RValueRef(std::move(own))).cast<bool>(), own.defined());
  const Any kinds[] = {peer["object_make"]("virtual", 1), 1, nullptr, String("s")};
  for (const Any& value : kinds) {
    const Function id = peer["object_id"];
    const std::string text = ErrorOf([&] { id(value); });
    out(value.try_cast<Base>().has_value(), text.substr(text.find("Expected") + 1));
  }
  ffi::ObjectPtr<BaseObj> copy = ffi::make_object<BaseObj>(*theirs.get());
  out(copy->id, copy.use_count(), theirs.use_count());
  const ObjectRef same = theirs;
  out(ffi::ObjectPtrHash()(same) == ffi::ObjectPtrHash()(theirs),
      ffi::ObjectPtrEqual()(same, theirs));
}

}  // namespace ABI_SIDE
