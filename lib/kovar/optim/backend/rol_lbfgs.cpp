// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/optim/backend/lbfgs_run.hpp>
#include <kovar/optim/wolfe_search.hpp>

#include <ROL_Objective.hpp>
#include <ROL_PQNObjective.hpp>
#include <ROL_TypeB_LinMoreAlgorithm.hpp>
#include <ROL_TypeU_LineSearchAlgorithm.hpp>
#include <ROL_lBFGS.hpp>
#include <Teuchos_oblackholestream.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <exception>
#include <utility>

// ROL gives the loop, the memory of BFGS and, with bounds, the minimizer of the quadratic model. Its own
// line searches look at the sufficient decrease only, or bisect; ours fulfils the strong Wolfe conditions.

namespace kovar::optim::backend {
namespace {

/// ROL has no way to say that a line search failed.
class LineSearchFailed : public std::exception {};

/// A vector of ROL. Sums are taken in a fixed order, in as many parts as registers have lanes.
class HostVector : public ROL::Vector<double> {
 public:
  explicit HostVector(std::vector<double> values) : values_(std::move(values)) {}

  std::vector<double>& values() { return values_; }
  std::vector<double> const& values() const { return values_; }

  void plus(ROL::Vector<double> const& x) override;
  void scale(double alpha) override
  {
    for (double& value : values_) value *= alpha;
  }
  double dot(ROL::Vector<double> const& x) const override;
  double apply(ROL::Vector<double> const& x) const override { return dot(x); }
  double norm() const override { return std::sqrt(dot(*this)); }
  ROL::Ptr<ROL::Vector<double>> clone() const override
  {
    return ROL::makePtr<HostVector>(std::vector<double>(values_.size()));
  }
  void axpy(double alpha, ROL::Vector<double> const& x) override;
  void zero() override { std::fill(values_.begin(), values_.end(), 0.0); }
  int dimension() const override { return static_cast<int>(values_.size()); }
  void set(ROL::Vector<double> const& x) override;

 private:
  std::vector<double> values_;
};

std::vector<double> const& values_of(ROL::Vector<double> const& x)
{
  return static_cast<HostVector const&>(x).values();
}

std::vector<double>& values_of(ROL::Vector<double>& x)
{
  return static_cast<HostVector&>(x).values();
}

void HostVector::plus(ROL::Vector<double> const& x)
{
  auto const& other = values_of(x);
  for (std::size_t i = 0; i < values_.size(); ++i) values_[i] += other[i];
}

void HostVector::axpy(double alpha, ROL::Vector<double> const& x)
{
  auto const& other = values_of(x);
  for (std::size_t i = 0; i < values_.size(); ++i) values_[i] += alpha * other[i];
}

void HostVector::set(ROL::Vector<double> const& x) { values_ = values_of(x); }

double HostVector::dot(ROL::Vector<double> const& x) const
{
  auto const& other = values_of(x);
  constexpr std::size_t width = 8;
  std::array<double, width> sums{};
  std::size_t i = 0;
  for (; i + width <= values_.size(); i += width)
    for (std::size_t lane = 0; lane < width; ++lane)
      sums[lane] += values_[i + lane] * other[i + lane];
  for (std::size_t lane = 0; i < values_.size(); ++i, ++lane) sums[lane] += values_[i] * other[i];
  double sum = 0;
  for (double const part : sums) sum += part;
  return sum;
}

/// Bounds as ROL asks for them, in one call per vector.
class Bounds : public ROL::BoundConstraint<double> {
 public:
  explicit Bounds(Box const& box) : box_(box) {}

  void project(ROL::Vector<double>& x) override { box_.project(values_of(x)); }
  void projectInterior(ROL::Vector<double>& x) override { project(x); }
  void pruneUpperActive(ROL::Vector<double>& v, ROL::Vector<double> const& x, double eps) override
  {
    prune(v, [&, &at = values_of(x)](std::size_t i) { return at[i] >= box_.upper[i] - eps; });
  }
  void pruneLowerActive(ROL::Vector<double>& v, ROL::Vector<double> const& x, double eps) override
  {
    prune(v, [&, &at = values_of(x)](std::size_t i) { return at[i] <= box_.lower[i] + eps; });
  }
  void pruneUpperActive(ROL::Vector<double>& v, ROL::Vector<double> const& g,
                        ROL::Vector<double> const& x, double xeps, double geps) override
  {
    prune(v, [&, &at = values_of(x), &slope = values_of(g)](std::size_t i) {
      return at[i] >= box_.upper[i] - xeps && slope[i] < -geps;
    });
  }
  void pruneLowerActive(ROL::Vector<double>& v, ROL::Vector<double> const& g,
                        ROL::Vector<double> const& x, double xeps, double geps) override
  {
    prune(v, [&, &at = values_of(x), &slope = values_of(g)](std::size_t i) {
      return at[i] <= box_.lower[i] + xeps && slope[i] > geps;
    });
  }
  bool isFeasible(ROL::Vector<double> const& x) override
  {
    auto projected = values_of(x);
    box_.project(projected);
    return projected == values_of(x);
  }

