// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_CONTRACT_SOURCE_TEXT_HPP
#define KOVAR_TESTS_CONTRACT_SOURCE_TEXT_HPP

#include <cstddef>
#include <string>
#include <vector>

/// \file
/// Just enough reading of C++ for rules about calls: comments, literals, brackets, arguments.

namespace kovar::test {

/// Something of the form name<...>(arguments): a call, a declaration of a variable or of a
/// function.
struct Call {
  std::string name;                    ///< without qualification
  std::vector<std::string> arguments;  ///< as written, without comments and outer blanks
  std::size_t begin = 0;               ///< offset of the name
};

/// A file with comments blanked out. Offsets and lines are those of the file.
class SourceText {
 public:
  explicit SourceText(std::string text);

  /// All calls in the order of the file, those within arguments of others too.
  std::vector<Call> const& calls() const { return calls_; }

  int line_of(std::size_t offset) const;

  /// One line as written, comments included.
  std::string line(int number) const;

  /// Is the name written with this qualification, like "Kokkos::"?
  bool is_qualified(Call const& call, std::string const& qualification) const;

  /// What the variable in scope at an offset was last declared with: "a" for `T const x = a;` and
  /// "T(a, b)" for `T const x(a, b);`. Empty if there is no such declaration before the offset.
  std::string initializer(std::string const& variable, std::size_t offset) const;

  /// Everything but comments; what stands in literals is kept.
  std::string const& code() const { return code_; }

  /// Everything but comments and the content of literals.
  std::string const& bare() const { return bare_; }

 private:
  void blank_comments_and_literals();
  void find_calls();

  std::string text_;
  std::string code_;
  std::string bare_;
  std::vector<Call> calls_;
};

/// An expression as the call that it begins with: "Policy(space, n).set(x)" gives Policy and
/// {space, n}. The name is empty if it is no call.
Call leading_call(std::string const& expression);

/// The content of the literal that an expression begins with, also as std::string("..."); an empty
/// string if it begins with none.
std::string leading_literal(std::string const& expression);

}  // namespace kovar::test

#endif
