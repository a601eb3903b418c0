// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/normal_draws.hpp>
#include <kovar/core/not_a_number.hpp>
#include <kovar/core/region.hpp>
#include <kovar/gp/fit.hpp>
#include <kovar/gp/fit_journal.hpp>
#include <kovar/optim/box.hpp>
#include <kovar/optim/lbfgs.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace kovar::gp {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The raw numbers that move, among all of a model's.
class FreeNumbers {
 public:
  explicit FreeNumbers(Model const& model) : raw_(raw_values_of(model))
  {
    Model copy = model;
    std::size_t k = 0;
    for (NamedParameter const& named : parameters_of(copy))
      for (std::size_t i = 0; i < named.parameter->value.size(); ++i, ++k) {
        if (named.parameter->is_fixed) continue;
        Constraint const& constraint = named.parameter->constraint;
        KOVAR_REQUIRE(std::isfinite(raw_[k]),
                      "fit: parameter '" << named.name << "' starts at "
                                         << named.parameter->value[i]
                                         << ", the edge of its constraint " << constraint.text()
                                         << " (no step leads from there); start inside, or fix it");
        places_.push_back(k);
        priors_.push_back({constraint, named.parameter->prior});
        box_.lower.push_back(constraint.has_transform() ? -infinity : constraint.lower());
        box_.upper.push_back(constraint.has_transform() ? infinity : constraint.upper());
      }
  }

  std::size_t size() const { return places_.size(); }
  optim::Box const& box() const { return box_; }

  std::vector<double> start() const { return gather(raw_); }
  std::vector<double> gather(std::vector<double> const& all) const
  {
    std::vector<double> free;
    for (std::size_t const k : places_) free.push_back(all[k]);
    return free;
  }
  std::vector<double> all(std::vector<double> const& free) const
  {
    std::vector<double> raw = raw_;
    for (std::size_t i = 0; i < places_.size(); ++i) raw[places_[i]] = free[i];
    return raw;
  }
  /// Give a model the values of raw numbers; those that do not move keep theirs, to the last bit.
  static void put(std::vector<double> const& raw, Model& model)
  {
    std::size_t k = 0;
    for (NamedParameter const& named : parameters_of(model))
      for (double& value : named.parameter->value) {
        if (!named.parameter->is_fixed) value = named.parameter->constraint.value(raw[k]);
        ++k;
      }
  }
  /// A start: 0 is the model's own.
  std::vector<double> drawn(std::int64_t start, FitOptions const& options) const
  {
    std::vector<double> free = this->start();
    NormalDraws normal(options.seed, static_cast<std::uint32_t>(start));
    for (std::size_t i = 0; i < free.size() && start > 0; ++i) {
      free[i] += options.perturbation * normal.next();
      if (options.restarts == Restarts::perturbed || !priors_[i].prior) continue;
      double const value = priors_[i].prior->sample(normal);
      double const raw = priors_[i].constraint.raw(value);
      if (priors_[i].constraint.admits(value) && std::isfinite(raw)) free[i] = raw;
    }
    box_.project(free);
    return free;
  }

 private:
  std::vector<double> raw_;
  struct Belief {
    Constraint constraint;
    std::optional<Prior> prior;
  };
  std::vector<std::size_t> places_;
  std::vector<Belief> priors_;
  optim::Box box_;
};

/// Thrown through an optimiser that has no other way to end.
struct StopHere {};

/// Evaluates the points of one start: from the journal as far as it goes, then by itself.
class StartObjective {
 public:
  StartObjective(FitObjective const& objective, Model const& model, FreeNumbers const& free,
                 FitJournal& journal, std::int64_t start)
      : objective_(objective),
        model_(model),
        free_(free),
        journal_(journal),
        start_(start),
        n_known_(static_cast<std::int64_t>(journal.entries(start).size()))
  {
  }

  double operator()(std::vector<double> const& point, std::vector<double>& gradient)
  {
    auto const evaluation = static_cast<std::int64_t>(trace_.size());
    bool const is_known = evaluation < n_known_;
    JournalEntry const entry =
        is_known ? journal_.entries(start_)[static_cast<std::size_t>(evaluation)] : evaluate(point);
    bool const failed = !std::isfinite(entry.value.loss);
    double const norm = failed ? not_a_number<double>()
                               : free_.box().projected_gradient_norm(point, entry.gradient);
    trace_.push_back({start_, evaluation, entry.value, norm, free_.all(point)});
    if (!is_known) {
      journal_.round(start_, &entry, &trace_.back());
      if (!journal_.stopped_by().empty()) throw StopHere();
    }
    if (!failed) gradient = entry.gradient;
    return entry.value.loss;
  }

  std::vector<FitStep>& trace() { return trace_; }

