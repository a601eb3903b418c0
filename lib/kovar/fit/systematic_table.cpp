// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/fit/name_order.hpp>
#include <kovar/fit/systematic_table.hpp>

#include <algorithm>
#include <cstddef>

namespace kovar::fit {

namespace {

// Number of a name, the next one if it is new.
std::int32_t number_of(std::string const& name, std::vector<std::string>& names,
                       std::unordered_map<std::string, std::int32_t>& number)
{
  auto const next = static_cast<std::int32_t>(names.size());
  auto const [place, is_new] = number.emplace(name, next);
  if (is_new) names.push_back(name);
  return place->second;
}

}  // namespace

std::int32_t SystematicTable::book(std::string const& name, std::int32_t yields,
                                   SystematicOptions const& options,
                                   std::vector<std::string> const& groups, std::string const& what)
{
  auto const number = number_of(name, names_, number_);
  auto const s = static_cast<std::size_t>(number);
  if (s == constraints_.size()) {
    constraints_.push_back(options.constraint);
    interests_.push_back(options.interest);
    n_floors_.push_back(0);
  }
  KOVAR_REQUIRE(constraints_[s] == options.constraint,
                what << ": '" << name << "' is booked with a constraint and without one (it is one "
                     << "parameter); book it the same way everywhere or give it two names");
  if (options.interest == Interest::of_interest) interests_[s] = Interest::of_interest;

  if (varies_.size() <= static_cast<std::size_t>(yields))
    varies_.resize(static_cast<std::size_t>(yields) + 1);
  auto& varies = varies_[static_cast<std::size_t>(yields)];
  if (varies.size() <= s) varies.resize(s + 1, false);
  KOVAR_REQUIRE(!varies[s], what << ": '" << name << "' is booked twice (of one process in one "
                                 << "channel a systematic has one variation)");
  varies[s] = true;
  for (auto const& group : groups)
    members_.emplace_back(number_of(group, group_names_, group_number_), number);
  return number;
}

std::vector<std::int64_t> SystematicTable::move_to(TemplateTensor& tensor)
{
  auto order = natural_order(names_);
  std::stable_partition(order.begin(), order.end(), [&](std::int64_t s) {
    return constraints_[static_cast<std::size_t>(s)] == Constraint::none;
  });
  std::vector<std::int64_t> column(names_.size());
  for (std::size_t c = 0; c < order.size(); ++c) {
    auto const s = static_cast<std::size_t>(order[c]);
    column[s] = static_cast<std::int64_t>(c);
    tensor.constraint_weights.push_back(constraints_[s] == Constraint::none ? 0 : 1);
  }
  std::vector<std::string> noi_names;
  std::vector<std::int64_t> noi_columns;
  for (std::size_t s = 0; s < names_.size(); ++s)
    if (interests_[s] == Interest::of_interest) {
      noi_names.push_back(names_[s]);
      noi_columns.push_back(column[s]);
    }
  for (auto const k : natural_order(noi_names))
    tensor.nois.push_back(noi_columns[static_cast<std::size_t>(k)]);
  tensor.groups = ordered_groups(column);
  for (auto const s : order)
    tensor.systematics.push_back(std::move(names_[static_cast<std::size_t>(s)]));
  return column;
}

std::vector<Group> SystematicTable::ordered_groups(std::vector<std::int64_t> const& column) const
{
  std::vector<std::vector<std::int64_t>> members(group_names_.size());
  for (auto const& [group, systematic] : members_)
    members[static_cast<std::size_t>(group)].push_back(
        column[static_cast<std::size_t>(systematic)]);
  std::vector<Group> groups;
  for (auto const g : natural_order(group_names_)) {
    auto& list = members[static_cast<std::size_t>(g)];
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
    groups.push_back({group_names_[static_cast<std::size_t>(g)], std::move(list)});
  }
  return groups;
}

}  // namespace kovar::fit
