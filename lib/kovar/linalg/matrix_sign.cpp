// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/simd.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/largest_magnitude.hpp>
#include <kovar/linalg/matrix_sign.hpp>
#include <kovar/linalg/product.hpp>
#include <kovar/linalg/triangle.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace kovar::linalg {
namespace {

/// Largest sum of magnitudes in a column, a bound on all eigenvalues. a: both triangles.
template <class Scalar, class ExecSpace>
double largest_column_sum(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a)
{
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  std::int64_t const n = a.extent(0);
  double largest = 0;
  Kokkos::parallel_reduce(
      "kovar::linalg::largest_column_sum", Policy(space, static_cast<int>(n), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team, double& bound) {
        std::int64_t const j = team.league_rank();
        double const sum = team_sum<ExecSpace>(
            team, 0, n, [&](std::int64_t i) { return math::fabs(static_cast<double>(a(i, j))); });
        if (sum > bound) bound = sum;
      },
      Kokkos::Max<double>(largest));
  return largest;
}

/// x := a divided by a bound on its eigenvalues, both triangles; zero if a is.
template <class Scalar, class ExecSpace>
void normalize(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
               Matrix<Scalar, ExecSpace> const& x)
{
  double const largest = largest_magnitude<Scalar, ExecSpace>(space, a);
  double const divisor = largest > 0 ? largest : 1;
  for_lower_tiles(
      space, "kovar::linalg::normalize", a.extent(0),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        auto const value = static_cast<Scalar>(static_cast<double>(a(i, j)) / divisor);
        x(i, j) = value;
        x(j, i) = value;
      });
  double const bound = largest_column_sum<Scalar, ExecSpace>(space, x);
  if (bound == 0) return;
  auto const factor = static_cast<Scalar>(1 / bound);
  for_lower_tiles(
      space, "kovar::linalg::normalize", a.extent(0),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        Scalar const value = factor * x(i, j);
        x(i, j) = value;
        x(j, i) = value;
      });
}

}  // namespace

std::vector<SignStep> sign_steps(double smallest)
{
  KOVAR_REQUIRE(smallest > 0 && smallest <= 1, "sign_steps: the smallest magnitude is "
                                                   << smallest << " (magnitudes lie in (0, 1])");
  constexpr double widest_interval = 0.05;
  constexpr double settled = 1e-8;  // the error is squared by the last step, which follows
  std::vector<SignStep> steps;
  double least = smallest;
  bool is_last = false;
  while (!is_last) {
    is_last = 1 - least < settled;
    double const from = std::max(least, widest_interval);
    double const alpha = 3 / (1 + from + from * from);
    SignStep const step = {1.5 * std::sqrt(alpha), 0.5 * alpha * std::sqrt(alpha)};
    steps.push_back(step);
    least = std::min(1.0, least * (step.linear - step.cubic * least * least));
  }
  return steps;
}

template <class Scalar, class ExecSpace>
void matrix_sign(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                 Matrix<Scalar, ExecSpace> const& sign,
                 std::array<Matrix<Scalar, ExecSpace>, 2> const& work)
{
  for (auto const& matrix : {sign, work[0], work[1]})
    KOVAR_REQUIRE(a.extent(0) == a.extent(1) && matrix.extent(0) == a.extent(0) &&
                      matrix.extent(1) == a.extent(0),
                  "matrix_sign: '" << a.label() << "' is " << a.extent(0) << " x " << a.extent(1)
                                   << " and '" << matrix.label() << "' is " << matrix.extent(0)
                                   << " x " << matrix.extent(1)
                                   << " (both are square and of one order)");
  if (a.extent(0) == 0) return;
  Region const region("kovar::linalg::matrix_sign");
  normalize(space, a, sign);
  auto const square = work[0];
  auto const cube = work[1];
  for (SignStep const& step : sign_steps(std::numeric_limits<Scalar>::epsilon())) {
    syrk(space, Op::none, Scalar(1), sign, Scalar(0), square);
    fill_upper_triangle(space, square);
    gemm(space, Op::none, Op::none, Scalar(1), sign, square, Scalar(0), cube);
    auto const linear = static_cast<Scalar>(step.linear);
    auto const cubic = static_cast<Scalar>(step.cubic);
    // Only the lower triangle of the cube is used: the iterates stay symmetric to the last bit.
    for_lower_tiles(
        space, "kovar::linalg::sign_step", a.extent(0),
        KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
          Scalar const value = linear * sign(i, j) - cubic * cube(i, j);
          sign(i, j) = value;
          sign(j, i) = value;
        });
  }
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                    \
  template void matrix_sign(ExecSpace const&, Matrix<Scalar, ExecSpace> const&, \
                            Matrix<Scalar, ExecSpace> const&,                   \
                            std::array<Matrix<Scalar, ExecSpace>, 2> const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::linalg
