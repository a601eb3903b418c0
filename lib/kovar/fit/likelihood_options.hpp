// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_LIKELIHOOD_OPTIONS_HPP
#define KOVAR_FIT_LIKELIHOOD_OPTIONS_HPP

#include <kovar/fit/bin_statistics.hpp>
#include <kovar/fit/data_term.hpp>
#include <kovar/fit/parameters.hpp>
#include <kovar/fit/template_tensor.hpp>

#include <optional>
#include <string>
#include <vector>

/// \file
/// What a binned likelihood is to be.

namespace kovar::fit {

/// The bins' own statistics.
struct BinStatisticsOptions {
  /// None: the one that suits, constraint_of().
  std::optional<BinConstraint> constraint = {};
  BinStatisticsMode mode = BinStatisticsMode::lite;
  /// Bins, in full mode processes of bins, of fewer effective events are taken as exact.
  double min_kstat = 0;
};

struct LikelihoodOptions {
  ParameterOptions parameters;
  DataTerm data_term = DataTerm::poisson;
  BinStatisticsOptions bin_statistics;
};

/// The constraint of bin statistics: where none is chosen, normal_additive with a covariance of the data,
/// normal_multiplicative in full mode, else gamma.
BinConstraint constraint_of(LikelihoodOptions const& options);

/// The data term of a tensor: with a covariance that the tensor does not have, chi square.
DataTerm data_term_of(TemplateTensor const& tensor, LikelihoodOptions const& options);

/// Refuse options that contradict each other or the tensor.
/// \throws InputError
void require_options(TemplateTensor const& tensor, LikelihoodOptions const& options);

/// Refuse data that a data term cannot have.
/// \throws InputError naming the bin
void require_counts(std::vector<double> const& data, DataTerm term);

/// Likewise for the variances of data.
/// \throws InputError naming the bin
void require_variances(std::vector<double> const& variances, DataTerm term);

/// The data term that the switches "chi-square" and "covariance" of a program ask for; none: Poisson.
/// \throws InputError if both are given, or another one
DataTerm data_term_named(std::vector<std::string> const& switches);

/// The constraint of the name none, automatic (no value), gamma, normal-multiplicative, normal-additive.
/// \throws InputError for another name
std::optional<BinConstraint> constraint_named(std::string const& name);

/// What a user should hear about a fit, though it goes on.
struct FitNotice {
  enum class Kind { warning, information };
  Kind kind;
  std::string text;
};

/// Of a fit to a valid tensor with valid options. Cost: O(bins x processes).
std::vector<FitNotice> fit_notices(TemplateTensor const& tensor, LikelihoodOptions const& options);

}  // namespace kovar::fit

#endif
