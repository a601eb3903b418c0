// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/each_of.hpp>
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/fit/quadratic_form.hpp>
#include <kovar/linalg/eigen.hpp>
#include <kovar/linalg/product.hpp>
#include <kovar/linalg/triangle.hpp>

#include <limits>

namespace kovar::fit {

namespace {

// Copies of a and r in units of standard deviations; what has none stays.
template <class ExecSpace>
struct Scaled {
  Matrix<double, ExecSpace> a;
  Matrix<double, ExecSpace> r;
};

template <class ExecSpace>
void scale(ExecSpace const& space, Vector<double, ExecSpace> const& factor,
           Matrix<double, ExecSpace> const& a, Vector<double, ExecSpace> const& r,
           Scaled<ExecSpace> const& to)
{
  auto const scaled_a = to.a;
  auto const scaled_r = to.r;
  auto const n = static_cast<std::int64_t>(r.extent(0));
  Kokkos::parallel_for(
      "kovar::fit::deviations", each_of(space, n), KOKKOS_LAMBDA(std::int64_t i) {
        factor(i) = a(i, i) > 0 ? 1 / math::sqrt(a(i, i)) : 1;
        scaled_r(i, 0) = r(i) * factor(i);
      });
  linalg::for_lower_triangle(
      space, "kovar::fit::correlations", n, KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        scaled_a(i, j) = a(i, j) * factor(i) * factor(j);
      });
}

// v^T T^-1 v for a definite tridiagonal T, by its factors L D L^T.
double tridiagonal_form(std::vector<double> const& diagonal,
                        std::vector<double> const& off_diagonal, std::vector<double> const& v)
{
  double pivot = diagonal[0];
  double solved = v[0];
  double form = solved * solved / pivot;
  for (std::size_t k = 1; k < v.size(); ++k) {
    double const l = off_diagonal[k - 1] / pivot;
    pivot = diagonal[k] - l * off_diagonal[k - 1];
    solved = v[k] - l * solved;
    form += solved * solved / pivot;
  }
  return form;
}

// On the eigenvectors of eigenvalues above the threshold.
template <class ExecSpace>
InverseQuadraticForm form_of_the_range(ExecSpace const& space, Scaled<ExecSpace> const& scaled,
                                       double threshold)
{
  auto const pairs = linalg::eigenpairs(space, scaled.a);
  auto const along = allocate<Matrix<double, ExecSpace>>(space, "kovar::fit::along_eigenvectors",
                                                         scaled.r.extent(0), 1);
  linalg::gemm(space, linalg::Op::transpose, linalg::Op::none, 1.0, pairs.vectors, scaled.r, 0.0,
               along);
  auto const components = to_list(space, Kokkos::subview(along, Kokkos::ALL, 0));
  InverseQuadraticForm found;
  for (std::size_t k = 0; k < components.size(); ++k) {
    if (!(pairs.values[k] > threshold)) continue;
    found.value += components[k] * components[k] / pairs.values[k];
    ++found.rank;
  }
  return found;
}

}  // namespace

template <class ExecSpace>
InverseQuadraticForm inverse_quadratic_form(ExecSpace const& space,
                                            Matrix<double, ExecSpace> const& a,
                                            Vector<double, ExecSpace> const& r,
                                            SingularForm singular)
{
  Region const region("kovar::fit::inverse_quadratic_form");
  auto const n = static_cast<std::int64_t>(r.extent(0));
  KOVAR_REQUIRE(
      static_cast<std::int64_t>(a.extent(0)) == n && static_cast<std::int64_t>(a.extent(1)) == n,
      "inverse_quadratic_form: '" << a.label() << "' is " << a.extent(0) << " x " << a.extent(1)
                                  << " for " << n << " differences");
  if (n == 0) return {};
  double const threshold = 64 * static_cast<double>(n) * std::numeric_limits<double>::epsilon();
  Scaled<ExecSpace> const scaled{
      allocate<Matrix<double, ExecSpace>>(space, "kovar::fit::correlations", n, n),
      allocate<Matrix<double, ExecSpace>>(space, "kovar::fit::scaled_differences", n, 1)};
  auto const factor = allocate<Vector<double, ExecSpace>>(space, "kovar::fit::deviations", n);
  scale(space, factor, a, r, scaled);
  auto const t = linalg::tridiagonalize(space, scaled.a);
  if (linalg::eigenvalues(space, t)[0] > threshold) {
    linalg::apply_q_transposed(space, scaled.a, t, scaled.r);
    return {tridiagonal_form(to_list(space, t.diagonal), to_list(space, t.off_diagonal),
                             to_list(space, Kokkos::subview(scaled.r, Kokkos::ALL, 0))),
            n};
  }
  if (singular == SingularForm::undefined) return {std::numeric_limits<double>::quiet_NaN(), n};
  scale(space, factor, a, r, scaled);
  return form_of_the_range(space, scaled, threshold);
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                        \
  template InverseQuadraticForm inverse_quadratic_form(                                     \
      ExecSpace const&, Matrix<double, ExecSpace> const&, Vector<double, ExecSpace> const&, \
      SingularForm);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
