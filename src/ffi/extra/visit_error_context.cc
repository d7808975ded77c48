// SPDX-License-Identifier: Apache-2.0
/*!
 * \file visit_error_context.cc
 * \brief Registration of VisitErrorContext and the search for the paths of a trail.
 */
#include <tvm/ffi/any.h>
#include <tvm/ffi/container/map_base.h>
#include <tvm/ffi/container/seq_base.h>
#include <tvm/ffi/extra/visit_error_context.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/ffi/string.h>

#include <utility>
#include <vector>

#include "object_graph.h"
#include "structural_common.h"

namespace tvm {
namespace ffi {
namespace {

using reflection::AccessPath;
using reflection::AccessStep;

/*! \brief Depth-first search for the objects of a trail, outermost first. */
class TrailSearch {
 public:
  TrailSearch(const VisitErrorContextObj* context, bool allow_prefix_match)
      : allow_prefix_match_(allow_prefix_match) {
    for (const ObjectRef& node : context->reverse_visit_pattern) {
      bool repeated = !records_.empty() && records_.back().same_as(node);
      if (node.defined() && !repeated) records_.push_back(node);
    }
  }

  Array<AccessPath> Run(const ObjectRef& root) {
    // Containers lie on paths but are no part of a trail, so as a root they lead nowhere.
    bool searchable = root.defined() && !records_.empty() && !IsContainer(root->type_index());
    if (searchable) VisitObject(root.get());
    return std::move(found_);
  }

 private:
  static bool IsContainer(int32_t type_index) {
    return object_graph::IsSequence(type_index) || object_graph::IsMapping(type_index);
  }

  void Emit() { found_.push_back(AccessPath::FromSteps(path_.begin(), path_.end())); }

  void VisitObject(const Object* obj) {
    const TVMFFITypeInfo* info = TVMFFIGetTypeInfo(obj->type_index());
    if (info->metadata == nullptr) return;
    structural::CheckNativeStack();
    size_t matched_before = matched_;
    if (records_[records_.size() - 1 - matched_].get() == obj) ++matched_;
    if (matched_ == records_.size()) {
      Emit();
    } else {
      VisitFields(info, obj);
    }
    matched_ = matched_before;
  }

  void VisitFields(const TVMFFITypeInfo* info, const Object* obj) {
    size_t found_before = found_.size();
    reflection::ForEachFieldInfo(info, [&](const TVMFFIFieldInfo* field) {
      VisitBelow(AccessStep::Attr(String(field->name.data, field->name.size)),
                 reflection::FieldGetter(field)(obj));
    });
    bool prefix = allow_prefix_match_ && found_.size() == found_before && matched_ > 0;
    if (prefix && !path_.empty()) Emit();
  }

  void VisitBelow(AccessStep step, const Any& value) {
    if (value.type_index() < kTVMFFIStaticObjectBegin) return;
    path_.push_back(std::move(step));
    VisitValue(object_graph::AsObject(value));
    path_.pop_back();
  }

  void VisitValue(const Object* obj) {
    if (object_graph::IsSequence(obj->type_index())) {
      structural::CheckNativeStack();
      const SeqBaseObj* seq = object_graph::AsSequence(obj);
      for (int64_t i = 0; static_cast<size_t>(i) < seq->size(); ++i) {
        VisitBelow(AccessStep::ArrayItem(i), Any(seq->at(i)));
      }
    } else if (object_graph::IsMapping(obj->type_index())) {
      structural::CheckNativeStack();
      for (const MapBaseObj::KVType& entry : *object_graph::AsMapping(obj)) {
        if (entry.first != nullptr) VisitBelow(AccessStep::MapItem(entry.first), entry.second);
      }
    } else {
      VisitObject(obj);
    }
  }

  const bool allow_prefix_match_;
  /*! \brief The trail without repetitions, innermost first. */
  std::vector<ObjectRef> records_;
  /*! \brief Number of records, counted from the outermost, that enclose the current place. */
  size_t matched_ = 0;
  std::vector<AccessStep> path_;
  Array<AccessPath> found_;
};

}  // namespace

Array<AccessPath> VisitErrorContext::FindAccessPaths(const ObjectRef& root,
                                                     const VisitErrorContext& visit_context,
                                                     bool allow_prefix_match) {
  return TrailSearch(visit_context.get(), allow_prefix_match).Run(root);
}

TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = tvm::ffi::reflection;
  refl::ObjectDef<VisitErrorContextObj>(refl::init(false))
      .def_ro("reverse_visit_pattern", &VisitErrorContextObj::reverse_visit_pattern)
      .def_ro("prev_error_context", &VisitErrorContextObj::prev_error_context);
  refl::GlobalDef().def("ffi.VisitErrorContext.FindAccessPaths",
                        VisitErrorContext::FindAccessPaths);
}

}  // namespace ffi
}  // namespace tvm
