// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_DESCRIPTION_LIST_HPP
#define KOVAR_IO_DESCRIPTION_LIST_HPP

#include <kovar/io/parameter_tree.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// \file
/// Lists of entries of a description: typed values, and messages that tell the place.

namespace kovar::io {

/// The words that stand for the values of an enumeration.
template <class Value, std::size_t n>
using Words = std::array<std::pair<Value, char const*>, n>;

/// Entries below each other. Every member function throws InputError naming file, place, what is wrong
/// and the remedy.
class DescriptionList {
 public:
  /// \param place  "systematics/luminosity"; empty: the list at the top
  DescriptionList(std::string path, std::string place, std::vector<ParameterNode> entries);

  /// Refuse entries of other names.
  void require_known(std::vector<std::string> const& names) const;

  std::vector<std::string> names() const;
  bool has(std::string const& name) const { return find(name) != nullptr; }
  bool is_list(std::string const& name) const;

  std::string text(std::string const& name) const;
  /// A text, or the fallback where there is no such entry.
  std::string text(std::string const& name, std::string const& fallback) const;
  /// One text or several; "none" alone is no text.
  std::vector<std::string> texts(std::string const& name) const;
  double real(std::string const& name, double fallback) const;
  /// One number or several.
  std::vector<double> reals(std::string const& name) const;
  std::int64_t integer(std::string const& name) const;
  bool flag(std::string const& name) const;  ///< false where there is no such entry

  template <class Value, std::size_t n>
  Value choice(std::string const& name, Words<Value, n> const& words, Value fallback) const
  {
    if (!has(name)) return fallback;
    std::vector<std::string> valid;
    std::string const word = text(name);
    for (auto const& [value, known] : words) {
      if (word == known) return value;
      valid.emplace_back(known);
    }
    refuse_word(name, word, valid);
  }

  /// The entries within an entry; none where there is no such entry.
  DescriptionList list(std::string const& name) const;

  /// This list, and of another one the entries of these names that it does not have.
  DescriptionList with(DescriptionList const& other, std::vector<std::string> const& names) const;

  std::string const& path() const { return path_; }
  std::string place(std::string const& name) const;

  /// Throw: "'path': place: problem".
  [[noreturn]] void refuse(std::string const& name, std::string const& problem) const;
  void require(bool condition, std::string const& name, std::string const& problem) const
  {
    if (!condition) refuse(name, problem);
  }
  /// Refuse a word that is none of these, with the nearest and all of them.
  [[noreturn]] void refuse_word(std::string const& name, std::string const& word,
                                std::vector<std::string> const& valid) const;

 private:
  ParameterNode const* find(std::string const& name) const;
  ParameterNode const& at(std::string const& name) const;

  std::string path_;
  std::string place_;
  std::vector<ParameterNode> entries_;
};

}  // namespace kovar::io

#endif
