// SPDX-License-Identifier: BSD-3-Clause
#include "commands.hpp"

#include <support/program.hpp>

int main(int argc, char** argv)
{
  using namespace kovar::apps;
  return run_program(
      argc, argv,
      {"kovar",
       "covariances and likelihoods at scale",
       {gsn_estimate(), gsn_noise_ceiling(), gsn_simulate(), spectral_train(), spectral_predict(),
        spectral_inspect(), gp_fit(), gp_predict(), gp_loo(), fit_build(), fit_inspect(), fit_run(),
        fit_impacts(), fit_scan(), fit_toys(), plot(), info()}});
}
