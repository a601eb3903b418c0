// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/linalg/sparse_cholesky.hpp>

namespace kovar::linalg {

struct SparseCholesky::Parts {};

SparseCholesky::SparseCholesky(HostSymmetricMatrix const& /*a*/, SparseFactor /*factor*/)
{
  KOVAR_REQUIRE(false,
                "sparse Cholesky: this kovar was built without Eigen (KOVAR_ENABLE_EIGEN=OFF); "
                "build it with -DKOVAR_ENABLE_EIGEN=ON, or precondition by the diagonal");
}

SparseCholesky::~SparseCholesky() = default;
SparseCholesky::SparseCholesky(SparseCholesky&&) noexcept = default;
SparseCholesky& SparseCholesky::operator=(SparseCholesky&&) noexcept = default;
std::int64_t SparseCholesky::size() const { return 0; }
FactorCost SparseCholesky::cost() const { return {}; }
double SparseCholesky::factor(std::vector<double> const& /*diagonal*/) { return 0; }
void SparseCholesky::solve(double const* /*b*/, double* /*x*/) const {}
std::int64_t SparseCholesky::n_entries() const { return 0; }

}  // namespace kovar::linalg
