// SPDX-License-Identifier: BSD-3-Clause
// Times messages between ranks and prints a line of JSON: what the cost model of perf/scaling needs of a
// network. README.md there says how its constants follow.
#include "support/bench.hpp"

#include <kovar/dist/communicator.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace kovar::perf {
namespace {

struct MessageOptions : RunOptions {
  std::int64_t largest = 64'000'000;  ///< bytes of the longest message
};

MessageOptions message_options(int argc, char** argv)
{
  MessageOptions options;
  options.bench_case = "messages";
  options.precision = "double";
  options.repeats = 7;
  OptionList list(argc, argv);
  take_run_options(list, options);
  list.take("largest", options.largest);
  list.require_empty();
  KOVAR_REQUIRE(options.largest >= 8, "--largest is at least 8 bytes");
  return options;
}

/// Seconds of one call: the shortest of several rounds, each of so many calls that it takes about as long as
/// a message of 4 MB; of the slowest rank.
double seconds_of_call(dist::Communicator const& comm, std::int64_t repeats, std::int64_t n_bytes,
                       std::function<void()> const& call)
{
  auto const n_calls = std::max<std::int64_t>(1, std::min<std::int64_t>(200, 4'000'000 / n_bytes));
  call();
  double least = 1e300;
  for (std::int64_t i = 0; i < repeats; ++i) {
    comm.barrier();
    Kokkos::Timer const timer;
    for (std::int64_t k = 0; k < n_calls; ++k) call();
    double seconds = timer.seconds() / static_cast<double>(n_calls);
    comm.max_to_all(&seconds, 1);
    least = std::min(least, seconds);
  }
  return least;
}

/// A message there and back between the first and the last rank, which are on two nodes if there are any,
/// over two; the other ranks wait.
double ping_seconds(dist::Communicator const& world, std::int64_t repeats, double* values,
                    std::int64_t n)
{
  bool const is_end = world.rank() == 0 || world.rank() == world.size() - 1;
  auto const part = world.split(is_end ? 0 : 1, world.rank());
  double seconds = 0;
  if (is_end)
    seconds = seconds_of_call(part, repeats, 8 * n,
                              [&] {
                                part.broadcast(values, n, 0);
                                part.broadcast(values, n, part.size() - 1);
                              }) /
              2;
  world.max_to_all(&seconds, 1);
  return seconds;
}

JsonObject bench(MessageOptions const& options)
{
  auto const world = dist::Communicator::world();
  std::vector<double> bytes;
  std::vector<double> ping;
  std::vector<double> sum_to_all;
  std::vector<double> sum_to_root;
  std::vector<double> broadcast;
  std::vector<double> values(static_cast<std::size_t>(options.largest / 8), 0.0);
  for (std::int64_t n = 1; 8 * n <= options.largest; n *= 8) {
    bytes.push_back(8.0 * static_cast<double>(n));
    auto const time = [&](std::function<void()> const& call) {
      return seconds_of_call(world, options.repeats, 8 * n, call);
    };
    ping.push_back(ping_seconds(world, options.repeats, values.data(), n));
    sum_to_all.push_back(time([&] { world.sum_to_all(values.data(), n); }));
    sum_to_root.push_back(time([&] { world.sum_to_root(values.data(), n); }));
    broadcast.push_back(time([&] { world.broadcast(values.data(), n); }));
  }
  JsonObject line = run_fields<Kokkos::DefaultHostExecutionSpace>(options);
  line.add("ranks", std::int64_t{world.size()});
  line.add("bytes", bytes);
  line.add("ping_seconds", ping);
  line.add("sum_to_all_seconds", sum_to_all);
  line.add("sum_to_root_seconds", sum_to_root);
  line.add("broadcast_seconds", broadcast);
  return line;
}

}  // namespace
}  // namespace kovar::perf

int main(int argc, char** argv)
{
  using kovar::perf::MessageOptions;
  return kovar::perf::bench_main(
      "kovar_messages", argc, argv, kovar::perf::message_options,
      [](MessageOptions const& options, auto, auto const&) { return kovar::perf::bench(options); });
}
