// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/io/estimate_parts.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <kovar/io/result_file.hpp>
#include <kovar/io/result_parts.hpp>

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace kovar::io {
namespace {

namespace fs = std::filesystem;

/// Of a view or a vector.
template <class Array>
std::int64_t bytes_of(Array const& array)
{
  return static_cast<std::int64_t>(array.size() * sizeof(typename Array::value_type));
}

/// How many components bases have: as many as eigenvalues or columns of eigenvectors; 0 without bases.
template <class Scalar, class ExecSpace>
std::int64_t n_components(gsn::Estimate<Scalar, ExecSpace> const& estimate)
{
  std::size_t const n = std::max(
      {estimate.eigenvalues_signal.extent(0), estimate.eigenvalues_difference.extent(0),
       estimate.eigenvectors_signal.extent(1), estimate.eigenvectors_difference.extent(1)});
  return static_cast<std::int64_t>(n);
}

/// Does the folder take a new file of this path? Leaves nothing: the file has no name where the file
/// system can do that, and elsewhere it is removed at once, while this thread puts off all signals. An
/// error code, or 0.
int try_new_file(std::string const& folder, std::string const& path)
{
#ifdef O_TMPFILE
  int const nameless = open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
  if (nameless >= 0) {
    close(nameless);
    return 0;
  }
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) return errno;
#endif
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int const descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  int const code = descriptor >= 0 ? 0 : errno;
  if (descriptor >= 0) {
    close(descriptor);
    std::remove(path.c_str());
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return code;
}

}  // namespace

void require_writable(std::string const& path)
{
  KOVAR_REQUIRE(!path.empty(), "the result file has no name; give it one");
  std::string const target = target_of(path);
  std::error_code unknown;
  fs::path const parent = fs::path(target).parent_path();
  fs::path const folder = parent.empty() ? fs::path(".") : parent;
  KOVAR_REQUIRE(fs::is_directory(folder, unknown),
                "'" << path << "' cannot be written (there is no folder '" << folder.string()
                    << "'); create it first");
  fs::file_status const status = fs::status(target, unknown);
  KOVAR_REQUIRE(!fs::is_directory(status), "'" << path << "' is a folder; name a file in it");
  KOVAR_REQUIRE(!fs::exists(status) || fs::is_regular_file(status),
                "'" << path << "' is no ordinary file, which a result could replace; name another");

  std::string const part = part_of(target);
  bool const is_left_over = access(part.c_str(), F_OK) == 0;
  int code = 0;
  if (!is_left_over)
    code = try_new_file(folder.string(), part);
  else if (access(part.c_str(), W_OK) != 0)
    code = errno;
  KOVAR_REQUIRE(code == 0, "'" << path << "' cannot be written (its folder takes no new file: "
                               << std::strerror(code) << "); choose another folder");
}

template <class Scalar, class ExecSpace>
void write_estimate(std::string const& path, gsn::Estimate<Scalar, ExecSpace> const& estimate,
                    Provenance const& provenance)
{
  Region const region("kovar::io::write_estimate[HDF5]");
  require_writable(path);
  std::int64_t const bytes =
      bytes_of(estimate.noise_covariance) + bytes_of(estimate.signal_covariance) +
      bytes_of(estimate.noise_covariance_psd) + bytes_of(estimate.signal_covariance_psd) +
      bytes_of(estimate.eigenvalues_signal) + bytes_of(estimate.eigenvectors_signal) +
      bytes_of(estimate.eigenvalues_difference) + bytes_of(estimate.eigenvectors_difference) +
      bytes_of(estimate.mean_signal) + bytes_of(estimate.mean_noise) +
      bytes_of(estimate.noise_ceiling_snr);
  NewHdf5File file(path, bytes);

  auto const write_item = [&](gsn::Item item, auto const& view) {
    write_view(file, gsn::name_of(item), view, annotation_of(item));
  };
  write_item(gsn::Item::noise_covariance, estimate.noise_covariance);
  write_item(gsn::Item::signal_covariance, estimate.signal_covariance);
  write_item(gsn::Item::noise_covariance_psd, estimate.noise_covariance_psd);
  write_item(gsn::Item::signal_covariance_psd, estimate.signal_covariance_psd);
  write_item(gsn::Item::eigenvalues_signal, estimate.eigenvalues_signal);
  write_item(gsn::Item::eigenvectors_signal, estimate.eigenvectors_signal);
  write_item(gsn::Item::eigenvalues_difference, estimate.eigenvalues_difference);
  write_item(gsn::Item::eigenvectors_difference, estimate.eigenvectors_difference);
  write_summary(file, estimate, n_components(estimate), provenance);
  file.commit();
}

void write_simulation(std::string const& path, gsn::Simulation const& simulation,
                      Provenance const& provenance)
{
  Region const region("kovar::io::write_simulation[HDF5]");
  require_writable(path);
  std::int64_t const bytes = bytes_of(simulation.train) + bytes_of(simulation.test) +
                             bytes_of(simulation.signal) + bytes_of(simulation.signal_covariance) +
                             bytes_of(simulation.noise_covariance) +
                             bytes_of(simulation.signal_axes) + bytes_of(simulation.noise_axes);
  NewHdf5File file(path, bytes);

  auto const write_cube = [&file](std::string const& name, gsn::Simulation::Cube const& cube,
                                  std::string const& description) {
    file.write(
        name,
        {static_cast<std::int64_t>(cube.extent(0)), static_cast<std::int64_t>(cube.extent(1)),
         static_cast<std::int64_t>(cube.extent(2))},
        cube.data(), {"u", description, {"unit", "condition", "trial"}});
  };
  write_cube("even", simulation.train, "simulated responses");
  write_cube("test", simulation.test, "the same signal with other noise");

  std::vector<std::string> const units = {"unit", "unit"};
  std::vector<std::string> const basis = {"unit", "component"};
  write_view(file, "truth/signal", simulation.signal,
             {"u", "signal of each condition", {"condition", "unit"}});
  write_view(file, "truth/signal_covariance", simulation.signal_covariance,
             {"u^2", "covariance that signals are drawn from", units});
  write_view(file, "truth/noise_covariance", simulation.noise_covariance,
             {"u^2", "covariance that noise is drawn from", units});
  write_view(file, "truth/signal_axes", simulation.signal_axes,
             {"1", "eigenvectors of the signal covariance, one per column", basis});
  write_view(file, "truth/noise_axes", simulation.noise_axes,
             {"1", "eigenvectors of the noise covariance, one per column", basis});
  write_numbers(file, "truth/signal_eigenvalues", simulation.signal_eigenvalues,
                {"u^2", "eigenvalues of the signal covariance", {"component"}});
  write_numbers(file, "truth/noise_eigenvalues", simulation.noise_eigenvalues,
                {"u^2", "eigenvalues of the noise covariance", {"component"}});

  write_origin(file, "gsn simulation", simulation.warnings, provenance);
  file.commit();
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                        \
  template void write_estimate(std::string const&, gsn::Estimate<double, ExecSpace> const&, \
                               Provenance const&);                                          \
  template void write_estimate(std::string const&, gsn::Estimate<float, ExecSpace> const&,  \
                               Provenance const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::io
