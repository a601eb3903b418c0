// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_CSV_RECORDS_HPP
#define KOVAR_IO_CSV_RECORDS_HPP

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

/// \file
/// A text of comma-separated values, cut into records and fields.

namespace kovar::io {

/// One field: without its quotes and without the blanks around it, outside and inside of quotes.
struct CsvField {
  std::string_view text;  ///< valid until the next record is read
  std::int64_t line = 0;  ///< where it begins, from 1
};

/// Reads records one after another, as RFC 4180 has them: lines end with CRLF, LF or CR; a field in
/// quotes may hold separators, line ends and quotes, which are doubled. Beyond the RFC, blanks may
/// stand around fields and quotes, and blank lines at the start and at the end.
class CsvRecords {
 public:
  /// \param content    the text, which must outlive the reader
  /// \param source     the file, for messages
  /// \param separator  between fields
  /// \param comment    what lines to pass over begin with; '\0': there are none
  CsvRecords(std::string_view content, std::string source, char separator, char comment);

  /// Read the next record into fields, one at least; false at the end of the text.
  /// \throws InputError for a quote that is not closed, text beside a quoted field, a quote within
  ///         a field that is not quoted, and a blank line between records
  bool next(std::vector<CsvField>& fields);

 private:
  bool skip_to_record();
  bool skip_blank_line();
  bool ends_line() const;
  void skip_line_end();
  void skip_blanks();
  CsvField take_field(std::size_t number);
  CsvField take_quoted(std::size_t number);
  [[noreturn]] void refuse(std::int64_t line, std::size_t number, std::string const& problem) const;

  std::string_view content_;
  std::string source_;
  char separator_;
  char comment_;
  std::array<bool, 256> ends_plain_field_{};  ///< bytes at which a field without quotes stops
  std::size_t at_ = 0;
  std::int64_t line_ = 1;
  bool has_read_ = false;
  std::deque<std::string> unquoted_;  ///< fields of this record that had doubled quotes
};

/// The separator of a text: a tab or semicolon where the first record has one outside quotes, else a
/// comma. Commas come last since they are frequent in names, and in numbers as some write them.
char detect_separator(std::string_view content, char comment);

}  // namespace kovar::io

#endif
