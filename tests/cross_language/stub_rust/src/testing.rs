// SPDX-License-Identifier: Apache-2.0
//! Types of the testing library: of each kind of layout some, and one that is written by hand.
// tvm-ffi-stubgen(ty-map): testing.TestCxxClassBase -> crate::hand::Base
// tvm-ffi-stubgen(enum): testing.TestCxxClassHiddenField.v_i32 -> Mode(i32) { Off=0, On=1 }
// tvm-ffi-stubgen(enum): testing.TestCxxAutoInitSimple.x -> Axis(i64) { X=0, Y=1 }
// tvm-ffi-stubgen(upcast): testing.TestObjectDerived -> tvm_ffi::object::ObjectRef
// tvm-ffi-stubgen(begin): import-section
// tvm-ffi-stubgen(end)

// tvm-ffi-stubgen(begin): object/testing.TestIntPair
// tvm-ffi-stubgen(end)

// tvm-ffi-stubgen(begin): object/testing.TestObjectBase
// tvm-ffi-stubgen(end)

// tvm-ffi-stubgen(begin): object/testing.TestObjectDerived
// tvm-ffi-stubgen(end)

// tvm-ffi-stubgen(begin): object/testing.TestCxxClassDerived
// tvm-ffi-stubgen(end)

// tvm-ffi-stubgen(begin): object/testing.TestCxxClassDerivedDerived
// tvm-ffi-stubgen(end)

// tvm-ffi-stubgen(begin): object/testing.TestCxxClassHiddenField
// tvm-ffi-stubgen(end)

// tvm-ffi-stubgen(begin): object/testing.TestCxxAutoInitSimple
// tvm-ffi-stubgen(end)

// tvm-ffi-stubgen(begin): object/testing.TestCxxIntEnum
// tvm-ffi-stubgen(end)

// tvm-ffi-stubgen(begin): object/testing.SchemaAllTypes
// tvm-ffi-stubgen(end)
