// SPDX-License-Identifier: BSD-3-Clause
#include "response_request.hpp"

#include <kovar/core/error.hpp>
#include <support/space_choice.hpp>
#include <support/text.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <limits>
#include <system_error>

namespace kovar::apps {
namespace {

/// An int from an option; more than an int holds is cut, which no data set can tell from it.
int as_int(std::int64_t count)
{
  return static_cast<int>(std::min<std::int64_t>(count, std::numeric_limits<int>::max()));
}

/// The results are renamed over what was there: that must not be the data.
void require_other_file(std::string const& command, std::string const& option,
                        std::string const& path, std::string const& input)
{
  std::error_code ignored;
  KOVAR_REQUIRE(!std::filesystem::equivalent(path, input, ignored),
                command << ": --" << option << " is the input file '" << input
                        << "' (it would be overwritten); give another path");
}

/// \throws InputError that lists the datasets that a user has to choose from, if they are several
void require_one(std::string const& command, std::string const& input, std::string const& usual,
                 std::vector<std::string> const& names)
{
  constexpr std::size_t longest = 12;
  std::vector<std::string> shown = names;
  if (names.size() > longest) {
    shown.resize(longest);
    shown.push_back("...");
  }
  KOVAR_REQUIRE(names.size() == 1, command << ": '" << input << "' has no dataset '" << usual
                                           << "' and " << names.size() << " of rank 3 ("
                                           << join(shown) << "); name the one with the responses, "
                                           << "as in --dataset=" << names.front());
}

}  // namespace

std::vector<Option> response_options()
{
  using Kind = OptionKind;
  return {
      {"input", Kind::file, required, "HDF5 file with the responses"},
      {"dataset", Kind::text, "/even",
       "its dataset of rank 3, units x conditions x trials; not given, a file without "
       "/even may have one of any name"},
      {"layout",
       Kind::choice,
       "h5py",
       "who sees the axes in this order; MATLAB shows those of a file in reverse",
       {"h5py", "matlab"}},
  };
}

Option result_option()
{
  return {"output", OptionKind::file, required,
          "HDF5 file for the results, complete or not there at all"};
}

std::vector<Option> shrinkage_options()
{
  return {
      {"wantshrinkage", OptionKind::flag, "true",
       "choose two shrinkage levels among 51; without it both are 1"},
      {"shrinklevels", OptionKind::reals, "",
       "choose among these levels in [0,1] instead of the 51"},
  };
}

std::vector<Option> level_options()
{
  using Kind = OptionKind;
  return {
      {"level_data",
       Kind::choice,
       "complete",
       "with uneven=missing, levels are scored on the held-out trials in which no unit is "
       "missing, as in GSN, or on every held-out trial by the units that it has",
       {"complete", "observed"}},
      {"level_search",
       Kind::choice,
       "grid",
       "take the best level of the list, or the exact minimum over all of [0,1]",
       {"grid", "continuous"}},
      {"folds", Kind::count, "1",
       "splits of the conditions that levels are scored on; 1 holds out a fifth, as GSN does, "
       "K > 1 hold out each K-th part in turn and levels are chosen by the mean"},
  };
}

Option zero_variance_option()
{
  return {"zero_variance",
          OptionKind::choice,
          "exclude",
          "leave constant units out when levels are chosen, or let them make every level singular "
          "as GSN does",
          {"exclude", "compat"}};
}

std::vector<Option> space_options()
{
  using Kind = OptionKind;
  return {
      {"backend",
       Kind::choice,
       "auto",
       "Kokkos execution space; auto takes the default of this build",
       {"auto", "serial", "openmp", "threads", "cuda", "hip"}},
      {"device",
       Kind::choice,
       "auto",
       "the same choice by hardware; auto follows backend",
       {"auto", "cpu", "cuda", "hip"}},
  };
}

OptionGroup machine_group(std::vector<Option> const& own)
{
  using Kind = OptionKind;
  return {"Machine",
          in_a_row({space_options(),
                    {{"projection",
                      Kind::choice,
                      "auto",
                      "how negative eigenvalues are set to zero, with results equal but for "
                      "rounding: by eigenpairs, over one or two stages (auto takes the faster), or "
                      "by products alone, for GPUs",
                      {"auto", "one_stage", "two_stage", "products"}}},
                    own,
                    {{"wantverbose", Kind::flag, "true", "show progress and summary"}}})};
}

std::vector<Option> in_a_row(std::vector<std::vector<Option>> const& lists)
{
  std::vector<Option> all;
  for (auto const& list : lists) all.insert(all.end(), list.begin(), list.end());
  return all;
}

ResponseRequest response_request(std::string const& command, OptionValues const& values)
{
  ResponseRequest request;
  request.input = values.text("input");
  request.dataset = values.text("dataset");
  request.order = values.text("layout") == "h5py" ? io::AxisOrder::units_conditions_trials
                                                  : io::AxisOrder::trials_conditions_units;
  request.output = values.text("output");
  request.json = values.text("json");
  request.talks = values.flag("wantverbose") && !values.flag("quiet");
  request.space = choose_space(command, values.text("backend"), values.text("device"));
  return request;
}

void settle_dataset(dist::Communicator const& comm, std::string const& command,
                    OptionValues& values, ResponseRequest& request)
{
  if (values.is_given("dataset")) return;
  std::string const usual = request.dataset;
  auto const names = io::likely_datasets(comm, request.input, usual);
  if (names.empty() || names.front() == usual) return;  // reading it tells that there is none
  dist::agree(comm, [&] { require_one(command, request.input, usual, names); });
  request.dataset = names.front();
  values.settle("dataset", request.dataset);
  if (comm.is_root() && request.talks)
    std::cerr << "kovar: '" << request.dataset << "' is taken, the only dataset of rank 3 in '"
              << request.input << "' (without --dataset it is '" << usual
              << "', which is not there)" << std::endl;
}

void read_estimate(OptionValues const& values, gsn::Options& options)
{
  options.shrinkage = values.flag("wantshrinkage");
  if (values.is_given("shrinklevels")) options.levels = values.reals("shrinklevels");
  options.uneven = gsn::uneven_from_name(values.text("uneven"));
  options.zero_variance = gsn::zero_variance_from_name(values.text("zero_variance"));
  options.projection = gsn::projection_from_name(values.text("projection"));
}

void read_levels(std::string const& command, OptionValues const& values, gsn::Options& options)
{
  options.level_data = gsn::level_data_from_name(values.text("level_data"));
  options.level_search = gsn::level_search_from_name(values.text("level_search"));
  options.n_folds = as_int(values.count("folds"));
  KOVAR_REQUIRE(
      options.level_data == gsn::LevelData::complete || options.uneven == gsn::Uneven::missing,
      command << ": --level_data=observed and --uneven=" << gsn::name_of(options.uneven)
              << " contradict each other (there, trials count only if no unit is missing); give "
                 "--uneven=missing, or leave --level_data away");
  KOVAR_REQUIRE(options.n_folds >= 1,
                command << ": --folds is 0 (levels are scored on at least one split of the "
                           "conditions); give 1 for GSN's split, or 2 and more");
  bool const chooses =
      gsn::levels_of(options).size() > 1;  // tells now what is wrong with the levels
  KOVAR_REQUIRE(
      chooses || options.level_search == gsn::LevelSearch::grid,
      command << ": --level_search=continuous has one level to start from "
                 "(then none is searched for); leave --no-wantshrinkage or the list of one level "
                 "away");
  KOVAR_REQUIRE(chooses || options.n_folds == 1,
                command << ": --folds=" << options.n_folds
                        << " has one level to choose from (then none is scored); "
                           "leave --no-wantshrinkage or the list of one level "
                           "away");
  KOVAR_REQUIRE(
      options.level_search == gsn::LevelSearch::grid || options.scoring != gsn::Scoring::cholesky,
      command << ": --level_search=continuous and --scoring=cholesky contradict each "
                 "other (cholesky scores single levels); leave one of them away");
}

void require_different_files(std::string const& command, std::string const& input,
                             std::vector<std::pair<std::string, std::string>> const& files)
{
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i].second.empty()) continue;
    require_other_file(command, files[i].first, files[i].second, input);
    for (std::size_t j = 0; j < i; ++j)
      KOVAR_REQUIRE(files[i].second != files[j].second,
                    command << ": --" << files[i].first << " and --" << files[j].first
                            << " are the same file '" << files[i].second << "'; give two paths");
  }
}

}  // namespace kovar::apps
