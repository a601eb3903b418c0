// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/factored_psd.hpp>
#include <kovar/gsn/factored_task.hpp>
#include <kovar/gsn/finish.hpp>

#include <sstream>
#include <string>

namespace kovar::gsn {
namespace {

template <class ExecSpace>
LeadingPairs<ExecSpace> leading_components(FactoredTask<ExecSpace> const& task,
                                           FactoredMatrix<ExecSpace> const& a,
                                           std::string const& phase)
{
  std::int64_t const n = task.options.n_components;
  task.clock.begin(phase, components_work(static_cast<double>(a.n_units),
                                          static_cast<double>(a.factor.extent(1)), n));
  auto pairs = leading_eigenpairs<ExecSpace>(task.space, task.comm, a, n);
  if (!pairs.converged) {
    std::ostringstream text;
    text << "form=factored: leading components (" << phase << ") have residuals of up to "
         << pairs.residual << ", which more steps did not lessen; ask for fewer --components";
    task.result.warnings.push_back({Warning::Code::inexact_projection, text.str()});
  }
  return pairs;
}

}  // namespace

template <class ExecSpace>
void find_leading_components(FactoredTask<ExecSpace> const& task, double difference_share)
{
  if (task.options.n_components == 0) return;
  FactoredEstimate<ExecSpace>& result = task.result;
  Items const& returns = task.options.returns;
  if (wants_signal_basis(returns))
    result.signal_basis =
        leading_components(task, result.signal_covariance_psd, "signal eigenbasis");
  if (!wants_difference_basis(returns)) return;
  FactoredMatrix<ExecSpace> difference;
  dist::agree(task.comm, [&] {
    difference = combined(task.space, 1.0, result.signal_covariance_psd, -difference_share,
                          result.noise_covariance_psd);
  });
  result.difference_basis = leading_components(task, difference, "difference eigenbasis");
}

#define KOVAR_INSTANTIATE(ExecSpace) \
  template void find_leading_components(FactoredTask<ExecSpace> const&, double);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
