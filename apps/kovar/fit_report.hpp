// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_FIT_REPORT_HPP
#define KOVAR_APPS_KOVAR_FIT_REPORT_HPP

#include "fit_study.hpp"

#include <kovar/io/fit_result_file.hpp>
#include <support/run_record.hpp>
#include <support/summary_table.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// \file
/// What the commands that fit tell when they are done.

namespace kovar::apps {

/// What was read of the templates.
struct ReadBytes {
  std::int64_t of_rank = 0;  ///< the rank that read most
  std::int64_t of_file = 0;
};

/// What is told of a study beside its fits.
struct StudyNotes {
  std::vector<std::string>
      notes;  ///< what the user may like to know of the templates and of the search
  std::optional<MatrixPlan> plan;  ///< of the covariance, if there is one
  ReadBytes read;
};

/// Print tables of the fits, unless the run is quiet, and warnings; write the record if one is wanted.
void report_study(StudyRequest const& request, fit::TemplateTensor const& tensor,
                  std::vector<io::SavedFit> const& fits, StudyNotes const& study,
                  RunCost const& cost);

/// The strongest correlations of a fit whose covariance ranks share. Collective.
/// \param n_shown  of all parameters, and of those of interest
void add_shared_correlations(std::size_t n_shown, io::SavedFit& fit);

/// Add the tables of a fit, with at most n_shown rows of each kind.
void add_fit_tables(fit::TemplateTensor const& tensor, io::SavedFit const& fit, std::size_t n_shown,
                    SummaryTable& table);

/// Whether a parameter is a strength that ended at 0, its boundary (fit::is_at_boundary()).
bool is_at_boundary(io::SavedFit const& fit, std::int64_t parameter);

/// What is to be said of strengths that ended at 0; nothing if none did.
/// \param tensor  the file of the templates
std::vector<std::string> boundary_warnings(std::string const& tensor, io::SavedFit const& fit);

/// The probability of a chi square, or that it has none: there are as many free parameters as bins, or more.
std::string p_text(fit::GoodnessOfFit const& found);

nlohmann::ordered_json record_of_fit(fit::TemplateTensor const& tensor, io::SavedFit const& fit);

}  // namespace kovar::apps

#endif
