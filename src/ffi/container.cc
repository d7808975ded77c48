// SPDX-License-Identifier: Apache-2.0
/*!
 * \file src/ffi/container.cc
 * \brief Global functions through which languages without the C++ headers use the containers.
 *
 * Readers take the object class itself (`const ArrayObj*`), so that no element is converted and the
 * other sequence or map type is refused. Writers take a handle of `Any`.
 */
#include <tvm/ffi/any.h>
#include <tvm/ffi/cast.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/registry.h>

#include <cstdint>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace tvm {
namespace ffi {
namespace {

// ---- sequences ----------------------------------------------------------------------------------

template <typename Ref>
void MakeSequence(PackedArgs args, Any* result) {
  *result = Ref(args.data(), args.data() + args.size());
}

template <typename Obj>
Any SequenceGetItem(const Obj* self, int64_t i) {
  return self->at(i);
}

template <typename Obj>
int64_t SequenceSize(const Obj* self) {
  return static_cast<int64_t>(self->size());
}

/*! \brief Linear search. Bounds are read anew each time: a comparison may run foreign code. */
template <typename Obj>
bool SequenceContains(const Obj* self, const Any& value) {
  for (size_t i = 0; i < self->size(); ++i) {
    // A copy: the comparison may change the sequence.
    // NOLINTNEXTLINE(performance-unnecessary-copy-initialization)
    Any element = self->at(static_cast<int64_t>(i));
    if (AnyEqual()(element, value)) return true;
  }
  return false;
}

/*! \brief Checks an index before it becomes an iterator, whose arithmetic could wrap. */
void CheckInsertPosition(const List<Any>& self, int64_t i) {
  int64_t size = static_cast<int64_t>(self.size());
  if (i < 0 || i > size) detail::ThrowSeqInsertError(i, size);
}

void ListInsert(List<Any> self, int64_t i, const Any& value) {
  CheckInsertPosition(self, i);
  self.insert(self.begin() + i, value);
}

Any ListPop(const List<Any>& self, int64_t i) {
  ListObj* obj = self.GetListObj();
  Any item = obj->at(i);
  obj->erase(i);
  return item;
}

void ListReplaceSlice(List<Any> self, int64_t start, int64_t stop, List<Any> replacement) {
  if (replacement.same_as(self)) {
    replacement = List<Any>(self.begin(), self.end());
  }
  self.GetListObj()->erase(start, stop);
  if (replacement.empty()) return;
  CheckInsertPosition(self, start);
  self.insert(self.begin() + start, replacement.begin(), replacement.end());
}

// ---- maps ---------------------------------------------------------------------------------------

/*! \brief Iterates over arguments that are keys and values in turn. */
class PairIterator {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = std::pair<Any, Any>;
  using difference_type = int64_t;
  using pointer = const value_type*;
  using reference = value_type;

  PairIterator(PackedArgs args, int position) : args_(args), position_(position) {}
  value_type operator*() const { return {args_[position_], args_[position_ + 1]}; }
  PairIterator& operator++() {
    position_ += 2;
    return *this;
  }
  bool operator==(const PairIterator& other) const { return position_ == other.position_; }
  bool operator!=(const PairIterator& other) const { return position_ != other.position_; }

 private:
  PackedArgs args_;
  int position_;
};

template <typename Ref>
void MakeMap(PackedArgs args, Any* result) {
  TVM_FFI_ICHECK_EQ(args.size() % 2, 0);
  constexpr int kFewPairs = 8;
  if (args.size() > 2 * kFewPairs) {
    // Of the right size from the start. Where a repeated key ends up depends on the growth.
    Ref map(PairIterator(args, 0), PairIterator(args, args.size()));
    if (map.size() == static_cast<size_t>(args.size()) / 2) {
      *result = std::move(map);
      return;
    }
  }
  Ref map;
  for (int i = 0; i < args.size(); i += 2) {
    map.Set(args[i], args[i + 1]);
  }
  *result = std::move(map);
}

template <typename Obj>
int64_t MapSize(const Obj* self) {
  return static_cast<int64_t>(self->size());
}

template <typename Obj>
Any MapGetItem(const Obj* self, const Any& key) {
  return self->at(key);
}

template <typename Obj>
int64_t MapCount(const Obj* self, const Any& key) {
  return static_cast<int64_t>(self->count(key));
}

/*! \brief The value, or the sentinel that no value ever is. */
template <typename Obj>
Any MapGetItemOrMissing(const Obj* self, const Any& key) {
  MapBaseObj::iterator position = self->find(key);
  if (position != self->end()) return position->second;
  static const Any missing = Function::GetGlobalRequired("ffi.GetInvalidObject")();
  return missing;
}

/*!
 * \brief Stateful iterator: command 0 gives the current key, 1 its value, anything else advances
 * and tells whether there is a current entry.
 *
 * It remembers the key instead of a raw position and holds the map, so a mutation between two calls
 * is an error or goes unnoticed, but never reads freed memory.
 */
class MapForwardIterator {
 public:
  explicit MapForwardIterator(const MapBaseObj* map)
      : map_(GetObjectPtr<MapBaseObj>(const_cast<MapBaseObj*>(map))) {
    MoveTo(map_->begin());
  }

