// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_BATCHED_CHOLESKY_HPP
#define KOVAR_LINALG_BATCHED_CHOLESKY_HPP

#include <kovar/core/error.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/not_a_number.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/views.hpp>
#include <kovar/linalg/backend/dispatch.hpp>
#include <kovar/linalg/register_tile.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <string>
#include <utility>

/// \file
/// Cholesky factors, log determinants and quadratic forms of a stack of matrices in one sweep.
///
/// Each matrix a (n x n) stands above a border: one row per point z_j. The factorization turns the
/// border into rows L^-1 z_j, so that z_j^T a^-1 z_j is the sum of squares of a row, and no separate
/// triangular solve is needed:
///
///     [ a   ]      [ L        ]
///     [ Z^T ]  ->  [ Z^T L^-T ]

namespace kovar::linalg {

namespace detail {

/// Identity beside the matrices, zeros beside and below the borders.
template <class ExecSpace, class View>
void pad_bordered_stack(ExecSpace const& space, View const& values, std::int64_t n,
                        std::int64_t n_padded, std::int64_t n_points)
{
  std::int64_t const n_rows = values.extent(0);
  std::int64_t const size = values.extent(2);
  if (n_padded == 0 || size == 0) return;
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  Kokkos::parallel_for(
      "kovar::linalg::pad_bordered_stack", Policy(space, {0, 0}, {n_padded, size}),
      KOKKOS_LAMBDA(std::int64_t j, std::int64_t b) {
        std::int64_t const first_row = j < n ? n : 0;
        for (std::int64_t i = first_row; i < n_padded; ++i) values(i, j, b) = i == j ? 1 : 0;
        std::int64_t const first_zero = n_padded + (j < n ? n_points : 0);
        for (std::int64_t i = first_zero; i < n_rows; ++i) values(i, j, b) = 0;
      });
}

}  // namespace detail

/// A stack of bordered matrices, padded with the identity and with zero rows to whole register
/// tiles, so that no kernel has a remainder. Each matrix is column-major.
template <class Scalar, class ExecSpace>
class BorderedStack {
  using Shape = TileShape<Scalar, ExecSpace>;

 public:
  using View = Kokkos::View<Scalar***, Kokkos::LayoutLeft, ExecSpace>;

  /// \param n        order of each matrix
  /// \param n_points rows of each border
  /// \param size     number of matrices
  /// Contents are undefined but for the padding: fill lower(i,j,b) for all i >= j and border(p,j,b).
  BorderedStack(ExecSpace const& space, std::int64_t n, std::int64_t n_points, std::int64_t size)
      : n_(n),
        n_points_(n_points),
        n_padded_(round_up(n, Shape::n_cols)),
        values_(allocate<View>(space, "kovar::linalg::bordered_stack",
                               n_padded_ + n_points + Shape::n_rows, n_padded_, size))
  {
    detail::pad_bordered_stack(space, values_, n_, n_padded_, n_points_);
  }

  /// Bytes of a stack, for chunking by a memory budget.
  static double bytes(std::int64_t n, std::int64_t n_points, std::int64_t size)
  {
    double const n_padded = static_cast<double>(round_up(n, Shape::n_cols));
    return static_cast<double>(sizeof(Scalar)) * n_padded *
           (n_padded + static_cast<double>(n_points) + Shape::n_rows) * static_cast<double>(size);
  }

  std::int64_t n() const { return n_; }
  std::int64_t n_points() const { return n_points_; }
  std::int64_t size() const { return values_.extent(2); }
  std::int64_t n_padded() const { return n_padded_; }
  View const& values() const { return values_; }

  /// Row of the view in which the border starts.
  std::int64_t first_border_row() const { return n_padded_; }

 private:
  static std::int64_t round_up(std::int64_t n, std::int64_t to) { return (n + to - 1) / to * to; }

