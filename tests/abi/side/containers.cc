// SPDX-License-Identifier: Apache-2.0
//
// Sequences that both sides change in turn by seeded sequences of operations, checked against a
// standard vector; tuples, shapes, and conversions between element types.
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/container/tuple.h>
#include <tvm/ffi/rvalue_ref.h>

#include "side.h"
#include "types.h"

namespace ABI_SIDE {
namespace {

using ffi::List;
using ffi::Shape;
using ffi::Tuple;

enum Operation : int64_t {
  kPush,
  kPop,
  kInsert,
  kErase,
  kEraseRange,
  kSet,
  kResize,
  kReserve,
  kClear
};

Any EncodeElement(int64_t value) {
  if (value % 3 == 0) return String("element number " + std::to_string(value));
  if (value % 3 == 1) return Base(value);
  return value;
}
int64_t DecodeElement(const Any& element) {
  if (element == nullptr) return 0;
  if (auto text = element.as<String>()) return std::stoll(std::string(*text).substr(15));
  if (const auto* base = element.as<BaseObj>()) return base->id;
  return element.cast<int64_t>();
}

// Elements of the model: 0 is None.
void ApplyToModel(std::vector<int64_t>* model, const int64_t* words) {
  const int64_t at = words[1], value = words[2];
  switch (words[0]) {
    case kPush:
      model->push_back(value);
      break;
    case kPop:
      model->pop_back();
      break;
    case kInsert:
      model->insert(model->begin() + at, value);
      break;
    case kErase:
      model->erase(model->begin() + at);
      break;
    case kEraseRange:
      model->erase(model->begin() + at, model->begin() + at + value);
      break;
    case kSet:
      (*model)[at] = value;
      break;
    case kResize:
      model->resize(at);
      break;
    case kClear:
      model->clear();
      break;
    default:
      break;
  }
}

template <typename Seq>
void Apply(Seq* seq, const Array<int64_t>& operations) {
  const std::vector<int64_t> words(operations.begin(), operations.end());
  for (size_t i = 0; i < words.size(); i += 3) {
    const int64_t at = words[i + 1], value = words[i + 2];
    switch (words[i]) {
      case kPush:
        seq->push_back(EncodeElement(value));
        break;
      case kPop:
        seq->pop_back();
        break;
      case kInsert:
        seq->insert(seq->begin() + at, EncodeElement(value));
        break;
      case kErase:
        seq->erase(seq->begin() + at);
        break;
      case kEraseRange:
        seq->erase(seq->begin() + at, seq->begin() + at + value);
        break;
      case kSet:
        seq->Set(at, EncodeElement(value));
        break;
      case kResize:
        seq->resize(at);
        break;
      case kReserve:
        seq->reserve(at);
        break;
      default:
        seq->clear();
        break;
    }
  }
}

Array<Any> ApplyToArray(ffi::RValueRef<Array<Any>> argument, const Array<int64_t>& operations) {
  Array<Any> array = *std::move(argument);
  Apply(&array, operations);
  return array;
}
void ApplyToList(List<Any> list, const Array<int64_t>& operations) { Apply(&list, operations); }

template <typename Seq>
void Check(const Seq& seq, const std::vector<int64_t>& model) {
  ABI_EXPECT(seq.size() == model.size() && seq.capacity() >= model.size());
  size_t i = 0;
  for (const Any& element : seq) ABI_EXPECT(DecodeElement(element) == model[i++]);
  for (auto it = seq.rbegin(); it != seq.rend(); ++it) ABI_EXPECT(DecodeElement(*it) == model[--i]);
  for (; i < model.size(); ++i) ABI_EXPECT(DecodeElement(seq[i]) == model[i]);
  ABI_EXPECT(model.empty() || DecodeElement(seq.front()) == model.front());
  ABI_EXPECT(ErrorOf([&] { seq[seq.size()]; }) ==
             "IndexError: Index " + std::to_string(i) + " out of bounds " + std::to_string(i));
}
void CheckArray(const Array<Any>& array, const Array<int64_t>& model) {
  Check(array, {model.begin(), model.end()});
}
void CheckList(const List<Any>& list, const Array<int64_t>& model) {
  Check(list, {model.begin(), model.end()});
}

// One round, applied to the model as it is made.
Array<int64_t> MakeRound(Random* random, int64_t* version, std::vector<int64_t>* model) {
  Array<int64_t> operations;
  for (uint64_t i = 1 + random->Below(40); i > 0; --i) {
    const int64_t size = static_cast<int64_t>(model->size());
    int64_t words[3] = {kPush, 0, ++*version};
    const uint64_t dice = random->Below(100);
    if (size == 0 || dice < 40) {
      words[0] = kPush;
    } else if (dice < 75) {
      const Operation choices[] = {kInsert, kErase, kSet, kPop};
      words[0] = choices[random->Below(4)];
      words[1] = random->Below(size);
    } else if (dice < 85) {
      words[0] = kEraseRange;
      words[1] = random->Below(size);
      words[2] = random->Below(size - words[1] + 1);
    } else {
      words[0] = dice < 92 ? kResize : dice < 98 ? kReserve : kClear;
      words[1] = random->Below(size * 2 + 2);
    }
    ApplyToModel(model, words);
    for (int64_t word : words) operations.push_back(word);
  }
  return operations;
}

Array<Any> AppendTwice(Array<Any> array) {
  array.push_back(array.size());
  array.push_back(array.size());
  return array;
}

// Doubles numbers in place when the array is not shared.
Array<Any> Double(ffi::RValueRef<Array<Any>> argument) {
  Array<Any> array = *std::move(argument);
  array.MutateByApply([](Any x) -> Any { return DecodeElement(x) * 2; });
  return array;
}

Tuple<int64_t, String, Base> Turn(Tuple<int64_t, String, Base> tuple, int64_t by) {
  tuple.Set<0>(tuple.get<0>() + by);
  tuple.Set<1>(tuple.get<1>() + String("+"));
  tuple.Set<2>(Base(tuple.get<2>()->id + by));
  return tuple;
}

Shape MakeShape(const Array<int64_t>& extents, bool adopt) {
  if (adopt) return Shape(std::vector<int64_t>(extents.begin(), extents.end()));
  return Shape(extents.begin(), extents.end());
}

int64_t SumInts(const Array<int64_t>& numbers) {
  int64_t sum = 0;
  for (int64_t number : numbers) sum += number;
  return sum;
}
double SumNested(const Array<Array<double>>& rows) {
  double sum = 0;
  for (const Array<double>& row : rows) {
    for (double number : row) sum += number;
  }
  return sum;
}

TVM_FFI_STATIC_INIT_BLOCK() {
  refl::GlobalDef()
      .def(ABI_NAME("array_apply"), &ApplyToArray)
      .def(ABI_NAME("list_apply"), &ApplyToList)
      .def(ABI_NAME("array_check"), &CheckArray)
      .def(ABI_NAME("list_check"), &CheckList)
      .def(ABI_NAME("append_twice"), &AppendTwice)
      .def(ABI_NAME("double"), &Double)
      .def(ABI_NAME("turn"), &Turn)
      .def(ABI_NAME("shape_make"), &MakeShape)
      .def(ABI_NAME("shape_product"), [](const Shape& shape) { return shape.Product(); })
      .def(ABI_NAME("sum_ints"), &SumInts)
      .def(ABI_NAME("sum_nested"), &SumNested);
}

Array<int64_t> AsArray(const std::vector<int64_t>& model) { return {model.begin(), model.end()}; }

}  // namespace

ABI_SUBJECT(arrays) {
  for (uint64_t seed = 0; seed < 4; ++seed) {
    Random random(seed);
    Array<Any> array;
    std::vector<int64_t> model;
    int64_t version = 0;
    for (int round = 0; round < 60; ++round) {
      const bool by_peer = random.Below(2) == 0, shared = random.Below(3) == 0;
      const Array<Any> snapshot = shared ? array : Array<Any>();
      const std::vector<int64_t> before = model;
      const Array<int64_t> operations = MakeRound(&random, &version, &model);
      if (by_peer) {
        array =
            peer["array_apply"](ffi::RValueRef(std::move(array)), operations).cast<Array<Any>>();
      } else {
        Apply(&array, operations);
      }
      Check(array, model);
      peer["array_check"](array, AsArray(model));
      if (shared) peer["array_check"](snapshot, AsArray(before));
      out("size", array.size(), "capacity", array.capacity(), "unique", array.unique());
    }
  }
}

ABI_SUBJECT(lists) {
  for (uint64_t seed = 10; seed < 14; ++seed) {
    Random random(seed);
    List<Any> list;
    const Object* address = list.get();
    std::vector<int64_t> model;
    int64_t version = 0;
    for (int round = 0; round < 60; ++round) {
      const Array<int64_t> operations = MakeRound(&random, &version, &model);
      if (random.Below(2)) {
        peer["list_apply"](list, operations);
        Check(list, model);
      } else {
        Apply(&list, operations);
        peer["list_check"](list, AsArray(model));
      }
      ABI_EXPECT(list.get() == address);
      out("size", list.size(), "capacity", list.capacity());
    }
  }
}

ABI_SUBJECT(sharing) {
  Array<Any> array{1, 2};
  const Array<Any> appended = peer["append_twice"](array).cast<Array<Any>>();
  out(array.size(), appended.size(), appended[3].cast<int>(), array.use_count());
  const Object* before = array.get();
  array = peer["double"](ffi::RValueRef(std::move(array))).cast<Array<Any>>();
  out("in place", array.get() == before, array[1].cast<int>());
  const Array<Any> doubled = peer["double"](array).cast<Array<Any>>();
  out("copied", doubled.get() != array.get(), array[1].cast<int>(), doubled[1].cast<int>());
  Tuple<int64_t, String, Base> tuple(1, String("a text that is long"), Base(5));
  auto turned = peer["turn"](tuple, 10).cast<Tuple<int64_t, String, Base>>();
  out(tuple.get<0>(), tuple.get<2>()->id, turned.get<0>(), turned.get<1>(), turned.get<2>()->id);
  turned.Set<0>(7);
  out(peer["turn"](std::move(turned), 1).cast<Array<Any>>()[0].cast<int>());
}

ABI_SUBJECT(shapes) {
  for (bool adopt : {false, true}) {
    for (int64_t rank = 0; rank < 6; ++rank) {
      Array<int64_t> extents;
      for (int64_t i = 0; i < rank; ++i) extents.push_back(i * 3 + 1);
      const Shape theirs = peer["shape_make"](extents, adopt).cast<Shape>();
      std::ostringstream text;
      text << theirs << Shape::StridesFromShape(theirs);
      out(text.str(), peer["shape_product"](theirs).cast<int64_t>(),
          peer["shape_product"](extents).cast<int64_t>());
      ABI_EXPECT(MakeShape(extents, adopt).Product() == theirs.Product());
    }
  }
}

ABI_SUBJECT(conversions) {
  out(peer["sum_ints"](Array<Any>{1, true, 3}).cast<int64_t>(),
      peer["sum_ints"](List<Any>{4, 5}).cast<int64_t>(),
      peer["sum_nested"](Array<Any>{Array<double>{1.5}, List<Any>{1, true}}).cast<double>());
  auto refusal = [](const Any& value, auto type) {
    return ErrorOf([&] { value.cast<decltype(type)>(); });
  };
  out(refusal(Array<Any>{1, 2.5}, Array<int64_t>()));
  out(refusal(Array<Any>{Array<Any>{String("s")}}, Array<Array<int64_t>>()));
  out(refusal(Map<Any, Any>{{1, 2}}, Map<String, int>()));
  out(refusal(Map<Any, Any>{{String("k"), nullptr}}, Map<String, int>()));
  out(refusal(Array<Any>{1, 2}, Tuple<int, int, int>()));
  const Function sum = peer["sum_ints"];
  const std::string text = ErrorOf([&] { sum(Array<Any>{1, String("x")}); });
  out(text.substr(text.find("Expected")));
}

}  // namespace ABI_SIDE
