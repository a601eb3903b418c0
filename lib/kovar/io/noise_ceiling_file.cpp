// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/config.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <kovar/io/noise_ceiling_file.hpp>

namespace kovar::io {
namespace {

std::int64_t size_of(std::vector<double> const& values)
{
  return static_cast<std::int64_t>(values.size());
}

void write_list(NewHdf5File& file, std::string const& name, std::vector<double> const& values,
                Annotation const& annotation)
{
  if (!values.empty()) file.write(name, {size_of(values)}, values.data(), annotation);
}

void write_counts(NewHdf5File& file, std::string const& name,
                  std::vector<std::int64_t> const& values, Annotation const& annotation)
{
  if (!values.empty())
    file.write(name, {static_cast<std::int64_t>(values.size())}, values.data(), annotation);
}

template <class Number>
void write_scalar(NewHdf5File& file, std::string const& name, Number value,
                  std::string const& description)
{
  file.write(name, {}, &value, {"1", description, {}});
}

template <class View>
void write_matrix(NewHdf5File& file, std::string const& name, View const& matrix,
                  std::string const& description)
{
  if (matrix.size() == 0) return;
  typename View::execution_space const space;
  auto const host = Kokkos::create_mirror_view(matrix);
  Kokkos::deep_copy(space, host, matrix);
  space.fence();  // HDF5 reads the host's copy
  file.write_matrix(name, static_cast<std::int64_t>(host.extent(0)),
                    static_cast<std::int64_t>(host.extent(1)), host.data(),
                    static_cast<std::int64_t>(host.stride(1)),
                    {"u^2", description, {"unit", "unit"}});
}

/// Where the scale comes from; only of a scale that was matched.
template <class Scalar, class ExecSpace>
void write_reliabilities(NewHdf5File& file, gsn::NoiseCeiling<Scalar, ExecSpace> const& ceiling)
{
  if (ceiling.scales.empty()) return;
  write_counts(file, "split_sizes", ceiling.split_sizes,
               {"1", "trials in each part of a split", {"split_size"}});
  write_counts(file, "n_splits", ceiling.n_splits,
               {"1",
                ceiling.took_all_splits ? "splits: all there are" : "splits: random ones",
                {"split_size"}});
  write_list(file, "data_reliability", ceiling.data_reliability,
             {"1", "median similarity of the RDMs of both parts of a split", {"split_size"}});
  write_scalar(file, "data_robustness", ceiling.data_robustness,
               "medians of the data over about their standard errors, mean over split sizes");
  write_list(file, "scales", ceiling.scales,
             {"1", "scales of the signal covariance that were compared (scs)", {"scale"}});
  file.write("model_reliability",
             {size_of(ceiling.scales), static_cast<std::int64_t>(ceiling.split_sizes.size())},
             ceiling.model_reliability.data(),
             {"1", "the same of simulated responses, per scale", {"scale", "split_size"}});
  write_scalar(file, "model_robustness", ceiling.model_robustness,
               "the same of the simulations, mean over scales and split sizes");
  write_scalar(file, "n_model_simulations", ceiling.n_model_simulations,
               "simulations behind model_reliability");
  write_list(file, "fits", ceiling.fits,
             {"percent",
              "coefficient of determination of data_reliability by model_reliability, per scale",
              {"scale"}});
}

}  // namespace

template <class Scalar, class ExecSpace>
void write_noise_ceiling(std::string const& path,
                         gsn::NoiseCeiling<Scalar, ExecSpace> const& ceiling,
                         NoiseCeilingMatrices const& matrices, Provenance const& provenance)
{
  Region const region("kovar::io::write_noise_ceiling[HDF5]");
  require_writable(path);
  auto const& estimate = ceiling.estimate;
  auto const n_units = static_cast<std::int64_t>(estimate.mean_signal.size());
  std::int64_t const n_matrices =
      (matrices.scaled_signal ? 1 : 0) + (matrices.signal ? 1 : 0) + (matrices.noise ? 1 : 0);
  NewHdf5File file(path, 8 * n_units * (2 + n_units * n_matrices));
  write_scalar(file, "noise_ceiling", ceiling.noise_ceiling,
               "median similarity of the RDMs of signal and of signal with noise");
  write_list(file, "noise_ceiling_values", ceiling.values,
             {"1", "the similarity in each simulation", {"simulation"}});
  write_scalar(file, "n_trials", ceiling.n_trials, "trials averaged in a simulation (nctrials)");
  write_scalar(file, "scale", ceiling.scale, "factor on the signal covariance cSb");
  write_reliabilities(file, ceiling);

  if (matrices.scaled_signal)
    write_matrix(file, "cSb_rsa", ceiling.signal_covariance,
                 "signal covariance of the simulations: scale times cSb (u: the unit of the "
                 "responses)");
  if (matrices.signal)
    write_matrix(file, "cSb", estimate.signal_covariance_psd,
                 "signal covariance, positive semidefinite (u: the unit of the responses)");
  if (matrices.noise)
    write_matrix(file, "cNb", estimate.noise_covariance_psd,
                 "noise covariance, positive semidefinite (u: the unit of the responses)");
  file.write("mnS", {1, n_units}, estimate.mean_signal.data(),
             {"u", "mean of the signal", {"row", "unit"}});
  write_list(file, "ncsnr", estimate.noise_ceiling_snr,
             {"1", "noise ceiling signal-to-noise ratio: signal s.d. over noise s.d.", {"unit"}});
  write_scalar(file, "shrinklevelN", estimate.noise_level.level,
               "shrinkage level of the noise covariance");
  write_scalar(file, "shrinklevelD", estimate.data_level.level,
               "shrinkage level of the covariance of condition means");

  std::vector<std::string> warnings = ceiling.warnings;
  for (gsn::Warning const& warning : estimate.warnings)
    warnings.push_back(gsn::name_of(warning.code) + ": " + warning.message);
  file.write_text("/", "kovar_version", KOVAR_VERSION);
  file.write_text("/", "content", "gsn noise ceiling");
  file.write_texts("/", "warnings", warnings);
  file.create_group("provenance");
  for (auto const& [name, value] : provenance) file.write_text("provenance", name, value);
  file.commit();
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                 \
  template void write_noise_ceiling(std::string const&,                              \
                                    gsn::NoiseCeiling<double, ExecSpace> const&,     \
                                    NoiseCeilingMatrices const&, Provenance const&); \
  template void write_noise_ceiling(std::string const&,                              \
                                    gsn::NoiseCeiling<float, ExecSpace> const&,      \
                                    NoiseCeilingMatrices const&, Provenance const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::io
