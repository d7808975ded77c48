// SPDX-License-Identifier: Apache-2.0
//
// Timing of benchmark rows. The same sources are compiled against the headers of this package and
// against the published ones, so they use only what both have.
//
// A row is timed in batches by processor time, and the fastest batch counts: whatever disturbs a
// batch only makes it slower.
#ifndef BENCHMARKS_NATIVE_ROWS_H_
#define BENCHMARKS_NATIVE_ROWS_H_

#include <algorithm>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

namespace rows {

// Makes the compiler believe that `value` is used and may have changed.
template <typename T>
inline void Keep(T& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

inline double ProcessorNs() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

class Table {
 public:
  explicit Table(std::string only) : only_(std::move(only)) {}

  // Times `body`, which does `units` things of the row's name.
  template <typename Body>
  void Add(const std::string& name, double units, Body body) {
    if (name.find(only_) == std::string::npos) return;
    auto batch_ns = [&](int repeats) {
      double start = ProcessorNs();
      for (int i = 0; i < repeats; ++i) body();
      return ProcessorNs() - start;
    };
    constexpr double kBatchNs = 2e6;
    constexpr int kBatches = 15;
    int repeats = 1;
    while (batch_ns(repeats) < kBatchNs) repeats *= 2;
    double best = batch_ns(repeats);
    for (int i = 1; i < kBatches; ++i) best = std::min(best, batch_ns(repeats));
    results_.emplace_back(name, best / repeats / units);
  }

  const std::vector<std::pair<std::string, double>>& results() const { return results_; }

 private:
  std::string only_;
  std::vector<std::pair<std::string, double>> results_;
};

void AddCoreRows(Table* table);
void AddContainerRows(Table* table);
void AddExtraRows(Table* table);

}  // namespace rows

#endif  // BENCHMARKS_NATIVE_ROWS_H_
