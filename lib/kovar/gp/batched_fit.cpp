// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/not_a_number.hpp>
#include <kovar/core/region.hpp>
#include <kovar/dist/rank_lists.hpp>
#include <kovar/gp/batched_fit.hpp>
#include <kovar/optim/box.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace kovar::gp {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// What each number of a member's list is.
class NumberTable {
 public:
  explicit NumberTable(Model form)
  {
    for (NamedParameter const& named : parameters_of(form))
      for (std::size_t i = 0; i < named.parameter->value.size(); ++i) {
        Constraint const& constraint = named.parameter->constraint;
        if (!named.parameter->is_fixed) {
          free_.push_back(constraints_.size());
          box_.lower.push_back(constraint.has_transform() ? -infinity : constraint.lower());
          box_.upper.push_back(constraint.has_transform() ? infinity : constraint.upper());
        }
        names_.push_back("'" + named.name + "', entry " + std::to_string(i));
        constraints_.push_back(constraint);
      }
  }

  std::size_t size() const { return constraints_.size(); }
  std::string const& name(std::size_t k) const { return names_[k]; }
  /// Those that move, and their bounds.
  std::vector<std::size_t> const& free() const { return free_; }
  optim::Box const& box() const { return box_; }

  /// Values of a member. \return whether all are admitted
  bool values(double const* raw, double* to) const
  {
    bool are_admitted = true;
    for (std::size_t k = 0; k < size(); ++k) {
      to[k] = constraints_[k].value(raw[k]);
      are_admitted = are_admitted && constraints_[k].admits(to[k]);
    }
    return are_admitted;
  }
  /// Derivatives of the loss by the numbers that move, from those of mll by values.
  void loss_gradient(double const* raw, double const* by_values, std::vector<double>& to) const
  {
    for (std::size_t i = 0; i < free_.size(); ++i)
      to[i] = -by_values[free_[i]] * constraints_[free_[i]].slope(raw[free_[i]]);
  }

 private:
  std::vector<Constraint> constraints_;
  std::vector<std::string> names_;
  std::vector<std::size_t> free_;
  optim::Box box_;
};

/// One member on its way.
class MemberFit {
 public:
  MemberFit(NumberTable const& table, std::int64_t member, double const* raw,
            BatchedFitOptions const& options)
      : table_(&table),
        member_(member),
        raw_(raw, raw + table.size()),
        best_(raw_),
        point_(table.free().size()),
        gradient_(table.free().size()),
        adam_(options.adam, table.free().size())
  {
    if (options.moving_average) stop_.emplace(*options.moving_average);
    for (std::size_t i = 0; i < point_.size(); ++i) point_[i] = raw_[table.free()[i]];
  }

  std::int64_t member() const { return member_; }
  double const* raw() const { return raw_.data(); }

  /// Take the likelihood at raw(); null: there is none.
  /// \return whether to go on, from another point
  bool take(FactorReport const& report, double mll, double const* by_values,
            BatchedFitOptions const& options)
  {
    bool is_good = by_values != nullptr && report && std::isfinite(mll);
    double norm = not_a_number<double>();
    if (is_good) {
      table_->loss_gradient(raw_.data(), by_values, gradient_);
      // A derivative may overflow where the likelihood does not: no way leads on from there.
      is_good = std::all_of(gradient_.begin(), gradient_.end(),
                            [](double derivative) { return std::isfinite(derivative); });
      if (is_good) norm = table_->box().projected_gradient_norm(point_, gradient_);
    }
    double const loss = is_good ? -mll : infinity;
    if (options.wants_trace)
      trace_.push_back({member_, n_evaluations_, {loss, report.jitter}, norm, raw_});
    ++n_evaluations_;
    if (!is_good) return fail();
    if (loss < loss_) {
      loss_ = loss;
      best_ = raw_;
    }
    if (rests(loss, norm, options)) return false;
    if (n_evaluations_ > options.n_steps) return false;  // end_ is the limit
    adam_.step(point_, gradient_);
    table_->box().project(point_);
    for (std::size_t i = 0; i < point_.size(); ++i) raw_[table_->free()[i]] = point_[i];
    return true;
  }

  /// Numbers for other ranks: loss, end, evaluations, failures, the best point, then the trace.
  std::vector<double> record() const
  {
    std::vector<double> list = {loss_, static_cast<double>(end_),
                                static_cast<double>(n_evaluations_),
                                static_cast<double>(n_failures_)};
    list.insert(list.end(), best_.begin(), best_.end());
    for (FitStep const& step : trace_) {
      list.insert(list.end(), {step.value.loss, step.value.jitter, step.gradient_norm});
      list.insert(list.end(), step.raw.begin(), step.raw.end());
    }
    return list;
  }

 private:
  bool fail()
  {
    ++n_failures_;
    end_ = n_evaluations_ == 1 ? FitEnd::failed : FitEnd::no_progress;
    return false;
  }

  bool rests(double loss, double norm, BatchedFitOptions const& options)
  {
    bool const is_flat = norm <= options.gradient_tolerance;
    auto const verdict = stop_ ? stop_->update(loss) : optim::MovingAverageVerdict::go_on;
    if (is_flat || verdict == optim::MovingAverageVerdict::converged) end_ = FitEnd::converged;
    return is_flat || verdict != optim::MovingAverageVerdict::go_on;  // else end_ is the limit
  }

