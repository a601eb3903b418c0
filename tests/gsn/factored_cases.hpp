// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_GSN_FACTORED_CASES_HPP
#define KOVAR_TESTS_GSN_FACTORED_CASES_HPP

#include "gsn/responses.hpp"
#include "support/views.hpp"

#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/estimate_factored.hpp>
#include <kovar/gsn/factored_matrix.hpp>

#include <cstdint>
#include <numeric>
#include <vector>

/// \file
/// Factored matrices and responses for tests, rows spread over ranks.

namespace kovar::test {

/// This rank's rows.
inline HostMatrix local_rows(dist::Communicator const& comm, HostMatrix const& all)
{
  dist::Blocks const blocks{all.n_rows, comm.size()};
  HostMatrix mine(blocks.size(comm.rank()), all.n_cols);
  for (std::int64_t j = 0; j < all.n_cols; ++j)
    for (std::int64_t i = 0; i < mine.n_rows; ++i)
      mine(i, j) = all(blocks.begin(comm.rank()) + i, j);
  return mine;
}

/// Diag(d) + F Diag(w) F^T in full.
inline HostMatrix dense_of(std::vector<double> const& d, HostMatrix const& f,
                           std::vector<double> const& w)
{
  HostMatrix weighted = f;
  for (std::int64_t k = 0; k < f.n_cols; ++k)
    for (std::int64_t i = 0; i < f.n_rows; ++i) weighted(i, k) *= w[static_cast<std::size_t>(k)];
  HostMatrix a = product(weighted, transposed(f));
  for (std::int64_t i = 0; i < f.n_rows; ++i) a(i, i) += d[static_cast<std::size_t>(i)];
  return a;
}

/// The same in factored form, this rank's rows.
template <class ExecSpace>
gsn::FactoredMatrix<ExecSpace> factored_of(dist::Communicator const& comm,
                                           std::vector<double> const& d, HostMatrix const& f,
                                           std::vector<double> const& w)
{
  HostMatrix column(f.n_rows, 1);
  column.values = d;
  gsn::FactoredMatrix<ExecSpace> a;
  a.n_units = f.n_rows;
  auto const diagonal = to_space<double, ExecSpace>(local_rows(comm, column));
  a.diagonal = Kokkos::subview(diagonal, Kokkos::ALL, 0);
  a.factor = to_space<double, ExecSpace>(local_rows(comm, f));
  a.weights = w;
  return a;
}

/// All entries, on all ranks.
template <class ExecSpace>
HostMatrix whole(dist::Communicator const& comm, gsn::FactoredMatrix<ExecSpace> const& a)
{
  std::vector<std::int64_t> units(static_cast<std::size_t>(a.n_units));
  std::iota(units.begin(), units.end(), std::int64_t{0});
  return to_host(gsn::dense_block(ExecSpace(), comm, a, units, units));
}

/// The units of this rank in the memory of ExecSpace.
template <class Scalar, class ExecSpace>
Kokkos::View<Scalar***, Kokkos::LayoutRight, ExecSpace> local_units(dist::Communicator const& comm,
                                                                    Responses const& all)
{
  dist::Blocks const blocks{all.n_units, comm.size()};
  std::int64_t const first = blocks.begin(comm.rank());
  Kokkos::View<Scalar***, Kokkos::LayoutRight, ExecSpace> const local(
      "test::responses", blocks.size(comm.rank()), all.n_conditions, all.n_trials);
  auto const host = Kokkos::create_mirror_view(local);
  for (std::int64_t i = 0; i < blocks.size(comm.rank()); ++i)
    for (std::int64_t c = 0; c < all.n_conditions; ++c)
      for (std::int64_t t = 0; t < all.n_trials; ++t)
        host(i, c, t) = static_cast<Scalar>(all(first + i, c, t));
  Kokkos::deep_copy(local, host);
  return local;
}

/// Estimate in factored form on all ranks of comm.
template <class Scalar, class ExecSpace>
gsn::FactoredEstimate<ExecSpace> factored_on(dist::Communicator const& comm, Responses const& all,
                                             gsn::Options const& options = {})
{
  auto const local = local_units<Scalar, ExecSpace>(comm, all);
  return gsn::estimate_factored<Scalar, ExecSpace>(
      ExecSpace(), comm, ConstCube<Scalar, ExecSpace>(local), all.n_units, options);
}

}  // namespace kovar::test

#endif
