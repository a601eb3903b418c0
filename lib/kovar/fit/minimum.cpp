// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/fit/fit_objective.hpp>
#include <kovar/fit/frozen_parameters.hpp>
#include <kovar/fit/minimum.hpp>
#include <kovar/fit/minimum_checkpoint.hpp>
#include <kovar/fit/move_to.hpp>
#include <kovar/fit/parameter_effect.hpp>
#include <kovar/optim/newton_step.hpp>

#include <cmath>
#include <memory>
#include <optional>
#include <sstream>

namespace kovar::fit {

namespace {

// The bins for which the start has no value: data where nothing is expected.
template <class ExecSpace>
std::string impossible_bins(ExecSpace const& space, Likelihood<ExecSpace> const& likelihood)
{
  auto const yields = likelihood.yields(space);
  auto const data = likelihood.data(space);
  std::ostringstream list;
  int n = 0;
  constexpr int n_named = 5;
  for (std::size_t bin = 0; bin < data.size(); ++bin) {
    // A yield that overflows is no such bin: it is expected too much.
    if (data[bin] == 0 || !(yields[bin] <= 0)) continue;
    if (n < n_named)
      list << (n == 0 ? "" : ", ") << bin << " (" << data[bin] << " events, " << yields[bin]
           << " expected)";
    ++n;
  }
  if (n > n_named) list << " and " << n - n_named << " more";
  return list.str();
}

template <class ExecSpace>
void refuse_impossible_bins(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                            std::vector<double> const& start)
{
  move_to(space, likelihood, start);
  auto const bins = impossible_bins(space, likelihood);
  KOVAR_REQUIRE(bins.empty(), "fit: at the start no events are expected in bins that have some: "
                                  << bins
                                  << "; add a background, mask these bins or start elsewhere");
}

/// A search with all that it works on.
template <class ExecSpace>
class Search {
 public:
  Search(ExecSpace const& space, Likelihood<ExecSpace>& likelihood, MinimumOptions const& options,
         std::vector<double> const& x, std::vector<std::int64_t> const& free,
         Preconditioner<ExecSpace>& preconditioner)
      : space_(space),
        likelihood_(likelihood),
        options_(options),
        preconditioner_(preconditioner),
        objective_(space, likelihood, x, free, preconditioner),
        gradient_(Kokkos::view_alloc(space, "kovar::fit::gradient"), free.size())
  {
    std::vector<double> start;
    for (auto const i : free) start.push_back(x[static_cast<std::size_t>(i)]);
    x_ = to_space(space, start, "kovar::fit::x");
  }

  optim::TrustRegionResult run()
  {
    std::optional<KeptSearch> earlier;
    if (options_.checkpoint != nullptr)
      earlier = read_search(*options_.checkpoint, options_.checkpoint_name, x_.extent(0));
    if (earlier) x_ = to_space(space_, earlier->x, "kovar::fit::x");
    if (earlier && earlier->has_ended) return ended(*earlier);
    auto const result = takes_one_step()
                            ? optim::take_newton_step<ExecSpace>(space_, objective_, x_, gradient_)
                            : walk(earlier);
    if (options_.checkpoint != nullptr && is_end(result.status)) keep(state_of(result), &result);
    return result;
  }

  std::vector<double> x() const { return to_list(space_, x_); }

 private:
  bool takes_one_step() const
  {
    return options_.steps == NewtonSteps::one ||
           (options_.steps == NewtonSteps::as_needed && likelihood_.is_quadratic());
  }

  // Others may go further in another run.
  static bool is_end(optim::TrustRegionStatus status)
  {
    return status == optim::TrustRegionStatus::converged ||
           status == optim::TrustRegionStatus::no_progress ||
           status == optim::TrustRegionStatus::indefinite;
  }

  static optim::TrustRegionState state_of(optim::TrustRegionResult const& result)
  {
    optim::TrustRegionState state;
    state.n_iterations = result.n_iterations;
    state.n_values = result.n_values;
    state.n_products = result.n_products;
    return state;
  }

  static optim::TrustRegionResult ended(KeptSearch const& search)
  {
    optim::TrustRegionResult result;
    result.status = search.status;
    result.distance = search.distance;
    result.n_iterations = search.state.n_iterations;
    result.n_values = search.state.n_values;
    result.n_products = search.state.n_products;
    return result;
  }

