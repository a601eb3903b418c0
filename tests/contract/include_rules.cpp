// SPDX-License-Identifier: BSD-3-Clause
#include "include_rules.hpp"

#include <map>
#include <regex>
#include <sstream>
#include <string>

namespace kovar::test {
namespace {

/// Place of a folder in the order of dependencies; folders of one place do not include each other.
std::map<std::string, int> const place_of = {{"core", 0},     {"linalg", 1}, {"dist", 2},
                                             {"optim", 3},    {"gsn", 4},    {"gp", 4},
                                             {"spectral", 4}, {"fit", 4},    {"io", 5}};

/// Headers of other libraries that stay in one part of the tree.
struct ForeignHeaders {
  std::regex pattern;
  std::vector<std::string> folders;  ///< below lib/kovar; subfolders are meant too
  std::string ending = "";           ///< of the files that may include them; empty: any
};

std::vector<ForeignHeaders> const& foreign_headers()
{
  static std::vector<ForeignHeaders> const rules = {
      {std::regex("mpi\\.h|scalapack.*|elpa.*"), {"dist/backend"}},
      {std::regex("hdf5.*|H5.*"), {"io"}},
      {std::regex("(cblas|f77blas|lapack|mkl|openblas|cublas|cusolver|cusparse|rocblas|rocblas/.*|"
                  "rocsolver|rocsolver/.*|hipblas|hipsolver).*"),
       {"linalg/backend"}},
      {std::regex("Kokkos(Kernels|Blas|Lapack|Sparse|Batched|Graph).*"), {"linalg"}},
      {std::regex("Teuchos_.*"), {"optim/backend", "io"}, ".cpp"},
      {std::regex("ROL_.*"), {"optim/backend"}, ".cpp"},
      {std::regex("Eigen/.*"), {"linalg/backend"}, ".cpp"}};
  return rules;
}

bool lies_in(std::string const& path, std::string const& folder)
{
  return path.compare(0, folder.size() + 1, folder + "/") == 0;
}

bool ends_in(std::string const& path, std::string const& ending)
{
  return path.size() >= ending.size() &&
         path.compare(path.size() - ending.size(), ending.size(), ending) == 0;
}

std::string folder_of(std::string const& path) { return path.substr(0, path.find('/')); }

/// The message, or nothing if the file may include the header.
std::string problem_with(std::string const& path, std::string const& header)
{
  for (ForeignHeaders const& rule : foreign_headers()) {
    if (!std::regex_match(header, rule.pattern)) continue;
    std::string allowed;
    for (std::string const& folder : rule.folders) {
      if (lies_in(path, folder) && ends_in(path, rule.ending)) return "";
      allowed.append(allowed.empty() ? "" : " or ").append(folder);
    }
    if (!rule.ending.empty()) allowed.append(" in *").append(rule.ending);
    return "<" + header + "> is included in " + allowed + " only; call what is there";
  }

  if (!lies_in(header, "kovar")) return "";
  std::string const from = folder_of(path);
  std::string const to = folder_of(header.substr(6));
  if (place_of.count(from) == 0)
    return "'" + from + "' has no place in the order of folders; give it one in tests/contract";
  if (place_of.count(to) == 0)
    return "<" + header + "> is in no known folder; give '" + to + "' a place in tests/contract";
  if (from == to || place_of.at(to) < place_of.at(from)) return "";
  return from + " includes <" + header + ">, but " + to +
         (place_of.at(to) == place_of.at(from) ? " stands beside it" : " stands on top of it") +
         "; move down what both need";
}

}  // namespace

std::vector<Violation> include_violations(SourceFile const& file)
{
  static std::regex const include_line(R"(\s*#\s*include\s*([<"])([^>"]+)[>"].*)");
  std::vector<Violation> violations;
  std::istringstream lines(file.text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::smatch match;
    if (!std::regex_match(line, match, include_line)) continue;
    std::string const problem =
        match[1] == "\"" ? "\"" + match[2].str() + "\" is included with quotes; write <kovar/...>"
                         : problem_with(file.path, match[2]);
    if (!problem.empty()) violations.push_back({file.path, number, problem});
  }
  return violations;
}

}  // namespace kovar::test
