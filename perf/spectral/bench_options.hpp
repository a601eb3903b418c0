// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_PERF_SPECTRAL_BENCH_OPTIONS_HPP
#define KOVAR_PERF_SPECTRAL_BENCH_OPTIONS_HPP

#include <kovar/core/error.hpp>

#include <cstdint>
#include <map>
#include <sstream>
#include <string>

/// \file
/// The command line of kovar_spectral_bench; README.md says what it means.

namespace kovar::perf {

struct BenchOptions {
  std::string bench_case;
  std::int64_t d = 45;
  std::int64_t k = 22;
  std::int64_t p = 8;
  std::int64_t n = 2000;
  std::string precision = "float";
  std::int64_t threads = 1;
  std::int64_t repeats = 9;
  std::uint64_t seed = 1;
  std::int64_t epochs = 5;
  std::int64_t batch = 10;
  double rate = 5e-5;
  double weight_decay = 0.01;
  std::string data;
  std::string space;  ///< serial, host or device; empty: serial with one thread, else host
};

/// Options of the form --name=value, each taken out once.
class OptionList {
 public:
  OptionList(int argc, char** argv)
  {
    for (int i = 1; i < argc; ++i) {
      std::string const argument = argv[i];
      std::size_t const equals = argument.find('=');
      KOVAR_REQUIRE(argument.compare(0, 2, "--") == 0 && equals != std::string::npos,
                    "'" << argument << "' is no option (they look so: --d=45); see README.md");
      values_[argument.substr(2, equals - 2)] = argument.substr(equals + 1);
    }
  }

  template <class Value>
  void take(std::string const& name, Value& value)
  {
    auto const found = values_.find(name);
    if (found == values_.end()) return;
    std::istringstream text(found->second);
    KOVAR_REQUIRE((text >> value) && (text >> std::ws).eof(),
                  "--" << name << "=" << found->second << " cannot be read; see README.md");
    values_.erase(found);
  }

  void require_empty() const
  {
    KOVAR_REQUIRE(values_.empty(),
                  "there is no option --" << values_.begin()->first << "; see README.md");
  }

 private:
  std::map<std::string, std::string> values_;
};

/// \throws InputError if an option is unknown or no number
inline BenchOptions bench_options(int argc, char** argv)
{
  BenchOptions options;
  OptionList list(argc, argv);
  list.take("case", options.bench_case);
  list.take("d", options.d);
  options.k = options.d / 2;
  list.take("k", options.k);
  list.take("p", options.p);
  list.take("n", options.n);
  list.take("precision", options.precision);
  list.take("threads", options.threads);
  list.take("repeats", options.repeats);
  list.take("seed", options.seed);
  list.take("epochs", options.epochs);
  list.take("batch", options.batch);
  list.take("lr", options.rate);
  list.take("weight-decay", options.weight_decay);
  list.take("data", options.data);
  list.take("space", options.space);
  list.require_empty();
  KOVAR_REQUIRE(options.precision == "float" || options.precision == "double",
                "--precision is '" << options.precision << "'; give float or double");
  KOVAR_REQUIRE(options.repeats > 0 && options.threads > 0, "--repeats and --threads count from 1");
  if (options.space.empty()) options.space = options.threads == 1 ? "serial" : "host";
  return options;
}

}  // namespace kovar::perf

#endif
