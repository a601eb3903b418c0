// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_SPLIT_RELIABILITY_HPP
#define KOVAR_GSN_SPLIT_RELIABILITY_HPP

#include <kovar/core/host_list.hpp>
#include <kovar/core/views.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/rsa.hpp>
#include <kovar/gsn/trial_splits.hpp>
#include <kovar/linalg/product.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <vector>

/// \file
/// How much the RDMs of disjoint sets of trials agree.

namespace kovar::gsn {

/// Responses of all ranks, in double, as columns: trial t of condition c is column c T + t. Collective.
template <class Scalar, class ExecSpace>
Matrix<double, ExecSpace> gather_responses(ExecSpace const& space, dist::Communicator const& comm,
                                           ConstCube<Scalar, ExecSpace> const& responses)
{
  std::int64_t const n = responses.extent(0);
  std::int64_t const c = responses.extent(1);
  std::int64_t const t = responses.extent(2);
  auto const local =
      allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::response_columns", n, c * t);
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  if (local.size() > 0)
    Kokkos::parallel_for(
        "kovar::gsn::response_columns", Policy(space, {0, 0}, {n, c * t}),
        KOKKOS_LAMBDA(std::int64_t i, std::int64_t k) {
          local(i, k) = static_cast<double>(responses(i, k / t, k % t));
        });
  return dist::gather_columns(space, comm, local);
}

/// Mean responses over a set of trials, N x C.
/// \param responses  N x C T, as gather_responses() orders them
/// \param centered   take the mean over units out of each condition
template <class ExecSpace>
Matrix<double, ExecSpace> mean_patterns(ExecSpace const& space,
                                        Matrix<double, ExecSpace> const& responses,
                                        std::int64_t n_trials,
                                        std::vector<std::int64_t> const& trials, bool centered)
{
  std::int64_t const n_units = responses.extent(0);
  std::int64_t const n_conditions = static_cast<std::int64_t>(responses.extent(1)) / n_trials;
  auto const size = static_cast<std::int64_t>(trials.size());
  auto const trial = to_space(space, trials, "kovar::gsn::trials");
  auto const patterns = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::mean_patterns",
                                                            n_units, n_conditions);
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  if (patterns.size() > 0)
    Kokkos::parallel_for(
        "kovar::gsn::mean_patterns",
        Policy(space, lapack_int(n_conditions, "mean_patterns"), Kokkos::AUTO),
        KOKKOS_LAMBDA(Team const& team) {
          std::int64_t const c = team.league_rank();
          Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n_units), [&](std::int64_t i) {
            double sum = 0;
            for (std::int64_t k = 0; k < size; ++k) sum += responses(i, c * n_trials + trial(k));
            patterns(i, c) = sum / static_cast<double>(size);
          });
          if (!centered) return;
          team.team_barrier();
          double const reference = patterns(0, c);  // the mean of equal numbers comes out exactly
          double const sum = team_sum<ExecSpace>(
              team, 0, n_units, [&](std::int64_t i) { return patterns(i, c) - reference; });
          double const mean = reference + sum / static_cast<double>(n_units);
          team.team_barrier();
          Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n_units),
                               [&](std::int64_t i) { patterns(i, c) -= mean; });
        });
  return patterns;
}

/// Inner products as a matrix has them.
template <class ExecSpace>
struct StoredProducts {
  Matrix<double, ExecSpace> products;  ///< K x K, lower triangle
  KOKKOS_INLINE_FUNCTION double operator()(std::int64_t, std::int64_t i, std::int64_t j) const
  {
    return products(i, j);
  }
};

/// Similarity of the RDMs of both parts of each split. Ranks share the splits; the numbers are the same
/// bits on any number of them. Collective.
/// \param responses  all of them, on every rank: N x C T, as gather_responses() orders them
/// \throws on all ranks together what a function of the caller throws on one
/// Cost per split of 2 s trials: 2 N C s + 2 N C^2 flops.
template <class ExecSpace>
std::vector<double> split_reliabilities(ExecSpace const& space, dist::Communicator const& comm,
                                        Matrix<double, ExecSpace> const& responses,
                                        std::int64_t n_trials,
                                        std::vector<TrialSplit> const& splits,
                                        RsaFunctions<ExecSpace> const& functions)
{
  std::int64_t const n_conditions = static_cast<std::int64_t>(responses.extent(1)) / n_trials;
  auto const n_splits = static_cast<std::int64_t>(splits.size());
  std::vector<double> similarity(splits.size(), 0.0);
  using View = Matrix<double, ExecSpace>;
  dist::Blocks const blocks{n_splits, comm.size()};
  dist::agree(comm, [&] {
    View rdms[2];
    for (View& rdm : rdms)
      rdm = allocate<View>(space, "kovar::gsn::split_rdm", rdm_size(n_conditions), 1);
    auto const products =
        allocate<View>(space, "kovar::gsn::pattern_products", n_conditions, n_conditions);
    for (std::int64_t k = blocks.begin(comm.rank()); k < blocks.end(comm.rank()); ++k) {
      TrialSplit const& split = splits[static_cast<std::size_t>(k)];
      for (int part = 0; part < 2; ++part) {
        auto const patterns = mean_patterns(space, responses, n_trials,
                                            part == 0 ? split.first : split.second, !functions.rdm);
        if (functions.rdm) {
          functions.rdm(space, patterns, Kokkos::subview(rdms[part], Kokkos::ALL, 0));
          continue;
        }
        linalg::syrk(space, linalg::Op::transpose, 1.0, patterns, 0.0, products);
        correlation_distances(space, 1, n_conditions, StoredProducts<ExecSpace>{products},
                              rdms[part]);
      }
      compare_rdms(space, functions, rdms[0], rdms[1], &similarity[static_cast<std::size_t>(k)]);
    }
  });
  // Each number stands on one rank and is zero on the others: the sum is exact.
  comm.sum_to_all(similarity.data(), n_splits);
  return similarity;
}

}  // namespace kovar::gsn

#endif
