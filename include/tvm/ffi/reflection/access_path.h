// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/reflection/access_path.h
 * \brief Where something sits inside a nested value: `<root>.config.layers[0]["name"]`.
 *
 * Comparisons and error contexts report such paths. A path is an immutable list that points to its
 * parent, so paths with a common beginning share it.
 *
 * \code
 *   AccessPath path = AccessPath::Root()->Attr("layers")->ArrayItem(0);
 *   path->ToSteps().size();  // 2
 * \endcode
 */
#ifndef TVM_FFI_REFLECTION_ACCESS_PATH_H_
#define TVM_FFI_REFLECTION_ACCESS_PATH_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/cast.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/tuple.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/optional.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/ffi/string.h>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace tvm {
namespace ffi {
namespace reflection {

/*! \brief What a step goes through. The "missing" kinds name something that is not there. */
enum class AccessKind : int32_t {
  kAttr = 0,
  kArrayItem = 1,
  kMapItem = 2,
  kAttrMissing = 3,
  kArrayItemMissing = 4,
  kMapItemMissing = 5,
};

class AccessStep;
class AccessPath;

/*! \brief One step of a path. */
class AccessStepObj : public Object {
 public:
  /*! \brief What kind of part the step leads to. */
  AccessKind kind = AccessKind::kAttr;
  /*! \brief Attribute name, item position or map key, as the kind says. */
  Any key;

  AccessStepObj() = default;
  /*! \brief Step of a kind. */
  AccessStepObj(AccessKind kind, Any key) : kind(kind), key(std::move(key)) {}

  /*! \brief Whether kind and key are equal; keys compare like map keys. */
  inline bool StepEqual(const AccessStep& other) const;

  static constexpr TVMFFISEqHashKind _type_s_eq_hash_kind = kTVMFFISEqHashKindConstTreeNode;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("ffi.reflection.AccessStep", AccessStepObj, Object);
};

namespace detail {

/*!
 * \brief Named ways to make an `AccessStep`. Members of a template, so that files which do not call
 * them do not compile them.
 */
template <typename TStep>
class AccessStepFactories : public ObjectRef {
 public:
  using ObjectRef::ObjectRef;

  /*! \brief Attribute of an object. */
  static TStep Attr(String name) { return TStep(AccessKind::kAttr, Any(std::move(name))); }
  /*! \brief Attribute that the object lacks. */
  static TStep AttrMissing(String name) {
    return TStep(AccessKind::kAttrMissing, Any(std::move(name)));
  }
  /*! \brief Element of a sequence. */
  static TStep ArrayItem(int64_t index) { return TStep(AccessKind::kArrayItem, Any(index)); }
  /*! \brief Element that the sequence lacks. */
  static TStep ArrayItemMissing(int64_t index) {
    return TStep(AccessKind::kArrayItemMissing, Any(index));
  }
  /*! \brief Value of a map. */
  static TStep MapItem(Any key) { return TStep(AccessKind::kMapItem, std::move(key)); }
  /*! \brief Key that the map lacks. */
  static TStep MapItemMissing(Any key = nullptr) {
    return TStep(AccessKind::kMapItemMissing, std::move(key));
  }
};

/*! \brief The root of `AccessPath`, in a template for the same reason. */
template <typename TPath>
class AccessPathFactory : public ObjectRef {
 public:
  using ObjectRef::ObjectRef;

  /*! \brief The path without steps. */
  static TPath Root() { return TPath(make_object<typename TPath::ContainerType>()); }
};

}  // namespace detail

/*! \brief Reference to AccessStepObj; not nullable. */
class AccessStep : public detail::AccessStepFactories<AccessStep> {
 public:
  /*! \brief Step of a kind. */
  template <typename D = void>
  AccessStep(AccessKind kind, Any key)
      : AccessStepFactories(
            make_object<ffi::detail::Late<AccessStepObj, D>>(kind, std::move(key))) {}

  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NOTNULLABLE(AccessStep, AccessStepFactories, AccessStepObj);
};

inline bool AccessStepObj::StepEqual(const AccessStep& other) const {
  return kind == other->kind && AnyEqual()(key, other->key);
}

/*! \brief A path: the path before its last step, and that step. */
class AccessPathObj : public Object {
 public:
  /*! \brief An AccessPath; absent for the root. Declared as ObjectRef, for that class comes later.
   */
  Optional<ObjectRef> parent;
  /*! \brief The last step; absent for the root. */
  Optional<AccessStep> step;
  /*! \brief Number of steps. */
  int32_t depth = 0;

  AccessPathObj() = default;
  /*! \brief Path that ends with a step. */
  template <typename D = void>
  AccessPathObj(Optional<ffi::detail::Late<ObjectRef, D>> parent,
                Optional<ffi::detail::Late<AccessStep, D>> step, int32_t depth)
      : parent(std::move(parent)), step(std::move(step)), depth(depth) {}

  /*! \brief The path without its last step; nullopt for the root. */
  template <typename D = void>
  Optional<AccessPath> GetParent() const;
  /*! \brief This path followed by a step. */
  template <typename D = void>
  AccessPath Extend(AccessStep step) const;
  /*! \brief This path followed by an attribute. */
  template <typename D = void>
  AccessPath Attr(String name) const;
  /*! \brief This path followed by an attribute that is not there. */
  template <typename D = void>
  AccessPath AttrMissing(String name) const;
  /*! \brief This path followed by an element of a sequence. */
  template <typename D = void>
  AccessPath ArrayItem(int64_t index) const;
  /*! \brief This path followed by an element that is not there. */
  template <typename D = void>
  AccessPath ArrayItemMissing(int64_t index) const;
  /*! \brief This path followed by the value of a key. */
  template <typename D = void>
  AccessPath MapItem(Any key) const;
  /*! \brief This path followed by a key that is not there. */
  template <typename D = void>
  AccessPath MapItemMissing(Any key) const;

