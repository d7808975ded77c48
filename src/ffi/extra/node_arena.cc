// SPDX-License-Identifier: Apache-2.0
//
// Blocks of nodes: where they come from and where they go.
#include "node_arena.h"

#include <cstdlib>
#include <mutex>
#include <new>

#if defined(_MSC_VER)
#include <malloc.h>
#endif
#if TVM_FFI_NODE_ARENA_POISONS
#include <sanitizer/asan_interface.h>
#endif

namespace tvm {
namespace ffi {
namespace detail {

namespace {

// What malloc keeps in front of the next block has to fit between two of them.
constexpr size_t kUsableSize = NodeBlock::kSize - 64;

void* AllocateBlock() {
#if defined(_MSC_VER)
  return _aligned_malloc(kUsableSize, NodeBlock::kSize);
#else
  void* block = nullptr;
  return posix_memalign(&block, NodeBlock::kSize, kUsableSize) == 0 ? block : nullptr;
#endif
}

void FreeBlock(void* block) {
#if defined(_MSC_VER)
  _aligned_free(block);
#else
  std::free(block);
#endif
}

// Free blocks. Nobody waits for the lock: whoever does not get it at once goes to malloc, also the
// child of a fork in which the owner of the lock does not exist.
class SpareBlocks {
 public:
  void* Take() {
    std::unique_lock<std::mutex> lock(mutex_, std::try_to_lock);
    return lock.owns_lock() && count_ != 0 ? blocks_[--count_] : nullptr;
  }

  bool Put(void* block) {
    std::unique_lock<std::mutex> lock(mutex_, std::try_to_lock);
    if (!lock.owns_lock() || count_ == NodeBlock::kMaxSpare) return false;
    blocks_[count_++] = block;
    return true;
  }

 private:
  std::mutex mutex_;
  size_t count_ = 0;
  void* blocks_[NodeBlock::kMaxSpare + 1] = {};
};

// Nodes may die after the destructors of static objects have run, so this has none that matters.
SpareBlocks spare_blocks;

#if TVM_FFI_NODE_ARENA_POISONS
// In front of each node, and itself poisoned: so an overflow of the node before it is found, too.
struct NodePrefix {
  size_t size;
  size_t unused;
};
#endif

}  // namespace

NodeBlock* NodeBlock::New() {
  void* memory = spare_blocks.Take();
  if (memory == nullptr) memory = AllocateBlock();
  return memory == nullptr ? nullptr : new (memory) NodeBlock();
}

void NodeBlock::Free() {
#if TVM_FFI_NODE_ARENA_POISONS
  ASAN_UNPOISON_MEMORY_REGION(this, kUsableSize);
#endif
  if (!spare_blocks.Put(this)) FreeBlock(this);
}

bool NodeArena::StartBlock() {
  NodeBlock* block = NodeBlock::New();
  if (block == nullptr) return false;
  Retire();
  block_ = block;
  front_ = reinterpret_cast<char*>(block + 1);
  room_ = kUsableSize - sizeof(NodeBlock);
  num_nodes_ = 0;
#if TVM_FFI_NODE_ARENA_POISONS
  ASAN_POISON_MEMORY_REGION(front_, room_);
#endif
  return true;
}

void NodeArena::Retire() {
  if (block_ != nullptr) block_->Release(NodeBlock::kBias - num_nodes_);
}

#if TVM_FFI_NODE_ARENA_POISONS
void* NodeArena::TryAllocateSlowly(size_t size) {
  if (!enabled_ || size > kMaxNodeSize) return nullptr;
  const size_t cut = (size + sizeof(NodePrefix) + 7) & ~size_t{7};
  if (cut > room_ && !StartBlock()) return nullptr;
  NodePrefix* prefix = static_cast<NodePrefix*>(Cut(cut));
  ASAN_UNPOISON_MEMORY_REGION(prefix, sizeof(NodePrefix) + size);
  prefix->size = size;
  ASAN_POISON_MEMORY_REGION(prefix, sizeof(NodePrefix));
  return prefix + 1;
}

void NodeRelease::Poison(void* node) {
  NodePrefix* prefix = static_cast<NodePrefix*>(node) - 1;
  ASAN_UNPOISON_MEMORY_REGION(prefix, sizeof(NodePrefix));
  const size_t size = prefix->size;
  ASAN_POISON_MEMORY_REGION(prefix, sizeof(NodePrefix) + size);
}
#else
void* NodeArena::TryAllocateSlowly(size_t size) {
  if (!enabled_ || size > kMaxNodeSize || !StartBlock()) return nullptr;
  return Cut((size + 7) & ~size_t{7});
}

void NodeRelease::Poison(void*) {}
#endif

}  // namespace detail
}  // namespace ffi
}  // namespace tvm
