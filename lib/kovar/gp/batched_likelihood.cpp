// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gp/batched_checks.hpp>
#include <kovar/gp/batched_likelihood.hpp>
#include <kovar/gp/covariance.hpp>
#include <kovar/gp/lane_likelihood.hpp>
#include <kovar/linalg/interleaved.hpp>

#include <algorithm>
#include <numeric>
#include <type_traits>

namespace kovar::gp {
namespace {

template <class Scalar, class ExecSpace>
LaneProblem<Scalar, ExecSpace> make_problem(ExecSpace const& space,
                                            BatchedTrainingSet<Scalar, ExecSpace> const& data,
                                            Model const& form, KernelProgram const& program,
                                            ParameterRules const& rules,
                                            JitterOptions const& jitter)
{
  LaneProblem<Scalar, ExecSpace> problem;
  problem.program = make_device_program<Scalar>(space, program);
  problem.n_kept = program.n_kept();
  problem.coefficient_rules = to_space(space, rules.coefficients(), "kovar::gp::coefficient_rules");
  problem.gradient_rules = to_space(space, rules.gradient(), "kovar::gp::gradient_rules");
  problem.mean = form.mean.kind;
  problem.n_mean_values = rules.n_mean_values();
  problem.has_noise = rules.has_noise();
  problem.jitter = jitter;
  if (jitter.base == 0) problem.jitter.base = std::is_same_v<Scalar, float> ? 1e-6 : 1e-8;
  problem.x = data.x;
  problem.y = data.y;
  problem.noise_variance = data.noise_variance;
  std::vector<std::int64_t> sizes = data.sizes;
  if (sizes.empty()) sizes.assign(data.x.extent(0), static_cast<std::int64_t>(data.x.extent(1)));
  problem.sizes = to_space(space, sizes, "kovar::gp::sizes");
  return problem;
}

/// Room for a derivative by each entry, made when it is wanted first.
template <class ExecSpace>
void make_room(ExecSpace const& space, char const* label, std::int64_t n_rows, std::int64_t n,
               BatchRows<double, ExecSpace>& view)
{
  if (static_cast<std::int64_t>(view.extent(0)) < n_rows)
    view = allocate<BatchRows<double, ExecSpace>>(space, label, n_rows, n);
}

template <class Scalar, class ExecSpace>
void run_lanes(ExecSpace const& space, LaneProblem<Scalar, ExecSpace> const& problem,
               LaneCall<ExecSpace> const& call, std::int64_t n_members, std::int64_t n_points)
{
  using Likelihood = LaneLikelihood<Scalar, ExecSpace>;
  linalg::for_lane_groups<Scalar>(
      space, "kovar::gp::lane_likelihood", n_members, Likelihood::work_size(problem, n_points),
      KOKKOS_LAMBDA(linalg::LaneGroup const& group,
                    linalg::LaneArray<Scalar, ExecSpace> const& work) {
        Likelihood likelihood(problem, call, group, work);
        likelihood.evaluate();
      });
}

/// The first n entries of a contiguous view, as a view of rank 1.
template <class View>
auto front(View const& view, std::size_t n)
{
  using Value = typename View::value_type;
  return Kokkos::View<Value*, Kokkos::LayoutLeft, typename View::device_type,
                      Kokkos::MemoryUnmanaged>(view.data(), n);
}

/// Rows of results to the places of their members.
template <class ExecSpace>
void collect_rows(ExecSpace const& space, BatchRows<double, ExecSpace> const& view,
                  std::vector<LaneMember> const& members, std::size_t n_rows,
                  std::vector<double>& list)
{
  std::size_t const width = view.extent(1);
  auto const found = to_list(space, front(view, n_rows * width));
  for (LaneMember const& one : members) {
    auto const first = static_cast<std::ptrdiff_t>(static_cast<std::size_t>(one.row) * width);
    std::copy_n(found.begin() + first, width, list.begin() + first);
  }
}

template <class Number>
void put_row(std::vector<Number> const& row, std::int64_t k, std::size_t width,
             std::vector<Number>& list)
{
  std::copy(row.begin(), row.end(),
            list.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(k) * width));
}

}  // namespace

