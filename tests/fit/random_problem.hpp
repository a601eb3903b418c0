// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_FIT_RANDOM_PROBLEM_HPP
#define KOVAR_TESTS_FIT_RANDOM_PROBLEM_HPP

#include "random_tensor.hpp"

#include <kovar/core/host_list.hpp>
#include <kovar/fit/likelihood.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

/// \file
/// Likelihoods of random tensors, of every kind that there is, and points and directions for them.

namespace kovar::test {

/// A random problem of one kind.
struct RandomProblem {
  std::string name;
  fit::TemplateTensor tensor;
  fit::LikelihoodOptions options;
};

/// What the data term and the constraint of bins may be together.
struct BinKind {
  fit::DataTerm term;
  fit::BinConstraint constraint;
  fit::BinStatisticsMode mode;
};

inline std::vector<BinKind> kinds()
{
  std::vector<BinKind> found;
  for (auto const term : {fit::DataTerm::poisson, fit::DataTerm::chi_square})
    for (auto const mode : {fit::BinStatisticsMode::lite, fit::BinStatisticsMode::full})
      for (auto const constraint :
           {fit::BinConstraint::none, fit::BinConstraint::gamma,
            fit::BinConstraint::normal_multiplicative, fit::BinConstraint::normal_additive})
        found.push_back({term, constraint, mode});
  for (auto const constraint : {fit::BinConstraint::none, fit::BinConstraint::normal_additive})
    found.push_back({fit::DataTerm::covariance, constraint, fit::BinStatisticsMode::lite});
  return found;
}

inline std::vector<RandomProblem> problems()
{
  std::vector<RandomProblem> found;
  unsigned seed = 0;
  for (auto const& kind : kinds())
    for (auto const type : {fit::SystematicType::log_normal, fit::SystematicType::additive})
      for (bool const is_symmetric : {true, false}) {
        RandomShape shape;
        shape.seed = ++seed;
        shape.type = type;
        shape.is_symmetric = is_symmetric;
        RandomProblem p;
        p.tensor = random_tensor(shape);
        p.options.data_term = kind.term;
        p.options.bin_statistics.constraint = kind.constraint;
        p.options.bin_statistics.mode = kind.mode;
        p.options.bin_statistics.min_kstat = seed % 3 == 0 ? 2 : 0;
        p.options.parameters.signal_range =
            seed % 2 == 0 ? fit::SignalRange::any : fit::SignalRange::not_negative;
        if (seed % 2 == 0)
          p.options.parameters.signal_priors["process1"] = fit::StrengthPrior{0.8, 0.5};
        std::ostringstream name;
        name << "seed " << seed << ", term " << static_cast<int>(kind.term) << ", constraint "
             << static_cast<int>(kind.constraint) << ", mode " << static_cast<int>(kind.mode)
             << (type == fit::SystematicType::additive ? ", additive" : ", log-normal")
             << (is_symmetric ? ", symmetric" : ", asymmetric");
        p.name = name.str();
        found.push_back(std::move(p));
      }
  return found;
}

/// Centres of bins' constraints, some at the lower end of counts; not of bins that are taken as exact, where
/// data would stand against nothing.
inline std::vector<double> random_centers(RandomProblem const& p, std::int64_t n,
                                          RandomNumbers& numbers)
{
  std::vector<double> found;
  bool const has_zeros = p.options.bin_statistics.constraint == fit::BinConstraint::gamma &&
                         p.options.bin_statistics.min_kstat == 0;
  bool const is_additive =
      p.options.bin_statistics.constraint == fit::BinConstraint::normal_additive;
  for (std::int64_t i = 0; i < n; ++i) {
    double const shift = 0.3 * numbers.normal();
    double const center = is_additive ? shift : std::fabs(1 + shift);
    found.push_back(has_zeros && numbers.chance(0.15) ? 0 : center);
  }
  return found;
}

template <class ExecSpace>
fit::Likelihood<ExecSpace> likelihood_of(ExecSpace const& space, dist::Communicator const& comm,
                                         RandomProblem const& p)
{
  fit::Likelihood<ExecSpace> likelihood(space, comm, p.tensor, p.options);
  RandomNumbers numbers(99);
  likelihood.set_beta_centers(space, random_centers(p, likelihood.n_betas(), numbers));
  return likelihood;
}

/// A start shifted: near, and with pulls of several standard deviations where yields stay above 0.
inline std::vector<double> random_point(RandomProblem const& p, fit::Parameters const& parameters,
                                        bool is_far, RandomNumbers& numbers)
{
  bool const is_additive = p.tensor.type == fit::SystematicType::additive;
  double const scale = !is_far ? 0.4 : is_additive ? 1.2 : 4;
  auto x = parameters.start;
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] += static_cast<std::int64_t>(i) < parameters.n_strengths ? 0.1 * numbers.normal()
                                                                  : scale * numbers.normal();
  return x;
}

inline double largest(std::vector<double> const& a)
{
  double found = 0;
  for (double const x : a) found = std::max(found, std::fabs(x));
  return found;
}

/// Value and gradient at a point, as lists.
struct Evaluation {
  double value;
  std::vector<double> gradient;
};

template <class ExecSpace>
Evaluation evaluate(ExecSpace const& space, fit::Likelihood<ExecSpace>& likelihood,
                    std::vector<double> const& x)
{
  Vector<double, ExecSpace> const gradient("test::gradient", x.size());
  double const value =
      likelihood.value_and_gradient(space, kovar::to_space(space, x, "test::x"), gradient);
  return {value, to_list(space, gradient)};
}

template <class ExecSpace>
std::vector<double> product_of(ExecSpace const& space, fit::Likelihood<ExecSpace>& likelihood,
                               std::vector<double> const& u,
                               fit::HessianForm form = fit::HessianForm::exact)
{
  Vector<double, ExecSpace> const product("test::product", u.size());
  likelihood.hessian_product(space, kovar::to_space(space, u, "test::u"), product, form);
  return to_list(space, product);
}

}  // namespace kovar::test

#endif
