// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/pairwise_covariance.hpp>
#include <kovar/linalg/triangle.hpp>

#include <Kokkos_Core.hpp>

#include <numeric>

namespace kovar::gsn {
namespace {

/// Unbiased covariance of two series over the entries that both have; 0 for fewer than two.
template <class SeriesX, class SeriesY>
KOKKOS_INLINE_FUNCTION double shared_covariance(std::int64_t n, SeriesX const& x, SeriesY const& y,
                                                std::int64_t& n_shared)
{
  double mean_x = 0;
  double mean_y = 0;
  n_shared = 0;
  double x_0 = 0;
  double y_0 = 0;
  for (std::int64_t t = 0; t < n; ++t) {
    if (math::is_nan(x(t)) || math::is_nan(y(t))) continue;
    if (n_shared == 0) {
      x_0 = x(t);
      y_0 = y(t);
    }
    mean_x += x(t) - x_0;
    mean_y += y(t) - y_0;
    ++n_shared;
  }
  if (n_shared < 2) return 0;
  mean_x /= static_cast<double>(n_shared);
  mean_y /= static_cast<double>(n_shared);
  double sum = 0;
  for (std::int64_t t = 0; t < n; ++t) {
    if (math::is_nan(x(t)) || math::is_nan(y(t))) continue;
    sum += (x(t) - x_0 - mean_x) * (y(t) - y_0 - mean_y);
  }
  return sum / static_cast<double>(n_shared - 1);
}

template <class Series>
KOKKOS_INLINE_FUNCTION std::int64_t n_defined(std::int64_t n, Series const& x)
{
  std::int64_t count = 0;
  for (std::int64_t t = 0; t < n; ++t) count += math::is_nan(x(t)) ? 0 : 1;
  return count;
}

template <class ExecSpace>
Vector<std::int64_t, ExecSpace> on_device(ExecSpace const& space,
                                          std::vector<std::int64_t> const& values)
{
  auto const view =
      allocate<Vector<std::int64_t, ExecSpace>>(space, "kovar::gsn::conditions", values.size());
  auto const host = Kokkos::create_mirror_view(view);
  space.fence();  // the view may be memory that the host writes
  for (std::size_t k = 0; k < values.size(); ++k) host(k) = values[k];
  Kokkos::deep_copy(space, view, host);
  space.fence();  // the host copy goes away
  return view;
}

}  // namespace

template <class Scalar, class ExecSpace>
PairwiseNoise<Scalar, ExecSpace> pairwise_noise_sums(ExecSpace const& space,
                                                     ConstCube<Scalar, ExecSpace> const& responses,
                                                     std::vector<std::int64_t> const& conditions)
{
  Region const region("kovar::gsn::pairwise_noise_sums");
  std::int64_t const n_units = responses.extent(0);
  std::int64_t const n_trials = responses.extent(2);
  for (std::int64_t const c : conditions)
    KOVAR_REQUIRE(c >= 0 && c < static_cast<std::int64_t>(responses.extent(1)),
                  "pairwise_noise_sums: condition " << c << " is not one of the "
                                                    << responses.extent(1)
                                                    << " of this rank (counted from 0)");
  using View = Matrix<Scalar, ExecSpace>;
  PairwiseNoise<Scalar, ExecSpace> const sums = {
      View(Kokkos::view_alloc(space, "kovar::gsn::pairwise_covariance_sum"), n_units, n_units),
      View(Kokkos::view_alloc(space, "kovar::gsn::pairwise_count"), n_units, n_units),
      View(Kokkos::view_alloc(space, "kovar::gsn::noise_share_sum"), n_units, n_units),
      View(Kokkos::view_alloc(space, "kovar::gsn::noise_share_count"), n_units, n_units)};
  auto const covariance_sum = sums.covariance_sum;
  auto const count = sums.count;
  auto const share_sum = sums.share_sum;
  auto const share_count = sums.share_count;
  auto const list = on_device(space, conditions);
  linalg::for_lower_triangle(
      space, "kovar::gsn::pairwise_noise_sums", n_units,
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        double sums_ij[4] = {0, 0, 0, 0};
        for (std::int64_t k = 0; k < static_cast<std::int64_t>(list.extent(0)); ++k) {
          std::int64_t const c = list(k);
          auto const x = [&](std::int64_t t) { return static_cast<double>(responses(i, c, t)); };
          auto const y = [&](std::int64_t t) { return static_cast<double>(responses(j, c, t)); };
          std::int64_t n_shared = 0;
          sums_ij[0] += shared_covariance(n_trials, x, y, n_shared);
          sums_ij[1] += n_shared >= 2 ? 1 : 0;
          double const both = static_cast<double>(n_defined(n_trials, x)) *
                              static_cast<double>(n_defined(n_trials, y));
          if (both > 0) {
            sums_ij[2] += static_cast<double>(n_shared) / both;
            sums_ij[3] += 1;
          }
        }
        covariance_sum(i, j) = static_cast<Scalar>(sums_ij[0]);
        count(i, j) = static_cast<Scalar>(sums_ij[1]);
        share_sum(i, j) = static_cast<Scalar>(sums_ij[2]);
        share_count(i, j) = static_cast<Scalar>(sums_ij[3]);
      });
  return sums;
}