template <class Scalar, class ExecSpace>
BatchedLikelihood<Scalar, ExecSpace>::BatchedLikelihood(
    ExecSpace const& space, BatchedTrainingSet<Scalar, ExecSpace> const& data, Model const& form,
    TrainingOptions const& options)
    : data_((detail::require_batch_shapes(data), data)),
      form_(form),
      options_((require_jitter(options.jitter), options)),
      kernel_program_((require_model_fits(form, static_cast<std::int64_t>(data.x.extent(2))),
                       KernelProgram(form.kernel, static_cast<std::int64_t>(data.x.extent(2))))),
      rules_(form, kernel_program_),
      all_members_(data.x.extent(0)),
      problem_(make_problem(space, data, form, kernel_program_, rules_, options.jitter))
{
  KOVAR_REQUIRE(options.missing != MissingTargets::drop,
                "gp: a batch does not drop missing targets; leave the points out and give sizes");
  detail::require_finite_batch(space, data, options.missing);
  std::iota(all_members_.begin(), all_members_.end(), std::int64_t{0});
  std::int64_t const n = n_members();
  call_.members = allocate<Vector<LaneMember, ExecSpace>>(space, "kovar::gp::lane_members", n);
  call_.report = allocate<Vector<FactorReport, ExecSpace>>(space, "kovar::gp::factor_reports", n);
  call_.inverse_quadratic =
      allocate<Vector<double, ExecSpace>>(space, "kovar::gp::inverse_quadratic", n);
  make_room(space, "kovar::gp::values", n, n_values(), call_.values);
}

template <class Scalar, class ExecSpace>
std::int64_t BatchedLikelihood<Scalar, ExecSpace>::size_of(std::int64_t member) const
{
  return data_.sizes.empty() ? static_cast<std::int64_t>(data_.x.extent(1))
                             : data_.sizes[static_cast<std::size_t>(member)];
}

template <class Scalar, class ExecSpace>
void BatchedLikelihood<Scalar, ExecSpace>::require_values(std::vector<std::int64_t> const& members,
                                                          std::vector<double> const& values) const
{
  auto const n = static_cast<std::size_t>(n_values());
  KOVAR_REQUIRE(values.size() == members.size() * n, "gp: " << values.size() << " values for "
                                                            << members.size() << " members with "
                                                            << n << " each");
  for (std::int64_t const member : members)
    KOVAR_REQUIRE(member >= 0 && member < n_members(),
                  "gp: member " << member << " of " << n_members() << " (they count from 0)");
  Model form = form_;
  std::vector<NamedParameter> const parameters = parameters_of(form);
  for (std::size_t b = 0, k = 0; b < members.size(); ++b)
    for (NamedParameter const& named : parameters)
      for (std::size_t i = 0; i < named.parameter->value.size(); ++i, ++k)
        KOVAR_REQUIRE(named.parameter->constraint.admits(values[k]),
                      "member " << members[b] << ": parameter '" << named.name << "', entry " << i
                                << ", is " << values[k] << " (its constraint is "
                                << named.parameter->constraint.text()
                                << "); choose a value inside, or another constraint");
}

/// Members for lanes, those of like sizes side by side.
template <class Scalar, class ExecSpace>
std::vector<LaneMember> BatchedLikelihood<Scalar, ExecSpace>::lane_members(
    std::vector<std::int64_t> const& members) const
{
  std::vector<LaneMember> list;
  if (!LaneLikelihood<Scalar, ExecSpace>::is_possible(problem_)) return list;
  for (std::size_t k = 0; k < members.size(); ++k)
    if (size_of(members[k]) <= largest_lane_likelihood<ExecSpace>())
      list.push_back({members[k], static_cast<std::int64_t>(k)});
  if (!data_.sizes.empty())
    std::stable_sort(list.begin(), list.end(), [&](LaneMember const& a, LaneMember const& b) {
      return size_of(a.member) < size_of(b.member);
    });
  return list;
}

template <class Scalar, class ExecSpace>
BatchedValue BatchedLikelihood<Scalar, ExecSpace>::evaluate(ExecSpace const& space,
                                                            std::vector<double> const& values)
{
  return evaluate(space, all_members_, values, nullptr);
}

template <class Scalar, class ExecSpace>
BatchedValue BatchedLikelihood<Scalar, ExecSpace>::evaluate(ExecSpace const& space,
                                                            std::vector<double> const& values,
                                                            BatchedGradient& gradient)
{
  return evaluate(space, all_members_, values, &gradient);
}

template <class Scalar, class ExecSpace>
BatchedValue BatchedLikelihood<Scalar, ExecSpace>::evaluate(
    ExecSpace const& space, std::vector<std::int64_t> const& members,
    std::vector<double> const& values, BatchedGradient* gradient)
{
  Region const region("kovar::gp::batched_likelihood");
  require_values(members, values);
  std::size_t const n_rows = members.size();
  std::size_t const n = data_.x.extent(1);
  BatchedValue value;
  value.factor.resize(n_rows);
  value.inverse_quadratic.resize(n_rows);
  if (gradient != nullptr) {
    gradient->values.assign(n_rows * static_cast<std::size_t>(n_values()), 0.0);
    gradient->y.assign(gradient->wants_observations ? n_rows * n : 0, 0.0);
    gradient->noise_variance.assign(gradient->y.size(), 0.0);
    gradient->x.assign(gradient->wants_inputs ? n_rows * n * data_.x.extent(2) : 0, 0.0);
  }
  std::vector<LaneMember> const in_lanes = lane_members(members);
  if (!in_lanes.empty()) evaluate_lanes(space, in_lanes, values, value, gradient);
  std::vector<bool> is_done(n_rows, false);
  for (LaneMember const& one : in_lanes) is_done[static_cast<std::size_t>(one.row)] = true;
  for (std::size_t k = 0; k < n_rows; ++k)
    if (!is_done[k])
      evaluate_one(space, {members[k], static_cast<std::int64_t>(k)}, values, value, gradient);
  finish(members, values, value, gradient);
  return value;
}

