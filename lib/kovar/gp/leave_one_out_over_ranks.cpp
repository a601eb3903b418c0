// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/gp/leave_one_out_over_ranks.hpp>

namespace kovar::gp {

template <class Scalar>
LeaveOneOutValue leave_one_out_over_ranks(dist::Host const& space, dist::Communicator const& comm,
                                          TrainingSet<Scalar, dist::Host> const& data,
                                          Model const& model, TrainingOptions const& options)
{
  Region const region("kovar::gp::leave_one_out_over_ranks");
  FactoredCovarianceOverRanks<Scalar> covariance(space, comm, data, model, options,
                                                 TaskOverRanks::likelihood);
  FactorReport const report = covariance.factor(space, model);
  std::vector<double> kappa;
  if (report) {
    covariance.invert(space);
    kappa = dist::diagonal_list(space, covariance.matrix());
  }
  return leave_one_out_value(covariance.lists(), covariance.alpha_list(), kappa, model, report);
}

#define KOVAR_INSTANTIATE(Scalar)                                                                  \
  template LeaveOneOutValue leave_one_out_over_ranks(dist::Host const&, dist::Communicator const&, \
                                                     TrainingSet<Scalar, dist::Host> const&,       \
                                                     Model const&, TrainingOptions const&);
KOVAR_INSTANTIATE(double)
KOVAR_INSTANTIATE(float)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::gp
