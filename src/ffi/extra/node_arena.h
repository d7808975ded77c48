// SPDX-License-Identifier: Apache-2.0
//
// Memory for the many small nodes that one document is made of.
//
// A NodeArena cuts nodes from the front of blocks. Nodes are given back one by one, by any thread;
// a block dies with the last of its nodes. So a node that is kept keeps at most its block,
// `NodeBlock::kSize` bytes, and the process keeps at most `NodeBlock::kMaxSpare` free blocks.
//
// Under AddressSanitizer nodes are poisoned when they are given back and blocks are not reused, so
// a use after that is still reported.
#ifndef TVM_FFI_SRC_FFI_EXTRA_NODE_ARENA_H_
#define TVM_FFI_SRC_FFI_EXTRA_NODE_ARENA_H_

#include <tvm/ffi/base_detail.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#if defined(__SANITIZE_ADDRESS__)
#define TVM_FFI_NODE_ARENA_POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TVM_FFI_NODE_ARENA_POISONS 1
#endif
#endif
#ifndef TVM_FFI_NODE_ARENA_POISONS
#define TVM_FFI_NODE_ARENA_POISONS 0
#endif

namespace tvm {
namespace ffi {
namespace detail {

// The header of a block; the nodes follow. Its address is a multiple of kSize, so that every node
// finds it.
class NodeBlock {
 public:
  static constexpr size_t kSize = size_t{16} << 10;
  // Free blocks that wait for the next document: 2 MiB.
  static constexpr size_t kMaxSpare = TVM_FFI_NODE_ARENA_POISONS ? 0 : 128;

  // A block that holds kBias units, or null when there is no memory.
  static NodeBlock* New();

  static NodeBlock* Of(const void* node) {
    return reinterpret_cast<NodeBlock*>(reinterpret_cast<uintptr_t>(node) & ~uintptr_t{kSize - 1});
  }

  // Gives `units` back, one for each node; the last one frees the block.
  void Release(int64_t units) {
    if (units_.fetch_sub(units, std::memory_order_acq_rel) == units) Free();
  }

 private:
  // More than nodes fit. An arena holds it while it fills the block and does not count its nodes
  // one by one.
  static constexpr int64_t kBias = kSize;

  NodeBlock() = default;
  TVM_FFI_NO_INLINE void Free();

  std::atomic<int64_t> units_{kBias};

  friend class NodeArena;
};

// Nodes that one thread gives back one after the other: neighbours share one atomic operation.
class NodeRelease {
 public:
  NodeRelease() = default;
  NodeRelease(const NodeRelease&) = delete;
  NodeRelease& operator=(const NodeRelease&) = delete;
  ~NodeRelease() { Flush(); }

  // `node` came from an arena and is not touched again.
  void Add(void* node) {
    if (TVM_FFI_NODE_ARENA_POISONS) Poison(node);
    NodeBlock* block = NodeBlock::Of(node);
    if (block != block_) {
      Flush();
      block_ = block;
    }
    ++units_;
  }

 private:
  void Flush() {
    // NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): units are counted only of a block
    if (units_ != 0) block_->Release(units_);
    units_ = 0;
  }
  static void Poison(void* node);

  NodeBlock* block_ = nullptr;
  int64_t units_ = 0;
};

class NodeArena {
 public:
  // Larger nodes are not worth the end of a block that they would leave unused.
  static constexpr size_t kMaxNodeSize = 2048;

  // An arena that is not `enabled` never has room.
  explicit NodeArena(bool enabled) : enabled_(enabled) {}
  NodeArena(const NodeArena&) = delete;
  NodeArena& operator=(const NodeArena&) = delete;
  ~NodeArena() { Retire(); }

  bool enabled() const { return enabled_; }

  // Memory for one node, aligned to 8 bytes. Null when the node is not for an arena.
  TVM_FFI_INLINE void* TryAllocate(size_t size) {
    if (TVM_FFI_NODE_ARENA_POISONS || size > room_) return TryAllocateSlowly(size);
    return Cut((size + 7) & ~size_t{7});
  }

 private:
  TVM_FFI_INLINE void* Cut(size_t size) {
    void* node = front_;
    front_ += size;
    room_ -= size;
    ++num_nodes_;
    return node;
  }
  TVM_FFI_NO_INLINE void* TryAllocateSlowly(size_t size);
  bool StartBlock();
  // Leaves the block to its nodes.
  void Retire();

  const bool enabled_;
  NodeBlock* block_ = nullptr;
  char* front_ = nullptr;
  size_t room_ = 0;  // a multiple of 8
  int64_t num_nodes_ = 0;
};

}  // namespace detail
}  // namespace ffi
}  // namespace tvm

#endif  // TVM_FFI_SRC_FFI_EXTRA_NODE_ARENA_H_
