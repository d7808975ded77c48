// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/extra/visit_error_context.h
 * \brief Which objects a recursive visit was inside when it failed.
 *
 * While an error unwinds, every level of the visit adds its node to the error. Who catches the
 * error turns the trail into access paths. The walks of structural_visit.h and structural_mutate.h
 * do this by themselves; hand-written recursions use the macros.
 *
 * \code
 *   void Check(const Expr& expr) {
 *     TVM_FFI_VISIT_BEGIN();
 *     if (Bad(expr)) TVM_FFI_VISIT_THROW(ValueError, expr) << "bad expression";
 *     for (const Expr& child : expr->children) Check(child);
 *     TVM_FFI_VISIT_END(expr);
 *   }
 *   ...
 *   } catch (const Error& err) {
 *     if (auto context = VisitErrorContext::TryGetFromError(err)) {
 *       Array<AccessPath> where = VisitErrorContext::FindAccessPaths(root, *context);
 * \endcode
 */
#ifndef TVM_FFI_EXTRA_VISIT_ERROR_CONTEXT_H_
#define TVM_FFI_EXTRA_VISIT_ERROR_CONTEXT_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/expected.h>
#include <tvm/ffi/extra/base.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/optional.h>
#include <tvm/ffi/reflection/access_path.h>

#include <exception>
#include <optional>
#include <utility>

namespace tvm {
namespace ffi {

/*! \brief The trail of a failed visit; lives in the extra context of an Error. */
class VisitErrorContextObj : public Object {
 public:
  /*! \brief Visited objects, innermost first. */
  List<ObjectRef> reverse_visit_pattern;
  /*! \brief Extra context that the error had before. */
  Optional<ObjectRef> prev_error_context;

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("ffi.VisitErrorContext", VisitErrorContextObj, Object);
};

static_assert(sizeof(void*) != 8 || sizeof(VisitErrorContextObj) == 40,
              "compiled consumers append to the pattern in place");

/*! \brief Reference to VisitErrorContextObj; not nullable. */
class VisitErrorContext : public ObjectRef {
 public:
  /*! \param n The object, not null. */
  explicit VisitErrorContext(ObjectPtr<VisitErrorContextObj> n) : ObjectRef(std::move(n)) {
    TVM_FFI_ICHECK_NOTNULL(data_.get());
  }

  /*! \brief The trail in an error; nullopt when it has none. */
  static Optional<VisitErrorContext> TryGetFromError(const Error& err) {
    if (std::optional<ObjectRef> context = err.extra_context()) {
      if (auto trail = context->as<VisitErrorContext>()) return *std::move(trail);
    }
    return std::nullopt;
  }

  /*!
   * \brief Where the trail leads, starting from an object.
   * \param root The object that the visit started at; containers have no paths.
   * \param visit_context The trail; its objects need not be direct parts of each other.
   * \param allow_prefix_match Whether a beginning of the trail is enough where no end is found.
   * \return Paths in the order they were found, one for each occurrence of a shared object.
   * \throws RecursionError when the object is nested deeper than the stack allows.
   */
  TVM_FFI_EXTRA_CXX_API static Array<reflection::AccessPath> FindAccessPaths(
      const ObjectRef& root, const VisitErrorContext& visit_context,
      bool allow_prefix_match = false);

  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NOTNULLABLE(VisitErrorContext, ObjectRef, VisitErrorContextObj);
};

namespace detail {

/*! \brief A trail of one object. */
inline VisitErrorContext MakeVisitErrorContext(const ObjectRef& node) {
  ObjectPtr<VisitErrorContextObj> context = make_object<VisitErrorContextObj>();
  context->reverse_visit_pattern.push_back(node);
  return VisitErrorContext(std::move(context));
}

/*! \brief Append an object to the trail of an error, which all holders of the error see. */
inline void UpdateVisitErrorContext(Error& err, const ObjectRef& node) {  // NOLINT(*)
  TVMFFIErrorCell* cell = static_cast<ErrorObj*>(const_cast<Object*>(err.ObjectRef::get()));
  ObjectPtr<Object> previous;
  if (cell->extra_context != nullptr) {
    previous =
        ObjectUnsafe::ObjectPtrFromUnowned<Object>(static_cast<TVMFFIObject*>(cell->extra_context));
    if (previous->IsInstance<VisitErrorContextObj>()) {
      static_cast<VisitErrorContextObj*>(previous.get())->reverse_visit_pattern.push_back(node);
      return;
    }
  }
  VisitErrorContext context = MakeVisitErrorContext(node);
  VisitErrorContextObj* fresh = const_cast<VisitErrorContextObj*>(context.get());
  TVMFFIObjectHandle replaced = cell->extra_context;
  if (previous != nullptr) fresh->prev_error_context = ObjectRef(std::move(previous));
  cell->extra_context = ObjectUnsafe::MoveObjectRefToTVMFFIObjectPtr(std::move(context));
  ObjectUnsafe::DecRefObjectHandle(replaced);
}

/*! \brief Append a value when it is an object. Without memory for it the trail has a gap. */
inline void UpdateVisitErrorContext(Error& err, AnyView node) noexcept {  // NOLINT(*)
  if (node.type_index() < kTVMFFIStaticObjectBegin) return;
  try {
    UpdateVisitErrorContext(err, AnyUnsafe::CopyFromAnyViewAfterCheck<ObjectRef>(Any(node)));
  } catch (const std::exception&) {
    return;  // The error on its way matters more than its trail.
  }
}

/*! \brief Append a value to the error in a cell, which keeps its reference. */
inline void UpdateVisitErrorContext(const TVMFFIAny& result, AnyView node) noexcept {
  Error err = ObjectUnsafe::ObjectRefFromObjectPtr<Error>(
      ObjectUnsafe::ObjectPtrFromUnowned<Object>(result.v_obj));
  UpdateVisitErrorContext(err, node);
}

}  // namespace detail

/*! \brief Opens the body of a visit; TVM_FFI_VISIT_END or its other form closes it. */
#define TVM_FFI_VISIT_BEGIN() try {
/*! \brief Closes the body: an error that leaves it gets the node (an ObjectRef) and goes on. */
#define TVM_FFI_VISIT_END(node)                                              \
  }                                                                          \
  catch (::tvm::ffi::Error & tvm_ffi_visit_err_) {                           \
    ::tvm::ffi::detail::UpdateVisitErrorContext(tvm_ffi_visit_err_, (node)); \
    throw;                                                                   \
  }
/*! \brief Closes the body: an error that leaves it gets the node and is returned as Unexpected. */
#define TVM_FFI_VISIT_END_RETURN_EXPECTED(node)                              \
  }                                                                          \
  catch (::tvm::ffi::Error & tvm_ffi_visit_err_) {                           \
    ::tvm::ffi::detail::UpdateVisitErrorContext(tvm_ffi_visit_err_, (node)); \
    return ::tvm::ffi::Unexpected(::tvm::ffi::Error(tvm_ffi_visit_err_));    \
  }
/*! \brief As TVM_FFI_THROW; the error starts with a trail of the node. */
#define TVM_FFI_VISIT_THROW(ErrorKind, node)                                                   \
  ::tvm::ffi::detail::ErrorBuilder(                                                            \
      #ErrorKind, TVMFFIBacktrace(__FILE__, __LINE__, TVM_FFI_FUNC_SIG, 0),                    \
      TVM_FFI_ALWAYS_LOG_BEFORE_THROW, ::std::nullopt,                                         \
      ::std::optional<::tvm::ffi::ObjectRef>(::tvm::ffi::detail::MakeVisitErrorContext(node))) \
      .stream()

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_EXTRA_VISIT_ERROR_CONTEXT_H_
