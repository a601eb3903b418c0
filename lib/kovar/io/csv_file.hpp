// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_CSV_FILE_HPP
#define KOVAR_IO_CSV_FILE_HPP

#include <kovar/io/table.hpp>

#include <string>
#include <string_view>

/// \file
/// Tables from comma-separated values.

namespace kovar::io {

/// Read a CSV file as RFC 4180 has it, in UTF-8 with or without a byte order mark; a pipe will do.
/// Numbers are decimal, with a point whatever the locale, and blanks or a plus may stand before
/// them. Empty fields, NA and NaN (in any case) are missing values: NaN in the table. Every record
/// has as many fields as the first one. Columns whose name is empty get that of their number,
/// column_1, column_2 ...
/// \throws InputError for the first thing that is not so, with file, line, column, the text found and
///         what to do about it; also for infinite numbers, and those that a double cannot hold, two
///         columns of one name, a file without rows, and one that is no text
/// Cost: one pass over the file, which is held in memory beside the table.
Table read_csv(std::string const& path, TableOptions const& options = {});

/// The same for a text in memory. \param source  what messages call it
Table parse_csv(std::string_view text, std::string const& source, TableOptions const& options = {});

}  // namespace kovar::io

#endif
