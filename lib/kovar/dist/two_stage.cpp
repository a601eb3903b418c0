// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/dist/band_reduction.hpp>
#include <kovar/dist/redistribute.hpp>
#include <kovar/dist/two_stage.hpp>
#include <kovar/linalg/chase_reflectors.hpp>

#include <memory>
#include <utility>

namespace kovar::dist {
namespace {

template <class Scalar>
ChaseReflectors<Scalar> make_reflectors(Host const& space, BlockCyclicMatrix<Scalar> const& a)
{
  Communicator const& comm = a.grid().comm();
  std::unique_ptr<ChaseReflectors<Scalar>> reflectors;
  agree(comm, [&] {
    reflectors = std::make_unique<ChaseReflectors<Scalar>>(space, static_cast<int>(a.n_rows()),
                                                           comm.size(), comm.rank());
  });
  return std::move(*reflectors);
}

/// Whole columns on each rank, as many on all.
template <class Scalar>
BlockCyclicMatrix<Scalar> to_column_blocks(Host const& space, BlockCyclicMatrix<Scalar> const& c)
{
  Communicator const& comm = c.grid().comm();
  ProcessGrid const row = c.grid().n_rows() == 1 ? c.grid() : ProcessGrid(comm, {1, comm.size()});
  std::int64_t const n_each = (c.n_columns() + comm.size() - 1) / comm.size();
  return redistribute(space, c, row, {c.n_rows(), n_each});
}

/// c := Q2 c. \param c  whole columns, each rank its own
template <class Scalar>
void apply_q2(Host const& space, Communicator const& comm, ChaseReflectors<Scalar>& reflectors,
              Matrix<Scalar, Host> const& c)
{
  Region const region("kovar::dist::apply_chase_reflectors");
  auto const n = static_cast<int>(c.extent(0));
  auto const m = static_cast<int>(c.extent(1));
  std::unique_ptr<linalg::SweepBlockMemory<Scalar>> memory;
  agree(comm, [&] { memory = std::make_unique<linalg::SweepBlockMemory<Scalar>>(n, m); });
  for (int block = linalg::count_sweep_blocks(n); block-- > 0;) {
    auto const sweeps = reflectors.collect(comm, block);
    linalg::apply_sweep_block(space, 'N', n, m, sweeps, block, c.data(),
                              static_cast<int>(c.stride(1)), *memory);
    space.fence();  // the next block goes into the same memory
  }
}

}  // namespace

template <class Scalar>
TwoStageForm<Scalar>::TwoStageForm(Host const& space, BlockCyclicMatrix<Scalar> const& a)
    : a_(a), factors_(reduce_to_band(space, a)), reflectors_(make_reflectors(space, a))
{
  auto band = gather_band(space, a);
  t_ = chase_bulges(space, a.grid().comm(), band, reflectors_);
}

template <class Scalar>
void TwoStageForm<Scalar>::apply_q(Host const& space, BlockCyclicMatrix<Scalar> const& c)
{
  if (c.n_rows() == 0 || c.n_columns() == 0) return;
  Region const region("kovar::dist::apply_q");
  auto const columns = to_column_blocks(space, c);
  space.fence();  // the host reads them
  apply_q2(space, c.grid().comm(), reflectors_, columns.local());
  apply_band_reflectors(space, a_, factors_, columns.local());
  copy_block(space, columns, {}, c, {}, {c.n_rows(), c.n_columns()});
}

template class TwoStageForm<double>;
template class TwoStageForm<float>;

}  // namespace kovar::dist