 private:
  JournalEntry evaluate(std::vector<double> const& point)
  {
    std::vector<double> const raw = free_.all(point);
    FreeNumbers::put(raw, model_);
    std::vector<double> by_values;
    JournalEntry entry = {{infinity, 0}, std::vector<double>(free_.size(), 0.0)};
    // A number far out may overflow a transform: no model, hence no likelihood.
    for (double const value : values_of(model_))
      if (!std::isfinite(value)) return entry;
    entry.value = objective_(model_, by_values);
    if (!std::isfinite(entry.value.loss)) return entry;
    auto const gradient = free_.gather(raw_gradient(model_, raw, by_values));
    // A derivative may overflow where the likelihood does not: no way leads on from there.
    bool const is_finite = std::all_of(gradient.begin(), gradient.end(),
                                       [](double derivative) { return std::isfinite(derivative); });
    if (is_finite)
      entry.gradient = gradient;
    else
      entry.value.loss = infinity;
    return entry;
  }

  FitObjective const& objective_;
  Model model_;
  FreeNumbers const& free_;
  FitJournal& journal_;
  std::int64_t start_;
  std::int64_t n_known_;
  std::vector<FitStep> trace_;
};

FitEnd run_adam(StartObjective& objective, FreeNumbers const& free, std::vector<double> point,
                FitOptions const& options)
{
  optim::Adam adam(options.adam, point.size());
  std::optional<optim::MovingAverageStop> stop;
  if (options.moving_average) stop.emplace(*options.moving_average);
  std::vector<double> gradient(point.size());
  for (std::int64_t step = 0; step <= options.n_steps; ++step) {
    double const loss = objective(point, gradient);
    if (!std::isfinite(loss)) return step == 0 ? FitEnd::failed : FitEnd::no_progress;
    auto const verdict = stop ? stop->update(loss) : optim::MovingAverageVerdict::go_on;
    if (verdict == optim::MovingAverageVerdict::converged) return FitEnd::converged;
    if (verdict == optim::MovingAverageVerdict::step_limit) return FitEnd::step_limit;
    if (step == options.n_steps) break;
    adam.step(point, gradient);
    free.box().project(point);
  }
  return FitEnd::step_limit;
}

FitEnd run_lbfgs(StartObjective& objective, FreeNumbers const& free,
                 std::vector<double> const& point, FitOptions const& options)
{
  optim::LbfgsOptions lbfgs;
  lbfgs.value_tolerance = options.value_tolerance;
  lbfgs.gradient_tolerance = options.gradient_tolerance;
  lbfgs.max_iterations = static_cast<int>(
      std::min<std::int64_t>(options.max_iterations, std::numeric_limits<int>::max()));
  optim::Box const& box = free.box();
  bool const is_bounded =
      std::any_of(box.lower.begin(), box.lower.end(), [](double b) { return std::isfinite(b); }) ||
      std::any_of(box.upper.begin(), box.upper.end(), [](double b) { return std::isfinite(b); });
  if (is_bounded) {
    lbfgs.lower = box.lower;
    lbfgs.upper = box.upper;
  }
  auto const result =
      optim::minimize_lbfgs([&](std::vector<double> const& x,
                                std::vector<double>& gradient) { return objective(x, gradient); },
                            point, lbfgs);
  switch (result.status) {
    case optim::LbfgsStatus::converged_gradient:
    case optim::LbfgsStatus::converged_value:
      return FitEnd::converged;
    case optim::LbfgsStatus::iteration_limit:
      return FitEnd::step_limit;
    case optim::LbfgsStatus::line_search_failed:
      return FitEnd::no_progress;
    case optim::LbfgsStatus::stopped:
      return FitEnd::stopped;
    case optim::LbfgsStatus::start_failed:
      break;
  }
  return FitEnd::failed;
}

FitStart run_start(StartObjective& objective, FreeNumbers const& free, std::int64_t start,
                   FitOptions const& options)
{
  FitStart result;
  std::vector<double> const point = free.drawn(start, options);
  try {
    result.end = options.optimizer == Optimizer::adam ? run_adam(objective, free, point, options)
                                                      : run_lbfgs(objective, free, point, options);
  } catch (StopHere const&) {
    result.end = FitEnd::stopped;
  }
  return result;
}

/// What follows from a trace.
void summarize(std::vector<FitStep> trace, FitStart& start)
{
  start.trace = std::move(trace);
  start.loss = infinity;
  start.n_failures = 0;
  start.n_evaluations = static_cast<std::int64_t>(start.trace.size());
  for (FitStep const& step : start.trace) {
    start.loss = std::min(start.loss, step.value.loss);
    if (!std::isfinite(step.value.loss)) ++start.n_failures;
  }
}

/// The lowest point of a trace.
std::vector<double> const& best_raw(FitStart const& start)
{
  auto const best = std::min_element(
      start.trace.begin(), start.trace.end(),
      [](FitStep const& a, FitStep const& b) { return a.value.loss < b.value.loss; });
  return best->raw;
}

