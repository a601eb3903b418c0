// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/dist/lower_product.hpp>
#include <kovar/dist/lower_triangle.hpp>

#include <algorithm>

namespace kovar::dist {
namespace {

using linalg::Op;

/// A product of panels by rectangles, and by squares on the diagonal that are made whole, their upper half in vain.
template <class Scalar>
class LowerProduct {
 public:
  LowerProduct(Host const& space, Scalar alpha, Panels<Scalar> const& panels, Scalar beta,
               BlockCyclicMatrix<Scalar> const& a, IndexRange range)
      : space_(space),
        alpha_(alpha),
        panels_(panels),
        beta_(beta),
        a_(a),
        rows_(owned_places(a.rows(), a.grid().row(), range)),
        columns_(owned_places(a.columns(), a.grid().column(), range))
  {
  }

  void all()
  {
    for_lower_parts(
        a_, columns_, rows_.end,
        [&](IndexRange rows, IndexRange columns) {
          multiply(rows, columns, beta_, part_of(a_.local(), rows, columns));
        },
        [&](IndexRange rows, IndexRange columns) { edge(rows, columns); });
  }

 private:
  std::int64_t n_rows_before(std::int64_t i) const
  {
    return a_.rows().size_before(a_.grid().row(), i);
  }

  void multiply(IndexRange rows, IndexRange columns, Scalar beta,
                Matrix<Scalar, Host> const& to) const
  {
    auto const& left = panels_.left;
    auto const& right = panels_.right;
    IndexRange const terms = {
        0, static_cast<std::int64_t>(left.extent(panels_.op_left == Op::none ? 1 : 0))};
    IndexRange const lines = {rows.first - rows_.first, rows.end - rows_.first};
    IndexRange const lines_right = {columns.first - columns_.first, columns.end - columns_.first};
    linalg::gemm(
        space_, panels_.op_left, panels_.op_right, alpha_,
        panels_.op_left == Op::none ? part_of(left, lines, terms) : part_of(left, terms, lines),
        panels_.op_right == Op::none ? part_of(right, terms, lines_right)
                                     : part_of(right, lines_right, terms),
        beta, to);
  }

  /// Within one block of columns: as many rows at most, as no rank has more of its diagonal.
  void edge(IndexRange rows, IndexRange columns)
  {
    Matrix<Scalar, Host> const product(edge_, rows.size(), columns.size());
    multiply(rows, columns, Scalar(0), product);
    space_.fence();  // the host adds it
    for (std::int64_t j = 0; j < columns.size(); ++j) {
      std::int64_t const first = n_rows_before(a_.global_column(columns.first + j));
      for (std::int64_t i = std::max(first, rows.first); i < rows.end; ++i) {
        Scalar& entry = a_.local()(i, columns.first + j);
        entry = product(i - rows.first, j) + (beta_ == 0 ? Scalar(0) : beta_ * entry);
      }
    }
  }

  Host space_;
  Scalar alpha_;
  Panels<Scalar> panels_;
  Scalar beta_;
  BlockCyclicMatrix<Scalar> a_;
  IndexRange rows_;     ///< the range's, as places
  IndexRange columns_;  ///< the same
  Scalar edge_[n_edge *
               n_edge];  ///< here, so that no rank runs out of memory in the middle of a collective
};

}  // namespace

template <class Scalar>
void add_lower_product(Host const& space, Scalar alpha, Panels<Scalar> const& panels, Scalar beta,
                       BlockCyclicMatrix<Scalar> const& a, IndexRange range)
{
  LowerProduct<Scalar>(space, alpha, panels, beta, a, range).all();
}

template void add_lower_product(Host const&, double, Panels<double> const&, double,
                                BlockCyclicMatrix<double> const&, IndexRange);
template void add_lower_product(Host const&, float, Panels<float> const&, float,
                                BlockCyclicMatrix<float> const&, IndexRange);

}  // namespace kovar::dist