  Any operator()(int64_t command) const {
    if (command == 0) {
      RequireEntry();
      return key_;
    }
    if (command == 1) {
      RequireEntry();
      return map_->at(key_);
    }
    if (!at_end_) {
      MapBaseObj::iterator position = map_->find(key_);
      if (position == map_->end()) {
        TVM_FFI_THROW(RuntimeError) << "The current entry was erased during the iteration";
      }
      MoveTo(++position);
    }
    return !at_end_;
  }

 private:
  void MoveTo(const MapBaseObj::iterator& position) const {
    at_end_ = position == map_->end();
    key_ = at_end_ ? Any() : position->first;
  }

  void RequireEntry() const {
    if (at_end_) {
      TVM_FFI_THROW(IndexError) << "The iteration has reached the end of the container";
    }
  }

  ObjectPtr<MapBaseObj> map_;
  mutable Any key_;
  mutable bool at_end_;
};

template <typename Obj>
Function MapForwardIterFunctor(const Obj* self) {
  return Function::FromTyped(MapForwardIterator(self));
}

// ---- others -------------------------------------------------------------------------------------

void MakeShape(PackedArgs args, Any* result) {
  int64_t* values;
  ObjectPtr<ShapeObj> shape = detail::MakeEmptyShape(static_cast<size_t>(args.size()), &values);
  for (int i = 0; i < args.size(); ++i) {
    std::optional<int64_t> extent = args[i].try_cast<int64_t>();
    if (!extent.has_value()) {
      TVM_FFI_THROW(ValueError) << "Expect shape to take list of int arguments";
    }
    values[i] = *extent;
  }
  *result = ObjectPtr<Object>(std::move(shape));
}

/*!
 * \brief Depth-first search for a tensor outside of CPU memory.
 *
 * Works with a stack of its own and enters every container once, so neither depth, nor cycles, nor
 * shared parts of the structure matter.
 */
class NonCPUDeviceFinder {
 public:
  DLDevice Find(const Any& root) {
    Visit(root);
    while (!found_ && !stack_.empty()) {
      Frame& frame = stack_.back();
      if (frame.cell != frame.cell_end) {
        Visit(*frame.cell++);
      } else if (frame.entry != frame.entry_end) {
        const Any& value = frame.entry->second;
        ++frame.entry;
        Visit(value);
      } else {
        stack_.pop_back();
      }
    }
    return device_;
  }

 private:
  /*! \brief What is left of a container: cells of a sequence or entries of a map. */
  struct Frame {
    const Any* cell = nullptr;
    const Any* cell_end = nullptr;
    MapBaseObj::iterator entry;
    MapBaseObj::iterator entry_end;
  };

  void Visit(const Any& value) {
    switch (value.type_index()) {
      case TypeIndex::kTVMFFITensor: {
        DLDevice device = value.as<TensorObj>()->device;
        if (device.device_type != kDLCPU) {
          device_ = device;
          found_ = true;
        }
        break;
      }
      case TypeIndex::kTVMFFIArray:
      case TypeIndex::kTVMFFIList: {
        const auto* seq = detail::AnyUnsafe::RawObjectPtrFromAnyAfterCheck<SeqBaseObj>(value);
        if (seq->empty() || !entered_.insert(seq).second) break;
        Frame& frame = stack_.emplace_back();
        frame.cell = seq->begin();
        frame.cell_end = seq->end();
        break;
      }
      case TypeIndex::kTVMFFIMap:
      case TypeIndex::kTVMFFIDict: {
        const auto* map = detail::AnyUnsafe::RawObjectPtrFromAnyAfterCheck<MapBaseObj>(value);
        if (map->size() == 0 || !entered_.insert(map).second) break;
        Frame& frame = stack_.emplace_back();
        frame.entry = map->begin();
        frame.entry_end = map->end();
        break;
      }
      default:
        break;
    }
  }