  std::int64_t n_;
  std::int64_t n_points_;
  std::int64_t n_padded_;
  View values_;
};

/// What batched_cholesky found for each matrix of a stack.
template <class ExecSpace>
struct BatchedCholeskyResult {
  Vector<double, ExecSpace> log_determinant;  ///< of a; NaN where it is not definite
  Vector<double, ExecSpace> quadratic_sum;    ///< sum over points of z^T a^-1 z; NaN likewise
  Vector<int, ExecSpace> bad_minor;           ///< order of the first bad leading minor, or 0
};

/// Order from which on a matrix goes to LAPACK or cuSOLVER: up to it a team per matrix is faster (on
/// two Zen 5 cores 91 % of the rate of dgemm at n = 1,536; beyond, its panels leave the caches).
/// Measured by perf/micro (bench_batched_cholesky), see perf/results; the value for devices is a guess.
template <class ExecSpace>
constexpr std::int64_t largest_team_cholesky()
{
  return is_host_space<ExecSpace> ? 2048 : 512;
}

namespace detail {

/// A team per matrix: left-looking over tile columns. Everything below the diagonal tile is
/// updated from the columns to its left, in registers and once, then solved against the tile.
template <class Scalar, class ExecSpace>
void team_cholesky(ExecSpace const& space, BorderedStack<Scalar, ExecSpace> const& stack,
                   Vector<int, ExecSpace> const& bad_minor)
{
  using Shape = TileShape<Scalar, ExecSpace>;
  using Column = typename Shape::Column;
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  auto const values = stack.values();
  std::int64_t const n = stack.n();
  std::int64_t const n_padded = stack.n_padded();
  std::int64_t const n_rows = n_padded + stack.n_points();
  std::int64_t const stride = values.stride_1();

  Kokkos::parallel_for(
      "kovar::linalg::team_cholesky", Policy(space, static_cast<int>(stack.size()), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        constexpr int n_tile_rows = Shape::n_rows;
        constexpr int n_tile_cols = Shape::n_cols;
        int const b = team.league_rank();
        Scalar* const a = &values(0, 0, b);
        int first_bad = 0;
        for (std::int64_t j = 0; j < n_padded; j += n_tile_cols) {
          int const n_tiles = static_cast<int>((n_rows - j + n_tile_rows - 1) / n_tile_rows);
          // a(j:, j:j+8) -= L(j:, :j) L(j:j+8, :j)^T
          if (j > 0)
            Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n_tiles), [&](int tile) {
              Scalar* const corner = a + j + tile * n_tile_rows;
              Column sum[n_tile_cols];
              for (int c = 0; c < n_tile_cols; ++c)
                sum[c] = Column::load(corner + (j + c) * stride);
              Scalar const* rows = corner;
              Scalar const* factors = a + j;
              for (std::int64_t k = 0; k < j; ++k, rows += stride, factors += stride) {
                Column const row = Column::load(rows);
                for (int c = 0; c < n_tile_cols; ++c) sum[c].subtract(row, factors[c]);
              }
              for (int c = 0; c < n_tile_cols; ++c) sum[c].store(corner + (j + c) * stride);
            });
          team.team_barrier();
          // The diagonal tile. A pivot that is not positive gives NaN, which spreads to the results.
          Kokkos::single(Kokkos::PerTeam(team), [&] {
            for (int c = 0; c < n_tile_cols; ++c) {
              Scalar* const column = a + (j + c) * stride + j;
              for (int k = 0; k < c; ++k) {
                Scalar const* const left = a + (j + k) * stride + j;
                for (int r = c; r < n_tile_cols; ++r) column[r] -= left[r] * left[c];
              }
              if (!(column[c] > 0) && first_bad == 0 && j + c < n)
                first_bad = static_cast<int>(j + c + 1);
              Scalar const pivot = math::sqrt(column[c]);
              column[c] = pivot;
              for (int r = c + 1; r < n_tile_cols; ++r) column[r] /= pivot;
            }
          });
          team.team_barrier();
          // Below the diagonal tile: x L_jj^T = a.
          std::int64_t const below = j + n_tile_cols;
          int const n_tiles_below =
              static_cast<int>((n_rows - below + n_tile_rows - 1) / n_tile_rows);
          if (below < n_rows)
            Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n_tiles_below), [&](int tile) {
              Scalar* const corner = a + below + tile * n_tile_rows;
              Column x[n_tile_cols];
              for (int c = 0; c < n_tile_cols; ++c) x[c] = Column::load(corner + (j + c) * stride);
              for (int c = 0; c < n_tile_cols; ++c) {
                for (int k = 0; k < c; ++k) x[c].subtract(x[k], a[(j + k) * stride + j + c]);
                x[c].scale(Scalar(1) / a[(j + c) * stride + j + c]);
              }
              for (int c = 0; c < n_tile_cols; ++c) x[c].store(corner + (j + c) * stride);
            });
          team.team_barrier();
        }
        Kokkos::single(Kokkos::PerTeam(team), [&] { bad_minor(b) = first_bad; });
      });
}

