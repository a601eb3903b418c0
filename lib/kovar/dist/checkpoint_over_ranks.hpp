// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_CHECKPOINT_OVER_RANKS_HPP
#define KOVAR_DIST_CHECKPOINT_OVER_RANKS_HPP

#include <kovar/core/checkpoint.hpp>
#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/dist/fill.hpp>

#include <string>

/// \file
/// Checkpoints of computations whose matrices no rank holds.

namespace kovar::dist {

/// A checkpoint that also keeps matrices over ranks: each rank gives and gets its share, and another number of
/// ranks, another grid and other blocks may take up what was left. Collective, over the ranks that share the
/// matrices. Names are those of one list with numbers, texts and matrices of rank 0.
class CheckpointOverRanks : public Checkpoint {
 public:
  /// The wanted entries of a matrix. They are read when the stage is complete, and must not change before.
  /// \throws InputError, on all ranks, if Part::lower of a matrix is wanted that is not square
  virtual void put_over_ranks(std::string const& name, BlockCyclicMatrix<double> const& a,
                              Part part) = 0;
  virtual void put_over_ranks(std::string const& name, BlockCyclicMatrix<float> const& a,
                              Part part) = 0;

  /// The same entries into a matrix; for Part::lower those above the diagonal become 0.
  /// \throws InputError, on all ranks, if there is no such array, it has another number of entries or another
  ///         precision, or is damaged
  virtual void read_over_ranks(std::string const& name, BlockCyclicMatrix<double> const& a,
                               Part part) const = 0;
  virtual void read_over_ranks(std::string const& name, BlockCyclicMatrix<float> const& a,
                               Part part) const = 0;
};

}  // namespace kovar::dist

#endif
