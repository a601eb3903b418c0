// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/gp/likelihood_over_ranks.hpp>

#include <utility>

namespace kovar::gp {

using dist::Host;

template <class Scalar>
LikelihoodOverRanks<Scalar>::LikelihoodOverRanks(Host const& space, dist::Communicator const& comm,
                                                 TrainingSet<Scalar, Host> const& data,
                                                 Model const& model, TrainingOptions const& options)
    : covariance_(space, comm, data, model, options, TaskOverRanks::likelihood)
{
}

template <class Scalar>
LikelihoodValue LikelihoodOverRanks<Scalar>::evaluate(Host const& space, Model const& model)
{
  Region const region("kovar::gp::likelihood_over_ranks");
  FactorReport const report = covariance_.factor(space, model);
  return likelihood_value(covariance_.lists(), covariance_.residual(), covariance_.alpha_list(),
                          model, report);
}

template <class Scalar>
LikelihoodValue LikelihoodOverRanks<Scalar>::evaluate(Host const& space, Model const& model,
                                                      LikelihoodGradient& gradient)
{
  Region const region("kovar::gp::likelihood_over_ranks");
  LikelihoodValue const value = evaluate(space, model);
  std::int64_t wants_inputs = gradient.wants_inputs ? 1 : 0;
  covariance_.comm().max_to_all(&wants_inputs, 1);
  if (!value.factor) {
    set_not_a_number(covariance_.lists(), model, gradient);
    return value;
  }

  covariance_.invert(space);
  auto const diagonal = dist::diagonal_list(space, covariance_.matrix());
  GradientParts parts;
  parts.by_kernel =
      covariance_.kernel_program().value_gradient(model.kernel, covariance_.parameter_sums(space));
  parts.by_mean = covariance_.alpha_list();
  parts.by_variance = variance_slopes(covariance_.alpha_list(),
                                      HostListView<double const>(diagonal.data(), diagonal.size()));
  if (wants_inputs == 1) parts.by_inputs = covariance_.input_sums(space);
  assemble_gradient(covariance_.lists(), model, std::move(parts), gradient);
  return value;
}

template class LikelihoodOverRanks<double>;
template class LikelihoodOverRanks<float>;

}  // namespace kovar::gp
