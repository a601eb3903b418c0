// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/fit/shared_columns.hpp>
#include <kovar/io/block_cyclic_file.hpp>
#include <kovar/io/fit_result_parts.hpp>

#include <memory>
#include <utility>

namespace kovar::io {
namespace {

bool has_shares(SavedFit const& fit)
{
  return fit.shared_covariance.matrix.n_rows() > 0 ||
         fit.prefit.bins.shared_covariance.n_rows() > 0 ||
         fit.postfit.bins.shared_covariance.n_rows() > 0;
}

/// The numbers of matrices that ranks share.
void write_shares(SharedHdf5File& file, SavedFit const& fit, bool is_first)
{
  if (fit.shared_covariance.matrix.n_rows() > 0) {
    auto const covariance = fit::of_all_parameters(fit.shared_covariance);
    file.write(fit.group + "/cov", covariance);
    if (is_first) file.write("cov", covariance);
  }
  for (auto const& [when, yields] :
       {std::pair<char const*, SavedYields const*>("prefit", &fit.prefit),
        {"postfit", &fit.postfit}})
    if (yields->bins.shared_covariance.n_rows() > 0)
      file.write(yield_covariance_name(fit.group, when), yields->bins.shared_covariance);
}

}  // namespace

void write_fits(std::string const& path, dist::Communicator const& comm,
                fit::TemplateTensor const& tensor, std::vector<SavedFit> const& fits,
                Provenance const& provenance)
{
  Region const region("kovar::io::write_fits_over_ranks[HDF5]");
  bool shares = false;
  for (SavedFit const& fit : fits) shares = shares || has_shares(fit);
  std::unique_ptr<NewHdf5File> file;  // on rank 0
  std::string part;
  dist::agree(comm, [&] {
    if (!comm.is_root()) return;
    file = std::make_unique<NewHdf5File>(path, bytes_of_fits(fits));
    write_all_fits(*file, tensor, fits, provenance);
    part = file->part();
    if (shares) file->close_part();
  });
  if (shares) {
    part = dist::broadcast_text(comm, part);
    SharedHdf5File shared(comm, part);
    for (SavedFit const& fit : fits) write_shares(shared, fit, &fit == &fits.front());
    shared.close();
  }
  dist::agree(comm, [&] {
    if (file) file->commit();
  });
}

}  // namespace kovar::io
