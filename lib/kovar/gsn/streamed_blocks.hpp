// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_STREAMED_BLOCKS_HPP
#define KOVAR_GSN_STREAMED_BLOCKS_HPP

#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/condition_source.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

/// \file
/// The blocks in which ranks read the conditions of a source.

namespace kovar::gsn {

/// Conditions [first, first + count).
struct ConditionBlock {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// Consecutive blocks of [begin, end), of up to `longest` conditions. They end at multiples of n_together
/// where these are not longer: what lies together is then read once.
inline std::vector<ConditionBlock> condition_blocks(std::int64_t begin, std::int64_t end,
                                                    std::int64_t longest, std::int64_t n_together)
{
  std::vector<ConditionBlock> blocks;
  for (std::int64_t at = begin; at < end;) {
    std::int64_t stop = std::min(end, at + longest);
    std::int64_t const rounded = stop - stop % n_together;
    if (stop < end && rounded > at) stop = rounded;
    blocks.push_back({at, stop - at});
    at = stop;
  }
  return blocks;
}

/// Bytes that a block takes for each of its conditions: responses as read, contrasts and means in double, and
/// the centred or weighted copies of these.
inline double bytes_per_condition(std::int64_t n_units, std::int64_t n_trials,
                                  std::size_t scalar_size)
{
  return static_cast<double>(n_units) * static_cast<double>(n_trials) *
         (static_cast<double>(scalar_size) + 3 * sizeof(double));
}

/// Conditions of a block that takes about so many bytes: at least one, and a multiple of n_together where it
/// is longer than these.
inline std::int64_t conditions_of_block(double bytes, std::int64_t n_units,
                                        std::int64_t n_conditions, std::int64_t n_trials,
                                        std::size_t scalar_size, std::int64_t n_together)
{
  double const fitting = bytes / bytes_per_condition(n_units, n_trials, scalar_size);
  if (fitting >= static_cast<double>(n_conditions)) return std::max<std::int64_t>(1, n_conditions);
  auto const count = std::max<std::int64_t>(1, static_cast<std::int64_t>(fitting));
  return count < n_together ? count : count - count % n_together;
}

/// A block where the kernels run: on the host the block itself, else a copy in the layout that it has.
template <class Scalar, class ExecSpace>
class PlacedBlock {
 public:
  using Cube = ConstCube<Scalar, ExecSpace>;

  Cube place(ExecSpace const& space, typename ConditionSource<Scalar>::Block const& block)
  {
    Kokkos::LayoutStride const layout(block.extent(0), block.stride(0), block.extent(1),
                                      block.stride(1), block.extent(2), block.stride(2));
    if constexpr (is_host_space<ExecSpace>) {
      return Cube(block.data(), layout);
    } else {
      if (copy_.extent(0) < block.span())
        copy_ =
            allocate<Vector<Scalar, ExecSpace>>(space, "kovar::gsn::streamed_block", block.span());
      auto const part =
          Kokkos::subview(copy_, std::make_pair(std::size_t(0), std::size_t(block.span())));
      Kokkos::deep_copy(space, part, HostListView<Scalar const>(block.data(), block.span()));
      space.fence();  // the source may read the next block
      return Cube(copy_.data(), layout);
    }
  }

 private:
  Vector<Scalar, ExecSpace> copy_;
};

/// A cube of the source's units and trials without conditions.
template <class Scalar, class ExecSpace>
ConstCube<Scalar, ExecSpace> no_conditions(ConditionSource<Scalar> const& source)
{
  return ConstCube<Scalar, ExecSpace>(
      nullptr, Kokkos::LayoutStride(source.n_units(), 1, 0, 1, source.n_trials(), 1));
}

/// Read the blocks of all ranks, as many steps on each, and call use(responses, block) for every one: on a rank
/// that has no more of them with none. Collective; use communicates, and throws on all ranks or none.
/// \param blocks  of this rank
/// \param check   called with the same before use(); it does not communicate, and may throw on its own
/// \throws what reading or check throws on one rank, on all of them after the step
template <class Scalar, class ExecSpace, class Check, class Use>
void for_blocks(ExecSpace const& space, dist::Communicator const& comm,
                ConditionSource<Scalar>& source, std::vector<ConditionBlock> const& blocks,
                Check const& check, Use const& use)
{
  auto n_steps = static_cast<std::int64_t>(blocks.size());
  comm.max_to_all(&n_steps, 1);
  PlacedBlock<Scalar, ExecSpace> placed;
  for (std::int64_t step = 0; step < n_steps; ++step) {
    ConstCube<Scalar, ExecSpace> responses;
    ConditionBlock block;
    dist::agree(comm, [&] {
      if (step < static_cast<std::int64_t>(blocks.size()))
        block = blocks[static_cast<std::size_t>(step)];
      responses = block.count > 0 ? placed.place(space, source.read(block.first, block.count))
                                  : no_conditions<Scalar, ExecSpace>(source);
      check(responses, block);
    });
    use(responses, block);
    space.fence();  // the source may overwrite the block
  }
}

}  // namespace kovar::gsn

#endif
