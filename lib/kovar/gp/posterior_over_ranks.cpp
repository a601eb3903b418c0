// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/dist/cholesky.hpp>
#include <kovar/gp/covariance.hpp>
#include <kovar/gp/posterior_over_ranks.hpp>
#include <kovar/gp/prediction_passes.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace kovar::gp {
namespace {

using dist::BlockCyclicMatrix;
using dist::Host;

/// What this rank's entries of K(X, X_*) say of a block of points: from its owned columns.
struct BlockSums {
  Matrix<double, Host> mean;      ///< owned columns x q: sums over the owned rows of k_ij alpha_it
  Vector<double, Host> variance;  ///< owned columns: minus those of v_ij^2
};

BlockSums make_block_sums(Host const& space, std::size_t n_columns, std::int64_t n_targets)
{
  return {Matrix<double, Host>(Kokkos::view_alloc(space, "kovar::gp::block_means"), n_columns,
                               n_targets),
          Vector<double, Host>(Kokkos::view_alloc(space, "kovar::gp::block_variances"), n_columns)};
}

/// The sums of all ranks, (q + 1) x columns: of the means, then of the variance.
std::vector<double> sum_block(Host const& space, dist::Communicator const& comm,
                              std::vector<std::int64_t> const& columns, std::size_t n_columns,
                              BlockSums const& mine)
{
  space.fence();  // the host reads the sums
  auto const q = mine.mean.extent(1);
  std::vector<double> sums((q + 1) * n_columns, 0.0);
  for (std::size_t j = 0; j < columns.size(); ++j) {
    auto const column = static_cast<std::size_t>(columns[j]);
    for (std::size_t t = 0; t < q; ++t) sums[t * n_columns + column] = mine.mean(j, t);
    sums[q * n_columns + column] = mine.variance(j);
  }
  comm.sum_to_all(sums.data(), static_cast<std::int64_t>(sums.size()));
  return sums;
}

/// x(i) += term
template <class Scalar>
void add_to(Scalar& x, double term)
{
  x = static_cast<Scalar>(static_cast<double>(x) + term);
}

}  // namespace

template <class Scalar>
PosteriorOverRanks<Scalar>::PosteriorOverRanks(Host const& space, dist::Communicator const& comm,
                                               TrainingSet<Scalar, Host> const& data,
                                               Model const& model, TrainingOptions const& options)
    : model_(model),
      covariance_(space, comm, data, model, options, TaskOverRanks::prediction),
      report_(covariance_.factor(space, model)),
      mean_(make_device_mean(space, model.mean, covariance_.lists().n_columns)),
      row_alpha_(covariance_.alpha_of(space, covariance_.matrix().owned_rows()))
{
}

template <class Scalar>
void PosteriorOverRanks<Scalar>::require_predictable(Host const& space,
                                                     Inputs<Scalar, Host> const& x,
                                                     Uncertainty uncertainty) const
{
  dist::agree(covariance_.comm(), [&] {
    KOVAR_REQUIRE(report_, "posterior: " << text_of(report_));
    KOVAR_REQUIRE(static_cast<std::int64_t>(x.extent(1)) == n_columns(),
                  "posterior: the inputs are " << x.extent(0) << " x " << x.extent(1)
                                               << " and the training inputs " << n() << " x "
                                               << n_columns() << " (as many columns are needed)");
    KOVAR_REQUIRE(uncertainty != Uncertainty::covariance,
                  "posterior over ranks: the covariance of predictions is wanted (ranks give means "
                  "and variances); ask for the variance, or take Posterior on one rank");
  });
  space.fence();  // the host reads x
  std::vector<double> list = {uncertainty == Uncertainty::variance ? 1.0 : 0.0};
  for (std::size_t i = 0; i < x.extent(0); ++i)
    for (std::size_t c = 0; c < x.extent(1); ++c) list.push_back(static_cast<double>(x(i, c)));
  require_same_on_all_ranks(covariance_.comm(), "list of points to predict", list);
}

template <class Scalar>
Prediction<Scalar, Host> PosteriorOverRanks<Scalar>::predict(Host const& space,
                                                             Inputs<Scalar, Host> const& x,
                                                             Uncertainty uncertainty) const
{
  Region const region("kovar::gp::predict_over_ranks");
  require_predictable(space, x, uncertainty);
  bool const wants_variance = uncertainty == Uncertainty::variance;
  auto const m = static_cast<std::int64_t>(x.extent(0));
  auto const& factor = covariance_.matrix();
  Prediction<Scalar, Host> result;
  result.mean = allocate<Matrix<Scalar, Host>>(space, "kovar::gp::mean", m, n_targets());
  prior_mean(space, mean_, x, result.mean);
  if (wants_variance) {
    result.variance = allocate<Vector<Scalar, Host>>(space, "kovar::gp::variance", m);
    prior_variance(space, covariance_.program(), make_points_of<Scalar>(space, x), result.variance);
  }
  space.fence();  // the host adds to them

  std::int64_t const width =
      std::min(m, prediction_width(n(), {factor.grid().n_rows(), factor.grid().n_columns()}));
  auto const block = dist::columns_beside(space, "kovar::gp::prediction_block", factor, width);
  for (std::int64_t first = 0; first < m; first += width)
    add_observations(space, x, first, block.first_columns(std::min(width, m - first)), result);
  if (wants_variance) result.n_clamped = clamp_variance(space, result.variance);
  return result;
}

template <class Scalar>
void PosteriorOverRanks<Scalar>::add_observations(Host const& space, Inputs<Scalar, Host> const& x,
                                                  std::int64_t first,
                                                  BlockCyclicMatrix<Scalar> const& v,
                                                  Prediction<Scalar, Host> const& result) const
{
  auto const columns = v.owned_columns();
  Points<Scalar, Host> const points = {
      static_cast<std::int64_t>(columns.size()),
      owned_rows_of<Scalar>(space, "kovar::gp::points", columns, n_columns(),
                            [&](std::int64_t j, std::int64_t c) { return x(first + j, c); })};
  BlockSums const sums = make_block_sums(space, columns.size(), n_targets());
  auto const n_rows = static_cast<std::int64_t>(v.local().extent(0));
  bool const wants_variance = result.variance.extent(0) > 0;
  cross_covariance(space, covariance_.program(), covariance_.points().rows, points, v.local());
  if (v.local().size() > 0) add_mean(space, v.local(), n_rows, row_alpha_, sums.mean, 0);
  if (wants_variance) {
    dist::triangular_solve(space, dist::Side::factor, covariance_.matrix(), v);
    if (v.local().size() > 0) subtract_squares(space, v.local(), n_rows, sums.variance);
  }

  auto const n_here = static_cast<std::size_t>(v.n_columns());
  auto const q = static_cast<std::size_t>(n_targets());
  auto const all = sum_block(space, covariance_.comm(), columns, n_here, sums);
  for (std::size_t j = 0; j < n_here; ++j) {
    auto const i = static_cast<std::size_t>(first) + j;
    for (std::size_t t = 0; t < q; ++t) add_to(result.mean(i, t), all[t * n_here + j]);
    if (wants_variance) add_to(result.variance(i), all[q * n_here + j]);
  }
}

template <class Scalar>
Vector<Scalar, Host> PosteriorOverRanks<Scalar>::observed_variance(
    Host const& space, Vector<Scalar, Host> const& latent_variance,
    Vector<Scalar const, Host> const& noise_variance) const
{
  return with_noise(space, model_.noise, latent_variance, noise_variance);
}

template class PosteriorOverRanks<double>;
template class PosteriorOverRanks<float>;

}  // namespace kovar::gp
