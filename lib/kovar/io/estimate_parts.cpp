// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/io/estimate_parts.hpp>
#include <kovar/io/result_parts.hpp>

#include <cmath>
#include <string>
#include <vector>

namespace kovar::io {
namespace {

/// A mean as GSN has it: one row.
void write_row(NewHdf5File& file, std::string const& name, std::vector<double> const& values,
               std::string const& description)
{
  file.write(name, {1, size_of(values)}, values.data(), {"u", description, {"row", "unit"}});
}

/// What the choice of a level left behind. \param x  "N" or "D"; \param what  "noise", "condition means"
void write_choice(NewHdf5File& file, std::string const& x, gsn::LevelChoice const& choice,
                  std::string const& what)
{
  std::string const nll = "mean negative log likelihood of held-out " + what;
  write_numbers(file, "nll" + x, choice.nll, {"1", nll + " per level", {"level"}});
  if (std::isfinite(choice.best_nll))
    write_scalar(file, "nll_best_" + x, choice.best_nll, nll + " at the chosen level");
  if (choice.nll_of_folds.size() < 2) return;
  std::vector<double> columns;
  for (std::vector<double> const& fold : choice.nll_of_folds)
    columns.insert(columns.end(), fold.begin(), fold.end());
  std::int64_t const n_levels = size_of(choice.nll_of_folds.front());
  file.write_matrix("nll_folds_" + x, n_levels,
                    static_cast<std::int64_t>(choice.nll_of_folds.size()), columns.data(), n_levels,
                    {"1", nll + " per level and fold; their mean is nll" + x, {"level", "fold"}});
}

}  // namespace

Annotation annotation_of(gsn::Item item)
{
  std::vector<std::string> const units = {"unit", "unit"};
  std::vector<std::string> const basis = {"unit", "component"};
  switch (item) {
    case gsn::Item::noise_covariance:
      return {"u^2", "noise covariance, shrunken (u: the unit of the responses)", units};
    case gsn::Item::signal_covariance:
      return {"u^2", "signal covariance, in general indefinite (u: the unit of the responses)",
              units};
    case gsn::Item::noise_covariance_psd:
      return {"u^2", "noise covariance, positive semidefinite (u: the unit of the responses)",
              units};
    case gsn::Item::signal_covariance_psd:
      return {"u^2", "signal covariance, positive semidefinite (u: the unit of the responses)",
              units};
    case gsn::Item::eigenvalues_signal:
      return {"u^2", "eigenvalues of cSb, descending", {"component"}};
    case gsn::Item::eigenvectors_signal:
      return {"1", "eigenvectors of cSb, one per column", basis};
    case gsn::Item::eigenvalues_difference:
      return {"u^2", "eigenvalues of cSb less cNb over trials, descending", {"component"}};
    case gsn::Item::eigenvectors_difference:
      return {"1", "eigenvectors of cSb less cNb over trials, one per column", basis};
  }
  return {};
}

void write_summary(NewHdf5File& file, gsn::EstimateSummary const& summary,
                   std::int64_t n_components, Provenance const& provenance)
{
  write_row(file, "mnS", summary.mean_signal, "mean of the signal");
  write_row(file, "mnN", summary.mean_noise, "mean of the noise: zeros");
  write_numbers(
      file, "ncsnr", summary.noise_ceiling_snr,
      {"1", "noise ceiling signal-to-noise ratio: signal s.d. over noise s.d.", {"unit"}});
  write_scalar(file, "shrinklevelN", summary.noise_level.level,
               "shrinkage level of the noise covariance");
  write_scalar(file, "shrinklevelD", summary.data_level.level,
               "shrinkage level of the covariance of condition means");
  write_numbers(file, "shrinklevels", summary.levels,
                {"1", "shrinkage levels that were compared", {"level"}});
  write_choice(file, "N", summary.noise_level, "noise");
  write_choice(file, "D", summary.data_level, "condition means");
  if (n_components > 0)
    write_scalar(file, "n_components", n_components,
                 "components of each basis, leading ones first");
  write_scalar(file, "numiters", std::int64_t{summary.n_iterations},
               "passes of the projection on semidefinite matrices, less one");

  std::vector<std::string> warnings;
  std::vector<std::string> codes;
  for (gsn::Warning const& warning : summary.warnings) {
    codes.push_back(gsn::name_of(warning.code));
    warnings.push_back(codes.back() + ": " + warning.message);
  }
  file.write_texts("/", "warning_codes", codes);
  file.write_text("/", "path", gsn::name_of(summary.path));
  write_origin(file, "gsn estimate", warnings, provenance);
}

}  // namespace kovar::io
