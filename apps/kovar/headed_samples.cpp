// SPDX-License-Identifier: BSD-3-Clause
#include "headed_samples.hpp"

#include <kovar/core/error.hpp>
#include <kovar/core/hash.hpp>
#include <kovar/io/table_columns.hpp>
#include <support/text.hpp>

#include <algorithm>
#include <optional>

namespace kovar::apps {
namespace {

/// Columns by their places, from the user's words.
std::vector<std::size_t> target_columns(io::Table const& table, std::string const& words)
{
  // A column's own name may have commas.
  auto const names =
      io::has_column(table, words) ? std::vector<std::string>{words} : split_at_commas(words);
  std::vector<std::size_t> columns;
  for (std::string const& name : names) {
    std::size_t const column = io::find_column(table, name, "the target");
    KOVAR_REQUIRE(std::count(columns.begin(), columns.end(), column) == 0,
                  "column '" << table.columns[column] << "' of '" << table.source
                             << "' is listed twice as the target; list it once");
    columns.push_back(column);
  }
  return columns;
}

/// The options for one of several targets: the others are left out, and so are their logarithms.
io::SampleOptions options_for(io::SampleOptions options, io::Table const& table,
                              std::vector<std::size_t> const& targets, std::size_t head)
{
  auto const is_other = [&](std::string const& word, std::string const& role) {
    std::size_t const column = io::find_column(table, word, role);
    return column != targets[head] && std::count(targets.begin(), targets.end(), column) != 0;
  };
  auto const leave_out = [&](std::vector<std::string>& words, std::string const& role) {
    words.erase(std::remove_if(words.begin(), words.end(),
                               [&](std::string const& word) { return is_other(word, role); }),
                words.end());
  };
  leave_out(options.transform.log, "its log is wanted");
  leave_out(options.transform.log1p, "its log1p is wanted");
  for (std::string const& word : options.columns.features)
    KOVAR_REQUIRE(!is_other(word, "a feature"),
                  "column '" << table.columns[io::find_column(table, word, "a feature")] << "' of '"
                             << table.source
                             << "' is a target and a feature; it can be one of them");
  options.columns.target = table.columns[targets[head]];
  for (std::size_t other = 0; other < targets.size(); ++other)
    if (other != head) options.columns.exclude.push_back(table.columns[targets[other]]);
  return options;
}

/// Add the target of a head to samples; the first one brings rows and features along.
void add_head(HeadedSamples& samples, io::Samples one)
{
  if (samples.y.empty()) {
    samples.rows = std::move(one.rows);
    samples.n_features = one.n_features;
    samples.x = std::move(one.x);
  }
  samples.y.push_back(std::move(one.y));
}

void require_numbers(io::Table const& table, std::size_t column)
{
  if (column < table.defects.size() && !table.defects[column].empty())
    throw InputError(table.defects[column]);
}

std::vector<double> numbers_of(io::Table const& table, std::size_t column,
                               std::vector<std::int64_t> const& rows)
{
  std::vector<double> numbers;
  for (std::int64_t const row : rows) numbers.push_back(table(row, column));
  return numbers;
}

}  // namespace

std::uint64_t hash_of(PreparedHeads const& samples)
{
  std::uint64_t hash = 0;
  std::uint64_t position = 0;
  auto const add = [&](std::vector<double> const& list) {
    for (double const x : list) hash += hash_term(position++, bits_of_value(x));
  };
  for (HeadedSamples const* const part : {&samples.train, &samples.validation}) {
    add(part->x);
    for (auto const& y : part->y) add(y);
    add(part->carried);
  }
  return hash;
}

PreparedHeads prepare_heads(io::Table const& table, io::SampleOptions const& given,
                            std::string const& carried)
{
  io::SampleOptions options = given;
  auto const targets = target_columns(table, options.columns.target);
  std::optional<std::size_t> carried_column;
  if (!carried.empty()) {
    carried_column = io::find_column(table, carried, "kept as it is");
    std::string const& name = table.columns[*carried_column];
    auto& exclude = options.columns.exclude;
    if (std::count(exclude.begin(), exclude.end(), name) == 0) exclude.push_back(name);
  }
  std::vector<io::SampleOptions> each;
  for (std::size_t head = 0; head < targets.size(); ++head)
    each.push_back(options_for(options, table, targets, head));
  KOVAR_REQUIRE(!each.empty(), "no target is named; name a column to predict");

  // Rows that have all features, all targets and what is carried.
  io::ChosenColumns all = io::choose_columns(table, each.front().columns);
  all.target.reset();
  for (std::size_t head = 0; head < targets.size(); ++head) {
    io::choose_columns(table, each[head].columns);  // a target that holds text is an error
    all.features.push_back(targets[head]);
  }
  if (carried_column) {
    require_numbers(table, *carried_column);
    all.features.push_back(*carried_column);
  }
  auto const rows = io::complete_rows(table, all, options.missing);
  io::RowSplit const split = io::split_rows(rows, options.split);

  PreparedHeads prepared;
  for (io::SampleOptions const& one : each) {
    auto const columns = io::choose_columns(table, one.columns);
    auto const transform = io::learn_transform(table, columns, one.transform, split.train);
    prepared.features = transform.features;  // the same for each head
    prepared.targets.push_back(*transform.target);
    auto const samples = [&](std::vector<std::int64_t> const& some) {
      return io::apply_transform(transform, table, some, io::WithTarget::yes);
    };
    add_head(prepared.train, samples(split.train));
    add_head(prepared.validation, samples(split.validation));
  }
  if (carried_column) {
    prepared.train.carried = numbers_of(table, *carried_column, split.train);
    prepared.validation.carried = numbers_of(table, *carried_column, split.validation);
  }
  prepared.n_dropped = table.n_rows - static_cast<std::int64_t>(rows.size());
  return prepared;
}

HeadedSamples new_samples(HeadedColumns const& model, io::Table const& table,
                          io::MissingRows missing, std::string const& carried)
{
  auto const n_heads = static_cast<std::size_t>(model.n_heads);
  io::TableTransform transform;
  transform.features = model.features;
  io::ChosenColumns all = io::columns_of(transform, table, io::WithTarget::no);
  auto const is_known = [&](std::size_t head) {
    return head < model.targets.size() && io::has_column(table, model.targets[head].column);
  };
  for (std::size_t head = 0; head < n_heads; ++head)
    if (is_known(head)) {
      transform.target = model.targets[head];
      all.features.push_back(*io::columns_of(transform, table, io::WithTarget::yes).target);
    }
  bool const carries = !carried.empty() && io::has_column(table, carried);
  std::size_t const column = carries ? io::find_column(table, carried, "kept as it is") : 0;
  if (carries) {
    require_numbers(table, column);
    all.features.push_back(column);
  }
  auto const rows = io::complete_rows(table, all, missing);
  HeadedSamples samples;
  if (carries) samples.carried = numbers_of(table, column, rows);
  for (std::size_t head = 0; head < n_heads; ++head) {
    if (is_known(head)) transform.target = model.targets[head];
    add_head(samples,
             io::apply_transform(transform, table, rows,
                                 is_known(head) ? io::WithTarget::yes : io::WithTarget::no));
  }
  return samples;
}

}  // namespace kovar::apps
