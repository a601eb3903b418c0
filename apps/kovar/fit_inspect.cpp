// SPDX-License-Identifier: BSD-3-Clause
#include "commands.hpp"

#include <kovar/core/error.hpp>
#include <support/exit_code.hpp>

namespace kovar::apps {
namespace {

int run_inspect(Context const& /*context*/, OptionValues const& /*values*/)
{
  throw Error("fit inspect: not there yet");
}

}  // namespace

Command fit_inspect()
{
  return {"fit inspect",
          "what a tensor holds, and what is odd about it",
          "Prints channels, processes, yields beside data, systematics and their sizes, and what a "
          "fit would stumble over.",
          {"kovar fit inspect tensor.h5", "kovar fit inspect tensor.h5 --systematic=luminosity"},
          {{
               {"Tensor",
                {{"tensor", OptionKind::file, required, "file of 'kovar fit build', or rabbit's"}}},
               common_options(),
           },
           "tensor"},
          Needs::kokkos,
          run_inspect};
}

}  // namespace kovar::apps
