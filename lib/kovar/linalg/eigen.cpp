// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/backend/dispatch.hpp>
#include <kovar/linalg/band_reduction.hpp>
#include <kovar/linalg/block_reflectors.hpp>
#include <kovar/linalg/bulge_chasing.hpp>
#include <kovar/linalg/chase_reflectors.hpp>
#include <kovar/linalg/eigen.hpp>
#include <kovar/linalg/inertia.hpp>
#include <kovar/linalg/largest_magnitude.hpp>
#include <kovar/linalg/rescaling.hpp>
#include <kovar/linalg/triangle.hpp>
#include <kovar/linalg/tridiagonal_eigen.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace kovar::linalg {
namespace {

template <class Scalar>
std::vector<Scalar> tridiagonal_eigenvalues(std::vector<Scalar> d, std::vector<Scalar> e)
{
  e.resize(std::max<std::size_t>(1, d.size()));
  int const n_failed = backend::host::sterf(static_cast<int>(d.size()), d.data(), e.data());
  if (n_failed != 0)
    throw BackendError("sterf: " + std::to_string(n_failed) +
                       " off-diagonals of a tridiagonal matrix of order " +
                       std::to_string(d.size()) + " did not converge; are the data finite?");
  return d;
}

/// Order from which on two stages are faster.
/// Measured with OpenBLAS 0.3.21 on two cores that share 32 MB of cache (perf/results).
constexpr std::int64_t two_stage_order = 2500;

template <class ExecSpace>
TridiagonalForm form_of(TridiagonalForm wanted, std::int64_t n)
{
  if (!is_host_space<ExecSpace> || wanted == TridiagonalForm::one_stage)
    return TridiagonalForm::one_stage;
  if (wanted == TridiagonalForm::automatic && n < two_stage_order)
    return TridiagonalForm::one_stage;
  return TridiagonalForm::two_stage;
}

/// Multiply a contiguous vector.
template <class Scalar, class ExecSpace>
void scale(ExecSpace const& space, Vector<Scalar, ExecSpace> const& x, Scalar factor)
{
  Kokkos::parallel_for(
      "kovar::linalg::rescale_tridiagonal",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, x.extent(0)),
      KOKKOS_LAMBDA(std::int64_t i) { x(i) *= factor; });
}

/// Bring the lower triangle near 1 where needed.
template <class Scalar, class ExecSpace>
Rescaling<Scalar> rescale(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a)
{
  auto const scaling = rescaling_of<Scalar>(largest_magnitude<Scalar, ExecSpace>(space, a));
  if (scaling.forth != 1) {
    Scalar const forth = scaling.forth;
    for_lower_triangle(
        space, "kovar::linalg::rescale", a.extent(0),
        KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) { a(i, j) *= forth; });
  }
  return scaling;
}

/// c := Q c (trans 'N') or Q^T c (trans 'T') for the Q that tridiagonalize() left in a.
template <class Scalar, class ExecSpace>
void apply_q(ExecSpace const& space, char trans, Matrix<Scalar, ExecSpace> const& a,
             Tridiagonal<Scalar, ExecSpace> const& t, Matrix<Scalar, ExecSpace> const& c)
{
  if (c.extent(0) == 0 || c.extent(1) == 0) return;
  Region const region("kovar::linalg::apply_q");
  auto const as_int = [](std::size_t n) {
    return lapack_int(static_cast<std::int64_t>(n), "eigenvectors");
  };
  int const n = as_int(c.extent(0));
  int const m = as_int(c.extent(1));
  int const lda = as_int(a.stride(1));
  int const ldc = as_int(std::max(c.stride(1), c.extent(0)));
  if constexpr (!is_host_space<ExecSpace>) {
    backend::ormtr(space, trans, n, m, a.data(), lda, t.tau.data(), c.data(), ldc);
  } else if (t.form == TridiagonalForm::one_stage) {
    space.fence();  // the host reads a and c
    apply_tridiagonal_reflectors(trans, n, m, a.data(), lda, t.tau.data(), c.data(), ldc);
  } else {
    space.fence();  // the host reads a and c
    Scalar const* const reflectors = a.data();
    if (trans == 'T')
      apply_band_reflectors(trans, n, m, reflectors, lda, t.block_factors.data(), c.data(), ldc);
    apply_chase_reflectors(space, trans, n, m, reflectors, lda, c.data(), ldc);
    if (trans == 'N')
      apply_band_reflectors(trans, n, m, reflectors, lda, t.block_factors.data(), c.data(), ldc);
  }
}

}  // namespace

