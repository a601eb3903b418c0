// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_RESULT_PARTS_HPP
#define KOVAR_IO_RESULT_PARTS_HPP

#include <kovar/core/config.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <kovar/io/result_file.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// What the files of all results are made of.

namespace kovar::io {

template <class Number>
std::int64_t size_of(std::vector<Number> const& values)
{
  return static_cast<std::int64_t>(values.size());
}

/// Nothing where there are no values.
template <class Number>
void write_numbers(NewHdf5File& file, std::string const& name, std::vector<Number> const& values,
                   Annotation const& annotation)
{
  if (!values.empty()) file.write(name, {size_of(values)}, values.data(), annotation);
}

/// A number without a unit.
template <class Number>
void write_scalar(NewHdf5File& file, std::string const& name, Number value,
                  std::string const& description)
{
  file.write(name, {}, &value, {"1", description, {}});
}

/// Write a vector or column-major matrix of any space, unless it was not asked for.
template <class View>
void write_view(NewHdf5File& file, std::string const& name, View const& view,
                Annotation const& annotation)
{
  if (view.size() == 0) return;
  typename View::execution_space const space;
  auto const host = Kokkos::create_mirror_view(view);
  Kokkos::deep_copy(space, host, view);
  space.fence();  // HDF5 reads the host's copy
  if constexpr (View::rank == 1)
    file.write(name, {static_cast<std::int64_t>(host.extent(0))}, host.data(), annotation);
  else
    file.write_matrix(name, static_cast<std::int64_t>(host.extent(0)),
                      static_cast<std::int64_t>(host.extent(1)), host.data(),
                      static_cast<std::int64_t>(host.stride(1)), annotation);
}

/// What every file of kovar tells about itself.
inline void write_origin(NewHdf5File& file, std::string const& content,
                         std::vector<std::string> const& warnings, Provenance const& provenance)
{
  file.write_text("/", "kovar_version", KOVAR_VERSION);
  file.write_text("/", "content", content);
  file.write_texts("/", "warnings", warnings);
  file.create_group("provenance");
  for (auto const& [name, value] : provenance) file.write_text("provenance", name, value);
}

}  // namespace kovar::io

#endif
