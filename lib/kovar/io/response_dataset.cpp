// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/io/hdf5_file.hpp>
#include <kovar/io/hdf5_filters.hpp>
#include <kovar/io/response_dataset.hpp>

#include <hdf5.h>

#include <algorithm>
#include <array>
#include <vector>

namespace kovar::io {
namespace {

/// A dataset of rank 3.
struct Cube {
  std::string name;
  std::string shape;
};

/// Add a link's target to the list if it is a dataset of rank 3.
extern "C" herr_t collect_cube(hid_t group, char const* name, H5L_info_t const* /*link*/,
                               void* list)
{
  try {
    if (H5Oexists_by_name(group, name, H5P_DEFAULT) <= 0) return 0;
    Hdf5Handle const object(H5Oopen(group, name, H5P_DEFAULT), H5Oclose);
    if (!object.valid() || H5Iget_type(object.id()) != H5I_DATASET) return 0;
    std::vector<std::int64_t> const shape = extents_of(object);
    if (shape.size() == 3)
      static_cast<std::vector<Cube>*>(list)->push_back(
          {"/" + std::string(name), shape_text(shape)});
    return 0;
  } catch (std::exception const&) {
    return -1;
  }
}

std::vector<Cube> cubes_of(Hdf5Handle const& file)
{
  std::vector<Cube> cubes;
  H5Lvisit(file.id(), H5_INDEX_NAME, H5_ITER_NATIVE, collect_cube, &cubes);
  return cubes;
}

/// "datasets of rank 3 in the file are '/even' (64 x 10 x 174), ...".
std::string list_of_cubes(Hdf5Handle const& file)
{
  constexpr std::size_t longest = 12;
  std::vector<Cube> const cubes = cubes_of(file);
  if (cubes.empty()) return "the file has no dataset of rank 3";
  std::string text = "datasets of rank 3 in the file are ";
  for (std::size_t i = 0; i < std::min(cubes.size(), longest); ++i)
    text += (i == 0 ? "'" : ", '") + cubes[i].name + "' (" + cubes[i].shape + ")";
  if (cubes.size() > longest) text += " and " + std::to_string(cubes.size() - longest) + " more";
  return text;
}

/// Whether a link has this name; H5Lexists wants all but the last part of it to exist.
bool has_link(Hdf5Handle const& file, std::string const& name)
{
  for (std::size_t end = name.find('/', 1);; end = name.find('/', end + 1)) {
    std::string const part = name.substr(0, end);
    if (part.empty() || H5Lexists(file.id(), part.c_str(), H5P_DEFAULT) <= 0) return false;
    if (end == std::string::npos) return true;
  }
}

Hdf5Handle open_dataset(Hdf5Handle const& file, std::string const& path, std::string const& name)
{
  Hdf5Handle object(H5Oopen(file.id(), name.c_str(), H5P_DEFAULT), H5Oclose);
  if (!object.valid()) {
    std::string const reason = hdf5_message();
    KOVAR_REQUIRE(has_link(file, name),
                  "'" << path << "' has no dataset '" << name << "'; " << list_of_cubes(file));
    KOVAR_REQUIRE(false, "'" << name << "' in '" << path
                             << "' is a link that leads nowhere (HDF5: " << reason << ")");
  }
  KOVAR_REQUIRE(H5Iget_type(object.id()) == H5I_DATASET,
                "'" << name << "' in '" << path << "' is a "
                    << (H5Iget_type(object.id()) == H5I_GROUP ? "group" : "type")
                    << ", not a dataset; " << list_of_cubes(file));
  return object;
}

/// "float64", or an empty text where the type is no number.
std::string number_name(Hdf5Handle const& type)
{
  std::string const bits = std::to_string(8 * H5Tget_size(type.id()));
  switch (H5Tget_class(type.id())) {
    case H5T_INTEGER:
      return (H5Tget_sign(type.id()) == H5T_SGN_NONE ? "uint" : "int") + bits;
    case H5T_FLOAT:
      return "float" + bits;
    default:
      return "";
  }
}

char const* type_class_name(Hdf5Handle const& type)
{
  switch (H5Tget_class(type.id())) {
    case H5T_STRING:
      return "text";
    case H5T_ENUM:
      return "booleans or an enumeration";
    case H5T_COMPOUND:
      return "compound values (h5py stores complex numbers in this way)";
    case H5T_REFERENCE:
      return "references";
    case H5T_VLEN:
      return "lists";
    case H5T_ARRAY:
      return "arrays";
    default:
      return "a type that is no number";
  }
}

AxisDoubt doubt_of(Hdf5Handle const& dataset, ResponseDataset const& content, AxisOrder order)
{
  if (H5Aexists(dataset.id(), "DIMENSION_LABELS") > 0) return AxisDoubt::none;
  bool const is_by_matlab = H5Aexists(dataset.id(), "MATLAB_class") > 0;
  if (is_by_matlab)
    return order == AxisOrder::units_conditions_trials ? AxisDoubt::written_by_matlab
                                                       : AxisDoubt::none;
  // A single unit with hundreds of trials is a usual experiment; a few units with 20 times as many
  // trials as units, and hundreds of them, hardly.
  bool const has_few_units = content.n_units >= 2 && content.n_units <= 10 &&
                             content.n_trials >= 100 && content.n_trials >= 20 * content.n_units;
  return has_few_units ? AxisDoubt::few_units : AxisDoubt::none;
}

/// Look at a dataset; by this process alone.
StoredResponses examine(std::string const& path, std::string const& name, AxisOrder order)
{
  Hdf5Handle const file = open_hdf5_file(path);
  Hdf5Handle const dataset = open_dataset(file, path, name);

  std::vector<std::int64_t> const shape = extents_of(dataset);
  KOVAR_REQUIRE(shape.size() == 3, "'" << name << "' in '" << path << "' has rank " << shape.size()
                                       << " (" << shape_text(shape)
                                       << ", and responses are units x conditions x trials); "
                                       << list_of_cubes(file));
  Hdf5Handle const type(H5Dget_type(dataset.id()), H5Tclose);
  std::string const number = number_name(type);
  KOVAR_REQUIRE(!number.empty(), "'" << name << "' in '" << path << "' holds "
                                     << type_class_name(type)
                                     << " (responses are integers or floating-point numbers); "
                                        "convert them first");

  StoredResponses found;
  std::copy(shape.begin(), shape.end(), found.extents.begin());
  bool const is_units_first = order == AxisOrder::units_conditions_trials;
  found.content.n_units = shape[is_units_first ? 0 : 2];
  found.content.n_conditions = shape[1];
  found.content.n_trials = shape[is_units_first ? 2 : 0];
  found.content.single_precision = number == "float32";
  found.content.description = number;
  found.content.doubt = doubt_of(dataset, found.content, order);

  Hdf5Handle const creation(H5Dget_create_plist(dataset.id()), H5Pclose);
  H5D_layout_t const layout = H5Pget_layout(creation.id());
  found.mpi_io = layout != H5D_VIRTUAL && H5Pget_external_count(creation.id()) == 0;
  if (layout == H5D_CHUNKED) {
    std::array<hsize_t, 3> chunk{};
    H5Pget_chunk(creation.id(), 3, chunk.data());
    std::copy(chunk.begin(), chunk.end(), found.chunk.begin());
    found.content.conditions_per_chunk = found.chunk[1];
    found.content.description += ", chunked";
  }
  for (std::string const& filter : filters_of(dataset, path, name))
    found.content.description += ", " + filter;
  return found;
}

}  // namespace

StoredResponses examine_responses(dist::Communicator const& comm, std::string const& path,
                                  std::string const& name, AxisOrder order)
{
  StoredResponses found;
  dist::agree(comm, [&] { found = examine(path, name, order); });

  std::array<std::int64_t, 8> bounds{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    bounds[axis] = found.extents[axis];
    bounds[axis + 3] = -found.extents[axis];
  }
  bounds[6] = found.mpi_io ? 1 : 0;
  bounds[7] = -bounds[6];
  std::array<std::int64_t, 8> largest = bounds;
  comm.max_to_all(largest.data(), largest.size());
  dist::agree(comm, [&] {
    KOVAR_REQUIRE(largest == bounds, "'" << name << "' in '" << path
                                         << "' differs between ranks; give a path that leads to "
                                            "the same file on every machine");
  });
  return found;
}

ResponseDataset inspect_responses(dist::Communicator const& comm, std::string const& path,
                                  std::string const& dataset, AxisOrder order)
{
  QuietHdf5 const quiet;
  return examine_responses(comm, path, dataset, order).content;
}

std::vector<std::string> likely_datasets(dist::Communicator const& comm, std::string const& path,
                                         std::string const& usual)
{
  QuietHdf5 const quiet;
  std::vector<std::string> names;
  dist::agree(comm, [&] {
    Hdf5Handle const file = open_hdf5_file(path);
    if (has_link(file, usual))
      names = {usual};
    else
      for (Cube const& cube : cubes_of(file)) names.push_back(cube.name);
  });
  return names;
}

}  // namespace kovar::io
