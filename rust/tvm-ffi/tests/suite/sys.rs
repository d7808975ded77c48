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
