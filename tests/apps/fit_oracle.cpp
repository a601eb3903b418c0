// SPDX-License-Identifier: BSD-3-Clause
// What a script needs to hold results of 'kovar fit' against tests/oracle/binned_fit:
//
//   fit_oracle write CASE TENSOR           the tensor of a case as a file of kovar
//   fit_oracle write_pseudodata CASE TENSOR   with pseudodata "same", which are the data, and "double"
//   fit_oracle write_chain N TENSOR        N systematics in a stiff chain, a fit of many steps
//   fit_oracle write_saddle TENSOR         a fit without a minimum
//   fit_oracle options CASE CONFIG         the options of a configuration
//   fit_oracle check CASE CONFIG RESULT [GROUP]    that a result is what the configuration lists; says what differs
//   fit_oracle check_minimum CASE CONFIG RESULT   that minimum and covariance are
//   fit_oracle check_scan CASE CONFIG RESULT   the same of its scans and intervals

#include "fit/chain_problem.hpp"
#include "fit/fit_case.hpp"

#include <kovar/io/fit_result_file.hpp>
#include <kovar/io/hdf5_reader.hpp>
#include <kovar/io/tensor_file.hpp>

#include <Kokkos_Core.hpp>

#include <cmath>
#include <exception>
#include <iostream>
#include <limits>
#include <string>
#include <vector>

namespace {

using kovar::test::OracleFile;
using Numbers = std::vector<double>;

void print_options(OracleFile const& file, std::string const& config)
{
  std::string const path = "config/" + config;
  std::string const likelihood = file.text(path, "likelihood");
  std::cout << "--likelihood=" << (likelihood == "chisq" ? "chi-square" : likelihood);
  std::string const mode = file.text(path, "bb_mode");
  std::cout << " --bin_statistics=" << (mode == "none" ? "none" : file.text(path, "bb_type"));
  if (mode == "full") std::cout << " --bin_statistics_mode=full";
  std::cout << " --min_kstat=" << file.number(path, "min_bb_kstat");
  std::cout << " --parameter_model=" << file.text(path, "param_model");
  if (file.number(path, "allow_negative_param") != 0) std::cout << " --allow_negative_signal";
  auto const names = file.text_array(path + "/param_names");
  auto const strengths = file.array(path + "/mu_default").values;
  for (std::size_t s = 0; s < strengths.size(); ++s)
    std::cout << (s == 0 ? " --expected_signal=" : ",") << names[s] << "=" << strengths[s];
  auto const frozen = file.array(path + "/frozen").values;
  std::string list;
  for (std::size_t i = 0; i < frozen.size(); ++i)
    if (frozen[i] != 0) list += (list.empty() ? "" : ",") + names[i];
  if (!list.empty()) std::cout << " --freeze=" << list;
  std::cout << std::endl;
}

/// Compares a result with a configuration and counts what differs.
class Check {
 public:
  Check(OracleFile const& file, std::string const& config, std::string const& result,
        std::string const& group)
      : file_(file), path_("config/" + config), result_(result, "this is a test"), group_(group)
  {
    covariance_ = file_.array(fit("cov")).values;
    names_ = file_.text_array(path_ + "/param_names");
    for (std::size_t i = 0; i < names_.size(); ++i)
      sigma_.push_back(std::sqrt(covariance_[i * names_.size() + i]));
  }

  /// Minimum and covariance.
  int run_minimum()
  {
    if (result_.texts("parms") != names_) fail("names of parameters");
    minimum();
    if (is_at_listed_minimum_) covariance();
    return n_failures_ == 0 ? 0 : 1;
  }

  /// All that there is.
  int run()
  {
    run_minimum();
    if (is_at_listed_minimum_) {
      yields();
      impacts();
      near("satchi2", number("satchi2"), file_.number(path_ + "/fit", "saturated_chi2"), 1e-7);
      near("p_satchi2", number("p_satchi2"), file_.number(path_ + "/fit", "saturated_pvalue"),
           1e-7);
      chi_square("chi2_prefit", "linear_chi2_prefit");
      // With external terms its matrix is nearly singular: rounding alone moves it by 1e-5.
      if (!file_.has("external")) chi_square("chi2", "linear_chi2_postfit");
    }
    return n_failures_ == 0 ? 0 : 1;
  }

