// SPDX-License-Identifier: Apache-2.0
// The trail of a failed visit: how it is collected and how it becomes access paths.
#include <gtest/gtest.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/extra/visit_error_context.h>
#include <tvm/ffi/function.h>

#include <vector>

#include "structural_testing.h"

namespace {

using namespace structural_testing;  // NOLINT(google-build-using-namespace)
using reflection::AccessKind;
using reflection::AccessPath;

VisitErrorContext Trail(const std::vector<ObjectRef>& innermost_first) {
  VisitErrorContext trail = detail::MakeVisitErrorContext(innermost_first.at(0));
  Error error("ValueError", "", "", std::nullopt, trail);
  for (size_t i = 1; i < innermost_first.size(); ++i) {
    detail::UpdateVisitErrorContext(error, innermost_first[i]);
  }
  return trail;
}

// Each path as `.name`, `[index]` or `{}` for a map step.
std::vector<std::string> Paths(const ObjectRef& root, const std::vector<ObjectRef>& trail,
                               bool allow_prefix_match = false) {
  std::vector<std::string> texts;
  for (const AccessPath& path :
       VisitErrorContext::FindAccessPaths(root, Trail(trail), allow_prefix_match)) {
    std::string text;
    for (const auto& step : path->ToSteps()) {
      if (step->kind == AccessKind::kAttr) text += "." + std::string(step->key.cast<String>());
      if (step->kind == AccessKind::kMapItem) text += "{}";
      if (step->kind == AccessKind::kArrayItem) {
        text += "[" + std::to_string(step->key.cast<int64_t>()) + "]";
      }
    }
    texts.push_back(text);
  }
  return texts;
}

using Texts = std::vector<std::string>;

TEST(VisitErrorContext, MacrosCollectTheNodesInnermostFirst) {
  ObjectRef inner = Make<IntObj>(1), outer = Make<IntObj>(inner);
  auto visit = [](auto&& self, const ObjectRef& node) -> void {
    TVM_FFI_VISIT_BEGIN();
    const auto* obj = node.as<IntObj>();
    if (obj->value == nullptr) return;
    if (auto child = obj->value.as<ObjectRef>()) {
      self(self, *child);
    } else {
      TVM_FFI_THROW(ValueError) << "bad leaf";
    }
    TVM_FFI_VISIT_END(node);
  };
  try {
    visit(visit, outer);
    FAIL();
  } catch (const Error& err) {
    EXPECT_EQ(err.message(), "bad leaf");
    auto context = VisitErrorContext::TryGetFromError(err);
    ASSERT_TRUE(context.has_value());
    const List<ObjectRef>& pattern = (*context)->reverse_visit_pattern;
    ASSERT_EQ(pattern.size(), 2u);
    EXPECT_TRUE(pattern[0].same_as(inner));
    EXPECT_TRUE(pattern[1].same_as(outer));
  }
}

TEST(VisitErrorContext, ThrowMacroSeedsTheTrail) {
  ObjectRef node = Make<IntObj>(1);
  try {
    TVM_FFI_VISIT_THROW(IndexError, node) << "at " << 3;
    FAIL();
  } catch (const Error& err) {
    EXPECT_EQ(err.kind(), "IndexError");
    EXPECT_EQ(err.message(), "at 3");
    EXPECT_TRUE((*VisitErrorContext::TryGetFromError(err))->reverse_visit_pattern[0].same_as(node));
  }
}

TEST(VisitErrorContext, ExpectedMacroReturnsTheError) {
  ObjectRef node = Make<IntObj>(1);
  auto visit = [&]() -> Expected<int> {
    TVM_FFI_VISIT_BEGIN();
    TVM_FFI_THROW(ValueError) << "no";
    TVM_FFI_VISIT_END_RETURN_EXPECTED(node);
    return 1;
  };
  Expected<int> result = visit();
  ASSERT_TRUE(result.is_err());
  EXPECT_TRUE(VisitErrorContext::TryGetFromError(result.error()).has_value());
}

TEST(VisitErrorContext, AnEarlierExtraContextIsKept) {
  ObjectRef earlier = Make<IntObj>(5), node = Make<IntObj>(1);
  Error err("ValueError", "", "", std::nullopt, earlier);
  EXPECT_FALSE(VisitErrorContext::TryGetFromError(err).has_value());
  detail::UpdateVisitErrorContext(err, node);
  auto context = VisitErrorContext::TryGetFromError(err);
  ASSERT_TRUE(context.has_value());
  EXPECT_TRUE((*(*context)->prev_error_context).same_as(earlier));
  EXPECT_EQ(earlier.use_count(), 2);
  detail::UpdateVisitErrorContext(err, AnyView(7));
  EXPECT_EQ((*context)->reverse_visit_pattern.size(), 1u);
}

TEST(VisitErrorContext, PathsGoThroughFieldsAndContainers) {
  ObjectRef leaf = Make<IntObj>(1);
  ObjectRef root = Make<FuncObj>(Array<Any>{nullptr, leaf}, Map<Any, Any>{{1, leaf}}, leaf);
  EXPECT_EQ(Paths(root, {leaf, root}), (Texts{".params[1]", ".body{}", ".comment"}));
  EXPECT_EQ(Paths(root, {root}), Texts{""});
}

TEST(VisitErrorContext, IntermediateNodesDisambiguate) {
  ObjectRef leaf = Make<IntObj>(1);
  ObjectRef left = Make<IntObj>(leaf), right = Make<IntObj>(leaf);
  ObjectRef root = Make<FuncObj>(left, right);
  EXPECT_EQ(Paths(root, {leaf, root}), (Texts{".params.value", ".body.value"}));
  EXPECT_EQ(Paths(root, {leaf, leaf, right, root}), Texts{".body.value"});
}

TEST(VisitErrorContext, PrefixModeReportsPartialMatches) {
  ObjectRef inner = Make<IntObj>(1);
  ObjectRef root = Make<FuncObj>(inner, 3);
  ObjectRef elsewhere = Make<IntObj>(2);
  EXPECT_EQ(Paths(root, {elsewhere, inner, root}), Texts{});
  EXPECT_EQ(Paths(root, {elsewhere, inner, root}, true), Texts{".params"});
}

TEST(VisitErrorContext, ContainersAsRootHaveNoPaths) {
  ObjectRef leaf = Make<IntObj>(1);
  Array<Any> root{leaf};
  EXPECT_EQ(Paths(root, {leaf}), Texts{});
  EXPECT_EQ(Paths(root, {root}), Texts{});
}

TEST(VisitErrorContext, TooDeepValuesAreErrors) {
  DeepList deep(300000);
  ObjectRef root = Make<IntObj>(deep.root());
  EXPECT_EQ(ErrorOf([&] { Paths(root, {Make<IntObj>(1)}); }).substr(0, 15), "RecursionError:");
}

TEST(VisitErrorContext, GlobalFindsPaths) {
  ObjectRef leaf = Make<IntObj>(1), root = Make<IntObj>(leaf);
  Function find = Function::GetGlobalRequired("ffi.VisitErrorContext.FindAccessPaths");
  auto paths = find(root, Trail({leaf}), false).cast<Array<AccessPath>>();
  ASSERT_EQ(paths.size(), 1u);
  EXPECT_EQ(paths[0]->depth, 1);
}

}  // namespace
