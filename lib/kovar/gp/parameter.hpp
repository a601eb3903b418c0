// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_PARAMETER_HPP
#define KOVAR_GP_PARAMETER_HPP

#include <kovar/gp/constraint.hpp>
#include <kovar/gp/prior.hpp>

#include <optional>
#include <string>
#include <vector>

/// \file
/// A hyperparameter: one number, or one per input column.

namespace kovar::gp {

struct Parameter {
  std::string name;           ///< within its kernel, mean or noise: "lengthscale"
  std::vector<double> value;  ///< constrained
  Constraint constraint = Constraint::positive();
  std::optional<Prior> prior;  ///< of each entry
  bool is_fixed = false;       ///< optimisers leave it as it is
};

/// A parameter as it starts: raw numbers of 0, hence ln 2 where it is positive.
inline Parameter make_parameter(std::string name, std::size_t size,
                                Constraint constraint = Constraint::positive())
{
  return {std::move(name), std::vector<double>(size, constraint.value(0)), constraint, {}, false};
}

}  // namespace kovar::gp

#endif