  /// Scans and intervals of a result, as strengths that are kept as roots enter yields.
  int run_scans()
  {
    bool const squared = result_.text(group_, "strengths") != "parms";
    auto const names = result_.texts(group_ + "/contour_scan_names");
    auto const ends = list("contour_scan");
    for (auto const& name : file_.groups(fit("scan"))) {
      std::string const path = "scan/" + name + "/";
      bool const is_root = squared && is_strength(name);
      auto const effective = [&](Numbers x) {
        if (is_root)
          for (double& value : x) value *= value;
        return x;
      };
      auto const values = effective(file_.array(fit(path + "values")).values);
      near(name + " values", list("nll_scan_" + name + "_values"), values, 1e-6, {1});
      near(name + " loss", list("nll_scan_" + name), file_.array(fit(path + "dnll")).values, 1e-6,
           {1});
      auto interval = file_.array(fit(path + "interval_1sigma")).values;
      for (double& end : interval) end += minimum_of(name);  // listed from there
      interval = effective(interval);
      bool is_there = false;
      for (std::size_t k = 0; k < names.size(); ++k) {
        if (names[k] != name) continue;
        is_there = true;
        near(name + " interval", {ends[2 * k], ends[2 * k + 1]}, interval, 1e-6, {1});
        points_of_interval(name, k, squared);
      }
      if (!is_there) fail("no interval of " + name);
    }
    return n_failures_ == 0 ? 0 : 1;
  }

 private:
  std::string fit(std::string const& name) const { return path_ + "/fit/" + name; }
  Numbers list(std::string const& name) const { return result_.list<double>(group_ + "/" + name); }
  double number(std::string const& name) const { return list(name).at(0); }
  bool has(std::string const& name) const { return result_.has(group_ + "/" + name); }

  void fail(std::string const& what)
  {
    ++n_failures_;
    std::cout << "differs: " << what << std::endl;
  }
  void near(std::string const& what, double found, double expected, double tolerance)
  {
    bool const are_nan = std::isnan(found) && std::isnan(expected);
    if (!are_nan && !(std::fabs(found - expected) <= tolerance))
      fail(what + " is " + std::to_string(found) + " instead of " + std::to_string(expected));
  }
  /// \param scale  of each number, or one for all
  void near(std::string const& what, Numbers const& found, Numbers const& expected,
            double tolerance, Numbers const& scale)
  {
    if (found.size() != expected.size())
      return fail(what + ": " + std::to_string(found.size()) + " instead of " +
                  std::to_string(expected.size()) + " numbers");
    for (std::size_t k = 0; k < found.size(); ++k)
      near(what + "[" + std::to_string(k) + "]", found[k], expected[k],
           tolerance * scale[scale.size() == 1 ? 0 : k]);
  }

  void minimum()
  {
    double const loss = number("nllvalreduced");
    auto const losses = file_.array(fit("local_minima_nll")).values;
    auto const points = file_.array(fit("local_minima_x")).values;
    std::size_t nearest = 0;
    for (std::size_t k = 1; k < losses.size(); ++k)
      if (std::fabs(losses[k] - loss) < std::fabs(losses[nearest] - loss)) nearest = k;
    near("nllvalreduced", loss, losses[nearest], 1e-8);
    near("edmval", number("edmval"), 0, 1e-9);
    auto x = list("parms");
    bool const squared = result_.text(group_, "strengths") != "parms";
    for (std::size_t i = 0; i < x.size(); ++i) {
      double const expected = points.at(nearest * x.size() + i);
      if (squared && i < n_strengths()) x[i] = std::fabs(x[i]) * (expected < 0 ? -1 : 1);
      near(names_[i], x[i], expected, sigma_[i] > 0 ? 1e-4 * sigma_[i] : 0);
    }
    auto const listed = file_.array(fit("x")).values;
    for (std::size_t i = 0; i < x.size(); ++i)
      if (std::fabs(x[i] - listed[i]) > 1e-3 * sigma_[i]) is_at_listed_minimum_ = false;
    if (is_at_listed_minimum_)
      near("nllvalfull", number("nllvalfull"), file_.number(path_ + "/fit", "nll_full"), 1e-7);
    else if (losses.size() == 1)
      fail("the minimum is another one");
  }

