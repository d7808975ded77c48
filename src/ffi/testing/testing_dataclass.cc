// SPDX-License-Identifier: Apache-2.0
/*!
 * \file testing_dataclass.cc
 * \brief Data classes for the generated constructor and for layouts: inheritance, keyword-only,
 *        defaults, fields that are no constructor parameters, hidden fields, a vtable.
 */
#include <tvm/ffi/object.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/ffi/string.h>

#include <cstdint>

namespace tvm {
namespace ffi {
namespace testing {

class TestCxxClassBase : public Object {
 public:
  int64_t v_i64 = 0;
  int32_t v_i32 = 0;

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO("testing.TestCxxClassBase", TestCxxClassBase, Object);
};

class TestCxxClassDerived : public TestCxxClassBase {
 public:
  double v_f64 = 0;
  float v_f32 = 0;

  TVM_FFI_DECLARE_OBJECT_INFO("testing.TestCxxClassDerived", TestCxxClassDerived, TestCxxClassBase);
};

class TestCxxClassDerivedDerived : public TestCxxClassDerived {
 public:
  String v_str;
  bool v_bool = false;

  TVM_FFI_DECLARE_OBJECT_INFO("testing.TestCxxClassDerivedDerived", TestCxxClassDerivedDerived,
                              TestCxxClassDerived);
};

/*! \brief A member between two fields that reflection does not know. */
class TestCxxClassHiddenField : public Object {
 public:
  int64_t v_i64 = 0;
  int64_t hidden = 0;
  int32_t v_i32 = 0;

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("testing.TestCxxClassHiddenField", TestCxxClassHiddenField,
                                    Object);
};

/*! \brief The vtable pointer comes before the object header. */
class TestCxxClassPolymorphic : public Object {
 public:
  int64_t v_i64 = 0;

  TestCxxClassPolymorphic() = default;
  TestCxxClassPolymorphic(const TestCxxClassPolymorphic&) = default;
  TestCxxClassPolymorphic& operator=(const TestCxxClassPolymorphic&) = default;
  virtual ~TestCxxClassPolymorphic() = default;

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("testing.TestCxxClassPolymorphic", TestCxxClassPolymorphic,
                                    Object);
};

class TestCxxInitSubset : public Object {
 public:
  int64_t required_field = 0;
  int64_t optional_field = 0;
  String note;

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO("testing.TestCxxInitSubset", TestCxxInitSubset, Object);
};

class TestCxxKwOnly : public Object {
 public:
  int64_t x = 0;
  int64_t y = 0;
  int64_t z = 0;
  int64_t w = 0;

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO("testing.TestCxxKwOnly", TestCxxKwOnly, Object);
};

class TestCxxAutoInit : public Object {
 public:
  int64_t a = 0;
  int64_t b = 0;
  int64_t c = 0;
  int64_t d = 0;

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO("testing.TestCxxAutoInit", TestCxxAutoInit, Object);
};

class TestCxxAutoInitSimple : public Object {
 public:
  int64_t x = 0;
  int64_t y = 0;

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO("testing.TestCxxAutoInitSimple", TestCxxAutoInitSimple, Object);
};

/*! \brief Shows that a field without default keeps what the C++ constructor wrote. */
class TestCxxAutoInitAllInitOff : public Object {
 public:
  int64_t x = 7;
  int64_t y = 0;
  int64_t z = 1234;

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO("testing.TestCxxAutoInitAllInitOff", TestCxxAutoInitAllInitOff,
                              Object);
};

class TestCxxAutoInitKwOnlyDefaults : public Object {
 public:
  int64_t p_required = 0;
  int64_t p_default = 0;
  int64_t k_required = 0;
  int64_t k_default = 0;
  int64_t hidden = 0;

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO("testing.TestCxxAutoInitKwOnlyDefaults",
                              TestCxxAutoInitKwOnlyDefaults, Object);
};

class TestCxxAutoInitParent : public Object {
 public:
  int64_t parent_required = 0;
  int64_t parent_default = 0;

