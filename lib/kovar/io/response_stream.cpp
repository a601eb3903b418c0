// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/views.hpp>
#include <kovar/io/hdf5_native.hpp>
#include <kovar/io/response_stream.hpp>

#include <hdf5.h>

#include <array>

namespace kovar::io {

template <class Scalar>
ResponseStream<Scalar>::ResponseStream(dist::Communicator const& comm, std::string const& path,
                                       std::string const& dataset, AxisOrder order)
    : path_(path), name_(dataset), order_(order)
{
  QuietHdf5 const quiet;
  found_ = examine_responses(comm, path, dataset, order);
  dist::agree(comm, [&] {
    file_ = open_hdf5_file(path);
    dataset_ = Hdf5Handle(H5Dopen2(file_.id(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
    if (!dataset_.valid())
      throw BackendError("'" + dataset + "' in '" + path +
                         "' cannot be opened (HDF5: " + hdf5_message() + ")");
  });
}

template <class Scalar>
typename ResponseStream<Scalar>::Block ResponseStream<Scalar>::read(std::int64_t first,
                                                                    std::int64_t count)
{
  QuietHdf5 const quiet;
  Region const region("kovar::io::ResponseStream::read[HDF5]");
  KOVAR_REQUIRE(first >= 0 && count >= 0 && first + count <= n_conditions(),
                "'" << name_ << "' in '" << path_ << "': conditions " << first << " to "
                    << first + count - 1 << " are asked for (there are " << n_conditions() << ")");
  auto const n = static_cast<std::size_t>(n_units() * count * n_trials());
  if (values_.extent(0) < n) {
    values_ = {};  // before the new one is there
    values_ = allocate<Kokkos::View<Scalar*, Kokkos::HostSpace>>(
        Kokkos::DefaultHostExecutionSpace(), "kovar::io::block_of_conditions", n);
  }
  std::array<hsize_t, 3> start{};
  std::array<hsize_t, 3> extents{};
  for (std::size_t axis = 0; axis < 3; ++axis)
    extents[axis] = static_cast<hsize_t>(axis == 1 ? count : found_.extents[axis]);
  start[1] = static_cast<hsize_t>(first);
  if (n > 0) {
    Hdf5Handle const in_file(H5Dget_space(dataset_.id()), H5Sclose);
    Hdf5Handle const in_memory(H5Screate_simple(3, extents.data(), nullptr), H5Sclose);
    char const* failed = nullptr;
    if (!in_file.valid() || !in_memory.valid() ||
        H5Sselect_hyperslab(in_file.id(), H5S_SELECT_SET, start.data(), nullptr, extents.data(),
                            nullptr) < 0)
      failed = "H5Sselect_hyperslab";
    else if (H5Dread(dataset_.id(), native_type<Scalar>(), in_memory.id(), in_file.id(),
                     H5P_DEFAULT, values_.data()) < 0)
      failed = "H5Dread";
    if (failed != nullptr)
      throw BackendError("reading conditions " + std::to_string(first) + " to " +
                         std::to_string(first + count - 1) + " of '" + name_ + "' from '" + path_ +
                         "' failed in " + failed + " (" + hdf5_message() +
                         "); the file may be damaged: try h5dump on it");
  }
  auto const n_fast = order_ == AxisOrder::units_conditions_trials ? n_trials() : n_units();
  return order_ == AxisOrder::units_conditions_trials
             ? Block(values_.data(),
                     Kokkos::LayoutStride(n_units(), count * n_fast, count, n_fast, n_trials(), 1))
             : Block(values_.data(),
                     Kokkos::LayoutStride(n_units(), 1, count, n_fast, n_trials(), count * n_fast));
}

template class ResponseStream<double>;
template class ResponseStream<float>;

}  // namespace kovar::io
