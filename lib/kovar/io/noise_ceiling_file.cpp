// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/io/noise_ceiling_file.hpp>
#include <kovar/io/result_parts.hpp>

#include <string>
#include <vector>

namespace kovar::io {
namespace {

/// Where the scale comes from; only of a scale that was matched.
template <class Scalar, class ExecSpace>
void write_reliabilities(NewHdf5File& file, gsn::NoiseCeiling<Scalar, ExecSpace> const& ceiling)
{
  if (ceiling.scales.empty()) return;
  write_numbers(file, "split_sizes", ceiling.split_sizes,
                {"1", "trials in each part of a split", {"split_size"}});
  write_numbers(file, "n_splits", ceiling.n_splits,
                {"1",
                 ceiling.took_all_splits ? "splits: all there are" : "splits: random ones",
                 {"split_size"}});
  write_numbers(file, "data_reliability", ceiling.data_reliability,
                {"1", "median similarity of the RDMs of both parts of a split", {"split_size"}});
  write_scalar(file, "data_robustness", ceiling.data_robustness,
               "medians of the data over about their standard errors, mean over split sizes");
  write_numbers(file, "scales", ceiling.scales,
                {"1", "scales of the signal covariance that were compared (scs)", {"scale"}});
  file.write("model_reliability", {size_of(ceiling.scales), size_of(ceiling.split_sizes)},
             ceiling.model_reliability.data(),
             {"1", "the same of simulated responses, per scale", {"scale", "split_size"}});
  write_scalar(file, "model_robustness", ceiling.model_robustness,
               "the same of the simulations, mean over scales and split sizes");
  write_scalar(file, "n_model_simulations", ceiling.n_model_simulations,
               "simulations behind model_reliability");
  write_numbers(file, "fits", ceiling.fits,
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
  write_numbers(file, "noise_ceiling_values", ceiling.values,
                {"1", "the similarity in each simulation", {"simulation"}});
  write_scalar(file, "n_trials", ceiling.n_trials, "trials averaged in a simulation (nctrials)");
  write_scalar(file, "scale", ceiling.scale, "factor on the signal covariance cSb");
  write_reliabilities(file, ceiling);

  std::vector<std::string> const units = {"unit", "unit"};
  if (matrices.scaled_signal)
    write_view(file, "cSb_rsa", ceiling.signal_covariance,
               {"u^2",
                "signal covariance of the simulations: scale times cSb (u: the unit of the "
                "responses)",
                units});
  if (matrices.signal)
    write_view(
        file, "cSb", estimate.signal_covariance_psd,
        {"u^2", "signal covariance, positive semidefinite (u: the unit of the responses)", units});
  if (matrices.noise)
    write_view(
        file, "cNb", estimate.noise_covariance_psd,
        {"u^2", "noise covariance, positive semidefinite (u: the unit of the responses)", units});
  file.write("mnS", {1, n_units}, estimate.mean_signal.data(),
             {"u", "mean of the signal", {"row", "unit"}});
  write_numbers(
      file, "ncsnr", estimate.noise_ceiling_snr,
      {"1", "noise ceiling signal-to-noise ratio: signal s.d. over noise s.d.", {"unit"}});
  write_scalar(file, "shrinklevelN", estimate.noise_level.level,
               "shrinkage level of the noise covariance");
  write_scalar(file, "shrinklevelD", estimate.data_level.level,
               "shrinkage level of the covariance of condition means");

  std::vector<std::string> warnings = ceiling.warnings;
  for (gsn::Warning const& warning : estimate.warnings)
    warnings.push_back(gsn::name_of(warning.code) + ": " + warning.message);
  write_origin(file, "gsn noise ceiling", warnings, provenance);
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
