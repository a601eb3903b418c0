// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gp/training_lists.hpp>

#include <cmath>

namespace kovar::gp {
namespace {

/// Entries of a view of rank 2 in double: row by row, or column by column.
template <class ExecSpace, class View>
std::vector<double> list_of(ExecSpace const& space, View const& view, bool by_rows)
{
  auto const host = Kokkos::create_mirror_view(view);
  Kokkos::deep_copy(space, host,
                    view);  // even on hosts: the mirror of a read-only view is another one
  space.fence();            // the host reads it
  std::vector<double> list;
  list.reserve(view.extent(0) * view.extent(1));
  std::size_t const n_outer = view.extent(by_rows ? 0 : 1);
  std::size_t const n_inner = view.extent(by_rows ? 1 : 0);
  for (std::size_t o = 0; o < n_outer; ++o)
    for (std::size_t i = 0; i < n_inner; ++i) list.push_back(by_rows ? host(o, i) : host(i, o));
  return list;
}

/// The rows that stay, of a list row by row.
std::vector<double> chosen_rows(std::vector<double> const& list,
                                std::vector<std::int64_t> const& rows, std::size_t width)
{
  std::vector<double> result;
  for (std::int64_t const r : rows)
    for (std::size_t c = 0; c < width; ++c)
      result.push_back(list[static_cast<std::size_t>(r) * width + c]);
  return result;
}

/// Likewise of a list of q columns of n.
std::vector<double> chosen_entries(std::vector<double> const& list,
                                   std::vector<std::int64_t> const& rows, std::size_t n,
                                   std::size_t q)
{
  std::vector<double> result;
  for (std::size_t t = 0; t < q; ++t)
    for (std::int64_t const r : rows) result.push_back(list[t * n + static_cast<std::size_t>(r)]);
  return result;
}

template <class Scalar, class ExecSpace>
void require_shapes(TrainingSet<Scalar, ExecSpace> const& data)
{
  KOVAR_REQUIRE(data.x.extent(0) > 0 && data.x.extent(1) > 0,
                "gp: the inputs are " << data.x.extent(0) << " x " << data.x.extent(1)
                                      << " (one point and one column are needed at least)");
  KOVAR_REQUIRE(data.y.extent(0) == data.x.extent(0) && data.y.extent(1) > 0,
                "gp: the targets are " << data.y.extent(0) << " x " << data.y.extent(1)
                                       << " and the inputs " << data.x.extent(0) << " x "
                                       << data.x.extent(1)
                                       << " (a row of each for every point, one target at least)");
  KOVAR_REQUIRE(
      data.noise_variance.extent(0) == 0 || data.noise_variance.extent(0) == data.x.extent(0),
      "gp: " << data.noise_variance.extent(0) << " noise variances for " << data.x.extent(0)
             << " points (one for each, or none)");
}

void require_finite_rows(std::vector<double> const& x, std::size_t width)
{
  for (std::size_t k = 0; k < x.size(); ++k)
    KOVAR_REQUIRE(std::isfinite(x[k]), "gp: the input of point " << k / width << ", column "
                                                                 << k % width << ", is " << x[k]
                                                                 << "; leave the point out");
}

/// GPyTorch raises known variances to a floor; here a value below 0 is an error and the rest is taken
/// as it is.
void require_variances(std::vector<double> const& variances)
{
  for (std::size_t i = 0; i < variances.size(); ++i)
    KOVAR_REQUIRE(std::isfinite(variances[i]) && variances[i] >= 0,
                  "gp: the noise variance of point " << i << " is " << variances[i]
                                                     << " (a variance is finite and not negative)");
}

std::vector<std::int64_t> kept_rows(std::vector<double> const& y, std::size_t n, std::size_t q,
                                    MissingTargets missing)
{
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < n; ++i) {
    bool is_kept = true;
    for (std::size_t t = 0; t < q; ++t) {
      double const value = y[t * n + i];
      KOVAR_REQUIRE(
          std::isfinite(value) || missing == MissingTargets::propagate ||
              (missing == MissingTargets::drop && std::isnan(value)),
          "gp: target " << t << " of point " << i << " is " << value
                        << "; leave the point out, or choose to drop missing targets (NaN)");
      if (missing == MissingTargets::drop && std::isnan(value)) is_kept = false;
    }
    if (is_kept) rows.push_back(static_cast<std::int64_t>(i));
  }
  KOVAR_REQUIRE(!rows.empty(), "gp: all " << n << " points miss a target (nothing is left)");
  return rows;
}

}  // namespace

template <class Scalar, class ExecSpace>
TrainingLists make_training_lists(ExecSpace const& space,
                                  TrainingSet<Scalar, ExecSpace> const& data,
                                  MissingTargets missing)
{
  require_shapes(data);
  std::size_t const n = data.x.extent(0);
  std::size_t const d = data.x.extent(1);
  std::size_t const q = data.y.extent(1);
  TrainingLists lists;
  lists.n_given = static_cast<std::int64_t>(n);
  lists.n_columns = static_cast<std::int64_t>(d);
  lists.n_targets = static_cast<std::int64_t>(q);
  auto const y = list_of(space, data.y, false);
  lists.rows = kept_rows(y, n, q, missing);
  lists.y = chosen_entries(y, lists.rows, n, q);
  auto const x = list_of(space, data.x, true);
  require_finite_rows(x, d);
  lists.x = chosen_rows(x, lists.rows, d);
  if (data.noise_variance.extent(0) == 0) return lists;
  using Column = Kokkos::View<Scalar const**, Kokkos::LayoutLeft, ExecSpace>;
  auto const variances = list_of(space, Column(data.noise_variance.data(), n, 1), false);
  require_variances(variances);
  lists.noise_variance = chosen_rows(variances, lists.rows, 1);
  return lists;
}

void find_residual(TrainingLists const& lists, Mean const& mean, std::vector<double>& residual)
{
  auto const n = static_cast<std::size_t>(lists.n());
  auto const d = static_cast<std::size_t>(lists.n_columns);
  auto const q = static_cast<std::size_t>(lists.n_targets);
  for (std::size_t i = 0; i < n; ++i) {
    double const m = mean_at(mean, &lists.x[i * d], d);
    for (std::size_t t = 0; t < q; ++t) residual[t * n + i] = lists.y[t * n + i] - m;
  }
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)  \
  template TrainingLists make_training_lists( \
      ExecSpace const&, TrainingSet<Scalar, ExecSpace> const&, MissingTargets);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gp
