// SPDX-License-Identifier: Apache-2.0
/*!
 * \file stubgen_extension.cc
 * \brief A library that tests generate stubs for: `demo` is plain, `extra` has what is harder.
 */
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/container/variant.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/optional.h>
#include <tvm/ffi/reflection/overload.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/ffi/string.h>

#include <cstdint>

namespace stubgen_extension {

namespace ffi = tvm::ffi;
namespace refl = tvm::ffi::reflection;

// ---- demo --------------------------------------------------------------------------------------

class ShapeObj : public ffi::Object {
 public:
  ffi::String name;
  int32_t id = 0;

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO("demo.Shape", ShapeObj, ffi::Object);
};

class CircleObj : public ShapeObj {
 public:
  double radius = 0;
  ffi::List<int64_t> tags;
  bool flag = false;

  double Area(double pi) const { return pi * radius * radius; }

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("demo.Circle", CircleObj, ShapeObj);
};

class Circle : public ffi::ObjectRef {
 public:
  static Circle Make(double radius) {
    ffi::ObjectPtr<CircleObj> circle = ffi::make_object<CircleObj>();
    circle->radius = radius;
    return Circle(circle);
  }

  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NULLABLE(Circle, ffi::ObjectRef, CircleObj);
};

TVM_FFI_STATIC_INIT_BLOCK() {
  refl::GlobalDef().def("demo.add", [](int64_t a, int64_t b) { return a + b; });
  refl::ObjectDef<ShapeObj>()
      .def_rw("name", &ShapeObj::name)
      .def_rw("id", &ShapeObj::id, refl::default_value(0));
  refl::ObjectDef<CircleObj>()
      .def_rw("radius", &CircleObj::radius)
      .def_rw("tags", &CircleObj::tags)
      .def_rw("flag", &CircleObj::flag, refl::kw_only(true))
      .def("area", &CircleObj::Area)
      .def_static("make", &Circle::Make);
}

// ---- extra -------------------------------------------------------------------------------------

/*! \brief Fields of every kind, overloads, and a method with the name of a type. */
class LoopObj : public ShapeObj {
 public:
  ffi::Optional<ffi::Tensor> data;
  ffi::Any any;
  ffi::Function callback;
  ffi::TypedFunction<int64_t(ffi::String, double)> typed;
  ffi::Dict<ffi::String, ffi::Array<int64_t>> table;
  ffi::Variant<int64_t, ffi::String, ffi::Array<ffi::Any>> either = int64_t{0};
  DLDataType element{};
  DLDevice place{};
  void* raw = nullptr;
  ffi::Bytes blob;

  LoopObj() = default;
  LoopObj(int64_t, ffi::Optional<ffi::String>) {}
  explicit LoopObj(ffi::Tensor tensor) : data(tensor) {}

  ffi::Optional<ffi::Tensor> Tensor(ffi::Tensor) const { return data; }
  int64_t At(int64_t index) const { return index; }
  int64_t AtName(ffi::String) const { return 0; }

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO("extra.Loop", LoopObj, ShapeObj);
};

class Loop : public ffi::ObjectRef {
 public:
  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NULLABLE(Loop, ffi::ObjectRef, LoopObj);
};

/*! \brief Sorts before its parent, and has no constructor. */
class AlphaObj : public LoopObj {
 public:
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("extra.Alpha", AlphaObj, LoopObj);
};

/*! \brief Has its parent in another module. */
class LeafObj : public LoopObj {
 public:
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("extra.nested.Leaf", LeafObj, LoopObj);
};

/*! \brief May be passed as a number, too. */
class AngleObj : public ffi::Object {
 public:
  double degrees = 0;

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("extra.Angle", AngleObj, ffi::Object);
};

class Angle : public ffi::ObjectRef {
 public:
  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NULLABLE(Angle, ffi::ObjectRef, AngleObj);
};

TVM_FFI_STATIC_INIT_BLOCK() {
  refl::GlobalDef()
      .def("extra.Shape_of", [](Circle circle) { return circle; })
      .def("extra.turn", [](Angle angle) { return angle; })
      .def_packed("extra.packed", [](ffi::PackedArgs, ffi::Any*) {})
      .def("extra.Tensor", [](ffi::Tensor tensor, ffi::List<ffi::Tensor>) { return tensor; })
      .def("extra.VERSION", []() { return ffi::String("1"); })
      .def("extra.only_functions.f", [](ffi::Optional<ffi::Map<ffi::String, Loop>>) {})
      .def("extrafoo.pointer", [](void* pointer) { return pointer; });
  refl::OverloadObjectDef<LoopObj>()
      .def(refl::init<int64_t, ffi::Optional<ffi::String>>())
      .def(refl::init<ffi::Tensor>())
      .def_rw("data", &LoopObj::data)
      .def_rw("any", &LoopObj::any)
      .def_ro("callback", &LoopObj::callback)
      .def_rw("typed", &LoopObj::typed)
      .def_rw("table", &LoopObj::table)
      .def_rw("either", &LoopObj::either)
      .def_rw("element", &LoopObj::element)
      .def_rw("place", &LoopObj::place)
      .def_rw("raw", &LoopObj::raw)
      .def_rw("blob", &LoopObj::blob)
      .def("Tensor", &LoopObj::Tensor)
      .def("at", &LoopObj::At)
      .def("at", &LoopObj::AtName)
      .def_static("of", [](int64_t) { return Loop(); })
      .def_static("of", [](ffi::String) { return Loop(); });
  refl::ObjectDef<AlphaObj>(refl::init(false));
  refl::ObjectDef<LeafObj>(refl::init(false));
  refl::ObjectDef<AngleObj>().def_rw("degrees", &AngleObj::degrees);
  refl::EnsureTypeAttrColumn("__ffi_convert_type_schema__");
  refl::TypeAttrDef<AngleObj>().attr(
      "__ffi_convert_type_schema__",
      ffi::String(R"({"type": "Union", "args": [{"type": "float"}, {"type": "extra.Angle"}]})"));
}

}  // namespace stubgen_extension