  /// All parameters at the two ends of interval k.
  void points_of_interval(std::string const& name, std::size_t k, bool squared)
  {
    auto expected = file_.array(fit("scan/" + name + "/contour_x")).values;
    auto const n = static_cast<std::ptrdiff_t>(expected.size());
    auto const all = list("contour_x");
    auto const begin = all.begin() + static_cast<std::ptrdiff_t>(k) * n;
    Numbers found(begin, begin + n);
    Numbers scale;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      std::size_t const parameter = i % names_.size();
      scale.push_back(sigma_[parameter]);
      if (!squared || parameter >= n_strengths()) continue;
      expected[i] = std::fabs(expected[i]);  // a root and its negative are one strength
      found[i] = std::fabs(found[i]);
    }
    near(name + " contour_x", found, expected, 1e-4, scale);
  }

  double minimum_of(std::string const& name) const
  {
    return file_.array(fit("x")).values[index_of(name)];
  }
  std::size_t index_of(std::string const& name) const
  {
    std::size_t i = 0;
    while (names_.at(i) != name) ++i;
    return i;
  }
  bool is_strength(std::string const& name) const
  {
    for (std::size_t s = 0; s < n_strengths(); ++s)
      if (names_[s] == name) return true;
    return false;
  }
  std::size_t n_strengths() const { return file_.array(path_ + "/mu_default").values.size(); }

  void covariance()
  {
    Numbers scale;
    for (double const a : sigma_)
      for (double const b : sigma_) scale.push_back(a * b);
    near("cov", list("cov"), covariance_, 1e-6, scale);
    near("cov at the root", result_.list<double>("cov"), covariance_, 1e-6, scale);
  }

  /// Of all channels, one after the other.
  Numbers histogram(std::string const& name) const
  {
    Numbers all;
    auto const channels = file_.text_array("tensor/channels");
    for (auto const& channel : channels) {
      std::string const path = "mappings/BaseMapping/channels/" + channel + "/" + name;
      auto const mine = list(path);
      all.insert(all.end(), mine.begin(), mine.end());
    }
    return all;
  }

  void yields()
  {
    auto const expected = file_.array(fit("yields")).values;
    double largest = 0;
    for (double const yield : expected) largest = std::max(largest, std::fabs(yield));
    near("hist_postfit_inclusive", histogram("hist_postfit_inclusive"), expected, 1e-6, {largest});
    if (!file_.has(fit("yields_variance"))) return;
    auto const variance = file_.array(fit("yields_variance")).values;
    largest = 0;
    for (double const v : variance) largest = std::max(largest, v);
    near("hist_postfit_inclusive_variances", histogram("hist_postfit_inclusive_variances"),
         variance, 1e-6, {largest});
  }

  /// A table without the columns that follow.
  static Numbers column(Numbers const& table, std::size_t n_columns, std::size_t which)
  {
    Numbers found;
    for (std::size_t k = which; k < table.size(); k += n_columns) found.push_back(table[k]);
    return found;
  }

  void impacts_of(std::string const& name, std::string const& table, std::string const& groups,
                  std::string const& stat, std::string const& bins)
  {
    if (!has(name)) return fail("there are no " + name);
    Numbers const rows = row_scales();
    Numbers scale;  // of the table
    for (double const sigma : rows) scale.insert(scale.end(), names_.size(), sigma);
    near(name, list(name), file_.array(fit("impacts/" + table)).values, 1e-6, scale);
    auto const grouped = list(name + "_grouped");
    auto const names = result_.texts(group_ + "/" + name + "_grouped_columns");
    auto const group_names = file_.text_array(fit("impacts/group_names"));
    auto const expected = file_.array(fit("impacts/" + groups)).values;
    for (std::size_t g = 0; g < group_names.size(); ++g) {
      if (names.at(g) != group_names[g]) fail(name + ": order of groups");
      near(name + " of " + names[g], column(grouped, names.size(), g),
           column(expected, group_names.size(), g), 1e-6, rows);
    }
    near(name + " stat", column(grouped, names.size(), group_names.size()),
         file_.array(fit("impacts/" + stat)).values, 1e-6, rows);
    if (file_.has(fit("impacts/" + bins)))
      near(name + " binByBinStat", column(grouped, names.size(), group_names.size() + 1),
           file_.array(fit("impacts/" + bins)).values, 1e-6, rows);
  }