  /*! \brief Steps from the root on. */
  template <typename D = void>
  Array<AccessStep> ToSteps() const;
  /*! \brief Whether both paths have the same steps. */
  inline bool PathEqual(const AccessPath& other) const;
  /*! \brief Whether the other path starts with the steps of this one. */
  inline bool IsPrefixOf(const AccessPath& other) const;

  static constexpr TVMFFISEqHashKind _type_s_eq_hash_kind = kTVMFFISEqHashKindConstTreeNode;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("ffi.reflection.AccessPath", AccessPathObj, Object);

 private:
  // Reflection can store anything in the fields, hence the checks here and in SameSteps.
  const AccessPathObj* parent_ptr() const {
    return parent.has_value() ? (*parent).as<AccessPathObj>() : nullptr;
  }
  static inline bool SameSteps(const AccessPathObj* lhs, const AccessPathObj* rhs);
};

/*! \brief Reference to AccessPathObj; not nullable. */
class AccessPath : public detail::AccessPathFactory<AccessPath> {
 public:
  /*! \brief Path of the given steps, iterators over AccessStep. */
  template <typename Iter>
  static AccessPath FromSteps(Iter begin, Iter end) {
    AccessPath path = Root();
    for (Iter it = begin; it != end; ++it) path = path->Extend(*it);
    return path;
  }
  template <typename D = void>
  static AccessPath FromSteps(const Array<AccessStep>& steps) {
    const Array<ffi::detail::Late<AccessStep, D>>& late_steps = steps;
    return FromSteps(late_steps.begin(), late_steps.end());
  }

  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NOTNULLABLE(AccessPath, AccessPathFactory, AccessPathObj);

 private:
  friend class AccessPathObj;
  template <typename>
  friend class detail::AccessPathFactory;
  explicit AccessPath(ObjectPtr<AccessPathObj> data) : AccessPathFactory(std::move(data)) {}
};

/*! \brief Paths to two places, as comparisons report them. */
using AccessPathPair = Tuple<AccessPath, AccessPath>;

template <typename D>
Optional<AccessPath> AccessPathObj::GetParent() const {
  if (!parent.has_value()) return std::nullopt;
  return (*parent).template as_or_throw<ffi::detail::Late<AccessPath, D>>();
}

template <typename D>
AccessPath AccessPathObj::Extend(AccessStep step) const {
  return AccessPath(make_object<ffi::detail::Late<AccessPathObj, D>>(GetRef<ObjectRef>(this),
                                                                     std::move(step), depth + 1));
}
template <typename D>
AccessPath AccessPathObj::Attr(String name) const {
  return Extend<D>(AccessStep::Attr(std::move(name)));
}
template <typename D>
AccessPath AccessPathObj::AttrMissing(String name) const {
  return Extend<D>(AccessStep::AttrMissing(std::move(name)));
}
template <typename D>
AccessPath AccessPathObj::ArrayItem(int64_t index) const {
  return Extend<D>(AccessStep::ArrayItem(index));
}
template <typename D>
AccessPath AccessPathObj::ArrayItemMissing(int64_t index) const {
  return Extend<D>(AccessStep::ArrayItemMissing(index));
}
template <typename D>
AccessPath AccessPathObj::MapItem(Any key) const {
  return Extend<D>(AccessStep::MapItem(std::move(key)));
}
template <typename D>
AccessPath AccessPathObj::MapItemMissing(Any key) const {
  return Extend<D>(AccessStep::MapItemMissing(std::move(key)));
}

template <typename D>
Array<AccessStep> AccessPathObj::ToSteps() const {
  using Step = ffi::detail::Late<AccessStep, D>;
  std::vector<Step> reversed;
  for (const AccessPathObj* node = this; node != nullptr && node->step.has_value();
       node = node->parent_ptr()) {
    reversed.push_back(*node->step);
  }
  return Array<Step>(reversed.rbegin(), reversed.rend());
}

// Walks both lists towards the root; they meet where they share a tail. Same depth on both sides.
inline bool AccessPathObj::SameSteps(const AccessPathObj* lhs, const AccessPathObj* rhs) {
  for (; lhs != rhs; lhs = lhs->parent_ptr(), rhs = rhs->parent_ptr()) {
    if (lhs == nullptr || rhs == nullptr) return false;
    if (!lhs->step.has_value() || !rhs->step.has_value()) {
      return lhs->step.has_value() == rhs->step.has_value();
    }
    if (!(*lhs->step)->StepEqual(*rhs->step)) return false;
  }
  return true;
}

inline bool AccessPathObj::PathEqual(const AccessPath& other) const {
  return depth == other->depth && SameSteps(this, other.get());
}

inline bool AccessPathObj::IsPrefixOf(const AccessPath& other) const {
  if (depth > other->depth) return false;
  const AccessPathObj* node = other.get();
  while (node != nullptr && node->depth > depth) node = node->parent_ptr();
  return SameSteps(this, node);
}

}  // namespace reflection
}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_REFLECTION_ACCESS_PATH_H_
