// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_GSN_ORACLE_ESTIMATE_HPP
#define KOVAR_TESTS_GSN_ORACLE_ESTIMATE_HPP

#include "gsn/responses.hpp"
#include "support/oracle.hpp"
#include "support/views.hpp"

#include <kovar/gsn/estimate.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

/// \file
/// Inputs and results of GSN itself, and how far a result is from them.

namespace kovar::test {

inline Responses oracle_responses(OracleFile const& file)
{
  OracleArray const data = file.array("/data");
  Responses responses(data.shape[0], data.shape[1], data.shape[2]);
  responses.values = data.values;
  return responses;
}

inline gsn::Options oracle_options(OracleFile const& file)
{
  gsn::Options options;
  options.shrinkage = file.number("/options", "wantshrinkage") != 0;
  if (file.number("/options", "has_shrinklevels") != 0)
    options.levels = file.array("/options/shrinklevels").values;
  for (gsn::Item const item : gsn::all_items()) options.returns.insert(item);
  options.uneven = gsn::uneven_from_name(file.text("/options", "uneven"));
  return options;
}

/// Codes of GSN's warnings, separated by commas; "-" for none. Those that only kovar has are left out.
inline std::string warning_codes(std::vector<gsn::Warning> const& warnings)
{
  std::string codes;
  for (gsn::Warning const& warning : warnings)
    if (warning.code != gsn::Warning::Code::zero_variance &&
        warning.code != gsn::Warning::Code::not_converged)
      codes += (codes.empty() ? "" : ",") + gsn::name_of(warning.code);
  return codes.empty() ? "-" : codes;
}

inline HostMatrix matrix_of(OracleArray const& a)
{
  HostMatrix m(a.shape[0], a.shape[1]);
  for (std::int64_t i = 0; i < a.shape[0]; ++i)
    for (std::int64_t j = 0; j < a.shape[1]; ++j)
      m(i, j) = a.values[static_cast<std::size_t>(i * a.shape[1] + j)];
  return m;
}

inline double largest_entry(HostMatrix const& m)
{
  double largest = 0;
  for (double const v : m.values) largest = std::max(largest, std::fabs(v));
  return largest;
}

/// max |x_ij - y_ij| / sqrt(s_i s_j)
inline double scaled_difference(HostMatrix const& x, HostMatrix const& y, HostMatrix const& scale)
{
  double largest = 0;
  for (std::int64_t j = 0; j < x.n_cols; ++j)
    for (std::int64_t i = 0; i < x.n_rows; ++i)
      largest =
          std::max(largest, std::fabs(x(i, j) - y(i, j)) / std::sqrt(scale(i, i) * scale(j, j)));
  return largest;
}

/// |x - y| of eigenvectors whose eigenvalue stands apart, each up to the sign that the rule left open
/// where two entries tie to rounding.
inline double eigenvector_difference(HostMatrix const& x, HostMatrix const& y,
                                     std::vector<double> const& values)
{
  double const apart = 1e-6 * std::fabs(values.front());
  double largest = 0;
  std::size_t const n = values.size();
  for (std::size_t k = 0; k < n; ++k) {
    bool const separated = (k == 0 || values[k - 1] - values[k] > apart) &&
                           (k + 1 == n || values[k] - values[k + 1] > apart);
    if (!separated) continue;
    auto const column = static_cast<std::int64_t>(k);
    double plus = 0;
    double minus = 0;
    for (std::int64_t i = 0; i < x.n_rows; ++i) {
      plus = std::max(plus, std::fabs(x(i, column) - y(i, column)));
      minus = std::max(minus, std::fabs(x(i, column) + y(i, column)));
    }
    largest = std::max(largest, std::min(plus, minus));
  }
  return largest;
}

}  // namespace kovar::test

#endif
