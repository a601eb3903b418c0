// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/io/samples.hpp>

namespace kovar::io {

PreparedSamples prepare_samples(Table const& table, SampleOptions const& options)
{
  ChosenColumns const columns = choose_columns(table, options.columns);
  std::vector<std::int64_t> const rows = complete_rows(table, columns, options.missing);
  RowSplit const split = split_rows(rows, options.split);
  WithTarget const target = columns.target ? WithTarget::yes : WithTarget::no;

  PreparedSamples prepared;
  prepared.transform = learn_transform(table, columns, options.transform, split.train);
  prepared.train = apply_transform(prepared.transform, table, split.train, target);
  prepared.validation = apply_transform(prepared.transform, table, split.validation, target);
  prepared.n_dropped = table.n_rows - static_cast<std::int64_t>(rows.size());
  return prepared;
}

Samples new_samples(TableTransform const& transform, Table const& table, MissingRows missing,
                    WithTarget target)
{
  ChosenColumns const columns = columns_of(transform, table, target);
  return apply_transform(transform, table, complete_rows(table, columns, missing), target);
}

}  // namespace kovar::io
