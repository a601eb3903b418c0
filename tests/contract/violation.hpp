// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_CONTRACT_VIOLATION_HPP
#define KOVAR_TESTS_CONTRACT_VIOLATION_HPP

#include <string>
#include <vector>

/// \file
/// What a rule about the sources found.

namespace kovar::test {

/// A source file of the library by its path below lib/kovar, or of the program by "apps/" and its path
/// below that.
struct SourceFile {
  std::string path;
  std::string text;
};

/// All .hpp and .cpp files of lib/kovar, sorted by path.
std::vector<SourceFile> library_sources();

/// Those of the program kovar; programs of the tutorial are not among them.
std::vector<SourceFile> program_sources();

/// A place that breaks a rule.
struct Violation {
  std::string path;
  int line;
  std::string message;
};

/// Make a test fail once for each of them, at its place in the sources.
void expect_none(std::vector<Violation> const& violations);

}  // namespace kovar::test

#endif
