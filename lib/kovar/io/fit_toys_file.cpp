// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/io/fit_result_parts.hpp>
#include <kovar/io/result_parts.hpp>

namespace kovar::io {

void write_toys(std::string const& path, SavedToys const& toys, Provenance const& provenance)
{
  Region const region("kovar::io::write_toys");
  std::vector<std::int64_t> numbers, status;
  std::vector<double> x, variances, centers, losses, distances;
  for (fit::ToyFit const& fit : toys.fits) {
    numbers.push_back(fit.toy);
    status.push_back(fit.status == optim::TrustRegionStatus::converged ? 0 : 1);
    x.insert(x.end(), fit.x.begin(), fit.x.end());
    for (double const deviation : fit.deviations) variances.push_back(deviation * deviation);
    centers.insert(centers.end(), fit.centers.begin(), fit.centers.end());
    losses.push_back(fit.loss.total());
    distances.push_back(fit.distance);
  }
  std::int64_t const n_toys = size_of(numbers);
  std::int64_t const n = toys.parameters.size();
  NewHdf5File file(path, 24 * n_toys * n);
  write_origin(file, toys_content, {}, provenance);
  file.write_names("toys/parms_names", toys.parameters.names,
                   {raw_unit, "signal strengths, then systematics", {parameter_dimension}});
  file.write_names("toys/poi_names", names_of(toys.parameters, toys.rows),
                   {"1", "strengths and systematics of interest", {interest_dimension}});
  file.write_text("toys", "strengths",
                  toys.parameters.strengths_are_squared ? "squares of parms" : "parms");
  write_scalar(file, "toys/n_strengths", toys.parameters.n_strengths,
               "signal strengths among the parameters");
  write_numbers(file, "toys/parms_start", toys.parameters.start,
                {raw_unit, "raw values before the fit", {parameter_dimension}});
  write_matrix(
      file, "toys/poi_truths", n_toys, size_of(toys.rows), toys.truths,
      {"1",
       "what pulls refer to: the values that a toy was drawn at, or those of the fit to the "
       "data where these are its mean; as they enter yields",
       {"toy", interest_dimension}});
  auto const list = [&](std::string const& name, auto const& values, std::string const& text) {
    write_numbers(file, "toys/" + name, values, {"1", text, {"toy"}});
  };
  auto const table = [&](std::string const& name, std::vector<double> const& values,
                         std::string const& text) {
    write_matrix(file, "toys/" + name, n_toys, n, values,
                 {raw_unit, text, {"toy", parameter_dimension}});
  };
  list("toy", numbers, "number of the toy");
  list("status", status, "0 converged, 1 not");
  table("parms", x, "raw values at the minimum");
  table("parms_variances", variances, "of the raw values; NaN without a positive definite Hessian");
  table("parms_constraint_centers", centers, "centres of the constraints in the toy");
  list("nllvalreduced", losses, "negative log likelihood at parms without constants");
  list("edmval", distances, "estimated distance to the minimum");
  list("p_satchi2", toys.p_values, "probability of the saturated test");
  file.commit();
}

}  // namespace kovar::io
