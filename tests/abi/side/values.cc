// SPDX-License-Identifier: Apache-2.0
//
// Values without an object of their own or with a small one: numbers of any size, types, devices,
// optional and expected values, variants, enumerations.
#include <tvm/ffi/big_int.h>
#include <tvm/ffi/container/variant.h>
#include <tvm/ffi/device.h>
#include <tvm/ffi/dtype.h>
#include <tvm/ffi/expected.h>
#include <tvm/ffi/optional.h>

#include "side.h"
#include "types.h"

namespace ABI_SIDE {
namespace {

using ffi::BigInt;
using ffi::Expected;
using ffi::Variant;
using Mixed = Variant<int64_t, double, String, Array<int64_t>, Base>;

String TextOf(const BigInt& value) {
  std::ostringstream text;
  text << value;
  return String(text.str());
}

BigInt Calculate(const String& operation, const BigInt& a, const BigInt& b) {
  if (operation == "+") return a + b;
  if (operation == "-") return a - b;
  if (operation == "*") return a * b;
  if (operation == "/") return a / b;
  if (operation == "%") return a % b;
  if (operation == "&") return a & b;
  if (operation == "|") return a | b;
  if (operation == "^") return a ^ b;
  return a << (b & BigInt(63));
}

BigInt MakeBigInt(int64_t seed) {
  Random random(seed);
  BigInt value = 0;
  for (uint64_t words = random.Below(5); words > 0; --words) {
    value = (value << BigInt(40)) + BigInt(random.Below(1ull << 31));
  }
  return random.Below(2) ? value : -value;
}

// Each layout of Optional, as parameter and as result.
Optional<int64_t> MaybeInt(const Optional<int64_t>& x) { return x; }
Optional<double> MaybeFloat(Optional<double> x) { return x; }
Optional<String> MaybeText(Optional<String> x) { return x; }
Optional<Base> MaybeBase(Optional<Base> x) { return x; }
Optional<DLDevice> MaybeDevice(const Optional<DLDevice>& x) { return x; }
Optional<Mixed> MaybeMixed(const Optional<Mixed>& x) { return x; }

Mixed Flip(const Mixed& value) {
  if (auto number = value.as<int64_t>()) return static_cast<double>(*number) / 2;
  if (auto real = value.as<double>()) return String(std::to_string(*real));
  if (auto text = value.as<String>()) return Array<int64_t>{static_cast<int64_t>(text->size())};
  if (auto array = value.as<Array<int64_t>>()) return Base((*array)[0]);
  return value.get<Base>()->id;
}

Expected<int64_t> Divide(int64_t a, int64_t b) {
  if (b == 0) return ffi::Error("ZeroDivisionError", "nothing to divide by", "");
  return a / b;
}

Array<Any> Scalars() {
  return {nullptr,
          true,
          int64_t{-1},
          1.25,
          DLDevice{kDLCUDA, 2},
          DLDataType{kDLBfloat, 16, 8},
          static_cast<void*>(nullptr),
          String("x"),
          MakeBigInt(9)};
}

TVM_FFI_STATIC_INIT_BLOCK() {
  refl::GlobalDef()
      .def(ABI_NAME("big_text"), &TextOf)
      .def(ABI_NAME("big_calculate"), &Calculate)
      .def(ABI_NAME("big_make"), &MakeBigInt)
      .def(ABI_NAME("maybe_int"), &MaybeInt)
      .def(ABI_NAME("maybe_float"), &MaybeFloat)
      .def(ABI_NAME("maybe_text"), &MaybeText)
      .def(ABI_NAME("maybe_base"), &MaybeBase)
      .def(ABI_NAME("maybe_device"), &MaybeDevice)
      .def(ABI_NAME("maybe_mixed"), &MaybeMixed)
      .def(ABI_NAME("flip"), &Flip)
      .def(ABI_NAME("divide"), &Divide)
      .def(ABI_NAME("scalars"), &Scalars)
      .def(ABI_NAME("dtype_text"), [](DLDataType dtype) { return ffi::DLDataTypeToString(dtype); })
      .def(ABI_NAME("dtype_parse"), [](DLDataType dtype) { return dtype; })
      .def(ABI_NAME("device_parse"), [](DLDevice device) { return device; });
}

// Words of a number as they lie in memory.
std::string Words(const BigInt& value) {
  ffi::BigInt::ArrayView view = ffi::detail::BigIntUnsafe::GetArrayView(value);
  std::ostringstream words;
  for (size_t i = 0; i < view.size(); ++i) words << view[i] << ',';
  return words.str();
}

}  // namespace

ABI_SUBJECT(big_integers) {
  BigInt value = 1;
  for (int64_t i = 0; i < 400; ++i) {
    const BigInt operand = i % 2 ? MakeBigInt(i) : peer["big_make"](i).cast<BigInt>();
    const char* operations[] = {"*", "+", "/", "-", "%", "<", "^", "&", "|"};
    const String operation = operations[i * 7 % 9];
    if ((operation == "/" || operation == "%") && !operand) continue;
    const BigInt own = Calculate(operation, value, operand);
    const BigInt theirs = peer["big_calculate"](operation, value, operand).cast<BigInt>();
    ABI_EXPECT(own == theirs && Words(own) == Words(theirs));
    ABI_EXPECT(ffi::AnyHash()(own) == ffi::AnyHash()(theirs) && ffi::AnyEqual()(own, theirs));
    ABI_EXPECT(peer["big_text"](own).cast<String>() == TextOf(theirs));
    value = theirs;
    if (Words(value).size() > 400) value = operand;
    out(operation, Words(value), TextOf(value));
  }
  out(ErrorOf([&] { peer["big_calculate"]("/", value, 0); }));
}

ABI_SUBJECT(optional_values) {
  out(peer["maybe_int"](5).cast<Optional<int64_t>>().value(),
      peer["maybe_int"](nullptr).cast<Optional<int64_t>>().has_value(),
      peer["maybe_float"](1).cast<Optional<double>>().value(),
      peer["maybe_text"]("short").cast<Optional<String>>().value(),
      peer["maybe_text"](String("a text that is long")).cast<Optional<String>>().value(),
      peer["maybe_text"](nullptr).cast<Optional<String>>().has_value());
  const Base base(3);
  Optional<Base> back = peer["maybe_base"](base).cast<Optional<Base>>();
  out(back.value().same_as(base), base.use_count(),
      peer["maybe_base"](Optional<Base>()).cast<Optional<Base>>().has_value());
  out(peer["maybe_device"](DLDevice{kDLCUDA, 4}).cast<Optional<DLDevice>>().value().device_id);
  out(peer["maybe_mixed"](2.5).cast<Optional<Mixed>>().value().get<double>(),
      peer["maybe_mixed"](nullptr).cast<Optional<Mixed>>().has_value());
  const Function maybe_int = peer["maybe_int"];
  out(ErrorOf([&] { maybe_int("x").cast<int>(); }).find("Expected `Optional<int>` but got `"));
}

ABI_SUBJECT(variants_and_expected) {
  Mixed value = int64_t{14};
  for (int i = 0; i < 15; ++i) {
    value = i % 2 ? Flip(value) : peer["flip"](value).cast<Mixed>();
    out("variant", value.GetTypeKey());
  }
  out(value.as<Base>().has_value() ? value.get<Base>()->id : -1);
  const Function divide = peer["divide"];
  out(divide.CallExpected<int64_t>(7, 2).value(),
      divide.CallExpected<int64_t>(7, 0).error().message(),
      divide.CallExpected<String>(7, 2).error().message());
  out(ErrorOf([&] { divide(7, 0).cast<Expected<int64_t>>().value(); }));
}

ABI_SUBJECT(scalars) {
  const Array<Any> own = Scalars(), theirs = peer["scalars"]().cast<Array<Any>>();
  for (size_t i = 0; i < own.size(); ++i) {
    ABI_EXPECT(ffi::AnyEqual()(own[i], theirs[i]));
    out(theirs[i].type_index(), theirs[i].GetTypeKey(), ffi::AnyHash()(theirs[i]));
  }
  for (const char* text : {"float32", "int8x4", "bfloat16", "float8_e4m3fn", "bool", "handle",
                           "f16", "float4_e2m1fnx2", "uint1", "int32xvscalex4"}) {
    const DLDataType dtype = peer["dtype_parse"](text).cast<DLDataType>();
    ABI_EXPECT(dtype == ffi::StringToDLDataType(text));
    out(int{dtype.code}, int{dtype.bits}, dtype.lanes, peer["dtype_text"](dtype).cast<String>());
  }
  for (const char* text : {"cpu", "cuda:3", "metal:1", "vulkan:0", "rocm:12"}) {
    const DLDevice device = peer["device_parse"](text).cast<DLDevice>();
    out(static_cast<int>(device.device_type), device.device_id);
  }
  out(ErrorOf([&] { peer["dtype_parse"]("float32y"); }));
  const std::string refused = ErrorOf([&] { peer["device_parse"]("nothing:1"); });
  out(refused.substr(refused.find("Expected")));
}

}  // namespace ABI_SIDE
