// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/views.hpp>
#include <kovar/fit/bin_map.hpp>
#include <kovar/fit/booked_term.hpp>
#include <kovar/fit/variation_slices.hpp>
#include <kovar/linalg/sort_rows.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace kovar::fit {

namespace {

using Host = Kokkos::DefaultHostExecutionSpace;
using linalg::HostSparseMatrix;

HostSparseMatrix empty_hessian(std::int64_t n, std::int64_t n_entries)
{
  Host const space;
  HostSparseMatrix h;
  h.n_columns = n;
  h.row_start =
      Vector<std::int64_t, Host>(Kokkos::view_alloc(space, "kovar::fit::hessian_rows"), n + 1);
  h.column = allocate<Vector<std::int32_t, Host>>(space, "kovar::fit::hessian_columns", n_entries);
  h.value = allocate<Vector<double, Host>>(space, "kovar::fit::hessian", n_entries);
  return h;
}

// The same with columns that ascend in rows; itself where they do.
HostSparseMatrix with_sorted_rows(HostSparseMatrix const& h, std::string const& what)
{
  bool starts_fit = h.row_start(0) == 0 && h.row_start(h.n_rows()) == h.n_entries();
  for (std::int64_t row = 0; row < h.n_rows(); ++row)
    starts_fit = starts_fit && h.row_start(row) <= h.row_start(row + 1);
  KOVAR_REQUIRE(starts_fit && h.column.extent(0) == h.value.extent(0),
                what << ": the row pointers of the Hessian do not ascend from 0 to its "
                     << h.n_entries() << " entries");
  if (linalg::has_sorted_rows(h)) return h;
  auto const sorted = empty_hessian(h.n_columns, h.n_entries());
  Host const space;
  Kokkos::deep_copy(space, sorted.row_start, h.row_start);
  Kokkos::deep_copy(space, sorted.column, h.column);
  Kokkos::deep_copy(space, sorted.value, h.value);
  space.fence();  // the host reads them
  linalg::sort_rows(sorted);
  return sorted;
}

double largest_magnitude(HostSparseMatrix const& h)
{
  double largest = 0;
  for (std::int64_t k = 0; k < h.n_entries(); ++k)
    largest = std::fmax(largest, std::abs(h.value(k)));
  return largest;
}

void require_equal(double above, double below, std::int64_t row, std::int64_t column,
                   double tolerance, std::string const& what)
{
  KOVAR_REQUIRE(std::abs(above - below) <= tolerance,
                what << ": the Hessian is " << above << " at row " << row << ", column " << column
                     << " and " << below
                     << " on the other side of the diagonal (it must be symmetric); average both "
                        "sides if that is meant");
}

// Row by row, entries right of the diagonal meet those left of it: the next one of row j that is left of
// the diagonal has the column i, where i ascends.
void require_symmetric(HostSparseMatrix const& h, std::string const& what)
{
  double const tolerance = 1e-10 * largest_magnitude(h);
  std::vector<std::int64_t> next(h.row_start.data(), h.row_start.data() + h.n_rows());
  auto const skip_to = [&](std::int64_t j, std::int64_t i) {
    // Entries that have none on the other side.
    auto& k = next[static_cast<std::size_t>(j)];
    for (; k < h.row_start(j + 1) && h.column(k) < std::min(i, j); ++k)
      require_equal(0, h.value(k), h.column(k), j, tolerance, what);
  };
  for (std::int64_t i = 0; i < h.n_rows(); ++i) {
    skip_to(i, i);
    for (std::int64_t k = next[static_cast<std::size_t>(i)]; k < h.row_start(i + 1); ++k) {
      std::int64_t const j = h.column(k);
      if (j == i) continue;
      skip_to(j, i);
      auto& other = next[static_cast<std::size_t>(j)];
      bool const is_stored = other < h.row_start(j + 1) && h.column(other) == i;
      require_equal(h.value(k), is_stored ? h.value(other) : 0, i, j, tolerance, what);
      if (is_stored) ++other;
    }
  }
}

// (h + h^T) / 2, merged row by row.
HostSparseMatrix averaged(HostSparseMatrix const& h)
{
  auto const ht = linalg::transposed(h);
  constexpr std::int32_t none = std::numeric_limits<std::int32_t>::max();
  auto const merge = [&](auto const& take) {
    for (std::int64_t row = 0; row < h.n_rows(); ++row) {
      std::int64_t i = h.row_start(row);
      std::int64_t j = ht.row_start(row);
      while (i < h.row_start(row + 1) || j < ht.row_start(row + 1)) {
        std::int32_t const left = i < h.row_start(row + 1) ? h.column(i) : none;
        std::int32_t const right = j < ht.row_start(row + 1) ? ht.column(j) : none;
        double const a = left <= right ? h.value(i++) : 0;
        double const b = right <= left ? ht.value(j++) : 0;
        take(row, std::min(left, right), (a + b) / 2);
      }
    }
  };
  std::int64_t n = 0;
  merge([&](std::int64_t, std::int32_t, double) { ++n; });
  auto const mean = empty_hessian(h.n_rows(), n);
  n = 0;
  merge([&](std::int64_t row, std::int32_t column, double x) {
    mean.column(n) = column;
    mean.value(n++) = x;
    mean.row_start(row + 1) = n;
  });
  for (std::int64_t row = 0; row < mean.n_rows(); ++row)  // rows without an entry
    mean.row_start(row + 1) = std::max(mean.row_start(row + 1), mean.row_start(row));
  return mean;
}

// Labels of an axis of parameters.
std::vector<std::string> const& parameters_of(Axis const& axis, std::string const& what)
{
  KOVAR_REQUIRE(axis.kind == AxisKind::category,
                what << ": axis '" << axis.name
                     << "' has no labels (the labels of a category axis name the parameters)");
  return axis.labels;
}

void require_n_axes(Histogram const& h, std::size_t n, std::string const& what)
{
  bool const has_axes = h.form != HistogramForm::array && h.form != HistogramForm::matrix;
  KOVAR_REQUIRE(has_axes, what << " is without axes (their labels name the parameters); give axes, "
                               << "or the names beside it");
  KOVAR_REQUIRE(h.axes.size() == n, what << " has " << h.axes.size() << " axes (" << n << " "
                                         << (n == 1 ? "is" : "are") << " needed)");
}

// All bins of category axes are one channel to a BinMap: overflow is dropped.
ChannelLayout layout_of(std::vector<Axis> const& axes)
{
  return channel_layout("of parameters", axes, ChannelKind::fitted, FlowBins::dropped);
}

std::vector<double> gradient_of(Histogram const& h, std::vector<std::string> const& parameters,
                                std::string const& what)
{
  auto const layout = layout_of(h.axes);
  return bins_of(h, h.values, BinMap(h, layout, what), static_cast<std::int64_t>(parameters.size()),
                 "value", what);
}

// Rows are what tells systematics apart for a BinMap: a slice for each.
HostSparseMatrix matrix_of(Histogram h, std::string const& what)
{
  h.axes[0].name = "row";
  h.axes[1].name = "column";
  auto const layout = layout_of({h.axes[1]});
  auto const slices = slices_of(h, BinMap(h, layout, std::vector<std::string>{"row"}, what), what);
  auto const matrix =
      empty_hessian(slices.n_slices(), static_cast<std::int64_t>(slices.bin.size()));
  std::copy(slices.start.begin(), slices.start.end(), matrix.row_start.data());
  std::copy(slices.bin.begin(), slices.bin.end(), matrix.column.data());
  std::copy(slices.value.begin(), slices.value.end(), matrix.value.data());
  return matrix;
}

}  // namespace

