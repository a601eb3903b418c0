// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_GP_PARAMETERS_HPP
#define KOVAR_APPS_KOVAR_GP_PARAMETERS_HPP

#include <kovar/gp/model.hpp>

#include <string>
#include <vector>

/// \file
/// What a user says of single parameters of a model:
///
///     --start=covar.base.lengthscale=2,likelihood.noise=0.1
///     --prior=lengthscale=gamma(3,6)      # the last part of a name: all parameters that end so
///     --constraint=likelihood.noise=greater_than(1e-3) --fix=covar.outputscale
///
/// A parameter is chosen by its full name or by the last parts of it.

namespace kovar::apps {

/// The texts of the options; empty ones say nothing.
struct ParameterWords {
  std::string constraint;
  std::string prior;
  std::string start;
  std::string fix;
};

/// Do what the words say: constraints, then starts, then priors and what is fixed. A parameter with a new
/// constraint starts at its raw number 0, as all do; where the constraint has no transform it stays where it
/// is.
/// \throws InputError if no parameter has such a name (those that there are, are listed), a text is not
///         sound, a start is outside its constraint, or it has another number of entries
void apply_words(ParameterWords const& words, gp::Model& model);

}  // namespace kovar::apps

#endif