template <class Scalar, class ExecSpace>
Tridiagonal<Scalar, ExecSpace> tridiagonalize(ExecSpace const& space,
                                              Matrix<Scalar, ExecSpace> const& a,
                                              TridiagonalForm form)
{
  KOVAR_REQUIRE(a.extent(0) == a.extent(1), "tridiagonalize: '"
                                                << a.label() << "' is " << a.extent(0) << " x "
                                                << a.extent(1) << " (a square matrix is needed)");
  std::int64_t const n = a.extent(0);
  TridiagonalForm const taken = form_of<ExecSpace>(form, n);
  bool const one_stage = taken == TridiagonalForm::one_stage;
  Region const region(std::string("kovar::linalg::tridiagonalize[") +
                      (one_stage ? backend::library_of<ExecSpace>() : "two stages") + "]");
  using View = Vector<Scalar, ExecSpace>;
  std::int64_t const n_off = std::max<std::int64_t>(0, n - 1);
  Tridiagonal<Scalar, ExecSpace> t;
  t.form = taken;
  t.diagonal = allocate<View>(space, "kovar::linalg::tridiagonal_diagonal", n);
  t.off_diagonal = allocate<View>(space, "kovar::linalg::tridiagonal_off_diagonal", n_off);
  if (n == 0) return t;
  auto const scaling = rescale<Scalar, ExecSpace>(space, a);
  int const order = lapack_int(n, "tridiagonalize");
  int const lda = lapack_int(static_cast<std::int64_t>(a.stride(1)), "tridiagonalize");
  if (one_stage) {
    t.tau = allocate<View>(space, "kovar::linalg::tridiagonal_tau", n_off);
    backend::sytrd(space, order, a.data(), lda, t.diagonal.data(), t.off_diagonal.data(),
                   t.tau.data());
  } else if constexpr (is_host_space<ExecSpace>) {
    t.block_factors =
        allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::linalg::block_factors", band_width, n);
    space.fence();  // the host reads a
    reduce_to_band(order, a.data(), lda, t.block_factors.data());
    chase_bulges(space, order, a.data(), lda, t.diagonal.data(), t.off_diagonal.data());
  }
  if (scaling.back != 1) {
    scale(space, t.diagonal, scaling.back);
    scale(space, t.off_diagonal, scaling.back);
  }
  return t;
}

template <class Scalar, class ExecSpace>
void apply_q_transposed(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                        Tridiagonal<Scalar, ExecSpace> const& t, Matrix<Scalar, ExecSpace> const& c)
{
  Region const region("kovar::linalg::apply_q_transposed");
  apply_q(space, 'T', a, t, c);
}

template <class Scalar, class ExecSpace>
std::vector<Scalar> eigenvalues(ExecSpace const& space, Tridiagonal<Scalar, ExecSpace> const& t)
{
  if (t.diagonal.extent(0) == 0) return {};
  return tridiagonal_eigenvalues(to_list(space, t.diagonal), to_list(space, t.off_diagonal));
}

