// SPDX-License-Identifier: BSD-3-Clause
//
// A binned fit from histograms to impacts, for someone who comes from rabbit, Combine or pyhf: a signal
// in two regions with two backgrounds, the fit of apps/kovar/examples/two_regions.yaml.
//
// Output:
//
//    16 bins, 3 processes, 5 systematics
//    estimated distance to the minimum below 1e-9: yes
//    signal strength: 0.71 +- 0.47
//    parameter             pull  uncertainty  impact
//    top_cross_section     0.11         0.91   -0.12
//    energy_scale         -0.16         0.85   -0.09
//    top_model             0.21         0.74    0.07
//    luminosity            0.04         0.99   -0.05
//    jets_yield            1.16         0.36   -0.01
//    group theory                               0.13
//    statistics of the data                     0.39
//    statistics of the templates                0.20
#include <kovar/fit/covariance.hpp>
#include <kovar/fit/impacts.hpp>
#include <kovar/fit/minimum.hpp>
#include <kovar/fit/tensor_builder.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace fit = kovar::fit;
using Space = Kokkos::DefaultHostExecutionSpace;
using Numbers = std::vector<double>;

/// n events in bins, of a distribution with this share of events below x.
template <class Below>
Numbers binned(Numbers const& edges, double n, Below const& below)
{
  Numbers yields;
  for (std::size_t i = 0; i + 1 < edges.size(); ++i)
    yields.push_back(n * (below(edges[i + 1]) - below(edges[i])));
  return yields;
}

Numbers peak(Numbers const& edges, double n, double mean, double width)
{
  return binned(edges, n, [&](double x) {
    return 0.5 * (1 + std::erf((x - mean) / width / std::sqrt(2.0)));
  });
}

Numbers falling(Numbers const& edges, double n, double length)
{
  auto const below = [&](double x) { return 1 - std::exp(-(x - edges.front()) / length); };
  return binned(edges, n / below(edges.back()), below);
}

/// A region and its templates, by process and variation.
struct Region {
  std::string name;
  fit::Axis axis;
  Numbers data;
  std::map<std::string, Numbers> templates;

  fit::Histogram histogram(std::string const& name_of_template, double weight = 1) const
  {
    Numbers const& values = templates.at(name_of_template);
    Numbers variances = values;
    for (double& variance : variances) variance *= weight;
    return fit::dense_histogram({axis}, values, variances);
  }
};

Region signal_region()
{
  auto const axis = fit::regular_axis("mass", 10, 100, 200);
  auto const& e = axis.edges;
  return {"signal_region",
          axis,
          {106, 93, 67, 73, 57, 48, 41, 26, 27, 21},
          {{"signal", peak(e, 40, 150, 12)},
           {"signal_up", peak(e, 40, 153, 12)},
           {"signal_down", peak(e, 40, 147, 12)},
           {"top", falling(e, 300, 80)},
           {"top_up", falling(e, 306, 83)},
           {"top_down", falling(e, 294, 77)},
           {"top_model", falling(e, 300, 70)},
           {"jets", falling(e, 200, 40)}}};
}

Region control_region()
{
  auto const axis = fit::integer_axis("n_jets", 2, 8);
  auto const& e = axis.edges;
  return {"control_region",
          axis,
          {1360, 439, 165, 62, 37, 13},
          {{"signal", falling(e, 5, 1.5)},
           {"signal_up", falling(e, 5.1, 1.55)},
           {"signal_down", falling(e, 4.9, 1.45)},
           {"top", falling(e, 400, 2)},
           {"top_up", falling(e, 410, 2.1)},
           {"top_down", falling(e, 390, 1.9)},
           {"top_model", falling(e, 400, 2.2)},
           {"jets", falling(e, 1500, 0.8)}}};
}

/// The calls that a description stands for.
void book(fit::TensorBuilder& builder, Region const& region)
{
  auto const& name = region.name;
  builder.add_channel(name, {region.axis});
  builder.add_data(name, fit::dense_histogram({region.axis}, region.data));
  // Simulated events have weights: their squares sum up to less than the yields.
  builder.add_process("signal", name, region.histogram("signal", 0.05), fit::ProcessKind::signal);
  builder.add_process("top", name, region.histogram("top", 0.2));
  builder.add_process("jets", name, region.histogram("jets", 0.5));

  builder.add_norm_systematic("luminosity", {"signal", "top"}, name, {{1.02}});
  fit::SystematicOptions theory;
  theory.groups = {"theory"};
  builder.add_norm_systematic("top_cross_section", {"top"}, name, {{1.06, 0.95}}, theory);
  for (std::string const process : {"signal", "top"})
    builder.add_systematic("energy_scale", process, name, region.histogram(process + "_up"),
                           region.histogram(process + "_down"));
  builder.add_systematic("top_model", "top", name, region.histogram("top_model"), theory);
  fit::SystematicOptions free;  // the control region determines it
  free.constraint = fit::Constraint::none;
  builder.add_norm_systematic("jets_yield", {"jets"}, name, {{1.1}}, free);
}

int main(int argc, char** argv)
{
  Kokkos::ScopeGuard const kokkos(argc, argv);
  Space const space;

  fit::TensorBuilder builder;
  book(builder, signal_region());
  book(builder, control_region());
  fit::TemplateTensor const tensor = builder.finish();
  std::printf("%d bins, %d processes, %d systematics\n", static_cast<int>(tensor.n_bins),
              static_cast<int>(tensor.n_processes()), static_cast<int>(tensor.n_systematics()));

  // Poisson counts with bin statistics (Barlow-Beeston), a strength that may be negative.
  fit::LikelihoodOptions options;
  options.parameters.signal_range = fit::SignalRange::any;
  fit::Likelihood<Space> likelihood(space, kovar::dist::Communicator(), tensor, options);
  fit::Minimum const minimum = fit::find_minimum(space, likelihood);
  auto const covariance = fit::covariance(space, likelihood, minimum);
  std::printf("estimated distance to the minimum below 1e-9: %s\n",
              covariance.bad_minor == 0 && covariance.distance < 1e-9 ? "yes" : "no");

  auto const& names = likelihood.parameters().names;
  auto const variances = fit::variances(space, covariance);
  std::printf("signal strength: %.2f +- %.2f\n", minimum.x[0], std::sqrt(variances[0]));

  // How far the strength, the first parameter, moves where another one is off by its uncertainty.
  auto const impacts = fit::traditional_impacts(space, likelihood, tensor, covariance);
  std::vector<std::size_t> order;
  for (std::size_t j = 1; j < names.size(); ++j) order.push_back(j);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::fabs(impacts.by_parameter[a]) > std::fabs(impacts.by_parameter[b]);
  });
  std::printf("%-19s %6s %12s %7s\n", "parameter", "pull", "uncertainty", "impact");
  for (std::size_t const j : order)
    std::printf("%-19s %6.2f %12.2f %7.2f\n", names[j].c_str(), minimum.x[j],
                std::sqrt(variances[j]), impacts.by_parameter[j]);
  for (std::size_t g = 0; g < tensor.groups.size(); ++g)
    if (tensor.groups[g].name == "theory")
      std::printf("%-38s %8.2f\n", "group theory", impacts.by_group[g]);
  std::printf("%-38s %8.2f\n", "statistics of the data", impacts.by_data[0]);
  std::printf("%-38s %8.2f\n", "statistics of the templates", impacts.by_bin_statistics[0]);
}
