// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/container/shape.h
 * \brief Shape and ShapeView: sequences of int64, for extents and strides of tensors.
 *
 * Shape owns an immutable sequence and travels through `Any`; ShapeView is two words that point at
 * somebody else's integers and must not outlive them. Functions that only read take a ShapeView.
 *
 * \code
 * Shape s = {2, 3, 4};
 * int64_t n = s.Product();                     // 24
 * Shape strides = Shape::StridesFromShape(s);  // [12, 4, 1]
 * \endcode
 */
#ifndef TVM_FFI_CONTAINER_SHAPE_H_
#define TVM_FFI_CONTAINER_SHAPE_H_

#include <tvm/ffi/container/array.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/type_traits.h>

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <ostream>
#include <utility>
#include <vector>

namespace tvm {
namespace ffi {

/*! \brief Shape object: a pointer to the integers, which may lie behind the object or elsewhere. */
class ShapeObj : public Object, public TVMFFIShapeCell {
 public:
  /*! \brief Type of the values. */
  using index_type = int64_t;

  /*! \brief Product of the values; 1 for an empty shape. */
  int64_t Product() const;

  /// \cond Doxygen_Suppress
  static constexpr const int32_t _type_index = TypeIndex::kTVMFFIShape;
  TVM_FFI_DECLARE_OBJECT_INFO_STATIC(StaticTypeKey::kTVMFFIShape, ShapeObj, Object);
  /// \endcond
};

static_assert(sizeof(ShapeObj) == sizeof(TVMFFIObject) + sizeof(TVMFFIShapeCell),
              "ShapeObj is read by every binding through this layout");

/*! \brief Non-owning view of int64 values. */
class ShapeView {
 public:
  /*! \brief Empty view. */
  ShapeView() : cell_{nullptr, 0} {}
  /*! \brief `size` values at `data`, which must outlive the view. */
  ShapeView(const int64_t* data, size_t size) : cell_{data, size} {}
  /*! \brief Values of a braced list; valid only as long as the list, usually one expression. */
  ShapeView(const std::initializer_list<int64_t>& other)  // NOLINT(*)
      : cell_{other.begin(), other.size()} {}

  /*! \brief The values. They live as long as what is viewed. */
  const int64_t* data() const { return cell_.data; }
  size_t size() const { return cell_.size; }

  /*! \brief Product of the values, modulo 2^64; 1 for an empty view. */
  int64_t Product() const {
    uint64_t product = 1;
    for (int64_t extent : *this) {
      product *= static_cast<uint64_t>(extent);
    }
    return static_cast<int64_t>(product);
  }

  /*! \brief Value at `idx`, unchecked. */
  int64_t operator[](size_t idx) const { return cell_.data[idx]; }
  const int64_t* begin() const { return cell_.data; }
  const int64_t* end() const { return cell_.data + cell_.size; }
  bool empty() const { return size() == 0; }
  /*! \brief First value. \throw IndexError When empty. */
  int64_t front() const { return this->at(0); }
  /*! \brief Last value. \throw IndexError When empty. */
  int64_t back() const { return this->at(this->size() - 1); }
  /*! \brief Value at `idx`. \throw IndexError When out of range. */
  int64_t at(size_t idx) const {
    if (TVM_FFI_PREDICT_FALSE(idx >= size())) ThrowIndexError(idx, size());
    return cell_.data[idx];
  }

 private:
  [[noreturn]] TVM_FFI_NO_INLINE TVM_FFI_COLD_CODE static void ThrowIndexError(size_t idx,
                                                                               size_t size) {
    TVM_FFI_THROW(IndexError) << "indexing " << idx << " on a Shape of size " << size;
    TVM_FFI_UNREACHABLE();
  }

  TVMFFIShapeCell cell_;
};

static_assert(sizeof(ShapeView) == sizeof(TVMFFIShapeCell) && __is_trivially_copyable(ShapeView));

inline int64_t ShapeObj::Product() const { return ShapeView(this->data, this->size).Product(); }

namespace detail {

/*! \brief Shape object that keeps a moved vector; a template only to be compiled where it is used.
 */
template <typename T>
class ShapeObjOfVector : public ShapeObj {
 public:
  explicit ShapeObjOfVector(std::vector<T> other) : data_container{std::move(other)} {
    this->data = data_container.data();
    this->size = data_container.size();
  }

