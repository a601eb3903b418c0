// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/fit/likelihood_options.hpp>
#include <kovar/fit/rank_entries.hpp>

#include <cstdint>
#include <sstream>
#include <utility>

namespace kovar::fit {

namespace {

void require_covariance_statistics(LikelihoodOptions const& options)
{
  auto const constraint = constraint_of(options);
  if (constraint == BinConstraint::none) return;
  KOVAR_REQUIRE(constraint == BinConstraint::normal_additive,
                "covariance fit: bin statistics are "
                    << (constraint == BinConstraint::gamma ? "gamma" : "normal-multiplicative")
                    << " (only additive ones have a closed form with correlated data); choose "
                       "normal-additive or none");
  KOVAR_REQUIRE(options.bin_statistics.mode == BinStatisticsMode::lite,
                "covariance fit: bin statistics are in full mode (their sum over processes is all "
                "that the data can tell); choose lite, which gives the same fit");
}

// Bins, or processes of bins, that only the threshold keeps from having a beta; and how many could.
std::pair<std::int64_t, std::int64_t> count_exact(TemplateTensor const& t,
                                                  LikelihoodOptions const& options)
{
  std::int64_t n_exact = 0;
  std::int64_t n = 0;
  auto all = options;
  all.bin_statistics.min_kstat = 0;
  auto const count = [&](double kstat) {
    n += kstat > 0 ? 1 : 0;
    n_exact += kstat > 0 && kstat < options.bin_statistics.min_kstat ? 1 : 0;
  };
  for (std::int64_t bin = 0; bin < t.n_bins; ++bin) {
    if (options.bin_statistics.mode == BinStatisticsMode::lite) {
      count(bin_statistics_of(t, all, bin).kstat);
      continue;
    }
    for (auto e = t.bin_start[static_cast<std::size_t>(bin)];
         e < t.bin_start[static_cast<std::size_t>(bin) + 1]; ++e)
      count(entry_statistics_of(t, all, bin, t.entry_process[static_cast<std::size_t>(e)]).kstat);
  }
  return {n_exact, n};
}

}  // namespace

BinConstraint constraint_of(LikelihoodOptions const& options)
{
  if (options.bin_statistics.constraint) return *options.bin_statistics.constraint;
  if (options.data_term == DataTerm::covariance) return BinConstraint::normal_additive;
  return options.bin_statistics.mode == BinStatisticsMode::full
             ? BinConstraint::normal_multiplicative
             : BinConstraint::gamma;
}

DataTerm data_term_of(TemplateTensor const& tensor, LikelihoodOptions const& options)
{
  bool const has_covariance = !tensor.data_covariance_inverse.empty() || tensor.n_bins == 0;
  return options.data_term == DataTerm::covariance && !has_covariance ? DataTerm::chi_square
                                                                      : options.data_term;
}

void require_counts(std::vector<double> const& data, DataTerm term)
{
  if (term != DataTerm::poisson) return;
  for (std::size_t bin = 0; bin < data.size(); ++bin)
    KOVAR_REQUIRE(data[bin] >= 0, "data: bin "
                                      << bin << " has " << data[bin]
                                      << " (counts are not negative); fit with chi square");
}

void require_variances(std::vector<double> const& variances, DataTerm term)
{
  if (term != DataTerm::chi_square) return;
  for (std::size_t bin = 0; bin < variances.size(); ++bin)
    KOVAR_REQUIRE(variances[bin] > 0,
                  "chi square: the variance of the data in bin "
                      << bin << " is " << variances[bin]
                      << " (it divides); give variances above 0 or fit with the Poisson term");
}

void require_options(TemplateTensor const& tensor, LikelihoodOptions const& options)
{
  if (options.data_term == DataTerm::covariance) require_covariance_statistics(options);
  auto const term = data_term_of(tensor, options);
  require_variances(tensor.data_variances.empty() ? tensor.data : tensor.data_variances, term);
  require_counts(tensor.data, term);
}

DataTerm data_term_named(std::vector<std::string> const& switches)
{
  std::optional<DataTerm> found;
  for (auto const& name : switches) {
    KOVAR_REQUIRE(name == "chi-square" || name == "covariance",
                  "data term: there is no '" << name
                                             << "'; choose chi-square or covariance, or none for "
                                                "Poisson");
    auto const term = name == "covariance" ? DataTerm::covariance : DataTerm::chi_square;
    KOVAR_REQUIRE(!found || *found == term,
                  "data term: both chi-square and covariance are asked for (each replaces the "
                  "Poisson term); choose one");
    found = term;
  }
  return found.value_or(DataTerm::poisson);
}

std::optional<BinConstraint> constraint_named(std::string const& name)
{
  if (name == "automatic") return {};
  if (name == "none") return BinConstraint::none;
  if (name == "gamma") return BinConstraint::gamma;
  if (name == "normal-multiplicative") return BinConstraint::normal_multiplicative;
  KOVAR_REQUIRE(
      name == "normal-additive",
      "bin statistics: there is no constraint '"
          << name << "'; choose automatic, gamma, normal-multiplicative, normal-additive or none");
  return BinConstraint::normal_additive;
}

std::vector<FitNotice> fit_notices(TemplateTensor const& tensor, LikelihoodOptions const& options)
{
  std::vector<FitNotice> found;
  if (data_term_of(tensor, options) != options.data_term)
    found.push_back({FitNotice::Kind::warning,
                     "covariance fit: the tensor has no covariance of the data; their variances "
                     "are taken, without correlations"});
  auto const constraint = constraint_of(options);
  if (constraint == BinConstraint::none) return found;
  bool const is_full = options.bin_statistics.mode == BinStatisticsMode::full;
  if (constraint == BinConstraint::gamma && is_full)
    found.push_back({FitNotice::Kind::warning,
                     "bin statistics: gamma constraints in full mode are experimental (a process "
                     "of few events can take up any excess of a bin)"});
  auto const [n_exact, n] = count_exact(tensor, options);
  if (n_exact == 0) return found;
  std::ostringstream text;
  text << "bin statistics: " << n_exact << " of " << n << (is_full ? " processes of bins" : " bins")
       << " have fewer than " << options.bin_statistics.min_kstat
       << " effective events and are taken as exact";
  found.push_back({FitNotice::Kind::information, text.str()});
  return found;
}

}  // namespace kovar::fit