 private:
  template <class IsActive>
  void prune(ROL::Vector<double>& v, IsActive const& is_active) const
  {
    auto& values = values_of(v);
    for (std::size_t i = 0; i < values.size(); ++i)
      if (is_active(i)) values[i] = 0;
  }

  Box const& box_;
};

/// The objective as ROL asks for it. Points are moved into the box: sums of points and steps leave it
/// by roundings.
class RolObjective : public ROL::Objective<double> {
 public:
  RolObjective(Evaluations& evaluations, Box const& box) : evaluations_(evaluations), box_(box) {}

  Evaluation const& at(ROL::Vector<double> const& x)
  {
    point_ = values_of(x);
    box_.project(point_);
    return evaluations_.at(point_);
  }
  double value(ROL::Vector<double> const& x, double& /*tolerance*/) override { return at(x).value; }
  void gradient(ROL::Vector<double>& g, ROL::Vector<double> const& x,
                double& /*tolerance*/) override
  {
    values_of(g) = at(x).gradient;
  }

 private:
  Evaluations& evaluations_;
  Box const& box_;
  std::vector<double> point_;
};

/// The memory of BFGS, whose product with a vector costs 4 memory vector operations. ROL's computes the
/// vectors a and b of B = B0 + sum b b^T - sum a a^T anew in each product, memory^2 operations.
class Memory : public ROL::lBFGS<double> {
 public:
  using ROL::lBFGS<double>::lBFGS;

  bool is_empty() const { return get_state()->current < 0; }

  /// Of B0, a multiple of the identity.
  double scale() const
  {
    auto const& state = *get_state();
    if (is_empty()) return 1;
    auto const last = static_cast<std::size_t>(state.current);
    return state.gradDiff[last]->dot(*state.gradDiff[last]) / state.product[last];
  }

  void updateStorage(ROL::Vector<double> const& x, ROL::Vector<double> const& gradient,
                     ROL::Vector<double> const& old_gradient, ROL::Vector<double> const& step,
                     double step_norm, int iteration) override
  {
    ROL::lBFGS<double>::updateStorage(x, gradient, old_gradient, step, step_norm, iteration);
    is_current_ = false;
  }

  void applyB(ROL::Vector<double>& product, ROL::Vector<double> const& v) const override
  {
    if (!is_current_) unroll();
    product.set(v);
    product.scale(scale());
    for (std::size_t i = 0; i < b_.size(); ++i) {
      product.axpy(b_[i]->dot(v), *b_[i]);
      product.axpy(-a_[i]->dot(v), *a_[i]);
    }
  }

 private:
  void unroll() const
  {
    auto const& state = *get_state();
    a_.clear();
    b_.clear();
    for (int k = 0; k <= state.current; ++k) {
      auto const i = static_cast<std::size_t>(k);
      auto const& step = *state.iterDiff[i];
      auto a = step.clone();
      a->set(step);
      a->scale(scale());
      for (std::size_t j = 0; j < b_.size(); ++j) {
        a->axpy(b_[j]->dot(step), *b_[j]);
        a->axpy(-a_[j]->dot(step), *a_[j]);
      }
      a->scale(1 / std::sqrt(a->dot(step)));
      auto b = step.clone();
      b->set(*state.gradDiff[i]);
      b->scale(1 / std::sqrt(state.product[i]));
      a_.push_back(a);
      b_.push_back(b);
    }
    is_current_ = true;
  }

  mutable std::vector<ROL::Ptr<ROL::Vector<double>>> a_;
  mutable std::vector<ROL::Ptr<ROL::Vector<double>>> b_;
  mutable bool is_current_ = false;
};

/// With bounds: from x to the minimizer of the quadratic model within them, by the method of Lin and More
/// with a trust region that holds all of the box.
class BoxDirection : public ROL::DescentDirection_U<double> {
 public:
  BoxDirection(ROL::Ptr<Memory> memory, Box const& box)
      : memory_(std::move(memory)), box_(box), bounds_(box)
  {
    auto& region = list_.sublist("Step").sublist("Trust Region");
    region.set("Initial Radius", 1e100);
    auto& krylov = list_.sublist("General").sublist("Krylov");
    krylov.set("Iteration Limit", 40);
    krylov.set("Absolute Tolerance", 1e100);  // the relative one counts
    krylov.set("Relative Tolerance", 1e-2);
    list_.sublist("Status Test").set("Iteration Limit", 3);
    list_.sublist("Status Test").set("Use Relative Tolerances", true);
    list_.sublist("Status Test").set("Gradient Tolerance", 1e-2);
  }

  void compute(ROL::Vector<double>& step, double& norm, double& slope, int& iterations, int& flag,
               ROL::Vector<double> const& x, ROL::Vector<double> const& gradient,
               ROL::Objective<double>& /*objective*/) override
  {
    iterations = flag = 0;
    slope = 0;
    if (!memory_->is_empty()) {
      set_model_step(step, x, gradient);
      slope = step.apply(gradient);
    }
    if (!(slope < 0)) {  // the first iteration, or roundings
      step.set(x);
      step.axpy(-1, gradient);
      box_.project(values_of(step));
      step.axpy(-1, x);
      slope = step.apply(gradient);
    }
    norm = step.norm();
  }

