// SPDX-License-Identifier: Apache-2.0
/*!
 * \file object_graph.h
 * \brief What the walks over values share: which parts an object has, and how deep a walk may go.
 *
 * The walks keep their own stacks, so the depth of a value costs heap, not native stack. Only hooks
 * written by users nest natively, therefore they have a limit of their own.
 */
#ifndef TVM_FFI_SRC_FFI_EXTRA_OBJECT_GRAPH_H_
#define TVM_FFI_SRC_FFI_EXTRA_OBJECT_GRAPH_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/container/map_base.h>
#include <tvm/ffi/container/seq_base.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/reflection/accessor.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace tvm {
namespace ffi {
namespace object_graph {

/*! \brief Most frames that a walk may have on its stack. */
constexpr size_t kMaxStackDepth = 1048576;

/*! \brief What errors call the walks over one value. */
constexpr const char* kGraphWalk = "ObjectGraphDFS";

/*! \brief How often hooks may nest through their callbacks; each level costs native stack. */
constexpr int kMaxHookDepth = 512;

inline bool IsSequence(int32_t type_index) {
  return type_index == kTVMFFIArray || type_index == kTVMFFIList;
}

inline bool IsMapping(int32_t type_index) {
  return type_index == kTVMFFIMap || type_index == kTVMFFIDict;
}

/*! \brief View of an object whose index satisfies IsSequence. */
inline const SeqBaseObj* AsSequence(const Object* obj) {
  return static_cast<const SeqBaseObj*>(obj);
}

/*! \brief View of an object whose index satisfies IsMapping. */
inline const MapBaseObj* AsMapping(const Object* obj) {
  return static_cast<const MapBaseObj*>(obj);
}

/*! \brief The object of a value whose index is at least kTVMFFIStaticObjectBegin. */
inline const Object* AsObject(const Any& value) {
  return detail::AnyUnsafe::RawObjectPtrFromAnyAfterCheck<Object>(value);
}

inline std::string_view NameOf(const TVMFFIFieldInfo* field) {
  return std::string_view(field->name.data, field->name.size);
}

inline std::string_view TypeKeyOf(int32_t type_index) {
  const TVMFFIByteArray& key = TVMFFIGetTypeInfo(type_index)->type_key;
  return std::string_view(key.data, key.size);
}

/*! \brief Elements of a sequence; keys and values of a map in turn. Copies survive changes. */
inline std::vector<Any> ContainerParts(const Object* obj) {
  if (IsSequence(obj->type_index())) {
    return std::vector<Any>(AsSequence(obj)->begin(), AsSequence(obj)->end());
  }
  std::vector<Any> parts;
  parts.reserve(2 * AsMapping(obj)->size());
  for (const MapBaseObj::KVType& entry : *AsMapping(obj)) {
    parts.push_back(entry.first);
    parts.push_back(entry.second);
  }
  return parts;
}

/*! \brief Fields of a type, ancestors first, without those that have one of the flags. */
inline std::vector<const TVMFFIFieldInfo*> FieldsWithout(int32_t type_index, int64_t flags) {
  std::vector<const TVMFFIFieldInfo*> fields;
  reflection::ForEachFieldInfo(TVMFFIGetTypeInfo(type_index), [&](const TVMFFIFieldInfo* field) {
    if ((field->flags & flags) == 0) fields.push_back(field);
  });
  return fields;
}

/*! \brief Throws before a stack of frames would grow beyond its limit. */
inline void CheckStackDepth(size_t depth, const char* walk) {
  if (TVM_FFI_PREDICT_FALSE(depth >= kMaxStackDepth)) {
    TVM_FFI_THROW(ValueError) << walk << ": maximum stack depth (" << kMaxStackDepth
                              << ") exceeded";
  }
}

/*! \brief Counts the hooks that are running. */
class HookScope {
 public:
  /*! \throws ValueError at the limit. */
  HookScope(int* depth, const char* walk) : depth_(depth) {
    if (*depth >= kMaxHookDepth) {
      TVM_FFI_THROW(ValueError) << walk << ": maximum hook depth (" << kMaxHookDepth
                                << ") exceeded";
    }
    ++*depth;
  }
  ~HookScope() { --*depth_; }
  HookScope(const HookScope&) = delete;
  HookScope& operator=(const HookScope&) = delete;

 private:
  int* depth_;
};

/*! \brief What lies on the way from the root to where a walk is. A short way costs no heap. */
template <typename Key, typename Hash = std::hash<Key>>
class ActiveKeys {
 public:
  bool Contains(const Key& key) const {
    return FindInline(key) != end() || (!others_.empty() && others_.count(key) != 0);
  }
  void Insert(const Key& key) {
    if (Contains(key)) return;
    if (num_inline_ < kMaxInline) {
      inline_[num_inline_++] = key;
    } else {
      others_.insert(key);
    }
  }
  void Erase(const Key& key) {
    const size_t at = static_cast<size_t>(FindInline(key) - inline_.data());
    if (at == num_inline_) {
      others_.erase(key);
    } else {
      inline_[at] = inline_[--num_inline_];
    }
  }

 private:
  static constexpr size_t kMaxInline = 8;

  const Key* end() const { return inline_.data() + num_inline_; }
  const Key* FindInline(const Key& key) const { return std::find(inline_.data(), end(), key); }

  size_t num_inline_ = 0;
  std::array<Key, kMaxInline> inline_;
  std::unordered_set<Key, Hash> others_;
};

using ActiveSet = ActiveKeys<const Object*>;

/*! \brief Keeps an object, or another key, active as long as it lives. */
template <typename Key, typename Hash>
class ActiveScope {
 public:
  ActiveScope(ActiveKeys<Key, Hash>* active, const Key& key) : active_(active), key_(key) {
    active_->Insert(key);
  }
  ~ActiveScope() { active_->Erase(key_); }
  ActiveScope(const ActiveScope&) = delete;
  ActiveScope& operator=(const ActiveScope&) = delete;

 private:
  ActiveKeys<Key, Hash>* active_;
  Key key_;
};

/*!
 * \brief Frames from the root down; their objects are active, also when an error unwinds them.
 * \tparam Frame Has the object that it stands for as `Any value`.
 */
template <typename Frame>
class FrameStack {
 public:
  FrameStack(ActiveSet* active, const char* walk) : active_(active), walk_(walk) {}
  ~FrameStack() {
    while (!frames_.empty()) Pop();
  }
  FrameStack(const FrameStack&) = delete;
  FrameStack& operator=(const FrameStack&) = delete;

  bool empty() const { return frames_.empty(); }
  Frame& back() { return frames_.back(); }
  void Push(Frame frame) {
    CheckStackDepth(frames_.size(), walk_);
    const Object* obj = AsObject(frame.value);
    frames_.push_back(std::move(frame));
    active_->Insert(obj);
  }
  Frame Pop() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    active_->Erase(AsObject(frame.value));
    return frame;
  }

 private:
  ActiveSet* active_;
  const char* walk_;
  std::vector<Frame> frames_;
};

}  // namespace object_graph
}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_SRC_FFI_EXTRA_OBJECT_GRAPH_H_
