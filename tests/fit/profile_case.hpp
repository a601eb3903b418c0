// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_FIT_PROFILE_CASE_HPP
#define KOVAR_TESTS_FIT_PROFILE_CASE_HPP

#include "fit_case.hpp"

#include <kovar/dist/rank_groups.hpp>
#include <kovar/fit/covariance.hpp>
#include <kovar/fit/minimum.hpp>
#include <kovar/fit/profile.hpp>

#include <string>
#include <vector>

/// \file
/// A reference problem at its minimum, on groups of ranks.

namespace kovar::test {

/// A parameter that a reference file scans.
struct ProfileCase {
  char const* file;
  char const* config;
  char const* parameter;
};

constexpr ProfileCase profile_cases[] = {
    {"asymmetric", "nominal", "sig"},     {"bblite", "gamma", "sig"},
    {"dense_tiny", "nominal", "sig"},     {"dense_tiny", "nominal", "tilt"},
    {"poi_noi", "negpoi", "sig_b"},       {"poi_noi", "nominal", "mass"},
    {"poi_noi", "nominal", "sig_a"},      {"sparse_2ch", "nominal", "sigA"},
    {"sparse_external", "nominal", "sig"}};

template <class ExecSpace>
struct FittedCase {
  FittedCase(char const* name, char const* config_name, int n_groups)
      : file("binned_fit/" + std::string(name) + ".h5"),
        path(std::string("config/") + config_name),
        tensor(tensor_of(file)),
        groups(dist::Communicator::world(), n_groups),
        likelihood(likelihood_of(space, groups.mine(), file, config_name, tensor))
  {
    fit::MinimumOptions options;
    options.start = file.array(path + "/fit/x").values;  // of several minima the listed one
    minimum = fit::find_minimum(space, likelihood, options);
    covariance = fit::covariance(space, likelihood, minimum);
  }
  std::vector<double> column(std::string const& parameter) const
  {
    return fit::covariance_row(space, covariance, likelihood.parameters().index(parameter));
  }

  ExecSpace space;
  OracleFile file;
  std::string path;
  fit::TemplateTensor tensor;
  dist::RankGroups groups;
  fit::Likelihood<ExecSpace> likelihood;
  fit::Minimum minimum;
  fit::Covariance<ExecSpace> covariance;
};

}  // namespace kovar::test

#endif
