// SPDX-License-Identifier: Apache-2.0
//
// Function objects of every make, called, kept, nested and freed across the sides.
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/rvalue_ref.h>

#include "side.h"
#include "types.h"

namespace ABI_SIDE {
namespace {

// C functions and what frees their state.
int CountArguments(void* self, const TVMFFIAny* args, int32_t num_args, TVMFFIAny* result) {
  result->type_index = kTVMFFIInt;
  result->zero_padding = 0;
  result->v_int64 = num_args + (self != nullptr ? *static_cast<int64_t*>(self) : 0);
  return 0;
}
int FailFromC(void*, const TVMFFIAny*, int32_t, TVMFFIAny*) {
  TVMFFIErrorSetRaisedFromCStr("OSError", "raised in C");
  return -1;
}
void FreeState(void* self) {
  --live_objects;
  delete static_cast<int64_t*>(self);
}

Function MakeFunction(const String& what) {
  if (what == "typed") {
    return Function::FromTyped(
        [](int64_t a, double b, const String& c) {
          return std::to_string(a) + " " + std::to_string(b) + " " + std::string(c);
        },
        "typed");
  }
  if (what == "packed") {
    return Function::FromPacked([](const AnyView* args, int32_t num_args, Any* result) {
      Array<Any> all;
      for (int32_t i = num_args; i > 0; --i) all.push_back(args[i - 1]);
      *result = all;
    });
  }
  if (what == "packed args") {
    return Function::FromPacked([](ffi::PackedArgs args, Any* result) {
      *result = args.size() > 1 ? Any(args.Slice(1)[0]) : Any(nullptr);
    });
  }
  if (what == "counter") {
    return Function::FromTyped([object = Base(0)] { return ++object->id; });
  }
  if (what == "extern c") return Function::FromExternC(nullptr, &CountArguments, nullptr);
  if (what == "extern c with state") {
    ++live_objects;
    return Function::FromExternC(new int64_t(100), &CountArguments, &FreeState);
  }
  if (what == "failing c") return Function::FromExternC(nullptr, &FailFromC, nullptr);
  return Function::FromTyped([what](int64_t depth, const Function& other) -> Any {
    if (depth == 0) TVM_FFI_THROW(IndexError) << "the bottom is reached";
    return other(depth - 1, MakeFunction(what));
  });
}

Any Call(const Function& f, const Array<Any>& args) {
  std::vector<AnyView> views(args.begin(), args.end());
  std::vector<Any> owners(args.begin(), args.end());
  for (size_t i = 0; i < owners.size(); ++i) views[i] = owners[i];
  Any result;
  f.CallPacked(views.data(), static_cast<int32_t>(views.size()), &result);
  return result;
}

String CallForError(const Function& f, const Array<Any>& args) {
  return String(ErrorOf([&] { Call(f, args); }));
}

String EveryArgument(bool a, int8_t b, uint32_t c, int64_t d, float e, double f, const char* g,
                     const String& h, const std::string& i, const ffi::Bytes& j, DLDevice k,
                     DLDataType l, void* m, const Array<int64_t>& n, const Map<String, Any>& o,
                     const Function& p, const Optional<Base>& q, AnyView r, const Any& s) {
  std::ostringstream text;
  text << a << int{b} << c << d << e << f << g << h << i << j.size() << k.device_id << l.lanes
       << (m == nullptr) << n.size() << o.size() << p(1, 2).type_index() << q.has_value()
       << r.type_index() << s.type_index();
  return String(text.str());
}

int64_t Apply(const ffi::TypedFunction<int64_t(int64_t, String)>& f, int64_t x) {
  return f(x, String("a text for the callback"));
}
ffi::TypedFunction<int64_t(int64_t)> Adder(int64_t more) {
  return [more](int64_t x) { return x + more; };
}
// Grows the array in place when it was moved in.
Array<Any> Grow(ffi::RValueRef<Array<Any>> argument) {
  Array<Any> array = *std::move(argument);
  array.push_back(array.unique());
  return array;
}

TVM_FFI_STATIC_INIT_BLOCK() {
  refl::GlobalDef()
      .def(ABI_NAME("function_make"), &MakeFunction)
      .def(ABI_NAME("function_call"), &Call)
      .def(ABI_NAME("function_error"), &CallForError)
      .def(ABI_NAME("every_argument"), &EveryArgument)
      .def(ABI_NAME("function_apply"), &Apply)
      .def(ABI_NAME("function_adder"), &Adder)
      .def(ABI_NAME("function_grow"), &Grow)
      .def(ABI_NAME("function_live"), [] { return live_objects; });
}

}  // namespace

ABI_SUBJECT(functions) {
  const Array<Any> mixed{1, 2.5, String("text")};
  for (bool made_by_peer : {true, false}) {
    auto make = [&](const char* what) {
      return made_by_peer ? peer["function_make"](what).cast<Function>() : MakeFunction(what);
    };
    auto call = [&](const Function& f, const Array<Any>& args) {
      return made_by_peer ? Call(f, args) : peer["function_call"](f, args);
    };
    auto error = [&](const Function& f, const Array<Any>& args) {
      return made_by_peer ? CallForError(f, args) : peer["function_error"](f, args).cast<String>();
    };
    out(call(make("typed"), mixed).cast<String>());
    out(call(make("packed"), mixed).cast<Array<Any>>()[0].cast<String>());
    out(call(make("packed args"), mixed).cast<double>());
    const Function counter = make("counter");
    out(call(counter, {}).cast<int>(), call(counter, {}).cast<int>(), counter().cast<int>());
    out(call(make("extern c"), mixed).cast<int>(),
        call(make("extern c with state"), {}).cast<int>());
    out(error(make("typed"), {1}));
    out(error(make("typed"), {1, String("x"), 2}));
    out(error(make("failing c"), {}));
    out(error(make("nesting"), {20, make("nesting")}));
  }
}

ABI_SUBJECT(function_arguments) {
  const Function every = peer["every_argument"];
  const String long_text = "a text that does not fit";
  out(every(true, -5, 7u, int64_t{1} << 40, 1.5f, 2, "chars", "literal", long_text,
            ffi::Bytes("bytes"), DLDevice{kDLCUDA, 3}, DLDataType{kDLInt, 8, 4}, nullptr,
            Array<Any>{1, true}, Map<String, Any>{{"k", 1}},
            Function::FromTyped([](int a, int b) { return a + b; }), Base(1), "view", long_text)
          .cast<String>());
  out(every(1, true, 1, 1, 1, 1, "chars", std::string("std"), "i", ffi::Bytes("a few bytes"),
            "cuda:3", "int8x4", nullptr, Array<int64_t>(), Map<Any, Any>(),
            peer["function_make"]("packed"), nullptr, nullptr, 3)
          .cast<String>());
  const ffi::TypedFunction<int64_t(int64_t, String)> add_length = [](int64_t x, const String& s) {
    return x + static_cast<int64_t>(s.size());
  };
  out(peer["function_apply"](add_length, 5).cast<int64_t>());
  const auto add = peer["function_adder"](30).cast<ffi::TypedFunction<int64_t(int64_t)>>();
  out(add(12), add.packed().use_count());
  out(add.packed().CallExpected<int64_t>(1).value(),
      add.packed().CallExpected<String>(1).error().message(),
      add.packed().CallExpected<int64_t>("x").is_err());
  Array<Any> array{1};
  const auto shared = peer["function_grow"](array).cast<Array<Any>>();
  const auto moved = peer["function_grow"](ffi::RValueRef(std::move(array))).cast<Array<Any>>();
  out(shared[1].cast<bool>(), moved[1].cast<bool>(), array.defined());
}

ABI_SUBJECT(function_lifetime) {
  for (const char* what : {"counter", "extern c with state"}) {
    const int64_t before = peer["function_live"]().cast<int64_t>();
    Function theirs = peer["function_make"](what).cast<Function>();
    const bool held = peer["function_live"]().cast<int64_t>() > before;
    theirs = nullptr;
    out(what, held, peer["function_live"]().cast<int64_t>() == before);
  }
}

ABI_SUBJECT(global_functions) {
  const char* name = "abi_test.temporary";
  Function::SetGlobal(name, peer["function_make"]("counter").cast<Function>());
  out(Function::GetGlobalRequired(name)().cast<int>(),
      ErrorOf([&] { refl::GlobalDef().def(name, [] {}); }));
  Function::SetGlobal(name, MakeFunction("packed args"), true);
  out(Function::GetGlobalRequired(name)(1, 2).cast<int>());
  Function::RemoveGlobal(name);
  out(Function::GetGlobal(name).has_value(), ErrorOf([&] { Function::GetGlobalRequired(name); }));
}

}  // namespace ABI_SIDE
