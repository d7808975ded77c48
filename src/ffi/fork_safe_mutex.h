// SPDX-License-Identifier: Apache-2.0
/*!
 * \file fork_safe_mutex.h
 * \brief The mutex of process-wide tables: usable in the child of a fork.
 */
#ifndef TVM_FFI_SRC_FFI_FORK_SAFE_MUTEX_H_
#define TVM_FFI_SRC_FFI_FORK_SAFE_MUTEX_H_

#include <shared_mutex>

namespace tvm {
namespace ffi {

/*!
 * \brief A mutex, exclusive or shared, that no thread holds at the moment of a fork.
 *
 * Only the forking thread lives on in the child, so a mutex that another one held would stay locked
 * there for ever: interpreters start their workers by forking. A fork waits until it holds all
 * these mutexes, so it also finds the tables behind them in order.
 *
 * Instances are never destroyed, and code that holds one takes no other, nor does it fork.
 */
class ForkSafeMutex {
 public:
  ForkSafeMutex();
  ForkSafeMutex(const ForkSafeMutex&) = delete;
  ForkSafeMutex& operator=(const ForkSafeMutex&) = delete;

  void lock() { mutex_.lock(); }
  bool try_lock() { return mutex_.try_lock(); }
  void unlock() { mutex_.unlock(); }
  void lock_shared() { mutex_.lock_shared(); }
  bool try_lock_shared() { return mutex_.try_lock_shared(); }
  void unlock_shared() { mutex_.unlock_shared(); }

 private:
  friend struct ForkHandlers;

  std::shared_mutex mutex_;
  ForkSafeMutex* next_ = nullptr;
};

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_SRC_FFI_FORK_SAFE_MUTEX_H_
