// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/optim/backend/lbfgs_run.hpp>

namespace kovar::optim::backend {

void require_lbfgs()
{
  KOVAR_REQUIRE(false,
                "minimize_lbfgs: this kovar was built without ROL (KOVAR_ENABLE_ROL=OFF); build it "
                "with -DKOVAR_ENABLE_ROL=ON ('sh cmake/kovar.sh' installs ROL), or use "
                "optim::Adam");
}

std::vector<double> run_lbfgs(Evaluations& /*evaluations*/, Box const& /*box*/,
                              LbfgsOptions const& /*options*/, LbfgsProgress& /*progress*/,
                              std::vector<double> const& start)
{
  require_lbfgs();
  return start;
}

}  // namespace kovar::optim::backend
