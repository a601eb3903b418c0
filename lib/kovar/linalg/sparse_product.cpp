// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/sparse_product.hpp>

#include <type_traits>

namespace kovar::linalg {

namespace {

template <class X, class ExecSpace>
void require_lengths(char const* call, Vector<X const, ExecSpace> const& x, std::int64_t n_x,
                     Vector<X, ExecSpace> const& y, std::int64_t n_y)
{
  KOVAR_REQUIRE(static_cast<std::int64_t>(x.extent(0)) == n_x &&
                    static_cast<std::int64_t>(y.extent(0)) == n_y,
                call << ": '" << x.label() << "' and '" << y.label() << "' have " << x.extent(0)
                     << " and " << y.extent(0) << " entries (the matrix needs " << n_x << " and "
                     << n_y << ")");
}

template <class ExecSpace>
int number_of_parts(ExecSpace const& space)
{
  return is_host_space<ExecSpace> ? space.concurrency() : 1;
}

// Body(row, part) for the rows of each part, in order.
template <class ExecSpace, class Body>
void for_parts(ExecSpace const& space, std::string const& label,
               std::vector<std::int64_t> const& first_row, Body const& body)
{
  std::int64_t const* const first = first_row.data();
  Kokkos::parallel_for(label,
                       PartPolicy<ExecSpace>(space, 0, static_cast<int>(first_row.size()) - 1),
                       [=](int part) { body(part, first[part], first[part + 1]); });
}

HostSparseMatrix both_halves(HostSymmetricMatrix const& a)
{
  using Host = Kokkos::DefaultHostExecutionSpace;
  Host const space;
  auto const lower = transposed(a.upper);
  std::int64_t const n = a.upper.n_rows();
  HostSparseMatrix full;
  full.n_columns = n;
  std::int64_t const n_entries = 2 * a.upper.n_entries() + n;
  full.row_start =
      Vector<std::int64_t, Host>(Kokkos::view_alloc(space, "kovar::linalg::row_start"), n + 1);
  full.column = allocate<Vector<std::int32_t, Host>>(space, "kovar::linalg::column", n_entries);
  full.value = allocate<Vector<double, Host>>(space, "kovar::linalg::value", n_entries);
  std::int64_t to = 0;
  auto const append = [&](HostSparseMatrix const& half, std::int64_t row) {
    for (std::int64_t k = half.row_start(row); k < half.row_start(row + 1); ++k) {
      full.column(to) = half.column(k);
      full.value(to++) = half.value(k);
    }
  };
  for (std::int64_t row = 0; row < n; ++row) {
    append(lower, row);
    full.column(to) = static_cast<std::int32_t>(row);
    full.value(to++) = a.diagonal(row);
    append(a.upper, row);
    full.row_start(row + 1) = to;
  }
  return full;
}

}  // namespace

template <class ExecSpace, class X>
SparseProduct<ExecSpace, X>::SparseProduct(ExecSpace const& space, HostSparseMatrix const& a,
                                           SparseFormat format)
    : n_rows_(a.n_rows()), n_columns_(a.n_columns)
{
  if constexpr (is_host_space<ExecSpace>) {
    rows_ = KeptRows(a, format);
    first_row_ = deal_rows(a.row_start.data(), n_rows_, number_of_parts(space));
    std::vector<ColumnSpan> spans;
    for (std::size_t p = 0; p + 1 < first_row_.size(); ++p)
      spans.push_back(rows_.span(first_row_[p], first_row_[p + 1]));
    sums_ = PartialSums<X, ExecSpace>(space, n_columns_, spans);
  } else {
    device_ = DeviceRows<ExecSpace>(space, a);
    device_transposed_ = DeviceRows<ExecSpace>(space, transposed(a));
  }
}

template <class ExecSpace, class X>
void SparseProduct<ExecSpace, X>::multiply(ExecSpace const& space,
                                           Vector<X const, ExecSpace> const& x,
                                           Vector<X, ExecSpace> const& y) const
{
  require_lengths<X, ExecSpace>("SparseProduct::multiply", x, n_columns_, y, n_rows_);
  Region const region("kovar::linalg::sparse_product");
  X const* const from = x.data();
  X* const to = y.data();
  if constexpr (is_host_space<ExecSpace>)
    rows_.visit([&](auto const& rows) {
      for_parts(space, "kovar::linalg::sparse_product", first_row_,
                [=](int, std::int64_t first, std::int64_t end) {
                  for (std::int64_t row = first; row < end; ++row) to[row] = rows.dot(row, from);
                });
    });
  else
    device_.for_dots(
        space, "kovar::linalg::sparse_product", from,
        KOKKOS_LAMBDA(std::int64_t row, X const& sum) { to[row] = sum; });
}

template <class ExecSpace, class X>
void SparseProduct<ExecSpace, X>::multiply_transposed(ExecSpace const& space,
                                                      Vector<X const, ExecSpace> const& x,
                                                      Vector<X, ExecSpace> const& y) const
{
  require_lengths<X, ExecSpace>("SparseProduct::multiply_transposed", x, n_rows_, y, n_columns_);
  Region const region("kovar::linalg::transposed_sparse_product");
  X const* const from = x.data();
  X* const to = y.data();
  if constexpr (is_host_space<ExecSpace>) {
    rows_.visit([&](auto const& rows) {
      auto const sums = sums_;
      for_parts(space, "kovar::linalg::transposed_sparse_product", first_row_,
                [=](int part, std::int64_t first, std::int64_t end) {
                  X* const own = sums.cleared(part);
                  for (std::int64_t row = first; row < end; ++row) rows.add(row, from[row], own);
                });
    });
    sums_.for_sums(space, "kovar::linalg::add_partial_sums",
                   [=](std::int64_t i, X const& sum) { to[i] = sum; });
  } else {
    device_transposed_.for_dots(
        space, "kovar::linalg::transposed_sparse_product", from,
        KOKKOS_LAMBDA(std::int64_t row, X const& sum) { to[row] = sum; });
  }
}

template <class ExecSpace, class X>
SymmetricProduct<ExecSpace, X>::SymmetricProduct(ExecSpace const& space,
                                                 HostSymmetricMatrix const& a, SparseFormat format)
    : n_rows_(a.upper.n_rows())
{
  if constexpr (is_host_space<ExecSpace>) {
    diagonal_ = Vector<double, ExecSpace>(a.diagonal);
    upper_ = KeptRows(a.upper, format);
    first_row_ = deal_rows(a.upper.row_start.data(), n_rows_, number_of_parts(space));
    std::vector<ColumnSpan> spans;
    for (std::size_t p = 0; p + 1 < first_row_.size(); ++p) {
      // Rows of a part start right of its first row, to whose place their dot products go.
      ColumnSpan span = upper_.span(first_row_[p], first_row_[p + 1]);
      span.begin = first_row_[p];
      span.end = std::max(span.end, first_row_[p + 1]);
      spans.push_back(span);
    }
    sums_ = PartialSums<X, ExecSpace>(space, n_rows_, spans);
    if (upper_.has_runs()) {
      has_tiles_ = true;
      tiles_ = TiledRows<ExecSpace>(space, upper_, first_row_);
      upper_ = {};
    }
  } else {
    device_ = DeviceRows<ExecSpace>(space, both_halves(a));
  }
}

template <class ExecSpace, class X>
SymmetricProduct<ExecSpace, X>::SymmetricProduct(ExecSpace const& space,
                                                 SymmetricProduct<ExecSpace> const& one)
    : n_rows_(one.n_rows_),
      diagonal_(one.diagonal_),
      upper_(one.upper_),
      has_tiles_(one.has_tiles_),
      tiles_(one.tiles_),
      first_row_(one.first_row_),
      sums_(space, one.sums_),
      device_(one.device_)
{
}

template <class ExecSpace, class X>
void SymmetricProduct<ExecSpace, X>::multiply(ExecSpace const& space,
                                              Vector<X const, ExecSpace> const& x,
                                              Vector<X, ExecSpace> const& y) const
{
  require_lengths<X, ExecSpace>("SymmetricProduct::multiply", x, n_rows_, y, n_rows_);
  Region const region("kovar::linalg::symmetric_product");
  X const* const from = x.data();
  X* const to = y.data();
  if constexpr (is_host_space<ExecSpace>) {
    double const* const diagonal = diagonal_.data();
    auto const sums = sums_;
    if (has_tiles_) {
      auto const tiles = tiles_;
      for_parts(space, "kovar::linalg::symmetric_product", first_row_,
                [=](int part, std::int64_t first, std::int64_t end) {
                  X* const own = sums.cleared(part);
                  for (std::int64_t row = first; row < end; ++row)
                    own[row] = diagonal[row] * from[row];
                  tiles.for_pieces(part, [&](RunPiece const& piece, double const* values) {
                    RunSums<X> sum;
                    dot_and_add_run(values, piece.n, from + piece.first_column, from[piece.row],
                                    own + piece.first_column, sum);
                    own[piece.row] += sum.total();
                  });
                });
    } else {
      upper_.visit([&](auto const& rows) {
        for_parts(space, "kovar::linalg::symmetric_product", first_row_,
                  [=](int part, std::int64_t first, std::int64_t end) {
                    X* const own = sums.cleared(part);
                    for (std::int64_t row = first; row < end; ++row)
                      own[row] +=
                          diagonal[row] * from[row] + rows.dot_and_add(row, from, from[row], own);
                  });
      });
    }
    sums_.for_sums(space, "kovar::linalg::add_partial_sums",
                   [=](std::int64_t i, X const& sum) { to[i] = sum; });
  } else {
    device_.for_dots(
        space, "kovar::linalg::symmetric_product", from,
        KOKKOS_LAMBDA(std::int64_t row, X const& sum) { to[row] = sum; });
  }
}

#define KOVAR_INSTANTIATE(ExecSpace)       \
  template class SparseProduct<ExecSpace>; \
  template class SymmetricProduct<ExecSpace>;
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

#ifdef KOVAR_HAS_VECTOR_TYPES
#define KOVAR_INSTANTIATE_LANES(ExecSpace)                           \
  template class SparseProduct<ExecSpace, PackOfVectors<ExecSpace>>; \
  template class SymmetricProduct<ExecSpace, PackOfVectors<ExecSpace>>;
KOVAR_FOR_EACH_HOST_SPACE(KOVAR_INSTANTIATE_LANES)
#undef KOVAR_INSTANTIATE_LANES
#endif

}  // namespace kovar::linalg
