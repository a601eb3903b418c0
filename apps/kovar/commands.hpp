// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_COMMANDS_HPP
#define KOVAR_APPS_KOVAR_COMMANDS_HPP

#include <support/command.hpp>

/// \file
/// The commands of the program kovar, each in the file of its name.

namespace kovar::apps {

Command fit_build();
Command fit_inspect();
Command fit_impacts();
Command fit_run();
Command fit_scan();
Command fit_toys();
Command gp_fit();
Command gp_loo();
Command gp_predict();
Command gsn_estimate();
Command gsn_noise_ceiling();
Command gsn_simulate();
Command info();
Command plot();
Command spectral_inspect();
Command spectral_predict();
Command spectral_train();

}  // namespace kovar::apps

#endif