template <class Scalar, class ExecSpace>
void BatchedLikelihood<Scalar, ExecSpace>::evaluate_lanes(ExecSpace const& space,
                                                          std::vector<LaneMember> const& members,
                                                          std::vector<double> const& values,
                                                          BatchedValue& value,
                                                          BatchedGradient* gradient)
{
  std::size_t const n_rows = value.factor.size();
  auto const n = static_cast<std::int64_t>(data_.x.extent(1));
  // A caller may name a member more than once.
  if (call_.report.extent(0) < n_rows) {
    call_.members =
        allocate<Vector<LaneMember, ExecSpace>>(space, "kovar::gp::lane_members", n_rows);
    call_.report =
        allocate<Vector<FactorReport, ExecSpace>>(space, "kovar::gp::factor_reports", n_rows);
    call_.inverse_quadratic =
        allocate<Vector<double, ExecSpace>>(space, "kovar::gp::inverse_quadratic", n_rows);
  }
  auto const rows = static_cast<std::int64_t>(call_.report.extent(0));
  call_.wants_gradient = gradient != nullptr;
  call_.wants_observations = gradient != nullptr && gradient->wants_observations;
  call_.wants_inputs = gradient != nullptr && gradient->wants_inputs;
  make_room(space, "kovar::gp::values", rows, n_values(), call_.values);
  if (call_.wants_gradient)
    make_room(space, "kovar::gp::gradient_by_values", rows, n_values(), call_.by_values);
  if (call_.wants_observations) {
    make_room(space, "kovar::gp::gradient_by_y", rows, n, call_.by_y);
    make_room(space, "kovar::gp::gradient_by_noise_variance", rows, n, call_.by_noise_variance);
  }
  if (call_.wants_inputs)
    make_room(space, "kovar::gp::gradient_by_x", rows,
              n * static_cast<std::int64_t>(data_.x.extent(2)), call_.by_x);
  Kokkos::deep_copy(space, front(call_.values, values.size()),
                    HostListView<double const>(values.data(), values.size()));
  Kokkos::deep_copy(space, front(call_.members, members.size()),
                    HostListView<LaneMember const>(members.data(), members.size()));
  std::int64_t n_points = 0;
  for (LaneMember const& one : members) n_points = std::max(n_points, size_of(one.member));
  run_lanes(space, problem_, call_, static_cast<std::int64_t>(members.size()), n_points);

  auto const reports = to_list(space, front(call_.report, n_rows));
  auto const quadratics = to_list(space, front(call_.inverse_quadratic, n_rows));
  for (LaneMember const& one : members) {
    auto const k = static_cast<std::size_t>(one.row);
    value.factor[k] = reports[k];
    value.inverse_quadratic[k] = quadratics[k];
  }
  if (call_.wants_gradient) collect_rows(space, call_.by_values, members, n_rows, gradient->values);
  if (call_.wants_observations) {
    collect_rows(space, call_.by_y, members, n_rows, gradient->y);
    collect_rows(space, call_.by_noise_variance, members, n_rows, gradient->noise_variance);
  }
  if (call_.wants_inputs) collect_rows(space, call_.by_x, members, n_rows, gradient->x);
}

/// The likelihood of a member for LAPACK.
/// \param made  holds it if there is no room to keep it
template <class Scalar, class ExecSpace>
LogMarginalLikelihood<Scalar, ExecSpace>& BatchedLikelihood<Scalar, ExecSpace>::large_member(
    ExecSpace const& space, std::int64_t member, Model const& model,
    std::unique_ptr<LogMarginalLikelihood<Scalar, ExecSpace>>& made)
{
  auto const found = large_members_.find(member);
  if (found != large_members_.end()) return *found->second;
  std::int64_t const n = size_of(member);
  std::size_t const d = data_.x.extent(2);
  auto const first = static_cast<std::size_t>(member) * data_.x.extent(1);
  TrainingSet<Scalar, ExecSpace> data;
  using X = decltype(data.x);
  using Y = decltype(data.y);
  using Variance = decltype(data.noise_variance);
  data.x = X(data_.x.data() + first * d, n, d);
  data.y = Y(data_.y.data() + first, n, 1);
  if (data_.noise_variance.extent(0) > 0)
    data.noise_variance = Variance(data_.noise_variance.data() + first, n);
  made = std::make_unique<LogMarginalLikelihood<Scalar, ExecSpace>>(space, data, model, options_);
  std::int64_t const bytes = n * n * static_cast<std::int64_t>(sizeof(Scalar));
  if (large_bytes_ + bytes > largest_kept_likelihoods) return *made;
  large_bytes_ += bytes;
  return *large_members_.emplace(member, std::move(made)).first->second;
}

