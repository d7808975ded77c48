// SPDX-License-Identifier: Apache-2.0
/*!
 * \file container.cc
 * \brief Reading Array, List, Map and Dict straight from memory: length, items, membership,
 *        iteration.
 *
 * The layouts are ABI (inlined into every consumer), so no FFI call is needed. Look-ups by the keys
 * whose hash is fixed (text, bytes, numbers, None, dtype, device) probe the table here; keys with
 * custom hash hooks go through the library.
 */
#include "core.h"

namespace tvm {
namespace ffi {
namespace python {

namespace {

// ---- sequences ----------------------------------------------------------------------------------

bool IsSequence(const TVMFFIObject* obj) {
  return obj->type_index == kTVMFFIArray || obj->type_index == kTVMFFIList;
}
bool IsMap(const TVMFFIObject* obj) {
  return obj->type_index == kTVMFFIMap || obj->type_index == kTVMFFIDict;
}

const TVMFFISeqCell* SeqOf(const TVMFFIObject* obj) {
  return reinterpret_cast<const TVMFFISeqCell*>(reinterpret_cast<const char*>(obj) +
                                                sizeof(TVMFFIObject));
}

const DLPackExchangeAPI* ApiOf(PyObject* self) {
  return reinterpret_cast<ContainerWrapper*>(self)->api;
}

PyObject* ElementToPy(const TVMFFIAny& cell, const DLPackExchangeAPI* api) {
  TVMFFIAny owned = cell;
  if (owned.type_index >= kTVMFFIStaticObjectBegin) IncRef(owned.v_obj);
  return AnyToPy(&owned, api);
}

// ---- maps ---------------------------------------------------------------------------------------

/*! \brief The storage of Map and Dict: a few pairs in a row, or a linked hash table. */
struct MapObject {
  static constexpr uint64_t kSmallTag = uint64_t{1} << 63;
  static constexpr uint64_t kEnd = ~uint64_t{0};

  TVMFFIObject header;
  void* data;
  uint64_t size;
  uint64_t slots;
  void (*data_deleter)(void*);
  // dense layout only
  uint32_t fib_shift;
  uint32_t padding;
  uint64_t list_head;
  uint64_t list_tail;

