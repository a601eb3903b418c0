// SPDX-License-Identifier: BSD-3-Clause
#include "fit_inspect_effects.hpp"

#include <kovar/fit/variation_effects.hpp>
#include <support/format.hpp>

#include <algorithm>
#include <cmath>
#include <unordered_set>
#include <utility>

namespace kovar::apps {
namespace {

constexpr std::size_t most_names = 8;

/// Value of a column in a row.
double entry(linalg::HostSparseMatrix const& a, std::int64_t row, std::int64_t column)
{
  std::int32_t const* const first = a.column.data() + a.row_start(row);
  std::int32_t const* const end = a.column.data() + a.row_start(row + 1);
  std::int32_t const* const at = std::lower_bound(first, end, column);
  return at != end && *at == column ? a.value(at - a.column.data()) : 0;
}

/// By what factor a yield changes, above 1 also where it falls.
double factor_of(fit::SystematicType type, double yield, double k)
{
  if (type == fit::SystematicType::log_normal) return std::exp(std::fabs(k));
  double const ratio = std::fabs(1 + k / yield);
  return ratio >= 1 ? ratio : 1 + std::fabs(k / yield);
}

/// A yield whose logarithm, or which itself, is changed by k.
double varied(fit::SystematicType type, double yield, double k)
{
  return type == fit::SystematicType::log_normal ? yield * std::exp(k) : yield + k;
}

/// What all systematics change of the yields of a process in a channel.
class ChangedYields {
 public:
  explicit ChangedYields(fit::TemplateTensor const& tensor)
      : tensor_(tensor),
        up_(tensor.systematics.size(), 0.0),
        down_(tensor.systematics.size(), 0.0),
        is_varied_(tensor.systematics.size(), false)
  {
  }

  void add(std::int64_t row)
  {
    auto const n = tensor_.n_systematics();
    auto const& k = tensor_.variations;
    double const yield = tensor_.entry_yield[static_cast<std::size_t>(row)];
    nominal_ += yield;
    for (std::int64_t at = k.row_start(row); at < k.row_start(row + 1); ++at) {
      bool const is_half = k.column(at) >= n;
      std::int64_t const s = is_half ? k.column(at) - n : k.column(at);
      double const mean = is_half ? entry(k, row, s) : k.value(at);
      if (k.value(at) == 0 || (is_half && mean != 0)) continue;  // half goes with its mean
      double const half = is_half ? k.value(at) : tensor_.is_symmetric ? 0 : entry(k, row, n + s);
      auto const i = static_cast<std::size_t>(s);
      up_[i] += varied(tensor_.type, yield, half + mean) - yield;
      down_[i] += varied(tensor_.type, yield, half - mean) - yield;
      is_varied_[i] = true;
    }
  }

  /// Call f(systematic, nominal, up, down) for each that changes anything.
  template <class Function>
  void visit(Function const& f) const
  {
    for (std::size_t s = 0; s < is_varied_.size(); ++s)
      if (is_varied_[s])
        f(static_cast<std::int64_t>(s), nominal_, nominal_ + up_[s], nominal_ + down_[s]);
  }

 private:
  fit::TemplateTensor const& tensor_;
  double nominal_ = 0;
  std::vector<double> up_;
  std::vector<double> down_;
  std::vector<bool> is_varied_;
};

class OddityList {
 public:
  void add(std::string const& what, std::string const& name)
  {
    Oddity& oddity = find(what);
    ++oddity.count;
    if (oddity.names.size() < most_names) oddity.names.push_back(name);
  }
  std::vector<Oddity> take() { return std::move(oddities_); }

 private:
  Oddity& find(std::string const& what)
  {
    for (Oddity& oddity : oddities_)
      if (oddity.what == what) return oddity;
    oddities_.push_back({what, 0, {}});
    return oddities_.back();
  }

