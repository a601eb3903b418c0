// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_JITTER_HPP
#define KOVAR_GP_JITTER_HPP

#include <kovar/core/host_list.hpp>
#include <kovar/core/views.hpp>
#include <kovar/gp/training_set.hpp>
#include <kovar/linalg/cholesky.hpp>
#include <kovar/linalg/diagonal.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

/// \file
/// Cholesky factors of covariance matrices that are positive definite on paper: where rounding says
/// otherwise, more and more is added to the diagonal. The ladder is that of GPyTorch's
/// psd_safe_cholesky.

namespace kovar::gp {

enum class FactorOutcome {
  factored,
  not_finite,            ///< the covariance matrix has NaN or infinities; jitter was not tried
  not_positive_definite  ///< not even with the last jitter
};

/// How a factorization went.
struct FactorReport {
  FactorOutcome outcome = FactorOutcome::factored;
  double jitter = 0;              ///< added to the diagonal, JitterOptions::always included
  int n_tries = 0;                ///< factorizations with more jitter than that
  std::int64_t n_not_finite = 0;  ///< entries of the lower triangle that are NaN or infinite
  double log_determinant = 0;     ///< NaN if it could not be factored
  /// (max L_ii / min L_ii)^2, a lower bound of the condition number. Where it comes near 1 / eps,
  /// results mean little.
  double condition = 0;

  explicit operator bool() const { return outcome == FactorOutcome::factored; }
};

/// What went wrong and what to do, or that jitter was added; empty if all is well.
std::string text_of(FactorReport const& report);

/// \throws InputError if n_tries is negative, or `base` or `always` negative or not finite
void require_jitter(JitterOptions const& options);

/// Entries of a lower triangle that are NaN or infinite. Waits for the result.
template <class ExecSpace, class SquareMatrix>
std::int64_t count_not_finite(ExecSpace const& space, SquareMatrix const& a)
{
  auto const n = static_cast<std::int64_t>(a.extent(0));
  std::int64_t count = 0;
  Kokkos::parallel_reduce(
      "kovar::gp::count_not_finite",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n),
      KOKKOS_LAMBDA(std::int64_t j, std::int64_t & partial) {
        for (std::int64_t i = j; i < n; ++i)
          if (!(a(i, j) - a(i, j) == 0)) ++partial;
      },
      count);
  return count;
}

/// The diagonal of a square on the host, in double, through memory that is allocated once.
template <class ExecSpace>
class DiagonalReader {
 public:
  DiagonalReader(ExecSpace const& space, std::int64_t n)
      : device_(allocate<Vector<double, ExecSpace>>(space, "kovar::gp::diagonal", n)),
        host_(Kokkos::create_mirror_view(device_))
  {
  }
  /// Waits for the instance.
  template <class SquareMatrix>
  HostListView<double const> read(ExecSpace const& space, SquareMatrix const& a) const
  {
    linalg::copy_diagonal(space, a, device_);
    if (!is_host_space<ExecSpace>) Kokkos::deep_copy(space, host_, device_);
    space.fence();  // the host reads it
    return HostListView<double const>(host_.data(), host_.extent(0));
  }

 private:
  Vector<double, ExecSpace> device_;
  typename Vector<double, ExecSpace>::HostMirror host_;
};

inline double mean_of(HostListView<double const> const& list)
{
  double sum = 0;
  for (std::size_t i = 0; i < list.extent(0); ++i) sum += list(i);
  return sum / static_cast<double>(list.extent(0));
}

/// Log determinant and condition of a matrix from the diagonal of its factor.
inline void read_factor(HostListView<double const> const& diagonal, FactorReport& report)
{
  double largest = 0;
  double smallest = std::numeric_limits<double>::infinity();
  double sum = 0;  // of logarithms: squares underflow
  for (std::size_t i = 0; i < diagonal.extent(0); ++i) {
    largest = std::max(largest, diagonal(i));
    smallest = std::min(smallest, diagonal(i));
    sum += std::log(diagonal(i));
  }
  report.log_determinant = 2 * sum;
  report.condition = (largest / smallest) * (largest / smallest);
}
inline void read_factor(std::vector<double> const& diagonal, FactorReport& report)
{
  read_factor(HostListView<double const>(diagonal.data(), diagonal.size()), report);
}

