// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_BATCHED_LIKELIHOOD_HPP
#define KOVAR_GP_BATCHED_LIKELIHOOD_HPP

#include <kovar/core/views.hpp>
#include <kovar/gp/jitter.hpp>
#include <kovar/gp/lane_problem.hpp>
#include <kovar/gp/log_marginal_likelihood.hpp>
#include <kovar/gp/model.hpp>
#include <kovar/gp/parameter_rules.hpp>
#include <kovar/gp/training_set.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

/// \file
/// Marginal likelihoods of many independent Gaussian processes of one form, each with its own points,
/// targets and values of the parameters:
///
///     gp::BatchedLikelihood<double, Space> likelihood(space, {x, y, {}, {}}, model);
///     gp::BatchedGradient gradient;
///     auto const value = likelihood.evaluate(space, values, gradient);   // value.mll[b]
///
/// Small matrices are worked on side by side, one in each lane of a vector register
/// (lane_likelihood.hpp), large ones one after the other by LAPACK. No member's results depend on
/// which others are there.

namespace kovar::gp {

/// Observations of B members; kept by the caller, unchanged, as long as they are used.
template <class Scalar, class ExecSpace>
struct BatchedTrainingSet {
  Kokkos::View<Scalar const***, Kokkos::LayoutRight, ExecSpace> x;  ///< B x n x d
  Kokkos::View<Scalar const**, Kokkos::LayoutRight, ExecSpace> y;   ///< B x n
  /// B x n known noise variances, in squared units of y; empty: none is known.
  Kokkos::View<Scalar const**, Kokkos::LayoutRight, ExecSpace> noise_variance;
  /// Points of each member, 1 to n: its first ones, the rest is not read. Empty: n of each.
  std::vector<std::int64_t> sizes;
};

/// Lists with an entry per member that was asked for, in the order asked; as in LikelihoodValue.
struct BatchedValue {
  std::vector<FactorReport> factor;  ///< where it says no, the member's numbers are NaN
  std::vector<double> mll;
  std::vector<double> lml;
  std::vector<double> inverse_quadratic;
  std::vector<double> log_determinant;
  std::vector<double> log_prior;
};

/// Derivatives of each member's mll, member by member; NaN where the matrix could not be factored.
struct BatchedGradient {
  bool wants_observations = false;  ///< set them before the call
  bool wants_inputs = false;

  std::vector<double> values;  ///< by the parameters' values, B x P
  std::vector<double> y;       ///< by the targets, B x n, if wanted; 0 beyond a member's points
  std::vector<double> noise_variance;  ///< likewise by the noise variance of each point
  std::vector<double> x;               ///< by the inputs, B x n x d, if wanted
};

/// Points up to which members are worked on side by side. Where lanes are full they are faster than LAPACK on
/// one member after the other at least up to 400 points (on two Zen 4 cores 7 times at 256, 3 times at
/// 400); but a single member costs what a full group does, and a group's work, 4 MiB at 256, leaves the
/// second-level cache. It depends on a member's own size alone: else results would depend on the company.
/// The value for devices is a guess.
template <class ExecSpace>
constexpr std::int64_t largest_lane_likelihood()
{
  return is_host_space<ExecSpace> ? 256 : 64;
}

/// Bytes of squares of large members that are kept from call to call; those of further members are
/// allocated for each call.
constexpr std::int64_t largest_kept_likelihoods = std::int64_t{1} << 30;

template <class Scalar, class ExecSpace>
class BatchedLikelihood {
 public:
  /// \param form  of all models; its constraints and priors hold for every member, its values for none
  /// \throws InputError if shapes do not fit (both are named), a member has no point, an input, a known
  ///         variance or, unless missing targets propagate, a target is not finite, missing targets are
  ///         to be dropped, the model does not fit, or jitter is not usable
  BatchedLikelihood(ExecSpace const& space, BatchedTrainingSet<Scalar, ExecSpace> const& data,
                    Model const& form, TrainingOptions const& options = {});

  std::int64_t n_members() const { return static_cast<std::int64_t>(data_.x.extent(0)); }
  std::int64_t n_values() const { return rules_.n_values(); }
  Model const& form() const { return form_; }

  /// All members.
  /// \param values  B x P, member by member in the order of parameters_of
  /// \throws InputError if there are more or fewer, or one is outside its constraint (both are named)
  /// Cost: n^3/3 flops a member.
  BatchedValue evaluate(ExecSpace const& space, std::vector<double> const& values);
  /// Value and derivatives. Cost: n^3 flops a member.
  BatchedValue evaluate(ExecSpace const& space, std::vector<double> const& values,
                        BatchedGradient& gradient);

  /// Some members: row k of values and results is of members[k].
  /// \throws InputError also if there is no such member
  BatchedValue evaluate(ExecSpace const& space, std::vector<std::int64_t> const& members,
                        std::vector<double> const& values, BatchedGradient* gradient);

  /// Derivatives by the raw numbers of any members from those by the values, member by member.
  /// \throws InputError if the lists differ in length or hold no whole members
  std::vector<double> raw_gradient(std::vector<double> const& raw,
                                   std::vector<double> const& by_values) const;

 private:
  std::int64_t size_of(std::int64_t member) const;
  void require_values(std::vector<std::int64_t> const& members,
                      std::vector<double> const& values) const;
  std::vector<LaneMember> lane_members(std::vector<std::int64_t> const& members) const;
  void evaluate_lanes(ExecSpace const& space, std::vector<LaneMember> const& members,
                      std::vector<double> const& values, BatchedValue& value,
                      BatchedGradient* gradient);
  void evaluate_one(ExecSpace const& space, LaneMember const& one,
                    std::vector<double> const& values, BatchedValue& value,
                    BatchedGradient* gradient);
  LogMarginalLikelihood<Scalar, ExecSpace>& large_member(
      ExecSpace const& space, std::int64_t member, Model const& model,
      std::unique_ptr<LogMarginalLikelihood<Scalar, ExecSpace>>& made);
  void finish(std::vector<std::int64_t> const& members, std::vector<double> const& values,
              BatchedValue& value, BatchedGradient* gradient) const;

  BatchedTrainingSet<Scalar, ExecSpace> data_;
  Model form_;
  TrainingOptions options_;
  KernelProgram kernel_program_;
  ParameterRules rules_;
  std::vector<std::int64_t> all_members_;
  LaneProblem<Scalar, ExecSpace> problem_;
  LaneCall<ExecSpace> call_;
  /// Of members for LAPACK, as many as fit into largest_kept_likelihoods.
  std::map<std::int64_t, std::shared_ptr<LogMarginalLikelihood<Scalar, ExecSpace>>> large_members_;
  std::int64_t large_bytes_ = 0;
};

}  // namespace kovar::gp

#endif
