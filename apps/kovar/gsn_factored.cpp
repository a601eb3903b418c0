// SPDX-License-Identifier: BSD-3-Clause
#include "gsn_factored.hpp"

#include <support/format.hpp>
#include <support/summary_table.hpp>

#include <cmath>
#include <sstream>

namespace kovar::apps {
namespace {

/// Seconds that both forms take, up to a factor that they share: flops, those of eigensolvers and of small systems
/// counted as measured.
double dense_work(double n) { return 5 * std::pow(n, 3); }
double factored_work(double n, double c, double t)
{
  double const r = c * t;
  double const k = c * (t - 1);
  constexpr double n_sweeps = 35;  // over the units
  constexpr double slowness = 4;   // of small systems beside large products
  // A pair takes some systems of order r in the first pass of the loop and of order r + k in the second.
  double const systems = k * (1.7 * std::pow(r, 3) + 1.3 * std::pow(r + k, 3));
  return n_sweeps * n * (r * r + 4 * r * k + 2 * k * k) + slowness * systems;
}

/// How many times less work the form has to be expected to be.
constexpr double worthwhile = 3;

/// Passes of the loop where trials were lost as a whole, each with searches of its own, over those of complete data.
constexpr double n_passes_of_losses = 3;

/// An option that the form cannot do, or an empty text.
/// \param is_asked_for  then it makes leading components; left to itself the program takes the form for what is
///                      the same to rounding
std::string obstacle(EstimateRequest const& request, bool is_asked_for)
{
  gsn::Options const& options = request.options;
  gsn::Items const bases = {gsn::Item::eigenvalues_signal, gsn::Item::eigenvectors_signal,
                            gsn::Item::eigenvalues_difference, gsn::Item::eigenvectors_difference};
  if (options.returns.contains_any(bases)) {
    if (!is_asked_for) return "--returns asks for bases";
    if (options.n_components == 0) return "--returns asks for bases without --components";
  }
  if (!request.checkpoint.empty()) return "--checkpoint is given";
  if (request.memory_for_data > 0) return "--memory_for_data is given";
  if (request.matrices == MatrixPlace::ranks) return "--matrices=ranks is given";
  if (options.scoring == gsn::Scoring::cholesky || options.scoring == gsn::Scoring::decomposition)
    return "--scoring is " + gsn::name_of(options.scoring);
  return "";
}

std::string hint_of(io::ResponseDataset const& shape, double gain, std::string const& hindered)
{
  std::ostringstream line;
  line << "Hint: for " << shape.n_units << " units, " << shape.n_conditions << " conditions and "
       << shape.n_trials << " trials without losses --form=factored is expected to be "
       << format_number(gain, 2) << " times less work than whole matrices, which are taken because "
       << hindered;
  return line.str();
}

}  // namespace

std::vector<Option> form_options()
{
  using Kind = OptionKind;
  return {
      {"form",
       Kind::choice,
       "auto",
       "dense works with whole matrices of all pairs of units, factored with a diagonal plus few "
       "columns, for many more units than conditions x trials; auto takes the cheaper one",
       {"auto", "dense", "factored"}},
      {"store",
       Kind::choice,
       "auto",
       "with form=factored: put factors or whole (dense) matrices into the file; auto takes "
       "factors where "
       "the form was asked for or whole matrices do not fit",
       {"auto", "factors", "dense"}},
  };
}

FormChoice choose_form(OptionValues const& values, EstimateRequest const& request,
                       io::ResponseDataset const& shape, double available_bytes, int n_ranks)
{
  std::string const form = values.text("form");
  std::string const store = values.text("store");
  auto const n = static_cast<double>(shape.n_units);
  auto const c = static_cast<double>(shape.n_conditions);
  auto const t = static_cast<double>(shape.n_trials);
  FormChoice choice;
  choice.is_asked_for = form == "factored";
  std::string const hindered = obstacle(request, choice.is_asked_for);
  KOVAR_REQUIRE(!choice.is_asked_for || hindered.empty(),
                "gsn estimate: --form=factored and another option contradict each other ("
                    << hindered << ", which takes whole matrices); leave one of them away");
  KOVAR_REQUIRE(form != "dense" || store != "factors",
                "gsn estimate: --form=dense has no factors to store; leave --store away");
  if (form == "dense") {
    choice.reason = "asked for";
    return choice;
  }
  bool const fits = 8 * n * n * 6 <= 0.9 * available_bytes;
  double const gain = dense_work(n) / factored_work(n, c, t);
  bool const is_cheaper = n > c * t && gain > worthwhile;
  choice.is_factored =
      choice.is_asked_for || (hindered.empty() && n > c * t && (is_cheaper || !fits));
  if (is_cheaper && !choice.is_factored) choice.hint = hint_of(shape, gain, hindered);
  // Several ranks may have room for whole matrices that one has not.
  choice.suits_losses = !fits && request.options.uneven != gsn::Uneven::missing &&
                        (n_ranks == 1 || gain > worthwhile * n_passes_of_losses);
  choice.stores_dense = store == "dense" || (store == "auto" && !choice.is_asked_for && fits);
  if (choice.is_asked_for)
    choice.reason = "asked for";
  else if (!choice.is_factored)
    choice.reason = hindered.empty() ? "cheaper" : hindered;
  else
    choice.reason = !fits ? "whole matrices do not fit into memory" : "less work";
  return choice;
}

std::string form_lines(FormChoice const& choice, gsn::FactoredProjection const& projection)
{
  SummaryTable table;
  table.heading("Form");
  table.line("form", "factored (" + choice.reason + ")");
  table.line("stored",
             choice.stores_dense ? std::string("whole matrices") : std::string("factors"));
  table.line("eigenpairs of the first projection", projection.n_pairs);
  table.line("all found (inertia)",
             projection.is_complete ? std::string("yes") : std::string("no"));
  table.line("error bound of cSb and cNb (Frobenius)", projection.error_bound);
  if (projection.change > 0) table.line("of it by changed diagonal entries", projection.change);
  return "\n" + table.text();
}

nlohmann::ordered_json form_record(FormChoice const& choice,
                                   gsn::FactoredProjection const& projection)
{
  return {{"name", "factored"},
          {"reason", choice.reason},
          {"stored", choice.stores_dense ? "dense" : "factors"},
          {"pairs", projection.n_pairs},
          {"is_complete", projection.is_complete},
          {"error_bound", projection.error_bound},
          {"change", projection.change},
          {"search_steps", projection.work.n_steps},
          {"corrections", projection.work.n_corrections},
          {"systems", projection.work.n_systems}};
}

}  // namespace kovar::apps
