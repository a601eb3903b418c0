// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_CSV_NUMBER_HPP
#define KOVAR_IO_CSV_NUMBER_HPP

#include <string>
#include <string_view>

/// \file
/// What a field of a table holds: a number, nothing or something else.

namespace kovar::io {

/// A field read as a number.
struct CsvNumber {
  enum class Kind {
    number,
    missing,       ///< empty, NA or NaN
    text,          ///< no number
    infinite,      ///< inf or infinity
    out_of_range,  ///< too large or too small for a double
  };
  Kind kind = Kind::text;
  double value = 0;  ///< NaN if missing; 0 for what is neither number nor missing
};

/// Read a field that has no blanks around it. Decimal, "1.5e-3"; a plus may stand before it. No
/// locale is asked.
CsvNumber csv_number(std::string_view text);

/// Whether a text would be a number with a point in place of its comma: "3,14".
bool has_decimal_comma(std::string_view text);

/// A text in single quotes for a message: at most 40 bytes of it, and a '?' for each control
/// character.
std::string shown(std::string_view text);

}  // namespace kovar::io

#endif