  /// Of each row of impacts the uncertainty of its parameter.
  Numbers row_scales() const
  {
    Numbers scales;
    for (auto const& name : result_.texts(group_ + "/poi_names"))
      scales.push_back(sigma_.at(index_of(name)));
    return scales;
  }

  void impacts()
  {
    if (!file_.has(fit("impacts"))) return;
    impacts_of("impacts", "traditional", "grouped_traditional", "stat", "binByBinStat");
    impacts_of("global_impacts", "global", "global_grouped", "global_stat", "global_binByBinStat");
    impacts_of("gaussian_global_impacts", "global", "global_grouped", "gaussian_stat",
               "gaussian_binByBinStat");
  }

  void chi_square(std::string const& name, std::string const& listed)
  {
    if (!has(name) || !file_.has_attribute(path_ + "/fit", listed)) return;
    double const expected = file_.number(path_ + "/fit", listed);
    double const found = number(name);
    near(name, found, expected, 1e-6 * std::max(1.0, expected));
  }

  OracleFile const& file_;
  std::string path_;
  kovar::io::Hdf5Reader result_;
  std::string group_;  // of the result
  std::vector<std::string> names_;
  Numbers covariance_;
  Numbers sigma_;
  bool is_at_listed_minimum_ = true;
  int n_failures_ = 0;
};

/// Two systematics that an external Hessian couples by more than holds each.
kovar::fit::TemplateTensor saddle_problem()
{
  auto tensor = kovar::test::chain_problem(2);
  kovar::test::HostMatrix hessian(2, 2);
  hessian(0, 1) = hessian(1, 0) = 100;
  tensor.constraint_weights = {1, 1};
  tensor.external_terms[0].hessian = kovar::linalg::upper_half(kovar::test::sparse(hessian));
  return tensor;
}

int work(std::vector<std::string> const& words)
{
  if (words.at(0) == "write_saddle") {
    kovar::io::write_tensor(words.at(1), saddle_problem());
    return 0;
  }
  if (words.at(0) == "write_chain") {
    kovar::io::write_tensor(words.at(2), kovar::test::chain_problem(std::stoll(words.at(1))));
    return 0;
  }
  OracleFile const file("binned_fit/" + words.at(1) + ".h5");
  if (words.at(0) == "write") {
    kovar::io::write_tensor(words.at(2), kovar::test::tensor_of(file));
    return 0;
  }
  if (words.at(0) == "write_pseudodata") {
    auto tensor = kovar::test::tensor_of(file);
    tensor.pseudodata = {{"same", tensor.data}, {"double", tensor.data}};
    for (double& count : tensor.pseudodata[1].data) count *= 2;
    kovar::io::write_tensor(words.at(2), tensor);
    return 0;
  }
  if (words.at(0) == "options") {
    print_options(file, words.at(2));
    return 0;
  }
  Check check(file, words.at(2), words.at(3), words.size() > 4 ? words[4] : "results");
  if (words.at(0) == "check_minimum") return check.run_minimum();
  return words.at(0) == "check_scan" ? check.run_scans() : check.run();
}

}  // namespace

int main(int argc, char** argv)
{
  Kokkos::ScopeGuard const kokkos(argc, argv);
  try {
    return work({argv + 1, argv + argc});
  } catch (std::exception const& error) {
    std::cout << "fit_oracle: " << error.what() << std::endl;
    return 2;
  }
}
