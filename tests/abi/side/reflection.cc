// SPDX-License-Identifier: Apache-2.0
//
// What one side says about its classes, read and used by the other: fields, methods, constructors,
// attributes, schemas.
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/extra/dataclass.h>
#include <tvm/ffi/reflection/access_path.h>
#include <tvm/ffi/reflection/accessor.h>
#include <tvm/ffi/reflection/creator.h>

#include "side.h"
#include "types.h"

namespace ABI_SIDE {
namespace {

std::string Text(const TVMFFIByteArray& bytes) { return std::string(bytes.data, bytes.size); }

const TVMFFITypeInfo* InfoOf(const String& type_key) {
  return TVMFFIGetTypeInfo(ffi::TypeKeyToIndex(std::string(type_key)));
}

// Everything registered about a type, in words.
Array<String> DescribeType(const String& type_key) {
  const TVMFFITypeInfo* info = InfoOf(type_key);
  Transcript out;
  out(Text(info->type_key), info->type_depth, info->num_fields, info->num_methods,
      info->type_key_hash, Text(info->type_ancestors[info->type_depth - 1]->type_key));
  out(info->metadata->total_size, static_cast<int>(info->metadata->structural_eq_hash_kind),
      info->metadata->creator != nullptr, Text(info->metadata->doc));
  refl::ForEachFieldInfo(info, [&](const TVMFFIFieldInfo* field) {
    out("field", Text(field->name), field->offset, field->size, field->alignment, field->flags,
        field->field_static_type_index, field->default_value_or_factory.type_index,
        Text(field->metadata), Text(field->doc));
  });
  for (int32_t i = 0; i < info->num_methods; ++i) {
    const TVMFFIMethodInfo& method = info->methods[i];
    out("method", Text(method.name), method.flags, Text(method.metadata), Text(method.doc));
  }
  for (const char* name : {"__ffi_init__", "__ffi_new__", "__ffi_shallow_copy__",
                           "__ffi_type_final__", "__any_hash__", "abi_test.attr"}) {
    out("attribute", name, AnyView(refl::TypeAttrColumn(name)[info->type_index]).type_index());
  }
  return out.lines();
}

Any GetField(const ObjectRef& object, const String& name) {
  Any result;
  refl::ForEachFieldInfo(TVMFFIGetTypeInfo(object->type_index()),
                         [&](const TVMFFIFieldInfo* field) {
                           if (Text(field->name) == std::string(name))
                             result = refl::FieldGetter(field)(object);
                         });
  return result;
}
void SetField(const ObjectRef& object, const String& name, const Any& value) {
  refl::ForEachFieldInfo(TVMFFIGetTypeInfo(object->type_index()),
                         [&](const TVMFFIFieldInfo* field) {
                           const refl::FieldSetter setter(field);
                           if (Text(field->name) == std::string(name)) setter(object, value);
                         });
}

ObjectRef Create(const String& type_key, const Map<String, Any>& fields) {
  return refl::ObjectCreator(std::string(type_key))(fields).cast<ObjectRef>();
}

ObjectRef Construct(const String& type_key, const Array<Any>& args) {
  const refl::TypeAttrColumn constructors("__ffi_init__");
  const Function init = AnyView(constructors[InfoOf(type_key)->type_index]).cast<Function>();
  std::vector<AnyView> views;
  std::vector<Any> owners(args.begin(), args.end());
  for (const Any& owner : owners) views.push_back(owner);
  Any result;
  init.CallPacked(views.data(), static_cast<int32_t>(views.size()), &result);
  return result.cast<ObjectRef>();
}

Any CallMethod(const String& type_key, const String& name, const Any& self, int64_t argument) {
  const Function method = refl::GetMethod(std::string(type_key), std::string(name).c_str());
  if (self == nullptr) return method(argument);
  return method(self, argument);
}

// The fields by this side's own view of the class.
String ReadRecord(const RecordObj* r) {
  std::ostringstream text;
  text << r->flag << ' ' << int{r->tiny} << ' ' << r->number << ' ' << r->wide << ' ' << r->single
       << ' ' << r->real << ' ' << r->text << ' ' << r->bytes.size() << ' ' << r->dtype << ' '
       << r->device.device_id << ' ' << r->maybe_number.value_or(-1) << ' '
       << r->maybe_text.value_or("none") << ' ' << r->maybe_array.has_value() << ' '
       << r->numbers.size() << ' ' << r->table.size() << ' ' << r->base.defined() << ' '
       << (r->function == nullptr) << ' ' << (r->pointer == nullptr) << ' ' << r->any.type_index();
  return String(text.str());
}

TVM_FFI_STATIC_INIT_BLOCK() {
  refl::GlobalDef()
      .def(ABI_NAME("type_describe"), &DescribeType)
      .def(ABI_NAME("field_get"), &GetField)
      .def(ABI_NAME("field_set"), &SetField)
      .def(ABI_NAME("create"), &Create)
      .def(ABI_NAME("construct"), &Construct)
      .def(ABI_NAME("method_call"), &CallMethod)
      .def(ABI_NAME("record_read"), &ReadRecord);
}

}  // namespace

ABI_SUBJECT(reflection) {
  for (const char* type_key :
       {"abi_test.Base", "abi_test.Child", "abi_test.Virtual", "abi_test.Aligned",
        "abi_test.NativeKey", "abi_test.Record", "abi_test.Tree", "abi_test.Var", "abi_test.Lambda",
        "abi_test.NativeHook", "ffi.reflection.AccessStep"}) {
    const Array<String> own = DescribeType(type_key);
    const auto theirs = peer["type_describe"](type_key).cast<Array<String>>();
    ABI_EXPECT(own.size() == theirs.size());
    for (size_t i = 0; i < own.size(); ++i) {
      out(own[i]);
      ABI_EXPECT(own[i] == theirs[i]);
    }
  }
}

ABI_SUBJECT(fields) {
  const Map<String, Any> fields{{"flag", true}, {"number", 5}, {"base", Base(2)}, {"any", "text"}};
  const ObjectRef own = Create("abi_test.Record", fields);
  const ObjectRef theirs = peer["create"]("abi_test.Record", fields).cast<ObjectRef>();
  const Map<String, Any> changes{{"flag", false},
                                 {"tiny", -3},
                                 {"wide", 12},
                                 {"single", 2.5},
                                 {"real", 3},
                                 {"text", String("another text")},
                                 {"bytes", ffi::Bytes("x")},
                                 {"dtype", "int8x2"},
                                 {"device", "cuda:1"},
                                 {"maybe_number", 44},
                                 {"maybe_text", "short"},
                                 {"maybe_array", Array<Any>{1}},
                                 {"numbers", Array<Any>{1, true}},
                                 {"table", Map<Any, Any>{{String("k"), 1}}},
                                 {"base", Base(9)},
                                 {"function", peer["record_read"]},
                                 {"any", Base(1)}};
  for (const ObjectRef& record : {own, theirs}) {
    out(ReadRecord(record.as<RecordObj>()));
    for (auto [name, value] : changes) {
      if (value.type_index() % 2) {
        SetField(record, name, value);
      } else {
        peer["field_set"](record, name, value);
      }
      const Any read = GetField(record, name);
      ABI_EXPECT(read.type_index() == peer["field_get"](record, name).type_index());
      out(name, read.GetTypeKey());
    }
    out(peer["record_read"](record).cast<String>());
    out(ErrorOf([&] { peer["field_set"](record, "tiny", "no number"); }));
    out(ErrorOf([&] { SetField(record, "numbers", Array<Any>{1, String("x")}); }));
    out(ErrorOf([&] { SetField(record, "base", Array<Any>()); }));
  }
  out(ErrorOf([&] { peer["create"]("abi_test.Record", Map<String, Any>{{"flag", true}}); }));
  out(ErrorOf([&] { Create("abi_test.Base", {{"id", 1}, {"unknown", 2}}); }));
}

ABI_SUBJECT(constructors_and_methods) {
  const ObjectRef theirs =
      peer["construct"]("abi_test.Child", Array<Any>{4, "a name for it"}).cast<ObjectRef>();
  out(theirs.as<ChildObj>()->id, theirs.as<ChildObj>()->name);
  const ObjectRef record = Construct("abi_test.Record", {true, 1, 2});
  out(ReadRecord(record.as<RecordObj>()));
  peer["method_call"]("abi_test.Record", "add", record, 100);
  out(peer["method_call"]("abi_test.Record", "sum", record, 1).cast<int64_t>(),
      CallMethod("abi_test.Record", "sum", record, 1).cast<int64_t>(),
      peer["method_call"]("abi_test.Record", "describe", nullptr, 3).cast<String>());
  out(ErrorOf([&] { peer["method_call"]("abi_test.Record", "sum", Base(1), 1); }));
  out(ErrorOf([&] { peer["method_call"]("abi_test.Record", "absent", record, 1); }));
  out(ErrorOf([&] { peer["construct"]("abi_test.Base", Array<Any>{"no number"}); }));
  out(ErrorOf([&] { peer["construct"]("abi_test.Base", Array<Any>()); }));
}

ABI_SUBJECT(access_paths) {
  const refl::AccessPath path =
      refl::AccessPath::Root()->Attr("config")->ArrayItem(3)->MapItem("key")->AttrMissing("lost");
  const Any copy = ffi::DeepCopy(path);
  out(ffi::ReprPrint(path), copy.cast<refl::AccessPath>()->PathEqual(path),
      path->GetParent().value()->IsPrefixOf(path), path->ToSteps().size());
}

}  // namespace ABI_SIDE
