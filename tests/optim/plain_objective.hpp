// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_OPTIM_PLAIN_OBJECTIVE_HPP
#define KOVAR_TESTS_OPTIM_PLAIN_OBJECTIVE_HPP

#include "support/views.hpp"

#include <kovar/core/host_list.hpp>
#include <kovar/optim/newton_objective.hpp>
#include <kovar/optim/trust_region.hpp>

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

/// \file
/// Objectives for tests of minimizers by Hessian products, as functions of plain lists.

namespace kovar::test {

using List = std::vector<double>;

/// An objective of plain lists on the host.
template <class ExecSpace>
class Plain : public optim::NewtonObjective<ExecSpace> {
 public:
  using Value = std::function<double(List const&, List&)>;
  using Product = std::function<List(List const&, List const&)>;
  using ConstVector = Vector<double const, ExecSpace>;
  using FreeVector = Vector<double, ExecSpace>;

  Plain(std::int64_t n, Value value, Product product)
      : n_(n), value_(std::move(value)), product_(std::move(product))
  {
  }
  std::int64_t size() const override { return n_; }
  double try_point(ExecSpace const& space, ConstVector const& x, FreeVector const& g) override
  {
    tried_ = to_list(space, x);
    List gradient(tried_.size());
    double const value = value_(tried_, gradient);
    put(space, gradient, g);
    return value;
  }
  void accept(ExecSpace const&) override { x_ = tried_; }
  void hessian_product(ExecSpace const& space, ConstVector const& u, FreeVector const& p) override
  {
    last_ = to_list(space, u);
    put(space, product_(x_, last_), p);
  }
  void precondition(ExecSpace const& space, ConstVector const& r, FreeVector const& z) override
  {
    auto list = to_list(space, r);
    for (std::size_t i = 0; i < inverse_diagonal.size(); ++i) list[i] *= inverse_diagonal[i];
    put(space, list, z);
  }
  void forget_step(ExecSpace const&) override { step.assign(static_cast<std::size_t>(n_), 0); }
  void advance(ExecSpace const&, double alpha) override
  {
    for (std::size_t i = 0; i < step.size(); ++i) step[i] += alpha * last_[i];
  }

  List inverse_diagonal;
  List step;

 private:
  static void put(ExecSpace const& space, List const& from, FreeVector const& to)
  {
    Kokkos::deep_copy(space, to, kovar::to_space(space, from, "test::list"));
    space.fence();  // the copy goes away
  }
  std::int64_t n_;
  Value value_;
  Product product_;
  List tried_;
  List x_;
  List last_;
};

/// x^T A x / 2 - b^T x.
template <class ExecSpace>
Plain<ExecSpace> quadratic(HostMatrix const& a, List const& b)
{
  auto const times = [a](List const& u) {
    List p(u.size(), 0.0);
    for (std::int64_t i = 0; i < a.n_rows; ++i)
      for (std::int64_t j = 0; j < a.n_rows; ++j)
        p[static_cast<std::size_t>(i)] += a(i, j) * u[static_cast<std::size_t>(j)];
    return p;
  };
  return {a.n_rows,
          [=](List const& x, List& g) {
            g = times(x);
            double value = 0;
            for (std::size_t i = 0; i < x.size(); ++i) {
              value += x[i] * (g[i] / 2 - b[i]);
              g[i] -= b[i];
            }
            return value;
          },
          [=](List const&, List const& u) { return times(u); }};
}

/// Where a search ended.
struct Found {
  optim::TrustRegionResult result;
  List x;
  List gradient;
};

template <class ExecSpace>
Found minimize(optim::NewtonObjective<ExecSpace>& objective, List const& start,
               optim::TrustRegionOptions const& options = {})
{
  ExecSpace const space;
  auto const x = kovar::to_space(space, start, "test::x");
  Vector<double, ExecSpace> const gradient("test::gradient", start.size());
  auto const result = optim::minimize_trust_region(space, objective, x, gradient, options);
  return {result, to_list(space, x), to_list(space, gradient)};
}

inline optim::TrustRegionOptions by(optim::TrustRegionSolver solver)
{
  optim::TrustRegionOptions options;
  options.solver = solver;
  return options;
}

constexpr optim::TrustRegionSolver solvers[] = {optim::TrustRegionSolver::conjugate_gradients,
                                                optim::TrustRegionSolver::exact};

}  // namespace kovar::test

#endif