template <class Scalar, class ExecSpace>
void BatchedLikelihood<Scalar, ExecSpace>::evaluate_one(ExecSpace const& space,
                                                        LaneMember const& one,
                                                        std::vector<double> const& values,
                                                        BatchedValue& value,
                                                        BatchedGradient* gradient)
{
  std::size_t const n_given = data_.x.extent(1);
  std::size_t const d = data_.x.extent(2);
  auto const k = static_cast<std::size_t>(one.row);
  auto const n_parameters = static_cast<std::size_t>(n_values());
  auto const from = values.begin() + static_cast<std::ptrdiff_t>(k * n_parameters);
  Model model = form_;
  set_values(model, {from, from + static_cast<std::ptrdiff_t>(n_parameters)});
  // finish() adds the priors.
  for (NamedParameter const& named : parameters_of(model)) named.parameter->prior.reset();

  std::unique_ptr<LogMarginalLikelihood<Scalar, ExecSpace>> made;
  auto& likelihood = large_member(space, one.member, model, made);
  LikelihoodGradient by;
  by.wants_inputs = gradient != nullptr && gradient->wants_inputs;
  LikelihoodValue const found = gradient == nullptr ? likelihood.evaluate(space, model)
                                                    : likelihood.evaluate(space, model, by);
  value.factor[k] = found.factor;
  value.inverse_quadratic[k] = found.inverse_quadratic.at(0);
  if (gradient == nullptr) return;
  put_row(by.values, one.row, n_parameters, gradient->values);
  if (gradient->wants_observations) {
    put_row(by.y, one.row, n_given, gradient->y);
    put_row(by.noise_variance, one.row, n_given, gradient->noise_variance);
  }
  if (gradient->wants_inputs) put_row(by.x, one.row, n_given * d, gradient->x);
}

/// Priors, and what is put together from the parts of a value.
template <class Scalar, class ExecSpace>
void BatchedLikelihood<Scalar, ExecSpace>::finish(std::vector<std::int64_t> const& members,
                                                  std::vector<double> const& values,
                                                  BatchedValue& value,
                                                  BatchedGradient* gradient) const
{
  std::size_t const n_rows = members.size();
  auto const n_parameters = static_cast<std::size_t>(n_values());
  value.log_prior.assign(n_rows, 0.0);
  Model form = form_;
  std::size_t k = 0;
  for (NamedParameter const& named : parameters_of(form))
    for (std::size_t i = 0; i < named.parameter->value.size(); ++i, ++k) {
      if (!named.parameter->prior) continue;
      for (std::size_t b = 0; b < n_rows; ++b) {
        double const v = values[b * n_parameters + k];
        value.log_prior[b] += named.parameter->prior->log_density(v);
        if (gradient != nullptr)
          gradient->values[b * n_parameters + k] +=
              named.parameter->prior->slope(v) / static_cast<double>(size_of(members[b]));
      }
    }
  for (std::size_t b = 0; b < n_rows; ++b) {
    auto const n = static_cast<double>(size_of(members[b]));
    value.log_determinant.push_back(value.factor[b].log_determinant);
    value.lml.push_back(-0.5 *
                        (value.inverse_quadratic[b] + value.log_determinant[b] + n * log_2_pi));
    value.mll.push_back((value.lml[b] + value.log_prior[b]) / n);
  }
}

template <class Scalar, class ExecSpace>
std::vector<double> BatchedLikelihood<Scalar, ExecSpace>::raw_gradient(
    std::vector<double> const& raw, std::vector<double> const& by_values) const
{
  auto const n = static_cast<std::size_t>(n_values());
  KOVAR_REQUIRE(raw.size() == by_values.size() && (raw.empty() || (n > 0 && raw.size() % n == 0)),
                "gp: " << raw.size() << " raw numbers and " << by_values.size()
                       << " derivatives of members with " << n
                       << " each (one derivative is needed for every number)");
  Model form = form_;
  std::vector<Constraint const*> constraints;
  for (NamedParameter const& named : parameters_of(form))
    constraints.insert(constraints.end(), named.parameter->value.size(),
                       &named.parameter->constraint);
  std::vector<double> gradient(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i)
    gradient[i] = by_values[i] * constraints[i % n]->slope(raw[i]);
  return gradient;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace) template class BatchedLikelihood<Scalar, ExecSpace>;
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gp
