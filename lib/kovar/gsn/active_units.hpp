// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_ACTIVE_UNITS_HPP
#define KOVAR_GSN_ACTIVE_UNITS_HPP

#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/views.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/shrinkage_scoring.hpp>
#include <kovar/linalg/product.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

/// \file
/// Units that vary at all: rows and columns of the others are exact zeros, and no work is done on them.

namespace kovar::gsn {

/// Variances of all units, and the units that vary at all.
struct ActiveUnits {
  std::vector<std::int64_t> units;     ///< those with noise or data variance
  std::vector<double> noise_variance;  ///< per unit of all: diagonal of cN
  std::vector<double> data_variance;   ///< per unit of all: diagonal of cD
};

/// Active rows of a thin matrix in the precision of the result; rows of no variance become zeros.
template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> active_rows(ExecSpace const& space, Matrix<double, ExecSpace> const& x,
                                      std::vector<std::int64_t> const& units,
                                      std::vector<double> const& variance)
{
  auto const n_rows = static_cast<std::int64_t>(units.size());
  bool const all_vary =
      n_rows == static_cast<std::int64_t>(x.extent(0)) &&
      std::all_of(variance.begin(), variance.end(), [](double v) { return v > 0; });
  if constexpr (std::is_same_v<Scalar, double>)
    if (all_vary) return x;
  std::int64_t const n_cols = x.extent(1);
  std::vector<int> varies;
  for (std::int64_t const unit : units)
    varies.push_back(variance[static_cast<std::size_t>(unit)] > 0 ? 1 : 0);
  auto const row = to_space(space, units, "kovar::gsn::active_units");
  auto const keep = to_space(space, varies, "kovar::gsn::units_that_vary");
  auto const active =
      allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gsn::active_rows", n_rows, n_cols);
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  if (n_rows > 0 && n_cols > 0)
    Kokkos::parallel_for(
        "kovar::gsn::active_rows", Policy(space, {0, 0}, {n_rows, n_cols}),
        KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
          active(i, j) = keep(i) == 1 ? static_cast<Scalar>(x(row(i), j)) : Scalar(0);
        });
  return active;
}

/// Lower triangle of scale * x x^T summed over ranks, on rank 0; of extent 0 elsewhere.
template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> covariance_on_root(ExecSpace const& space, dist::Communicator const& comm,
                                             Matrix<Scalar, ExecSpace> const& x, double scale,
                                             char const* label)
{
  Matrix<Scalar, ExecSpace> c;
  dist::agree(comm, [&] {
    c = allocate<Matrix<Scalar, ExecSpace>>(space, label, x.extent(0), x.extent(0));
    linalg::syrk(space, linalg::Op::none, static_cast<Scalar>(scale), x, Scalar(0), c);
  });
  dist::sum_to_root(space, comm, c);
  return comm.is_root() ? c : Matrix<Scalar, ExecSpace>();
}

/// What is known of each unit without any N x N matrix; host, N each.
struct UnitMoments {
  std::vector<double> mean;            ///< mnS; NaN for a unit without any response
  std::vector<double> noise_variance;  ///< diagonal of cN
  std::vector<double> data_variance;   ///< diagonal of cD
  std::vector<double> share;           ///< of the noise variance in the data variance
  std::vector<double> largest;         ///< magnitude of the largest response
};

/// Find the units that vary, and write means and signal-to-noise ratios into the result.
/// \throws InputError (on all ranks: all know the moments) if a variance overflows
inline ActiveUnits summarize_units(UnitMoments const& moments, EstimateSummary& result)
{
  ActiveUnits active;
  active.noise_variance = moments.noise_variance;
  active.data_variance = moments.data_variance;
  std::size_t const n_units = moments.mean.size();
  result.mean_signal = moments.mean;
  result.mean_noise.assign(n_units, 0.0);
  for (std::size_t i = 0; i < n_units; ++i) {
    double& noise = active.noise_variance[i];
    double& data = active.data_variance[i];
    if (!std::isfinite(noise) || !std::isfinite(data))
      throw InputError("estimate: the variance of unit " + std::to_string(i) +
                           " overflows (its largest response is " +
                           std::to_string(moments.largest[i]) +
                           "); give the responses in a larger unit of measurement",
                       true);
    if (is_zero_variance(noise, moments.largest[i])) noise = 0;
    if (is_zero_variance(data, moments.largest[i])) data = 0;
    if (noise > 0 || data > 0) active.units.push_back(static_cast<std::int64_t>(i));
    double const signal = std::max(data - noise * moments.share[i], 0.0);
    result.noise_ceiling_snr.push_back(noise > 0 ? std::sqrt(signal) / std::sqrt(noise) : 0.0);
  }
  return active;
}

}  // namespace kovar::gsn

#endif
