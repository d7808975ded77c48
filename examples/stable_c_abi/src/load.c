// SPDX-License-Identifier: Apache-2.0
//
// Loads build/add_one_cpu.so and calls its function `add_one_cpu`, all in C.
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <tvm/ffi/c_api.h>

// Values for arguments. None of them owns anything: arguments are borrowed.
static TVMFFIAny None(void) { return (TVMFFIAny){.type_index = kTVMFFINone}; }
static TVMFFIAny Bool(int value) {
  return (TVMFFIAny){.type_index = kTVMFFIBool, .v_int64 = value != 0};
}
static TVMFFIAny RawString(const char* value) {
  return (TVMFFIAny){.type_index = kTVMFFIRawStr, .v_c_str = value};
}
static TVMFFIAny EmptyString(void) { return (TVMFFIAny){.type_index = kTVMFFISmallStr}; }
static TVMFFIAny Tensor(DLTensor* value) {
  return (TVMFFIAny){.type_index = kTVMFFIDLTensorPtr, .v_ptr = value};
}

// Results are owned: objects are counted, and given back here.
static void Release(TVMFFIAny* value) {
  if (value->type_index >= kTVMFFIStaticObjectBegin) TVMFFIObjectDecRef(value->v_obj);
  *value = None();
}

// Calls the global function of that name. Like the functions of the C API it returns 0, or another
// number after storing an error.
static int CallGlobal(const char* name, TVMFFIAny* args, int32_t num_args, TVMFFIAny* result) {
  TVMFFIByteArray key = {name, strlen(name)};
  TVMFFIObjectHandle func = NULL;
  int status = TVMFFIFunctionGetGlobal(&key, &func);
  if (status != 0) return status;
  if (func == NULL) {
    const char* message[] = {"There is no global function ", name};
    TVMFFIErrorSetRaisedFromCStrParts("RuntimeError", message, 2);
    return -1;
  }
  status = TVMFFIFunctionCall(func, args, num_args, result);
  TVMFFIObjectDecRef(func);
  return status;
}

// *module = the library at `path`.
static int LoadModule(const char* path, TVMFFIAny* module) {
  TVMFFIAny args[] = {RawString(path), EmptyString()};
  return CallGlobal("ffi.Module.load_from_file.so", args, 2, module);
}

// *func = the function `name` of the module itself, not of what it imports; None if it has none.
static int GetFunction(TVMFFIAny module, const char* name, TVMFFIAny* func) {
  TVMFFIAny args[] = {module, RawString(name), Bool(0)};
  return CallGlobal("ffi.ModuleGetFunction", args, 3, func);
}

static int AddOne(const char* path, DLTensor* x, DLTensor* y) {
  TVMFFIAny module = None(), func = None(), result = None();
  int status = LoadModule(path, &module);
  if (status == 0) status = GetFunction(module, "add_one_cpu", &func);
  if (status == 0 && func.type_index != kTVMFFIFunction) {
    TVMFFIErrorSetRaisedFromCStr("AttributeError", "The module has no function add_one_cpu");
    status = -1;
  }
  if (status == 0) {
    TVMFFIAny args[] = {Tensor(x), Tensor(y)};
    status = TVMFFIFunctionCall(func.v_obj, args, 2, &result);
  }
  Release(&result);
  Release(&func);
  Release(&module);  // last: the function's code is in it
  return status;
}

// Prints the error that a failed call stored for this thread, and takes it away.
static void PrintError(void) {
  TVMFFIObjectHandle error = NULL;
  TVMFFIErrorMoveFromRaised(&error);
  if (error == NULL) return;
  const TVMFFIErrorCell* cell = (const TVMFFIErrorCell*)((TVMFFIObject*)error + 1);
  fprintf(stderr, "%.*s: %.*s\n", (int)cell->kind.size, cell->kind.data, (int)cell->message.size,
          cell->message.data);
  TVMFFIObjectDecRef(error);
}

int main(void) {
  float x_data[] = {1, 2, 3, 4, 5}, y_data[5];
  int64_t shape[] = {5}, strides[] = {1};
  DLTensor x = {
      .data = x_data,
      .device = {kDLCPU, 0},
      .ndim = 1,
      .dtype = {kDLFloat, 32, 1},
      .shape = shape,
      .strides = strides,
  };
  DLTensor y = x;
  y.data = y_data;

  if (AddOne("build/add_one_cpu.so", &x, &y) != 0) {
    PrintError();
    return 1;
  }
  printf("[ ");
  for (int i = 0; i < 5; ++i) printf("%f ", y_data[i]);
  printf("]\n");
  return 0;
}