/// A start from the rank that ran it to all others.
void share(dist::Communicator const& comm, FitStart& start, int owner, std::size_t n_raw)
{
  double head[2] = {static_cast<double>(start.end), static_cast<double>(start.trace.size())};
  comm.broadcast(head, 2, owner);
  std::size_t const width = n_raw + 3;
  auto const n = static_cast<std::size_t>(head[1]);
  std::vector<double> numbers(n * width);
  for (std::size_t k = 0; k < start.trace.size(); ++k) {
    FitStep const& step = start.trace[k];
    double* const to = &numbers[k * width];
    to[0] = step.value.loss;
    to[1] = step.value.jitter;
    to[2] = step.gradient_norm;
    std::copy(step.raw.begin(), step.raw.end(), to + 3);
  }
  comm.broadcast(numbers.data(), static_cast<std::int64_t>(numbers.size()), owner);
  std::vector<FitStep> trace;
  for (std::size_t k = 0; k < n; ++k) {
    double const* const from = &numbers[k * width];
    trace.push_back(
        {0, static_cast<std::int64_t>(k), {from[0], from[1]}, from[2], {from + 3, from + width}});
  }
  start.end = static_cast<FitEnd>(static_cast<int>(head[0]));
  summarize(std::move(trace), start);
}

void require_options(FitOptions const& options)
{
  KOVAR_REQUIRE(options.n_steps >= 0 && options.n_restarts >= 0 && options.max_iterations >= 0,
                "fit: " << options.n_steps << " steps, " << options.n_restarts << " restarts, "
                        << options.max_iterations << " iterations (none may be negative)");
  KOVAR_REQUIRE(options.perturbation >= 0 && std::isfinite(options.perturbation),
                "fit: a perturbation of " << options.perturbation << " (it is not negative)");
}

}  // namespace

char const* text_of(FitEnd end)
{
  switch (end) {
    case FitEnd::converged:
      return "converged";
    case FitEnd::step_limit:
      return "all steps done";
    case FitEnd::no_progress:
      return "no lower loss found";
    case FitEnd::failed:
      return "no likelihood at the start";
    case FitEnd::stopped:
      break;
  }
  return "stopped";
}

FitResult fit(dist::Communicator const& comm, FitObjective const& objective, Model const& start,
              FitOptions const& options)
{
  Region const region("kovar::gp::fit");
  std::optional<FreeNumbers> numbers;
  dist::agree(comm, [&] {
    require_options(options);
    numbers.emplace(start);
  });
  FreeNumbers const& free = *numbers;
  std::size_t const n_raw = static_cast<std::size_t>(n_values(start));
  std::int64_t const n_starts = 1 + options.n_restarts;
  FitJournal journal(comm, options, n_starts, static_cast<std::int64_t>(free.size()),
                     static_cast<std::int64_t>(n_raw));
  FitResult result{start, std::vector<FitStart>(static_cast<std::size_t>(n_starts)), 0, {}};

  for (std::int64_t first = 0; first < n_starts; first += comm.size()) {
    std::int64_t const mine = first + comm.rank();
    dist::Failure failure;
    journal.begin();
    if (mine < n_starts) {
      StartObjective evaluate(objective, start, free, journal, mine);
      FitStart& own = result.starts[static_cast<std::size_t>(mine)];
      try {
        own = run_start(evaluate, free, mine, options);
      } catch (Error const& e) {
        if (e.on_all_ranks()) throw;  // every rank got it in the same round
        bool const is_input = dynamic_cast<InputError const*>(&e) != nullptr;
        failure = {is_input ? dist::Failure::Kind::input : dist::Failure::Kind::backend, e.what()};
      } catch (std::exception const& e) {
        failure = {dist::Failure::Kind::backend, e.what()};
      }
      summarize(std::move(evaluate.trace()), own);
    }
    while (!journal.ends()) journal.round(mine, nullptr, nullptr);
    dist::throw_together(comm, failure);
    for (int r = 0; r < comm.size() && first + r < n_starts; ++r)
      share(comm, result.starts[static_cast<std::size_t>(first + r)], r, n_raw);
    if (!journal.stopped_by().empty()) {
      for (std::int64_t s = first + comm.size(); s < n_starts; ++s)
        result.starts[static_cast<std::size_t>(s)].end = FitEnd::stopped;  // before it began
      break;
    }
  }

  result.stopped_by = journal.stopped_by();
  for (std::size_t s = 0; s < result.starts.size(); ++s) {
    for (FitStep& step : result.starts[s].trace) step.start = static_cast<std::int64_t>(s);
    if (result.starts[s].loss < result.best().loss) result.best_start = s;
  }
  if (std::isfinite(result.best().loss)) FreeNumbers::put(best_raw(result.best()), result.model);
  return result;
}

}  // namespace kovar::gp
