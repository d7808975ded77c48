// SPDX-License-Identifier: Apache-2.0
/*!
 * \file maker_table.h
 * \brief Things that are made once each: other threads wait for the one that makes a thing, unless
 *  that could never end.
 */
#ifndef TVM_FFI_SRC_FFI_MAKER_TABLE_H_
#define TVM_FFI_SRC_FFI_MAKER_TABLE_H_

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

#include "fork_safe_mutex.h"

namespace tvm {
namespace ffi {

/*!
 * \brief Which thread makes which thing, and which thread waits for which.
 *
 * Making runs foreign code, so it runs without the lock and may need other things. A thread waits
 * for one thing at a time, so the waits that could never end are the ones that lead back to it.
 * \tparam Key Names a thing.
 */
template <typename Key>
class MakerTable {
 public:
  enum class Turn {
    kMake,  /*!< Nobody makes it: the caller does, and then calls Finish. */
    kLook,  /*!< Somebody made it, or failed to, meanwhile: the caller looks again. */
    kNever, /*!< It is made by the caller, or by a thread that waits for the caller. */
  };

  /*!
   * \brief What to do about a thing that is not there.
   * \param lock Held on the mutex that guards this table; released while this thread waits.
   */
  Turn Begin(const Key& key, std::unique_lock<ForkSafeMutex>* lock) {
    const std::thread::id self = std::this_thread::get_id();
    if (makers_.emplace(key, self).second) return Turn::kMake;
    if (WaitWouldNotEnd(key, self)) return Turn::kNever;
    waiting_for_.emplace(self, key);
    // Bounded, as waking early does no harm: the unbounded wait is a symbol of libstdc++ 12, which
    // would keep the library from running on older systems.
    finished_.wait_for(*lock, std::chrono::hours(1));
    waiting_for_.erase(self);
    return Turn::kLook;
  }

  /*! \brief Ends the making of a thing, with or without success. The mutex is held. */
  void Finish(const Key& key) {
    makers_.erase(key);
    finished_.notify_all();
  }

 private:
  /*! \brief Follow maker -> thing it waits for -> maker ..., up to `self` or a running one. */
  bool WaitWouldNotEnd(Key key, std::thread::id self) const {
    while (true) {
      auto maker = makers_.find(key);
      if (maker == makers_.end()) return false;
      if (maker->second == self) return true;
      auto next = waiting_for_.find(maker->second);
      if (next == waiting_for_.end()) return false;
      key = next->second;
    }
  }

  std::condition_variable_any finished_;
  std::unordered_map<Key, std::thread::id> makers_;
  std::unordered_map<std::thread::id, Key> waiting_for_;
};

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_SRC_FFI_MAKER_TABLE_H_
