// SPDX-License-Identifier: Apache-2.0
/*!
 * \file fork_safe_mutex.cc
 * \brief What happens to the mutexes of process-wide tables around a fork.
 */
#include "fork_safe_mutex.h"

#include <atomic>
#include <new>
#include <shared_mutex>

#if !defined(_WIN32)
#include <pthread.h>
#endif

namespace tvm {
namespace ffi {

struct ForkHandlers {
  /*! \brief All mutexes, the newest first; none is ever taken out. */
  static std::atomic<ForkSafeMutex*> all;
  /*! \brief The newest mutex that the fork of this thread holds. */
  static thread_local ForkSafeMutex* held;

  static void Add(ForkSafeMutex* mutex) {
    mutex->next_ = all.load(std::memory_order_relaxed);
    while (!all.compare_exchange_weak(mutex->next_, mutex, std::memory_order_release,
                                      std::memory_order_relaxed)) {
    }
  }

  static void BeforeFork() {
    held = all.load(std::memory_order_acquire);
    for (ForkSafeMutex* it = held; it != nullptr; it = it->next_) it->lock();
  }

  static void InParent() {
    for (ForkSafeMutex* it = held; it != nullptr; it = it->next_) it->unlock();
  }

  static void InChild() {
    // Made anew: the thread that locked them has another identity here. One that was added while
    // the fork went on may be locked by a thread that is gone.
    for (ForkSafeMutex* it = all.load(std::memory_order_acquire); it != nullptr; it = it->next_) {
      new (&it->mutex_) std::shared_mutex();
    }
  }
};

std::atomic<ForkSafeMutex*> ForkHandlers::all{nullptr};
thread_local ForkSafeMutex* ForkHandlers::held = nullptr;

ForkSafeMutex::ForkSafeMutex() {
#if !defined(_WIN32)
  [[maybe_unused]] static const int registered =
      pthread_atfork(&ForkHandlers::BeforeFork, &ForkHandlers::InParent, &ForkHandlers::InChild);
#endif
  ForkHandlers::Add(this);
}

}  // namespace ffi
}  // namespace tvm
