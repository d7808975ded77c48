// SPDX-License-Identifier: Apache-2.0
// Uses the standard headers that consumers get from function.h and tvm_ffi.h without asking, and
// therefore includes none of them itself: include it behind one of the two.
#ifndef TVM_FFI_TESTS_STD_HEADERS_USE_H_
#define TVM_FFI_TESTS_STD_HEADERS_USE_H_

#ifdef GTEST_API_
#error "GoogleTest includes the standard headers too and would hide a missing one"
#endif

/*! \brief The words of a text, sorted and counted: "a=1 b=2". */
inline std::string CountWords(const std::string& text) {
  std::istringstream in(text);                                           // <sstream>
  std::vector<std::string> words;                                        // <vector>
  std::unordered_map<std::string, int> counts;                           // <unordered_map>
  std::function<void(const std::string&)> add = [&](const auto& word) {  // <functional>
    if (counts[word]++ == 0) words.push_back(word);
  };
  for (std::string word; in >> word;) add(word);
  std::sort(words.begin(), words.end());                                // <algorithm>
  auto limit = std::make_unique<int>(std::numeric_limits<int>::max());  // <memory>, <limits>
  std::ostringstream out;
  for (const std::string& word : words) {
    std::tuple<std::string, int> row{word, counts[word]};              // <tuple>
    std::optional<int> count = std::min(std::get<1>(row), *limit);     // <optional>
    std::pair<std::string, int> shown = std::make_pair(word, *count);  // <utility>
    out << shown.first << "=" << shown.second << " ";
  }
  std::string result = out.str();  // <string>
  if (!result.empty()) result.pop_back();
  return result;
}

#endif  // TVM_FFI_TESTS_STD_HEADERS_USE_H_
