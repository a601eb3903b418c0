// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_FACTORED_COVARIANCE_OVER_RANKS_HPP
#define KOVAR_GP_FACTORED_COVARIANCE_OVER_RANKS_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/gp/covariance.hpp>
#include <kovar/gp/jitter.hpp>
#include <kovar/gp/model.hpp>
#include <kovar/gp/owned_sums.hpp>
#include <kovar/gp/training_lists.hpp>
#include <kovar/gp/training_set.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

/// \file
/// The covariance matrix of the observations, K^ = K + noise, spread over ranks: FactoredCovariance for more
/// points than one rank can hold the square of. Each rank has all points and targets and makes its own share of
/// the matrix; it is factored and inverted in place, in panels.

namespace kovar::gp {

/// Numbers of points, input columns and targets, and the bytes of a number.
struct ProcessSize {
  std::int64_t n_points = 0;
  std::int64_t n_columns = 0;
  std::int64_t n_targets = 1;
  std::size_t scalar_size = sizeof(double);
  std::int64_t n_predicted = std::numeric_limits<std::int64_t>::max();  ///< points, if known
};

enum class TaskOverRanks {
  likelihood,  ///< value and all derivatives
  prediction
};

/// Points that are predicted together over a grid of ranks. The factor travels once for each such block: blocks
/// are wide, but for few observations, whose matrix they would exceed.
std::int64_t prediction_width(std::int64_t n_points, dist::GridShape grid);

/// Bytes that one rank will hold at most, if ranks share the matrix, beside the training set itself.
/// Predictions write the lower triangle alone: of several ranks' matrix they take the pages that it is on.
/// Likelihoods count the whole matrix, which derivatives by the inputs fill; without these as little is taken.
/// \param n_ranks  that share it
double needed_bytes_over_ranks(int n_ranks, ProcessSize const& size, TaskOverRanks task);

/// \throws InputError, on all ranks, unless all of them give the list that rank 0 gives, bit by bit; collective
/// \param what  "model", "training set": what the list says
void require_same_on_all_ranks(dist::Communicator const& comm, std::string const& what,
                               std::vector<double> const& mine);

/// Holds a rank's share of one n x n matrix and O(n (d + q)) numbers. All members but accessors are collective,
/// and give the same on all ranks.
template <class Scalar>
class FactoredCovarianceOverRanks {
 public:
  using Host = dist::Host;

  /// \param data  the same on all ranks, whole
  /// \throws InputError, on all ranks: see FactoredCovariance; ranks give different data or options; there is
  ///         not the memory for a rank's share (what other ranks of its machine take at the same time is not
  ///         counted); several ranks without ScaLAPACK
  FactoredCovarianceOverRanks(Host const& space, dist::Communicator const& comm,
                              TrainingSet<Scalar, Host> const& data, Model const& model,
                              TrainingOptions const& options, TaskOverRanks task);

  /// Make the matrix for the values of a model of the same form, factor it and find alpha.
  /// \throws InputError, on all ranks, if the model does not fit or ranks have different values
  /// Cost: n^3/3 + 2 n^2 q flops and the kernels' n^2/2 (3 d + c), over all ranks.
  FactorReport factor(Host const& space, Model const& model);

  /// Turn the factor into the inverse, in place.
  /// Cost: 2 n^3/3 flops over all ranks.
  void invert(Host const& space) const;

  /// sum_ij W_ij of every sum of the kernel program, W = (A A^T - q K^^-1) / 2, A = alpha of all targets.
  /// After invert().
  std::vector<double> parameter_sums(Host const& space) const;

  /// 2 sum_j W_ij d_1 k(x_i, x_j) of the same W, n x d, row by row. Fills the upper triangle.
  std::vector<double> input_sums(Host const& space) const;

  TrainingLists const& lists() const { return lists_; }
  std::int64_t n() const { return lists_.n(); }
  KernelProgram const& kernel_program() const { return kernel_program_; }
  DeviceProgram<Scalar, Host> const& program() const { return program_; }
  dist::BlockCyclicMatrix<Scalar> const& matrix() const { return matrix_; }
  dist::Communicator const& comm() const { return matrix_.grid().comm(); }
  OwnedPoints<Scalar> const& points() const { return points_; }

  /// On all ranks: y - m(x) and alpha, n x q, target by target.
  std::vector<double> const& residual() const { return residual_; }
  std::vector<double> const& alpha_list() const { return alpha_list_; }

  /// Some rows of alpha, with owned_extent() rows.
  Matrix<Scalar, Host> alpha_of(Host const& space, std::vector<std::int64_t> const& rows) const;

 private:
  void fill(Host const& space, double jitter) const;
  void add_noise(Host const& space, double common) const;
  std::int64_t count_not_finite(Host const& space) const;
  void find_alpha(Host const& space);
  OwnedWeight<Scalar> weight(Host const& space) const;

  TrainingOptions options_;
  TrainingLists lists_;
  double learned_noise_ = 0;
  std::vector<double> residual_;
  std::vector<double> alpha_list_;
  KernelProgram kernel_program_;
  DeviceProgram<Scalar, Host> program_;
  dist::BlockCyclicMatrix<Scalar> matrix_;
  OwnedPoints<Scalar> points_;
};

}  // namespace kovar::gp

#endif
