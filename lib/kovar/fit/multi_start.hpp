// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_MULTI_START_HPP
#define KOVAR_FIT_MULTI_START_HPP

#include <kovar/fit/minimum.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Fits from many starts: with asymmetric systematics several minima are normal.

namespace kovar::fit {

struct MultiStartOptions {
  int n_starts = 10;  ///< the given one and random ones around it
  std::uint64_t seed = 1;
  /// Standard deviation of the starts: in prefit uncertainties; of parameters without a constraint in
  /// uncertainties by the Fisher form at the given start; of a strength kept as a root, that of the
  /// logarithm of the strength is the spread itself.
  double spread = 1;
  /// Ends are one minimum where no parameter differs by more than this share of its uncertainty.
  double same_within = 0.01;
};

/// A minimum that some starts ended in.
struct DistinctMinimum {
  Minimum minimum;
  std::vector<int> starts;  ///< that ended there, from 0, the given one
};

struct MultiStart {
  std::vector<DistinctMinimum> minima;  ///< the deepest first
  std::vector<int> failed;  ///< starts without a value, or whose search did not converge
};

/// Minimize from several starts; the likelihood then stands at the deepest minimum. The starts are the same
/// on any number of ranks.
/// \throws InputError if n_starts, spread or same_within make no sense; see find_minimum()
template <class ExecSpace>
MultiStart find_minima(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                       MinimumOptions const& options, MultiStartOptions const& starts = {});

}  // namespace kovar::fit

#endif
