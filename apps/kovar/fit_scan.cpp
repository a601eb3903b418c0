// SPDX-License-Identifier: BSD-3-Clause
#include "commands.hpp"
#include "fit_study.hpp"
#include "fit_study_options.hpp"
#include "response_request.hpp"

#include <kovar/core/error.hpp>

namespace kovar::apps {
namespace {

using Kind = OptionKind;

/// Those of profiles, and how ranks share them.
OptionGroup profile_group()
{
  OptionGroup group = scan_group();
  group.options.push_back(
      {"groups", Kind::count, "1",
       "of ranks that share the points of a scan; each group does the first fit by itself"});
  return group;
}

OptionTable scan_options()
{
  return {{
              {"Templates and data",
               in_a_row({tensor_options(),
                         {{"result", Kind::file, "",
                           "result of 'kovar fit run': its minimum is taken, and options of the "
                           "likelihood that are not given are those of the result"}},
                         data_options()})},
              profile_group(),
              likelihood_group(),
              minimizer_group(),
              {"Results",
               in_a_row({covariance_options(),
                         {result_file_option("HDF5 file of the profiles; none without", false),
                          shown_option()}})},
              {"Machine", space_options()},
              common_options(),
          },
          "tensor"};
}

StudyRequest scan_request(OptionValues const& values)
{
  StudyRequest request = study_request("fit scan", values);
  request.stored = values.text("result");
  if (!request.stored.empty()) request.point = StudyPoint::stored;
  read_minimizer("fit scan", values, request.fit);
  read_covariance(values, request);
  read_scans(values, request);
  request.scan.n_groups = count_from("fit scan", values, "groups", 1);
  ScanRequest const& scan = request.scan;
  KOVAR_REQUIRE(!scan.parameters.empty() || !scan.pairs.empty() || !scan.intervals.empty(),
                "fit scan: there is nothing to scan; give --scan, --scan_2d or --interval");
  request.wants_yields = false;
  require_different_files(
      "fit scan", request.fit.tensor,
      {{"result", request.stored}, {"output", request.fit.output}, {"json", request.fit.json}});
  return request;
}

int run_scan(Context const& context, OptionValues const& given)
{
  OptionValues values = given;
  StudyRequest request;
  dist::agree(context.comm, [&] {
    if (!given.text("result").empty()) values = with_options_of(given.text("result"), given);
    request = scan_request(values);
  });
  return run_study(context, values, request);
}

}  // namespace

Command fit_scan()
{
  return {"fit scan",
          "the likelihood along parameters, and intervals",
          "Profiles of the likelihood by one or two parameters, all others refitted, and the ends "
          "of confidence intervals. Under mpirun groups of ranks share the points.",
          {"kovar fit scan tensor.h5 --scan=signal --interval=signal --levels=1,3.84",
           "mpirun -n 8 kovar fit scan tensor.h5 --result=result.h5 --scan_2d=a:b --groups=4 "
           "-o scan.h5"},
          scan_options(),
          Needs::kokkos,
          run_scan};
}

}  // namespace kovar::apps