linalg::HostSymmetricMatrix hessian_half(HostSparseMatrix const& hessian, std::int64_t n,
                                         HessianSymmetry symmetry, std::string const& what)
{
  KOVAR_REQUIRE(hessian.n_rows() == n && hessian.n_columns == n,
                what << ": the Hessian is " << hessian.n_rows() << " x " << hessian.n_columns
                     << " for " << n << " parameters");
  if (n == 0) return {};
  auto const sorted = with_sorted_rows(hessian, what);
  linalg::require_sparse_matrix(sorted, what + ": the Hessian");
  if (symmetry == HessianSymmetry::averaged) return linalg::upper_half(averaged(sorted));
  require_symmetric(sorted, what);
  return linalg::upper_half(sorted);
}

HostSparseMatrix sparse_hessian(std::vector<double> const& values, std::int64_t n,
                                std::string const& what)
{
  KOVAR_REQUIRE(static_cast<std::int64_t>(values.size()) == n * n,
                what << ": the Hessian has " << values.size() << " elements for " << n
                     << " parameters (" << n * n << " are needed)");
  auto const n_entries =
      std::count_if(values.begin(), values.end(), [](double x) { return x != 0; });
  auto const h = empty_hessian(n, n_entries);
  std::int64_t to = 0;
  for (std::int64_t row = 0; row < n; ++row) {
    for (std::int64_t column = 0; column < n; ++column) {
      double const x = values[static_cast<std::size_t>(row * n + column)];
      if (x == 0) continue;
      h.column(to) = static_cast<std::int32_t>(column);
      h.value(to++) = x;
    }
    h.row_start(row + 1) = to;
  }
  return h;
}

ExternalTerm term_of_histograms(std::string const& name, Histogram const* gradient,
                                Histogram const* hessian, HessianSymmetry symmetry)
{
  std::string const what = "external term '" + name + "'";
  ExternalTerm term;
  term.name = name;
  if (gradient != nullptr) {
    require_n_axes(*gradient, 1, what + ": the gradient");
    term.parameters = parameters_of(gradient->axes[0], what);
    term.gradient = gradient_of(*gradient, term.parameters, what + ": the gradient");
  }
  if (hessian == nullptr) return term;
  require_n_axes(*hessian, 2, what + ": the Hessian");
  auto const& rows = parameters_of(hessian->axes[0], what);
  KOVAR_REQUIRE(rows == parameters_of(hessian->axes[1], what),
                what << ": the axes of the Hessian have different labels (rows and columns are of "
                     << "the same parameters in the same order)");
  KOVAR_REQUIRE(gradient == nullptr || rows == term.parameters,
                what << ": gradient and Hessian have different parameters, or the same in another "
                     << "order (they must be the same)");
  term.parameters = rows;
  term.hessian = hessian_half(matrix_of(*hessian, what + ": the Hessian"),
                              static_cast<std::int64_t>(rows.size()), symmetry, what);
  return term;
}

}  // namespace kovar::fit