template <class Scalar, class ExecSpace>
PairwiseNoise<Scalar, ExecSpace> pairwise_noise_sums(ExecSpace const& space,
                                                     ConstCube<Scalar, ExecSpace> const& responses)
{
  std::vector<std::int64_t> all(responses.extent(1));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  return pairwise_noise_sums<Scalar, ExecSpace>(space, responses, all);
}

template <class Scalar, class ExecSpace>
PairwiseMeans<Scalar, ExecSpace> pairwise_mean(ExecSpace const& space,
                                               PairwiseNoise<Scalar, ExecSpace>& sums)
{
  auto const covariance = sums.covariance_sum;
  auto const count = sums.count;
  auto const share = sums.share_sum;
  auto const share_count = sums.share_count;
  linalg::for_lower_triangle(
      space, "kovar::gsn::pairwise_mean", static_cast<std::int64_t>(covariance.extent(0)),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        Scalar const n = count(i, j);
        Scalar const n_both = share_count(i, j);
        covariance(i, j) = n > 0 ? covariance(i, j) / n : Scalar(0);
        share(i, j) = n_both > 0 ? share(i, j) / n_both : Scalar(0);
      });
  sums = PairwiseNoise<Scalar, ExecSpace>();
  return {covariance, share};
}

template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> pairwise_covariance(ExecSpace const& space,
                                              Matrix<double, ExecSpace> const& x)
{
  Region const region("kovar::gsn::pairwise_covariance");
  std::int64_t const n_units = x.extent(0);
  std::int64_t const n_columns = x.extent(1);
  auto const covariance = allocate<Matrix<Scalar, ExecSpace>>(
      space, "kovar::gsn::pairwise_covariance", n_units, n_units);
  linalg::for_lower_triangle(
      space, "kovar::gsn::pairwise_covariance", n_units,
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        std::int64_t n_shared = 0;
        covariance(i, j) = static_cast<Scalar>(shared_covariance(
            n_columns, [&](std::int64_t c) { return x(i, c); },
            [&](std::int64_t c) { return x(j, c); }, n_shared));
      });
  return covariance;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                    \
  template PairwiseNoise<Scalar, ExecSpace> pairwise_noise_sums(                                \
      ExecSpace const&, ConstCube<Scalar, ExecSpace> const&, std::vector<std::int64_t> const&); \
  template PairwiseNoise<Scalar, ExecSpace> pairwise_noise_sums(                                \
      ExecSpace const&, ConstCube<Scalar, ExecSpace> const&);                                   \
  template PairwiseMeans<Scalar, ExecSpace> pairwise_mean(ExecSpace const&,                     \
                                                          PairwiseNoise<Scalar, ExecSpace>&);   \
  template Matrix<Scalar, ExecSpace> pairwise_covariance(ExecSpace const&,                      \
                                                         Matrix<double, ExecSpace> const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gsn