  bool is_small() const { return (slots & kSmallTag) != 0; }
};

struct Pair {
  TVMFFIAny key, value;
};
struct Item {
  Pair pair;
  uint64_t prev, next;
};

constexpr uint64_t kBlockCap = 16;
constexpr uint8_t kEmptySlot = 0xFF;
constexpr size_t kBlockSize = kBlockCap + kBlockCap * sizeof(Item);

static_assert(offsetof(MapObject, fib_shift) == 56 && offsetof(MapObject, list_head) == 64,
              "the storage of Map and Dict is ABI");
static_assert(sizeof(Pair) == 32 && sizeof(Item) == 48 && kBlockSize == 784,
              "the blocks of Map and Dict are ABI");

uint8_t SlotMeta(const MapObject* map, uint64_t slot) {
  return static_cast<const uint8_t*>(map->data)[slot / kBlockCap * kBlockSize + slot % kBlockCap];
}

const Item* SlotItem(const MapObject* map, uint64_t slot) {
  const char* block = static_cast<const char*>(map->data) + slot / kBlockCap * kBlockSize;
  return reinterpret_cast<const Item*>(block + kBlockCap) + slot % kBlockCap;
}

/*! \brief The pair at an iteration position, or NULL at the end (or where a mutation removed it).
 */
const Pair* PairAt(const MapObject* map, uint64_t position) {
  if (map->is_small()) {
    return position < map->size ? static_cast<const Pair*>(map->data) + position : nullptr;
  }
  if (position >= map->slots || SlotMeta(map, position) == kEmptySlot) return nullptr;
  return &SlotItem(map, position)->pair;
}

uint64_t FirstPosition(const MapObject* map) {
  if (map->is_small()) return 0;
  return map->size == 0 ? MapObject::kEnd : map->list_head;
}

uint64_t NextPosition(const MapObject* map, uint64_t position) {
  return map->is_small() ? position + 1 : SlotItem(map, position)->next;
}

// Distances between the members of a collision chain; part of the layout.
// clang-format off
constexpr uint64_t kJumps[126] = {
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 21, 28, 36, 45, 55, 66, 78, 91, 105, 120,
    136, 153, 171, 190, 210, 231, 253, 276, 300, 325, 351, 378, 406, 435, 465, 496, 528, 561, 595,
    630, 666, 703, 741, 780, 820, 861, 903, 946, 990, 1035, 1081, 1128, 1176, 1225, 1275, 1326,
    1378, 1431, 1485, 1540, 1596, 1653, 1711, 1770, 1830, 1891, 1953, 2016, 2080, 2145, 2211, 2278,
    2346, 2415, 2485, 2556, 2628, 8515, 19110, 42778, 96141, 216153, 486591, 1092981, 2458653,
    5532801, 12442566, 27993903, 62983476, 141717030, 318844378, 717352503, 1614057336, 3631522476,
    8170957530, 18384510628, 41364789378, 93070452520, 209408356380, 471168559170, 1060128894105,
    2385289465695, 5366898840628, 12075518705635, 27169915244790, 61132312065111, 137547689707000,
    309482283181501, 696335127828753, 1566753995631385, 3525196511162271, 7931691992677701,
    17846306936293605, 40154190677507445, 90346928918121501, 203280589587557251, 457381325854679626,
    1029107982097042876, 2315492959180353330, 5209859154120846435,
};
// clang-format on

/*! \brief View the content of text or bytes of either form; false for any other value. */
bool TextOf(const TVMFFIAny& any, TVMFFIByteArray* out) {
  if (any.type_index == kTVMFFISmallStr || any.type_index == kTVMFFISmallBytes) {
    *out = TVMFFISmallBytesGetContentByteArray(&any);
    return true;
  }
  if (any.type_index == kTVMFFIStr || any.type_index == kTVMFFIBytes) {
    *out = *TVMFFIBytesGetByteArrayPtr(any.v_obj);
    return true;
  }
  return false;
}

/*! \brief The heap index that stands for both forms of text or bytes. */
int32_t CanonicalIndex(int32_t type_index) {
  if (type_index == kTVMFFISmallStr) return kTVMFFIStr;
  if (type_index == kTVMFFISmallBytes) return kTVMFFIBytes;
  return type_index;
}

uint64_t HashText(const TVMFFIByteArray& text) {
  constexpr uint64_t kMultiplier = 1099511628211u, kModulus = 2147483647u;
  uint64_t hash = 0;
  size_t at = 0;
  while (at < text.size) {
    size_t count = text.size - at < 8 ? text.size - at : 8;
    uint64_t word = 0;
    for (size_t i = 0; i < count; ++i) {
      word |= static_cast<uint64_t>(static_cast<unsigned char>(text.data[at + i])) << (8 * i);
    }
    hash = (hash * kMultiplier + word) % kModulus;
    at += count;
  }
  return hash;
}

uint64_t HashKey(const TVMFFIAny& key) {
  uint64_t seed = static_cast<uint64_t>(static_cast<int64_t>(CanonicalIndex(key.type_index)));
  TVMFFIByteArray text;
  uint64_t value = TextOf(key, &text) ? HashText(text) : static_cast<uint64_t>(key.v_int64);
  return seed ^ (value + 0x9e3779b9u + (seed << 6) + (seed >> 2));
}

/*! \brief Equality with a plain key, that is one without custom hooks. */
bool KeyEqual(const TVMFFIAny& key, const TVMFFIAny& stored) {
  if (CanonicalIndex(key.type_index) != CanonicalIndex(stored.type_index)) return false;
  TVMFFIByteArray a, b;
  if (!TextOf(key, &a) || !TextOf(stored, &b)) return key.v_int64 == stored.v_int64;
  return a.size == b.size && std::memcmp(a.data, b.data, a.size) == 0;
}

const Pair* FindPlainKey(const MapObject* map, const TVMFFIAny& key) {
  if (map->is_small()) {
    auto* pairs = static_cast<const Pair*>(map->data);
    for (uint64_t i = 0; i < map->size; ++i) {
      if (KeyEqual(key, pairs[i].key)) return &pairs[i];
    }
    return nullptr;
  }
  if (map->size == 0) return nullptr;
  uint64_t slot = (11400714819323198485u * HashKey(key)) >> map->fib_shift;
  uint8_t meta = SlotMeta(map, slot);
  if (meta & 0x80) return nullptr;  // no chain starts here
  for (;;) {
    const Item* item = SlotItem(map, slot);
    if (KeyEqual(key, item->pair.key)) return &item->pair;
    uint64_t jump = kJumps[meta & 0x7F];
    if (jump == 0) return nullptr;
    slot = (slot + jump) % map->slots;
    meta = SlotMeta(map, slot);
  }
}

const MapObject* MapOf(const TVMFFIObject* obj) { return reinterpret_cast<const MapObject*>(obj); }

GlobalFunction g_map_get("ffi.MapGetItem"), g_dict_get("ffi.DictGetItem");
GlobalFunction g_map_count("ffi.MapCount"), g_dict_count("ffi.DictCount");
GlobalFunction g_array_contains("ffi.ArrayContains"), g_list_contains("ffi.ListContains");

/*! \brief Whether a value is compared without hooks of its type. */
bool IsPlain(const TVMFFIAny& value) {
  return value.type_index < kTVMFFIStaticObjectBegin || value.type_index == kTVMFFIStr ||
         value.type_index == kTVMFFIBytes;
}

PyObject* MapSubscript(PyObject* self, TVMFFIObject* map, PyObject* key) {
  ArgFrame frame;
  TVMFFIAny args[2];
  if (!SetArg(&frame, key, &args[1])) return nullptr;
  const Pair* pair = IsPlain(args[1]) ? FindPlainKey(MapOf(map), args[1]) : nullptr;
  if (pair != nullptr) return ElementToPy(pair->value, ApiOf(self));
  // Keys with hooks; and what is missing, for its error.
  SetObject(&args[0], map);
  TVMFFIAny result = NoneAny();
  GlobalFunction& get = map->type_index == kTVMFFIMap ? g_map_get : g_dict_get;
  return get.Call(args, 2, &result) ? AnyToPy(&result, ApiOf(self)) : nullptr;
}

/*! \brief Ask a global function of a container and a value for a number; -1 on failure. */
int AskLibrary(GlobalFunction* question, TVMFFIObject* container, const TVMFFIAny& value) {
  TVMFFIAny args[2] = {NoneAny(), value};
  SetObject(&args[0], container);
  TVMFFIAny result = NoneAny();
  if (!question->Call(args, 2, &result)) return -1;
  return result.v_int64 != 0;
}

int MapContains(TVMFFIObject* map, PyObject* key) {
  ArgFrame frame;
  TVMFFIAny value;
  if (!SetArg(&frame, key, &value)) return -1;
  if (IsPlain(value)) return FindPlainKey(MapOf(map), value) != nullptr;
  return AskLibrary(map->type_index == kTVMFFIMap ? &g_map_count : &g_dict_count, map, value);
}

/*! \brief Whether the bits of an element are those of a value that lies inside its cell. */
bool HasCell(const TVMFFISeqCell* seq, const TVMFFIAny& value) {
  auto* cells = static_cast<const TVMFFIAny*>(seq->data);
  for (int64_t i = 0; i < seq->size; ++i) {
    if (cells[i].v_int64 == value.v_int64 && cells[i].type_index == value.type_index) return true;
  }
  return false;
}

bool HasText(const TVMFFISeqCell* seq, const TVMFFIAny& value) {
  auto* cells = static_cast<const TVMFFIAny*>(seq->data);
  for (int64_t i = 0; i < seq->size; ++i) {
    if (KeyEqual(value, cells[i])) return true;
  }
  return false;
}

int SequenceContains(PyObject* self, TVMFFIObject* sequence, PyObject* item) {
  ArgFrame frame;
  TVMFFIAny value;
  if (!SetArg(&frame, item, &value)) return -1;
  TVMFFIByteArray text;
  if (IsPlain(value)) {
    return TextOf(value, &text) ? HasText(SeqOf(sequence), value) : HasCell(SeqOf(sequence), value);
  }
  int found = AskLibrary(
      sequence->type_index == kTVMFFIArray ? &g_array_contains : &g_list_contains, sequence, value);
  if (found != 0) return found;
  // A Python sequence may equal a nested container.
  PyRef module(PyImport_ImportModule("tvm_ffi.container"));
  PyRef nested(module ? PyObject_CallMethod(module.get(), "_contains_nested", "OO", self, item)
                      : nullptr);
  return nested ? PyObject_IsTrue(nested.get()) : -1;
}

// ---- slots of CContainerBase --------------------------------------------------------------------

/*! \brief The container behind a wrapper; an error when there is none. */
TVMFFIObject* RequireContainer(PyObject* self) {
  TVMFFIObject* handle = RequireHandle(self);
  if (handle == nullptr || IsSequence(handle) || IsMap(handle)) return handle;
  PyErr_Format(PyExc_TypeError, "the object behind this %s is not a container",
               Py_TYPE(self)->tp_name);
  return nullptr;
}

Py_ssize_t Length(PyObject* self) {
  TVMFFIObject* handle = RequireContainer(self);
  if (handle == nullptr) return -1;
  return static_cast<Py_ssize_t>(IsSequence(handle) ? SeqOf(handle)->size
                                                    : static_cast<int64_t>(MapOf(handle)->size));
}

PyObject* SequenceSlice(PyObject* self, TVMFFIObject* handle, PyObject* slice) {
  Py_ssize_t start, stop, step;
  if (PySlice_Unpack(slice, &start, &stop, &step) < 0) return nullptr;
  Py_ssize_t count = PySlice_AdjustIndices(SeqOf(handle)->size, &start, &stop, step);
  PyRef list(PyList_New(count));
  if (!list) return nullptr;
  for (Py_ssize_t i = 0; i < count; ++i) {
    // Element conversion can run Python code that shortens a List.
    Py_ssize_t at = start + i * step;
    if (at >= SeqOf(handle)->size) {
      PyErr_SetString(PyExc_RuntimeError, "list changed size during slicing");
      return nullptr;
    }
    PyObject* item = ElementToPy(static_cast<TVMFFIAny*>(SeqOf(handle)->data)[at], ApiOf(self));
    if (item == nullptr) return nullptr;
    PyList_SET_ITEM(list.get(), i, item);
  }
  return list.release();
}

PyObject* SequenceSubscript(PyObject* self, TVMFFIObject* handle, PyObject* index) {
  if (PySlice_Check(index)) return SequenceSlice(self, handle, index);
  if (!PyIndex_Check(index)) {
    return PyErr_Format(PyExc_TypeError, "indices must be integers or slices, not %s",
                        Py_TYPE(index)->tp_name);
  }
  PyRef number(PyNumber_Index(index));
  if (!number) return nullptr;
  int overflow;
  int64_t given = PyLong_AsLongLongAndOverflow(number.get(), &overflow);
  const TVMFFISeqCell* seq = SeqOf(handle);
  int64_t at = given < 0 ? given + seq->size : given;
  if (overflow != 0 || at < 0 || at >= seq->size) {
    return PyErr_Format(PyExc_IndexError, "Index out of range. size: %lld, got index %S",
                        static_cast<long long>(seq->size), number.get());
  }
  return ElementToPy(static_cast<TVMFFIAny*>(seq->data)[at], ApiOf(self));
}

PyObject* Subscript(PyObject* self, PyObject* key) {
  TVMFFIObject* handle = RequireContainer(self);
  if (handle == nullptr) return nullptr;
  return IsSequence(handle) ? SequenceSubscript(self, handle, key)
                            : MapSubscript(self, handle, key);
}

int Contains(PyObject* self, PyObject* value) {
  TVMFFIObject* handle = RequireContainer(self);
  if (handle == nullptr) return -1;
  return IsSequence(handle) ? SequenceContains(self, handle, value) : MapContains(handle, value);
}

// ---- iterators ----------------------------------------------------------------------------------

enum class IterKind : uint8_t { kElements, kKeys, kValues, kItems };

/*! \brief Iterates over the entries that the container had when iteration began. */
struct Iterator {
  PyObject_HEAD PyObject* container;  // owned; NULL once exhausted
  uint64_t position;
  int64_t remaining;
  IterKind kind;
};

PyTypeObject IteratorType = {PyVarObject_HEAD_INIT(nullptr, 0)};

PyObject* NewIterator(PyObject* container, IterKind kind) {
  TVMFFIObject* handle = RequireContainer(container);
  if (handle == nullptr) return nullptr;
  if (IsSequence(handle) != (kind == IterKind::kElements)) {
    return PyErr_Format(PyExc_TypeError, "%s has no such view", Py_TYPE(container)->tp_name);
  }
  auto* self = PyObject_New(Iterator, &IteratorType);
  if (self == nullptr) return nullptr;
  Py_INCREF(container);
  self->container = container;
  self->position = kind == IterKind::kElements ? 0 : FirstPosition(MapOf(handle));
  self->remaining =
      kind == IterKind::kElements ? SeqOf(handle)->size : static_cast<int64_t>(MapOf(handle)->size);
  self->kind = kind;
  return reinterpret_cast<PyObject*>(self);
}

PyObject* NextElement(Iterator* self, TVMFFIObject* handle) {
  const TVMFFISeqCell* seq = SeqOf(handle);
  auto at = static_cast<int64_t>(self->position++);
  if (at >= seq->size) {
    return PyErr_Format(PyExc_IndexError, "Index out of range. size: %lld, got index %lld",
                        static_cast<long long>(seq->size), static_cast<long long>(at));
  }
  return ElementToPy(static_cast<TVMFFIAny*>(seq->data)[at], ApiOf(self->container));
}

PyObject* NextPair(Iterator* self, TVMFFIObject* handle) {
  const Pair* pair = PairAt(MapOf(handle), self->position);
  if (pair == nullptr) return nullptr;
  self->position = NextPosition(MapOf(handle), self->position);
  const DLPackExchangeAPI* api = ApiOf(self->container);
  if (self->kind == IterKind::kKeys) return ElementToPy(pair->key, api);
  if (self->kind == IterKind::kValues) return ElementToPy(pair->value, api);
  Pair owned = *pair;  // conversion of the key may run code that changes a Dict
  if (owned.value.type_index >= kTVMFFIStaticObjectBegin) IncRef(owned.value.v_obj);
  PyRef key(ElementToPy(owned.key, api));
  PyRef value(AnyToPy(&owned.value, api));
  return key && value ? PyTuple_Pack(2, key.get(), value.get()) : nullptr;
}

PyObject* IteratorNext(PyObject* obj) {
  auto* self = reinterpret_cast<Iterator*>(obj);
  if (self->container == nullptr) return nullptr;
  TVMFFIObject* handle = HandleOf(self->container);
  bool elements = self->kind == IterKind::kElements;
  // The wrapper may hold another object by now, or none.
  bool readable = handle != nullptr && (elements ? IsSequence(handle) : IsMap(handle));
  if (self->remaining > 0 && readable) {
    --self->remaining;
    PyObject* value = elements ? NextElement(self, handle) : NextPair(self, handle);
    if (value != nullptr || PyErr_Occurred()) return value;
  }
  Py_CLEAR(self->container);
  return nullptr;
}

PyObject* LengthHint(PyObject* obj, PyObject*) {
  auto* self = reinterpret_cast<Iterator*>(obj);
  return PyLong_FromLongLong(self->container == nullptr ? 0 : self->remaining);
}

void IteratorDealloc(PyObject* obj) {
  Py_XDECREF(reinterpret_cast<Iterator*>(obj)->container);
  PyObject_Free(obj);
}

PyMethodDef kIteratorMethods[] = {{"__length_hint__", LengthHint, METH_NOARGS, nullptr},
                                  {nullptr, nullptr, 0, nullptr}};

template <IterKind kind>
PyObject* MapView(PyObject*, PyObject* map) {
  if (!PyObject_TypeCheck(map, &ContainerBaseType)) {
    return PyErr_Format(PyExc_TypeError, "expected a Map or a Dict, got %s", Py_TYPE(map)->tp_name);
  }
  return NewIterator(map, kind);
}

PyMethodDef kFunctions[] = {
    {"_map_iter_keys", MapView<IterKind::kKeys>, METH_O, "Iterator over the keys."},
    {"_map_iter_values", MapView<IterKind::kValues>, METH_O, "Iterator over the values."},
    {"_map_iter_items", MapView<IterKind::kItems>, METH_O, "Iterator over (key, value)."},
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

PySequenceMethods kContainerAsSequence = {nullptr, nullptr, nullptr, nullptr,
                                          nullptr, nullptr, nullptr, Contains};
PyMappingMethods kContainerAsMapping = {Length, Subscript, nullptr};

PyObject* ContainerIter(PyObject* self) {
  TVMFFIObject* handle = RequireContainer(self);
  if (handle == nullptr) return nullptr;
  return NewIterator(self, IsSequence(handle) ? IterKind::kElements : IterKind::kKeys);
}

bool ForEachPair(const TVMFFIObject* map,
                 bool (*visit)(void* context, const TVMFFIAny& key, const TVMFFIAny& value),
                 void* context) {
  const MapObject* cells = MapOf(map);
  uint64_t position = FirstPosition(cells);
  for (const Pair* pair; (pair = PairAt(cells, position)) != nullptr;) {
    if (!visit(context, pair->key, pair->value)) return false;
    position = NextPosition(cells, position);
  }
  return true;
}

bool InitContainer(PyObject* module) {
  PyTypeObject* type = &IteratorType;
  type->tp_name = "tvm_ffi.core._ContainerIterator";
  type->tp_basicsize = sizeof(Iterator);
  type->tp_flags = Py_TPFLAGS_DEFAULT;
  type->tp_dealloc = IteratorDealloc;
  type->tp_iter = PyObject_SelfIter;
  type->tp_iternext = IteratorNext;
  type->tp_methods = kIteratorMethods;
  return PyType_Ready(type) == 0 && PyModule_AddFunctions(module, kFunctions) == 0;
}

}  // namespace python
}  // namespace ffi
}  // namespace tvm
