// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/dist/cholesky.hpp>
#include <kovar/dist/entries.hpp>
#include <kovar/dist/fill.hpp>
#include <kovar/dist/pearson.hpp>
#include <kovar/dist/psd_projection.hpp>
#include <kovar/dist/rank_lists.hpp>
#include <kovar/gsn/active_units.hpp>
#include <kovar/gsn/biconvex_passes.hpp>
#include <kovar/gsn/covariances_over_ranks.hpp>

#include <algorithm>
#include <cmath>
#include <string>

namespace kovar::gsn {
namespace {

using dist::BlockCyclicMatrix;
using dist::Host;
using dist::OwnedEntry;

template <class Scalar>
BlockCyclicMatrix<Scalar> matrix_like(Host const& space, char const* label,
                                      BlockCyclicMatrix<Scalar> const& a)
{
  return BlockCyclicMatrix<Scalar>(space, label, a.grid(), a.n_rows(), a.n_columns(), a.block());
}

/// Units whose rows and columns are zeros do not make a matrix singular: where it is factored or projected they
/// have a variance of the size of the others'.
struct ConstantUnits {
  Vector<int, Host> is_constant;  ///< N; of extent 0 if none is
  double stand_in = 1;

  ConstantUnits(Host const& space, std::vector<double> const& variance)
  {
    std::vector<int> flags;
    for (double const v : variance) flags.push_back(v > 0 ? 0 : 1);
    if (std::count(flags.begin(), flags.end(), 1) == 0) return;
    is_constant = to_space(space, flags, "kovar::gsn::constant_units");
    double const largest = *std::max_element(variance.begin(), variance.end());
    if (largest > 0) stand_in = largest;
  }
  bool any() const { return is_constant.extent(0) > 0; }
};

/// Diagonal entries of constant units := the stand-in.
template <class Scalar>
void put_stand_in(Host const& space, ConstantUnits const& units, BlockCyclicMatrix<Scalar> const& a)
{
  if (!units.any()) return;
  auto const local = a.local();
  auto const is_constant = units.is_constant;
  auto const stand_in = static_cast<Scalar>(units.stand_in);
  dist::for_lower_entries(
      space, "kovar::gsn::put_stand_in", a, KOKKOS_LAMBDA(OwnedEntry const& e) {
        if (e.row == e.column && is_constant(e.row) == 1) local(e.i, e.j) = stand_in;
      });
}

/// Rows and columns of constant units := zeros.
template <class Scalar>
void clear_constant(Host const& space, ConstantUnits const& units,
                    BlockCyclicMatrix<Scalar> const& a)
{
  if (!units.any()) return;
  auto const local = a.local();
  auto const is_constant = units.is_constant;
  dist::for_lower_entries(
      space, "kovar::gsn::clear_constant", a, KOKKOS_LAMBDA(OwnedEntry const& e) {
        if (is_constant(e.row) == 1 || is_constant(e.column) == 1) local(e.i, e.j) = 0;
      });
}

/// What run_biconvex_loop() works on. Raw matrices are kept; each pass makes new ones.
template <class Scalar>
struct CovariancesOverRanks {
  using View = BlockCyclicMatrix<Scalar>;
  Host const& space;
  View raw_signal;
  View raw_noise;
  EntryShare<Scalar, Host> share;
  LoopFormulas<Scalar> formulas;
  ConstantUnits constant;
  View signal;  ///< cSb
  View noise;   ///< cNb
  LoopRestart<Scalar> restart;
  Projection last_of_noise = Projection::unchanged;

