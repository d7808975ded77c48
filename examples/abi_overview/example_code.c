// SPDX-License-Identifier: Apache-2.0
//
// Every operation of the C ABI, each in a function of its own to copy from. The program runs them
// all, checks what they do, and prints nothing.
//
// Two rules hold everywhere:
//  * Functions that return `int` return 0, or another number after storing an error for the thread.
//  * Arguments are borrowed. Results are owned: the caller releases them.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/extra/c_env_api.h>

// ---------------------------------------------------------------------------------------------
// What this program needs to check itself
// ---------------------------------------------------------------------------------------------

static void Die(const char* what, int line) {
  TVMFFIObjectHandle error = NULL;
  TVMFFIErrorMoveFromRaised(&error);
  fprintf(stderr, "line %d: %s failed\n", line, what);
  if (error != NULL) {
    const TVMFFIErrorCell* cell = (const TVMFFIErrorCell*)((TVMFFIObject*)error + 1);
    fprintf(stderr, "%s: %s\n", cell->kind.data, cell->message.data);
  }
  exit(1);
}

// Runs a function of the ABI that must succeed.
#define CHECK(call)                        \
  do {                                     \
    if ((call) != 0) Die(#call, __LINE__); \
  } while (0)

// States what is true at this point.
#define EXPECT(condition)                        \
  do {                                           \
    if (!(condition)) Die(#condition, __LINE__); \
  } while (0)

static TVMFFIByteArray Text(const char* text) { return (TVMFFIByteArray){text, strlen(text)}; }

static int TextIs(TVMFFIByteArray text, const char* expected) {
  return text.size == strlen(expected) && memcmp(text.data, expected, text.size) == 0;
}

static void ShowVersion(void) {
  TVMFFIVersion version;
  TVMFFIGetVersion(&version);  // of the library that runs; the macros are of the header
  EXPECT(version.major == TVM_FFI_VERSION_MAJOR);
  EXPECT(version.minor == TVM_FFI_VERSION_MINOR);
}

// ---------------------------------------------------------------------------------------------
// Values: 16 bytes, an index that says what they are and the value itself
// ---------------------------------------------------------------------------------------------

// Bytes that a value does not use are zero, which designated initialisers see to.
static TVMFFIAny None(void) { return (TVMFFIAny){.type_index = kTVMFFINone}; }
static TVMFFIAny Int(int64_t value) {
  return (TVMFFIAny){.type_index = kTVMFFIInt, .v_int64 = value};
}
static TVMFFIAny Bool(int value) {
  return (TVMFFIAny){.type_index = kTVMFFIBool, .v_int64 = value != 0};
}
static TVMFFIAny Float(double value) {
  return (TVMFFIAny){.type_index = kTVMFFIFloat, .v_float64 = value};
}
static TVMFFIAny Pointer(void* value) {
  return (TVMFFIAny){.type_index = kTVMFFIOpaquePtr, .v_ptr = value};
}
static TVMFFIAny DataType(DLDataType value) {
  return (TVMFFIAny){.type_index = kTVMFFIDataType, .v_dtype = value};
}
static TVMFFIAny Device(DLDevice value) {
  return (TVMFFIAny){.type_index = kTVMFFIDevice, .v_device = value};
}
static TVMFFIAny Object(TVMFFIObjectHandle value) {
  TVMFFIObject* object = (TVMFFIObject*)value;
  if (object == NULL) return None();  // a null reference is None
  return (TVMFFIAny){.type_index = object->type_index, .v_obj = object};
}

// These are for arguments only: they borrow what they point to.
static TVMFFIAny RawString(const char* value) {
  return (TVMFFIAny){.type_index = kTVMFFIRawStr, .v_c_str = value};
}
static TVMFFIAny RawBytes(TVMFFIByteArray* value) {
  return (TVMFFIAny){.type_index = kTVMFFIByteArrayPtr, .v_ptr = value};
}
static TVMFFIAny RawTensor(DLTensor* value) {
  return (TVMFFIAny){.type_index = kTVMFFIDLTensorPtr, .v_ptr = value};
}

static int IsObject(const TVMFFIAny* value) {
  return value->type_index >= kTVMFFIStaticObjectBegin;
}

// A second owner of a value.
static TVMFFIAny Copy(const TVMFFIAny* value) {
  if (IsObject(value)) CHECK(TVMFFIObjectIncRef(value->v_obj));
  return *value;
}

static void Release(TVMFFIAny* value) {
  if (IsObject(value)) CHECK(TVMFFIObjectDecRef(value->v_obj));
  *value = None();
}

// Reads a number; a bool is an int, and an int is a float.
static int ReadInt(const TVMFFIAny* value, int64_t* out) {
  if (value->type_index != kTVMFFIInt && value->type_index != kTVMFFIBool) return 0;
  *out = value->v_int64;
  return 1;
}
static int ReadFloat(const TVMFFIAny* value, double* out) {
  int64_t integer = 0;
  if (value->type_index == kTVMFFIFloat) {
    *out = value->v_float64;
    return 1;
  }
  if (!ReadInt(value, &integer)) return 0;
  *out = (double)integer;
  return 1;
}

static void ShowValues(void) {
  int64_t integer = 0;
  double number = 0;
  TVMFFIAny yes = Bool(7), seven = Int(7), half = Float(0.5), nothing = None();
  EXPECT(ReadInt(&yes, &integer) && integer == 1);
  EXPECT(ReadFloat(&seven, &number) && number == 7.0);
  EXPECT(ReadFloat(&half, &number) && number == 0.5);
  EXPECT(!ReadInt(&half, &integer) && !ReadFloat(&nothing, &number));

  TVMFFIAny device = Device((DLDevice){kDLCUDA, 1});
  EXPECT(device.v_device.device_type == kDLCUDA && device.v_device.device_id == 1);
  TVMFFIAny dtype = DataType((DLDataType){kDLFloat, 16, 1});
  EXPECT(dtype.v_dtype.bits == 16);
  EXPECT(Pointer(&integer).v_ptr == &integer);
}

// What a function keeps, it must own: this turns a borrowed argument into an owned value.
static void ShowOwnedCopyOfAnArgument(void) {
  TVMFFIAny argument = RawString("borrowed from the caller"), owned;
  CHECK(TVMFFIAnyViewToOwnedAny(&argument, &owned));
  EXPECT(owned.type_index == kTVMFFIStr);
  TVMFFIAny second = Copy(&owned);
  EXPECT(second.v_obj == owned.v_obj);
  Release(&owned);
  Release(&second);
}

// ---------------------------------------------------------------------------------------------
// Strings, bytes, and integers of any size
// ---------------------------------------------------------------------------------------------

// The content of a string in any of its forms; it lives as long as the value.
static TVMFFIByteArray ContentOf(const TVMFFIAny* value) {
  switch (value->type_index) {
    case kTVMFFISmallStr:  // up to 7 bytes, in the value itself
    case kTVMFFISmallBytes:
      return (TVMFFIByteArray){value->v_bytes, value->small_str_len};
    case kTVMFFIStr:  // an object: the byte array follows its header
    case kTVMFFIBytes:
      return *(const TVMFFIByteArray*)(value->v_obj + 1);
    case kTVMFFIRawStr:
      return Text(value->v_c_str);
    case kTVMFFIByteArrayPtr:
      return *(const TVMFFIByteArray*)value->v_ptr;
    default:
      return (TVMFFIByteArray){NULL, 0};
  }
}

static void ShowStrings(void) {
  TVMFFIByteArray input = Text("short"), longer = Text("longer than seven bytes");
  TVMFFIAny string, bytes;
  CHECK(TVMFFIStringFromByteArray(&input, &string));
  CHECK(TVMFFIBytesFromByteArray(&longer, &bytes));
  EXPECT(string.type_index == kTVMFFISmallStr && bytes.type_index == kTVMFFIBytes);
  EXPECT(TextIs(ContentOf(&string), "short"));
  EXPECT(TextIs(ContentOf(&bytes), "longer than seven bytes"));
  Release(&string);
  Release(&bytes);

  TVMFFIAny raw_string = RawString("raw"), raw_bytes = RawBytes(&longer);
  EXPECT(TextIs(ContentOf(&raw_string), "raw"));
  EXPECT(ContentOf(&raw_bytes).data == longer.data);
}

// Words of 64 bits in two's complement, the least significant one first.
static void ShowBigIntegers(void) {
  const int64_t two_to_the_64[] = {0, 1};
  TVMFFIByteArray words = {(const char*)two_to_the_64, sizeof(two_to_the_64)};
  TVMFFIAny value;
  CHECK(TVMFFIBigIntFromByteArray(&words, &value));
  EXPECT(value.type_index == kTVMFFIBigInt);
  TVMFFIByteArray content = TVMFFIBigIntGetContentByteArray(&value);
  EXPECT(content.size == sizeof(two_to_the_64));
  EXPECT(memcmp(content.data, two_to_the_64, content.size) == 0);
  Release(&value);

  words.size = sizeof(int64_t);  // what fits into an int64 is an int
  CHECK(TVMFFIBigIntFromByteArray(&words, &value));
  EXPECT(value.type_index == kTVMFFIInt && value.v_int64 == 0);
}

static void ShowDataTypes(void) {
  TVMFFIByteArray name = Text("bfloat16x4");
  DLDataType dtype;
  CHECK(TVMFFIDataTypeFromString(&name, &dtype));
  EXPECT(dtype.code == kDLBfloat && dtype.bits == 16 && dtype.lanes == 4);
  TVMFFIAny printed;
  CHECK(TVMFFIDataTypeToString(&dtype, &printed));
  EXPECT(TextIs(ContentOf(&printed), "bfloat16x4"));
  Release(&printed);
}

// ---------------------------------------------------------------------------------------------
// Functions
// ---------------------------------------------------------------------------------------------

// The signature of every function: borrowed arguments in, an owned result out, 0 for success.
// `self` is what the function object was created with.
static int AddToSelf(void* self, const TVMFFIAny* args, int32_t num_args, TVMFFIAny* result) {
  int64_t value = 0;
  if (num_args != 1 || !ReadInt(&args[0], &value)) {
    TVMFFIErrorSetRaisedFromCStr("TypeError", "expects one int");
    return -1;
  }
  *result = Int(*(int64_t*)self + value);
  return 0;
}

static void ShowFunctions(void) {
  int64_t* self = (int64_t*)malloc(sizeof(int64_t));
  *self = 40;
  TVMFFIObjectHandle func;
  CHECK(TVMFFIFunctionCreate(self, AddToSelf, free, &func));  // free(self) with the last reference

  // The result slot is None, or another value that owns nothing, when the call begins.
  TVMFFIAny args[] = {Int(2)}, result = None();
  CHECK(TVMFFIFunctionCall(func, args, 1, &result));
  EXPECT(result.type_index == kTVMFFIInt && result.v_int64 == 42);

  // The same without the function of the library: the object holds what to call.
  const TVMFFIFunctionCell* cell = (const TVMFFIFunctionCell*)((TVMFFIObject*)func + 1);
  CHECK(cell->safe_call(func, args, 1, &result));
  EXPECT(result.v_int64 == 42);
  CHECK(TVMFFIObjectDecRef(func));
}

// Calls the global function of that name.
static void CallGlobal(const char* name, TVMFFIAny* args, int32_t num_args, TVMFFIAny* result) {
  TVMFFIByteArray key = Text(name);
  TVMFFIObjectHandle func = NULL;
  CHECK(TVMFFIFunctionGetGlobal(&key, &func));
  EXPECT(func != NULL);  // that a name is unknown is no error
  *result = None();
  CHECK(TVMFFIFunctionCall(func, args, num_args, result));
  CHECK(TVMFFIObjectDecRef(func));
}

// Global functions can be called by name from every language in the process.
static void ShowGlobalFunctions(void) {
  static int64_t one = 1;
  TVMFFIObjectHandle func;
  CHECK(TVMFFIFunctionCreate(&one, AddToSelf, NULL, &func));
  TVMFFIByteArray name = Text("abi_overview.add_one");
  CHECK(TVMFFIFunctionSetGlobal(&name, func, /*allow_override=*/0));

  // With documentation and a type schema, for bindings to show.
  TVMFFIMethodInfo info = {
      .name = Text("abi_overview.add_one_documented"),
      .doc = Text("Adds one."),
      .metadata = Text("{\"type_schema\":\"{\\\"type\\\":\\\"ffi.Function\\\"}\"}"),
      .flags = kTVMFFIFieldFlagBitMaskIsStaticMethod,
      .method = Object(func),
  };
  CHECK(TVMFFIFunctionSetGlobalFromMethodInfo(&info, /*allow_override=*/0));
  CHECK(TVMFFIObjectDecRef(func));  // the registry has its own reference

  TVMFFIAny args[] = {Int(41)}, result;
  CallGlobal("abi_overview.add_one", args, 1, &result);
  EXPECT(result.v_int64 == 42);
  CallGlobal("abi_overview.add_one_documented", args, 1, &result);
  EXPECT(result.v_int64 == 42);

  TVMFFIObjectHandle unknown;
  TVMFFIByteArray unknown_name = Text("abi_overview.unknown");
  CHECK(TVMFFIFunctionGetGlobal(&unknown_name, &unknown));
  EXPECT(unknown == NULL);
}

// ---------------------------------------------------------------------------------------------
// Errors
// ---------------------------------------------------------------------------------------------

static void ShowCatching(void) {
  int64_t self = 0;
  TVMFFIObjectHandle func, error;
  CHECK(TVMFFIFunctionCreate(&self, AddToSelf, NULL, &func));
  TVMFFIAny args[] = {RawString("no int")}, result = None();
  EXPECT(TVMFFIFunctionCall(func, args, 1, &result) != 0);
  CHECK(TVMFFIObjectDecRef(func));

  TVMFFIErrorMoveFromRaised(&error);  // takes the error away from the thread: it is ours now
  const TVMFFIErrorCell* cell = (const TVMFFIErrorCell*)((TVMFFIObject*)error + 1);
  EXPECT(TextIs(cell->kind, "TypeError"));
  EXPECT(TextIs(cell->message, "expects one int"));
  EXPECT(cell->backtrace.size > 0);
  CHECK(TVMFFIObjectDecRef(error));
}

static void ShowRaising(void) {
  // In parts, for generated code that shares the constant ones.
  const char* parts[] = {"argument ", "x", NULL, " is too small"};
  TVMFFIErrorSetRaisedFromCStrParts("ValueError", parts, 4);
  TVMFFIObjectHandle cause;
  TVMFFIErrorMoveFromRaised(&cause);

  // As an object, with the error that led to it. TVMFFIErrorCreate is the same without.
  TVMFFIByteArray kind = Text("RuntimeError"), message = Text("cannot launch");
  const TVMFFIByteArray* backtrace = TVMFFIBacktrace(__FILE__, __LINE__, __func__, 0);
  TVMFFIObjectHandle plain, error;
  CHECK(TVMFFIErrorCreate(&kind, &message, backtrace, &plain));
  CHECK(TVMFFIErrorCreateWithCauseAndExtraContext(&kind, &message, backtrace, cause,
                                                  /*extra_context=*/plain, &error));
  CHECK(TVMFFIObjectDecRef(plain));
  CHECK(TVMFFIObjectDecRef(cause));
  TVMFFIErrorSetRaised(error);  // a function returns -1 after this
  CHECK(TVMFFIObjectDecRef(error));

  TVMFFIErrorMoveFromRaised(&error);
  const TVMFFIErrorCell* cell = (const TVMFFIErrorCell*)((TVMFFIObject*)error + 1);
  const TVMFFIErrorCell* led_to_it = (const TVMFFIErrorCell*)((TVMFFIObject*)cell->cause_chain + 1);
  EXPECT(TextIs(led_to_it->message, "argument x is too small"));

  // A layer that the error passes through can add its own frames.
  TVMFFIByteArray frame = Text("  File \"launch.py\", line 3, in launch\n");
  size_t size = cell->backtrace.size;
  cell->update_backtrace(error, &frame, kTVMFFIBacktraceUpdateModeAppend);
  EXPECT(cell->backtrace.size == size + frame.size);
  CHECK(TVMFFIObjectDecRef(error));
}

// ---------------------------------------------------------------------------------------------
// Objects: a type of one's own
// ---------------------------------------------------------------------------------------------

// The header comes first. It holds the counts, the type and the deleter.
typedef struct {
  TVMFFIObject header;
  int64_t value;
} Counter;

static int32_t counter_type;

// Content goes with the last strong reference, memory with the last weak one.
static void DeleteCounter(void* self, int flags) {
  if (flags & kTVMFFIObjectDeleterFlagBitMaskWeak) free(self);
}

static int CreateCounter(TVMFFIObjectHandle* result) {
  Counter* counter = (Counter*)calloc(1, sizeof(Counter));
  if (counter == NULL) {
    TVMFFIErrorSetRaisedFromCStr("MemoryError", "no memory for a counter");
    return -1;
  }
  // One strong reference, and the weak one that all strong ones share.
  counter->header.combined_ref_count = ((uint64_t)1 << 32) | 1;
  counter->header.type_index = counter_type;
  counter->header.deleter = DeleteCounter;
  *result = counter;
  return 0;
}

// Fields are reached by their address.
static int GetInt64(void* field, TVMFFIAny* result) {
  *result = Int(*(int64_t*)field);
  return 0;
}
static int SetInt64(void* field, const TVMFFIAny* value) {
  if (ReadInt(value, (int64_t*)field)) return 0;
  TVMFFIErrorSetRaisedFromCStr("TypeError", "value must be an int");
  return -1;
}

// A method gets the object as its first argument.
static int Increment(void* self, const TVMFFIAny* args, int32_t num_args, TVMFFIAny* result) {
  (void)self;
  if (num_args != 1 || args[0].type_index != counter_type) {
    TVMFFIErrorSetRaisedFromCStr("TypeError", "expects a counter");
    return -1;
  }
  *result = Int(++((Counter*)args[0].v_obj)->value);
  return 0;
}

static void RegisterCounter(void) {
  TVMFFIByteArray key = Text("abi_overview.Counter");
  counter_type = TVMFFITypeGetOrAllocIndex(&key, /*static_type_index=*/-1, /*type_depth=*/1,
                                           /*num_child_slots=*/0, /*child_slots_can_overflow=*/1,
                                           /*parent_type_index=*/kTVMFFIObject);

  TVMFFITypeMetadata metadata = {
      .doc = Text("Counts."),
      .creator = CreateCounter,
      .total_size = sizeof(Counter),
      .structural_eq_hash_kind = kTVMFFISEqHashKindTreeNode,
  };
  CHECK(TVMFFITypeRegisterMetadata(counter_type, &metadata));

  TVMFFIFieldInfo field = {
      .name = Text("value"),
      .metadata = Text("{\"type_schema\":\"{\\\"type\\\":\\\"int\\\"}\"}"),
      .flags = kTVMFFIFieldFlagBitMaskWritable,
      .size = sizeof(int64_t),
      .alignment = _Alignof(int64_t),
      .offset = offsetof(Counter, value),
      .getter = GetInt64,
      .setter = (void*)SetInt64,
      .field_static_type_index = kTVMFFIInt,
  };
  CHECK(TVMFFITypeRegisterField(counter_type, &field));

  TVMFFIObjectHandle increment;
  CHECK(TVMFFIFunctionCreate(NULL, Increment, NULL, &increment));
  TVMFFIMethodInfo method = {.name = Text("increment"), .method = Object(increment)};
  CHECK(TVMFFITypeRegisterMethod(counter_type, &method));
  CHECK(TVMFFIObjectDecRef(increment));

  // Anything else that is to be known of a type, under a name of one's own.
  TVMFFIByteArray attribute = Text("abi_overview.unit");
  TVMFFIAny unit = RawString("pieces");
  CHECK(TVMFFITypeRegisterAttr(counter_type, &attribute, &unit));
}

// Whether an object is of a type or of one below it.
static int IsInstance(const TVMFFIAny* value, int32_t type_index) {
  if (value->type_index == type_index) return 1;
  if (!IsObject(value)) return 0;
  const TVMFFITypeInfo* type = TVMFFIGetTypeInfo(type_index);
  const TVMFFITypeInfo* own = TVMFFIGetTypeInfo(value->type_index);
  return own->type_depth > type->type_depth && own->type_ancestors[type->type_depth] == type;
}

// Bindings of a language find everything in the type table: they need no code for a type.
static void ShowReflection(void) {
  int32_t type_index;
  TVMFFIByteArray key = Text("abi_overview.Counter");
  CHECK(TVMFFITypeKeyToIndex(&key, &type_index));
  const TVMFFITypeInfo* type = TVMFFIGetTypeInfo(type_index);

  TVMFFIObjectHandle counter;
  CHECK(type->metadata->creator(&counter));
  TVMFFIAny object = Object(counter), value = Int(41), result = None();
  EXPECT(IsInstance(&object, kTVMFFIObject) && !IsInstance(&object, kTVMFFIStr));

  EXPECT(type->num_fields == 1 && TextIs(type->fields[0].name, "value"));
  const TVMFFIFieldInfo* field = &type->fields[0];
  void* address = (char*)counter + field->offset;
  CHECK(((TVMFFIFieldSetter)field->setter)(address, &value));

  EXPECT(type->num_methods == 1 && TextIs(type->methods[0].name, "increment"));
  CHECK(TVMFFIFunctionCall(type->methods[0].method.v_obj, &object, 1, &result));
  EXPECT(result.v_int64 == 42);
  CHECK(field->getter(address, &result));
  EXPECT(result.v_int64 == 42);

  TVMFFIByteArray attribute = Text("abi_overview.unit");
  const TVMFFITypeAttrColumn* column = TVMFFIGetTypeAttrColumn(&attribute);
  int32_t row = type_index - column->begin_index;
  EXPECT(row >= 0 && row < column->size);
  EXPECT(TextIs(ContentOf(&column->data[row]), "pieces"));
  Release(&object);
}

static int num_closed = 0;
static void CloseForeign(void* handle) { num_closed += handle == &num_closed; }

// An object of another language that only travels through.
static void ShowOpaqueObjects(void) {
  TVMFFIObjectHandle object;
  CHECK(TVMFFIObjectCreateOpaque(&num_closed, kTVMFFIOpaquePyObject, CloseForeign, &object));
  const TVMFFIOpaqueObjectCell* cell = (const TVMFFIOpaqueObjectCell*)((TVMFFIObject*)object + 1);
  EXPECT(cell->handle == &num_closed);
  CHECK(TVMFFIObjectDecRef(object));
  EXPECT(num_closed == 1);
}

// Memory for objects can come from the host, which may put a header of its own before them.
static void ShowAllocator(void) {
  TVMFFICustomAllocator* allocator = TVMFFIGetCustomAllocator();
  void* body =
      allocator->allocate(sizeof(Counter), _Alignof(Counter), kTVMFFIObject, allocator->context);
  EXPECT(body != NULL);
  ((TVMFFIObjectAllocHeader*)body - 1)->delete_space(body);

  static TVMFFICustomAllocator of_this_program;
  of_this_program = *allocator;
  CHECK(TVMFFISetCustomAllocator(&of_this_program));
  EXPECT(TVMFFIGetCustomAllocator() == &of_this_program);
  CHECK(TVMFFISetCustomAllocator(NULL));  // the library's own again
}

// ---------------------------------------------------------------------------------------------
// Containers: made by global functions, sequences read in place
// ---------------------------------------------------------------------------------------------

static void ShowContainers(void) {
  TVMFFIAny elements[] = {Int(1), RawString("two"), Float(3.0)}, array, shape, map, found;
  CallGlobal("ffi.Array", elements, 3, &array);
  const TVMFFISeqCell* cell = (const TVMFFISeqCell*)(array.v_obj + 1);
  const TVMFFIAny* begin = (const TVMFFIAny*)cell->data;
  EXPECT(cell->size == 3 && TextIs(ContentOf(&begin[1]), "two"));

  TVMFFIAny extents[] = {Int(2), Int(3)};
  CallGlobal("ffi.Shape", extents, 2, &shape);
  const TVMFFIShapeCell* shape_cell = (const TVMFFIShapeCell*)(shape.v_obj + 1);
  EXPECT(shape_cell->size == 2 && shape_cell->data[1] == 3);

  TVMFFIAny key_and_value[] = {RawString("answer"), Int(42)};
  CallGlobal("ffi.Map", key_and_value, 2, &map);
  TVMFFIAny lookup[] = {map, RawString("answer")};
  CallGlobal("ffi.MapGetItem", lookup, 2, &found);
  EXPECT(found.v_int64 == 42);

  Release(&array);
  Release(&shape);
  Release(&map);
}

// ---------------------------------------------------------------------------------------------
// Tensors
// ---------------------------------------------------------------------------------------------

static DLTensor VectorOver(float* data, int64_t* size) {
  return (DLTensor){
      .data = data,
      .device = {kDLCPU, 0},
      .ndim = 1,
      .dtype = {kDLFloat, 32, 1},
      .shape = size,
  };
}

// The DLTensor of an argument: the caller's own, or that of a tensor object.
static DLTensor* TensorOf(const TVMFFIAny* value) {
  if (value->type_index == kTVMFFIDLTensorPtr) return (DLTensor*)value->v_ptr;
  if (value->type_index == kTVMFFITensor) return (DLTensor*)(value->v_obj + 1);
  return NULL;
}

static float memory[4] = {0, 1, 2, 3};
static int64_t memory_size = 4;
static int num_deleted = 0;

// A producer hands out a managed tensor, whose deleter gives its memory back.
static void DeleteManaged(DLManagedTensor* managed) { num_deleted += managed->manager_ctx != NULL; }
static void DeleteVersioned(DLManagedTensorVersioned* managed) {
  num_deleted += managed->manager_ctx != NULL;
}

// From another framework and back, without a copy.
static void ShowDLPack(void) {
  DLManagedTensor managed = {VectorOver(memory, &memory_size), memory, DeleteManaged};
  TVMFFIObjectHandle tensor;
  CHECK(
      TVMFFITensorFromDLPack(&managed, /*require_alignment=*/0, /*require_contiguous=*/1, &tensor));
  TVMFFIAny value = Object(tensor);
  EXPECT(TensorOf(&value)->data == memory && TensorOf(&value)->shape[0] == 4);
  EXPECT(TensorOf(&value)->strides[0] == 1);  // a tensor object always has strides

  DLManagedTensor* exported;
  CHECK(TVMFFITensorToDLPack(tensor, &exported));
  CHECK(TVMFFIObjectDecRef(tensor));
  EXPECT(exported->dl_tensor.data == memory && num_deleted == 0);
  exported->deleter(exported);
  EXPECT(num_deleted == 1);
}

static void ShowVersionedDLPackAndViews(void) {
  DLManagedTensorVersioned managed = {
      .version = {DLPACK_MAJOR_VERSION, DLPACK_MINOR_VERSION},
      .manager_ctx = memory,
      .deleter = DeleteVersioned,
      .dl_tensor = VectorOver(memory, &memory_size),
  };
  TVMFFIObjectHandle tensor, view;
  CHECK(TVMFFITensorFromDLPackVersioned(&managed, 0, 1, &tensor));

  // Another shape over the same memory; the view keeps the tensor alive.
  int64_t shape[] = {2, 2}, strides[] = {2, 1};
  DLTensor prototype = managed.dl_tensor;
  prototype.ndim = 2;
  prototype.shape = shape;
  prototype.strides = strides;
  CHECK(TVMFFITensorCreateUnsafeView(tensor, &prototype, &view));
  CHECK(TVMFFIObjectDecRef(tensor));

  DLManagedTensorVersioned* exported;
  CHECK(TVMFFITensorToDLPackVersioned(view, &exported));
  CHECK(TVMFFIObjectDecRef(view));
  EXPECT(exported->dl_tensor.ndim == 2 && num_deleted == 1);
  exported->deleter(exported);
  EXPECT(num_deleted == 2);
}

// An allocator, as a framework sets it so that functions can return its tensors.
static int AllocateVector(DLTensor* prototype, DLManagedTensorVersioned** out, void* error_ctx,
                          void (*set_error)(void* error_ctx, const char* kind,
                                            const char* message)) {
  static DLManagedTensorVersioned managed;
  if (prototype->ndim != 1 || prototype->shape[0] > memory_size) {
    set_error(error_ctx, "MemoryError", "only short vectors");
    return -1;
  }
  managed = (DLManagedTensorVersioned){
      .version = {DLPACK_MAJOR_VERSION, DLPACK_MINOR_VERSION},
      .manager_ctx = memory,
      .deleter = DeleteVersioned,
      .dl_tensor = VectorOver(memory, &memory_size),
  };
  *out = &managed;
  return 0;
}

static void ShowTensorAllocation(void) {
  DLPackManagedTensorAllocator original;
  CHECK(TVMFFIEnvSetDLPackManagedTensorAllocator(AllocateVector, /*write_to_global_context=*/0,
                                                 &original));
  EXPECT(TVMFFIEnvGetDLPackManagedTensorAllocator() == AllocateVector);
  DLTensor prototype = VectorOver(NULL, &memory_size);
  TVMFFIObjectHandle tensor;
  CHECK(TVMFFIEnvTensorAlloc(&prototype, &tensor));
  TVMFFIAny value = Object(tensor);
  EXPECT(TensorOf(&value)->data == memory);
  Release(&value);
  CHECK(TVMFFIEnvSetDLPackManagedTensorAllocator(original, 0, NULL));

  TVMFFIAny borrowed = RawTensor(&prototype);
  EXPECT(TensorOf(&borrowed) == &prototype);
}

// ---------------------------------------------------------------------------------------------
// The environment: streams, the host interpreter, state that is made once
// ---------------------------------------------------------------------------------------------

// The stream that kernels launched from this thread shall use on cuda:0.
static void ShowStreams(void) {
  int stream_of_some_runtime = 0;
  TVMFFIStreamHandle original;
  CHECK(TVMFFIEnvSetStream(kDLCUDA, 0, &stream_of_some_runtime, &original));
  EXPECT(TVMFFIEnvGetStream(kDLCUDA, 0) == &stream_of_some_runtime);
  CHECK(TVMFFIEnvSetStream(kDLCUDA, 0, original, NULL));
}

static int NoSignals(void) { return 0; }
static void* EnsureLock(void) { return NULL; }
static void ReleaseLock(void* state) { (void)state; }

// A long-running function asks now and then whether the host wants it to stop (Ctrl-C). A host
// says how that is found out; the names are those of Python's C API.
static void ShowSignals(void) {
  CHECK(TVMFFIEnvRegisterCAPI("PyErr_CheckSignals", (void*)NoSignals));
  CHECK(TVMFFIEnvRegisterCAPI("PyGILState_Ensure", (void*)EnsureLock));
  CHECK(TVMFFIEnvRegisterCAPI("PyGILState_Release", (void*)ReleaseLock));
  CHECK(TVMFFIEnvCheckSignals());
}

static int OpenState(void** result) {
  *result = malloc(1);
  return *result != NULL ? 0 : -1;
}
static int CloseState(void* handle) {
  free(handle);
  return 0;
}

// State that many threads may ask for first.
static void ShowInitOnce(void) {
  static void* state = NULL;
  CHECK(TVMFFIHandleInitOnce(&state, OpenState));
  void* opened = state;
  CHECK(TVMFFIHandleInitOnce(&state, OpenState));
  EXPECT(opened != NULL && state == opened);
  CHECK(TVMFFIHandleDeinitOnce(&state, CloseState));
  EXPECT(state == NULL);
}

// ---------------------------------------------------------------------------------------------
// Modules: code that is linked into the program
// ---------------------------------------------------------------------------------------------

// Filled when the module is made: its own handle, for look-ups, and what another library offers.
static void* library_ctx = NULL;
static int (*callback)(void) = NULL;
static int AnswerOfTheHost(void) { return 42; }

// A function of the module that calls one which it does not link against.
static int Twice(void* self, const TVMFFIAny* args, int32_t num_args, TVMFFIAny* result) {
  (void)self;
  TVMFFIObjectHandle add_one;  // borrowed: the module owns it
  int status = TVMFFIEnvModLookupFromImports(library_ctx, "abi_overview.add_one", &add_one);
  if (status != 0) return status;
  status = TVMFFIFunctionCall(add_one, (TVMFFIAny*)args, num_args, result);
  if (status != 0) return status;
  TVMFFIAny intermediate = *result;
  *result = None();
  return TVMFFIFunctionCall(add_one, &intermediate, 1, result);
}

static void ShowSystemLibrary(void) {
  // Names as in a shared library; the prefix keeps several such modules apart.
  CHECK(TVMFFIEnvModRegisterSystemLibSymbol("__tvm_ffi_abi_overview.twice", (void*)Twice));
  CHECK(TVMFFIEnvModRegisterSystemLibSymbol("abi_overview.__tvm_ffi__library_ctx", &library_ctx));
  CHECK(TVMFFIEnvModRegisterSystemLibSymbol("abi_overview.callback", &callback));
  CHECK(TVMFFIEnvModRegisterContextSymbol("callback", (void*)AnswerOfTheHost));

  TVMFFIAny prefix = RawString("abi_overview."), module, func, result = None();
  CallGlobal("ffi.SystemLib", &prefix, 1, &module);
  EXPECT(module.type_index == kTVMFFIModule && library_ctx != NULL);
  EXPECT(callback != NULL && callback() == 42);

  TVMFFIAny query[] = {module, RawString("twice"), Bool(0)};
  CallGlobal("ffi.ModuleGetFunction", query, 3, &func);
  EXPECT(func.type_index == kTVMFFIFunction);
  TVMFFIAny args[] = {Int(40)};
  CHECK(TVMFFIFunctionCall(func.v_obj, args, 1, &result));
  EXPECT(result.v_int64 == 42);
  Release(&func);
  Release(&module);
}

int main(void) {
  ShowVersion();
  ShowValues();
  ShowOwnedCopyOfAnArgument();
  ShowStrings();
  ShowBigIntegers();
  ShowDataTypes();
  ShowFunctions();
  ShowGlobalFunctions();
  ShowCatching();
  ShowRaising();
  RegisterCounter();
  ShowReflection();
  ShowOpaqueObjects();
  ShowAllocator();
  ShowContainers();
  ShowDLPack();
  ShowVersionedDLPackAndViews();
  ShowTensorAllocation();
  ShowStreams();
  ShowSignals();
  ShowInitOnce();
  ShowSystemLibrary();
  return 0;
}
