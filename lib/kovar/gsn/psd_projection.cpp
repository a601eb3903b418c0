// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/simd.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/psd_projection.hpp>
#include <kovar/linalg/cholesky.hpp>
#include <kovar/linalg/diagonal.hpp>
#include <kovar/linalg/eigen.hpp>
#include <kovar/linalg/largest_magnitude.hpp>
#include <kovar/linalg/matrix_sign.hpp>
#include <kovar/linalg/product.hpp>
#include <kovar/linalg/triangle.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace kovar::gsn {
namespace {

/// Each column times the square root of its eigenvalue's magnitude, so that a sum over eigenpairs is one
/// symmetric product. An eigenvalue that is zero but for rounding may have the wrong sign: it is taken
/// as zero.
template <class Scalar, class ExecSpace>
void scale_by_roots(ExecSpace const& space, linalg::Eigenpairs<Scalar, ExecSpace> const& pairs,
                    Scalar sign)
{
  std::int64_t const m = pairs.range.size();
  auto const vectors = pairs.vectors;
  std::int64_t const n = vectors.extent(0);
  if (m == 0) return;
  std::vector<Scalar> roots;
  for (Scalar const value : pairs.values)
    roots.push_back(std::sqrt(std::fmax(Scalar(0), sign * value)));
  auto const scale = to_space(space, roots, "kovar::gsn::eigenvalue_roots");
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  Kokkos::parallel_for(
      "kovar::gsn::scale_eigenvectors", Policy(space, static_cast<int>(m), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const k = team.league_rank();
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n),
                             [&](std::int64_t i) { vectors(i, k) *= scale(k); });
      });
}

/// Subtracting the negative part leaves rounding errors of its size. Where it is larger than the rest by
/// this factor, the result is made of the positive eigenpairs instead.
constexpr double largest_cancellation = 16;

linalg::TridiagonalForm form_of(ProjectionMethod method)
{
  switch (method) {
    case ProjectionMethod::one_stage:
      return linalg::TridiagonalForm::one_stage;
    case ProjectionMethod::two_stage:
      return linalg::TridiagonalForm::two_stage;
    case ProjectionMethod::automatic:
    case ProjectionMethod::products:
      break;
  }
  return linalg::TridiagonalForm::automatic;
}

/// Eigenpairs of a with eigenvalues above zero, or the smaller of the two groups.
enum class Group { smaller, positive };

template <class Scalar, class ExecSpace>
linalg::Eigenpairs<Scalar, ExecSpace> pairs_of(ExecSpace const& space,
                                               Matrix<Scalar, ExecSpace> const& a,
                                               Matrix<Scalar, ExecSpace> const& work,
                                               linalg::TridiagonalForm form, Group group,
                                               std::int64_t& n_negative)
{
  linalg::copy_lower_triangle(space, a, work);
  std::int64_t const n = a.extent(0);
  return linalg::eigenpairs<Scalar, ExecSpace>(
      space, work,
      [&](linalg::CountBelow<Scalar> const& count_below) {
        n_negative = count_below(0);
        return n_negative <= n / 2 && group == Group::smaller ? linalg::EigenRange{0, n_negative}
                                                              : linalg::EigenRange{n_negative, n};
      },
      form);
}

/// a := the positive part of a.
template <class Scalar, class ExecSpace>
void keep_positive_pairs(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                         Matrix<Scalar, ExecSpace> const& work, linalg::TridiagonalForm form)
{
  std::int64_t n_negative = 0;
  auto const positive = pairs_of(space, a, work, form, Group::positive, n_negative);
  scale_by_roots(space, positive, Scalar(1));
  linalg::syrk(space, linalg::Op::none, Scalar(1), positive.vectors, Scalar(0), a);
}

/// Replace a, found to be not definite, by its projection.
template <class Scalar, class ExecSpace>
Projection clip_eigenvalues(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                            Matrix<Scalar, ExecSpace> const& work, linalg::TridiagonalForm form)
{
  std::int64_t n_negative = 0;
  auto pairs = pairs_of(space, a, work, form, Group::smaller, n_negative);
  if (n_negative == 0) return Projection::unchanged;
  bool const is_negative_group = pairs.range.first == 0;
  Scalar const one = 1;
  scale_by_roots(space, pairs, is_negative_group ? -one : one);
  linalg::syrk(space, linalg::Op::none, one, pairs.vectors, is_negative_group ? one : Scalar(0), a);
  if (!is_negative_group) return Projection::clipped;

  double const smallest = static_cast<double>(pairs.values.front());
  if (-smallest > largest_cancellation * linalg::trace(space, a)) {
    linalg::syrk(space, linalg::Op::none, -one, pairs.vectors, one, a);  // a as it was
    pairs.vectors = {};                                                  // room for the others
    keep_positive_pairs(space, a, work, form);
  }
  return Projection::clipped;
}