 protected:
  std::vector<T> data_container;
};

using ShapeObjStdImpl = ShapeObjOfVector<int64_t>;

/*!
 * \brief Shape object with room for `length` values behind it, which are not initialized.
 * \param mutable_data Receives the address of the values when not null.
 */
TVM_FFI_INLINE ObjectPtr<ShapeObj> MakeEmptyShape(size_t length, int64_t** mutable_data) {
  ObjectPtr<ShapeObj> result = make_inplace_array_object<ShapeObj, int64_t>(length);
  int64_t* values =
      reinterpret_cast<int64_t*>(reinterpret_cast<char*>(result.get()) + sizeof(ShapeObj));
  result->data = values;
  result->size = length;
  if (mutable_data != nullptr) *mutable_data = values;
  return result;
}

/*! \brief Shape object with the values of a range behind it. */
template <typename IterType>
TVM_FFI_INLINE ObjectPtr<ShapeObj> MakeInplaceShape(IterType begin, IterType end) {
  int64_t* values;
  ObjectPtr<ShapeObj> result =
      MakeEmptyShape(static_cast<size_t>(std::distance(begin, end)), &values);
  std::copy(begin, end, values);
  return result;
}

/*! \brief Writes the row-major strides, in elements, of `shape` to `out`. */
inline void FillStridesFromShape(ShapeView shape, int64_t* out) {
  uint64_t stride = 1;
  for (size_t i = shape.size(); i != 0; --i) {
    out[i - 1] = static_cast<int64_t>(stride);
    stride *= static_cast<uint64_t>(shape[i - 1]);
  }
}

/*! \brief Shape object with the row-major strides, in elements, of `shape`. */
TVM_FFI_INLINE ObjectPtr<ShapeObj> MakeStridesFromShape(ShapeView shape) {
  int64_t* values;
  ObjectPtr<ShapeObj> result = MakeEmptyShape(shape.size(), &values);
  FillStridesFromShape(shape, values);
  return result;
}

}  // namespace detail

/*! \brief Immutable sequence of int64 values. Never null. */
class Shape : public ObjectRef {
 public:
  /*! \brief Type of the values. */
  using index_type = ShapeObj::index_type;

  /*! \brief Empty shape. */
  Shape() : ObjectRef(detail::MakeEmptyShape(0, nullptr)) {}
  /*! \brief Values of a range. */
  template <typename IterType>
  Shape(IterType begin, IterType end) : ObjectRef(detail::MakeInplaceShape(begin, end)) {}
  /*! \brief Values of an array, copied. */
  template <typename D = void>
  Shape(Array<detail::Late<int64_t, D>> shape)  // NOLINT(*)
      : Shape(shape.begin(), shape.end()) {}
  /*! \brief Values of a braced list. */
  template <typename D = void>
  Shape(std::initializer_list<int64_t> shape)  // NOLINT(*)
      : Shape(shape.begin(), shape.end()) {}
  /*! \brief Keeps the vector itself. */
  template <typename D = void>
  Shape(std::vector<detail::Late<int64_t, D>> shape)  // NOLINT(*)
      : ObjectRef(make_object<detail::ShapeObjStdImpl>(std::move(shape))) {}
  /*! \brief Values of a view, copied. */
  template <typename D = void>
  Shape(ShapeView shape) : Shape(shape.begin(), shape.end()) {}  // NOLINT(*)

  /*! \brief Row-major strides, in elements, of a shape. */
  static Shape StridesFromShape(ShapeView shape) {
    return detail::ObjectUnsafe::ObjectRefFromObjectPtr<Shape>(
        ObjectPtr<Object>(detail::MakeStridesFromShape(shape)));
  }

  /*! \brief View that must not outlive this handle. */
  operator ShapeView() const { return ShapeView(data(), size()); }  // NOLINT(*)

  /*! \brief The values. Valid while the shape lives. */
  const int64_t* data() const { return get()->data; }
  size_t size() const { return get()->size; }
  /*! \brief Value at `idx`, unchecked. */
  int64_t operator[](size_t idx) const { return data()[idx]; }
  /*! \brief Value at `idx`. \throw IndexError When out of range. */
  int64_t at(size_t idx) const { return ShapeView(*this).at(idx); }
  bool empty() const { return size() == 0; }
  /*! \brief First value. \throw IndexError When empty. */
  int64_t front() const { return this->at(0); }
  /*! \brief Last value. \throw IndexError When empty. */
  int64_t back() const { return this->at(this->size() - 1); }
  const int64_t* begin() const { return data(); }
  const int64_t* end() const { return data() + size(); }
  /*! \brief Product of the values; 1 for an empty shape. */
  int64_t Product() const { return get()->Product(); }

  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NOTNULLABLE(Shape, ObjectRef, ShapeObj);
};

/*! \brief Prints `[1, 2, 3]`. */
inline std::ostream& operator<<(std::ostream& os, const Shape& shape) {
  os << '[';
  const char* separator = "";
  for (int64_t extent : shape) {
    os << separator << extent;
    separator = ", ";
  }
  return os << ']';
}

// Converts from arrays and lists of integers.
template <>
inline constexpr bool use_default_type_traits_v<Shape> = false;

namespace detail {

// A template of the one type it serves, see type_traits.h.
template <typename T>
struct ShapeTraits : public ObjectRefWithFallbackTraitsBase<T, Array<int64_t>> {
  static constexpr int32_t field_static_type_index = TypeIndex::kTVMFFIShape;
  TVM_FFI_INLINE static T ConvertFallbackValue(Array<int64_t> src) { return T(std::move(src)); }
};

}  // namespace detail

template <>
struct TypeTraits<Shape> : public detail::ShapeTraits<Shape> {};

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_CONTAINER_SHAPE_H_