  std::vector<Oddity> oddities_;
};

void add_odd_bins(fit::TemplateTensor const& tensor, OddityList& oddities)
{
  for (auto const& channel : tensor.channels)
    for (std::int64_t bin = channel.first_bin; bin < channel.end_bin; ++bin) {
      auto const b = static_cast<std::size_t>(bin);
      auto const first = static_cast<std::size_t>(tensor.bin_start[b]);
      auto const end = static_cast<std::size_t>(tensor.bin_start[b + 1]);
      double yield = 0;
      for (std::size_t e = first; e < end; ++e) yield += tensor.entry_yield[e];
      double const data = channel.is_masked ? 0 : tensor.data[b];
      std::string const name = channel.name + "[" + std::to_string(bin - channel.first_bin) + "]";
      if (yield < 0)
        oddities.add("bins with a negative prediction", name);
      else if (yield == 0 && data > 0)
        oddities.add("bins with data but no prediction: a fit is refused", name);
      else if (first == end)
        oddities.add("bins without prediction and data", name);
      if (data < 0) oddities.add("bins with negative data", name);
    }
}

void add_odd_processes(fit::TemplateTensor const& tensor, OddityList& oddities)
{
  std::vector<bool> is_seen(tensor.processes.size(), false);
  auto const n_fitted = tensor.bin_start[static_cast<std::size_t>(tensor.n_bins)];
  for (std::int64_t e = 0; e < n_fitted; ++e)
    is_seen[static_cast<std::size_t>(tensor.entry_process[static_cast<std::size_t>(e)])] = true;
  for (std::size_t p = 0; p < is_seen.size(); ++p)
    if (!is_seen[p]) oddities.add("processes without yield in any fitted bin", tensor.processes[p]);
}

void add_odd_systematics(fit::TemplateTensor const& tensor,
                         std::vector<SystematicEffect> const& effects, double huge,
                         OddityList& oddities)
{
  std::unordered_set<std::string> curved;  // held by an external Hessian
  std::unordered_set<std::string> named;
  for (auto const& term : tensor.external_terms)
    for (auto const& parameter : term.parameters) {
      named.insert(parameter);
      if (term.has_hessian()) curved.insert(parameter);
    }
  std::string const far = "systematics that change a yield by more than a factor of " +
                          format_number(huge) + " at one standard deviation";
  for (std::size_t s = 0; s < effects.size(); ++s) {
    std::string const& name = tensor.systematics[s];
    bool const is_free = tensor.constraint_weights[s] == 0;
    if (effects[s].n_variations == 0 && is_free && curved.count(name) == 0)
      oddities.add("free systematics without any effect: a fit is singular", name);
    else if (effects[s].n_variations == 0 && named.count(name) == 0)
      oddities.add("systematics without effect", name);
    if (effects[s].n_floors > 0)
      oddities.add(
          "systematics with templates of other sign or 0 where there is a yield (the "
          "floor of 1/1000 is taken)",
          name + " (" + std::to_string(effects[s].n_floors) + ")");
    if (effects[s].n_huge > effects[s].n_floors)
      oddities.add(far, name + " (" + format_number(effects[s].largest_factor, 3) + ")");
  }
}

}  // namespace

std::vector<SystematicEffect> effects_of(fit::TemplateTensor const& tensor, double huge)
{
  auto const n = tensor.n_systematics();
  std::vector<SystematicEffect> effects(static_cast<std::size_t>(n));
  auto const& k = tensor.variations;
  bool const is_log = tensor.type == fit::SystematicType::log_normal;
  for (std::int64_t row = 0; row < k.n_rows(); ++row) {
    double const yield = tensor.entry_yield[static_cast<std::size_t>(row)];
    for (std::int64_t at = k.row_start(row); at < k.row_start(row + 1); ++at) {
      auto& effect = effects[static_cast<std::size_t>(k.column(at) % n)];
      double const factor = factor_of(tensor.type, yield, k.value(at));
      ++effect.n_variations;
      effect.n_huge += factor > huge;
      effect.n_floors += is_log && std::fabs(k.value(at)) == -fit::floor_effect;
      effect.largest_factor = std::max(effect.largest_factor, factor);
    }
  }
  return effects;
}

std::vector<VariedYield> varied_yields(fit::TemplateTensor const& tensor, std::int64_t systematic)
{
  std::vector<VariedYield> yields;
  auto const n = tensor.n_systematics();
  for (auto const& channel : tensor.channels) {
    std::vector<VariedYield> found(tensor.processes.size());
    std::vector<bool> is_varied(tensor.processes.size(), false);
    for (auto e = tensor.bin_start[static_cast<std::size_t>(channel.first_bin)];
         e < tensor.bin_start[static_cast<std::size_t>(channel.end_bin)]; ++e) {
      double const yield = tensor.entry_yield[static_cast<std::size_t>(e)];
      double const mean = entry(tensor.variations, e, systematic);
      double const half = tensor.is_symmetric ? 0 : entry(tensor.variations, e, n + systematic);
      auto const p = static_cast<std::size_t>(tensor.entry_process[static_cast<std::size_t>(e)]);
      if (mean != 0 || half != 0) is_varied[p] = true;
      // At one standard deviation the interpolation |theta| is exact.
      found[p].nominal += yield;
      found[p].up += varied(tensor.type, yield, half + mean);
      found[p].down += varied(tensor.type, yield, half - mean);
    }
    for (std::size_t p = 0; p < found.size(); ++p) {
      if (!is_varied[p]) continue;
      found[p].channel = channel.name;
      found[p].process = tensor.processes[p];
      yields.push_back(found[p]);
    }
  }
  return yields;
}

std::vector<std::pair<std::int64_t, VariedYield>> varied_yields_of_process(
    fit::TemplateTensor const& tensor, std::size_t process)
{
  std::vector<std::pair<std::int64_t, VariedYield>> found;
  for (auto const& channel : tensor.channels) {
    ChangedYields changes(tensor);
    for (auto e = tensor.bin_start[static_cast<std::size_t>(channel.first_bin)];
         e < tensor.bin_start[static_cast<std::size_t>(channel.end_bin)]; ++e)
      if (static_cast<std::size_t>(tensor.entry_process[static_cast<std::size_t>(e)]) == process)
        changes.add(e);
    changes.visit([&](std::int64_t systematic, double nominal, double up, double down) {
      found.push_back({systematic, {channel.name, tensor.processes[process], nominal, up, down}});
    });
  }
  std::stable_sort(found.begin(), found.end(),
                   [](auto const& a, auto const& b) { return a.first < b.first; });
  return found;
}

std::vector<Oddity> oddities_of(fit::TemplateTensor const& tensor,
                                std::vector<SystematicEffect> const& effects, double huge)
{
  OddityList oddities;
  add_odd_bins(tensor, oddities);
  add_odd_processes(tensor, oddities);
  add_odd_systematics(tensor, effects, huge, oddities);
  return oddities.take();
}

}  // namespace kovar::apps
