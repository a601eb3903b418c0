// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/fit/global_impacts.hpp>
#include <kovar/fit/shared_covariance.hpp>
#include <kovar/fit/yield_response.hpp>
#include <kovar/linalg/sparse_product.hpp>

#include <algorithm>
#include <cmath>

namespace kovar::fit {

namespace {

double squared(double x) { return x * x; }

// How the minimum answers to the centre of each constraint, by its uncertainty: sqrt(w) dy/dx.
template <class ExecSpace>
std::vector<double> center_levers(ExecSpace const& space, Likelihood<ExecSpace> const& likelihood)
{
  auto const x = to_list(space, likelihood.x());
  auto const& weight = likelihood.parameters().weight;
  std::vector<double> found;
  for (std::size_t j = 0; j < x.size(); ++j)
    found.push_back(std::sqrt(weight[j]) *
                    likelihood.shape().slope(static_cast<std::int64_t>(j), x[j]));
  return found;
}

// What comes from data and the bins' statistics.
template <class ExecSpace>
class StatisticalSources {
 public:
  using Product = linalg::SparseProduct<ExecSpace>;

  StatisticalSources(ExecSpace const& space, Likelihood<ExecSpace> const& likelihood)
      : comm_(likelihood.communicator()),
        response_(yield_response(space, likelihood, BetaState::profiled)),
        yields_(space, response_.derivative),
        betas_(space, beta_response(space, likelihood)),
        n_fitted_(std::clamp<std::int64_t>(likelihood.n_bins() - likelihood.first_bin(), 0,
                                           static_cast<std::int64_t>(response_.bins.size())))
  {
  }

  /// Variance of a parameter, of which the covariances with all are given, by the data.
  double by_data(ExecSpace const& space, std::vector<double> const& covariances) const
  {
    return sum(space, yields_, covariances, [](BinResponse const& bin, double change) {
      return squared(bin.slope_by_data * change) * bin.data_variance;
    });
  }

  /// By the bins' statistics: what their constraints add to the Hessian, or what follows beta0.
  double by_statistics(ExecSpace const& space, std::vector<double> const& covariances,
                       GlobalImpactKind kind) const
  {
    return sum(space, betas_, covariances, [=](BinResponse const& bin, double change) {
      return kind == GlobalImpactKind::likelihood
                 ? bin.constraint_curvature * squared(change)
                 : squared(bin.slope_by_center * change) * bin.usual_center_variance;
    });
  }

 private:
  // The sum of a term for each fitted bin and what it answers to a direction.
  template <class Term>
  double sum(ExecSpace const& space, Product const& product, std::vector<double> const& direction,
             Term const& term) const
  {
    auto const change =
        allocate<Vector<double, ExecSpace>>(space, "kovar::fit::change", product.n_rows());
    product.multiply(space, to_space(space, direction, "kovar::fit::direction"), change);
    auto const changes = to_list(space, change);
    double total = 0;
    for (std::size_t bin = 0; bin < static_cast<std::size_t>(n_fitted_); ++bin)
      total += term(response_.bins[bin], changes[bin]);
    comm_.sum_to_all(&total, 1);
    return total;
  }

  dist::Communicator comm_;
  YieldResponse response_;
  Product yields_;
  Product betas_;
  std::int64_t n_fitted_;
};

void add_centers(std::vector<double> const& levers, std::vector<double> const& covariances,
                 TemplateTensor const& tensor, Parameters const& parameters, Impacts& impacts)
{
  std::vector<double> by_parameter;
  for (std::size_t j = 0; j < covariances.size(); ++j)
    by_parameter.push_back(levers[j] * covariances[j]);
  for (auto const& group : tensor.groups) {
    double sum = 0;
    for (auto const j : parameters_of_group(parameters, group))
      sum += squared(by_parameter[static_cast<std::size_t>(j)]);
    impacts.by_group.push_back(std::sqrt(sum));
  }
  impacts.by_parameter.insert(impacts.by_parameter.end(), by_parameter.begin(), by_parameter.end());
}

}  // namespace

template <class ExecSpace, class AnyCovariance>
Impacts global_impacts(ExecSpace const& space, Likelihood<ExecSpace> const& likelihood,
                       TemplateTensor const& tensor, AnyCovariance const& covariance,
                       GlobalImpactKind kind)
{
  Region const region("kovar::fit::global_impacts");
  auto const& parameters = likelihood.parameters();
  dist::agree(likelihood.communicator(), [&] {
    require_matrix(covariance, "global impacts");
    require_own_tensor(parameters, tensor, "global impacts");
    require_separate_bins(likelihood, "global impacts");
  });
  bool const has_statistics = likelihood.entries().constraint != BinConstraint::none;
  auto const levers = center_levers(space, likelihood);
  StatisticalSources<ExecSpace> const sources(space, likelihood);
  Impacts found;
  found.rows = parameters_of_interest(parameters, tensor);
  for (auto const row : found.rows) {
    auto const covariances = covariance_row(space, covariance, row);
    double const variance = covariances[static_cast<std::size_t>(row)];
    add_centers(levers, covariances, tensor, parameters, found);
    double const by_bins = has_statistics ? sources.by_statistics(space, covariances, kind) : 0;
    double by_data = 0;
    if (kind == GlobalImpactKind::gaussian) {
      by_data = sources.by_data(space, covariances);
    } else {
      by_data = variance - by_bins;
      for (std::size_t j = 0; j < covariances.size(); ++j)
        by_data -= squared(levers[j] * covariances[j]);
    }
    found.total.push_back(std::sqrt(variance));
    found.by_data.push_back(std::sqrt(std::max(0.0, by_data)));
    if (has_statistics) found.by_bin_statistics.push_back(std::sqrt(by_bins));
  }
  return found;
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                   \
  template Impacts global_impacts(ExecSpace const&, Likelihood<ExecSpace> const&,      \
                                  TemplateTensor const&, Covariance<ExecSpace> const&, \
                                  GlobalImpactKind);                                   \
  template Impacts global_impacts(ExecSpace const&, Likelihood<ExecSpace> const&,      \
                                  TemplateTensor const&, SharedCovariance const&,      \
                                  GlobalImpactKind);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