  Projection of_noise() const { return last_of_noise; }
  bool signal_is_definite();
  void begin() {}
  bool renew_signal(int pass);
  bool renew_noise(int pass, bool looks);
  Projection project(View const& a) const;
  bool is_settled(View const& before, View const& after) const;
};

template <class Scalar>
bool CovariancesOverRanks<Scalar>::signal_is_definite()
{
  auto const work = matrix_like(space, "kovar::gsn::projection_work", raw_signal);
  Kokkos::deep_copy(space, work.local(), raw_signal.local());
  put_stand_in(space, constant, work);
  return static_cast<bool>(dist::cholesky(space, work));
}

template <class Scalar>
Projection CovariancesOverRanks<Scalar>::project(View const& a) const
{
  put_stand_in(space, constant, a);
  std::int64_t const n_clipped = dist::project_psd(space, a);
  clear_constant(space, constant, a);
  return n_clipped > 0 ? Projection::clipped : Projection::unchanged;
}

template <class Scalar>
bool CovariancesOverRanks<Scalar>::is_settled(View const& before, View const& after) const
{
  if (before.n_rows() > 1)
    return dist::symmetric_pearson(space, before, after) > converged_correlation;
  double const change =
      dist::diagonal_list(space, before).at(0) - dist::diagonal_list(space, after).at(0);
  return std::fabs(change) <= converged_change * dist::diagonal_list(space, raw_noise).at(0);
}

/// `to` := cD - share cNb, lower triangle.
template <class Scalar>
void signal_step(CovariancesOverRanks<Scalar> const& all, BlockCyclicMatrix<Scalar> const& to)
{
  auto const local = to.local();
  auto const raw_signal = all.raw_signal.local();
  auto const raw_noise = all.raw_noise.local();
  auto const noise = all.noise.local();
  auto const share = all.share;
  auto const formulas = all.formulas;
  dist::for_lower_entries(
      all.space, "kovar::gsn::signal_step_over_ranks", to, KOKKOS_LAMBDA(OwnedEntry const& e) {
        local(e.i, e.j) = formulas.signal(raw_signal(e.i, e.j), share(e.i, e.j),
                                          raw_noise(e.i, e.j), noise(e.i, e.j));
      });
}

/// `to` := wN cN + wD (cD - cSb), lower triangle.
template <class Scalar>
void noise_step(CovariancesOverRanks<Scalar> const& all, BlockCyclicMatrix<Scalar> const& to)
{
  auto const local = to.local();
  auto const raw_signal = all.raw_signal.local();
  auto const raw_noise = all.raw_noise.local();
  auto const signal = all.signal.local();
  auto const share = all.share;
  auto const formulas = all.formulas;
  dist::for_lower_entries(
      all.space, "kovar::gsn::noise_step_over_ranks", to, KOKKOS_LAMBDA(OwnedEntry const& e) {
        local(e.i, e.j) = formulas.noise(raw_noise(e.i, e.j), share(e.i, e.j), raw_signal(e.i, e.j),
                                         signal(e.i, e.j));
      });
}

template <class Scalar>
bool CovariancesOverRanks<Scalar>::renew_signal(int pass)
{
  if (pass > restart.start.n_passes && restart.leave) restart.leave({signal, noise, pass});
  auto const next = matrix_like(space, "kovar::gsn::signal_covariance_psd", raw_signal);
  signal_step(*this, next);
  project(next);
  bool const settled = is_settled(signal, next);
  signal = next;
  return settled;
}

template <class Scalar>
bool CovariancesOverRanks<Scalar>::renew_noise(int /*pass*/, bool looks)
{
  auto const next = matrix_like(space, "kovar::gsn::noise_covariance_psd", raw_noise);
  noise_step(*this, next);
  last_of_noise = project(next);
  bool const settled = looks && is_settled(noise, next);
  noise = next;
  return settled;
}

}  // namespace

template <class Scalar>
void add_products_over_ranks(Host const& space, Matrix<double, Host> const& x,
                             std::vector<double> const& variance, double scale,
                             BlockCyclicMatrix<Scalar> const& c)
{
  Region const region("kovar::gsn::add_products_over_ranks");
  dist::Communicator const& comm = c.grid().comm();
  std::int64_t const n = x.extent(0);
  auto const counts = dist::counts_of_ranks(comm, static_cast<std::int64_t>(x.extent(1)));
  auto const rows = c.owned_rows();
  auto const columns = c.owned_columns();
  for (int rank = 0; rank < comm.size(); ++rank) {
    std::int64_t const count = counts[static_cast<std::size_t>(rank)];
    if (count == 0) continue;
    Matrix<double, Host> panel = x;
    dist::agree(comm, [&] {
      if (rank != comm.rank())
        panel = allocate<Matrix<double, Host>>(space, "kovar::gsn::columns_of_a_rank", n, count);
    });
    space.fence();  // MPI reads or writes the columns on the host
    comm.broadcast(panel.data(), n * count, rank);
    dist::agree(comm, [&] {
      dist::fill_by_products(
          space, static_cast<Scalar>(scale), active_rows<Scalar>(space, panel, rows, variance),
          active_rows<Scalar>(space, panel, columns, variance), Scalar(1), c, dist::Part::lower);
    });
    space.fence();  // the columns go away
  }
}

template <class Scalar>
BlockCyclicMatrix<Scalar> covariance_over_ranks(Host const& space, dist::ProcessGrid const& grid,
                                                Matrix<double, Host> const& x,
                                                std::vector<double> const& variance, double scale)
{
  Region const region("kovar::gsn::covariance_over_ranks");
  std::int64_t const n = x.extent(0);
  BlockCyclicMatrix<Scalar> const c(space, "kovar::gsn::covariance", grid, n, n,
                                    dist::square_blocks(grid, n));
  Kokkos::deep_copy(space, c.local(), Scalar(0));
  add_products_over_ranks(space, x, variance, scale, c);
  return c;
}

template <class Scalar>
void clear_constant_units(Host const& space, std::vector<double> const& variance,
                          BlockCyclicMatrix<Scalar> const& a)
{
  clear_constant(space, ConstantUnits(space, variance), a);
}

template <class Scalar>
void shrink_over_ranks(Host const& space, BlockCyclicMatrix<Scalar> const& noise,
                       BlockCyclicMatrix<Scalar> const& data, double noise_level, double data_level,
                       NoiseShareOverRanks<Scalar> const& noise_share)
{
  auto const noise_factor = static_cast<Scalar>(noise_level);
  auto const data_factor = static_cast<Scalar>(data_level);
  auto const share = share_per_entry(noise_share);
  auto const noise_local = noise.local();
  auto const data_local = data.local();
  dist::for_lower_entries(
      space, "kovar::gsn::shrink_over_ranks", noise, KOKKOS_LAMBDA(OwnedEntry const& e) {
        bool const on_diagonal = e.row == e.column;
        Scalar const of_noise = (on_diagonal ? Scalar(1) : noise_factor) * noise_local(e.i, e.j);
        Scalar const of_data = (on_diagonal ? Scalar(1) : data_factor) * data_local(e.i, e.j);
        noise_local(e.i, e.j) = of_noise;
        data_local(e.i, e.j) = of_data - of_noise * share(e.i, e.j);
      });
}

template <class Scalar>
BiconvexResultOverRanks<Scalar> biconvex_loop_over_ranks(
    Host const& space, BlockCyclicMatrix<Scalar> const& signal,
    BlockCyclicMatrix<Scalar> const& noise, NoiseShareOverRanks<Scalar> const& noise_share,
    BiconvexWeights const& weights, std::vector<double> const& variance,
    LoopRestart<Scalar> const& restart)
{
  Region const region("kovar::gsn::biconvex_loop_over_ranks");
  bool const is_even = !noise_share.is_entrywise() && is_even_loop(weights, noise_share.constant);
  int const first_pass = restart.start.n_passes;
  CovariancesOverRanks<Scalar> covariances = {space,
                                              signal,
                                              noise,
                                              share_per_entry(noise_share),
                                              LoopFormulas<Scalar>(weights, is_even),
                                              ConstantUnits(space, variance),
                                              first_pass > 0 ? restart.start.signal : signal,
                                              first_pass > 0 ? restart.start.noise : noise,
                                              restart};
  LoopEnd const end = run_biconvex_loop(covariances, is_even, first_pass);
  space.fence();  // the results are complete
  return {covariances.signal, covariances.noise, end.n_iterations, end.converged};
}

#define KOVAR_GSN_OVER_RANKS(Scalar)                                                              \
  template void add_products_over_ranks(Host const&, Matrix<double, Host> const&,                 \
                                        std::vector<double> const&, double,                       \
                                        BlockCyclicMatrix<Scalar> const&);                        \
  template BlockCyclicMatrix<Scalar> covariance_over_ranks(Host const&, dist::ProcessGrid const&, \
                                                           Matrix<double, Host> const&,           \
                                                           std::vector<double> const&, double);   \
  template void shrink_over_ranks(Host const&, BlockCyclicMatrix<Scalar> const&,                  \
                                  BlockCyclicMatrix<Scalar> const&, double, double,               \
                                  NoiseShareOverRanks<Scalar> const&);                            \
  template void clear_constant_units(Host const&, std::vector<double> const&,                     \
                                     BlockCyclicMatrix<Scalar> const&);                           \
  template BiconvexResultOverRanks<Scalar> biconvex_loop_over_ranks(                              \
      Host const&, BlockCyclicMatrix<Scalar> const&, BlockCyclicMatrix<Scalar> const&,            \
      NoiseShareOverRanks<Scalar> const&, BiconvexWeights const&, std::vector<double> const&,     \
      LoopRestart<Scalar> const&);
KOVAR_GSN_OVER_RANKS(double)
KOVAR_GSN_OVER_RANKS(float)
#undef KOVAR_GSN_OVER_RANKS

}  // namespace kovar::gsn