  void update(ROL::Vector<double> const& x, ROL::Vector<double> const& step,
              ROL::Vector<double> const& old_gradient, ROL::Vector<double> const& gradient,
              double step_norm, int iteration) override
  {
    memory_->updateStorage(x, gradient, old_gradient, step, step_norm, iteration + 1);
  }

 private:
  void set_model_step(ROL::Vector<double>& step, ROL::Vector<double> const& x,
                      ROL::Vector<double> const& gradient)
  {
    ROL::PQNObjective<double> model(memory_, x, gradient);
    list_.sublist("Step")
        .sublist("Trust Region")
        .sublist("Lin-More")
        .sublist("Cauchy Point")
        .set("Initial Step Size", 1 / memory_->scale());
    ROL::TypeB::LinMoreAlgorithm<double> solver(list_);
    Teuchos::oblackholestream nowhere;
    step.set(x);
    solver.run(step, gradient, model, bounds_, nowhere);
    step.axpy(-1, x);
  }

  ROL::Ptr<Memory> memory_;
  Box const& box_;
  Bounds bounds_;
  ROL::ParameterList list_;
};

/// Our line search in ROL's loop.
class WolfeLineSearch : public ROL::LineSearch_U<double> {
 public:
  WolfeLineSearch(ROL::ParameterList& list, RolObjective& objective, Box const& box,
                  LbfgsOptions const& options)
      : ROL::LineSearch_U<double>(list), objective_(objective), box_(box), options_(options)
  {
  }

  void run(double& step, double& value, int& n_values, int& n_gradients, double const& slope,
           ROL::Vector<double> const& direction, ROL::Vector<double> const& x,
           ROL::Objective<double>& /*objective*/) override
  {
    auto const trial = x.clone();
    auto const at = [&](double length) -> LinePoint {
      trial->set(direction);
      trial->scale(length);  // as ROL's loop makes its next point, to the bit
      trial->plus(x);
      Evaluation const& here = objective_.at(*trial);
      if (std::isinf(here.value)) return {length, here.value, 0};
      return {length, here.value, HostVector(here.gradient).dot(direction)};
    };
    WolfeOptions options;
    options.max_evaluations = options_.max_line_search_steps;
    double const longest = box_.longest_step(values_of(x), values_of(direction));
    if (std::isfinite(longest)) options.max_step = std::max(1.0, longest);
    // Nothing is known of the curvature at first: the step has at most length 1.
    double const first = is_first_ ? std::min(1.0, 1 / direction.norm()) : 1.0;
    LinePoint const found = wolfe_search(at, {0, value, slope}, first, options);
    if (!(found.step > 0)) throw LineSearchFailed();
    is_first_ = false;
    step = found.step;
    value = found.value;
    n_values = n_gradients = 0;  // Evaluations counts
  }

 private:
  RolObjective& objective_;
  Box const& box_;
  LbfgsOptions const& options_;
  bool is_first_ = true;
};

/// Asked by ROL's loop before each iteration.
class IterationEnd : public ROL::StatusTest<double> {
 public:
  IterationEnd(RolObjective& objective, Evaluations const& evaluations, LbfgsProgress& progress,
               Box const& box, ROL::Vector<double>& x)
      : objective_(objective), evaluations_(evaluations), progress_(progress), box_(box), x_(x)
  {
  }

  bool check(ROL::AlgorithmState<double>& state) override
  {
    if (state.iter == 0) return true;  // the start has arrived already
    box_.project(values_of(x_));
    progress_.arrive(objective_.at(x_), evaluations_.n_evaluations());
    return !progress_.status();
  }

 private:
  RolObjective& objective_;
  Evaluations const& evaluations_;
  LbfgsProgress& progress_;
  Box const& box_;
  ROL::Vector<double>& x_;
};

}  // namespace

void require_lbfgs() {}

std::vector<double> run_lbfgs(Evaluations& evaluations, Box const& box, LbfgsOptions const& options,
                              LbfgsProgress& progress, std::vector<double> const& start)
{
  HostVector x(start);
  RolObjective objective(evaluations, box);
  auto const memory = ROL::makePtr<Memory>(options.memory);
  ROL::ParameterList list;
  ROL::Ptr<ROL::DescentDirection_U<double>> direction;
  if (box.is_unbounded())
    direction = ROL::makePtr<ROL::QuasiNewton_U<double>>(list, memory);
  else
    direction = ROL::makePtr<BoxDirection>(memory, box);
  auto const search = ROL::makePtr<WolfeLineSearch>(list, objective, box, options);
  ROL::TypeU::LineSearchAlgorithm<double> loop(list, direction, search);
  loop.setStatusTest(ROL::makePtr<IterationEnd>(objective, evaluations, progress, box, x), false);
  Teuchos::oblackholestream nowhere;
  try {
    loop.run(x, x, objective, nowhere);
  } catch (LineSearchFailed const&) {
    // x is where the search began
  }
  return x.values();
}

}  // namespace kovar::optim::backend