  std::vector<Frame> stack_;
  std::unordered_set<const Object*> entered_;
  DLDevice device_{kDLCPU, 0};
  bool found_ = false;
};

void RegisterSequences() {
  namespace refl = tvm::ffi::reflection;
  refl::GlobalDef()
      .def_packed("ffi.Array", MakeSequence<Array<Any>>)
      .def("ffi.ArrayGetItem", SequenceGetItem<ArrayObj>)
      .def("ffi.ArraySize", SequenceSize<ArrayObj>)
      .def("ffi.ArrayContains", SequenceContains<ArrayObj>)
      .def_packed("ffi.List", MakeSequence<List<Any>>)
      .def("ffi.ListGetItem", SequenceGetItem<ListObj>)
      .def("ffi.ListSetItem",
           [](List<Any> self, int64_t i, Any value) { self.Set(i, std::move(value)); })
      .def("ffi.ListSize", SequenceSize<ListObj>)
      .def("ffi.ListContains", SequenceContains<ListObj>)
      .def("ffi.ListAppend", [](List<Any> self, const Any& value) { self.push_back(value); })
      .def("ffi.ListInsert", ListInsert)
      .def("ffi.ListPop", ListPop)
      .def("ffi.ListErase", [](const List<Any>& self, int64_t i) { self.GetListObj()->erase(i); })
      .def("ffi.ListEraseRange", [](const List<Any>& self, int64_t start,
                                    int64_t stop) { self.GetListObj()->erase(start, stop); })
      .def("ffi.ListReplaceSlice", ListReplaceSlice)
      .def("ffi.ListReverse", [](const List<Any>& self) { self.GetListObj()->Reverse(); })
      .def("ffi.ListClear", [](List<Any> self) { self.clear(); })
      .def("ffi.ListReserve", [](List<Any> self, int64_t capacity) { self.reserve(capacity); });
}

void RegisterMaps() {
  namespace refl = tvm::ffi::reflection;
  refl::GlobalDef()
      .def_packed("ffi.Map", MakeMap<Map<Any, Any>>)
      .def("ffi.MapSize", MapSize<MapObj>)
      .def("ffi.MapGetItem", MapGetItem<MapObj>)
      .def("ffi.MapCount", MapCount<MapObj>)
      .def("ffi.MapForwardIterFunctor", MapForwardIterFunctor<MapObj>)
      .def("ffi.MapGetItemOrMissing", MapGetItemOrMissing<MapObj>)
      .def_packed("ffi.Dict", MakeMap<Dict<Any, Any>>)
      .def("ffi.DictSize", MapSize<DictObj>)
      .def("ffi.DictGetItem", MapGetItem<DictObj>)
      .def("ffi.DictCount", MapCount<DictObj>)
      .def("ffi.DictForwardIterFunctor", MapForwardIterFunctor<DictObj>)
      .def("ffi.DictGetItemOrMissing", MapGetItemOrMissing<DictObj>)
      .def("ffi.DictSetItem",
           [](Dict<Any, Any> self, const Any& key, const Any& value) { self.Set(key, value); })
      .def("ffi.DictErase", [](Dict<Any, Any> self, const Any& key) { self.erase(key); })
      .def("ffi.DictClear", [](Dict<Any, Any> self) { self.clear(); });
}

TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = tvm::ffi::reflection;
  RegisterSequences();
  RegisterMaps();
  refl::GlobalDef()
      .def("ffi.ContainerFindFirstNonCPUDevice",
           [](const Any& value) { return NonCPUDeviceFinder().Find(value); })
      .def_packed("ffi.Shape", MakeShape);
}

}  // namespace
}  // namespace ffi
}  // namespace tvm
