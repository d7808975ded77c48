// SPDX-License-Identifier: Apache-2.0
//
// Structural equality, hashes, keys, walks and mutations of terms that either side made, by engines
// of either side, with hooks of the side that was loaded first.
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/extra/dataclass.h>
#include <tvm/ffi/extra/structural_equal.h>
#include <tvm/ffi/extra/structural_hash.h>
#include <tvm/ffi/extra/structural_key.h>
#include <tvm/ffi/extra/structural_mutate.h>
#include <tvm/ffi/extra/structural_visit.h>
#include <tvm/ffi/extra/visit_error_context.h>

#include "side.h"
#include "types.h"

namespace ABI_SIDE {
namespace {

using ffi::List;

// Terms that are alike whenever `which` is; `leaf` makes small differences.
Any MakeTerm(int64_t which, int64_t leaf) {
  const ObjectRef x = Make<VarObj>("x"), y = Make<VarObj>("y");
  switch (which) {
    case 0:
      return Make<TreeObj>(Array<Any>{1, leaf, String("a text that is long")}, 2.5);
    case 1: {
      const ObjectRef node = Make<DagObj>(leaf);
      return Array<Any>{node, node, Make<DagObj>(leaf)};
    }
    case 2:
      return Make<LambdaObj>(Array<Any>{x, y}, Array<Any>{y, x, leaf});
    case 3:
      return Make<LetObj>(x, Make<TreeObj>(x, List<Any>{x, leaf}));
    case 4:
      return Map<Any, Any>{{String("k"), leaf}, {String("another key"), Make<TreeObj>(1)}};
    case 5:
      return ffi::Dict<Any, Any>{{1, Make<ConstObj>(leaf)}, {2, nullptr}};
    case 6:
      return Make<NativeHookObj>(Make<TreeObj>(leaf), 5);
    default:
      return Make<PackedHookObj>(Array<Any>{leaf, 1}, Make<SingleObj>(1));
  }
}
constexpr int64_t kNumTerms = 8;

uint64_t Hash(const Any& value) { return ffi::StructuralHash::Hash(value); }
bool Equal(const Any& a, const Any& b) { return ffi::StructuralEqual::Equal(a, b); }
String Mismatch(const Any& a, const Any& b) {
  auto pair = ffi::StructuralEqual::GetFirstMismatch(a, b);
  return pair.has_value() ? ffi::ReprPrint((*pair).get<0>()) : String("none");
}

Any AddTen(Any value) {
  return ffi::StructuralMap<ffi::WalkOrder::kPostOrder>(std::move(value),
                                                        [](int64_t x) -> Any { return x + 10; });
}

// What a walk of this side sees.
String Walk(const Any& value) {
  std::ostringstream text;
  ffi::StructuralWalk<ffi::WalkOrder::kPreOrder>(
      value,
      [&](const VarObj*, TVMFFIDefRegionKind kind) {
        text << "variable " << static_cast<int>(kind) << ' ';
        return ffi::WalkResult::Advance();
      },
      [&](AnyView view) {
        text << view.GetTypeKey() << ' ';
        return ffi::WalkResult::Advance();
      });
  return String(text.str());
}

// A visit whose callbacks are the other side's functions, given this side's visitor.
int64_t VisitChildren(ffi::StructuralVisitorObj* visitor, const TreeObj* tree) {
  auto result = visitor->VisitExpected(tree->value);
  auto second = visitor->WithDefRegionKind(kTVMFFIDefRegionKindPattern,
                                           [&] { return visitor->VisitExpected(tree->other); });
  return result.is_ok() + second.is_ok();
}
Any MutateChildren(ffi::StructuralMutatorObj* mutator, const TreeObj* tree) {
  Any value = mutator->MutateExpected(tree->value).value().ValueOrUnchanged(AnyView(tree->value));
  Any other = mutator->MutateExpected(tree->other).value().ValueOrUnchanged(AnyView(tree->other));
  return Make<TreeObj>(other, value);
}

int64_t CountInts(const Any& root, const Function& visit_children) {
  int64_t sum = 0;
  ffi::StructuralVisit(
      root,
      [&](int64_t x, ffi::StructuralVisitorObj* visitor) -> Optional<ffi::VisitInterrupt> {
        sum += x + 1000 * static_cast<int64_t>(visitor->def_region_kind());
        return std::nullopt;
      },
      [&](const TreeObj* tree,
          ffi::StructuralVisitorObj* visitor) -> Optional<ffi::VisitInterrupt> {
        sum += visit_children(visitor, tree).cast<int64_t>() * 100;
        return std::nullopt;
      });
  return sum;
}

Any TurnTrees(Any root, const Function& mutate_children) {
  return ffi::StructuralMutate(
      std::move(root), [&](int64_t x, ffi::StructuralMutatorObj*) -> Any { return x + 1; },
      [&](const TreeObj* tree, ffi::StructuralMutatorObj* mutator) -> Any {
        return mutate_children(mutator, tree);
      });
}

// An error in a callback, and the way to it.
String FailingWalk(const Any& root) {
  auto result = ffi::StructuralWalkExpected<ffi::WalkOrder::kPreOrder>(
      root,
      [](int64_t) -> ffi::Expected<ffi::WalkResult> { TVM_FFI_THROW(ValueError) << "no numbers"; });
  if (!result.is_err()) return "no error";
  auto context = ffi::VisitErrorContext::TryGetFromError(result.error());
  std::ostringstream text;
  text << result.error().message() << ' ' << (*context)->reverse_visit_pattern.size();
  return String(text.str());
}

TVM_FFI_STATIC_INIT_BLOCK() {
  refl::GlobalDef()
      .def(ABI_NAME("term_make"), &MakeTerm)
      .def(ABI_NAME("term_hash"),
           [](const Any& value) { return static_cast<int64_t>(Hash(value)); })
      .def(ABI_NAME("term_equal"), &Equal)
      .def(ABI_NAME("term_mismatch"), &Mismatch)
      .def(ABI_NAME("term_add_ten"), &AddTen)
      .def(ABI_NAME("term_walk"), &Walk)
      .def(ABI_NAME("term_failing_walk"), &FailingWalk)
      .def(ABI_NAME("term_visit_children"), &VisitChildren)
      .def(ABI_NAME("term_mutate_children"), &MutateChildren)
      .def(ABI_NAME("term_key"),
           [](const Any& value) -> ObjectRef { return ffi::StructuralKey(value); });
}

}  // namespace

ABI_SUBJECT(structural) {
  for (int64_t which = 0; which < kNumTerms; ++which) {
    const Any own = MakeTerm(which, 3), theirs = peer["term_make"](which, 3);
    const Any other = peer["term_make"](which, 4);
    // Single objects hash by address.
    if (which != 7) out(which, Hash(theirs));
    ABI_EXPECT(peer["term_hash"](own).cast<int64_t>() == static_cast<int64_t>(Hash(theirs)));
    out(Equal(own, theirs), peer["term_equal"](theirs, own).cast<bool>(), Equal(own, other));
    out(Mismatch(own, other));
    ABI_EXPECT(peer["term_mismatch"](other, own).cast<String>() == Mismatch(other, own));
  }
}

ABI_SUBJECT(structural_walks) {
  for (int64_t which = 0; which < kNumTerms; ++which) {
    const Any own = MakeTerm(which, 3), theirs = peer["term_make"](which, 3);
    out(Walk(theirs), FailingWalk(theirs));
    ABI_EXPECT(peer["term_walk"](own).cast<String>() == Walk(theirs));
    ABI_EXPECT(peer["term_failing_walk"](own).cast<String>() == FailingWalk(theirs));
    const Any mapped = peer["term_add_ten"](own);
    ABI_EXPECT(Equal(mapped, AddTen(theirs)) && !Equal(mapped, own));
    out(Mismatch(own, mapped), Equal(own, MakeTerm(which, 3)));
  }
}

ABI_SUBJECT(structural_visitors) {
  const Any term = peer["term_make"](0, 3), nested = Make<TreeObj>(Make<TreeObj>(1, 2), term);
  out(CountInts(nested, peer["term_visit_children"]));
  const Any turned = TurnTrees(nested, peer["term_mutate_children"]);
  out(ffi::ReprPrint(turned).size(), Walk(turned), Hash(turned));
}

ABI_SUBJECT(structural_keys) {
  Map<Any, Any> map;
  for (int64_t round = 0; round < 2; ++round) {
    for (int64_t which = 0; which < kNumTerms - 1; ++which) {
      for (int64_t leaf = 0; leaf < 5; ++leaf) {
        const Any term = MakeTerm(which, leaf);
        map.Set(round ? peer["term_key"](term) : Any(ffi::StructuralKey(term)), leaf);
      }
    }
  }
  out(map.size());
  for (auto [key, leaf] : map) {
    ABI_EXPECT(map.at(peer["term_key"](key.cast<ffi::StructuralKey>()->key)).same_as(leaf));
  }
}

}  // namespace ABI_SIDE
