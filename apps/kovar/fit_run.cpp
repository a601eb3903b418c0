// SPDX-License-Identifier: BSD-3-Clause
#include "commands.hpp"
#include "fit_study.hpp"
#include "fit_study_options.hpp"
#include "response_request.hpp"

namespace kovar::apps {
namespace {

using Kind = OptionKind;

OptionTable run_options()
{
  return {
      {
          {"Templates and data", in_a_row({tensor_options(), data_options()})},
          likelihood_group(),
          minimizer_group(),
          {"Where",
           {
               {"start", Kind::file, "",
                "result of an earlier fit, or an HDF5 file with x and parms: where the fit starts "
                "[--externalPostfit]"},
               {"prefit_only", Kind::flag, "false",
                "fit nothing: yields and chi square before the fit [--prefitOnly]"},
           }},
          {"After the fit", in_a_row({covariance_options(), impact_options(""), yield_options()})},
          scan_group(),
          {"Results", {result_file_option("HDF5 file of results"), shown_option()}},
          {"Long runs",
           {
               {"checkpoint", Kind::file, "",
                "leave the search behind here, and go on from it after an interruption"},
               {"checkpoint_iterations", Kind::count, "10", "iterations from one to the next"},
               {"time_limit", Kind::duration, "",
                "end with a checkpoint after this time, with exit code 3"},
           }},
          {"Machine", space_options()},
          common_options(),
      },
      "tensor"};
}

StudyRequest run_request(OptionValues const& values)
{
  StudyRequest request = study_request("fit run", values);
  if (values.flag("prefit_only")) request.point = StudyPoint::prefit;
  request.stored = values.text("start");
  read_minimizer("fit run", values, request.fit);
  read_covariance(values, request);
  request.impacts = values.choices("impacts");
  read_yields(values, request);
  read_scans(values, request);
  request.checkpoint = values.text("checkpoint");
  request.fit.minimum.n_iterations_to_checkpoint =
      count_from("fit run", values, "checkpoint_iterations", 1);
  if (values.is_given("time_limit")) request.time_limit = values.seconds("time_limit");
  require_different_files("fit run", request.fit.tensor,
                          {{"output", request.fit.output},
                           {"json", request.fit.json},
                           {"checkpoint", request.checkpoint}});
  return request;
}

int run_run(Context const& context, OptionValues const& values)
{
  StudyRequest request;
  dist::agree(context.comm, [&] { request = run_request(values); });
  return run_study(context, values, request);
}

}  // namespace

Command fit_run()
{
  return {
      "fit run",
      "fit templates to data",
      "Finds the signal strengths and systematics at which binned templates describe the data "
      "best, their covariance, impacts, yields before and after the fit, profiles and intervals. "
      "Names of results are those of rabbit. Under mpirun the bins are spread over the ranks, and "
      "the covariance where a rank could not hold it or that is faster.",
      {"kovar fit run tensor.h5 -o result.h5 --impacts=traditional,global",
       "kovar fit run tensor.h5 -o asimov.h5 --asimov --expected_signal=signal=1.5",
       "kovar fit run tensor.h5 -o result.h5 --scan=signal --interval=signal --levels=1,3.84",
       "kovar fit run large.h5 -o result.h5 --no-hessian --checkpoint=run.checkpoint "
       "--time_limit=11:50:00",
       "mpirun -n 16 kovar fit run large.h5 -o result.h5 --matrices=ranks --yields=covariances",
       "kovar plot result.h5 --output=pictures"},
      run_options(),
      Needs::kokkos,
      run_run};
}

}  // namespace kovar::apps
