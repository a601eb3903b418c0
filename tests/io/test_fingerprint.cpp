// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/config.hpp>
#include <kovar/io/fingerprint.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace {

using kovar::dist::Blocks;
using kovar::dist::Communicator;
using kovar::gsn::Options;
using kovar::io::difference_of;
using kovar::io::Fingerprint;
using kovar::io::fingerprint_of;
using kovar::io::hash_of_responses;
using kovar::io::HostResponses;

constexpr std::int64_t n_units = 3;
constexpr std::int64_t n_conditions = 7;
constexpr std::int64_t n_trials = 4;

double response(std::int64_t i, std::int64_t c, std::int64_t t)
{
  if (i == 1 && c == 5 && t == 2) return std::nan("");
  return static_cast<double>(100 * i + 10 * c + t) / 8;  // exact in float too
}

/// The conditions of one rank, in one of the two orders that files have.
template <class Scalar, class Layout>
HostResponses<Scalar> responses_of(Communicator const& comm)
{
  Blocks const blocks{n_conditions, comm.size()};
  std::int64_t const first = blocks.begin(comm.rank());
  Kokkos::View<Scalar***, Layout, Kokkos::HostSpace> const view("test::responses", n_units,
                                                                blocks.size(comm.rank()), n_trials);
  for (std::int64_t i = 0; i < n_units; ++i)
    for (std::int64_t c = 0; c < blocks.size(comm.rank()); ++c)
      for (std::int64_t t = 0; t < n_trials; ++t)
        view(i, c, t) = static_cast<Scalar>(response(i, first + c, t));
  return view;
}

TEST(HashOfResponses, IsTheSameOnAnyRankCountInAnyLayoutAndPrecision)
{
  Communicator const alone;
  auto const expected = hash_of_responses<double>(
      alone, responses_of<double, Kokkos::LayoutRight>(alone), n_conditions);
  for (Communicator const& comm : {Communicator(), Communicator::world()}) {
    EXPECT_EQ(hash_of_responses<double>(comm, responses_of<double, Kokkos::LayoutRight>(comm),
                                        n_conditions),
              expected);
    EXPECT_EQ(hash_of_responses<double>(comm, responses_of<double, Kokkos::LayoutLeft>(comm),
                                        n_conditions),
              expected);
    EXPECT_EQ(
        hash_of_responses<float>(comm, responses_of<float, Kokkos::LayoutLeft>(comm), n_conditions),
        expected);
  }
}

TEST(HashOfResponses, ChangesWithEveryValue)
{
  Communicator const alone;
  auto const responses = responses_of<double, Kokkos::LayoutRight>(alone);
  std::set<std::uint64_t> hashes = {hash_of_responses<double>(alone, responses, n_conditions)};
  for (std::int64_t i = 0; i < n_units; ++i)
    for (std::int64_t c = 0; c < n_conditions; ++c)
      for (std::int64_t t = 0; t < n_trials; ++t) {
        double const kept = responses(i, c, t);
        responses(i, c, t) = std::isnan(kept) ? 0 : std::nextafter(kept, 1e9);
        hashes.insert(hash_of_responses<double>(alone, responses, n_conditions));
        responses(i, c, t) = kept;
      }
  EXPECT_EQ(hashes.size(), 1U + n_units * n_conditions * n_trials);
}

TEST(HashOfResponses, OfNothingIsThere)
{
  Communicator const comm = Communicator::world();
  EXPECT_EQ(hash_of_responses<double>(comm, HostResponses<double>(), 0), 0U);
}

Fingerprint fingerprint(Options const& options)
{
  Communicator const comm = Communicator::world();
  return fingerprint_of<double>(comm, responses_of<double, Kokkos::LayoutRight>(comm), n_conditions,
                                options);
}

TEST(FingerprintOf, ChangesWithEveryOptionThatChangesTheResultAndNamesIt)
{
  struct Change {
    std::string name;
    std::function<void(Options&)> make;
  };
  std::vector<Change> const changes = {
      {"shrinklevels", [](Options& o) { o.shrinkage = false; }},
      {"shrinklevels",
       [](Options& o) {
         o.levels = {{0, 0.5}};
       }},
      {"returns", [](Options& o) { o.returns = {kovar::gsn::Item::eigenvalues_signal}; }},
      {"uneven", [](Options& o) { o.uneven = kovar::gsn::Uneven::missing; }},
      {"zero_variance", [](Options& o) { o.zero_variance = kovar::gsn::ZeroVariance::compat; }},
      {"scoring", [](Options& o) { o.scoring = kovar::gsn::Scoring::cholesky; }},
      {"projection", [](Options& o) { o.projection = kovar::gsn::ProjectionMethod::products; }},
      {"level_data", [](Options& o) { o.level_data = kovar::gsn::LevelData::observed; }},
      {"level_search", [](Options& o) { o.level_search = kovar::gsn::LevelSearch::continuous; }},
      {"folds", [](Options& o) { o.n_folds = 5; }},
      {"components", [](Options& o) { o.n_components = 5; }}};
  Fingerprint const plain = fingerprint({});
  EXPECT_EQ(difference_of(plain, fingerprint({})), "");
  for (Change const& change : changes) {
    Options options;
    change.make(options);
    std::string const difference = difference_of(plain, fingerprint(options));
    EXPECT_EQ(difference.find(change.name + " was '"), 0U) << difference;
    EXPECT_EQ(difference.find(" was "), difference.rfind(" was ")) << difference;
  }
}

TEST(FingerprintOf, LevelsOfOneCountDiffer)
{
  Options one;
  one.levels = std::vector<double>(20, 0.5);
  Options two = one;
  (*two.levels)[10] = std::nextafter(0.5, 1.0);
  EXPECT_EQ(difference_of(fingerprint(one), fingerprint(two))
                .find("shrinklevels was '20 levels from "
                      "0.5 to 0.5, hash "),
            0U);
}

TEST(FingerprintOf, WhatDoesNotChangeTheResultIsNotInIt)
{
  Options options;
  options.memory_budget = 1000;
  options.progress = [](kovar::Progress const&) {};
  EXPECT_EQ(difference_of(fingerprint({}), fingerprint(options)), "");
}

TEST(FingerprintOf, NamesDataVersionAndPrecision)
{
  Communicator const alone;
  auto const as_double = fingerprint_of<double>(
      alone, responses_of<double, Kokkos::LayoutRight>(alone), n_conditions, {});
  auto const as_float = fingerprint_of<float>(
      alone, responses_of<float, Kokkos::LayoutRight>(alone), n_conditions, {});
  EXPECT_EQ(difference_of(as_double, as_float), "precision was 'double' and is now 'float'");
  EXPECT_EQ(as_double.at(0).second, KOVAR_VERSION);
  EXPECT_EQ(as_double.at(1).second, "3");
  EXPECT_EQ(as_double.at(2).second, "7");
  EXPECT_EQ(as_double.at(3).second, "4");
}

TEST(DifferenceOf, NamesEachEntryThatDiffersOrIsMissing)
{
  EXPECT_EQ(
      difference_of({{"a", "1"}, {"b", "2"}, {"c", "3"}}, {{"a", "1"}, {"b", "4"}, {"d", "5"}}),
      "b was '2' and is now '4', d was unknown and is now '5', c was '3' and is now unknown");
}

}  // namespace
