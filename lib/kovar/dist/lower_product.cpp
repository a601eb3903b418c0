// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/dist/lower_product.hpp>
#include <kovar/dist/lower_triangle.hpp>

#include <algorithm>

namespace kovar::dist {
namespace {

using linalg::Op;

/// A product of panels by rectangles, and by squares on the diagonal that are made whole, their upper half in vain.
template <class Scalar>
class Rectangles {
 public:
  Rectangles(Host const& space, Scalar alpha, Panels<Scalar> const& panels, Scalar beta,
             BlockCyclicMatrix<Scalar> const& a, IndexRange rows, IndexRange columns)
      : space_(space),
        alpha_(alpha),
        panels_(panels),
        beta_(beta),
        a_(a),
        rows_(owned_places(a.rows(), a.grid().row(), rows)),
        columns_(owned_places(a.columns(), a.grid().column(), columns))
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
LowerProduct<Scalar>::LowerProduct(Host const& space, BlockCyclicMatrix<Scalar> const& a,
                                   std::int64_t width, LowerForm form)
    : space_(space),
      a_(a),
      form_(form),
      product_(space, static_cast<std::int64_t>(a.local().extent(0)),
               static_cast<std::int64_t>(a.local().extent(1)),
               form == LowerForm::tiles ? width : 0),
      first_rows_(allocate<Vector<std::int64_t, Host>>(space, "kovar::dist::first_rows",
                                                       a.local().extent(1)))
{
}

template <class Scalar>
void LowerProduct<Scalar>::add(Scalar alpha, Panels<Scalar> const& panels, Scalar beta,
                               IndexRange rows, IndexRange columns) const
{
  KOVAR_ASSERT(columns.size() == 0 || columns.first >= rows.first);
  if (form_ == LowerForm::rectangles)
    return Rectangles<Scalar>(space_, alpha, panels, beta, a_, rows, columns).all();
  IndexRange const places = owned_places(a_.rows(), a_.grid().row(), rows);
  IndexRange const column_places = owned_places(a_.columns(), a_.grid().column(), columns);
  space_.fence();  // the products before this one read the list
  for (std::int64_t j = column_places.first; j < column_places.end; ++j)
    first_rows_(j - column_places.first) =
        std::min(places.end, a_.rows().size_before(a_.grid().row(), a_.global_column(j))) -
        places.first;
  product_.add(alpha, panels.op_left, panels.left, panels.op_right, panels.right, beta,
               part_of(a_.local(), places, column_places), first_rows_.data());
}

template class LowerProduct<double>;
template class LowerProduct<float>;

}  // namespace kovar::dist
