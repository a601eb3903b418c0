// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/dist/backend/checks.hpp>
#include <kovar/dist/cholesky.hpp>
#include <kovar/dist/product.hpp>
#include <kovar/dist/psd_projection.hpp>
#include <kovar/dist/share.hpp>

#include <cmath>
#include <vector>

namespace kovar::dist {
namespace {

/// Subtracting the negative part leaves rounding errors of its size. Where it is larger than the rest by
/// this factor, the result is made of the positive eigenpairs instead.
constexpr double largest_cancellation = 16;

enum class Group { smaller, positive };

template <class Scalar>
BlockCyclicMatrix<Scalar> copy_of(Host const& space, BlockCyclicMatrix<Scalar> const& a)
{
  BlockCyclicMatrix<Scalar> const copy(space, "kovar::dist::projection_work", a.grid(), a.n_rows(),
                                       a.n_columns(), a.block());
  Kokkos::deep_copy(space, copy.local(), a.local());
  return copy;
}

template <class Scalar>
BlockCyclicEigenpairs<Scalar> pairs_of(Host const& space, BlockCyclicMatrix<Scalar> const& work,
                                       EigenEngine engine, Group group, std::int64_t& n_negative)
{
  std::int64_t const n = work.n_rows();
  return eigenpairs<Scalar>(
      space, work,
      [&](linalg::CountBelow<Scalar> const& count_below) {
        n_negative = count_below(0);
        return n_negative <= n / 2 && group == Group::smaller
                   ? EigenPart{SpectrumEnd::smallest, n_negative}
                   : EigenPart{SpectrumEnd::largest, n - n_negative};
      },
      engine);
}

/// Columns times the roots of their eigenvalues' magnitudes. One that is zero but for rounding may have the
/// wrong sign: it is taken as zero.
template <class Scalar>
void scale_by_roots(Host const& space, BlockCyclicEigenpairs<Scalar> const& pairs, Scalar sign)
{
  std::vector<Scalar> roots;
  for (Scalar const value : pairs.values)
    roots.push_back(std::sqrt(std::fmax(Scalar(0), sign * value)));
  scale_columns(space, pairs.vectors, roots);
}

template <class Scalar>
double trace(Host const& space, BlockCyclicMatrix<Scalar> const& a)
{
  double sum = 0;
  for (double const entry : diagonal_list(space, a)) sum += entry;
  return sum;
}

/// a := the positive part of a.
template <class Scalar>
void keep_positive_pairs(Host const& space, BlockCyclicMatrix<Scalar> const& a, EigenEngine engine)
{
  std::int64_t n_negative = 0;
  auto const positive = pairs_of(space, copy_of(space, a), engine, Group::positive, n_negative);
  scale_by_roots(space, positive, Scalar(1));
  syrk(space, Op::none, Scalar(1), positive.vectors, Scalar(0), a);
}

}  // namespace

template <class Scalar>
std::int64_t project_psd(Host const& space, BlockCyclicMatrix<Scalar> const& a, EigenEngine engine)
{
  agree(a.grid().comm(), [&] { backend::require_square("project_psd", a); });
  if (a.n_rows() == 0) return 0;
  Region const region("kovar::dist::project_psd");
  auto work = copy_of(space, a);
  if (cholesky(space, work)) return 0;

  Kokkos::deep_copy(space, work.local(), a.local());
  std::int64_t n_negative = 0;
  auto pairs = pairs_of(space, work, engine, Group::smaller, n_negative);
  work = {};
  if (n_negative == 0) return 0;
  bool const is_negative_group = pairs.part.end == SpectrumEnd::smallest;
  Scalar const one = 1;
  scale_by_roots(space, pairs, is_negative_group ? -one : one);
  syrk(space, Op::none, one, pairs.vectors, is_negative_group ? one : Scalar(0), a);
  if (!is_negative_group) return n_negative;

  double const smallest = static_cast<double>(pairs.values.front());
  if (-smallest > largest_cancellation * trace(space, a)) {
    syrk(space, Op::none, -one, pairs.vectors, one, a);  // a as it was
    pairs = {};                                          // room for the others
    keep_positive_pairs(space, a, engine);
  }
  return n_negative;
}

template std::int64_t project_psd(Host const&, BlockCyclicMatrix<double> const&, EigenEngine);
template std::int64_t project_psd(Host const&, BlockCyclicMatrix<float> const&, EigenEngine);

}  // namespace kovar::dist
