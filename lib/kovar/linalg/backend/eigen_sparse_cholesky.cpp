// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/linalg/sparse_cholesky.hpp>

#include <Eigen/IterativeLinearSolvers>
#include <Eigen/SparseCholesky>

#include <cmath>
#include <string>

namespace kovar::linalg {

namespace {

// Factors have more entries than 32 bits count.
using Index = std::int64_t;
using Columns = Eigen::SparseMatrix<double, Eigen::ColMajor, Index>;
using Order = Eigen::PermutationMatrix<Eigen::Dynamic, Eigen::Dynamic, Index>;
// The order is ours: found once, before it is known whether there will be a factor.
using Natural = Eigen::NaturalOrdering<Index>;
using Complete = Eigen::SimplicialLLT<Columns, Eigen::Upper, Natural>;
using Incomplete = Eigen::IncompleteCholesky<double, Eigen::Upper, Natural>;

// The lower triangle by columns is the upper one by rows. The diagonal is 0.
Columns lower_triangle(HostSymmetricMatrix const& a)
{
  auto const& upper = a.upper;
  Index const n = upper.n_rows();
  Columns lower(n, n);
  lower.resizeNonZeros(upper.n_entries() + n);
  Index at = 0;
  for (Index row = 0; row < n; ++row) {
    lower.outerIndexPtr()[row] = at;
    lower.innerIndexPtr()[at] = row;
    lower.valuePtr()[at++] = 0;
    for (Index k = upper.row_start(row); k < upper.row_start(row + 1); ++k) {
      KOVAR_REQUIRE(std::isfinite(upper.value(k)), "sparse Cholesky: the matrix has "
                                                       << upper.value(k) << " at row " << row
                                                       << ", column " << upper.column(k)
                                                       << " (only finite ones can be factored)");
      lower.innerIndexPtr()[at] = upper.column(k);
      lower.valuePtr()[at++] = upper.value(k);
    }
  }
  lower.outerIndexPtr()[n] = at;
  return lower;
}

Order order_of(Columns const& lower)
{
  Order back;
  Eigen::AMDOrdering<Index>()(lower.selfadjointView<Eigen::Lower>(), back);
  return back.inverse();
}

// Lengths of the columns of the factor, by the rows' subtrees of the elimination tree (Davis, Direct
// Methods for Sparse Linear Systems, 2006, section 4.5).
FactorCost count(Columns const& upper)
{
  Index const n = upper.cols();
  constexpr Index no_parent = -1;
  std::vector<Index> parent(static_cast<std::size_t>(n), no_parent);
  std::vector<Index> seen_by(static_cast<std::size_t>(n), -1);
  std::vector<Index> length(static_cast<std::size_t>(n), 1);
  for (Index k = 0; k < n; ++k) {
    seen_by[static_cast<std::size_t>(k)] = k;
    for (Columns::InnerIterator entry(upper, k); entry; ++entry) {
      for (auto i = static_cast<std::size_t>(entry.index()); seen_by[i] != k;
           i = static_cast<std::size_t>(parent[i])) {
        if (parent[i] == no_parent) parent[i] = k;
        ++length[i];
        seen_by[i] = k;
      }
    }
  }
  FactorCost cost;
  for (Index const entries : length) {
    cost.n_entries += entries;
    cost.n_flops += static_cast<double>(entries) * static_cast<double>(entries);
  }
  return cost;
}

}  // namespace

struct SparseCholesky::Parts {
  SparseFactor kind = SparseFactor::complete;
  Order order;                         // old place to new
  Columns upper;                       // in the new order
  std::vector<std::size_t> diagonals;  // places in its values
  FactorCost cost;
  Complete complete;
  Incomplete incomplete;
  bool is_analyzed = false;

  bool try_factor()
  {
    if (kind == SparseFactor::complete) {
      if (!is_analyzed) complete.analyzePattern(upper);
      is_analyzed = true;
      complete.factorize(upper);
      return complete.info() == Eigen::Success;
    }
    incomplete.compute(upper);
    return incomplete.info() == Eigen::Success;
  }
};

SparseCholesky::SparseCholesky(HostSymmetricMatrix const& a, SparseFactor factor)
    : parts_(std::make_unique<Parts>())
{
  auto& parts = *parts_;
  parts.kind = factor;
  if (a.upper.n_rows() == 0) return;
  Columns const lower = lower_triangle(a);
  parts.order = order_of(lower);
  Index const n = lower.cols();
  parts.upper.resize(n, n);
  parts.upper.selfadjointView<Eigen::Upper>() =
      lower.selfadjointView<Eigen::Lower>().twistedBy(parts.order);
  for (Index k = 0; k < n; ++k) {
    Index at = parts.upper.outerIndexPtr()[k];
    while (parts.upper.innerIndexPtr()[at] != k) ++at;
    parts.diagonals.push_back(static_cast<std::size_t>(at));
  }
  parts.cost = count(parts.upper);
}

SparseCholesky::~SparseCholesky() = default;
SparseCholesky::SparseCholesky(SparseCholesky&&) noexcept = default;
SparseCholesky& SparseCholesky::operator=(SparseCholesky&&) noexcept = default;

std::int64_t SparseCholesky::size() const { return parts_->upper.cols(); }
FactorCost SparseCholesky::cost() const { return parts_->cost; }

double SparseCholesky::factor(std::vector<double> const& diagonal)
{
  auto& parts = *parts_;
  KOVAR_REQUIRE(static_cast<std::int64_t>(diagonal.size()) == size(),
                "sparse Cholesky: the diagonal has " << diagonal.size() << " entries for " << size()
                                                     << " rows (one each is needed)");
  for (std::size_t i = 0; i < diagonal.size(); ++i)
    KOVAR_REQUIRE(std::isfinite(diagonal[i]), "sparse Cholesky: the diagonal is "
                                                  << diagonal[i] << " in row " << i
                                                  << " (only finite ones can be factored)");
  if (size() == 0) return 0;
  double shift = 0;
  constexpr double first_shift = 1e-3;
  constexpr double last_shift = 1e20;
  for (;;) {
    for (std::size_t i = 0; i < diagonal.size(); ++i) {
      auto const place =
          parts.diagonals[static_cast<std::size_t>(parts.order.indices()[static_cast<Index>(i)])];
      double const size_of = diagonal[i] == 0 ? 1 : std::fabs(diagonal[i]);
      parts.upper.valuePtr()[place] = diagonal[i] + shift * size_of;
    }
    if (parts.try_factor()) return shift;
    if (shift >= last_shift)
      throw BackendError("sparse Cholesky: Eigen finds no factor of a matrix of " +
                         std::to_string(size()) +
                         " rows, even with a diagonal 1e20 times as large");
    shift = shift == 0 ? first_shift : 10 * shift;
  }
}

void SparseCholesky::solve(double const* b, double* x) const
{
  auto const& parts = *parts_;
  if (size() == 0) return;
  Eigen::VectorXd const rhs = parts.order * Eigen::Map<Eigen::VectorXd const>(b, size());
  Eigen::VectorXd solution;
  if (parts.kind == SparseFactor::complete)
    solution = parts.complete.solve(rhs);
  else
    solution = parts.incomplete.solve(rhs);
  Eigen::Map<Eigen::VectorXd>(x, size()) = parts.order.inverse() * solution;
}

std::int64_t SparseCholesky::n_entries() const
{
  if (size() == 0) return 0;
  return parts_->kind == SparseFactor::complete ? parts_->cost.n_entries
                                                : parts_->incomplete.matrixL().nonZeros();
}

}  // namespace kovar::linalg
