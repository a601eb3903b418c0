// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_SUPPORT_OPTION_VALUE_KINDS_HPP
#define KOVAR_APPS_SUPPORT_OPTION_VALUE_KINDS_HPP

#include <kovar/io/parameter_file.hpp>
#include <support/option_table.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// \file
/// Reading one value of each kind. An empty result means that the text is no such value.

namespace kovar::apps {

/// What all options of a kind have in common.
struct KindFacts {
  std::string placeholder;               ///< "=N": stands for the value in help texts
  std::string wanted;                    ///< "an integer, 0 or more": follows "give"
  std::vector<io::ParameterType> types;  ///< that an entry of a parameter file may have
};

KindFacts const& facts_of(OptionKind kind);

std::optional<bool> read_flag(std::string const& text);
std::optional<std::int64_t> read_count(std::string const& text);
std::optional<double> read_real(std::string const& text);
std::optional<std::vector<double>> read_reals(std::string const& text);

/// "none" and blanks are the empty list.
std::vector<std::string> read_choices(std::string const& text);

/// Powers of 1000 (kB, MB, GB, TB) or 1024 (KiB, MiB, GiB, TiB); a bare number is bytes.
std::optional<std::int64_t> read_bytes(std::string const& text);

/// Seconds, from HH:MM:SS (any number of hours) or from a number of seconds.
std::optional<double> read_duration(std::string const& text);

/// What is wrong with the text as a value of the option, ready to follow "--name is 'text'"; empty
/// if nothing is.
std::string fault_of(Option const& option, std::string const& text);

/// "an integer": the type of an entry in a parameter file.
std::string name_of(io::ParameterType type);

}  // namespace kovar::apps

#endif
