// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/gp/fit_over_ranks.hpp>

namespace kovar::gp {

template <class Scalar>
FitResult fit_over_ranks(dist::Host const& space, LikelihoodOverRanks<Scalar>& likelihood,
                         Model const& start, FitOptions const& options)
{
  dist::Communicator const comm = likelihood.covariance().comm();
  // Every rank runs the whole optimiser on the same numbers; what it tells and asks is rank 0's.
  FitOptions alike = options;
  alike.on_step = [&](FitStep const& step) {
    dist::agree(comm, [&] {
      if (comm.is_root() && options.on_step) options.on_step(step);
    });
  };
  alike.stop = [&]() -> std::string {
    std::string reason;
    dist::agree(comm, [&] {
      if (comm.is_root() && options.stop) reason = options.stop();
    });
    return dist::broadcast_text(comm, reason);
  };
  return fit(dist::Communicator(), likelihood_objective(space, likelihood), start, alike);
}

template FitResult fit_over_ranks(dist::Host const&, LikelihoodOverRanks<double>&, Model const&,
                                  FitOptions const&);
template FitResult fit_over_ranks(dist::Host const&, LikelihoodOverRanks<float>&, Model const&,
                                  FitOptions const&);

}  // namespace kovar::gp