  NumberTable const* table_;
  std::int64_t member_;
  std::vector<double> raw_;
  std::vector<double> best_;
  std::vector<double> point_;  ///< the numbers of raw_ that move
  std::vector<double> gradient_;
  optim::Adam adam_;
  std::optional<optim::MovingAverageStop> stop_;
  double loss_ = infinity;
  FitEnd end_ = FitEnd::step_limit;
  std::int64_t n_evaluations_ = 0;
  std::int64_t n_failures_ = 0;
  std::vector<FitStep> trace_;
};

void require_start(NumberTable const& table, std::vector<double> const& start,
                   BatchedFitOptions const& options)
{
  KOVAR_REQUIRE(options.n_steps >= 0 && options.gradient_tolerance >= 0,
                "fit: " << options.n_steps << " steps and a gradient_tolerance of "
                        << options.gradient_tolerance << " (neither may be negative)");
  std::size_t const n = table.size();
  KOVAR_REQUIRE(n > 0 && start.size() % n == 0,
                "fit: " << start.size() << " raw numbers for members with " << n << " each");
  for (std::size_t b = 0; b < start.size() / n; ++b)
    for (std::size_t const k : table.free())
      KOVAR_REQUIRE(std::isfinite(start[b * n + k]),
                    "fit: parameter " << table.name(k) << ", of member " << b << " starts at a raw "
                                      << start[b * n + k]
                                      << ", the edge of its constraint (no step leads from there); "
                                         "start inside, or fix it");
}

/// Members until the last has ended.
void run(BatchedObjective const& objective, NumberTable const& table,
         BatchedFitOptions const& options, std::vector<MemberFit>& fits)
{
  std::size_t const n = table.size();
  std::vector<MemberFit*> active;
  for (MemberFit& one : fits) active.push_back(&one);
  std::vector<std::int64_t> members;
  std::vector<double> values;
  BatchedGradient gradient;
  while (!active.empty()) {
    std::vector<MemberFit*> evaluated;
    members.clear();
    values.resize(active.size() * n);
    for (MemberFit* const one : active) {
      if (!table.values(one->raw(), values.data() + evaluated.size() * n)) {
        one->take({}, 0, nullptr, options);  // a number far out overflows its transform: no model
        continue;
      }
      evaluated.push_back(one);
      members.push_back(one->member());
    }
    active.clear();
    if (evaluated.empty()) return;
    values.resize(evaluated.size() * n);
    BatchedValue const value = objective(members, values, gradient);
    for (std::size_t k = 0; k < evaluated.size(); ++k)
      if (evaluated[k]->take(value.factor[k], value.mll[k], gradient.values.data() + k * n,
                             options))
        active.push_back(evaluated[k]);
  }
}

/// The results of all members from their records, one after the other.
BatchedFitResult result_of(std::vector<double> const& records, NumberTable const& table,
                           bool has_trace)
{
  BatchedFitResult result;
  std::size_t const n = table.size();
  auto const list_at = [&](std::size_t at) {
    auto const first = records.begin() + static_cast<std::ptrdiff_t>(at);
    return std::vector<double>(first, first + static_cast<std::ptrdiff_t>(n));
  };
  for (std::size_t at = 0; at < records.size();) {
    result.loss.push_back(records[at]);
    result.end.push_back(static_cast<FitEnd>(static_cast<int>(records[at + 1])));
    result.n_evaluations.push_back(static_cast<std::int64_t>(records[at + 2]));
    result.n_failures.push_back(static_cast<std::int64_t>(records[at + 3]));
    auto const best = list_at(at + 4);
    result.raw.insert(result.raw.end(), best.begin(), best.end());
    at += 4 + n;
    std::vector<double> values(n);
    table.values(best.data(), values.data());
    result.values.insert(result.values.end(), values.begin(), values.end());
    auto const member = static_cast<std::int64_t>(result.trace.size());
    result.trace.emplace_back();
    for (std::int64_t e = 0; has_trace && e < result.n_evaluations.back(); ++e, at += 3 + n)
      result.trace.back().push_back(
          {member, e, {records[at], records[at + 1]}, records[at + 2], list_at(at + 3)});
  }
  if (!has_trace) result.trace.clear();
  return result;
}

}  // namespace

std::vector<double> repeated_raw_values(Model const& model, std::int64_t n_members)
{
  auto const one = raw_values_of(model);
  std::vector<double> all;
  for (std::int64_t b = 0; b < n_members; ++b) all.insert(all.end(), one.begin(), one.end());
  return all;
}

BatchedFitResult fit(dist::Communicator const& comm, BatchedObjective const& objective,
                     Model const& form, std::vector<double> const& start,
                     BatchedFitOptions const& options)
{
  Region const region("kovar::gp::batched_fit");
  NumberTable const table(form);
  std::vector<double> records;
  dist::agree(comm, [&] {
    require_start(table, start, options);
    std::size_t const n = table.size();
    dist::Blocks const blocks = {static_cast<std::int64_t>(start.size() / n), comm.size()};
    std::vector<MemberFit> fits;
    for (std::int64_t b = blocks.begin(comm.rank()); b < blocks.end(comm.rank()); ++b)
      fits.emplace_back(table, b, start.data() + static_cast<std::size_t>(b) * n, options);
    run(objective, table, options, fits);
    for (MemberFit const& one : fits) {
      auto const record = one.record();
      records.insert(records.end(), record.begin(), record.end());
    }
  });
  return result_of(dist::of_all_ranks(comm, records), table, options.wants_trace);
}

}  // namespace kovar::gp
