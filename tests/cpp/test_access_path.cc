// SPDX-License-Identifier: Apache-2.0
// Tests of reflection/access_path.h and of the reflection data of the two classes.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/access_path.h>
#include <tvm/ffi/reflection/accessor.h>

#include <string>
#include <vector>

namespace {

using namespace tvm::ffi;  // NOLINT(build/namespaces)
namespace refl = tvm::ffi::reflection;
using refl::AccessKind;
using refl::AccessPath;
using refl::AccessPathObj;
using refl::AccessStep;
using refl::AccessStepObj;

/*! \brief The registered repr hook with a stand-in for the repr of keys. */
std::string ReprOf(const ObjectRef& value) {
  Function hook = refl::TypeAttrColumn("__ffi_repr__")[value.type_index()].cast<Function>();
  auto key_repr = [](AnyView key) -> String {
    if (key == nullptr) return String("None");
    if (auto text = key.as<String>()) return String("\"" + std::string(*text) + "\"");
    return String(std::to_string(key.cast<int64_t>()));
  };
  return hook(value, Function::FromTyped(key_repr)).cast<String>();
}

AccessPath Sample() { return AccessPath::Root()->Attr("config")->ArrayItem(0)->MapItem("name"); }

TEST(AccessPath, LayoutIsThatOfTheCellsItReflects) {
  static_assert(sizeof(AccessStepObj) == 48 && sizeof(AccessPathObj) == 48);
  EXPECT_EQ(refl::GetFieldInfo("ffi.reflection.AccessStep", "kind")->offset, 24);
  EXPECT_EQ(refl::GetFieldInfo("ffi.reflection.AccessStep", "kind")->size, 4);
  EXPECT_EQ(refl::GetFieldInfo("ffi.reflection.AccessStep", "key")->offset, 32);
  EXPECT_EQ(refl::GetFieldInfo("ffi.reflection.AccessPath", "parent")->offset, 24);
  EXPECT_EQ(refl::GetFieldInfo("ffi.reflection.AccessPath", "step")->offset, 32);
  EXPECT_EQ(refl::GetFieldInfo("ffi.reflection.AccessPath", "depth")->offset, 40);
}

TEST(AccessPath, RootHasNeitherParentNorStep) {
  AccessPath root = AccessPath::Root();
  EXPECT_FALSE(root->parent.has_value());
  EXPECT_FALSE(root->step.has_value());
  EXPECT_FALSE(root->GetParent().has_value());
  EXPECT_EQ(root->depth, 0);
  EXPECT_EQ(root->ToSteps().size(), 0u);
}

TEST(AccessPath, ExtendingKeepsTheParent) {
  AccessPath root = AccessPath::Root();
  AccessPath path = root->Attr("a");
  EXPECT_EQ(path->depth, 1);
  EXPECT_TRUE((*path->GetParent()).same_as(root));
  EXPECT_EQ((*path->step)->kind, AccessKind::kAttr);
  EXPECT_EQ((*path->step)->key.cast<String>(), "a");
}

TEST(AccessPath, StepsRoundTrip) {
  AccessPath path = Sample();
  Array<AccessStep> steps = path->ToSteps();
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(steps[0]->kind, AccessKind::kAttr);
  EXPECT_EQ(steps[1]->kind, AccessKind::kArrayItem);
  EXPECT_EQ(steps[2]->kind, AccessKind::kMapItem);
  EXPECT_TRUE(AccessPath::FromSteps(steps)->PathEqual(path));
  std::vector<AccessStep> list(steps.begin(), steps.end());
  EXPECT_TRUE(AccessPath::FromSteps(list.begin(), list.end())->PathEqual(path));
}

TEST(AccessPath, EqualityComparesSteps) {
  EXPECT_TRUE(Sample()->PathEqual(Sample()));
  EXPECT_FALSE(Sample()->PathEqual(AccessPath::Root()));
  EXPECT_FALSE(AccessPath::Root()->Attr("a")->PathEqual(AccessPath::Root()->Attr("b")));
  EXPECT_FALSE(AccessPath::Root()->Attr("a")->PathEqual(AccessPath::Root()->AttrMissing("a")));
  EXPECT_FALSE(AccessPath::Root()->MapItem(1)->PathEqual(AccessPath::Root()->MapItem(true)));
  AccessPath shared = Sample();
  EXPECT_TRUE(shared->ArrayItem(1)->PathEqual(shared->ArrayItem(1)));
  EXPECT_FALSE(shared->ArrayItem(1)->PathEqual(shared->ArrayItem(2)));
}

TEST(AccessPath, PrefixIncludesRootAndItself) {
  AccessPath path = Sample();
  EXPECT_TRUE(AccessPath::Root()->IsPrefixOf(path));
  EXPECT_TRUE(path->IsPrefixOf(path));
  EXPECT_TRUE(Sample()->IsPrefixOf(path->Attr("x")));
  EXPECT_FALSE(path->Attr("x")->IsPrefixOf(path));
  EXPECT_FALSE(AccessPath::Root()->Attr("other")->IsPrefixOf(path));
}

TEST(AccessPath, StepsCompareKeysLikeMapKeys) {
  EXPECT_TRUE(AccessStep::MapItem(String("a long key on the heap"))
                  ->StepEqual(AccessStep::MapItem(String("a long key on the heap"))));
  EXPECT_FALSE(AccessStep::MapItem(1)->StepEqual(AccessStep::ArrayItem(1)));
  EXPECT_TRUE(AccessStep::MapItemMissing()->key == nullptr);
}

TEST(AccessPath, ReprShowsEveryKind) {
  AccessPath path = Sample()->AttrMissing("weights")->ArrayItemMissing(3)->MapItemMissing("bias");
  EXPECT_EQ(ReprOf(path),
            "<root>.config[0][\"name\"][<missing:\"weights\">][<missing:3>][<missing:\"bias\">]");
  EXPECT_EQ(ReprOf(AccessPath::Root()), "<root>");
  EXPECT_EQ(ReprOf(AccessStep::MapItemMissing()), "[<missing:None>]");
  EXPECT_EQ(ReprOf(AccessStep::ArrayItem(-1)), "[-1]");
}

TEST(AccessPath, ReprRejectsKeysOfTheWrongType) {
  EXPECT_THROW(ReprOf(AccessStep(AccessKind::kAttr, 3)), Error);
  EXPECT_THROW(ReprOf(AccessStep(AccessKind::kArrayItem, "a")), Error);
  EXPECT_THROW(ReprOf(AccessStep(static_cast<AccessKind>(9), 1)), Error);
}

TEST(AccessPath, MethodsAreReachableByName) {
  auto call = [](const char* name) { return refl::GetMethod("ffi.reflection.AccessPath", name); };
  Any path = call("_root")();
  path = call("_attr")(path, "config");
  path = call("_array_item")(path, 0);
  path = call("_map_item")(path, "name");
  EXPECT_TRUE(call("_path_equal")(path, Sample()).cast<bool>());
  EXPECT_TRUE(call("_is_prefix_of")(call("_root")(), path).cast<bool>());
  path = call("_extend")(path, AccessStep::Attr("x"));
  path = call("_map_item_missing")(call("_array_item_missing")(call("_attr_missing")(path, "a"), 1),
                                   nullptr);
  EXPECT_EQ(call("_to_steps")(path).cast<Array<AccessStep>>().size(), 7u);
}

// As published sources register them: `def("x", &AccessPath::Root)`.
TEST(AccessPath, FactoriesAreRegisteredByAddress) {
  EXPECT_EQ(Function::FromTyped(&AccessPath::Root)().cast<AccessPath>()->depth, 0);
  AccessStep step = Function::FromTyped(&AccessStep::ArrayItem)(3).cast<AccessStep>();
  EXPECT_TRUE(step->StepEqual(AccessStep::ArrayItem(3)));
}

TEST(AccessPath, InconsistentObjectsDoNotCrash) {
  Function make = Function::GetGlobalRequired("ffi.MakeObjectFromPackedArgs");
  AccessPath odd = make("ffi.reflection.AccessPath", "parent", Array<Any>{1}, "step",
                        AccessStep::Attr("x"), "depth", 5)
                       .cast<AccessPath>();
  EXPECT_EQ(odd->ToSteps().size(), 1u);
  EXPECT_FALSE(odd->PathEqual(Sample()->Attr("a")->Attr("b")));
  EXPECT_FALSE(Sample()->IsPrefixOf(odd));
  AccessPath no_step =
      make("ffi.reflection.AccessPath", "parent", AccessPath::Root(), "step", nullptr, "depth", 1)
          .cast<AccessPath>();
  EXPECT_FALSE(no_step->PathEqual(AccessPath::Root()->Attr("a")));
}

}  // namespace
