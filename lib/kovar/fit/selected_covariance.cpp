// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/fit/fit_objective.hpp>
#include <kovar/fit/selected_covariance.hpp>

#include <cmath>
#include <limits>
#include <memory>

namespace kovar::fit {

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t frozen = -1;

/// Solves with the Hessian of the parameters that move.
template <class ExecSpace>
class HessianSolver {
 public:
  HessianSolver(ExecSpace const& space, Likelihood<ExecSpace>& likelihood, Minimum const& at,
                SelectedCovarianceOptions const& options, SelectedCovariance& found)
      : space_(space),
        options_(options),
        found_(found),
        preconditioner_(make_preconditioner(space, likelihood, at.free, options.preconditioner)),
        objective_(space, likelihood, at.x, at.free, *preconditioner_),
        solution_(Kokkos::view_alloc(space, "kovar::fit::solution"), at.free.size())
  {
    objective_.stand_here(space);
  }

  /// H^-1 b; unknown where the solve does not succeed.
  std::vector<double> solve(std::vector<double> const& b, std::string const& what)
  {
    auto const result = optim::solve_by_conjugate_gradients<ExecSpace>(
        space_, objective_, to_space(space_, b, "kovar::fit::right_hand_side"), solution_,
        options_.solve);
    found_.n_products += result.n_products;
    if (result.status == optim::LinearSolveStatus::solved) return to_list(space_, solution_);
    if (found_.status == optim::LinearSolveStatus::solved) {
      found_.status = result.status;
      found_.failed = what;
    }
    return std::vector<double>(b.size(), unknown);
  }

 private:
  ExecSpace space_;
  SelectedCovarianceOptions const& options_;
  SelectedCovariance& found_;
  std::unique_ptr<Preconditioner<ExecSpace>> preconditioner_;
  FitObjective<ExecSpace> objective_;
  Vector<double, ExecSpace> solution_;
};

void require_parameters(std::vector<std::int64_t> const& parameters, std::int64_t n)
{
  for (auto const i : parameters)
    KOVAR_REQUIRE(i >= 0 && i < n, "selected_covariance: parameter "
                                       << i << " is asked for and there are " << n
                                       << "; count from 0");
}

}  // namespace

template <class ExecSpace>
SelectedCovariance selected_covariance(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                                       Minimum const& at,
                                       std::vector<std::int64_t> const& parameters,
                                       SelectedCovarianceOptions const& options)
{
  Region const region("kovar::fit::selected_covariance");
  auto const n = at.x.size();
  require_parameters(parameters, static_cast<std::int64_t>(n));
  SelectedCovariance found;
  found.parameters = parameters;
  found.variances.assign(n, 0.0);
  std::vector<std::int64_t> place(n, frozen);
  std::vector<double> gradient;
  for (std::size_t k = 0; k < at.free.size(); ++k) {
    auto const i = static_cast<std::size_t>(at.free[k]);
    place[i] = static_cast<std::int64_t>(k);
    found.variances[i] = unknown;
    gradient.push_back(at.gradient[i]);
  }
  HessianSolver<ExecSpace> solver(space, likelihood, at, options, found);
  auto const step = solver.solve(gradient, "the distance to the minimum");
  for (std::size_t k = 0; k < step.size(); ++k) found.distance += gradient[k] * step[k] / 2;

  for (auto const parameter : parameters) {
    auto const i = static_cast<std::size_t>(parameter);
    std::vector<double> row(n, 0.0);
    if (place[i] != frozen) {
      std::vector<double> unit(at.free.size(), 0.0);
      unit[static_cast<std::size_t>(place[i])] = 1;
      auto const column = solver.solve(unit, likelihood.parameters().names[i]);
      for (std::size_t k = 0; k < column.size(); ++k)
        row[static_cast<std::size_t>(at.free[k])] = column[k];
    }
    found.variances[i] = row[i];
    found.rows.push_back(std::move(row));
  }
  return found;
}

void require_none_without_hessian(std::vector<std::string> const& wanted)
{
  std::string list;
  for (auto const& name : wanted) list += (list.empty() ? "" : ", ") + name;
  KOVAR_REQUIRE(wanted.empty(), "fit without the Hessian: "
                                    << list << (wanted.size() == 1 ? " needs" : " need")
                                    << " the covariance of all parameters (only rows of the "
                                       "parameters of interest are made); leave "
                                    << (wanted.size() == 1 ? "it" : "them")
                                    << " out, or fit with the Hessian");
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                              \
  template SelectedCovariance selected_covariance(                                                \
      ExecSpace const&, Likelihood<ExecSpace>&, Minimum const&, std::vector<std::int64_t> const&, \
      SelectedCovarianceOptions const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
