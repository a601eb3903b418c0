// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_TABLE_HPP
#define KOVAR_IO_TABLE_HPP

#include <kovar/dist/communicator.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// \file
/// Tables of numbers with named columns, from CSV or HDF5. From a file to samples for a model:
///
///     kovar::io::SampleOptions options;  // of samples.hpp
///     options.columns.target = "price";
///     options.transform.log = {"income", "rooms"};
///     options.split.validation = 3000;  // the last rows of the file
///     auto const data = kovar::io::prepare_samples(kovar::io::read_table("housing.csv"), options);
///
/// data.train and data.validation then hold standardised x and y; data.transform is what a saved
/// model needs to treat new rows in the same way and to give predictions in the target's units.

namespace kovar::io {

/// A table on the host. Where a value is missing it is NaN.
struct Table {
  std::string source;                ///< the file, for messages
  std::vector<std::string> columns;  ///< names, no two equal
  std::int64_t n_rows = 0;           ///< at least 1 in a table that was read
  std::vector<double> values;        ///< n_rows x n_columns(), row-major
  std::vector<std::int64_t> lines;   ///< of CSV: the line where each row begins, from 1; else empty
  std::vector<std::string> defects;  ///< per column: what is no number in it, "" if all is well

  std::int64_t n_columns() const { return static_cast<std::int64_t>(columns.size()); }
  double operator()(std::int64_t row, std::size_t column) const
  {
    return values[static_cast<std::size_t>(row) * columns.size() + column];
  }

  /// "'housing.csv', line 17, column 'price'"; rows of HDF5 are counted from 1, as lines are.
  std::string place(std::int64_t row, std::size_t column) const;
};

/// Whether the first record of a CSV file holds the names of columns.
enum class CsvHeader {
  detect,   ///< it does if no field of it is a number; an error where some are and some are not
  present,  ///< names are fields of any kind
  absent    ///< columns get the names column_1, column_2 ...
};

/// What to do about a column that does not hold numbers alone.
enum class TextColumns {
  refuse,  ///< an error
  defer    ///< NaN for each text and an entry in Table::defects: an error once the column is chosen
};

/// How to read a table. What has no meaning for the kind of file found is not looked at, but for
/// `dataset`.
struct TableOptions {
  char separator = '\0';  ///< CSV: between fields; '\0': a tab or semicolon where the first record
                          ///< has one, else a comma
  CsvHeader header = CsvHeader::detect;
  char comment = '\0';  ///< CSV: lines that begin so are passed over; '\0': none
  std::string
      dataset;  ///< HDF5: a matrix, or a group of columns; empty: what the file's root holds
  TextColumns text = TextColumns::refuse;
};

/// Read a table, by this process alone. HDF5 is known by its signature, whatever the name says; all
/// else is read as CSV (see read_csv and read_hdf5_table).
/// \throws InputError if there is no such file, it holds no table or one that is not sound, or it is
///         HDF5 and kovar was built without. Messages name file, line and column.
/// \throws BackendError if reading fails on the way
Table read_table(std::string const& path, TableOptions const& options = {});

/// The same on all ranks; collective. Rank 0 reads, the others get copies; errors are thrown on all
/// ranks together.
Table read_table(dist::Communicator const& comm, std::string const& path,
                 TableOptions const& options = {});

}  // namespace kovar::io

#endif
