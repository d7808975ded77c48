// SPDX-License-Identifier: Apache-2.0
//! Data type texts.

use tvm_ffi::*;

use crate::kind_and_message;

#[test]
fn texts_round_trip() {
    for (text, code, bits, lanes) in [
        ("int32", DLDataTypeCode::kDLInt, 32, 1),
        ("uint8", DLDataTypeCode::kDLUInt, 8, 1),
        ("float64", DLDataTypeCode::kDLFloat, 64, 1),
        ("float32x4", DLDataTypeCode::kDLFloat, 32, 4),
        ("bool", DLDataTypeCode::kDLBool, 8, 1),
    ] {
        let dtype = DLDataType::try_from_str(text).unwrap();
        assert_eq!(dtype, DLDataType::new(code, bits, lanes));
        assert_eq!(DLDataTypeExt::to_string(&dtype), text);
    }
}

#[test]
fn an_unknown_name_is_a_value_error() {
    assert_eq!(
        kind_and_message(DLDataType::try_from_str("flot")),
        ("ValueError".into(), "unknown dtype `flot`".into())
    );
}

#[test]
fn strings_convert_to_data_types() {
    let parse = |text: &str| DLDataType::try_from(Any::from(String::from(text)));
    assert_eq!(
        parse("int8").unwrap(),
        DLDataType::new(DLDataTypeCode::kDLInt, 8, 1)
    );
    assert_eq!(parse("float8_e4m3fn").unwrap().code, 10);
    assert_eq!(
        kind_and_message(parse("flot")),
        (
            "TypeError".into(),
            "Cannot convert from type `ffi.SmallStr` to `DataType`".into()
        )
    );
    assert_eq!(Any::from(String::from("int8")).try_as::<DLDataType>(), None);
}
