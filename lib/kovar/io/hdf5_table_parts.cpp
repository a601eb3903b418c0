// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/io/hdf5_table_parts.hpp>

#include <hdf5.h>

#include <algorithm>
#include <optional>

namespace kovar::io {
namespace {

/// Texts of an attribute whose length is fixed, as NumPy and MATLAB write them.
std::optional<std::vector<std::string>> read_fixed_texts(Hdf5Handle const& object,
                                                         std::string const& attribute)
{
  Hdf5Handle const found(H5Aopen(object.id(), attribute.c_str(), H5P_DEFAULT), H5Aclose);
  if (!found.valid()) return {};
  Hdf5Handle const type(H5Aget_type(found.id()), H5Tclose);
  if (H5Tget_class(type.id()) != H5T_STRING || H5Tis_variable_str(type.id()) > 0) return {};
  Hdf5Handle const space(H5Aget_space(found.id()), H5Sclose);
  std::size_t const width = H5Tget_size(type.id());
  auto const n_texts =
      static_cast<std::size_t>(std::max<hssize_t>(0, H5Sget_simple_extent_npoints(space.id())));
  std::string raw(n_texts * width, '\0');
  if (n_texts > 0 && H5Aread(found.id(), type.id(), raw.data()) < 0) return {};
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < n_texts; ++i) {
    std::string text = raw.substr(i * width, width);
    text.resize(std::min(text.find('\0'), width));
    text.resize(text.find_last_not_of(' ') + 1);  // npos + 1 is 0
    texts.push_back(text);
  }
  return texts;
}

/// What MATLAB says that a dataset is ("double", "char" ...); empty if MATLAB did not write it.
std::string matlab_class(Hdf5Handle const& dataset)
{
  auto const texts = read_fixed_texts(dataset, "MATLAB_class");
  return texts && !texts->empty() ? texts->front() : "";
}

TableDataset describe(Hdf5Handle const& dataset, std::string const& name)
{
  TableDataset result{name, extents_of(dataset), false, false};
  Hdf5Handle const type(H5Dget_type(dataset.id()), H5Tclose);
  H5T_class_t const kind = H5Tget_class(type.id());
  std::string const matlab = matlab_class(dataset);
  result.is_number = (kind == H5T_INTEGER || kind == H5T_FLOAT) && matlab != "char";
  result.is_reversed = !matlab.empty();
  if (result.is_reversed) std::reverse(result.shape.begin(), result.shape.end());
  return result;
}

bool keeps_creation_order(Hdf5Handle const& group)
{
  Hdf5Handle const creation(H5Gget_create_plist(group.id()), H5Pclose);
  unsigned flags = 0;
  H5Pget_link_creation_order(creation.id(), &flags);
  return (flags & H5P_CRT_ORDER_TRACKED) != 0U;
}

}  // namespace

std::vector<TableDataset> datasets_in(Hdf5Handle const& file, std::string const& group)
{
  std::vector<TableDataset> datasets;
  Hdf5Handle const open(H5Gopen2(file.id(), group.c_str(), H5P_DEFAULT), H5Gclose);
  if (!open.valid()) return datasets;
  H5_index_t const index = keeps_creation_order(open) ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
  H5G_info_t info{};
  H5Gget_info(open.id(), &info);
  for (hsize_t i = 0; i < info.nlinks; ++i) {
    ssize_t const length =
        H5Lget_name_by_idx(open.id(), ".", index, H5_ITER_INC, i, nullptr, 0, H5P_DEFAULT);
    if (length < 0) continue;
    std::string name(static_cast<std::size_t>(length) + 1, '\0');
    H5Lget_name_by_idx(open.id(), ".", index, H5_ITER_INC, i, name.data(), name.size(),
                       H5P_DEFAULT);
    name.pop_back();
    Hdf5Handle const object(H5Oopen(open.id(), name.c_str(), H5P_DEFAULT), H5Oclose);
    if (object.valid() && H5Iget_type(object.id()) == H5I_DATASET)
      datasets.push_back(describe(object, name));
  }
  return datasets;
}

std::vector<std::string> names_of_columns(Hdf5Handle const& file, std::string const& path,
                                          std::string const& group, TableDataset const& matrix)
{
  auto const n_columns = static_cast<std::size_t>(matrix.shape[1]);
  std::string const dataset = group + matrix.name;
  Hdf5Handle const open(H5Dopen2(file.id(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
  for (std::string const attribute : {"columns", "column_names", "feature_names", "names"}) {
    std::optional<std::vector<std::string>> names = read_texts(file, dataset, attribute);
    if (!names) names = read_fixed_texts(open, attribute);
    if (!names) continue;
    KOVAR_REQUIRE(names->size() == n_columns, "'" << dataset << "' in '" << path << "' has "
                                                  << n_columns << " columns, and its attribute '"
                                                  << attribute << "' " << names->size()
                                                  << " names; write one name per column");
    return *names;
  }
  std::vector<std::string> names;
  for (std::size_t j = 0; j < n_columns; ++j)
    names.push_back(matrix.name + "_" + std::to_string(j + 1));
  return names;
}

}  // namespace kovar::io