  optim::TrustRegionResult walk(std::optional<KeptSearch> const& earlier)
  {
    auto options = options_.trust_region;
    if (earlier) {
      options.start_from = earlier->state;
      preconditioner_.resume(earlier->preconditioner);
    }
    if (options_.checkpoint != nullptr) {
      options.n_to_keep = options_.n_iterations_to_checkpoint;
      options.keep = [this](optim::TrustRegionState const& state) { keep(state, nullptr); };
    }
    return optim::minimize_trust_region(space_, objective_, x_, gradient_, options);
  }

  void keep(optim::TrustRegionState const& state, optim::TrustRegionResult const* result)
  {
    KeptSearch search{x(), state, preconditioner_.kept()};
    if (result != nullptr) {
      search.has_ended = true;
      search.status = result->status;
      search.distance = result->distance;
    }
    keep_search(*options_.checkpoint, options_.checkpoint_name, search);
  }

  ExecSpace space_;
  Likelihood<ExecSpace>& likelihood_;
  MinimumOptions const& options_;
  Preconditioner<ExecSpace>& preconditioner_;
  FitObjective<ExecSpace> objective_;
  Vector<double, ExecSpace> x_;
  Vector<double, ExecSpace> gradient_;
};

// Anew, with nothing carried, and with the gradient of all parameters.
template <class ExecSpace>
void evaluate(ExecSpace const& space, Likelihood<ExecSpace>& likelihood, Minimum& found)
{
  Vector<double, ExecSpace> const gradient(Kokkos::view_alloc(space, "kovar::fit::all_gradient"),
                                           found.x.size());
  likelihood.value_and_gradient(space, to_space(space, found.x, "kovar::fit::x"), gradient);
  found.gradient = to_list(space, gradient);
  found.loss = likelihood.reduced();
  found.search.value = found.loss.total();
}

}  // namespace

template <class ExecSpace>
Minimum find_minimum(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                     MinimumOptions const& options, Preconditioner<ExecSpace>* own)
{
  Region const region("kovar::fit::find_minimum");
  auto const& parameters = likelihood.parameters();
  KOVAR_REQUIRE(options.n_iterations_to_checkpoint > 0,
                "find_minimum: " << options.n_iterations_to_checkpoint
                                 << " iterations to a checkpoint (one at least lies between two)");
  Minimum found;
  found.x = options.start.empty() ? parameters.start : options.start;
  KOVAR_REQUIRE(static_cast<std::int64_t>(found.x.size()) == parameters.size(),
                "find_minimum: the start has " << found.x.size() << " numbers for "
                                               << parameters.size() << " parameters");
  for (std::size_t i = 0; i < found.x.size(); ++i)
    KOVAR_REQUIRE(std::isfinite(found.x[i]), "find_minimum: the start of '"
                                                 << parameters.names[i] << "' is " << found.x[i]
                                                 << " (finite numbers are needed)");
  found.free = free_parameters(parameters.names, options.frozen);
  require_effects(parameters, likelihood.without_effect(), found.free);
  std::unique_ptr<Preconditioner<ExecSpace>> made;
  if (own == nullptr)
    made = make_preconditioner(space, likelihood, found.free, options.preconditioner);
  auto& preconditioner = own == nullptr ? *made : *own;
  Search<ExecSpace> search(space, likelihood, options, found.x, found.free, preconditioner);
  found.search = search.run();
  found.preconditioner = preconditioner.report();
  if (found.search.status == optim::TrustRegionStatus::start_failed)
    refuse_impossible_bins(space, likelihood, found.x);
  auto const moved = search.x();
  for (std::size_t k = 0; k < moved.size(); ++k)
    found.x[static_cast<std::size_t>(found.free[k])] = moved[k];
  evaluate(space, likelihood, found);
  return found;
}

template <class ExecSpace>
Minimum minimum_at(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                   std::vector<double> const& x, std::vector<std::string> const& frozen)
{
  Minimum found;
  found.search.status = optim::TrustRegionStatus::converged;
  found.x = x;
  found.free = free_parameters(likelihood.parameters().names, frozen);
  evaluate(space, likelihood, found);
  return found;
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                             \
  template Minimum find_minimum(ExecSpace const&, Likelihood<ExecSpace>&, MinimumOptions const&, \
                                Preconditioner<ExecSpace>*);                                     \
  template Minimum minimum_at(ExecSpace const&, Likelihood<ExecSpace>&,                          \
                              std::vector<double> const&, std::vector<std::string> const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