template <class Scalar, class ExecSpace>
void scale_lower(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a, Scalar factor)
{
  linalg::for_lower_triangle(
      space, "kovar::gsn::scale_lower", a.extent(0),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) { a(i, j) *= factor; });
}

/// a := a (I + sign(a)) / 2; original (n x n): both triangles of a as it was.
template <class Scalar, class ExecSpace>
void keep_positive_part(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                        Matrix<Scalar, ExecSpace> const& original)
{
  std::int64_t const n = a.extent(0);
  using View = Matrix<Scalar, ExecSpace>;
  auto const sign = allocate<View>(space, "kovar::gsn::sign", n, n);
  auto const product = allocate<View>(space, "kovar::gsn::sign_work", n, n);
  linalg::matrix_sign<Scalar, ExecSpace>(space, a, sign, {original, product});
  linalg::copy_lower_triangle(space, a, original);
  linalg::fill_upper_triangle(space, original);
  linalg::gemm(space, linalg::Op::none, linalg::Op::none, Scalar(0.5), original, sign, Scalar(0),
               product);
  linalg::for_lower_triangle(
      space, "kovar::gsn::add_half", n, KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        a(i, j) = Scalar(0.5) * original(i, j) + product(i, j);
      });
}

/// Frobenius norm of the difference of two symmetric matrices, lower triangles.
template <class Scalar, class ExecSpace>
double distance(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                Matrix<Scalar, ExecSpace> const& b)
{
  using Policy = Kokkos::TeamPolicy<ExecSpace, Kokkos::Schedule<Kokkos::Dynamic>>;
  using Team = typename Policy::member_type;
  std::int64_t const n = a.extent(0);
  double square = 0;
  Kokkos::parallel_reduce(
      "kovar::gsn::distance", Policy(space, static_cast<int>(n), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team, double& sum) {
        std::int64_t const j = team.league_rank();
        double const of_column = team_sum<ExecSpace>(team, j, n, [&](std::int64_t i) {
          double const difference = static_cast<double>(a(i, j)) - static_cast<double>(b(i, j));
          return (i == j ? 1 : 2) * difference * difference;
        });
        Kokkos::single(Kokkos::PerTeam(team), [&] { sum += of_column; });
      },
      square);
  return std::sqrt(square);
}

/// The same as clip_eigenvalues() by products alone.
template <class Scalar, class ExecSpace>
Projection clip_by_sign(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                        Matrix<Scalar, ExecSpace> const& work)
{
  // Entries near 1, by a power of two: sums of products neither overflow nor vanish.
  double const largest = linalg::largest_magnitude<Scalar, ExecSpace>(space, a);
  if (largest == 0) return Projection::unchanged;
  int const exponent = std::max(std::ilogb(largest), std::numeric_limits<Scalar>::min_exponent + 2);
  scale_lower(space, a, std::ldexp(Scalar(1), -exponent));
  keep_positive_part(space, a, work);
  Projection result = Projection::clipped;
  double const positive_sum = linalg::trace(space, a);
  if (positive_sum <= linalg::trace(space, work)) {  // no eigenvalue is below zero
    linalg::copy_lower_triangle(space, work, a);
    result = Projection::unchanged;
  } else if (distance(space, work, a) > largest_cancellation * positive_sum) {
    linalg::copy_lower_triangle(space, work, a);
    keep_positive_pairs(space, a, work, linalg::TridiagonalForm::automatic);
  }
  scale_lower(space, a, std::ldexp(Scalar(1), exponent));
  return result;
}

}  // namespace

template <class Scalar, class ExecSpace>
bool is_positive_definite(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                          Matrix<Scalar, ExecSpace> const& work)
{
  linalg::copy_lower_triangle(space, a, work);
  return static_cast<bool>(linalg::cholesky(space, work));
}

template <class Scalar, class ExecSpace>
Projection project_psd(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                       Matrix<Scalar, ExecSpace> const& work, ProjectionMethod method,
                       Projection before)
{
  Region const region("kovar::gsn::project_psd");
  bool const by_products = method == ProjectionMethod::products;
  bool const tries_factor = by_products || before == Projection::unchanged;
  if (tries_factor && is_positive_definite(space, a, work)) return Projection::unchanged;
  if (by_products) return clip_by_sign(space, a, work);
  return clip_eigenvalues(space, a, work, form_of(method));
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                             \
  template bool is_positive_definite(ExecSpace const&, Matrix<Scalar, ExecSpace> const&, \
                                     Matrix<Scalar, ExecSpace> const&);                  \
  template Projection project_psd(ExecSpace const&, Matrix<Scalar, ExecSpace> const&,    \
                                  Matrix<Scalar, ExecSpace> const&, ProjectionMethod, Projection);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gsn
