// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/each_of.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/fit/gather.hpp>
#include <kovar/fit/yield_covariance.hpp>
#include <kovar/linalg/product.hpp>

#include <algorithm>
#include <numeric>
#include <utility>

namespace kovar::fit {

namespace {

using linalg::Op;

constexpr std::int64_t n_block_rows = 256;

// Rows of J that are worked on together, with the columns that they touch.
template <class ExecSpace>
struct RowBlock {
  std::int64_t first = 0;
  std::int64_t end = 0;
  Vector<std::int64_t, ExecSpace> columns;
  Matrix<double, ExecSpace> rows;  // end - first x columns
};

template <class ExecSpace>
RowBlock<ExecSpace> row_block(ExecSpace const& space, linalg::HostSparseMatrix const& j,
                              ParameterSpread<ExecSpace> const& c, std::int64_t first)
{
  std::int64_t const end = std::min(first + n_block_rows, j.n_rows());
  auto const columns = touched_places(j, c.place, first, end);
  return {first, end, to_space(space, columns, "kovar::fit::columns"),
          dense_rows(space, j, c.place, columns, first, end)};
}

template <class ExecSpace>
std::vector<RowBlock<ExecSpace>> row_blocks(ExecSpace const& space,
                                            linalg::HostSparseMatrix const& j,
                                            ParameterSpread<ExecSpace> const& c)
{
  std::vector<RowBlock<ExecSpace>> found;
  for (std::int64_t first = 0; first < j.n_rows(); first += n_block_rows)
    found.push_back(row_block(space, j, c, first));
  return found;
}

template <class ExecSpace>
Vector<std::int64_t, ExecSpace> all_places(ExecSpace const& space, std::int64_t n)
{
  std::vector<std::int64_t> places(static_cast<std::size_t>(n));
  std::iota(places.begin(), places.end(), std::int64_t{0});
  return to_space(space, places, "kovar::fit::places");
}

// Rows times C, of the columns that they touch.
template <class ExecSpace>
Matrix<double, ExecSpace> times_touched(ExecSpace const& space, RowBlock<ExecSpace> const& block,
                                        ParameterSpread<ExecSpace> const& c)
{
  auto const found = allocate<Matrix<double, ExecSpace>>(
      space, "kovar::fit::rows_times_covariance", block.rows.extent(0), block.rows.extent(1));
  if (!c.is_diagonal) {
    auto const among = static_cast<std::int64_t>(block.columns.extent(0)) == c.n_places
                           ? c.covariance
                           : gathered(space, c.covariance, block.columns, block.columns);
    linalg::gemm(space, Op::none, Op::none, 1.0, block.rows, among, 0.0, found);
    return found;
  }
  auto const rows = block.rows;
  auto const columns = block.columns;
  auto const variance = c.variance;
  auto const n_rows = static_cast<std::int64_t>(rows.extent(0));
  Kokkos::parallel_for(
      "kovar::fit::rows_times_variances", each_of(space, static_cast<std::int64_t>(rows.size())),
      KOKKOS_LAMBDA(std::int64_t k) {
        std::int64_t const column = k / n_rows;
        std::int64_t const row = k - column * n_rows;
        found(row, column) = rows(row, column) * variance(columns(column));
      });
  return found;
}

// Rows times C, of all columns: n_places x rows.
template <class ExecSpace>
Matrix<double, ExecSpace> times_all(ExecSpace const& space, RowBlock<ExecSpace> const& block,
                                    ParameterSpread<ExecSpace> const& c)
{
  auto const n_rows = static_cast<std::int64_t>(block.rows.extent(0));
  // Filled with 0: a diagonal C leaves columns out.
  Matrix<double, ExecSpace> const found(
      Kokkos::view_alloc(space, "kovar::fit::covariance_times_rows"), c.n_places, n_rows);
  if (!c.is_diagonal) {
    auto const columns =
        static_cast<std::int64_t>(block.columns.extent(0)) == c.n_places
            ? c.covariance
            : gathered(space, c.covariance, all_places(space, c.n_places), block.columns);
    linalg::gemm(space, Op::none, Op::transpose, 1.0, columns, block.rows, 0.0, found);
    return found;
  }
  auto const scaled = times_touched(space, block, c);
  auto const columns = block.columns;
  Kokkos::parallel_for(
      "kovar::fit::scatter_columns", each_of(space, static_cast<std::int64_t>(scaled.size())),
      KOKKOS_LAMBDA(std::int64_t k) {
        std::int64_t const column = k / n_rows;
        found(columns(column), k - column * n_rows) = scaled(k - column * n_rows, column);
      });
  return found;
}

// For each row the dot product of two matrices of the same shape.
template <class ExecSpace>
std::vector<double> row_dots(ExecSpace const& space, Matrix<double, ExecSpace> const& a,
                             Matrix<double, ExecSpace> const& b)
{
  auto const n_columns = static_cast<std::int64_t>(a.extent(1));
  auto const dots = allocate<Vector<double, ExecSpace>>(space, "kovar::fit::row_dots", a.extent(0));
  Kokkos::parallel_for(
      "kovar::fit::row_dots", each_of(space, static_cast<std::int64_t>(a.extent(0))),
      KOKKOS_LAMBDA(std::int64_t i) {
        double sum = 0;
        for (std::int64_t k = 0; k < n_columns; ++k) sum += a(i, k) * b(i, k);
        dots(i) = sum;
      });
  return to_list(space, dots);
}

}  // namespace

std::vector<std::int64_t> touched_places(linalg::HostSparseMatrix const& j,
                                         std::vector<std::int64_t> const& place, std::int64_t first,
                                         std::int64_t end)
{
  std::vector<std::int64_t> found;
  std::vector<char> is_touched(place.size(), 0);
  for (std::int64_t k = j.row_start(first); k < j.row_start(end); ++k) {
    auto const parameter = static_cast<std::size_t>(j.column(k));
    if (place[parameter] < 0 || is_touched[parameter] != 0) continue;
    is_touched[parameter] = 1;
    found.push_back(place[parameter]);
  }
  std::sort(found.begin(), found.end());
  return found;
}

template <class ExecSpace>
ParameterSpread<ExecSpace> correlated_spread(Covariance<ExecSpace> const& covariance)
{
  require_matrix(covariance, "uncertainties of yields");
  ParameterSpread<ExecSpace> found;
  found.place.assign(static_cast<std::size_t>(covariance.n_parameters), -1);
  for (auto const i : covariance.free) found.place[static_cast<std::size_t>(i)] = found.n_places++;
  found.covariance = covariance.matrix;
  return found;
}

template <class ExecSpace>
ParameterSpread<ExecSpace> diagonal_spread(ExecSpace const& space,
                                           std::vector<double> const& variances)
{
  ParameterSpread<ExecSpace> found;
  std::vector<double> moving;
  for (double const variance : variances) {
    found.place.push_back(variance > 0 ? found.n_places++ : -1);
    if (variance > 0) moving.push_back(variance);
  }
  found.variance = to_space(space, moving, "kovar::fit::variances");
  found.is_diagonal = true;
  return found;
}

template <class ExecSpace>
Matrix<double, ExecSpace> dense_rows(ExecSpace const& space, linalg::HostSparseMatrix const& j,
                                     std::vector<std::int64_t> const& place,
                                     std::vector<std::int64_t> const& columns, std::int64_t first,
                                     std::int64_t end)
{
  Matrix<double, ExecSpace> const rows(Kokkos::view_alloc(space, "kovar::fit::dense_rows"),
                                       end - first, columns.size());
  auto const on_host = Kokkos::create_mirror_view(rows);
  space.fence();  // the host fills rows where they are its own
  for (std::int64_t row = first; row < end; ++row)
    for (std::int64_t k = j.row_start(row); k < j.row_start(row + 1); ++k) {
      std::int64_t const at = place[static_cast<std::size_t>(j.column(k))];
      if (at < 0) continue;
      auto const column = std::lower_bound(columns.begin(), columns.end(), at) - columns.begin();
      on_host(row - first, column) = j.value(k);
    }
  Kokkos::deep_copy(space, rows, on_host);
  space.fence();  // the host's copy goes away
  return rows;
}

template <class ExecSpace>
std::vector<double> yield_variances(ExecSpace const& space, linalg::HostSparseMatrix const& j,
                                    ParameterSpread<ExecSpace> const& c)
{
  Region const region("kovar::fit::yield_variances");
  std::vector<double> found;
  for (std::int64_t first = 0; first < j.n_rows(); first += n_block_rows) {
    auto const block = row_block(space, j, c, first);
    auto const variances = row_dots(space, times_touched(space, block, c), block.rows);
    found.insert(found.end(), variances.begin(), variances.end());
  }
  return found;
}

template <class ExecSpace>
Matrix<double, ExecSpace> yield_covariance(ExecSpace const& space,
                                           linalg::HostSparseMatrix const& j,
                                           ParameterSpread<ExecSpace> const& c)
{
  Region const region("kovar::fit::yield_covariance");
  auto const found = allocate<Matrix<double, ExecSpace>>(space, "kovar::fit::yield_covariance",
                                                         j.n_rows(), j.n_rows());
  auto const blocks = row_blocks(space, j, c);
  for (std::size_t of = 0; of < blocks.size(); ++of) {
    auto const& block = blocks[of];
    auto const times = times_all(space, block, c);
    auto const own = all_places(space, block.end - block.first);
    for (std::size_t with = of; with < blocks.size(); ++with) {
      auto const& other = blocks[with];
      auto const met = static_cast<std::int64_t>(other.columns.extent(0)) == c.n_places
                           ? times
                           : gathered(space, times, other.columns, own);
      Matrix<double, ExecSpace> const to = Kokkos::subview(
          found, std::make_pair(other.first, other.end), std::make_pair(block.first, block.end));
      linalg::gemm(space, Op::none, Op::none, 1.0, other.rows, met, 0.0, to);
    }
  }
  return found;
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                              \
  template ParameterSpread<ExecSpace> correlated_spread(Covariance<ExecSpace> const&);            \
  template ParameterSpread<ExecSpace> diagonal_spread(ExecSpace const&,                           \
                                                      std::vector<double> const&);                \
  template Matrix<double, ExecSpace> dense_rows(                                                  \
      ExecSpace const&, linalg::HostSparseMatrix const&, std::vector<std::int64_t> const&,        \
      std::vector<std::int64_t> const&, std::int64_t, std::int64_t);                              \
  template std::vector<double> yield_variances(ExecSpace const&, linalg::HostSparseMatrix const&, \
                                               ParameterSpread<ExecSpace> const&);                \
  template Matrix<double, ExecSpace> yield_covariance(                                            \
      ExecSpace const&, linalg::HostSparseMatrix const&, ParameterSpread<ExecSpace> const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
