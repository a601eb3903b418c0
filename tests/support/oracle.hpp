// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_SUPPORT_ORACLE_HPP
#define KOVAR_TESTS_SUPPORT_ORACLE_HPP

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// Reads the reference files below tests/oracle.

namespace kovar::test {

/// An array of the file as doubles, last index fastest.
struct OracleArray {
  std::vector<std::int64_t> shape;
  std::vector<double> values;

  double scalar() const { return values.at(0); }
};

/// Where a reference file lies. \param name  below tests/oracle
std::string oracle_path(std::string const& name);

/// One reference file, open for reading. A missing thing throws std::runtime_error with its name.
class OracleFile {
 public:
  /// \param name  path below tests/oracle, for example "gsn/even_wide.h5"
  explicit OracleFile(std::string const& name);
  ~OracleFile();
  OracleFile(OracleFile const&) = delete;
  OracleFile& operator=(OracleFile const&) = delete;

  bool has(std::string const& path) const;
  OracleArray array(std::string const& path) const;
  /// A dataset of texts.
  std::vector<std::string> text_array(std::string const& path) const;
  /// Text attribute of an object ("/" for the file itself).
  std::string text(std::string const& path, std::string const& attribute) const;
  /// Attribute that is a list of texts.
  std::vector<std::string> texts(std::string const& path, std::string const& attribute) const;
  bool has_attribute(std::string const& path, std::string const& attribute) const;
  double number(std::string const& path, std::string const& attribute) const;
  std::vector<std::string> groups(std::string const& path) const;

 private:
  std::int64_t file_;
};

}  // namespace kovar::test

#endif
