// SPDX-License-Identifier: BSD-3-Clause
#include "violation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace kovar::test {
namespace {

namespace fs = std::filesystem;

fs::path const library_folder = KOVAR_TEST_LIBRARY_FOLDER;
fs::path const program_folder = KOVAR_TEST_PROGRAM_FOLDER;

/// All .hpp and .cpp files below a folder, sorted, by their paths below another one.
std::vector<SourceFile> sources_of(fs::path const& folder, fs::path const& root)
{
  std::vector<SourceFile> sources;
  for (auto const& entry : fs::recursive_directory_iterator(folder)) {
    auto const extension = entry.path().extension();
    if (extension != ".hpp" && extension != ".cpp") continue;
    std::ifstream file(entry.path());
    sources.push_back({entry.path().lexically_relative(root).generic_string(),
                       std::string(std::istreambuf_iterator<char>(file), {})});
  }
  std::sort(sources.begin(), sources.end(),
            [](SourceFile const& a, SourceFile const& b) { return a.path < b.path; });
  return sources;
}

}  // namespace

std::vector<SourceFile> library_sources() { return sources_of(library_folder, library_folder); }

std::vector<SourceFile> program_sources()
{
  std::vector<SourceFile> sources;
  for (char const* folder : {"kovar", "support"})
    for (SourceFile& file : sources_of(program_folder / folder, program_folder.parent_path()))
      sources.push_back(std::move(file));
  return sources;
}

void expect_none(std::vector<Violation> const& violations)
{
  for (Violation const& violation : violations) {
    bool const is_program = violation.path.compare(0, 5, "apps/") == 0;
    fs::path const root = is_program ? program_folder.parent_path() : library_folder;
    ADD_FAILURE_AT((root / violation.path).c_str(), violation.line) << violation.message;
  }
}

}  // namespace kovar::test
