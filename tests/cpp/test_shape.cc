// SPDX-License-Identifier: Apache-2.0
// Shape and ShapeView: layout, construction, strides, conversions, printing, ffi.Shape.
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/shape.h>

#include <sstream>
#include <vector>

#include "container_test_util.h"

namespace {

using namespace tvm::ffi;  // NOLINT(google-build-using-namespace)
using container_tests::Call;
using container_tests::FieldAt;
using Values = std::vector<int64_t>;

Values ToVector(ShapeView view) { return Values(view.begin(), view.end()); }

TEST(Shape, LayoutIsHeaderPointerAndSize) {
  Shape shape = {10, 20, 30};
  const char* base = reinterpret_cast<const char*>(shape.get());
  EXPECT_EQ(FieldAt<const char*>(shape, 24), base + 40);
  EXPECT_EQ(FieldAt<size_t>(shape, 32), 3u);
  EXPECT_EQ(FieldAt<int64_t>(shape, 48), 20);
  EXPECT_EQ(shape.type_index(), static_cast<int32_t>(kTVMFFIShape));
  static_assert(sizeof(detail::ShapeObjStdImpl) == 64);
  static_assert(sizeof(ShapeView) == 16);
}

TEST(Shape, AVectorIsKeptNotCopied) {
  Values values = {1, 2, 3};
  const int64_t* data = values.data();
  Shape shape(std::move(values));
  EXPECT_EQ(shape.data(), data);
  EXPECT_EQ(ToVector(shape), (Values{1, 2, 3}));
}

TEST(Shape, ConstructsFromEverySource) {
  EXPECT_EQ(Shape().size(), 0u);
  EXPECT_EQ(ToVector(Shape(Array<int64_t>{4, 5})), (Values{4, 5}));
  EXPECT_EQ(ToVector(Shape(ShapeView({7, 8}))), (Values{7, 8}));
  Values values = {1, 2};
  EXPECT_EQ(ToVector(Shape(values.begin(), values.end())), values);
  Shape shape = {1, 2};
  Shape shared = shape;
  EXPECT_TRUE(shared.same_as(shape));
}

TEST(Shape, AccessAndBounds) {
  Shape shape = {2, 3, 4};
  EXPECT_EQ(shape[1], 3);
  EXPECT_EQ(shape.at(2), 4);
  EXPECT_EQ(shape.front(), 2);
  EXPECT_EQ(shape.back(), 4);
  EXPECT_FALSE(shape.empty());
  EXPECT_EQ(shape.Product(), 24);
  EXPECT_EQ(shape.get()->Product(), 24);
  EXPECT_EQ(Shape().Product(), 1);
  EXPECT_FFI_ERROR(shape.at(3), "IndexError", "indexing 3 on a Shape of size 3");
  EXPECT_FFI_ERROR(Shape().front(), "IndexError", "indexing 0 on a Shape of size 0");
  EXPECT_FFI_ERROR(Shape().back(), "IndexError",
                   "indexing 18446744073709551615 on a Shape of size 0");
}

TEST(ShapeView, ViewsWithoutOwning) {
  Values values = {2, 5};
  ShapeView view(values.data(), values.size());
  values[0] = 3;
  EXPECT_EQ(view[0], 3);
  EXPECT_EQ(view.Product(), 15);
  EXPECT_EQ(view.back(), 5);
  EXPECT_TRUE(ShapeView().empty());
  EXPECT_EQ(ShapeView().data(), nullptr);
  EXPECT_FFI_ERROR(view.at(2), "IndexError", "indexing 2 on a Shape of size 2");
}

TEST(Shape, RowMajorStrides) {
  EXPECT_EQ(ToVector(Shape::StridesFromShape({1, 2, 3})), (Values{6, 3, 1}));
  EXPECT_EQ(ToVector(Shape::StridesFromShape({4, 0, 4})), (Values{0, 4, 1}));
  EXPECT_EQ(Shape::StridesFromShape(ShapeView()).size(), 0u);
}

TEST(Shape, Prints) {
  std::ostringstream os;
  os << Shape({1, 2, 3}) << Shape();
  EXPECT_EQ(os.str(), "[1, 2, 3][]");
}

TEST(Shape, ConvertsFromSequencesOfInts) {
  EXPECT_EQ(ToVector(Any(Array<Any>{1, true}).cast<Shape>()), (Values{1, 1}));
  EXPECT_EQ(ToVector(Any(List<Any>{3}).cast<Shape>()), (Values{3}));
  EXPECT_FALSE(Any(Array<Any>{1}).as<Shape>().has_value());
  EXPECT_FFI_ERROR(Any(Array<Any>{1.5}).cast<Shape>(), "TypeError",
                   "Cannot convert from type `ffi.Array` to `ffi.Shape`");
  EXPECT_FFI_ERROR(Any().cast<Shape>(), "TypeError",
                   "Cannot convert from type `None` to `ffi.Shape`");
  EXPECT_FFI_ERROR(Any(Shape({1})).cast<Array<int64_t>>(), "TypeError",
                   "Cannot convert from type `ffi.Shape` to `Array<int>`");
  Shape shape = {1};
  EXPECT_TRUE(Any(shape).cast<Shape>().same_as(shape));
}

TEST(Shape, TypeTextAndSchema) {
  EXPECT_EQ(TypeTraits<Shape>::TypeStr(), "ffi.Shape");
  EXPECT_EQ(TypeTraits<Shape>::TypeSchema(), R"({"type":"ffi.Shape"})");
  EXPECT_EQ(TypeTraits<Shape>::field_static_type_index, static_cast<int32_t>(kTVMFFIShape));
}

TEST(Shape, GlobalTakesInts) {
  EXPECT_EQ(ToVector(Call("ffi.Shape", 4, true, 7).cast<Shape>()), (Values{4, 1, 7}));
  EXPECT_EQ(Call("ffi.Shape").cast<Shape>().size(), 0u);
  EXPECT_FFI_ERROR(Call("ffi.Shape", 1, 2.0), "ValueError",
                   "Expect shape to take list of int arguments");
}

TEST(Shape, CellAccessorOfTheCInterface) {
  Shape shape = {9};
  TVMFFIObjectHandle handle = const_cast<ShapeObj*>(shape.get());
  EXPECT_EQ(TVMFFIShapeGetCellPtr(handle)->data[0], 9);
}

}  // namespace
