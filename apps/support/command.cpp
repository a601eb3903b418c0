// SPDX-License-Identifier: BSD-3-Clause
#include <support/command.hpp>

namespace kovar::apps {

OptionGroup common_options()
{
  return {"Control",
          {
              {"params", OptionKind::file, "",
               "read options from a Teuchos parameter list, YAML (.yaml, .yml) or XML (.xml); what "
               "the command line gives wins"},
              {"json", OptionKind::file, "",
               "write a record of the run here: shape, ranks, threads, seconds per phase, memory"},
              {"quiet", OptionKind::flag, "false",
               "no progress and no summary; warnings and errors stay"},
          }};
}

}  // namespace kovar::apps
