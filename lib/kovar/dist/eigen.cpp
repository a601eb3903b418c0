// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/dist/backend/checks.hpp>
#include <kovar/dist/backend/elpa.hpp>
#include <kovar/dist/backend/scalapack.hpp>
#include <kovar/dist/backend/scalapack_eigen.hpp>
#include <kovar/dist/eigen.hpp>
#include <kovar/dist/product.hpp>
#include <kovar/dist/redistribute.hpp>
#include <kovar/dist/share.hpp>
#include <kovar/dist/tridiagonal_form.hpp>
#include <kovar/linalg/inertia.hpp>
#include <kovar/linalg/rescaling.hpp>
#include <kovar/linalg/tridiagonal_eigen.hpp>

#include <algorithm>
#include <cmath>
#include <string>

namespace kovar::dist {
namespace {

/// What every call here refuses.
template <class Scalar>
void require_problem(Host const& space, BlockCyclicMatrix<Scalar> const& a, EigenEngine engine)
{
  agree(a.grid().comm(), [&] {
    backend::require_square("eigenpairs", a);
    KOVAR_REQUIRE(engine != EigenEngine::elpa || backend::has_elpa() || a.grid().is_alone(),
                  "eigenpairs: this kovar was built without ELPA (KOVAR_ENABLE_ELPA=OFF); build it "
                  "with -DKOVAR_ENABLE_ELPA=ON, or take ScaLAPACK (EigenEngine::scalapack)");
  });
  if (!a.grid().is_alone()) backend::require_addressable("eigenpairs", a);
  double const largest = largest_magnitude(space, a);
  agree(a.grid().comm(), [&] {
    KOVAR_REQUIRE(std::isfinite(largest),
                  "eigenpairs: " << backend::size_of(a)
                                 << " has an entry that is NaN or infinite (such a matrix has no "
                                    "eigenvalues)");
  });
}

/// ELPA wants something on every rank.
template <class Scalar>
bool takes_elpa(BlockCyclicMatrix<Scalar> const& a, EigenEngine engine)
{
  return engine != EigenEngine::scalapack && backend::has_elpa_for<Scalar>() &&
         a.rows().size(a.grid().n_rows() - 1) > 0 && a.columns().size(a.grid().n_columns() - 1) > 0;
}

template <class Scalar>
void require_part(BlockCyclicMatrix<Scalar> const& a, EigenPart part)
{
  KOVAR_REQUIRE(part.n >= 0 && part.n <= a.n_rows(),
                "eigenpairs: " << part.n << " are wanted of " << backend::size_of(a)
                               << ", which has " << a.n_rows());
}

template <class Scalar>
bool takes_two_stages(BlockCyclicMatrix<Scalar> const& a, EigenEngine engine)
{
  return engine == EigenEngine::two_stage ||
         (engine == EigenEngine::automatic &&
          are_two_stages_faster(a.n_rows(), a.grid().comm().size()));
}

/// Do the vectors fit into a rank's share of the matrix, and are they cheaper one by one?
bool are_few(std::int64_t n, int n_ranks, std::int64_t n_wanted)
{
  return linalg::takes_single_vectors(n, n_wanted) && n_wanted * n_ranks <= n;
}

/// The choice of rank 0, so that ranks on unlike processors do not part.
template <class Scalar>
EigenPart agreed_part(BlockCyclicMatrix<Scalar> const& a, ChooseEigenPart<Scalar> const& choose,
                      linalg::CountBelow<Scalar> const& count_below)
{
  EigenPart part;
  agree(a.grid().comm(), [&] {
    part = choose(count_below);
    require_part(a, part);
  });
  double packed[2] = {part.end == SpectrumEnd::largest ? 1.0 : 0.0, static_cast<double>(part.n)};
  a.grid().comm().broadcast(packed, 2);
  return {packed[0] == 1 ? SpectrumEnd::largest : SpectrumEnd::smallest,
          static_cast<std::int64_t>(packed[1])};
}

template <class Scalar>
BlockCyclicMatrix<Scalar> matrix_beside(Host const& space, char const* label,
                                        BlockCyclicMatrix<Scalar> const& a, std::int64_t n_columns)
{
  return BlockCyclicMatrix<Scalar>(space, label, a.grid(), a.n_rows(), n_columns, a.block());
}

/// The first columns of q in memory of their own, so that the others' can go.
template <class Scalar>
BlockCyclicMatrix<Scalar> cut(Host const& space, BlockCyclicMatrix<Scalar> const& q, std::int64_t n)
{
  if (n == q.n_columns()) return q;
  auto const first = matrix_beside(space, "kovar::dist::eigenvectors", q, n);
  Kokkos::deep_copy(space, first.local(), q.first_columns(n).local());
  space.fence();  // the columns that are copied may go away
  return first;
}

template <class Scalar>
void multiply(std::vector<Scalar>& list, Scalar factor)
{
  for (Scalar& x : list) x *= factor;
}

template <class Scalar>
linalg::Eigenpairs<Scalar, Host> pairs_of_share(Host const& space,
                                                BlockCyclicMatrix<Scalar> const& a,
                                                ChooseEigenPart<Scalar> const& choose,
                                                EigenPart& part)
{
  std::int64_t const n = a.n_rows();
  return linalg::eigenpairs<Scalar, Host>(
      space, a.local(), [&](linalg::CountBelow<Scalar> const& count_below) {
        part = agreed_part(a, choose, count_below);
        return part.end == SpectrumEnd::smallest ? linalg::EigenRange{0, part.n}
                                                 : linalg::EigenRange{n - part.n, n};
      });
}

/// On one rank.
template <class Scalar>
BlockCyclicEigenpairs<Scalar> eigenpairs_alone(Host const& space,
                                               BlockCyclicMatrix<Scalar> const& a,
                                               ChooseEigenPart<Scalar> const& choose)
{
  BlockCyclicEigenpairs<Scalar> result;
  auto const pairs = pairs_of_share(space, a, choose, result.part);
  std::int64_t const m = result.part.n;
  result.values = pairs.values;
  result.vectors = matrix_beside(space, "kovar::dist::eigenvectors", a, m);
  bool const is_reversed = result.part.end == SpectrumEnd::largest;
  if (is_reversed) std::reverse(result.values.begin(), result.values.end());
  for (std::int64_t k = 0; k < m; ++k)
    Kokkos::deep_copy(space, Kokkos::subview(result.vectors.local(), Kokkos::ALL, k),
                      Kokkos::subview(pairs.vectors, Kokkos::ALL, is_reversed ? m - 1 - k : k));
  space.fence();  // the vectors that are copied go away
  return result;
}

/// The n_wanted smallest eigenpairs of T by rank 0 for all: values over d.
template <class Scalar>
BlockCyclicMatrix<Scalar> vectors_of_root(Host const& space, BlockCyclicMatrix<Scalar> const& a,
                                          std::vector<Scalar>& d, std::vector<Scalar> const& e,
                                          std::int64_t n_wanted)
{
  Region const region("kovar::dist::tridiagonal_eigenpairs[LAPACK]");
  Communicator const& comm = a.grid().comm();
  auto const q = matrix_beside(space, "kovar::dist::eigenvectors", a, n_wanted);
  Matrix<Scalar, Host> whole;
  agree(comm, [&] {
    if (!comm.is_root()) return;
    whole = allocate<Matrix<Scalar, Host>>(space, "kovar::dist::eigenvectors_of_root", a.n_rows(),
                                           n_wanted);
    space.fence();  // the host writes into the fresh matrix
    auto const values =
        linalg::pairs_of_tridiagonal(space, d, e, linalg::EigenRange{0, n_wanted}, whole.data());
    std::copy(values.begin(), values.end(), d.begin());
  });
  comm.broadcast(d.data(), n_wanted);
  scatter(space, whole, q);
  space.fence();  // the vectors of rank 0 go away
  return q;
}

/// The n_wanted smallest eigenpairs of T: values over d, vectors cut.
template <class Scalar>
BlockCyclicMatrix<Scalar> tridiagonal_vectors(Host const& space, BlockCyclicMatrix<Scalar> const& a,
                                              EigenEngine engine, std::vector<Scalar>& d,
                                              std::vector<Scalar>& e, std::int64_t n_wanted)
{
  if (takes_two_stages(a, engine) && are_few(a.n_rows(), a.grid().comm().size(), n_wanted))
    return vectors_of_root(space, a, d, e, n_wanted);
  bool const by_elpa = takes_elpa(a, engine);
  Region const region(std::string("kovar::dist::tridiagonal_eigenpairs[") +
                      (by_elpa ? "ELPA]" : "ScaLAPACK]"));
  auto const q = matrix_beside(space, "kovar::dist::tridiagonal_eigenvectors", a, a.n_rows());
  if (by_elpa) {
    backend::elpa_tridiagonal_eigenpairs(d, e, n_wanted, q);
  } else {
    int const info = backend::stedc(d, e, q);
    if (info > 0) throw BackendError("stedc: info " + std::to_string(info), true);
  }
  return cut(space, q, n_wanted);
}

/// By way of a tridiagonal form that can be looked at.
template <class Scalar>
BlockCyclicEigenpairs<Scalar> eigenpairs_in_steps(Host const& space,
                                                  BlockCyclicMatrix<Scalar> const& a,
                                                  ChooseEigenPart<Scalar> const& choose,
                                                  EigenEngine engine)
{
  Region const region("kovar::dist::eigenpairs[in steps]");
  auto const scaling = linalg::rescaling_of<Scalar>(largest_magnitude(space, a));
  scale(space, a, scaling.forth);
  auto form = tridiagonalize(space, a, takes_two_stages(a, engine));
  auto& t = form.t;
  BlockCyclicEigenpairs<Scalar> result;
  result.part = agreed_part<Scalar>(a, choose, [&](Scalar x) {
    return linalg::count_below(t.diagonal, t.off_diagonal,
                               static_cast<double>(x) * static_cast<double>(scaling.forth));
  });
  if (result.part.n == 0) {
    result.vectors = matrix_beside(space, "kovar::dist::eigenvectors", a, 0);
    return result;
  }

  // The largest are the smallest of -T.
  Scalar const sign = result.part.end == SpectrumEnd::largest ? -1 : 1;
  multiply(t.diagonal, sign);
  multiply(t.off_diagonal, sign);
  result.vectors = tridiagonal_vectors(space, a, engine, t.diagonal, t.off_diagonal, result.part.n);
  form.apply_q(result.vectors);
  result.values.assign(t.diagonal.begin(), t.diagonal.begin() + result.part.n);
  multiply(result.values, sign * scaling.back);
  return result;
}

template <class Scalar>
BlockCyclicEigenpairs<Scalar> eigenpairs_by_elpa(Host const& space,
                                                 BlockCyclicMatrix<Scalar> const& a, EigenPart part)
{
  Region const region("kovar::dist::eigenpairs[ELPA]");
  auto const scaling = linalg::rescaling_of<Scalar>(largest_magnitude(space, a));
  Scalar const sign = part.end == SpectrumEnd::largest ? -1 : 1;
  scale(space, a, sign * scaling.forth);
  fill_upper_triangle(space, a);
  BlockCyclicEigenpairs<Scalar> result;
  result.part = part;
  auto const q = matrix_beside(space, "kovar::dist::all_eigenvectors", a, a.n_rows());
  space.fence();  // ELPA reads a on the host
  result.values = backend::elpa_eigenpairs(a, part.n, q);
  result.values.resize(static_cast<std::size_t>(part.n));
  multiply(result.values, sign * scaling.back);
  result.vectors = cut(space, q, part.n);
  return result;
}

}  // namespace

template <class Scalar>
BlockCyclicEigenpairs<Scalar> eigenpairs(Host const& space, BlockCyclicMatrix<Scalar> const& a,
                                         ChooseEigenPart<Scalar> const& choose, EigenEngine engine)
{
  require_problem(space, a, engine);
  if (a.n_rows() == 0) return {{}, {}, matrix_beside(space, "kovar::dist::eigenvectors", a, 0)};
  if (a.grid().is_alone()) return eigenpairs_alone(space, a, choose);
  return eigenpairs_in_steps(space, a, choose, engine);
}

template <class Scalar>
BlockCyclicEigenpairs<Scalar> eigenpairs(Host const& space, BlockCyclicMatrix<Scalar> const& a,
                                         EigenPart part, EigenEngine engine)
{
  agree(a.grid().comm(), [&] { require_part(a, part); });
  if (a.grid().is_alone() || !takes_elpa(a, engine) || takes_two_stages(a, engine) || part.n == 0)
    return eigenpairs<Scalar>(
        space, a, [&](auto const&) { return part; }, engine);
  require_problem(space, a, engine);
  return eigenpairs_by_elpa(space, a, part);
}

bool takes_few_vectors(std::int64_t n, int n_ranks, std::int64_t n_wanted)
{
  return n_ranks > 1 && are_two_stages_faster(n, n_ranks) && are_few(n, n_ranks, n_wanted);
}

template <class Scalar>
BlockCyclicEigenpairs<Scalar> eigenpairs_between(Host const& space,
                                                 BlockCyclicMatrix<Scalar> const& a, Scalar low,
                                                 Scalar high, EigenEngine engine)
{
  agree(a.grid().comm(), [&] {
    KOVAR_REQUIRE(low <= high,
                  "eigenpairs_between: from " << low << " to " << high << " is no interval");
  });
  std::int64_t n_skipped = 0;
  auto const pairs = eigenpairs<Scalar>(
      space, a,
      [&](linalg::CountBelow<Scalar> const& count_below) {
        std::int64_t const first = count_below(low);
        std::int64_t const last = std::max(first, count_below(high));
        bool const from_below = last <= a.n_rows() - first;
        n_skipped = from_below ? first : a.n_rows() - last;
        return from_below ? EigenPart{SpectrumEnd::smallest, last}
                          : EigenPart{SpectrumEnd::largest, a.n_rows() - first};
      },
      engine);
  double skipped_of_root = static_cast<double>(n_skipped);
  a.grid().comm().broadcast(&skipped_of_root, 1);
  n_skipped = static_cast<std::int64_t>(skipped_of_root);
  if (n_skipped == 0) return pairs;

  BlockCyclicEigenpairs<Scalar> wanted;
  wanted.part = {pairs.part.end, pairs.part.n - n_skipped};
  wanted.values.assign(pairs.values.begin() + n_skipped, pairs.values.end());
  wanted.vectors = matrix_beside(space, "kovar::dist::eigenvectors", a, wanted.part.n);
  copy_block(space, pairs.vectors, {0, n_skipped}, wanted.vectors, {}, {a.n_rows(), wanted.part.n});
  return wanted;
}

template <class Scalar>
std::vector<Scalar> eigenvalues(Host const& space, BlockCyclicMatrix<Scalar> const& a)
{
  require_problem(space, a, EigenEngine::automatic);
  if (a.n_rows() == 0) return {};
  Region const region("kovar::dist::eigenvalues");
  auto const scaling = linalg::rescaling_of<Scalar>(largest_magnitude(space, a));
  scale(space, a, scaling.forth);
  linalg::Tridiagonal<Scalar, Host> t;
  if (a.grid().is_alone()) {
    t = linalg::tridiagonalize<Scalar, Host>(space, a.local());
  } else {
    auto const form = tridiagonalize(space, a, takes_two_stages(a, EigenEngine::automatic));
    t.diagonal = to_space(space, form.t.diagonal, "kovar::dist::diagonal");
    t.off_diagonal = to_space(space, form.t.off_diagonal, "kovar::dist::off_diagonal");
  }
  auto values = linalg::eigenvalues<Scalar, Host>(space, t);
  multiply(values, scaling.back);
  return values;
}

#define KOVAR_DIST_EIGEN(Scalar)                                                                   \
  template BlockCyclicEigenpairs<Scalar> eigenpairs(Host const&, BlockCyclicMatrix<Scalar> const&, \
                                                    ChooseEigenPart<Scalar> const&, EigenEngine);  \
  template BlockCyclicEigenpairs<Scalar> eigenpairs(Host const&, BlockCyclicMatrix<Scalar> const&, \
                                                    EigenPart, EigenEngine);                       \
  template BlockCyclicEigenpairs<Scalar> eigenpairs_between(                                       \
      Host const&, BlockCyclicMatrix<Scalar> const&, Scalar, Scalar, EigenEngine);                 \
  template std::vector<Scalar> eigenvalues(Host const&, BlockCyclicMatrix<Scalar> const&);
KOVAR_DIST_EIGEN(double)
KOVAR_DIST_EIGEN(float)
#undef KOVAR_DIST_EIGEN

}  // namespace kovar::dist
