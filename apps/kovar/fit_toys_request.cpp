// SPDX-License-Identifier: BSD-3-Clause
#include "fit_toys_request.hpp"
#include "fit_study_options.hpp"
#include "response_request.hpp"

#include <kovar/core/error.hpp>
#include <support/command.hpp>
#include <support/option_value_kinds.hpp>

namespace kovar::apps {
namespace {

using Kind = OptionKind;

std::vector<Option> draw_options()
{
  return {
      {"toys", Kind::text, required,
       "FIRST-LAST, or N for 1-N: the numbers of the pseudo-experiments [--toys]"},
      {"draw_systematics",
       Kind::choice,
       "frequentist",
       "what is drawn of systematics and of the statistics of templates: the centres of "
       "constraints, the true values, or nothing [--toysSystRandomize]",
       {"frequentist", "bayesian", "none"}},
      {"draw_data",
       Kind::choice,
       "poisson",
       "how data are drawn around their mean [--toysDataRandomize]",
       {"poisson", "normal", "none"}},
      {"data_mean",
       Kind::choice,
       "prediction",
       "the mean of the data [--toysDataMode]",
       {"prediction", "observed"}},
      {"draw_start",
       Kind::choice,
       "none",
       "start at the centres of a toy, or around them",
       {"none", "normal"}},
      {"pseudodata", Kind::text, "",
       "name of pseudodata in the tensor that stand for the data [--pseudoData]"},
      {"uncertainties", Kind::flag, "true", "by the Hessian of each toy"},
  };
}

/// "5-20" or "20".
void read_range(std::string const& text, ToysRequest& request)
{
  auto const dash = text.find('-');
  auto const first =
      dash == std::string::npos ? std::optional<std::int64_t>(1) : read_count(text.substr(0, dash));
  auto const last = read_count(dash == std::string::npos ? text : text.substr(dash + 1));
  KOVAR_REQUIRE(
      first && last && *first >= 1 && *last >= *first,
      "fit toys: --toys is '" << text << "'; give FIRST-LAST, or N for 1-N (toys count from 1)");
  request.first = *first;
  request.n = *last - *first + 1;
}

fit::ToyOptions draws_of(OptionValues const& values)
{
  fit::ToyOptions draws;
  draws.seed = static_cast<std::uint64_t>(values.count("seed"));
  std::string const systematics = values.text("draw_systematics");
  draws.systematics = systematics == "frequentist" ? fit::SystematicDraws::frequentist
                      : systematics == "bayesian"  ? fit::SystematicDraws::bayesian
                                                   : fit::SystematicDraws::none;
  std::string const data = values.text("draw_data");
  draws.data = data == "poisson"  ? fit::DataDraws::poisson
               : data == "normal" ? fit::DataDraws::normal
                                  : fit::DataDraws::none;
  if (values.text("data_mean") == "observed") draws.mean = fit::DataMean::observed;
  if (values.text("draw_start") == "normal") draws.start = fit::StartDraws::normal;
  draws.pseudodata = values.text("pseudodata");
  return draws;
}

}  // namespace

OptionTable toys_options()
{
  return {{
              {"Templates and toys",
               in_a_row({tensor_options(),
                         {{"result", Kind::file, "",
                           "result of 'kovar fit run': its minimum is that of the data, which is "
                           "not looked for again, and options of the likelihood that are not given "
                           "are those of the result"}},
                         draw_options()})},
              likelihood_group(),
              minimizer_group(),
              {"Results", {result_file_option("HDF5 file of the toys")}},
              {"Long runs",
               {
                   {"checkpoint", Kind::file, "",
                    "leave the toys that are done behind here, and go on from them after an "
                    "interruption"},
                   {"checkpoint_toys", Kind::count, "100", "toys from one to the next"},
                   {"time_limit", Kind::duration, "",
                    "end with a checkpoint after this time, with exit code 3"},
               }},
              {"Machine",
               in_a_row({space_options(),
                         {{"groups", Kind::count, "0",
                           "of ranks, each with toys of its own; 0: as many as ranks. Fewer groups "
                           "where the templates do not fit the memory of a rank"}}})},
              common_options(),
          },
          "tensor"};
}

ToysRequest toys_request(OptionValues const& values)
{
  ToysRequest request;
  request.fit = fit_request("fit toys", values);
  read_minimizer("fit toys", values, request.fit);
  KOVAR_REQUIRE(request.fit.starts.n_starts == 1,
                "fit toys: --starts is " << request.fit.starts.n_starts
                                         << " (a toy is fitted from one start); leave it away");
  read_range(values.text("toys"), request);
  request.toys = draws_of(values);
  request.stored = values.text("result");
  request.uncertainties =
      values.flag("uncertainties") ? fit::ToyUncertainties::hessian : fit::ToyUncertainties::none;
  request.n_groups = count_from("fit toys", values, "groups", 0);
  request.checkpoint = values.text("checkpoint");
  request.n_to_checkpoint = count_from("fit toys", values, "checkpoint_toys", 1);
  if (values.is_given("time_limit")) request.time_limit = values.seconds("time_limit");
  KOVAR_REQUIRE(!request.time_limit || !request.checkpoint.empty(),
                "fit toys: --time_limit needs a --checkpoint to end with; give one");
  require_different_files("fit toys", request.fit.tensor,
                          {{"result", request.stored},
                           {"output", request.fit.output},
                           {"json", request.fit.json},
                           {"checkpoint", request.checkpoint}});
  return request;
}

}  // namespace kovar::apps
