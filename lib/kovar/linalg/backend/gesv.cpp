// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/linalg/backend/gesv.hpp>

#include <cstddef>
#include <string>
#include <vector>

// Fortran symbols of the 32-bit-integer LAPACK.
extern "C" {
void dgesv_(int const*, int const*, double*, int const*, int*, double*, int const*, int*);
void sgesv_(int const*, int const*, float*, int const*, int*, float*, int const*, int*);
}

namespace kovar::linalg::backend::host {
namespace {

template <class Scalar, class Routine>
int solve(Routine routine, int n, int m, Scalar* a, int lda, Scalar* b, int ldb)
{
  std::vector<int> pivots(static_cast<std::size_t>(n));
  int info = 0;
  routine(&n, &m, a, &lda, pivots.data(), b, &ldb, &info);
  if (info < 0) throw BackendError("gesv: argument " + std::to_string(-info) + " is illegal");
  return info;
}

}  // namespace

int gesv(int n, int m, double* a, int lda, double* b, int ldb)
{
  return solve(dgesv_, n, m, a, lda, b, ldb);
}
int gesv(int n, int m, float* a, int lda, float* b, int ldb)
{
  return solve(sgesv_, n, m, a, lda, b, ldb);
}

}  // namespace kovar::linalg::backend::host
