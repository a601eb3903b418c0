// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_PERF_SUPPORT_BENCH_HPP
#define KOVAR_PERF_SUPPORT_BENCH_HPP

#include "json_object.hpp"
#include "option_list.hpp"

#include <kovar/core/config.hpp>
#include <kovar/core/error.hpp>
#include <kovar/core/random.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/dist/environment.hpp>

#include <Kokkos_Core.hpp>

#include <array>
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

/// \file
/// What the programs that compare.py puts beside others share: they time a case and print a line of JSON.

namespace kovar::perf {

/// Options of every bench.
struct RunOptions {
  std::string bench_case;
  std::string precision;
  std::int64_t threads = 1;
  std::int64_t repeats = 9;
  std::uint64_t seed = 1;
  std::string space;  ///< serial, host or device; empty: serial with one thread, else host
};

/// \throws InputError if one is no number or out of its range
inline void take_run_options(OptionList& list, RunOptions& options)
{
  list.take("case", options.bench_case);
  list.take("precision", options.precision);
  list.take("threads", options.threads);
  list.take("repeats", options.repeats);
  list.take("seed", options.seed);
  list.take("space", options.space);
  KOVAR_REQUIRE(options.precision == "float" || options.precision == "double",
                "--precision is '" << options.precision << "'; give float or double");
  KOVAR_REQUIRE(options.repeats > 0 && options.threads > 0, "--repeats and --threads count from 1");
  if (options.space.empty()) options.space = options.threads == 1 ? "serial" : "host";
}

/// What every line says of its run.
template <class ExecSpace>
JsonObject run_fields(RunOptions const& options)
{
  JsonObject fields;
  fields.add("program", std::string("kovar"));
  fields.add("version", std::string(KOVAR_VERSION));
  fields.add("case", options.bench_case);
  fields.add("precision", options.precision);
  fields.add("threads", options.threads);
  fields.add("repeats", options.repeats);
  fields.add("seed", static_cast<std::int64_t>(options.seed));
  fields.add("space", std::string(ExecSpace::name()));
  return fields;
}

/// The first n numbers of a stream of standard normal draws, as draws.py has them.
template <class Scalar>
std::vector<Scalar> normal_draws(std::uint64_t seed, std::uint32_t stream, std::int64_t n)
{
  std::vector<Scalar> draws(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < draws.size(); ++i) {
    NormalPair const pair = normal_pair(seed, stream, i / 2);
    draws[i] = static_cast<Scalar>(i % 2 == 0 ? pair.first : pair.second);
  }
  return draws;
}

/// Seconds of a call and of all work that it started.
template <class ExecSpace, class Call>
double seconds_of_one(ExecSpace const& space, Call const& call)
{
  space.fence();  // the clock starts when all is done
  Kokkos::Timer const timer;
  call();
  space.fence();  // the clock stops when all is done
  return timer.seconds();
}

/// Seconds of each of several calls, after one that is not counted.
template <class ExecSpace, class Call>
std::vector<double> seconds_of(ExecSpace const& space, std::int64_t repeats, Call const& call)
{
  call();
  std::vector<double> seconds;
  for (std::int64_t i = 0; i < repeats; ++i) seconds.push_back(seconds_of_one(space, call));
  return seconds;
}

/// bench(scalar, space) for the precision and the space that were asked for.
template <class Scalar, class Bench>
JsonObject bench_on_space(RunOptions const& options, Bench const& bench)
{
#ifdef KOKKOS_ENABLE_SERIAL
  if (options.space == "serial") return bench(Scalar(0), Kokkos::Serial());
#endif
  if (options.space == "host") return bench(Scalar(0), Kokkos::DefaultHostExecutionSpace());
  if (options.space == "device") return bench(Scalar(0), Kokkos::DefaultExecutionSpace());
  throw InputError("--space=" + options.space +
                   " is not in this build of Kokkos; give host or device");
}

/// Kokkos with a number of host threads.
class Runtime {
 public:
  Runtime(std::string program, std::int64_t threads)
  {
#if KOKKOS_VERSION >= 30700
    std::string option = "--kokkos-num-threads=" + std::to_string(threads);
#else
    std::string option = "--kokkos-threads=" + std::to_string(threads);
#endif
    std::array<char*, 3> arguments = {program.data(), option.data(), nullptr};
    int n_arguments = 2;
    Kokkos::initialize(n_arguments, arguments.data());
  }
  ~Runtime() { Kokkos::finalize(); }
  Runtime(Runtime const&) = delete;
  Runtime& operator=(Runtime const&) = delete;
};

/// Run one bench and print its line; the main function of a program. Returns its exit code.
/// \param read   options of a command line, throws InputError
/// \param bench  bench(options, scalar, space) -> JsonObject
template <class Read, class Bench>
int bench_main(std::string const& program, int argc, char** argv, Read const& read,
               Bench const& bench)
{
  try {
    dist::Environment const environment(argc, argv);
    auto const options = read(argc, argv);
    Runtime const runtime(program, options.threads);
    auto const run = [&](auto scalar, auto const& space) { return bench(options, scalar, space); };
    JsonObject const line = options.precision == "float" ? bench_on_space<float>(options, run)
                                                         : bench_on_space<double>(options, run);
    if (dist::Communicator::world().is_root()) std::cout << line.text() << std::endl;
    return 0;
  } catch (InputError const& e) {
    std::cerr << program << ": " << e.what() << '\n';
    return 2;
  } catch (std::exception const& e) {
    std::cerr << program << ": " << e.what() << '\n';
    return 1;
  }
}

}  // namespace kovar::perf

#endif
