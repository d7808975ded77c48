// SPDX-License-Identifier: Apache-2.0
//! The raw declarations against the loaded library.

use std::collections::HashSet;

use tvm_ffi::tvm_ffi_sys::*;

#[test]
fn every_declared_function_is_exported() {
    // Naming a function here makes the linker look for it.
    let functions = [
        TVMFFIGetVersion as *const (),
        TVMFFIObjectIncRef as *const (),
        TVMFFIObjectDecRef as *const (),
        TVMFFIObjectCreateOpaque as *const (),
        TVMFFIGetCustomAllocator as *const (),
        TVMFFISetCustomAllocator as *const (),
        TVMFFITypeKeyToIndex as *const (),
        TVMFFITypeGetOrAllocIndex as *const (),
        TVMFFIGetTypeInfo as *const (),
        TVMFFITypeRegisterField as *const (),
        TVMFFITypeRegisterMethod as *const (),
        TVMFFITypeRegisterMetadata as *const (),
        TVMFFITypeRegisterAttr as *const (),
        TVMFFIGetTypeAttrColumn as *const (),
        TVMFFIFunctionGetGlobal as *const (),
        TVMFFIFunctionSetGlobal as *const (),
        TVMFFIFunctionSetGlobalFromMethodInfo as *const (),
        TVMFFIFunctionCreate as *const (),
        TVMFFIAnyViewToOwnedAny as *const (),
        TVMFFIFunctionCall as *const (),
        TVMFFIErrorMoveFromRaised as *const (),
        TVMFFIErrorSetRaised as *const (),
        TVMFFIErrorSetRaisedFromCStr as *const (),
        TVMFFIErrorSetRaisedFromCStrParts as *const (),
        TVMFFIErrorCreate as *const (),
        TVMFFIErrorCreateWithCauseAndExtraContext as *const (),
        TVMFFITensorFromDLPack as *const (),
        TVMFFITensorFromDLPackVersioned as *const (),
        TVMFFITensorToDLPack as *const (),
        TVMFFITensorToDLPackVersioned as *const (),
        TVMFFITensorCreateUnsafeView as *const (),
        TVMFFIStringFromByteArray as *const (),
        TVMFFIBytesFromByteArray as *const (),
        TVMFFIBigIntFromByteArray as *const (),
        TVMFFIBigIntGetContentByteArray as *const (),
        TVMFFIDataTypeFromString as *const (),
        TVMFFIDataTypeToString as *const (),
        TVMFFIBacktrace as *const (),
        TVMFFIHandleInitOnce as *const (),
        TVMFFIHandleDeinitOnce as *const (),
        TVMFFITestingDummyTarget as *const (),
        TVMFFIEnvSetStream as *const (),
        TVMFFIEnvGetStream as *const (),
        TVMFFIEnvSetDLPackManagedTensorAllocator as *const (),
        TVMFFIEnvGetDLPackManagedTensorAllocator as *const (),
        TVMFFIEnvTensorAlloc as *const (),
        TVMFFIEnvCheckSignals as *const (),
        TVMFFIEnvRegisterCAPI as *const (),
        TVMFFIEnvModLookupFromImports as *const (),
        TVMFFIEnvModRegisterContextSymbol as *const (),
        TVMFFIEnvModRegisterSystemLibSymbol as *const (),
    ];
    assert!(functions.iter().all(|function| !function.is_null()));
    let distinct: HashSet<_> = functions.iter().collect();
    assert_eq!(distinct.len(), functions.len());
}

#[test]
fn the_library_reports_the_version_of_its_header() {
    let mut version = TVMFFIVersion {
        major: 9,
        minor: 9,
        patch: 9,
    };
    // SAFETY: the pointer is valid for the call.
    unsafe { TVMFFIGetVersion(&mut version) };
    assert_eq!((version.major, version.minor), (0, 1));
}

#[test]
fn earlier_names_of_enumerators_still_match() {
    let kind = TVMFFIDefRegionKind::kTVMFFIDefRegionKindSimple;
    assert!(matches!(
        kind,
        TVMFFIDefRegionKind::kTVMFFIDefRegionKindNonRecursive
    ));
    assert_eq!(TVMFFITypeIndex::kTVMFFIStaticObjectEnd as i32, 79);
    assert_eq!(DLDeviceType::from_code(10), Some(DLDeviceType::kDLROCM));
    assert_eq!(DLDeviceType::from_code(5), None);
    assert_eq!(DLDeviceType::from_code(-1), None);
}

#[test]
fn enumerators_have_the_values_of_the_header() {
    use TVMFFIFieldFlagBitMask as Flag;
    let flags = [
        Flag::kTVMFFIFieldFlagBitMaskWritable,
        Flag::kTVMFFIFieldFlagBitMaskHasDefault,
        Flag::kTVMFFIFieldFlagBitMaskIsStaticMethod,
        Flag::kTVMFFIFieldFlagBitMaskSEqHashIgnore,
        Flag::kTVMFFIFieldFlagBitMaskSEqHashDefPattern,
        Flag::kTVMFFIFieldFlagBitMaskDefaultFromFactory,
        Flag::kTVMFFIFieldFlagBitMaskReprOff,
        Flag::kTVMFFIFieldFlagBitMaskCompareOff,
        Flag::kTVMFFIFieldFlagBitMaskHashOff,
        Flag::kTVMFFIFieldFlagBitMaskInitOff,
        Flag::kTVMFFIFieldFlagBitMaskKwOnly,
        Flag::kTVMFFIFieldFlagBitSetterIsFunctionObj,
        Flag::kTVMFFIFieldFlagBitMaskSEqHashDefSimple,
    ];
    assert!((0..).zip(flags).all(|(bit, flag)| flag as i32 == 1 << bit));
    use TVMFFISEqHashKind as Kind;
    let kinds = [
        Kind::kTVMFFISEqHashKindUnsupported,
        Kind::kTVMFFISEqHashKindTreeNode,
        Kind::kTVMFFISEqHashKindFreeVar,
        Kind::kTVMFFISEqHashKindDAGNode,
        Kind::kTVMFFISEqHashKindConstTreeNode,
        Kind::kTVMFFISEqHashKindUniqueInstance,
    ];
    assert!((0..).zip(kinds).all(|(value, kind)| kind as i32 == value));
    use DLDataTypeCode as Code;
    let codes = [
        Code::kDLInt,
        Code::kDLUInt,
        Code::kDLFloat,
        Code::kDLOpaqueHandle,
        Code::kDLBfloat,
        Code::kDLComplex,
        Code::kDLBool,
        Code::kDLFloat8_e3m4,
        Code::kDLFloat8_e4m3,
        Code::kDLFloat8_e4m3b11fnuz,
        Code::kDLFloat8_e4m3fn,
        Code::kDLFloat8_e4m3fnuz,
        Code::kDLFloat8_e5m2,
        Code::kDLFloat8_e5m2fnuz,
        Code::kDLFloat8_e8m0fnu,
        Code::kDLFloat6_e2m3fn,
        Code::kDLFloat6_e3m2fn,
        Code::kDLFloat4_e2m1fn,
    ];
    assert!((0..).zip(codes).all(|(value, code)| code as u8 == value));
    let known = (0..32).filter(|code| DLDeviceType::from_code(*code).is_some());
    let expected = [1, 2, 3, 4, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18];
    assert_eq!(known.collect::<Vec<_>>(), expected);
}
