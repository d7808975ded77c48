// SPDX-License-Identifier: Apache-2.0
//
// Prints nanoseconds per row as one JSON object. Argument: a part of the names of the rows to run.
#include <cstdio>

#include "rows.h"

int main(int argc, char** argv) {
  rows::Table table(argc > 1 ? argv[1] : "");
  rows::AddCoreRows(&table);
  rows::AddContainerRows(&table);
  rows::AddExtraRows(&table);
  const char* separator = "{";
  for (const auto& [name, ns] : table.results()) {
    std::printf("%s\"%s\": %.3f", separator, name.c_str(), ns);
    separator = ", ";
  }
  std::printf("%s}\n", table.results().empty() ? "{" : "");
}
