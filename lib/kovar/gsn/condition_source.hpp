// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_CONDITION_SOURCE_HPP
#define KOVAR_GSN_CONDITION_SOURCE_HPP

#include <kovar/core/error.hpp>
#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <utility>

/// \file
/// Responses that are asked for block by block, because not all of them fit into memory.

namespace kovar::gsn {

/// Where blocks of conditions come from: a file, a map of one, a simulation. Shapes are those of all
/// responses, on every rank.
template <class Scalar>
class ConditionSource {
 public:
  /// units x conditions x trials on the host, NaN = lost, any layout.
  using Block = ConstCube<Scalar, Kokkos::HostSpace>;

  virtual ~ConditionSource() = default;
  virtual std::int64_t n_units() const = 0;
  virtual std::int64_t n_conditions() const = 0;
  virtual std::int64_t n_trials() const = 0;

  /// Conditions that are read together at the cost of one of them, as in a chunk of a file: blocks end at
  /// multiples of it where they are that long.
  virtual std::int64_t n_together() const { return 1; }

  /// All units and trials of the conditions [first, first + count), which stay until the next call. Each
  /// rank calls it for its own conditions, and may throw on its own.
  virtual Block read(std::int64_t first, std::int64_t count) = 0;
};

/// Blocks of responses that are in memory after all.
template <class Scalar>
class ConditionsInMemory : public ConditionSource<Scalar> {
 public:
  using Block = typename ConditionSource<Scalar>::Block;

  /// \param responses  units x conditions x trials, which outlive this
  explicit ConditionsInMemory(Block const& responses) : responses_(responses) {}

  std::int64_t n_units() const override { return responses_.extent(0); }
  std::int64_t n_conditions() const override { return responses_.extent(1); }
  std::int64_t n_trials() const override { return responses_.extent(2); }
  Block read(std::int64_t first, std::int64_t count) override
  {
    return Kokkos::subview(responses_, Kokkos::ALL, std::make_pair(first, first + count),
                           Kokkos::ALL);
  }

 private:
  Block responses_;
};

}  // namespace kovar::gsn

#endif
