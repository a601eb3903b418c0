// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_PERF_SPECTRAL_BENCH_OPTIONS_HPP
#define KOVAR_PERF_SPECTRAL_BENCH_OPTIONS_HPP

#include "support/bench.hpp"

#include <cstdint>
#include <string>

/// \file
/// The command line of kovar_spectral_bench; README.md says what it means.

namespace kovar::perf {

struct SpectralOptions : RunOptions {
  std::int64_t d = 45;
  std::int64_t k = 22;
  std::int64_t p = 8;
  std::int64_t n = 2000;
  std::int64_t epochs = 5;
  std::int64_t batch = 10;
  double rate = 5e-5;
  double weight_decay = 0.01;
  std::string data;
};

/// \throws InputError if an option is unknown or no number
inline SpectralOptions spectral_options(int argc, char** argv)
{
  SpectralOptions options;
  options.precision = "float";
  OptionList list(argc, argv);
  take_run_options(list, options);
  list.take("d", options.d);
  options.k = options.d / 2;
  list.take("k", options.k);
  list.take("p", options.p);
  list.take("n", options.n);
  list.take("epochs", options.epochs);
  list.take("batch", options.batch);
  list.take("lr", options.rate);
  list.take("weight-decay", options.weight_decay);
  list.take("data", options.data);
  list.require_empty();
  return options;
}

}  // namespace kovar::perf

#endif
