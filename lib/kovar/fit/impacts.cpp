// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/dist/cholesky.hpp>
#include <kovar/fit/gather.hpp>
#include <kovar/fit/impacts.hpp>
#include <kovar/fit/shared_group_impacts.hpp>
#include <kovar/fit/yield_response.hpp>
#include <kovar/linalg/cholesky.hpp>
#include <kovar/linalg/diagonal.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace kovar::fit {

namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

// Of the free parameters of a list: their rows in the covariance.
std::vector<std::int64_t> free_places(std::vector<std::int64_t> const& parameters,
                                      std::vector<std::int64_t> const& free)
{
  std::vector<std::int64_t> found;
  for (auto const i : parameters) {
    auto const place = std::lower_bound(free.begin(), free.end(), i);
    if (place != free.end() && *place == i) found.push_back(place - free.begin());
  }
  return found;
}

// sqrt(C_iG C_GG^-1 C_Gi) for the places i of interest.
template <class ExecSpace>
std::vector<double> group_impacts(ExecSpace const& space, Covariance<ExecSpace> const& covariance,
                                  std::vector<std::int64_t> const& group,
                                  std::vector<std::int64_t> const& interest)
{
  auto const& c = covariance.matrix;
  auto const members = gathered(space, c, group, group);
  auto const shared = gathered(space, c, group, interest);
  if (!linalg::cholesky(space, members)) return std::vector<double>(interest.size(), undefined);
  linalg::triangular_solve(space, linalg::Side::factor, members, shared);
  return column_norms(space, shared);
}

// The variances that are left where all but some parameters are held, NaN if there are none.
template <class ExecSpace>
std::vector<double> held_variances(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                                   Covariance<ExecSpace> const& /*in memory of one rank*/,
                                   std::vector<std::int64_t> const& parameters, HessianForm form)
{
  auto const matrix = hessian_matrix(space, likelihood, parameters, form);
  if (!linalg::cholesky(space, matrix)) return std::vector<double>(parameters.size(), undefined);
  linalg::invert_factored(space, matrix);
  return linalg::diagonal_list(space, matrix);
}

// The same of ranks that share the matrices.
template <class ExecSpace>
std::vector<double> group_impacts(ExecSpace const& /*of the device*/,
                                  SharedCovariance const& covariance,
                                  std::vector<std::int64_t> const& group,
                                  std::vector<std::int64_t> const& interest)
{
  return shared_group_impacts(covariance, group, interest);
}

template <class ExecSpace>
std::vector<double> held_variances(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                                   SharedCovariance const& /*in shares*/,
                                   std::vector<std::int64_t> const& parameters, HessianForm form)
{
  auto const matrix = shared_hessian(space, likelihood, parameters, form);
  if (parameters.empty()) return {};
  if (!dist::cholesky(dist::Host(), matrix))
    return std::vector<double>(parameters.size(), undefined);
  dist::invert_factored(dist::Host(), matrix);
  return dist::diagonal_list(dist::Host(), matrix);
}

// The free parameters without a constraint.
std::vector<std::int64_t> unconstrained(Parameters const& parameters,
                                        std::vector<std::int64_t> const& free)
{
  std::vector<std::int64_t> found;
  for (auto const i : free)
    if (parameters.weight[static_cast<std::size_t>(i)] == 0) found.push_back(i);
  return found;
}

template <class ExecSpace, class AnyCovariance>
void add_statistics(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                    AnyCovariance const& covariance, Impacts& impacts)
{
  auto const parameters = unconstrained(likelihood.parameters(), covariance.free);
  bool const has_statistics = likelihood.entries().constraint != BinConstraint::none;
  auto const left = [&](HessianForm form) {
    return held_variances(space, likelihood, covariance, parameters, form);
  };
  auto const profiled = left(HessianForm::exact);
  auto const held = has_statistics ? left(HessianForm::fixed_statistics) : profiled;
  for (auto const row : impacts.rows) {
    auto const place = std::find(parameters.begin(), parameters.end(), row);
    auto const k = static_cast<std::size_t>(place - parameters.begin());
    bool const is_held = place == parameters.end();
    impacts.by_data.push_back(is_held ? 0 : std::sqrt(held[k]));
    if (!has_statistics) continue;
    double const added = is_held ? 0 : profiled[k] - held[k];
    impacts.by_bin_statistics.push_back(added < 0 ? 0 : std::sqrt(added));
  }
}

}  // namespace

std::vector<std::int64_t> parameters_of_group(Parameters const& parameters, Group const& group)
{
  std::vector<std::int64_t> found;
  for (auto const systematic : group.members) found.push_back(parameters.n_strengths + systematic);
  return found;
}

void require_own_tensor(Parameters const& parameters, TemplateTensor const& tensor,
                        char const* what)
{
  KOVAR_REQUIRE(
      parameters.size() == parameters.n_strengths + tensor.n_systematics(),
      what << ": the tensor has " << tensor.n_systematics() << " systematics and the likelihood "
           << parameters.size() - parameters.n_strengths
           << " (groups are those of its tensor); give the tensor that the likelihood was "
              "made of");
}

template <class ExecSpace, class AnyCovariance>
Impacts traditional_impacts(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                            TemplateTensor const& tensor, AnyCovariance const& covariance)
{
  Region const region("kovar::fit::traditional_impacts");
  auto const& parameters = likelihood.parameters();
  dist::agree(likelihood.communicator(), [&] {
    require_matrix(covariance, "traditional impacts");
    require_own_tensor(parameters, tensor, "traditional impacts");
    require_bin_response(likelihood, "traditional impacts");
  });
  Impacts found;
  found.rows = parameters_of_interest(parameters, tensor);
  auto const all_variances = variances(space, covariance);
  for (auto const row : found.rows) {
    auto const shared = covariance_row(space, covariance, row);
    found.total.push_back(std::sqrt(all_variances[static_cast<std::size_t>(row)]));
    for (std::size_t j = 0; j < shared.size(); ++j)
      found.by_parameter.push_back(all_variances[j] > 0 ? shared[j] / std::sqrt(all_variances[j])
                                                        : 0);
  }
  auto const n_groups = tensor.groups.size();
  found.by_group.assign(found.rows.size() * n_groups, 0);
  std::vector<std::size_t> moving;  // rows of interest that are not frozen
  for (std::size_t i = 0; i < found.rows.size(); ++i)
    if (!free_places({found.rows[i]}, covariance.free).empty()) moving.push_back(i);
  auto const interest = free_places(found.rows, covariance.free);
  for (std::size_t g = 0; g < n_groups; ++g) {
    auto const members =
        free_places(parameters_of_group(parameters, tensor.groups[g]), covariance.free);
    auto const impacts = group_impacts(space, covariance, members, interest);
    for (std::size_t k = 0; k < moving.size(); ++k)
      found.by_group[moving[k] * n_groups + g] = impacts[k];
  }
  add_statistics(space, likelihood, covariance, found);
  return found;
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                         \
  template Impacts traditional_impacts(ExecSpace const&, Likelihood<ExecSpace>&,             \
                                       TemplateTensor const&, Covariance<ExecSpace> const&); \
  template Impacts traditional_impacts(ExecSpace const&, Likelihood<ExecSpace>&,             \
                                       TemplateTensor const&, SharedCovariance const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
