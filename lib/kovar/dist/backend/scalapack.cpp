// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/dist/backend/descriptor.hpp>
#include <kovar/dist/backend/scalapack.hpp>

#include <cstddef>

// Fortran symbols of ScaLAPACK and PBLAS with 32-bit integers. PBLAS is written in C and takes no lengths of
// characters; ScaLAPACK does, one for each.
extern "C" {
#define KOVAR_SCALAPACK_ROUTINES(Scalar, p)                                                      \
  void p##gemr2d_(int const*, int const*, Scalar const*, int const*, int const*, int const*,     \
                  Scalar*, int const*, int const*, int const*, int const*);                      \
  void p##gemm_(char const*, char const*, int const*, int const*, int const*, Scalar const*,     \
                Scalar const*, int const*, int const*, int const*, Scalar const*, int const*,    \
                int const*, int const*, Scalar const*, Scalar*, int const*, int const*,          \
                int const*);                                                                     \
  void p##syrk_(char const*, char const*, int const*, int const*, Scalar const*, Scalar const*,  \
                int const*, int const*, int const*, Scalar const*, Scalar*, int const*,          \
                int const*, int const*);                                                         \
  void p##tradd_(char const*, char const*, int const*, int const*, Scalar const*, Scalar const*, \
                 int const*, int const*, int const*, Scalar const*, Scalar*, int const*,         \
                 int const*, int const*);                                                        \
  void p##trsm_(char const*, char const*, char const*, char const*, int const*, int const*,      \
                Scalar const*, Scalar const*, int const*, int const*, int const*, Scalar*,       \
                int const*, int const*, int const*);
KOVAR_SCALAPACK_ROUTINES(double, pd)
KOVAR_SCALAPACK_ROUTINES(float, ps)
#undef KOVAR_SCALAPACK_ROUTINES
}

namespace kovar::dist::backend {
namespace {

/// Both precisions of a routine under one name.
template <class Scalar>
struct Routines;
#define KOVAR_SCALAPACK_TABLE(Scalar, p)       \
  template <>                                  \
  struct Routines<Scalar> {                    \
    static constexpr auto gemr2d = p##gemr2d_; \
    static constexpr auto gemm = p##gemm_;     \
    static constexpr auto syrk = p##syrk_;     \
    static constexpr auto tradd = p##tradd_;   \
    static constexpr auto trsm = p##trsm_;     \
  };
KOVAR_SCALAPACK_TABLE(double, pd)
KOVAR_SCALAPACK_TABLE(float, ps)
#undef KOVAR_SCALAPACK_TABLE

}  // namespace

template <class Scalar>
void gemr2d(BlockCyclicMatrix<Scalar> const& from, Corner from_corner,
            BlockCyclicMatrix<Scalar> const& to, Corner to_corner, Extent extent)
{
  int const m = as_int(extent.rows);
  int const n = as_int(extent.columns);
  int const ia = as_int(from_corner.row) + 1;
  int const ja = as_int(from_corner.column) + 1;
  int const ib = as_int(to_corner.row) + 1;
  int const jb = as_int(to_corner.column) + 1;
  auto const from_descriptor = descriptor(from);
  auto const to_descriptor = descriptor(to);
  Routines<Scalar>::gemr2d(&m, &n, from.local().data(), &ia, &ja, from_descriptor.data(),
                           to.local().data(), &ib, &jb, to_descriptor.data(),
                           &from.grid().backend()->context);
}

template <class Scalar>
void gemm(char trans_a, char trans_b, Scalar alpha, BlockCyclicMatrix<Scalar> const& a,
          BlockCyclicMatrix<Scalar> const& b, Scalar beta, BlockCyclicMatrix<Scalar> const& c)
{
  int const m = as_int(c.n_rows());
  int const n = as_int(c.n_columns());
  int const k = as_int(trans_a == 'N' ? a.n_columns() : a.n_rows());
  auto const a_descriptor = descriptor(a);
  auto const b_descriptor = descriptor(b);
  auto const c_descriptor = descriptor(c);
  Routines<Scalar>::gemm(&trans_a, &trans_b, &m, &n, &k, &alpha, a.local().data(), &one, &one,
                         a_descriptor.data(), b.local().data(), &one, &one, b_descriptor.data(),
                         &beta, c.local().data(), &one, &one, c_descriptor.data());
}

template <class Scalar>
void syrk(char trans, Scalar alpha, BlockCyclicMatrix<Scalar> const& a, Scalar beta,
          BlockCyclicMatrix<Scalar> const& c)
{
  int const n = as_int(c.n_rows());
  int const k = as_int(trans == 'N' ? a.n_columns() : a.n_rows());
  auto const a_descriptor = descriptor(a);
  auto const c_descriptor = descriptor(c);
  Routines<Scalar>::syrk("L", &trans, &n, &k, &alpha, a.local().data(), &one, &one,
                         a_descriptor.data(), &beta, c.local().data(), &one, &one,
                         c_descriptor.data());
}

template <class Scalar>
void mirror(BlockCyclicMatrix<Scalar> const& a)
{
  // What is below the diagonal goes above it: the two do not overlap, and the diagonal is not touched.
  int const n = as_int(a.n_rows()) - 1;
  if (n < 1) return;
  int const two = 2;
  Scalar const alpha = 1;
  Scalar const beta = 0;
  auto const a_descriptor = descriptor(a);
  Routines<Scalar>::tradd("U", "T", &n, &n, &alpha, a.local().data(), &two, &one,
                          a_descriptor.data(), &beta, a.local().data(), &one, &two,
                          a_descriptor.data());
}

template <class Scalar>
void trsm_left(char trans, BlockCyclicMatrix<Scalar> const& l, BlockCyclicMatrix<Scalar> const& b)
{
  int const m = as_int(b.n_rows());
  int const n = as_int(b.n_columns());
  Scalar const alpha = 1;
  auto const l_descriptor = descriptor(l);
  auto const b_descriptor = descriptor(b);
  Routines<Scalar>::trsm("L", "L", &trans, "N", &m, &n, &alpha, l.local().data(), &one, &one,
                         l_descriptor.data(), b.local().data(), &one, &one, b_descriptor.data());
}

#define KOVAR_DIST_SCALAPACK(Scalar)                                                               \
  template void gemr2d(BlockCyclicMatrix<Scalar> const&, Corner, BlockCyclicMatrix<Scalar> const&, \
                       Corner, Extent);                                                            \
  template void gemm(char, char, Scalar, BlockCyclicMatrix<Scalar> const&,                         \
                     BlockCyclicMatrix<Scalar> const&, Scalar, BlockCyclicMatrix<Scalar> const&);  \
  template void syrk(char, Scalar, BlockCyclicMatrix<Scalar> const&, Scalar,                       \
                     BlockCyclicMatrix<Scalar> const&);                                            \
  template void mirror(BlockCyclicMatrix<Scalar> const&);                                          \
  template void trsm_left(char, BlockCyclicMatrix<Scalar> const&, BlockCyclicMatrix<Scalar> const&);
KOVAR_DIST_SCALAPACK(double)
KOVAR_DIST_SCALAPACK(float)
#undef KOVAR_DIST_SCALAPACK

}  // namespace kovar::dist::backend
