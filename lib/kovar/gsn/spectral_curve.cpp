// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/spectral_curve.hpp>
#include <kovar/linalg/product.hpp>
#include <kovar/linalg/tridiagonal_eigen.hpp>

#include <cmath>
#include <memory>
#include <utility>

namespace kovar::gsn {

LevelCurveValue SpectralCurve::at(double level) const
{
  LevelCurveValue value;
  for (std::size_t k = 0; k < eigenvalue.size(); ++k) {
    double const slope = eigenvalue[k] - 1;
    double const inverse = 1 / (1 + level * slope);
    value.convex += weight[k] * inverse;
    value.convex_slope -= weight[k] * inverse * inverse * slope;
    value.concave -= multiplicity[k] * std::log(inverse);
    value.concave_slope += multiplicity[k] * inverse * slope;
  }
  value.convex *= 0.5;
  value.convex_slope *= 0.5;
  value.concave = 0.5 * value.concave + constant;
  value.concave_slope *= 0.5;
  return value;
}

LevelCurve SpectralCurve::curve(SpectralCurve spectrum, double largest_level)
{
  auto const shared = std::make_shared<SpectralCurve const>(std::move(spectrum));
  return {[shared](std::vector<double> const& levels) {
            std::vector<LevelCurveValue> values;
            values.reserve(levels.size());
            for (double const level : levels) values.push_back(shared->at(level));
            return values;
          },
          largest_level};
}

template <class ExecSpace>
PointSpectrum point_spectrum(ExecSpace const& space,
                             linalg::Tridiagonal<double, ExecSpace> const& t,
                             Matrix<double, ExecSpace> const& u)
{
  Region const region("kovar::gsn::point_spectrum");
  std::int64_t const n = t.diagonal.extent(0);
  std::int64_t const m = u.extent(1);
  auto const pairs = linalg::tridiagonal_eigenpairs(space, t);
  PointSpectrum result = {pairs.values, std::vector<double>(static_cast<std::size_t>(n), 0.0)};
  if (n == 0 || m == 0) return result;
  auto const coordinates =
      allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::point_coordinates", n, m);
  linalg::gemm(space, linalg::Op::transpose, linalg::Op::none, 1.0, pairs.vectors, u, 0.0,
               coordinates);
  auto const squares = allocate<Vector<double, ExecSpace>>(space, "kovar::gsn::point_squares", n);
  Kokkos::parallel_for(
      "kovar::gsn::point_squares",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n),
      KOKKOS_LAMBDA(std::int64_t k) {
        double sum = 0;
        for (std::int64_t j = 0; j < m; ++j) sum += coordinates(k, j) * coordinates(k, j);
        squares(k) = sum;
      });
  result.squares = to_list(space, squares);
  return result;
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                   \
  template PointSpectrum point_spectrum(ExecSpace const&,                              \
                                        linalg::Tridiagonal<double, ExecSpace> const&, \
                                        Matrix<double, ExecSpace> const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