/// Factor a matrix, with jitter if need be: base, 10 base, 100 base.
/// \param square  a matrix that can be made anew:
///     void fill(double jitter)       write its lower triangle, jitter added to the diagonal
///     bool factor()                  overwrite the lower triangle with the factor; whether that went well
///     diagonal()                     the diagonal, in double: HostListView or std::vector
///     std::int64_t count_not_finite()  entries of its lower triangle
///     double scale()                 what relative jitter is relative to; called if need be, it may
///                                    overwrite the matrix
/// Over ranks all of these are collective and say the same on all of them.
/// Cost: n^3/3 flops a try.
template <class Scalar, class Square>
FactorReport climb_jitter_ladder(Square const& square, JitterOptions const& options)
{
  FactorReport report;
  double base = options.base;
  if (base == 0) base = std::is_same_v<Scalar, float> ? 1e-6 : 1e-8;
  double more = 0;
  for (int attempt = 0; attempt <= options.n_tries; ++attempt) {
    report.jitter = options.always + more;
    report.n_tries = attempt;
    square.fill(report.jitter);
    if (square.factor()) {
      read_factor(square.diagonal(), report);
      if (std::isfinite(report.log_determinant)) return report;  // LAPACK may pass NaN by
    }
    if (attempt == 0) {
      square.fill(report.jitter);  // the attempt has destroyed it
      report.n_not_finite = square.count_not_finite();
      if (report.n_not_finite > 0) break;
      if (options.is_relative) base *= square.scale();
    }
    more = base * std::pow(10.0, attempt);
  }
  report.log_determinant = std::numeric_limits<double>::quiet_NaN();
  report.outcome =
      report.n_not_finite > 0 ? FactorOutcome::not_finite : FactorOutcome::not_positive_definite;
  return report;
}

/// A square of one process on the ladder.
template <class ExecSpace, class SquareMatrix, class Fill, class Scale>
struct SquareOnLadder {
  ExecSpace const& space;
  SquareMatrix const& square;
  DiagonalReader<ExecSpace> const& reader;
  Fill const& fill;
  Scale const& scale;

  bool factor() const { return static_cast<bool>(linalg::cholesky(space, square)); }
  HostListView<double const> diagonal() const { return reader.read(space, square); }
  std::int64_t count_not_finite() const { return gp::count_not_finite(space, square); }
};

/// Factor a matrix on the ladder.
/// \param fill    fill(jitter) writes the lower triangle of `square`, jitter added to its diagonal
/// \param square  n x n; on success its lower triangle is the factor
/// \param reader  for n
/// \param scale   scale() is what relative jitter is relative to; called if need be, it may overwrite
///                `square`. A posterior covariance vanishes where it needs jitter: give the prior's.
/// Cost: n^3/3 flops a try.
template <class ExecSpace, class SquareMatrix, class Fill, class Scale>
FactorReport factor_with_jitter(ExecSpace const& space, SquareMatrix const& square,
                                DiagonalReader<ExecSpace> const& reader,
                                JitterOptions const& options, Fill const& fill, Scale const& scale)
{
  using OnLadder = SquareOnLadder<ExecSpace, SquareMatrix, Fill, Scale>;
  return climb_jitter_ladder<typename SquareMatrix::non_const_value_type>(
      OnLadder{space, square, reader, fill, scale}, options);
}

/// The same, with jitter relative to the mean of the matrix's own diagonal.
template <class ExecSpace, class SquareMatrix, class Fill>
FactorReport factor_with_jitter(ExecSpace const& space, SquareMatrix const& square,
                                DiagonalReader<ExecSpace> const& reader,
                                JitterOptions const& options, Fill const& fill)
{
  return factor_with_jitter(space, square, reader, options, fill,
                            [&] { return mean_of(reader.read(space, square)); });
}

}  // namespace kovar::gp

#endif
