// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/gsn/options.hpp>

#include <array>
#include <cmath>
#include <string>
#include <utility>

namespace kovar::gsn {
namespace {

template <class Value, std::size_t n>
using Names = std::array<std::pair<char const*, Value>, n>;

constexpr Names<Item, 8> item_names = {{{"cN", Item::noise_covariance},
                                        {"cS", Item::signal_covariance},
                                        {"cNb", Item::noise_covariance_psd},
                                        {"cSb", Item::signal_covariance_psd},
                                        {"eigvals_signal", Item::eigenvalues_signal},
                                        {"eigvecs_signal", Item::eigenvectors_signal},
                                        {"eigvals_difference", Item::eigenvalues_difference},
                                        {"eigvecs_difference", Item::eigenvectors_difference}}};

constexpr Names<Uneven, 3> uneven_names = {
    {{"fast", Uneven::fast}, {"missing", Uneven::missing}, {"reference", Uneven::reference}}};

constexpr Names<ZeroVariance, 2> zero_variance_names = {
    {{"exclude", ZeroVariance::exclude}, {"compat", ZeroVariance::compat}}};

constexpr Names<LevelData, 2> level_data_names = {
    {{"complete", LevelData::complete}, {"observed", LevelData::observed}}};

constexpr Names<LevelSearch, 2> level_search_names = {
    {{"grid", LevelSearch::grid}, {"continuous", LevelSearch::continuous}}};

constexpr Names<Scoring, 4> scoring_names = {{{"auto", Scoring::automatic},
                                              {"cholesky", Scoring::cholesky},
                                              {"low_rank", Scoring::low_rank},
                                              {"decomposition", Scoring::decomposition}}};

constexpr Names<ProjectionMethod, 4> projection_names = {
    {{"auto", ProjectionMethod::automatic},
     {"one_stage", ProjectionMethod::one_stage},
     {"two_stage", ProjectionMethod::two_stage},
     {"products", ProjectionMethod::products}}};

template <class Value, std::size_t n>
Value value_of(Names<Value, n> const& names, std::string const& option, std::string const& name)
{
  std::string valid;
  for (auto const& [valid_name, value] : names) {
    if (name == valid_name) return value;
    valid += valid.empty() ? "" : ", ";
    valid += valid_name;
  }
  throw InputError(option + ": '" + name + "' is not one of its values; choose from " + valid);
}

template <class Value, std::size_t n>
std::string name_in(Names<Value, n> const& names, Value value)
{
  for (auto const& [name, candidate] : names)
    if (candidate == value) return name;
  return "?";
}

}  // namespace

Item item_from_name(std::string const& name) { return value_of(item_names, "returns", name); }
std::string name_of(Item item) { return name_in(item_names, item); }

std::vector<Item> all_items()
{
  std::vector<Item> items;
  for (auto const& entry : item_names) items.push_back(entry.second);
  return items;
}

Uneven uneven_from_name(std::string const& name) { return value_of(uneven_names, "uneven", name); }
ZeroVariance zero_variance_from_name(std::string const& name)
{
  return value_of(zero_variance_names, "zero_variance", name);
}
Scoring scoring_from_name(std::string const& name)
{
  return value_of(scoring_names, "scoring", name);
}
ProjectionMethod projection_from_name(std::string const& name)
{
  return value_of(projection_names, "projection", name);
}
LevelData level_data_from_name(std::string const& name)
{
  return value_of(level_data_names, "level_data", name);
}
LevelSearch level_search_from_name(std::string const& name)
{
  return value_of(level_search_names, "level_search", name);
}
std::string name_of(LevelData level_data) { return name_in(level_data_names, level_data); }
std::string name_of(LevelSearch level_search) { return name_in(level_search_names, level_search); }
std::string name_of(Uneven uneven) { return name_in(uneven_names, uneven); }
std::string name_of(ZeroVariance zero_variance)
{
  return name_in(zero_variance_names, zero_variance);
}
std::string name_of(Scoring scoring) { return name_in(scoring_names, scoring); }
std::string name_of(ProjectionMethod projection) { return name_in(projection_names, projection); }

std::vector<double> default_shrinkage_levels()
{
  std::vector<double> levels;
  // k * 0.02 and not k / 50: three of the doubles differ, and the chosen level is compared exactly.
  for (int k = 0; k < 50; ++k) levels.push_back(k * 0.02);
  levels.push_back(1.0);
  return levels;
}

std::vector<double> levels_of(Options const& options)
{
  if (!options.levels)
    return options.shrinkage ? default_shrinkage_levels() : std::vector<double>{1.0};
  std::vector<double> const& levels = *options.levels;
  KOVAR_REQUIRE(
      !levels.empty(),
      "shrinklevels: the list is empty (a level must be chosen from it); give at least one "
      "number in [0,1], or leave the option out for the 51 default levels");
  for (std::size_t k = 0; k < levels.size(); ++k)
    KOVAR_REQUIRE(levels[k] >= 0 && levels[k] <= 1,  // false for NaN
                  "shrinklevels: entry " << k << " is " << levels[k]
                                         << " (a level scales correlations, 0 = none kept, 1 = all "
                                            "kept); give numbers in [0,1]");
  return levels;
}

}  // namespace kovar::gsn
