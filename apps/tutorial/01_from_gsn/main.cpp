// SPDX-License-Identifier: BSD-3-Clause
//
// GSN's call in C++: an array as NumPy or MATLAB keeps it, options, results by their names.
//
//   results = perform_gsn(data, {'returns': ['cSb', 'cNb', 'eigvals_signal']})
//
// Output:
//
//    shrinklevelN 0.90, shrinklevelD 0.46, numiters 0
//    ncsnr of units 0 to 2: 1.03 0.81 0.90
//    units 0 and 1: cSb 0.005 (true 0.005), cNb -0.052 (true -0.050)
//    eigvals_signal: 0.64 0.38 0.23 ... (true 1, 1/2, 1/3 ...)
//    the same from MATLAB's order: shrinklevelN 0.90, shrinklevelD 0.46
//    shrinklevels: entry 2 is 1.5 (a level scales correlations, 0 = none kept, 1 = all kept); give numbers in [0,1]
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/simulate.hpp>

#include <cstdio>

// Responses of somebody else's memory: units x conditions x trials. NumPy keeps the trials of a unit and
// condition next to each other, MATLAB the units of a condition and trial.
template <class Layout>
using Responses = Kokkos::View<double const***, Layout, Kokkos::HostSpace,
                               Kokkos::MemoryTraits<Kokkos::Unmanaged>>;
using NumpyArray = Responses<Kokkos::LayoutRight>;
using MatlabArray = Responses<Kokkos::LayoutLeft>;

int main(int argc, char** argv)
{
  Kokkos::ScopeGuard const kokkos(argc, argv);
  Kokkos::DefaultHostExecutionSpace const space;
  using kovar::gsn::Item;

  // Stands for your data: 40 units, 60 conditions, 5 trials, with known covariances.
  kovar::gsn::SimulationOptions design;
  design.n_units = 40;
  design.n_conditions = 60;
  design.n_trials = 5;
  auto const simulation = kovar::gsn::simulate(design);
  NumpyArray const responses(simulation.train.data(), 40, 60, 5);

  kovar::gsn::Options options;
  options.returns = {Item::signal_covariance_psd, Item::noise_covariance_psd,
                     Item::eigenvalues_signal};
  auto const result = kovar::gsn::estimate(space, responses, options);

  std::printf("shrinklevelN %.2f, shrinklevelD %.2f, numiters %d\n", result.noise_level.level,
              result.data_level.level, result.n_iterations);
  std::printf("ncsnr of units 0 to 2: %.2f %.2f %.2f\n", result.noise_ceiling_snr[0],
              result.noise_ceiling_snr[1], result.noise_ceiling_snr[2]);
  // Matrices lie where the space computes: on the host they can be read as they are.
  auto const& c_sb = result.signal_covariance_psd;
  auto const& c_nb = result.noise_covariance_psd;
  std::printf("units 0 and 1: cSb %.3f (true %.3f), cNb %.3f (true %.3f)\n", c_sb(0, 1),
              simulation.signal_covariance(0, 1), c_nb(0, 1), simulation.noise_covariance(0, 1));
  std::printf("eigvals_signal: %.2f %.2f %.2f ... (true 1, 1/2, 1/3 ...)\n",
              result.eigenvalues_signal(0), result.eigenvalues_signal(1),
              result.eigenvalues_signal(2));
  for (auto const& warning : result.warnings)
    std::printf("%s: %s\n", kovar::gsn::name_of(warning.code).c_str(), warning.message.c_str());

  // The same responses as MATLAB keeps them: only the layout in the type differs.
  Kokkos::View<double***, Kokkos::LayoutLeft, Kokkos::HostSpace> const copy("copy", 40, 60, 5);
  Kokkos::deep_copy(copy, simulation.train);
  auto const same = kovar::gsn::estimate(space, MatlabArray(copy.data(), 40, 60, 5), options);
  std::printf("the same from MATLAB's order: shrinklevelN %.2f, shrinklevelD %.2f\n",
              same.noise_level.level, same.data_level.level);

  // What cannot be used is refused with one sentence.
  try {
    options.levels = {{0.0, 0.5, 1.5}};
    kovar::gsn::estimate(space, responses, options);
  } catch (kovar::InputError const& error) {
    std::printf("%s\n", error.what());
  }
}
