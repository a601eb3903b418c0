// SPDX-License-Identifier: BSD-3-Clause
#include "commands.hpp"
#include "fit_build_input.hpp"
#include "fit_inspect_effects.hpp"
#include "fit_inspect_summary.hpp"
#include "response_request.hpp"

#include <kovar/core/error.hpp>
#include <kovar/io/result_file.hpp>
#include <support/exit_code.hpp>
#include <support/format.hpp>
#include <support/run_record.hpp>
#include <support/space_choice.hpp>
#include <support/text.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <iostream>

namespace kovar::apps {
namespace {

constexpr std::size_t most_systematics = 10;  // of a process, in the table

using Json = nlohmann::ordered_json;

std::size_t number_of(std::string const& what, std::string const& name,
                      std::vector<std::string> const& names)
{
  auto const at = std::find(names.begin(), names.end(), name);
  KOVAR_REQUIRE(at != names.end(),
                "fit inspect: there is no " << what << " '" << name << "'" << advice(name, names));
  return static_cast<std::size_t>(at - names.begin());
}

std::string change(double varied, double nominal)
{
  double const percent = 100 * (varied / nominal - 1);
  if (std::fabs(percent) < 1e-10) return "0 %";  // rounding of sums of yields
  return (percent < 0 ? "" : "+") + format_number(percent, 3) + " %";
}

Json record_of_yields(std::vector<VariedYield> const& yields)
{
  Json list = Json::array();
  for (auto const& yield : yields)
    list.push_back({{"channel", yield.channel},
                    {"process", yield.process},
                    {"nominal", yield.nominal},
                    {"up", yield.up},
                    {"down", yield.down}});
  return list;
}

Json add_systematic(fit::TemplateTensor const& tensor, std::string const& name,
                    std::vector<SystematicEffect> const& effects, SummaryTable& table)
{
  auto const s = number_of("systematic", name, tensor.systematics);
  auto const yields = varied_yields(tensor, static_cast<std::int64_t>(s));
  bool const is_free = tensor.constraint_weights[s] == 0;
  auto const number = static_cast<std::int64_t>(s);
  bool const is_noi = std::count(tensor.nois.begin(), tensor.nois.end(), number) > 0;
  std::vector<std::string> groups;
  for (auto const& group : tensor.groups)
    if (std::count(group.members.begin(), group.members.end(), number) > 0)
      groups.push_back(group.name);
  std::vector<std::string> terms;
  for (auto const& term : tensor.external_terms)
    if (std::count(term.parameters.begin(), term.parameters.end(), name) > 0)
      terms.push_back(term.name);
  table.heading("Systematic " + name);
  table.line("constraint", std::string(is_free ? "none" : "normal"));
  table.line("of interest", std::string(is_noi ? "yes" : "no"));
  table.line("groups", join(groups));
  if (!terms.empty()) table.line("external terms", join(terms));
  table.line("variations that are not 0", effects[s].n_variations);
  table.line("largest factor of a yield", effects[s].largest_factor);
  if (!yields.empty()) table.heading("Yields of " + name + ": nominal, up, down");
  for (auto const& yield : yields)
    table.line(yield.channel + ", " + yield.process, format_number(yield.nominal, 6) + "  " +
                                                         change(yield.up, yield.nominal) + "  " +
                                                         change(yield.down, yield.nominal));
  return {{"name", name},
          {"free", is_free},
          {"of_interest", is_noi},
          {"groups", groups},
          {"external_terms", terms},
          {"variations", effects[s].n_variations},
          {"largest_factor", effects[s].largest_factor},
          {"yields", record_of_yields(yields)}};
}

/// The systematics that change the process, those that change its sum most first.
std::vector<std::pair<std::string, VariedYield>> by_effect(fit::TemplateTensor const& tensor,
                                                           std::size_t process)
{
  std::vector<std::pair<std::string, VariedYield>> found;
  for (auto const& [s, yield] : varied_yields_of_process(tensor, process))
    found.emplace_back(tensor.systematics[static_cast<std::size_t>(s)], yield);
  auto const size = [](VariedYield const& yield) {
    return std::max(std::fabs(yield.up - yield.nominal), std::fabs(yield.down - yield.nominal));
  };
  std::stable_sort(found.begin(), found.end(),
                   [&](auto const& a, auto const& b) { return size(a.second) > size(b.second); });
  return found;
}

Json add_process(fit::TemplateTensor const& tensor, TensorSummary const& summary,
                 std::string const& name, SummaryTable& table)
{
  auto const p = number_of("process", name, tensor.processes);
  table.heading("Process " + name +
                (static_cast<std::int64_t>(p) < tensor.n_signals ? " (signal)" : ""));
  Json record = {{"name", name}, {"channels", Json::array()}, {"systematics", Json::array()}};
  for (std::size_t c = 0; c < tensor.channels.size(); ++c) {
    auto const& channel = tensor.channels[c];
    double weights = 0;
    double squares = 0;
    for (auto b = channel.first_bin; b < channel.end_bin; ++b) {
      auto const cell = static_cast<std::size_t>(b) * tensor.processes.size() + p;
      weights += tensor.sum_of_weights[cell];
      squares += tensor.sum_of_squared_weights[cell];
    }
    double const events = squares > 0 ? weights * weights / squares : 0;
    table.line(channel.name, format_number(summary.channels[c].yields[p], 6) + ", from " +
                                 format_number(events) + " effective events");
    record["channels"].push_back({{"name", channel.name},
                                  {"yield", summary.channels[c].yields[p]},
                                  {"effective_events", events}});
  }
  auto const effects = by_effect(tensor, p);
  if (!effects.empty())
    table.heading("Largest systematics of " + name + ": channel, nominal, up, down");
  for (std::size_t i = 0; i < effects.size(); ++i) {
    auto const& [systematic, yield] = effects[i];
    if (i < most_systematics)
      table.line(systematic, yield.channel + "  " + format_number(yield.nominal, 6) + "  " +
                                 change(yield.up, yield.nominal) + "  " +
                                 change(yield.down, yield.nominal));
    record["systematics"].push_back({{"name", systematic},
                                     {"channel", yield.channel},
                                     {"nominal", yield.nominal},
                                     {"up", yield.up},
                                     {"down", yield.down}});
  }
  return record;
}

/// On rank 0 alone.
void inspect_here(Run const& run, OptionValues const& values)
{
  Kokkos::Timer const since_start;
  std::string const path = values.text("tensor");
  std::string const json = values.text("json");
  double const huge = values.real("huge");
  KOVAR_REQUIRE(huge > 1, "fit inspect: --huge is " << values.text("huge")
                                                    << " (a factor); give a number above 1");
  require_different_files("fit inspect", path, {{"json", json}});
  if (!json.empty()) io::require_writable(json);
  auto const tensor = read_tensor_file(path, systematic_type_of(values));
  double const read_seconds = since_start.seconds();

  auto const summary = summary_of(tensor);
  auto const effects = effects_of(tensor, huge);
  SummaryTable table;
  Json details;
  if (values.is_given("systematic"))
    details["systematic"] = add_systematic(tensor, values.text("systematic"), effects, table);
  if (values.is_given("process"))
    details["process"] = add_process(tensor, summary, values.text("process"), table);
  SummaryTable whole;
  whole.heading("Tensor " + path);
  add_summary(summary, whole);
  auto const oddities = add_oddities(oddities_of(tensor, effects, huge), whole);
  if (!values.flag("quiet"))
    std::cout << (details.empty() ? whole.text() : table.text()) << std::flush;
  if (json.empty()) return;
  double const total_seconds = since_start.seconds();
  auto record = record_of(run, {{"read", read_seconds}, {"inspect", total_seconds - read_seconds}},
                          total_seconds, peak_memory_bytes(dist::Communicator()));
  record["tensor"] = record_of_summary(summary);
  record["oddities"] = oddities;
  for (auto const& [name, detail] : details.items()) record[name] = detail;
  write_json(json, record);
}

int run_inspect(Context const& context, OptionValues const& values)
{
  using Space = Kokkos::DefaultHostExecutionSpace;
  Run const run = describe_run(context, "fit inspect", space_name<Space>(),
                               static_cast<int>(Space().concurrency()));
  dist::agree(context.comm, [&] {
    if (context.comm.is_root()) inspect_here(run, values);
  });
  return exit_done;
}

}  // namespace

Command fit_inspect()
{
  using Kind = OptionKind;
  return {
      "fit inspect",
      "what a tensor holds, and what is odd about it",
      "Prints channels, processes, yields beside data, systematics and how many variations they "
      "have, and what a fit would stumble over: empty bins, data where nothing is predicted, huge "
      "variations, systematics without effect. Numbers that are not finite are an error. With "
      "--systematic or --process it prints what these do instead.",
      {"kovar fit inspect tensor.h5", "kovar fit inspect tensor.h5 --systematic=luminosity",
       "kovar fit inspect rabbit.hdf5 --process=top --json=top.json"},
      {{
           {"Tensor",
            {
                {"tensor", Kind::file, required, "file of 'kovar fit build', or of rabbit"},
                systematics_option(),
            }},
           {"Details",
            {
                {"systematic", Kind::text, "", "the yields that this systematic changes"},
                {"process", Kind::text, "", "yields of this process, and what changes them most"},
                {"huge", Kind::real, format_number(huge_factor),
                 "a change of a yield by more than this factor at one standard deviation is odd"},
            }},
           common_options(),
       },
       "tensor"},
      Needs::kokkos,
      run_inspect};
}

}  // namespace kovar::apps
