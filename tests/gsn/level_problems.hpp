// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_GSN_LEVEL_PROBLEMS_HPP
#define KOVAR_TESTS_GSN_LEVEL_PROBLEMS_HPP

#include "support/views.hpp"

#include <kovar/gsn/shrinkage_scoring.hpp>

#include <cmath>
#include <cstdint>

/// \file
/// Made-up training and validation columns of a choice of levels, spread over ranks.

namespace kovar::gsn {

struct Problem {
  test::HostMatrix training;    // N x k
  test::HostMatrix validation;  // N x m
  std::int64_t n_points = 0;
  std::int64_t largest_rank = 0;
};

/// Correlated columns on very different scales.
inline Problem random_problem(std::int64_t n, std::int64_t k, std::int64_t m)
{
  Problem problem = {test::random_matrix(n, k, 1), test::random_matrix(n, m, 2), m + 2, k};
  for (auto* x : {&problem.training, &problem.validation})
    for (std::int64_t j = 0; j < x->n_cols; ++j) {
      for (std::int64_t i = 1; i < n; ++i) (*x)(i, j) += 0.8 * (*x)(i - 1, j);
      for (std::int64_t i = 0; i < n; ++i)
        (*x)(i, j) *= std::pow(10.0, static_cast<double>(i % 5) - 2);
    }
  return problem;
}

template <class ExecSpace>
LevelProblem<ExecSpace> spread(dist::Communicator const& comm, Problem const& problem)
{
  auto const block = [&](test::HostMatrix const& x) {
    dist::Blocks const blocks{x.n_cols, comm.size()};
    test::HostMatrix mine(x.n_rows, blocks.size(comm.rank()));
    for (std::int64_t j = 0; j < mine.n_cols; ++j)
      for (std::int64_t i = 0; i < x.n_rows; ++i) mine(i, j) = x(i, blocks.begin(comm.rank()) + j);
    return test::to_space<double, ExecSpace>(mine);
  };
  LevelProblem<ExecSpace> result;
  result.training = block(problem.training);
  result.scale = 1 / static_cast<double>(problem.training.n_cols);
  result.n_training_columns = problem.training.n_cols;
  result.largest_rank = problem.largest_rank;
  result.validation = block(problem.validation);
  result.n_points = problem.n_points;
  result.largest_response = Vector<double, ExecSpace>("test::largest", problem.training.n_rows);
  Kokkos::deep_copy(result.largest_response, 1.0);
  return result;
}

}  // namespace kovar::gsn

#endif