  static constexpr bool _type_mutable = true;
  static constexpr uint32_t _type_child_slots = 1;
  TVM_FFI_DECLARE_OBJECT_INFO("testing.TestCxxAutoInitParent", TestCxxAutoInitParent, Object);
};

class TestCxxAutoInitChild : public TestCxxAutoInitParent {
 public:
  int64_t child_required = 0;
  int64_t child_kw_only = 0;

  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("testing.TestCxxAutoInitChild", TestCxxAutoInitChild,
                                    TestCxxAutoInitParent);
};

class TestCxxNoAutoInit : public Object {
 public:
  int64_t x = 0;
  int64_t y = 0;

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO("testing.TestCxxNoAutoInit", TestCxxNoAutoInit, Object);
};

TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = tvm::ffi::reflection;
  refl::ObjectDef<TestCxxClassBase>()
      .def_rw("v_i64", &TestCxxClassBase::v_i64, refl::repr(false))
      .def_rw("v_i32", &TestCxxClassBase::v_i32, refl::repr(false));
  refl::ObjectDef<TestCxxClassDerived>()
      .def_rw("v_f64", &TestCxxClassDerived::v_f64)
      .def_rw("v_f32", &TestCxxClassDerived::v_f32, refl::default_value(8.0));
  refl::ObjectDef<TestCxxClassDerivedDerived>()
      .def_rw("v_str", &TestCxxClassDerivedDerived::v_str, refl::default_value("default"))
      .def_rw("v_bool", &TestCxxClassDerivedDerived::v_bool);
  refl::ObjectDef<TestCxxClassHiddenField>()
      .def_rw("v_i64", &TestCxxClassHiddenField::v_i64)
      .def_rw("v_i32", &TestCxxClassHiddenField::v_i32);
  refl::ObjectDef<TestCxxClassPolymorphic>().def_rw("v_i64", &TestCxxClassPolymorphic::v_i64);
}

TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = tvm::ffi::reflection;
  refl::ObjectDef<TestCxxInitSubset>()
      .def_rw("required_field", &TestCxxInitSubset::required_field)
      .def_rw("optional_field", &TestCxxInitSubset::optional_field, refl::init(false),
              refl::default_value(-1))
      .def_rw("note", &TestCxxInitSubset::note, refl::init(false), refl::default_value("default"));
  refl::ObjectDef<TestCxxKwOnly>()
      .def_rw("x", &TestCxxKwOnly::x, refl::kw_only(true))
      .def_rw("y", &TestCxxKwOnly::y, refl::kw_only(true))
      .def_rw("z", &TestCxxKwOnly::z, refl::kw_only(true))
      .def_rw("w", &TestCxxKwOnly::w, refl::kw_only(true), refl::default_value(100));
  refl::ObjectDef<TestCxxAutoInit>()
      .def_rw("a", &TestCxxAutoInit::a)
      .def_rw("b", &TestCxxAutoInit::b, refl::init(false), refl::default_value(42))
      .def_rw("c", &TestCxxAutoInit::c, refl::kw_only(true))
      .def_rw("d", &TestCxxAutoInit::d, refl::default_value(99));
  refl::ObjectDef<TestCxxAutoInitSimple>()
      .def_rw("x", &TestCxxAutoInitSimple::x)
      .def_rw("y", &TestCxxAutoInitSimple::y);
  refl::ObjectDef<TestCxxAutoInitAllInitOff>()
      .def_rw("x", &TestCxxAutoInitAllInitOff::x, refl::init(false), refl::default_value(7))
      .def_rw("y", &TestCxxAutoInitAllInitOff::y, refl::init(false), refl::default_value(9))
      .def_rw("z", &TestCxxAutoInitAllInitOff::z, refl::init(false));
  using Defaults = TestCxxAutoInitKwOnlyDefaults;
  refl::ObjectDef<Defaults>()
      .def_rw("p_required", &Defaults::p_required)
      .def_rw("p_default", &Defaults::p_default, refl::default_value(11))
      .def_rw("k_required", &Defaults::k_required, refl::kw_only(true))
      .def_rw("k_default", &Defaults::k_default, refl::kw_only(true), refl::default_value(22))
      .def_rw("hidden", &Defaults::hidden, refl::init(false), refl::default_value(33));
  refl::ObjectDef<TestCxxAutoInitParent>()
      .def_rw("parent_required", &TestCxxAutoInitParent::parent_required)
      .def_rw("parent_default", &TestCxxAutoInitParent::parent_default, refl::default_value(5));
  refl::ObjectDef<TestCxxAutoInitChild>()
      .def_rw("child_required", &TestCxxAutoInitChild::child_required)
      .def_rw("child_kw_only", &TestCxxAutoInitChild::child_kw_only, refl::kw_only(true));
  refl::ObjectDef<TestCxxNoAutoInit>(refl::init(false))
      .def_rw("x", &TestCxxNoAutoInit::x)
      .def_rw("y", &TestCxxNoAutoInit::y);
}

}  // namespace testing
}  // namespace ffi
}  // namespace tvm
