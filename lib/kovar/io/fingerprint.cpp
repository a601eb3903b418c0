// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/config.hpp>
#include <kovar/core/hash.hpp>
#include <kovar/dist/word_sum.hpp>
#include <kovar/gsn/streamed_blocks.hpp>
#include <kovar/io/fingerprint.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <iomanip>
#include <sstream>

namespace kovar::io {
namespace {

/// The list itself if it is short, else its ends and a hash.
std::string text_of(std::vector<double> const& levels)
{
  constexpr std::size_t longest = 8;
  std::ostringstream text;
  text << std::setprecision(17);
  if (levels.size() <= longest) {
    for (std::size_t k = 0; k < levels.size(); ++k) text << (k == 0 ? "" : ",") << levels[k];
    return text.str();
  }
  text << levels.size() << " levels from " << levels.front() << " to " << levels.back() << ", hash "
       << hash_text(hash_of_array(levels.data(), static_cast<std::int64_t>(levels.size())));
  return text.str();
}

std::string text_of(gsn::Items const& items)
{
  std::string text;
  for (gsn::Item const item : gsn::all_items())
    if (items.contains(item)) text += (text.empty() ? "" : ",") + gsn::name_of(item);
  return text.empty() ? "none" : text;
}

/// Sum of the terms of responses to consecutive conditions.
template <class View>
std::uint64_t hash_of_block(View const& responses, std::int64_t first_condition,
                            std::int64_t n_conditions)
{
  using Space = Kokkos::DefaultHostExecutionSpace;
  using Policy = Kokkos::RangePolicy<Space, Kokkos::IndexType<std::int64_t>>;
  Space const space;
  std::int64_t const n_units = responses.extent(0);
  std::int64_t const n_local = responses.extent(1);
  std::int64_t const n_trials = responses.extent(2);
  std::uint64_t sum = 0;
  Kokkos::parallel_reduce(
      "kovar::io::hash_of_responses", Policy(space, 0, n_units * n_local),
      [=](std::int64_t k, std::uint64_t& partial) {
        std::int64_t const i = k / n_local;
        std::int64_t const c = k % n_local;
        std::int64_t const first = (i * n_conditions + first_condition + c) * n_trials;
        for (std::int64_t t = 0; t < n_trials; ++t)
          partial += hash_term(static_cast<std::uint64_t>(first + t),
                               bits_of_value(static_cast<double>(responses(i, c, t))));
      },
      sum);
  return sum;
}

template <class Scalar>
Fingerprint fingerprint_of_shape(std::int64_t n_units, std::int64_t n_conditions,
                                 std::int64_t n_trials, std::uint64_t hash,
                                 gsn::Options const& options)
{
  return {{"version of kovar", KOVAR_VERSION},
          {"number of units", std::to_string(n_units)},
          {"number of conditions", std::to_string(n_conditions)},
          {"number of trials", std::to_string(n_trials)},
          {"hash of the responses", hash_text(hash)},
          {"precision", sizeof(Scalar) == sizeof(double) ? "double" : "float"},
          {"shrinklevels", text_of(gsn::levels_of(options))},
          {"returns", text_of(options.returns)},
          {"uneven", gsn::name_of(options.uneven)},
          {"zero_variance", gsn::name_of(options.zero_variance)},
          {"scoring", gsn::name_of(options.scoring)},
          {"projection", gsn::name_of(options.projection)},
          {"level_data", gsn::name_of(options.level_data)},
          {"level_search", gsn::name_of(options.level_search)},
          {"folds", std::to_string(options.n_folds)},
          {"components", std::to_string(options.n_components)}};
}

}  // namespace

template <class Scalar>
std::uint64_t hash_of_responses(dist::Communicator const& comm,
                                HostResponses<Scalar> const& responses, std::int64_t n_conditions)
{
  dist::Blocks const blocks{n_conditions, comm.size()};
  return dist::word_sum(comm, hash_of_block(responses, blocks.begin(comm.rank()), n_conditions));
}

template <class Scalar>
Fingerprint fingerprint_of(dist::Communicator const& comm, HostResponses<Scalar> const& responses,
                           std::int64_t n_conditions, gsn::Options const& options)
{
  return fingerprint_of_shape<Scalar>(responses.extent(0), n_conditions, responses.extent(2),
                                      hash_of_responses<Scalar>(comm, responses, n_conditions),
                                      options);
}

template <class Scalar>
Fingerprint fingerprint_of(dist::Communicator const& comm, gsn::ConditionSource<Scalar>& source,
                           std::int64_t conditions_per_block, gsn::Options const& options)
{
  std::int64_t const n_conditions = source.n_conditions();
  dist::Blocks const share{n_conditions, comm.size()};
  std::uint64_t sum = 0;
  dist::agree(comm, [&] {
    for (gsn::ConditionBlock const& block :
         gsn::condition_blocks(share.begin(comm.rank()), share.end(comm.rank()),
                               conditions_per_block, source.n_together()))
      sum += hash_of_block(source.read(block.first, block.count), block.first, n_conditions);
  });
  return fingerprint_of_shape<Scalar>(source.n_units(), n_conditions, source.n_trials(),
                                      dist::word_sum(comm, sum), options);
}

std::string difference_of(Fingerprint const& earlier, Fingerprint const& now)
{
  auto const value_in = [](Fingerprint const& fingerprint, std::string const& name) {
    auto const entry = std::find_if(fingerprint.begin(), fingerprint.end(),
                                    [&](auto const& candidate) { return candidate.first == name; });
    return entry == fingerprint.end() ? "unknown" : "'" + entry->second + "'";
  };
  std::string text;
  auto const tell = [&](std::string const& name) {
    std::string const was = value_in(earlier, name);
    std::string const is = value_in(now, name);
    if (was != is) text += (text.empty() ? "" : ", ") + name + " was " + was + " and is now " + is;
  };
  for (auto const& entry : now) tell(entry.first);
  for (auto const& entry : earlier)
    if (value_in(now, entry.first) == "unknown") tell(entry.first);
  return text;
}

#define KOVAR_INSTANTIATE(Scalar)                                                               \
  template std::uint64_t hash_of_responses(dist::Communicator const&,                           \
                                           HostResponses<Scalar> const&, std::int64_t);         \
  template Fingerprint fingerprint_of(dist::Communicator const&, HostResponses<Scalar> const&,  \
                                      std::int64_t, gsn::Options const&);                       \
  template Fingerprint fingerprint_of(dist::Communicator const&, gsn::ConditionSource<Scalar>&, \
                                      std::int64_t, gsn::Options const&);
KOVAR_INSTANTIATE(double)
KOVAR_INSTANTIATE(float)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::io
