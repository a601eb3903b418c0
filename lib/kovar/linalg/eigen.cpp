// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/simd.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/backend/dispatch.hpp>
#include <kovar/linalg/eigen.hpp>
#include <kovar/linalg/triangle.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace kovar::linalg {
namespace {

/// Entries of a vector as a host array.
template <class Scalar, class ExecSpace>
std::vector<Scalar> on_host(ExecSpace const& space, Vector<Scalar, ExecSpace> const& v)
{
  auto const host = Kokkos::create_mirror_view(v);
  Kokkos::deep_copy(space, host, v);
  space.fence();  // the host reads the entries
  return std::vector<Scalar>(host.data(), host.data() + host.extent(0));
}

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

/// Share of the spectrum up to which single eigenvectors are cheaper than divide and conquer.
/// Measured with OpenBLAS 0.3.21 on two Zen 5 cores at n = 2,000 (perf/results).
constexpr double largest_partial_share = 0.12;

/// Largest magnitude of diagonal and off-diagonal.
template <class Scalar>
double largest_magnitude(std::vector<Scalar> const& d, std::vector<Scalar> const& e)
{
  double largest = 0;
  for (double const x : d) largest = std::max(largest, std::fabs(x));
  for (double const x : e) largest = std::max(largest, std::fabs(x));
  return largest;
}

/// Eigenvalues of a tridiagonal matrix below x, by Sylvester's law: negative pivots of T - x I. In
/// double and for entries of at most 1, whatever the matrix: squares of large numbers overflow.
template <class Scalar>
std::int64_t count_below(std::vector<Scalar> const& d, std::vector<Scalar> const& e, double x)
{
  double const largest = largest_magnitude(d, e);
  if (largest == 0) return x > 0 ? static_cast<std::int64_t>(d.size()) : 0;
  constexpr double smallest_pivot = std::numeric_limits<double>::min();
  std::int64_t n_negative = 0;
  double pivot = 1;
  for (std::size_t i = 0; i < d.size(); ++i) {
    double const off = i > 0 ? static_cast<double>(e[i - 1]) / largest : 0.0;
    pivot = (static_cast<double>(d[i]) - x) / largest - off * (off / pivot);
    if (std::fabs(pivot) < smallest_pivot) pivot = -smallest_pivot;
    if (pivot < 0) ++n_negative;
  }
  return n_negative;
}

/// Powers of two that bring a matrix of very large or very small entries near 1, where the squares in
/// a reduction neither overflow nor vanish, and back; 1 for any other matrix.
template <class Scalar>
struct Rescaling {
  Scalar forth = 1;
  Scalar back = 1;
};

template <class Scalar>
Rescaling<Scalar> rescaling_of(double largest)
{
  constexpr double bound = std::is_same_v<Scalar, double> ? 1e100 : 1e12;
  if (!std::isfinite(largest) || largest == 0 || (largest < bound && largest > 1 / bound))
    return {};
  int const exponent = std::ilogb(largest);
  return {std::ldexp(Scalar(1), -exponent), std::ldexp(Scalar(1), exponent)};
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

/// Largest magnitude in the lower triangle.
template <class Scalar, class ExecSpace>
double largest_magnitude(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a)
{
  using Policy = Kokkos::TeamPolicy<ExecSpace, Kokkos::Schedule<Kokkos::Dynamic>>;
  using Team = typename Policy::member_type;
  std::int64_t const n = a.extent(0);
  double largest = 0;
  if (n == 0) return largest;
  Kokkos::parallel_reduce(
      "kovar::linalg::largest_magnitude", Policy(space, static_cast<int>(n), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team, double& bound) {
        std::int64_t const j = team.league_rank();
        double const of_column = team_max<ExecSpace>(
            team, j, n, [&](std::int64_t i) { return math::fabs(static_cast<double>(a(i, j))); });
        if (of_column > bound) bound = of_column;
      },
      Kokkos::Max<double>(largest));
  return std::max(largest, 0.0);
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

/// Pairs [first, last) of a tridiagonal matrix: vectors into z (n x range.size(), host memory).
template <class Scalar>
std::vector<Scalar> tridiagonal_pairs(std::vector<Scalar> const& d, std::vector<Scalar> const& e,
                                      EigenRange const& range, Scalar* z)
{
  int const n = static_cast<int>(d.size());
  bool const divide_and_conquer_fits = n <= backend::host::largest_stedc;
  bool const few = static_cast<double>(range.size()) <= largest_partial_share * n;
  if (few || !divide_and_conquer_fits) {
    std::vector<Scalar> d_work = d;
    std::vector<Scalar> e_work = e;
    e_work.resize(d.size());  // stemr uses one more as workspace
    std::vector<Scalar> w(d.size());
    int const info =
        backend::host::stemr(n, d_work.data(), e_work.data(), static_cast<int>(range.first),
                             static_cast<int>(range.last) - 1, w.data(), z, n);
    w.resize(static_cast<std::size_t>(range.size()));
    if (info == 0) return w;
    if (!divide_and_conquer_fits)
      throw BackendError("stemr: info " + std::to_string(info) +
                         ": the eigenvectors of a tridiagonal matrix of order " +
                         std::to_string(n) + " were not found");
  }
  std::vector<Scalar> d_work = d;
  std::vector<Scalar> e_work = e;
  e_work.resize(std::max<std::size_t>(1, d.size()));
  std::vector<Scalar> all(static_cast<std::size_t>(n) * static_cast<std::size_t>(n));
  int const info = backend::host::stedc(n, d_work.data(), e_work.data(), all.data(), n);
  if (info != 0)
    throw BackendError("stedc: info " + std::to_string(info) +
                       ": the eigenvectors of a tridiagonal matrix of order " + std::to_string(n) +
                       " were not found");
  std::copy(all.begin() + range.first * n, all.begin() + range.last * n, z);
  return std::vector<Scalar>(d_work.begin() + range.first, d_work.begin() + range.last);
}

}  // namespace

template <class Scalar, class ExecSpace>
Tridiagonal<Scalar, ExecSpace> tridiagonalize(ExecSpace const& space,
                                              Matrix<Scalar, ExecSpace> const& a)
{
  KOVAR_REQUIRE(a.extent(0) == a.extent(1), "tridiagonalize: '"
                                                << a.label() << "' is " << a.extent(0) << " x "
                                                << a.extent(1) << " (a square matrix is needed)");
  Region const region(std::string("kovar::linalg::tridiagonalize[") +
                      backend::library_of<ExecSpace>() + "]");
  std::int64_t const n = a.extent(0);
  using View = Vector<Scalar, ExecSpace>;
  std::int64_t const n_off = std::max<std::int64_t>(0, n - 1);
  Tridiagonal<Scalar, ExecSpace> t = {
      allocate<View>(space, "kovar::linalg::tridiagonal_diagonal", n),
      allocate<View>(space, "kovar::linalg::tridiagonal_off_diagonal", n_off),
      allocate<View>(space, "kovar::linalg::tridiagonal_tau", n_off)};
  if (n == 0) return t;
  auto const scaling = rescale<Scalar, ExecSpace>(space, a);
  backend::sytrd(space, lapack_int(n, "tridiagonalize"), a.data(),
                 lapack_int(static_cast<std::int64_t>(a.stride(1)), "tridiagonalize"),
                 t.diagonal.data(), t.off_diagonal.data(), t.tau.data());
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
  if (c.extent(0) == 0 || c.extent(1) == 0) return;
  Region const region("kovar::linalg::apply_q_transposed");
  backend::ormtr(
      space, 'T', lapack_int(static_cast<std::int64_t>(c.extent(0)), "apply_q_transposed"),
      lapack_int(static_cast<std::int64_t>(c.extent(1)), "apply_q_transposed"), a.data(),
      static_cast<int>(a.stride(1)), t.tau.data(), c.data(), static_cast<int>(c.stride(1)));
}

template <class Scalar, class ExecSpace>
std::vector<Scalar> eigenvalues(ExecSpace const& space, Tridiagonal<Scalar, ExecSpace> const& t)
{
  if (t.diagonal.extent(0) == 0) return {};
  return tridiagonal_eigenvalues(on_host(space, t.diagonal), on_host(space, t.off_diagonal));
}

template <class Scalar, class ExecSpace>
Eigenpairs<Scalar, ExecSpace> eigenpairs(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                                         ChooseEigenRange<Scalar> const& choose)
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
    int const info = backend::cuda::syevd(space, static_cast<int>(n), a.data(),
                                          static_cast<int>(a.stride(1)), w.data());
    if (info != 0) throw BackendError("cusolverDn syevd: info " + std::to_string(info));
    std::vector<Scalar> const all = on_host(space, w);
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

  Tridiagonal<Scalar, ExecSpace> const t = tridiagonalize(space, a);
  std::vector<Scalar> const d = on_host(space, t.diagonal);
  std::vector<Scalar> const e = on_host(space, t.off_diagonal);
  result.range = choose([&](Scalar x) { return count_below(d, e, x); });
  result.vectors = allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::linalg::eigenvectors", n,
                                                       result.range.size());
  if (result.range.size() == 0) return result;
  auto const host = Kokkos::create_mirror_view(result.vectors);
  space.fence();  // the host writes into the fresh matrix
  result.values = tridiagonal_pairs(d, e, result.range, host.data());
  Kokkos::deep_copy(space, result.vectors, host);
  backend::ormtr(space, 'N', static_cast<int>(n), static_cast<int>(result.range.size()), a.data(),
                 static_cast<int>(a.stride(1)), t.tau.data(), result.vectors.data(),
                 static_cast<int>(n));
  return result;
}