template <class Scalar, class ExecSpace>
Eigenpairs<Scalar, ExecSpace> eigenpairs(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                                         ChooseEigenRange<Scalar> const& choose,
                                         TridiagonalForm form)
{
  KOVAR_REQUIRE(a.extent(0) == a.extent(1), "eigenpairs: '" << a.label() << "' is " << a.extent(0)
                                                            << " x " << a.extent(1)
                                                            << " (a square matrix is needed)");
  std::int64_t const n = a.extent(0);
  if (n == 0) return {};
  Region const region(std::string("kovar::linalg::eigenpairs[") + backend::library_of<ExecSpace>() +
                      "]");
  Eigenpairs<Scalar, ExecSpace> result;

#ifdef KOVAR_ENABLE_CUDA
  if constexpr (std::is_same_v<ExecSpace, Kokkos::Cuda>) {
    // cuSOLVER has no routine between the tridiagonal form and the vectors: all of them at once.
    auto const w = allocate<Vector<Scalar, ExecSpace>>(space, "kovar::linalg::eigenvalues", n);
    int const info =
        backend::cuda::syevd(space, n, a.data(), static_cast<std::int64_t>(a.stride(1)), w.data());
    if (info != 0) throw BackendError("cusolverDnXsyevd: info " + std::to_string(info));
    std::vector<Scalar> const all = to_list(space, w);
    result.range = choose([&all](Scalar x) {
      return static_cast<std::int64_t>(std::lower_bound(all.begin(), all.end(), x) - all.begin());
    });
    result.values.assign(all.begin() + result.range.first, all.begin() + result.range.last);
    result.vectors = allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::linalg::eigenvectors", n,
                                                         result.range.size());
    Kokkos::deep_copy(
        space, result.vectors,
        Kokkos::subview(a, Kokkos::ALL, std::make_pair(result.range.first, result.range.last)));
    return result;
  }
#endif

  Tridiagonal<Scalar, ExecSpace> const t = tridiagonalize(space, a, form);
  std::vector<Scalar> const d = to_list(space, t.diagonal);
  std::vector<Scalar> const e = to_list(space, t.off_diagonal);
  result.range = choose([&](Scalar x) { return count_below(d, e, x); });
  std::int64_t const m = result.range.size();
  result.vectors = allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::linalg::eigenvectors", n, m);
  if (m == 0) return result;
  {
    auto const host = Kokkos::create_mirror_view(result.vectors);
    space.fence();  // the host writes into the fresh matrix
    result.values = pairs_of_tridiagonal(host_instance(space), d, e, result.range, host.data());
    Kokkos::deep_copy(space, result.vectors, host);
    space.fence();  // the copy on the host goes away
  }
  apply_q(space, 'N', a, t, result.vectors);
  return result;
}

template <class Scalar, class ExecSpace>
Eigenpairs<Scalar, ExecSpace> eigenpairs(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                                         TridiagonalForm form)
{
  EigenRange const all = {0, static_cast<std::int64_t>(a.extent(0))};
  return eigenpairs<Scalar, ExecSpace>(
      space, a, [&](auto const&) { return all; }, form);
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                               \
  template Tridiagonal<Scalar, ExecSpace> tridiagonalize(                                  \
      ExecSpace const&, Matrix<Scalar, ExecSpace> const&, TridiagonalForm);                \
  template void apply_q_transposed(ExecSpace const&, Matrix<Scalar, ExecSpace> const&,     \
                                   Tridiagonal<Scalar, ExecSpace> const&,                  \
                                   Matrix<Scalar, ExecSpace> const&);                      \
  template std::vector<Scalar> eigenvalues(ExecSpace const&,                               \
                                           Tridiagonal<Scalar, ExecSpace> const&);         \
  template Eigenpairs<Scalar, ExecSpace> eigenpairs(                                       \
      ExecSpace const&, Matrix<Scalar, ExecSpace> const&, ChooseEigenRange<Scalar> const&, \
      TridiagonalForm);                                                                    \
  template Eigenpairs<Scalar, ExecSpace> eigenpairs(                                       \
      ExecSpace const&, Matrix<Scalar, ExecSpace> const&, TridiagonalForm);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::linalg
