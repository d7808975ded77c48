// SPDX-License-Identifier: Apache-2.0
//
// Descriptions of the classes of types.h. The side that is loaded first gives them for both.
#include "types.h"

#include <tvm/ffi/device.h>
#include <tvm/ffi/dtype.h>
#include <tvm/ffi/expected.h>
#include <tvm/ffi/extra/structural_equal.h>
#include <tvm/ffi/extra/structural_hash.h>
#include <tvm/ffi/extra/structural_mutate.h>
#include <tvm/ffi/extra/structural_visit.h>
#include <tvm/ffi/reflection/native_function.h>

#include <optional>

namespace ABI_SIDE {
namespace {

using Flag = refl::AttachFieldFlag;

// Many keys share a hash.
ffi::Expected<int64_t> NativeKeyHash(const Any& key) noexcept {
  return key.as<NativeKeyObj>()->id / 3;
}
ffi::Expected<bool> NativeKeyEqual(const Any& a, const Any& b) noexcept {
  return a.as<NativeKeyObj>()->id == b.as<NativeKeyObj>()->id;
}

ffi::Expected<Optional<ffi::VisitInterrupt>> VisitValue(ffi::StructuralVisitorObj* visitor,
                                                        AnyView self) noexcept {
  return visitor->VisitExpected(self.as<NativeHookObj>()->value);
}

ffi::Expected<ffi::UnchangedOr<Any>> MutateValue(ffi::StructuralMutatorObj* mutator,
                                                 AnyView self) noexcept {
  const auto* node = self.as<NativeHookObj>();
  ffi::Expected<ffi::UnchangedOr<Any>> result = mutator->MutateExpected(node->value);
  if (result.is_err()) return result;
  ffi::UnchangedOr<Any> value = std::move(result).value();
  if (value.UnchangedOrSameAs(node->value)) return ffi::UnchangedOr<Any>(ffi::Unchanged());
  Any kept = std::move(value).ValueOrUnchanged(AnyView(node->value));
  return ffi::UnchangedOr<Any>(Any(Make<NativeHookObj>(kept, node->other)));
}

void DefineObjects() {
  refl::ObjectDef<BaseObj>(refl::init(false)).def_rw("id", &BaseObj::id).def(refl::init<int64_t>());
  refl::ObjectDef<ChildObj>(refl::init(false))
      .def_ro("name", &ChildObj::name)
      .def(refl::init<int64_t, String>());
  refl::ObjectDef<SecondChildObj>(refl::init(false))
      .def_ro("payload", &SecondChildObj::payload)
      .def(refl::init<int64_t, Any>());
  refl::ObjectDef<VirtualObj>().def_ro("id", &VirtualObj::id);
  refl::ObjectDef<AlignedObj>().def_ro("id", &AlignedObj::id);
}

void DefineKeys() {
  refl::ObjectDef<NativeKeyObj>().def_ro("id", &NativeKeyObj::id);
  refl::TypeAttrDef<NativeKeyObj>()
      .native_fn_attr<&NativeKeyHash>(ffi::type_attr::kAnyHash)
      .native_fn_attr<&NativeKeyEqual>(ffi::type_attr::kAnyEqual);
  refl::ObjectDef<PackedKeyObj>().def_ro("id", &PackedKeyObj::id);
  refl::TypeAttrDef<PackedKeyObj>()
      .def("__any_hash__", [](const PackedKeyObj* self) { return self->id / 3; })
      .def("__any_equal__",
           [](const PackedKeyObj* a, const PackedKeyObj* b) { return a->id == b->id; });
}

void DefineRecord() {
  refl::ObjectDef<RecordObj>("A field of every kind.")
      .def_rw("flag", &RecordObj::flag, "A truth value.")
      .def_rw("tiny", &RecordObj::tiny, refl::default_value(7))
      .def_ro("number", &RecordObj::number)
      .def_rw("wide", &RecordObj::wide, refl::default_value(int64_t{1} << 40))
      .def_rw("single", &RecordObj::single, refl::default_value(0.5))
      .def_rw("real", &RecordObj::real, refl::kw_only(true), refl::default_value(1.5))
      .def_rw("text", &RecordObj::text, refl::default_value("some default text"))
      .def_rw("bytes", &RecordObj::bytes, refl::default_value(ffi::Bytes("ab", 2)))
      .def_rw("dtype", &RecordObj::dtype, refl::default_value(DLDataType{kDLFloat, 32, 4}))
      .def_rw("device", &RecordObj::device, refl::default_value(DLDevice{kDLCUDA, 3}))
      .def_rw("maybe_number", &RecordObj::maybe_number, refl::default_value(nullptr))
      .def_rw("maybe_text", &RecordObj::maybe_text, refl::default_value(nullptr))
      .def_rw("maybe_array", &RecordObj::maybe_array, refl::default_value(nullptr))
      .def_rw("numbers", &RecordObj::numbers, refl::default_factory(Function::FromTyped([] {
                return Array<int64_t>{1, 2};
              })))
      .def_rw("table", &RecordObj::table,
              refl::default_factory(Function::FromTyped([] { return Map<String, Any>(); })))
      .def_rw("base", &RecordObj::base, refl::default_value(nullptr))
      .def_rw("function", &RecordObj::function, refl::default_value(nullptr), refl::repr(false))
      .def_rw("pointer", &RecordObj::pointer, refl::default_value(nullptr), refl::init(false))
      .def_rw("any", &RecordObj::any, refl::default_value(nullptr), refl::compare(false),
              refl::hash(false), refl::Metadata{{"note", "free"}, {"level", 3}})
      .def("sum", &RecordObj::Sum, "Adds up.")
      .def("add", &RecordObj::Add)
      .def_static("describe", &RecordObj::Describe, refl::Metadata{{"pure", true}});
  refl::TypeAttrDef<RecordObj>().attr("abi_test.attr", String("an attribute of the record"));
}

template <typename Obj>
void DefineTerm() {
  refl::ObjectDef<Obj>().def_rw("value", &Obj::value).def_rw("other", &Obj::other);
}

void DefineTerms() {
  DefineTerm<TreeObj>();
  DefineTerm<DagObj>();
  DefineTerm<ConstObj>();
  DefineTerm<SingleObj>();
  DefineTerm<NativeHookObj>();
  DefineTerm<PackedHookObj>();
  refl::ObjectDef<VarObj>()
      .def_rw("value", &VarObj::value, Flag::SEqHashIgnore())
      .def_rw("other", &VarObj::other);
  refl::ObjectDef<LambdaObj>()
      .def_rw("value", &LambdaObj::value, Flag::SEqHashDefPattern())
      .def_rw("other", &LambdaObj::other);
  refl::ObjectDef<LetObj>()
      .def_rw("value", &LetObj::value, Flag::SEqHashDefSimple())
      .def_rw("other", &LetObj::other);
  refl::TypeAttrDef<NativeHookObj>()
      .native_fn_attr<&VisitValue>(ffi::type_attr::kStructuralVisit)
      .native_fn_attr<&MutateValue>(ffi::type_attr::kStructuralMutate);
  refl::TypeAttrDef<PackedHookObj>()
      .def("__s_equal__",
           [](const Object* a, const Object* b,
              const ffi::TypedFunction<bool(AnyView, AnyView, int, AnyView)>& equal) {
             return equal(static_cast<const PackedHookObj*>(a)->value,
                          static_cast<const PackedHookObj*>(b)->value, 0, "value");
           })
      .def("__s_hash__", [](const Object* self, int64_t hash,
                            const ffi::TypedFunction<int64_t(AnyView, int64_t, int)>& combine) {
        return combine(static_cast<const PackedHookObj*>(self)->value, hash, 0);
      });
}

TVM_FFI_STATIC_INIT_BLOCK() {
  if (!IsUndefined<BaseObj>()) return;
  DefineObjects();
  DefineKeys();
  DefineRecord();
  DefineTerms();
}

}  // namespace
}  // namespace ABI_SIDE
