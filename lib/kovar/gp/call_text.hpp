// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_CALL_TEXT_HPP
#define KOVAR_GP_CALL_TEXT_HPP

#include <string>
#include <vector>

/// \file
/// Text such as "gamma(3, 6)" or "positive", in which users and files name priors and constraints.

namespace kovar::gp {

struct CallText {
  std::string name;
  std::vector<double> arguments;
};

/// What a name stands for, and how it is written.
struct CallForm {
  std::string name;
  std::string arguments;  ///< "lower, upper"; empty: none, and no parentheses
};

/// Take a text apart.
/// \param what   in messages: "prior"
/// \param forms  the valid ones
/// \throws InputError if the text is no such call, the name is unknown (with the nearest known one) or the
///         number of arguments is wrong
CallText read_call(std::string const& text, std::string const& what,
                   std::vector<CallForm> const& forms);

}  // namespace kovar::gp

#endif
