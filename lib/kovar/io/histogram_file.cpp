// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/nearest_name.hpp>
#include <kovar/io/axis_file.hpp>
#include <kovar/io/histogram_file.hpp>

namespace kovar::io {
namespace {

using fit::Histogram;
using fit::HistogramForm;
using Numbers = std::vector<std::int64_t>;

/// Refuse a name that is not there, with the nearest of those beside it.
void require_name(Hdf5Reader const& file, std::string const& name)
{
  std::string above;  // the part of the name that is there
  for (std::size_t begin = name.find_first_not_of('/'); begin != std::string::npos;) {
    auto const end = name.find('/', begin);
    std::string const part = name.substr(begin, end - begin);
    if (!file.has(above + "/" + part)) {
      auto const nearest = nearest_name(part, file.members(above.empty() ? "/" : above));
      file.refuse(name, "is not there" +
                            (nearest.empty()
                                 ? ""
                                 : ", did you mean '" + (above + "/" + nearest).substr(1) + "'?"));
    }
    above += "/" + part;
    begin = name.find_first_not_of('/', end);
  }
  file.require(!above.empty(), name, "names no histogram");
}

Numbers shape_of(std::vector<fit::Axis> const& axes, HistogramForm form)
{
  Numbers shape;
  for (auto const& axis : axes)
    shape.push_back(form == HistogramForm::dense_with_flow ? axis.extent() : axis.n_bins());
  return shape;
}

void take_form(Hdf5Reader const& file, std::string const& name, Histogram& h)
{
  auto const stored = file.extents(name + "/values");
  if (file.has(name + "/indices")) {
    h.form = h.axes.empty() ? HistogramForm::matrix : HistogramForm::sparse;
    if (h.axes.empty()) h.shape = file.integers(name, "shape");
    file.require(stored.size() == 1, name + "/values",
                 "has the shape " + shape_text(stored) + " (beside 'indices' a list is needed)");
    return;
  }
  if (h.axes.empty()) {
    h.form = HistogramForm::array;
    h.shape = stored;
    return;
  }
  auto const plain = shape_of(h.axes, HistogramForm::dense);
  auto const with_flow = shape_of(h.axes, HistogramForm::dense_with_flow);
  h.form = stored == plain ? HistogramForm::dense : HistogramForm::dense_with_flow;
  std::string const also = with_flow == plain ? "" : ", or with flow bins " + shape_text(with_flow);
  file.require(stored == plain || stored == with_flow, name + "/values",
               "has the shape " + shape_text(stored) + " (its axes have " + shape_text(plain) +
                   " bins" + also + ")");
}

}  // namespace

fit::Histogram read_histogram(Hdf5Reader const& file, std::string const& name)
{
  require_name(file, name);
  Histogram h;
  if (file.is_dataset(name)) {
    h.form = HistogramForm::array;
    h.shape = file.extents(name);
    h.values = file.list<double>(name);
    return h;
  }
  h.axes = read_axes(file, name + "/axes");
  take_form(file, name, h);
  h.values = file.list<double>(name + "/values");
  if (h.is_listed())
    h.indices =
        file.list<std::int64_t>(name + "/indices", {static_cast<std::int64_t>(h.values.size())});
  if (file.has(name + "/variances"))
    h.variances = file.list<double>(name + "/variances", file.extents(name + "/values"));
  fit::require_histogram(h, "'" + file.path() + "': '" + name + "'");
  return h;
}

std::vector<fit::Axis> read_histogram_axes(Hdf5Reader const& file, std::string const& name)
{
  require_name(file, name);
  return file.is_dataset(name) ? std::vector<fit::Axis>{} : read_axes(file, name + "/axes");
}

void write_histogram(NewHdf5File& file, std::string const& name, fit::Histogram const& histogram,
                     Compression compression)
{
  auto const& h = histogram;
  fit::require_histogram(h, "'" + name + "'");
  auto const n = static_cast<std::int64_t>(h.values.size());
  Numbers const extents = h.is_listed()                    ? Numbers{n}
                          : h.form == HistogramForm::array ? h.shape
                                                           : shape_of(h.axes, h.form);
  std::vector<std::string> dimensions;
  for (auto const& axis : h.axes) dimensions.push_back(axis.name);
  if (h.is_listed() || h.axes.empty()) dimensions.assign(extents.size(), "bin");
  if (h.is_listed())
    file.write(name + "/indices", {n}, h.indices.data(),
               {"1", "position of each value, flow bins count", dimensions}, compression);
  file.write(name + "/values", extents, h.values.data(), {"events", "of each bin", dimensions},
             compression);
  if (!h.variances.empty())
    file.write(name + "/variances", extents, h.variances.data(),
               {"events^2", "of the values", dimensions}, compression);
  if (h.form == HistogramForm::matrix) file.write_integers(name, "shape", h.shape);
  if (!h.axes.empty()) write_axes(file, name + "/axes", h.axes);
}

}  // namespace kovar::io
