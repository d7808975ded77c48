// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/extra/serialization.h
 * \brief Values of any type to and from a JSON graph, which keeps shared objects shared.
 *
 * \code
 *   List<Any> inner = {1, 2};
 *   String text = json::Stringify(ToJSONGraph(Array<Any>{inner, inner}));
 *   Array<Any> back = FromJSONGraph(json::Parse(text)).cast<Array<Any>>();
 *   bool shared = back[0].same_as(back[1]);   // true
 * \endcode
 *
 * The graph is `{"root_index": i, "nodes": [...], "metadata": ...}`; a node is
 * `{"type": key, "data": ...}` and refers to other nodes by index. Objects are written field by
 * field, whatever the field flags say; a type with other needs registers the hooks below. For JSON
 * in a layout of your own use json.h. Every function here throws for bad input and leaves it as it
 * was.
 */
#ifndef TVM_FFI_EXTRA_SERIALIZATION_H_
#define TVM_FFI_EXTRA_SERIALIZATION_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/extra/base.h>
#include <tvm/ffi/extra/json.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/accessor.h>

namespace tvm {
namespace ffi {

namespace type_attr {

/*! \brief The `data` of an object's node: `(object) -> JSON value`. */
inline constexpr reflection::AttrKey<TypedFunction<Any(AnyView)>> kDataToJson{"__data_to_json__"};
/*! \brief The inverse of kDataToJson: `(JSON value) -> object`. */
inline constexpr reflection::AttrKey<TypedFunction<Any(AnyView)>> kDataFromJson{
    "__data_from_json__"};

}  // namespace type_attr

/*!
 * \brief Write a value as a JSON graph.
 *
 * Equal plain values and strings, and references to one object, become one node. The root is the
 * last node.
 *
 * \param value The value.
 * \param metadata Any JSON value to store beside the nodes; none is stored for None.
 * \throws TypeError or RuntimeError for a type that cannot be written, ValueError for a value that
 *         contains itself or nests deeper than 10000 levels.
 */
TVM_FFI_EXTRA_CXX_API json::Value ToJSONGraph(const Any& value, const Any& metadata = Any(nullptr));

/*!
 * \brief Read a value from a JSON graph.
 *
 * Only the nodes that the root needs are looked at. Objects are made without their constructor;
 * absent fields take their defaults.
 *
 * \throws ValueError for a graph that is malformed, refers to itself, or nests deeper than 10000
 *         levels; TypeError, KeyError or InternalError for nodes that do not fit their type.
 */
TVM_FFI_EXTRA_CXX_API Any FromJSONGraph(const json::Value& value);

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_EXTRA_SERIALIZATION_H_
