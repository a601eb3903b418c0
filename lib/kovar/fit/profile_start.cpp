// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/fit/profile_start.hpp>

#include <cmath>

namespace kovar::fit {

namespace {

void broadcast(dist::Communicator const& comm, std::vector<double>& numbers)
{
  comm.broadcast(numbers.data(), static_cast<std::int64_t>(numbers.size()));
}

void broadcast(dist::Communicator const& comm, LossParts& loss)
{
  std::vector<double> parts = {loss.data, loss.constraints, loss.bin_statistics, loss.external};
  broadcast(comm, parts);
  loss = {parts[0], parts[1], parts[2], parts[3]};
}

}  // namespace

// With C_hh the covariance of the held ones: x + C_.h C_hh^-1 (values - x_h).
std::vector<double> ProfileStart::guess(std::vector<double> const& values) const
{
  std::vector<double> away;
  for (std::size_t k = 0; k < held.size(); ++k) away.push_back(values[k] - at_minimum(k));
  auto const c = [&](std::size_t row, std::size_t column) {
    return columns[column][static_cast<std::size_t>(held[row])];
  };
  std::vector<double> weights;
  if (held.size() == 1) {
    weights = {away[0] / c(0, 0)};
  } else {
    double const determinant = c(0, 0) * c(1, 1) - c(0, 1) * c(1, 0);
    weights = {(c(1, 1) * away[0] - c(0, 1) * away[1]) / determinant,
               (c(0, 0) * away[1] - c(1, 0) * away[0]) / determinant};
  }
  auto x = minimum.x;
  for (std::size_t k = 0; k < held.size(); ++k)
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += weights[k] * columns[k][i];
  for (std::size_t k = 0; k < held.size(); ++k) x[static_cast<std::size_t>(held[k])] = values[k];
  return x;
}

ProfileStart profile_start(dist::Communicator const& comm, Parameters const& parameters,
                           Minimum const& minimum, std::vector<std::string> const& names,
                           std::vector<std::vector<double>> const& columns)
{
  ProfileStart start;
  start.minimum = minimum;
  start.columns = columns;
  auto const n = static_cast<std::size_t>(parameters.size());
  dist::agree(comm, [&] {
    KOVAR_REQUIRE(minimum.x.size() == n, "profile: the minimum has "
                                             << minimum.x.size() << " numbers for " << n
                                             << " parameters (one each is needed)");
    for (auto const& column : columns)
      KOVAR_REQUIRE(column.size() == n, "profile: a column of the covariance has "
                                            << column.size() << " numbers for " << n
                                            << " parameters (one each is needed)");
    for (auto const& name : names) {
      auto const i = parameters.index(name);
      KOVAR_REQUIRE(start.held.empty() || start.held.back() != i,
                    "profile: '" << name << "' is named twice (two parameters are scanned)");
      start.held.push_back(i);
    }
  });
  broadcast(comm, start.minimum.x);
  broadcast(comm, start.minimum.loss);
  for (auto& column : start.columns) broadcast(comm, column);
  for (std::size_t k = 0; k < names.size(); ++k) {
    double const variance = start.columns[k][static_cast<std::size_t>(start.held[k])];
    KOVAR_REQUIRE(variance > 0 && std::isfinite(variance),
                  "profile: the variance of '"
                      << names[k] << "' is " << variance
                      << " (it tells how far to look); scan a parameter that is free and that the "
                         "data or a constraint hold");
    start.sigma.push_back(std::sqrt(variance));
  }
  return start;
}

}  // namespace kovar::fit
