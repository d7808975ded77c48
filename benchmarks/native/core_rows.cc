// SPDX-License-Identifier: Apache-2.0
//
// Rows of the core: functions, values, strings, objects, errors.
#include <tvm/ffi/any.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/string.h>

#include <cstdint>
#include <string>
#include <vector>

#include "rows.h"

namespace rows {

namespace {

using namespace tvm::ffi;  // NOLINT(google-build-using-namespace)

constexpr int kLoop = 1000;

class PointObj : public Object {
 public:
  int64_t x;
  int64_t y;
  PointObj(int64_t x, int64_t y) : x(x), y(y) {}
  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("benchmark.Point", PointObj, Object);
};

// What a function of another language is to a C++ caller: nothing but the C calling convention.
int AddOneInC(void*, const TVMFFIAny* args, int32_t, TVMFFIAny* result) {
  result->type_index = kTVMFFIInt;
  result->v_int64 = args[0].v_int64 + 1;
  return 0;
}

void AddCalls(Table* table) {
  Function c_function = Function::FromExternC(nullptr, AddOneInC, nullptr);
  table->Add("call C function(int)", kLoop, [&] {
    int64_t value = 0;
    for (int i = 0; i < kLoop; ++i) value = c_function(value).cast<int64_t>();
    Keep(value);
  });
  Function packed = Function::FromPacked(
      [](const AnyView* args, int32_t, Any* result) { *result = args[0].cast<int64_t>() + 1; });
  table->Add("call packed(int)", kLoop, [&] {
    int64_t value = 0;
    for (int i = 0; i < kLoop; ++i) value = packed(value).cast<int64_t>();
    Keep(value);
  });
  Function typed = Function::FromTyped([](int64_t a, int64_t b) { return a + b; });
  table->Add("call Function(int, int)", kLoop, [&] {
    int64_t value = 0;
    for (int i = 0; i < kLoop; ++i) value = typed(value, 1).cast<int64_t>();
    Keep(value);
  });
  TypedFunction<int64_t(int64_t, int64_t)> wrapped(typed);
  table->Add("call TypedFunction(int, int)", kLoop, [&] {
    int64_t value = 0;
    for (int i = 0; i < kLoop; ++i) value = wrapped(value, 1);
    Keep(value);
  });
  Function text_size = Function::FromTyped([](String text) { return text.size(); });
  String text("a string on the heap");
  table->Add("call Function(str)", kLoop, [&] {
    size_t total = 0;
    for (int i = 0; i < kLoop; ++i) total += text_size(text).cast<size_t>();
    Keep(total);
  });
  table->Add("make Function", kLoop, [&] {
    for (int i = 0; i < kLoop; ++i) {
      Function func = Function::FromTyped([i](int64_t a) { return a + i; });
      Keep(func);
    }
  });
}

void AddValues(Table* table) {
  auto copies = [&](const char* name, const Any& value) {
    table->Add(name, kLoop, [&] {
      for (int i = 0; i < kLoop; ++i) {
        Any copy = value;
        Keep(copy);
      }
    });
  };
  copies("copy Any(int)", Any(7));
  copies("copy Any(object)", Any(String("a string on the heap")));
  Any number = 7;
  table->Add("cast Any to int", kLoop, [&] {
    int64_t total = 0;
    for (int i = 0; i < kLoop; ++i) {
      Keep(number);
      total += number.cast<int64_t>();
    }
    Keep(total);
  });
  table->Add("make object", kLoop, [&] {
    for (int i = 0; i < kLoop; ++i) {
      ObjectPtr<PointObj> point = make_object<PointObj>(i, i);
      Keep(point);
    }
  });
}

void AddStrings(Table* table) {
  auto makes = [&](const char* name, const std::string& content) {
    table->Add(name, kLoop, [&] {
      for (int i = 0; i < kLoop; ++i) {
        String text(content.data(), content.size());
        Keep(text);
      }
    });
  };
  makes("make String, short", "seven b");
  makes("make String, 20 bytes", std::string(20, 'x'));
  makes("make String, 1000 bytes", std::string(1000, 'x'));
  Any lhs = String("a string on the heap"), rhs = String("a string on the heap");
  table->Add("compare strings", kLoop, [&] {
    int equal = 0;
    for (int i = 0; i < kLoop; ++i) {
      Keep(lhs);
      equal += AnyEqual()(lhs, rhs) ? 1 : 0;
    }
    Keep(equal);
  });
  table->Add("hash string", kLoop, [&] {
    uint64_t total = 0;
    for (int i = 0; i < kLoop; ++i) {
      Keep(lhs);
      total += AnyHash()(lhs);
    }
    Keep(total);
  });
}

[[gnu::noinline]] void Refuse(int value) { TVM_FFI_THROW(ValueError) << "refused " << value; }

void AddErrors(Table* table) {
  constexpr int kThrows = 20;
  table->Add("throw and catch", kThrows, [&] {
    for (int i = 0; i < kThrows; ++i) {
      try {
        Refuse(i);
      } catch (const Error& error) {
        Keep(error);
      }
    }
  });
  Function refuse = Function::FromTyped([](int value) { Refuse(value); });
  table->Add("throw through a call", kThrows, [&] {
    for (int i = 0; i < kThrows; ++i) {
      try {
        refuse(i);
      } catch (const Error& error) {
        Keep(error);
      }
    }
  });
  table->Add("raise over the C ABI", kThrows, [&] {
    for (int i = 0; i < kThrows; ++i) {
      TVMFFIAny argument = {}, result = {};
      argument.type_index = TypeIndex::kTVMFFIInt;
      argument.v_int64 = i;
      TVMFFIObjectHandle self = const_cast<void*>(static_cast<const void*>(refuse.get()));
      TVMFFIFunctionCall(self, &argument, 1, &result);
      TVMFFIObjectHandle error = nullptr;
      TVMFFIErrorMoveFromRaised(&error);
      TVMFFIObjectDecRef(error);
    }
  });
  Any text = String("not a number");
  table->Add("failed cast", kThrows, [&] {
    for (int i = 0; i < kThrows; ++i) {
      try {
        int64_t value = text.cast<int64_t>();
        Keep(value);
      } catch (const Error& error) {
        Keep(error);
      }
    }
  });
}

}  // namespace

void AddCoreRows(Table* table) {
  AddCalls(table);
  AddValues(table);
  AddStrings(table);
  AddErrors(table);
}

}  // namespace rows
