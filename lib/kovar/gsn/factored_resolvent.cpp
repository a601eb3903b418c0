// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/factored_resolvent.hpp>
#include <kovar/gsn/tall_products.hpp>
#include <kovar/linalg/eigen.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace kovar::gsn {
namespace {

/// (d - x)^-1/2
template <class ExecSpace>
Vector<double, ExecSpace> inverse_root_distance(ExecSpace const& space,
                                                Vector<double, ExecSpace> const& d, double x)
{
  std::int64_t const n = d.extent(0);
  auto const result = allocate<Vector<double, ExecSpace>>(space, "kovar::gsn::inverse_distance", n);
  Kokkos::parallel_for(
      "kovar::gsn::inverse_distance",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n),
      KOKKOS_LAMBDA(std::int64_t i) { result(i) = 1 / math::sqrt(d(i) - x); });
  return result;
}

/// t := Diag(root) t Diag(root).
template <class ExecSpace>
void scale_from_both_sides(ExecSpace const& space, Vector<double, ExecSpace> const& root,
                           Matrix<double, ExecSpace> const& t)
{
  std::int64_t const n = t.extent(0);
  if (n == 0) return;
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  Kokkos::parallel_for(
      "kovar::gsn::scale_from_both_sides", Policy(space, {0, 0}, {n, n}),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) { t(i, j) *= root(i) * root(j); });
}

/// t := t + Diag(sign).
template <class ExecSpace>
void add_to_diagonal(ExecSpace const& space, Vector<double, ExecSpace> const& sign,
                     Matrix<double, ExecSpace> const& t)
{
  Kokkos::parallel_for(
      "kovar::gsn::add_to_diagonal",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, t.extent(0)),
      KOKKOS_LAMBDA(std::int64_t i) { t(i, i) += sign(i); });
}

}  // namespace

template <class ExecSpace>
FactoredResolvent<ExecSpace>::FactoredResolvent(ExecSpace const& space,
                                                dist::Communicator const& comm,
                                                FactoredMatrix<ExecSpace> const& a)
    : space_(space), comm_(comm), a_(a)
{
  std::vector<double> root;
  std::vector<double> sign;
  for (double const weight : a.weights) {
    root.push_back(std::sqrt(std::fabs(weight)));
    sign.push_back(weight < 0 ? -1 : 1);
    if (weight < 0) ++n_negative_;
  }
  root_ = to_space(space, root, "kovar::gsn::weight_roots");
  sign_ = to_space(space, sign, "kovar::gsn::weight_signs");
  weight_ = to_space(space, a.weights, "kovar::gsn::factor_weights");
}

template <class ExecSpace>
Matrix<double, ExecSpace> FactoredResolvent<ExecSpace>::workspace(std::int64_t n_cols) const
{
  if (static_cast<std::int64_t>(work_.extent(1)) < n_cols) {
    work_ = {};
    work_ = allocate<Matrix<double, ExecSpace>>(space_, "kovar::gsn::resolvent_work",
                                                a_.diagonal.extent(0), n_cols);
  }
  return Kokkos::subview(work_, Kokkos::ALL, std::make_pair(std::int64_t{0}, n_cols));
}

template <class ExecSpace>
Matrix<double, ExecSpace> FactoredResolvent<ExecSpace>::scaled_gram(double x) const
{
  auto const t =
      weighted_tall_gram(space_, comm_, inverse_root_distance(space_, a_.diagonal, x), a_.factor);
  scale_from_both_sides(space_, root_, t);
  return t;
}

template <class ExecSpace>
std::int64_t FactoredResolvent<ExecSpace>::count_below(double x) const
{
  Region const region("kovar::gsn::FactoredResolvent::count_below");
  auto const t = scaled_gram(x);
  add_to_diagonal(space_, sign_, t);
  double n_below = 0;
  dist::agree(comm_, [&] {
    if (!comm_.is_root() || t.extent(0) == 0) return;
    auto const values = linalg::eigenvalues(space_, linalg::tridiagonalize(space_, t));
    auto const n_negative =
        std::count_if(values.begin(), values.end(), [](double v) { return v < 0; });
    n_below = static_cast<double>(n_negative_ - n_negative);
  });
  comm_.broadcast(&n_below, 1);
  return static_cast<std::int64_t>(n_below);
}

template <class ExecSpace>
Matrix<double, ExecSpace> FactoredResolvent<ExecSpace>::product(
    Matrix<double, ExecSpace> const& v) const
{
  Region const region("kovar::gsn::FactoredResolvent::product");
  auto const y = workspace(v.extent(1));
  auto const b = tall_product(space_, comm_, a_.factor, v);
  dist::agree(comm_, [&] {
    scale_tall_rows(space_, a_.diagonal, v, y);
    scale_tall_rows(space_, weight_, b, b);
    if (v.extent(0) > 0 && b.extent(0) > 0)
      linalg::gemm(space_, linalg::Op::none, linalg::Op::none, 1.0, a_.factor, b, 1.0, y);
  });
  return y;
}

#define KOVAR_INSTANTIATE(ExecSpace) template class FactoredResolvent<ExecSpace>;
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
