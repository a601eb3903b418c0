// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/fit/rank_rows.hpp>
#include <kovar/fit/shared_yield_covariance.hpp>
#include <kovar/fit/yield_covariance.hpp>
#include <kovar/fit/yields.hpp>
#include <kovar/linalg/sparse_product.hpp>

#include <cmath>

namespace kovar::fit {

namespace {

// The variance that the bins' statistics leave to a row, and what two rows of a bin share of it.
double statistical_covariance(YieldResponse const& response, std::size_t i, std::size_t j)
{
  if (response.bin[i] != response.bin[j]) return 0;
  double const variance = response.bins[static_cast<std::size_t>(response.bin[i])].beta_variance;
  return response.by_beta[i] * response.by_beta[j] * variance;
}

// Both triangles, row after row.
template <class ExecSpace>
std::vector<double> full_covariance(ExecSpace const& space, YieldResponse const& all,
                                    ParameterSpread<ExecSpace> const& spread)
{
  auto const on_device = yield_covariance(space, all.derivative, spread);
  auto const lower = Kokkos::create_mirror_view(on_device);
  Kokkos::deep_copy(space, lower, on_device);
  space.fence();  // the host reads the copy
  std::size_t const n = all.value.size();
  std::vector<double> found(n * n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j)
      found[i * n + j] = found[j * n + i] = lower(i, j) + statistical_covariance(all, i, j);
  return found;
}

// Both triangles, of which each rank has a share.
dist::BlockCyclicMatrix<double> covariance_in_shares(dist::ProcessGrid const& grid,
                                                     YieldResponse const& mine,
                                                     std::vector<std::int64_t> const& place,
                                                     ColumnSource const& source)
{
  auto const all = of_all_ranks(grid.comm(), mine);
  auto const found = shared_yield_covariance(grid, all.derivative, place, source);
  auto const rows = found.owned_rows();
  auto const columns = found.owned_columns();
  for (std::size_t j = 0; j < columns.size(); ++j)
    for (std::size_t i = 0; i < rows.size(); ++i)
      found.local()(i, j) += statistical_covariance(all, static_cast<std::size_t>(rows[i]),
                                                    static_cast<std::size_t>(columns[j]));
  return found;
}

// Variances of this rank's rows by the parameters; what the bins' statistics leave comes to them.
std::vector<double> with_statistics(dist::Communicator const& comm, YieldResponse const& mine,
                                    std::vector<double> variances)
{
  for (std::size_t i = 0; i < variances.size(); ++i)
    variances[i] += statistical_covariance(mine, i, i);
  return of_all_ranks(comm, variances);
}

template <class ExecSpace>
void add_errors(ExecSpace const& space, dist::Communicator const& comm, YieldResponse const& mine,
                Covariance<ExecSpace> const& covariance, YieldErrors errors, Yields& found)
{
  ParameterSpread<ExecSpace> spread;
  dist::agree(comm, [&] {
    KOVAR_REQUIRE(errors != YieldErrors::covariance_in_shares,
                  "covariance of yields in shares: every rank has the whole covariance of the "
                  "parameters; give one that ranks share (shared_covariance.hpp)");
    spread = correlated_spread(covariance);
  });
  found.variance = with_statistics(comm, mine, yield_variances(space, mine.derivative, spread));
  if (errors == YieldErrors::covariance)
    found.covariance = full_covariance(space, of_all_ranks(comm, mine), spread);
}

template <class ExecSpace>
void add_errors(ExecSpace const& /*of the device*/, dist::Communicator const& comm,
                YieldResponse const& mine, SharedCovariance const& covariance, YieldErrors errors,
                Yields& found)
{
  dist::agree(comm, [&] { require_matrix(covariance, "uncertainties of yields"); });
  found.variance = with_statistics(comm, mine, shared_yield_variances(mine.derivative, covariance));
  if (errors == YieldErrors::variances) return;
  found.shared_covariance = covariance_in_shares(
      covariance.matrix.grid(), mine,
      places_of_parameters(covariance.free, covariance.n_parameters),
      [&](TakeColumns const& take) { for_covariance_columns(covariance, take); });
}

// Of parameters that are not correlated.
template <class ExecSpace>
void add_errors(ExecSpace const& space, dist::Communicator const& comm, YieldResponse const& mine,
                std::vector<double> const& prefit, YieldErrors errors, Yields& found)
{
  auto const spread = diagonal_spread(space, prefit);
  found.variance = with_statistics(comm, mine, yield_variances(space, mine.derivative, spread));
  if (errors == YieldErrors::covariance)
    found.covariance = full_covariance(space, of_all_ranks(comm, mine), spread);
  if (errors == YieldErrors::covariance_in_shares)
    found.shared_covariance = covariance_in_shares(
        dist::ProcessGrid(comm), mine, spread.place, [&](TakeColumns const& take) {
          dist::agree(comm, [&] { for_diagonal_columns(to_list(space, spread.variance), take); });
        });
}

// The derivatives of yields times each of some directions.
template <class ExecSpace>
std::vector<double> along(ExecSpace const& space, Likelihood<ExecSpace> const& likelihood,
                          YieldResponse const& mine,
                          std::vector<std::vector<double>> const& directions)
{
  linalg::SparseProduct<ExecSpace> const product(space, mine.derivative);
  auto const shift =
      allocate<Vector<double, ExecSpace>>(space, "kovar::fit::shift", product.n_rows());
  std::vector<double> found;
  for (auto const& direction : directions) {
    product.multiply(space, to_space(space, direction, "kovar::fit::direction"), shift);
    auto const all = of_all_ranks(likelihood.communicator(), to_list(space, shift));
    found.insert(found.end(), all.begin(), all.end());
  }
  return found;
}

void require_parameters(std::vector<std::int64_t> const& parameters, std::int64_t n)
{
  for (auto const i : parameters)
    KOVAR_REQUIRE(i >= 0 && i < n, "variations of yields: there is no parameter "
                                       << i << " among " << n << " (they count from 0)");
}

void require_variances(std::vector<double> const& prefit, std::int64_t n)
{
  KOVAR_REQUIRE(static_cast<std::int64_t>(prefit.size()) == n,
                "prefit yields: " << prefit.size() << " variances for " << n
                                  << " parameters (one each is needed)");
}

// Up by sigma for one parameter, nothing for the others.
std::vector<double> alone(std::int64_t parameter, double variance, std::int64_t n)
{
  std::vector<double> direction(static_cast<std::size_t>(n), 0);
  direction[static_cast<std::size_t>(parameter)] = std::sqrt(variance);
  return direction;
}

}  // namespace

template <class ExecSpace, class AnyCovariance>
Yields postfit_yields(ExecSpace const& space, Likelihood<ExecSpace> const& likelihood,
                      AnyCovariance const& covariance, YieldDetail detail, YieldErrors errors)
{
  Region const region("kovar::fit::postfit_yields");
  auto const& comm = likelihood.communicator();
  auto const mine = yield_response(space, likelihood, BetaState::profiled, detail);
  Yields found;
  found.value = of_all_ranks(comm, mine.value);
  if (errors != YieldErrors::none) add_errors(space, comm, mine, covariance, errors, found);
  return found;
}

template <class ExecSpace>
Yields prefit_yields(ExecSpace const& space, Likelihood<ExecSpace> const& likelihood,
                     std::vector<double> const& prefit, YieldDetail detail, YieldErrors errors)
{
  Region const region("kovar::fit::prefit_yields");
  auto const& comm = likelihood.communicator();
  dist::agree(comm, [&] { require_variances(prefit, likelihood.parameters().size()); });
  auto const mine = yield_response(space, likelihood, BetaState::at_center, detail);
  Yields found;
  found.value = of_all_ranks(comm, mine.value);
  if (errors != YieldErrors::none) add_errors(space, comm, mine, prefit, errors, found);
  return found;
}

template <class ExecSpace, class AnyCovariance>
std::vector<double> postfit_variations(ExecSpace const& space,
                                       Likelihood<ExecSpace> const& likelihood,
                                       AnyCovariance const& covariance,
                                       std::vector<std::int64_t> const& parameters,
                                       VariationKind kind, YieldDetail detail)
{
  Region const region("kovar::fit::postfit_variations");
  dist::agree(likelihood.communicator(), [&] {
    require_matrix(covariance, "variations of yields");
    require_parameters(parameters, covariance.n_parameters);
  });
  auto const variance = variances(space, covariance);
  std::vector<std::vector<double>> directions;
  for (auto const i : parameters) {
    double const own = variance[static_cast<std::size_t>(i)];
    if (kind == VariationKind::alone || own == 0) {
      directions.push_back(alone(i, own, covariance.n_parameters));
      continue;
    }
    directions.push_back(covariance_row(space, covariance, i));
    for (auto& number : directions.back()) number /= std::sqrt(own);
  }
  return along(space, likelihood, yield_response(space, likelihood, BetaState::profiled, detail),
               directions);
}

template <class ExecSpace>
std::vector<double> prefit_variations(ExecSpace const& space,
                                      Likelihood<ExecSpace> const& likelihood,
                                      std::vector<double> const& prefit,
                                      std::vector<std::int64_t> const& parameters,
                                      YieldDetail detail)
{
  Region const region("kovar::fit::prefit_variations");
  dist::agree(likelihood.communicator(), [&] {
    require_variances(prefit, likelihood.parameters().size());
    require_parameters(parameters, likelihood.parameters().size());
  });
  std::vector<std::vector<double>> directions;
  for (auto const i : parameters)
    directions.push_back(
        alone(i, prefit[static_cast<std::size_t>(i)], likelihood.parameters().size()));
  return along(space, likelihood, yield_response(space, likelihood, BetaState::at_center, detail),
               directions);
}

#define KOVAR_INSTANTIATE_FOR(ExecSpace, AnyCovariance)                           \
  template Yields postfit_yields(ExecSpace const&, Likelihood<ExecSpace> const&,  \
                                 AnyCovariance const&, YieldDetail, YieldErrors); \
  template std::vector<double> postfit_variations(                                \
      ExecSpace const&, Likelihood<ExecSpace> const&, AnyCovariance const&,       \
      std::vector<std::int64_t> const&, VariationKind, YieldDetail);
#define KOVAR_INSTANTIATE(ExecSpace)                                                             \
  KOVAR_INSTANTIATE_FOR(ExecSpace, Covariance<ExecSpace>)                                        \
  KOVAR_INSTANTIATE_FOR(ExecSpace, SharedCovariance)                                             \
  template Yields prefit_yields(ExecSpace const&, Likelihood<ExecSpace> const&,                  \
                                std::vector<double> const&, YieldDetail, YieldErrors);           \
  template std::vector<double> prefit_variations(ExecSpace const&, Likelihood<ExecSpace> const&, \
                                                 std::vector<double> const&,                     \
                                                 std::vector<std::int64_t> const&, YieldDetail);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE
#undef KOVAR_INSTANTIATE_FOR

}  // namespace kovar::fit
