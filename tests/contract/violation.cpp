// SPDX-License-Identifier: BSD-3-Clause
#include "violation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace kovar::test {
namespace {

std::filesystem::path const library_folder = KOVAR_TEST_LIBRARY_FOLDER;

}  // namespace

std::vector<SourceFile> library_sources()
{
  std::vector<SourceFile> sources;
  for (auto const& entry : std::filesystem::recursive_directory_iterator(library_folder)) {
    auto const extension = entry.path().extension();
    if (extension != ".hpp" && extension != ".cpp") continue;
    std::ifstream file(entry.path());
    sources.push_back({entry.path().lexically_relative(library_folder).generic_string(),
                       std::string(std::istreambuf_iterator<char>(file), {})});
  }
  std::sort(sources.begin(), sources.end(),
            [](SourceFile const& a, SourceFile const& b) { return a.path < b.path; });
  return sources;
}

void expect_none(std::vector<Violation> const& violations)
{
  for (Violation const& violation : violations)
    ADD_FAILURE_AT((library_folder / violation.path).c_str(), violation.line) << violation.message;
}

}  // namespace kovar::test
