// SPDX-License-Identifier: BSD-3-Clause
#include "table_request.hpp"

#include <kovar/core/error.hpp>

namespace kovar::apps {

std::vector<Option> table_options(std::string const& what)
{
  using Kind = OptionKind;
  return {
      {"data", Kind::file, required, what},
      {"dataset", Kind::text, "",
       "HDF5: a matrix, or a group of columns; without it what stands at the file's root"},
      {"separator",
       Kind::choice,
       "auto",
       "CSV: between fields; auto takes a tab or semicolon where the first line has one",
       {"auto", "comma", "semicolon", "tab"}},
      {"header",
       Kind::choice,
       "auto",
       "CSV: whether the first line holds the columns' names; else they are column_1, column_2 ...",
       {"auto", "yes", "no"}},
      {"comment", Kind::text, "", "CSV: lines that begin with this character are passed over"},
  };
}

Option missing_option()
{
  return {"missing",
          OptionKind::choice,
          "refuse",
          "a row that lacks a value is an error that names it, or is left out",
          {"refuse", "drop"}};
}

std::vector<Option> sample_options()
{
  using Kind = OptionKind;
  return {
      {"target", Kind::text, "-1",
       "column to predict: its name, or its number from 1; -1 is the last"},
      {"features", Kind::names, "", "columns to predict from; without it all but the target"},
      {"exclude", Kind::names, "", "columns that are neither"},
      {"log", Kind::names, "", "columns whose logarithm is taken first"},
      {"log1p", Kind::names, "", "columns whose log(1 + x) is taken first"},
      {"standardize",
       Kind::choice,
       "features_and_target",
       "what gets mean 0 and standard deviation 1 over the training rows",
       {"features_and_target", "features", "nothing"}},
      missing_option(),
      {"validation", Kind::real, "0.15",
       "rows that validate and do not train: their number, or below 1 their part; the last rows"},
      {"shuffle", Kind::flag, "false", "shuffle rows before they are split"},
  };
}

TableRequest table_request(std::string const& command, OptionValues const& values)
{
  TableRequest request;
  request.path = values.text("data");
  io::TableOptions& options = request.options;
  options.dataset = values.text("dataset");
  std::string const separator = values.text("separator");
  options.separator = separator == "comma"       ? ','
                      : separator == "semicolon" ? ';'
                      : separator == "tab"       ? '\t'
                                                 : '\0';
  std::string const header = values.text("header");
  options.header = header == "yes"  ? io::CsvHeader::present
                   : header == "no" ? io::CsvHeader::absent
                                    : io::CsvHeader::detect;
  std::string const comment = values.text("comment");
  KOVAR_REQUIRE(comment.size() <= 1, command << ": --comment is '" << comment
                                             << "' (one character begins a comment); give one");
  if (!comment.empty()) options.comment = comment.front();
  options.text = io::TextColumns::defer;  // an error only once such a column is chosen
  return request;
}

io::MissingRows missing_request(OptionValues const& values)
{
  return values.text("missing") == "drop" ? io::MissingRows::drop : io::MissingRows::refuse;
}

io::SampleOptions sample_request(OptionValues const& values, std::uint64_t seed)
{
  io::SampleOptions options;
  options.columns = {values.text("target"), values.names("features"), values.names("exclude")};
  options.transform.log = values.names("log");
  options.transform.log1p = values.names("log1p");
  std::string const standardize = values.text("standardize");
  options.transform.standardize = standardize == "nothing" ? io::Standardize::nothing
                                  : standardize == "features"
                                      ? io::Standardize::features
                                      : io::Standardize::features_and_target;
  options.missing = missing_request(values);
  options.split.validation = values.real("validation");
  options.split.order = values.flag("shuffle") ? RowOrder::shuffled : RowOrder::file;
  options.split.seed = seed;
  return options;
}

}  // namespace kovar::apps
