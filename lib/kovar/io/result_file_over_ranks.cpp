// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/io/block_cyclic_file.hpp>
#include <kovar/io/estimate_parts.hpp>
#include <kovar/io/result_file_over_ranks.hpp>
#include <kovar/io/result_parts.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace kovar::io {
namespace {

template <class Scalar>
using Matrices = std::vector<std::pair<gsn::Item, dist::BlockCyclicMatrix<Scalar>>>;

/// Those that were asked for.
template <class Scalar>
Matrices<Scalar> matrices_of(gsn::EstimateOverRanks<Scalar> const& estimate)
{
  Matrices<Scalar> found;
  auto const add = [&](gsn::Item item, dist::BlockCyclicMatrix<Scalar> const& matrix) {
    if (matrix.n_rows() > 0 && matrix.n_columns() > 0) found.emplace_back(item, matrix);
  };
  add(gsn::Item::noise_covariance, estimate.noise_covariance);
  add(gsn::Item::signal_covariance, estimate.signal_covariance);
  add(gsn::Item::noise_covariance_psd, estimate.noise_covariance_psd);
  add(gsn::Item::signal_covariance_psd, estimate.signal_covariance_psd);
  add(gsn::Item::eigenvectors_signal, estimate.eigenvectors_signal);
  add(gsn::Item::eigenvectors_difference, estimate.eigenvectors_difference);
  return found;
}

template <class Scalar>
std::int64_t n_components(gsn::EstimateOverRanks<Scalar> const& estimate)
{
  return std::max({static_cast<std::int64_t>(estimate.eigenvalues_signal.size()),
                   static_cast<std::int64_t>(estimate.eigenvalues_difference.size()),
                   estimate.eigenvectors_signal.n_columns(),
                   estimate.eigenvectors_difference.n_columns()});
}

/// The file without the numbers of the matrices, closed; rank 0 alone.
template <class Scalar>
std::unique_ptr<NewHdf5File> make_file(std::string const& path,
                                       gsn::EstimateOverRanks<Scalar> const& estimate,
                                       Matrices<Scalar> const& matrices,
                                       Provenance const& provenance)
{
  require_writable(path);
  std::int64_t bytes = 0;
  for (auto const& [item, matrix] : matrices)
    bytes += matrix.n_rows() * matrix.n_columns() * static_cast<std::int64_t>(sizeof(Scalar));
  auto file = std::make_unique<NewHdf5File>(path, bytes);
  for (auto const& [item, matrix] : matrices)
    file->make_matrix<Scalar>(gsn::name_of(item), matrix.n_rows(), matrix.n_columns(),
                              annotation_of(item));
  auto const write_values = [&](gsn::Item item, std::vector<Scalar> const& values) {
    write_numbers(*file, gsn::name_of(item), values, annotation_of(item));
  };
  write_values(gsn::Item::eigenvalues_signal, estimate.eigenvalues_signal);
  write_values(gsn::Item::eigenvalues_difference, estimate.eigenvalues_difference);
  write_summary(*file, estimate, n_components(estimate), provenance);
  file->close_part();
  return file;
}

}  // namespace

template <class Scalar>
void write_estimate(std::string const& path, dist::Communicator const& comm,
                    gsn::EstimateOverRanks<Scalar> const& estimate, Provenance const& provenance)
{
  Region const region("kovar::io::write_estimate_over_ranks[HDF5]");
  auto const matrices = matrices_of(estimate);
  std::unique_ptr<NewHdf5File> file;  // on rank 0
  std::string part;
  dist::agree(comm, [&] {
    if (!comm.is_root()) return;
    file = make_file(path, estimate, matrices, provenance);
    part = file->part();
  });
  part = dist::broadcast_text(comm, part);
  SharedHdf5File shared(comm, part);
  for (auto const& [item, matrix] : matrices) shared.write(gsn::name_of(item), matrix);
  shared.close();
  dist::agree(comm, [&] {
    if (file) file->commit();
  });
}

template void write_estimate(std::string const&, dist::Communicator const&,
                             gsn::EstimateOverRanks<double> const&, Provenance const&);
template void write_estimate(std::string const&, dist::Communicator const&,
                             gsn::EstimateOverRanks<float> const&, Provenance const&);

}  // namespace kovar::io
