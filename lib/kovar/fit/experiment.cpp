// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/fit/experiment.hpp>
#include <kovar/fit/move_to.hpp>
#include <kovar/fit/rank_entries.hpp>
#include <kovar/linalg/cholesky.hpp>

#include <algorithm>
#include <cmath>

namespace kovar::fit {

namespace {

// Constrained parameters around values, by the deviations of their constraints.
std::vector<double> drawn_parameters(ToyDraws const& draws, Parameters const& parameters,
                                     std::vector<double> values)
{
  for (std::size_t i = 0; i < values.size(); ++i)
    if (parameters.weight[i] > 0)
      values[i] = draws.normal(i, values[i], 1 / std::sqrt(parameters.weight[i]));
  return values;
}

// The parameters with those held as if nothing constrained them, which is what is not drawn.
Parameters without_held(Parameters parameters, std::vector<std::int64_t> const& held)
{
  for (auto const i : held) {
    KOVAR_REQUIRE(i >= 0 && i < parameters.size(),
                  "toys: there is no parameter " << i << " to hold among " << parameters.size()
                                                 << " (they count from 0)");
    parameters.weight[static_cast<std::size_t>(i)] = 0;
  }
  return parameters;
}

std::vector<double> centers_of(std::vector<BetaConstraint> const& constraints)
{
  std::vector<double> centers;
  for (auto const& constraint : constraints) centers.push_back(constraint.center);
  return centers;
}

// What other measurements of the bins' own parameters would have given.
std::vector<double> drawn_beta_centers(ToyDraws const& draws,
                                       std::vector<BetaConstraint> const& constraints,
                                       BinConstraint kind)
{
  auto centers = centers_of(constraints);
  for (std::size_t b = 0; b < centers.size(); ++b) {
    double const k = constraints[b].kstat;
    if (k == 0) continue;
    if (kind == BinConstraint::gamma)
      centers[b] = draws.poisson(b, k * centers[b]) / k;
    else if (kind == BinConstraint::normal_multiplicative)
      centers[b] = draws.normal(b, centers[b], 1 / std::sqrt(k));
    else
      centers[b] = draws.normal(b, centers[b], 1);
  }
  return centers;
}

// The bins' own parameters themselves, drawn from their constraints.
std::vector<double> drawn_betas(ToyDraws const& draws,
                                std::vector<BetaConstraint> const& constraints, BinConstraint kind)
{
  if (kind != BinConstraint::gamma) return drawn_beta_centers(draws, constraints, kind);
  auto betas = centers_of(constraints);
  for (std::size_t b = 0; b < betas.size(); ++b) {
    double const k = constraints[b].kstat;
    if (k > 0) betas[b] = draws.gamma(b, k * betas[b] + 1) / k;
  }
  return betas;
}

// Of bins, in full mode of their processes. Those of too few events are exact.
std::vector<BetaConstraint> beta_constraints(TemplateTensor const& tensor,
                                             LikelihoodOptions const& options)
{
  auto const& statistics = options.bin_statistics;
  bool const has_any = constraint_of(options) != BinConstraint::none;
  std::vector<BetaConstraint> found;
  auto const add = [&](double kstat, double center) {
    found.push_back({has_any && kstat >= statistics.min_kstat ? kstat : 0, center});
  };
  for (std::int64_t bin = 0; bin < tensor.n_all_bins(); ++bin) {
    if (!has_any || statistics.mode == BinStatisticsMode::lite) {
      auto const of_bin = bin_statistics_of(tensor, options, bin);
      add(of_bin.kstat, of_bin.beta0);
      continue;
    }
    auto const b = static_cast<std::size_t>(bin);
    for (auto e = tensor.bin_start[b]; e < tensor.bin_start[b + 1]; ++e) {
      auto const of_entry = entry_statistics_of(tensor, options, bin,
                                                tensor.entry_process[static_cast<std::size_t>(e)]);
      add(of_entry.kstat, of_entry.beta0);
    }
  }
  return found;
}

std::vector<double> poisson_data(ToyDraws const& draws, std::vector<double> const& mean)
{
  std::vector<double> data;
  for (std::size_t b = 0; b < mean.size(); ++b) data.push_back(draws.poisson(b, mean[b]));
  return data;
}

// Counts are not negative, where the fit takes them as counts.
std::vector<double> normal_data(ToyDraws const& draws, std::vector<double> const& mean,
                                std::vector<double> const& variances, DataTerm term)
{
  bool const is_chi_square = term == DataTerm::chi_square;
  std::vector<double> data;
  for (std::size_t b = 0; b < mean.size(); ++b) {
    double const variance = is_chi_square ? variances[b] : std::max(0.0, mean[b]);
    double const drawn = draws.normal(b, mean[b], std::sqrt(variance));
    data.push_back(is_chi_square ? drawn : std::max(0.0, drawn));
  }
  return data;
}

// With L L^T the inverse of the covariance: mean + L^-T z.
std::vector<double> correlated_data(ToyDraws const& draws, std::vector<double> data,
                                    TemplateTensor const& tensor)
{
  using Host = Kokkos::DefaultHostExecutionSpace;
  Host const space;
  auto const n = tensor.n_bins;
  auto const factor = allocate<Matrix<double, Host>>(space, "kovar::fit::inverse_covariance", n, n);
  auto const away = allocate<Matrix<double, Host>>(space, "kovar::fit::away", n, 1);
  for (std::int64_t i = 0; i < n; ++i) {
    away(i, 0) = draws.normal(static_cast<std::size_t>(i), 0, 1);
    for (std::int64_t j = 0; j <= i; ++j)
      factor(i, j) = tensor.data_covariance_inverse[static_cast<std::size_t>(i * n + j)];
  }
  auto const status = linalg::cholesky(space, factor);
  KOVAR_REQUIRE(status, "toys: the inverse of the covariance of the data is not positive definite");
  linalg::triangular_solve(space, linalg::Side::transposed, factor, away);
  space.fence();  // the host reads what was solved for
  for (std::int64_t i = 0; i < n; ++i) data[static_cast<std::size_t>(i)] += away(i, 0);
  return data;
}

void require_means(std::vector<double> const& observed)
{
  for (std::size_t b = 0; b < observed.size(); ++b)
    KOVAR_REQUIRE(observed[b] >= 0, "toys: the observed data of bin "
                                        << b << " are " << observed[b]
                                        << " (counts have no negative mean); draw normal data");
}

std::string names_of(std::vector<Pseudodata> const& sets)
{
  std::string list;
  for (auto const& set : sets) list += (list.empty() ? "'" : ", '") + set.name + "'";
  return list.empty() ? "the tensor has none" : "there are " + list;
}

}  // namespace

ExperimentMaker::ExperimentMaker(TemplateTensor const& tensor, LikelihoodOptions const& options)
    : tensor_(tensor),
      options_(options),
      term_(data_term_of(tensor, options)),
      parameters_(make_parameters(tensor, options.parameters)),
      beta_constraints_(beta_constraints(tensor, options))
{
}

Experiment ExperimentMaker::observed() const
{
  return {tensor_.data, tensor_.data_variances.empty() ? tensor_.data : tensor_.data_variances,
          parameters_.center, centers_of(beta_constraints_), parameters_.start};
}

Experiment ExperimentMaker::pseudodata(std::string const& name) const
{
  for (auto const& set : tensor_.pseudodata) {
    if (set.name != name) continue;
    Experiment found = observed();
    found.data = set.data;
    found.data_variances = set.data_variances.empty() ? set.data : set.data_variances;
    return found;
  }
  throw InputError("pseudodata: there are none of the name '" + name + "'; " +
                   names_of(tensor_.pseudodata));
}

// Of the fitted bins.
template <class ExecSpace>
std::vector<double> ExperimentMaker::prediction(ExecSpace const& space,
                                                Likelihood<ExecSpace>& likelihood,
                                                std::vector<double> const& x,
                                                std::vector<double> const& betas) const
{
  move_to(space, likelihood, x);
  auto yields = likelihood.yields(space, betas);
  yields.resize(static_cast<std::size_t>(tensor_.n_bins));
  return yields;
}

template <class ExecSpace>
Experiment ExperimentMaker::asimov(ExecSpace const& space, Likelihood<ExecSpace>& likelihood) const
{
  Experiment found = observed();
  found.data = prediction(space, likelihood, found.start, found.beta_centers);
  if (tensor_.data_variances.empty()) found.data_variances = found.data;
  set_experiment(space, likelihood, found);
  prediction(space, likelihood, found.start, found.beta_centers);
  return found;
}

std::vector<double> ExperimentMaker::drawn_data(ToyDraws const& draws,
                                                std::vector<double> const& mean,
                                                std::vector<double> const& variances,
                                                DataDraws kind) const
{
  if (kind == DataDraws::none) return mean;
  if (kind == DataDraws::poisson) return poisson_data(draws, mean);
  if (term_ == DataTerm::covariance) return correlated_data(draws, mean, tensor_);
  return normal_data(draws, mean, variances, term_);
}

std::vector<double> ExperimentMaker::truth(std::int64_t toy, ToyOptions const& options) const
{
  if (options.systematics != SystematicDraws::bayesian) return parameters_.start;
  return drawn_parameters(ToyDraws(options.seed, toy, ToyQuantity::parameters),
                          without_held(parameters_, options.held), parameters_.start);
}

template <class ExecSpace>
Experiment ExperimentMaker::toy(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                                std::int64_t toy, ToyOptions const& options) const
{
  Region const region("kovar::fit::toy");
  KOVAR_REQUIRE(toy >= 1 && toy < ToyDraws::n_toys, "toys: there is no toy "
                                                        << toy << " (they count from 1 to "
                                                        << ToyDraws::n_toys - 1 << ")");
  auto const draws = [&](ToyQuantity quantity) { return ToyDraws(options.seed, toy, quantity); };
  bool const is_bayesian = options.systematics == SystematicDraws::bayesian;
  auto const constraint = constraint_of(options_);
  KOVAR_REQUIRE(options.data != DataDraws::poisson || term_ != DataTerm::covariance,
                "toys: counts are to be drawn for a fit with a covariance of the data (they are "
                "independent of each other); draw normal data");
  KOVAR_REQUIRE(
      !is_bayesian || options.mean == DataMean::prediction,
      "toys: systematics are to be drawn (bayesian) around the observed data, which they do "
      "not change; draw data around the prediction");
  Experiment found = options.pseudodata.empty() ? observed() : pseudodata(options.pseudodata);
  auto const drawn = without_held(parameters_, options.held);

  auto mean = found.data;
  if (options.mean == DataMean::prediction) {
    auto const betas = is_bayesian
                           ? drawn_betas(draws(ToyQuantity::betas), beta_constraints_, constraint)
                           : found.beta_centers;
    mean = prediction(space, likelihood, truth(toy, options), betas);
    if (tensor_.data_variances.empty()) found.data_variances = mean;
  } else if (options.data == DataDraws::poisson) {
    require_means(mean);
  }
  if (options.systematics == SystematicDraws::frequentist) {
    found.centers = drawn_parameters(draws(ToyQuantity::centers), drawn, found.centers);
    found.beta_centers =
        drawn_beta_centers(draws(ToyQuantity::beta_centers), beta_constraints_, constraint);
  }
  found.data = drawn_data(draws(ToyQuantity::data), mean, found.data_variances, options.data);
  for (std::size_t i = 0; i < found.start.size(); ++i)
    if (drawn.weight[i] > 0) found.start[i] = found.centers[i];
  if (options.start == StartDraws::normal)
    found.start = drawn_parameters(draws(ToyQuantity::start), drawn, found.start);
  return found;
}

template <class ExecSpace>
void set_experiment(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                    Experiment const& experiment)
{
  likelihood.set_data(space, experiment.data, experiment.data_variances);
  likelihood.set_centers(space, experiment.centers);
  likelihood.set_beta_centers(space, experiment.beta_centers);
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                               \
  template Experiment ExperimentMaker::asimov(ExecSpace const&, Likelihood<ExecSpace>&) const;     \
  template Experiment ExperimentMaker::toy(ExecSpace const&, Likelihood<ExecSpace>&, std::int64_t, \
                                           ToyOptions const&) const;                               \
  template void set_experiment(ExecSpace const&, Likelihood<ExecSpace>&, Experiment const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
