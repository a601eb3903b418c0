// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/gp/fit_journal.hpp>

#include <cmath>

namespace kovar::gp {
namespace {

std::string name_of_start(std::size_t start) { return "start_" + std::to_string(start); }

}  // namespace

FitJournal::FitJournal(dist::Communicator const& comm, FitOptions const& options,
                       std::int64_t n_starts, std::int64_t n_free, std::int64_t n_raw)
    : comm_(comm),
      options_(options),
      n_free_(static_cast<std::size_t>(n_free)),
      n_raw_(static_cast<std::size_t>(n_raw)),
      starts_(static_cast<std::size_t>(n_starts))
{
  if (options.checkpoint == nullptr) return;
  std::size_t const width = n_free_ + 2;
  for (std::size_t s = 0; s < starts_.size(); ++s) {
    if (!options.checkpoint->holds(name_of_start(s))) continue;
    auto const numbers = options.checkpoint->numbers(name_of_start(s));
    if (numbers.size() % width != 0)
      throw InputError("fit: the checkpoint has " + std::to_string(numbers.size()) +
                           " numbers of start " + std::to_string(s) + " (not a multiple of the " +
                           std::to_string(width) + " of one evaluation); it is of another model",
                       true);
    for (std::size_t k = 0; k < numbers.size(); k += width) {
      auto const first = numbers.begin() + static_cast<std::ptrdiff_t>(k);
      starts_[s].push_back(
          {{first[0], first[1]}, {first + 2, first + static_cast<std::ptrdiff_t>(width)}});
    }
  }
}

void FitJournal::round(std::int64_t start, JournalEntry const* mine, FitStep const* step)
{
  // What a rank says: its start (-1: nothing), the evaluation's number, norm, loss, jitter, gradient, raw.
  std::size_t const width = 5 + n_free_ + n_raw_;
  std::vector<double> said(width, 0.0);
  said[0] = -1;
  if (mine != nullptr) {
    said[0] = static_cast<double>(start);
    said[1] = static_cast<double>(step->evaluation);
    said[2] = step->gradient_norm;
    said[3] = mine->value.loss;
    said[4] = mine->value.jitter;
    for (std::size_t k = 0; k < mine->gradient.size(); ++k) said[5 + k] = mine->gradient[k];
    for (std::size_t k = 0; k < step->raw.size(); ++k) said[5 + n_free_ + k] = step->raw[k];
  }
  auto const n_ranks = static_cast<std::size_t>(comm_.size());
  std::vector<double> heard(width * n_ranks);
  comm_.gather_to_all(said.data(),
                      std::vector<std::int64_t>(n_ranks, static_cast<std::int64_t>(width)),
                      heard.data());

  std::vector<FitStep> steps;
  n_active_ = 0;
  for (std::size_t r = 0; r < n_ranks; ++r) {
    auto const first = heard.begin() + static_cast<std::ptrdiff_t>(r * width);
    if (first[0] < 0) continue;
    ++n_active_;
    auto const gradient = first + 5;
    auto const raw = gradient + static_cast<std::ptrdiff_t>(n_free_);
    starts_[static_cast<std::size_t>(first[0])].push_back({{first[3], first[4]}, {gradient, raw}});
    steps.push_back({static_cast<std::int64_t>(first[0]),
                     static_cast<std::int64_t>(first[1]),
                     {first[3], first[4]},
                     first[2],
                     {raw, raw + static_cast<std::ptrdiff_t>(n_raw_)}});
  }
  if (n_active_ == 0) return;

  std::string reason;
  dist::agree(comm_, [&] {
    if (!comm_.is_root()) return;
    for (FitStep const& one : steps)
      if (options_.on_step) options_.on_step(one);
    if (options_.stop) reason = options_.stop();
  });
  stopped_by_ = dist::broadcast_text(comm_, reason);
  ++n_since_checkpoint_;
  if (options_.checkpoint == nullptr) return;
  if (stopped_by_.empty() && n_since_checkpoint_ < options_.n_evaluations_to_checkpoint) return;
  put();
  if (!stopped_by_.empty())
    throw Stopped("the fit stopped (" + stopped_by_ + "); the checkpoint holds what is done");
}

void FitJournal::put()
{
  std::size_t n = 0;
  for (std::size_t s = 0; s < starts_.size(); ++s) {
    std::vector<double> numbers;
    for (JournalEntry const& entry : starts_[s]) {
      numbers.push_back(entry.value.loss);
      numbers.push_back(entry.value.jitter);
      numbers.insert(numbers.end(), entry.gradient.begin(), entry.gradient.end());
    }
    n += starts_[s].size();
    if (!numbers.empty()) options_.checkpoint->put_numbers(name_of_start(s), numbers);
  }
  n_since_checkpoint_ = 0;
  options_.checkpoint->complete_stage("evaluation " + std::to_string(n));
}

}  // namespace kovar::gp
