// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/simulate.hpp>

#include <algorithm>
#include <cstdio>

int main(int argc, char** argv)
{
  Kokkos::ScopeGuard const kokkos(argc, argv);
  auto const data = kovar::gsn::simulate({}).train;  // 100 units x 100 conditions x 3 trials
  auto estimate = kovar::gsn::estimate(Kokkos::DefaultHostExecutionSpace{}, data);
  auto& snr = estimate.noise_ceiling_snr;
  std::nth_element(snr.begin(), snr.begin() + 50, snr.end());
  std::printf("median ncsnr: %.3f\n", snr[50]);
}
