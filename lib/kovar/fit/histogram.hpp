// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_HISTOGRAM_HPP
#define KOVAR_FIT_HISTOGRAM_HPP

#include <kovar/fit/axis.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// Histograms as they are handed to a TensorBuilder: dense or as a list of the bins that are not 0, with
/// axes or without.

namespace kovar::fit {

/// What the numbers of a histogram are of.
enum class HistogramForm {
  dense_with_flow,  ///< every bin of the axes, flow bins too
  dense,            ///< every bin of the axes but flow bins
  array,            ///< no axes; every bin of a shape
  matrix,           ///< no axes; some elements of a shape: only their number must be a channel's
  sparse,           ///< some bins of the axes; positions count flow bins
};

/// Bins stand row after row: the last axis is the fastest. On an axis the underflow, if there is one, is
/// the first and the overflow the last.
struct Histogram {
  HistogramForm form = HistogramForm::dense;
  std::vector<Axis> axes;             ///< none of an array or a matrix
  std::vector<std::int64_t> shape;    ///< of an array or a matrix
  std::vector<std::int64_t> indices;  ///< matrix and sparse: position of each value; in any order
  std::vector<double> values;
  std::vector<double> variances;  ///< one per value, or none: the values

  bool is_listed() const { return form == HistogramForm::sparse || form == HistogramForm::matrix; }
};

/// Every bin of the axes but flow bins.
Histogram dense_histogram(std::vector<Axis> axes, std::vector<double> values,
                          std::vector<double> variances = {});

/// Every bin of the axes, flow bins too.
Histogram dense_histogram_with_flow(std::vector<Axis> axes, std::vector<double> values,
                                    std::vector<double> variances = {});

/// Numbers without axes.
Histogram array_histogram(std::vector<std::int64_t> shape, std::vector<double> values,
                          std::vector<double> variances = {});

/// Some bins of the axes; the indices address the array with flow bins.
Histogram sparse_histogram(std::vector<Axis> axes, std::vector<std::int64_t> indices,
                           std::vector<double> values, std::vector<double> variances = {});

/// A matrix by rows (CSR), without axes.
/// \throws InputError if row pointers and columns are none of such a matrix
Histogram matrix_histogram(std::int64_t n_rows, std::int64_t n_columns,
                           std::vector<std::int64_t> const& row_start,
                           std::vector<std::int64_t> const& column, std::vector<double> values);

/// Refuse axes whose edges do not ascend.
/// \param what  whose axes they are, at the start of the message
void require_axes(std::vector<Axis> const& axes, std::string const& what);

/// Refuse a histogram whose lists do not fit to its axes or shape, or with a position outside of it.
/// \param what  whose histogram it is, at the start of the message
/// \throws InputError
/// Cost: reads the positions once.
void require_histogram(Histogram const& histogram, std::string const& what);

/// Bins with equal edges at a distance, n of them between low and high. No flow bins.
Axis regular_axis(std::string name, std::int64_t n, double low, double high);

/// A bin for each whole number from start to stop - 1. No flow bins.
Axis integer_axis(std::string name, std::int64_t start, std::int64_t stop);

/// A bin for each label. No flow bins.
Axis category_axis(std::string name, std::vector<std::string> labels);

}  // namespace kovar::fit

#endif
