// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/views.hpp>
#include <kovar/fit/booked_covariance.hpp>
#include <kovar/linalg/cholesky.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace kovar::fit {

namespace {

using Host = Kokkos::DefaultHostExecutionSpace;

// What was booked, or the diagonal of the variances.
Matrix<double, Host> booked_covariance(std::vector<double> const& booked,
                                       std::vector<double> const& variances)
{
  Host const space;
  auto const n = static_cast<std::int64_t>(variances.size());
  Matrix<double, Host> const c(Kokkos::view_alloc(space, "kovar::fit::data_covariance"), n, n);
  for (std::int64_t i = 0; booked.empty() && i < n; ++i)
    c(i, i) = variances[static_cast<std::size_t>(i)];
  if (booked.empty()) return c;

  KOVAR_REQUIRE(static_cast<std::int64_t>(booked.size()) == n * n,
                "the covariance of the data has " << booked.size() << " elements for " << n
                                                  << " fitted bins (" << n * n << " are needed)");
  double largest = 0;
  for (double const x : booked) largest = std::fmax(largest, std::abs(x));
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      double const x = booked[static_cast<std::size_t>(i * n + j)];
      double const y = booked[static_cast<std::size_t>(j * n + i)];
      KOVAR_REQUIRE(std::isfinite(x), "the covariance of the data is "
                                          << x << " at row " << i << ", column " << j
                                          << " (finite numbers are needed)");
      KOVAR_REQUIRE(std::abs(x - y) <= 1e-10 * largest, "the covariance of the data is "
                                                            << x << " at row " << i << ", column "
                                                            << j << " and " << y
                                                            << " on the other side of the diagonal "
                                                            << "(it must be symmetric)");
      c(i, j) = (x + y) / 2;
    }
  return c;
}

void add_square(Matrix<double, Host> const& c, std::vector<double> const& v)
{
  auto const n = static_cast<std::int64_t>(v.size());
  for (std::int64_t j = 0; j < n; ++j)
    for (std::int64_t i = 0; i < n; ++i)
      c(i, j) += v[static_cast<std::size_t>(i)] * v[static_cast<std::size_t>(j)];
}

// Slices of one systematic beside each other.
std::vector<StoredSlice> by_systematic(std::vector<StoredSlice> slices)
{
  std::stable_sort(slices.begin(), slices.end(), [](StoredSlice const& a, StoredSlice const& b) {
    return a.systematic < b.systematic;
  });
  return slices;
}

}  // namespace

std::vector<double> inverse_data_covariance(TensorBookings const& booked,
                                            std::vector<std::int64_t> const& first_bin,
                                            std::vector<double> const& variances)
{
  auto const& store = booked.folded.store;
  if (booked.data_covariance.empty() && booked.folded.table.names().empty()) return {};
  auto const c = booked_covariance(booked.data_covariance, variances);
  std::size_t const n = variances.size();
  auto const slices = by_systematic(store.slices());
  std::vector<double> v(n, 0);
  for (std::size_t s = 0; s < slices.size(); ++s) {
    auto const& yields = booked.yields[static_cast<std::size_t>(slices[s].yields)];
    auto const channel = static_cast<std::size_t>(yields.channel);
    auto const first = static_cast<std::size_t>(first_bin[channel]);
    if (booked.channels[channel].kind == ChannelKind::fitted)
      store.for_entries(slices[s], [&](std::size_t bin, double k) { v[first + bin] += k; });
    if (s + 1 < slices.size() && slices[s + 1].systematic == slices[s].systematic) continue;
    add_square(c, v);
    std::fill(v.begin(), v.end(), 0);
  }

  Host const space;
  auto const status = linalg::cholesky(space, c);
  KOVAR_REQUIRE(status, "the covariance of the data is not positive definite: its first "
                            << status.bad_minor << " bins have a minor that is not positive "
                            << "(the fit needs its inverse)");
  linalg::invert_factored(space, c);
  space.fence();  // the host reads the inverse
  std::vector<double> inverse(n * n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) inverse[i * n + j] = c(std::max(i, j), std::min(i, j));
  return inverse;
}

}  // namespace kovar::fit