template <class Scalar, class ExecSpace>
Eigenpairs<Scalar, ExecSpace> eigenpairs(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a)
{
  EigenRange const all = {0, static_cast<std::int64_t>(a.extent(0))};
  return eigenpairs<Scalar, ExecSpace>(space, a, [&all](auto const&) { return all; });
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                \
  template Tridiagonal<Scalar, ExecSpace> tridiagonalize(ExecSpace const&,                  \
                                                         Matrix<Scalar, ExecSpace> const&); \
  template void apply_q_transposed(ExecSpace const&, Matrix<Scalar, ExecSpace> const&,      \
                                   Tridiagonal<Scalar, ExecSpace> const&,                   \
                                   Matrix<Scalar, ExecSpace> const&);                       \
  template std::vector<Scalar> eigenvalues(ExecSpace const&,                                \
                                           Tridiagonal<Scalar, ExecSpace> const&);          \
  template Eigenpairs<Scalar, ExecSpace> eigenpairs(                                        \
      ExecSpace const&, Matrix<Scalar, ExecSpace> const&, ChooseEigenRange<Scalar> const&); \
  template Eigenpairs<Scalar, ExecSpace> eigenpairs(ExecSpace const&,                       \
                                                    Matrix<Scalar, ExecSpace> const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::linalg