/// Matrices through the library of the space: one after the other, or side by side on host threads
/// where there are enough of them. A BLAS built for OpenMP then runs each on one thread.
template <class Scalar, class ExecSpace>
void library_cholesky(ExecSpace const& space, BorderedStack<Scalar, ExecSpace> const& stack,
                      Vector<int, ExecSpace> const& bad_minor)
{
  auto const& values = stack.values();
  int const n = lapack_int(stack.n(), "batched_cholesky");
  int const n_points = lapack_int(stack.n_points(), "batched_cholesky");
  int const first_border_row = lapack_int(stack.first_border_row(), "batched_cholesky");
  int const stride = lapack_int(static_cast<std::int64_t>(values.stride_1()), "batched_cholesky");
  auto const distance = static_cast<std::int64_t>(values.stride_2());
  Scalar* const first = values.data();
  if constexpr (is_host_space<ExecSpace>) {
    if (stack.size() >= space.concurrency()) {
      using Policy = Kokkos::RangePolicy<ExecSpace, Kokkos::Schedule<Kokkos::Dynamic>,
                                         Kokkos::IndexType<std::int64_t>>;
      Kokkos::parallel_for(
          "kovar::linalg::library_cholesky", Policy(space, 0, stack.size()), [=](std::int64_t b) {
            bad_minor(b) = backend::host::potrf(n, first + distance * b, stride);
            if (bad_minor(b) == 0 && n_points > 0)
              backend::host::trsm_right_transposed(n_points, n, first + distance * b, stride,
                                                   first + distance * b + first_border_row, stride);
          });
      return;
    }
  }
  auto const found = Kokkos::create_mirror_view(bad_minor);
  space.fence();  // the host writes the outcomes, and where the host can reach it the view itself
  for (std::int64_t b = 0; b < stack.size(); ++b) {
    Scalar* const a = first + distance * b;
    found(b) = backend::potrf(space, n, a, stride);
    if (found(b) == 0 && n_points > 0)
      backend::trsm_right_transposed(space, n_points, n, a, stride, a + first_border_row, stride);
  }
  Kokkos::deep_copy(space, bad_minor, found);
  if constexpr (!is_host_space<ExecSpace>) space.fence();  // the host copy goes away
}

}  // namespace detail

/// Factor every matrix of a stack in place and reduce its border.
/// \param space  instance to run on; asynchronous where the team kernel runs
/// \param stack  overwritten by the factors and the solved borders
/// Cost: n^3/3 + n^2 n_points flops per matrix. Sums have a fixed order, hence fixed bits.
/// The log determinant and the sums are accumulated in double.
template <class Scalar, class ExecSpace>
BatchedCholeskyResult<ExecSpace> batched_cholesky(ExecSpace const& space,
                                                  BorderedStack<Scalar, ExecSpace> const& stack)
{
  Region const region("kovar::linalg::batched_cholesky");
  BatchedCholeskyResult<ExecSpace> const result = {
      allocate<Vector<double, ExecSpace>>(space, "kovar::linalg::log_determinant", stack.size()),
      allocate<Vector<double, ExecSpace>>(space, "kovar::linalg::quadratic_sum", stack.size()),
      Vector<int, ExecSpace>(Kokkos::view_alloc(space, "kovar::linalg::bad_minor"), stack.size())};
  if (stack.size() == 0) return result;

  if (stack.n() <= largest_team_cholesky<ExecSpace>())
    detail::team_cholesky(space, stack, result.bad_minor);
  else
    detail::library_cholesky(space, stack, result.bad_minor);

  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  auto const values = stack.values();
  std::int64_t const n = stack.n();
  std::int64_t const first_border_row = stack.first_border_row();
  std::int64_t const n_points = stack.n_points();
  auto const log_determinant = result.log_determinant;
  auto const quadratic_sum = result.quadratic_sum;
  auto const bad_minor = result.bad_minor;
  Kokkos::parallel_for(
      "kovar::linalg::reduce_bordered_stack",
      Policy(space, static_cast<int>(stack.size()), Kokkos::AUTO), KOKKOS_LAMBDA(Team const& team) {
        int const b = team.league_rank();
        double log_sum = 0;
        Kokkos::parallel_reduce(
            Kokkos::TeamThreadRange(team, n),
            [&](std::int64_t i, double& sum) {
              sum += math::log(static_cast<double>(values(i, i, b)));
            },
            log_sum);
        double square_sum = 0;
        Kokkos::parallel_reduce(
            Kokkos::TeamThreadRange(team, n),
            [&](std::int64_t j, double& sum) {
              double column_sum = 0;
              for (std::int64_t p = 0; p < n_points; ++p) {
                double const x = values(first_border_row + p, j, b);
                column_sum += x * x;
              }
              sum += column_sum;
            },
            square_sum);
        Kokkos::single(Kokkos::PerTeam(team), [&] {
          double const nan = not_a_number<double>();
          bool const definite = bad_minor(b) == 0;
          log_determinant(b) = definite ? 2 * log_sum : nan;
          quadratic_sum(b) = definite ? square_sum : nan;
        });
      });
  return result;
}

}  // namespace kovar::linalg

#endif
