// SPDX-License-Identifier: BSD-3-Clause
#include "commands.hpp"

#include <kovar/core/error.hpp>
#include <support/exit_code.hpp>

namespace kovar::apps {
namespace {

OptionTable build_options()
{
  using Kind = OptionKind;
  return {{
              {"Files",
               {
                   {"input", Kind::file, required,
                    "description (.yaml, .yml, .xml), or a tensor: kovar's or rabbit's file"},
                   {"output", Kind::file, required, "HDF5 file of the tensor"},
                   {"format", Kind::choice, "kovar", "of the output", {"kovar", "rabbit"}},
                   {"compression",
                    Kind::choice,
                    "none",
                    "of large arrays; of kovar's format",
                    {"none", "deflate", "lz4"}},
               }},
              common_options(),
          },
          "input"};
}

int run_build(Context const& /*context*/, OptionValues const& /*values*/)
{
  throw Error("fit build: not there yet");
}

}  // namespace

Command fit_build()
{
  return {"fit build",
          "the tensor of a binned fit from histograms",
          "Books channels, processes, data and systematics as a description says, and writes the "
          "tensor that the other commands fit.",
          {"kovar fit build analysis.yaml -o tensor.h5",
           "kovar fit build tensor.h5 --format=rabbit -o rabbit.hdf5"},
          build_options(),
          Needs::kokkos,
          run_build};
}

}  // namespace kovar::apps
