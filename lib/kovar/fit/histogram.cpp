// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/fit/histogram.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace kovar::fit {

namespace {

// Number of positions of an array; -1 where it does not fit into 64 bits or an extent is negative.
std::int64_t product(std::vector<std::int64_t> const& extents)
{
  std::int64_t n = 1;
  for (auto const extent : extents) {
    if (extent < 0 || (extent > 0 && n > std::numeric_limits<std::int64_t>::max() / extent))
      return -1;
    n *= extent;
  }
  return n;
}

std::vector<std::int64_t> stored_shape(Histogram const& h)
{
  if (h.form == HistogramForm::array || h.form == HistogramForm::matrix) return h.shape;
  std::vector<std::int64_t> extents;
  for (auto const& axis : h.axes)
    extents.push_back(h.form == HistogramForm::dense ? axis.n_bins() : axis.extent());
  return extents;
}

Histogram histogram_of(HistogramForm form, std::vector<Axis>&& axes, std::vector<double>&& values,
                       std::vector<double>&& variances)
{
  Histogram h;
  h.form = form;
  h.axes = std::move(axes);
  h.values = std::move(values);
  h.variances = std::move(variances);
  return h;
}

}  // namespace

Histogram dense_histogram(std::vector<Axis> axes, std::vector<double> values,
                          std::vector<double> variances)
{
  return histogram_of(HistogramForm::dense, std::move(axes), std::move(values),
                      std::move(variances));
}

Histogram dense_histogram_with_flow(std::vector<Axis> axes, std::vector<double> values,
                                    std::vector<double> variances)
{
  return histogram_of(HistogramForm::dense_with_flow, std::move(axes), std::move(values),
                      std::move(variances));
}

Histogram array_histogram(std::vector<std::int64_t> shape, std::vector<double> values,
                          std::vector<double> variances)
{
  auto h = histogram_of(HistogramForm::array, {}, std::move(values), std::move(variances));
  h.shape = std::move(shape);
  return h;
}

Histogram sparse_histogram(std::vector<Axis> axes, std::vector<std::int64_t> indices,
                           std::vector<double> values, std::vector<double> variances)
{
  auto h =
      histogram_of(HistogramForm::sparse, std::move(axes), std::move(values), std::move(variances));
  h.indices = std::move(indices);
  return h;
}

Histogram matrix_histogram(std::int64_t n_rows, std::int64_t n_columns,
                           std::vector<std::int64_t> const& row_start,
                           std::vector<std::int64_t> const& column, std::vector<double> values)
{
  bool const rows_fit = n_rows >= 0 && static_cast<std::int64_t>(row_start.size()) == n_rows + 1 &&
                        row_start.front() == 0 &&
                        row_start.back() == static_cast<std::int64_t>(column.size()) &&
                        std::is_sorted(row_start.begin(), row_start.end());
  KOVAR_REQUIRE(rows_fit, "matrix: the row pointers are none of "
                              << n_rows << " rows with " << column.size()
                              << " entries (they ascend from 0 to the number of entries)");
  auto h = histogram_of(HistogramForm::matrix, {}, std::move(values), {});
  h.shape = {n_rows, n_columns};
  KOVAR_REQUIRE(product(h.shape) >= 0, "matrix: " << n_rows << " rows of " << n_columns
                                                  << " columns have more positions than 64 bits "
                                                     "count");
  h.indices.reserve(column.size());
  for (std::int64_t row = 0; row < n_rows; ++row)
    for (std::int64_t k = row_start[static_cast<std::size_t>(row)];
         k < row_start[static_cast<std::size_t>(row) + 1]; ++k) {
      std::int64_t const c = column[static_cast<std::size_t>(k)];
      KOVAR_REQUIRE(c >= 0 && c < n_columns, "matrix: row " << row << " has an entry in column "
                                                            << c << " of " << n_columns
                                                            << " (columns count from 0)");
      h.indices.push_back(row * n_columns + c);
    }
  return h;
}

void require_axes(std::vector<Axis> const& axes, std::string const& what)
{
  for (auto const& axis : axes) {
    bool const ascends =
        std::adjacent_find(axis.edges.begin(), axis.edges.end(),
                           [](double a, double b) { return !(a < b); }) == axis.edges.end();
    KOVAR_REQUIRE(axis.kind == AxisKind::category || ascends,
                  what << ": the edges of axis '" << axis.name << "' do not ascend");
  }
}

void require_histogram(Histogram const& h, std::string const& what)
{
  require_axes(h.axes, what);
  std::int64_t const n = product(stored_shape(h));
  KOVAR_REQUIRE(n >= 0, what << ": the histogram has extents that are negative or too large");
  auto const n_values = static_cast<std::int64_t>(h.values.size());
  if (h.is_listed()) {
    KOVAR_REQUIRE(h.indices.size() == h.values.size(),
                  what << ": the histogram has " << h.indices.size() << " indices for "
                       << h.values.size() << " values (one each is needed)");
    auto const bad = std::find_if(h.indices.begin(), h.indices.end(),
                                  [n](std::int64_t i) { return i < 0 || i >= n; });
    KOVAR_REQUIRE(bad == h.indices.end(),
                  what << ": index " << *bad << " of the histogram is outside of its " << n
                       << " bins" << (h.form == HistogramForm::sparse ? ", flow bins included" : "")
                       << " (they count from 0)");
  } else {
    KOVAR_REQUIRE(n_values == n, what << ": the histogram has " << n_values << " values for " << n
                                      << " bins (one each is needed)");
  }
  KOVAR_REQUIRE(h.variances.empty() || h.variances.size() == h.values.size(),
                what << ": the histogram has " << h.variances.size() << " variances for "
                     << h.values.size() << " values (one each is needed)");
}

Axis regular_axis(std::string name, std::int64_t n, double low, double high)
{
  Axis axis;
  axis.name = std::move(name);
  axis.kind = AxisKind::regular;
  for (std::int64_t i = 0; i <= n; ++i) {
    double const part = n > 0 ? static_cast<double>(i) / static_cast<double>(n) : 0;
    axis.edges.push_back(low * (1 - part) + high * part);
  }
  return axis;
}

Axis integer_axis(std::string name, std::int64_t start, std::int64_t stop)
{
  Axis axis;
  axis.name = std::move(name);
  axis.kind = AxisKind::integer;
  for (std::int64_t i = start; i <= stop; ++i) axis.edges.push_back(static_cast<double>(i));
  return axis;
}

Axis category_axis(std::string name, std::vector<std::string> labels)
{
  Axis axis;
  axis.name = std::move(name);
  axis.kind = AxisKind::category;
  axis.labels = std::move(labels);
  return axis;
}

}  // namespace kovar::fit
