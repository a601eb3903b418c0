// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_SAMPLES_HPP
#define KOVAR_IO_SAMPLES_HPP

#include <kovar/io/row_split.hpp>
#include <kovar/io/table.hpp>
#include <kovar/io/table_columns.hpp>
#include <kovar/io/table_transform.hpp>

#include <cstdint>

/// \file
/// From a table to samples that train and validate a model, and from a new table to samples that it
/// predicts:
///
///     kovar::io::SampleOptions options;
///     options.columns.target = "price";
///     options.split.validation = 0.15;
///     auto const data = kovar::io::prepare_samples(kovar::io::read_table("housing.csv"), options);
///     auto const fresh = kovar::io::new_samples(data.transform, kovar::io::read_table("new.csv"));
///     // a prediction p of the model is data.transform.target->to_units(p) in the target's units
///
/// Nothing here communicates. Under MPI, where every rank has the table, call it within dist::agree,
/// so that errors are thrown on all ranks together.

namespace kovar::io {

struct SampleOptions {
  ColumnChoice columns;
  TransformOptions transform;
  MissingRows missing = MissingRows::refuse;
  SplitOptions split;
};

struct PreparedSamples {
  TableTransform transform;  ///< learnt from the training rows
  Samples train;
  Samples validation;          ///< without rows if none were asked for
  std::int64_t n_dropped = 0;  ///< rows left out since they lack a value
};

/// Choose columns, leave out rows that lack values, split, learn the transform from the training rows
/// and apply it.
/// \throws InputError as choose_columns, complete_rows, split_rows and learn_transform do
PreparedSamples prepare_samples(Table const& table, SampleOptions const& options);

/// Samples of a new table. Columns are found by name; those that the model does not know are not
/// looked at. \return whose rows says which rows they are: all, or those that lack no value
/// \throws InputError as columns_of, complete_rows and apply_transform do
Samples new_samples(TableTransform const& transform, Table const& table,
                    MissingRows missing = MissingRows::refuse, WithTarget target = WithTarget::no);

}  // namespace kovar::io

#endif
