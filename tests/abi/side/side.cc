// SPDX-License-Identifier: Apache-2.0
//
// The two functions that run_sides.py calls: the names of all subjects, and one subject against a
// peer.
#include "side.h"

#include <map>

namespace ABI_SIDE {
namespace {

std::map<std::string, Subject>& Subjects() {
  static std::map<std::string, Subject> subjects;
  return subjects;
}

Array<String> Names() {
  Array<String> names;
  for (const auto& [name, subject] : Subjects()) names.push_back(String(name));
  return names;
}

Array<String> Run(const String& subject, const String& peer) {
  Transcript out;
  Subjects().at(std::string(subject))(Peer(std::string(peer)), out);
  return out.lines();
}

TVM_FFI_STATIC_INIT_BLOCK() {
  refl::GlobalDef().def(ABI_NAME("subjects"), &Names).def(ABI_NAME("run"), &Run);
}

}  // namespace

bool AddSubject(const char* name, Subject subject) {
  return Subjects().emplace(name, subject).second;
}

}  // namespace ABI_SIDE
