// SPDX-License-Identifier: BSD-3-Clause
#include "commands.hpp"
#include "fit_study.hpp"
#include "fit_study_options.hpp"
#include "response_request.hpp"

namespace kovar::apps {
namespace {

using Kind = OptionKind;

OptionTable impacts_options()
{
  return {{
              {"Templates, data and minimum",
               in_a_row(
                   {tensor_options(),
                    {{"result", Kind::file, required,
                      "result of 'kovar fit run', or an HDF5 file with x and parms. Options of the "
                      "likelihood that are not given are those of the result"}},
                    data_options()})},
              {"Impacts", in_a_row({impact_options("traditional"), {shown_option()}})},
              likelihood_group(),
              {"Results", {result_file_option("HDF5 file of the impacts; none without", false)}},
              {"Machine", in_a_row({space_options(), {matrix_sharing_option()}})},
              common_options(),
          },
          "tensor"};
}

StudyRequest impacts_request(OptionValues const& values)
{
  StudyRequest request = study_request("fit impacts", values);
  request.point = StudyPoint::stored;
  request.stored = values.text("result");
  request.impacts = values.choices("impacts");
  request.matrices = matrix_sharing(values);
  request.wants_yields = false;
  require_different_files(
      "fit impacts", request.fit.tensor,
      {{"result", request.stored}, {"output", request.fit.output}, {"json", request.fit.json}});
  return request;
}

int run_impacts(Context const& context, OptionValues const& given)
{
  OptionValues values = given;
  StudyRequest request;
  dist::agree(context.comm, [&] {
    values = with_options_of(given.text("result"), given);
    request = impacts_request(values);
  });
  return run_study(context, values, request);
}

}  // namespace

Command fit_impacts()
{
  return {
      "fit impacts",
      "impacts at the minimum of an earlier fit",
      "Where the uncertainties of the parameters of interest come from, by parameter and by "
      "group, without fitting again. Under mpirun the bins are spread over the ranks, and the "
      "covariance where that pays.",
      {"kovar fit impacts tensor.h5 --result=result.h5 --top=30",
       "kovar fit impacts tensor.h5 --result=result.h5 --impacts=global,gaussian -o impacts.h5",
       "mpirun -n 16 kovar fit impacts tensor.h5 --result=result.h5 --matrices=ranks -o impacts.h5",
       "kovar plot impacts.h5 --output=pictures"},
      impacts_options(),
      Needs::kokkos,
      run_impacts};
}

}  // namespace kovar::apps
