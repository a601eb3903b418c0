// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/io/csv_file.hpp>
#include <kovar/io/csv_number.hpp>
#include <kovar/io/csv_records.hpp>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <limits>
#include <memory>
#include <unordered_map>
#include <utility>

namespace kovar::io {
namespace {

namespace fs = std::filesystem;

std::string content_of(std::string const& path)
{
  std::error_code unknown;
  fs::file_status const status = fs::status(path, unknown);
  KOVAR_REQUIRE(status.type() != fs::file_type::not_found,
                "'" << path << "' does not exist; check the path");
  KOVAR_REQUIRE(!fs::is_directory(status), "'" << path << "' is a folder; name a table in it");
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> const file(std::fopen(path.c_str(), "rb"),
                                                             std::fclose);
  int const code = errno;
  KOVAR_REQUIRE(file != nullptr, "'" << path << "' cannot be read (" << std::strerror(code) << ")");

  // One byte more than the file has: the read that finds its end needs no second buffer.
  std::string content(fs::is_regular_file(status) ? fs::file_size(path, unknown) + 1 : 1 << 16,
                      '\0');
  std::size_t n_read = 0;
  while (std::size_t const n =
             std::fread(content.data() + n_read, 1, content.size() - n_read, file.get())) {
    n_read += n;
    if (n_read == content.size()) content.resize(2 * content.size());
  }
  KOVAR_REQUIRE(std::ferror(file.get()) == 0,
                "'" << path << "' cannot be read to its end (" << std::strerror(errno) << ")");
  content.resize(n_read);
  return content;
}

bool begins_with(std::string_view text, std::string_view beginning)
{
  return text.substr(0, beginning.size()) == beginning;
}

/// The text without its byte order mark.
/// \throws InputError if it is none
std::string_view checked_text(std::string_view text, std::string const& source)
{
  if (begins_with(text, "\xEF\xBB\xBF")) text.remove_prefix(3);
  KOVAR_REQUIRE(!text.empty(), "'" << source << "' is empty (a table has one row at least)");
  KOVAR_REQUIRE(!begins_with(text, "\xFF\xFE") && !begins_with(text, "\xFE\xFF"),
                "'" << source << "' is UTF-16 text; save it as UTF-8");
  KOVAR_REQUIRE(!begins_with(text, "PK\x03\x04"),
                "'" << source << "' is a ZIP archive or a workbook (.xlsx); save the table as CSV");
  KOVAR_REQUIRE(!begins_with(text, "\x1F\x8B"),
                "'" << source << "' is compressed with gzip; unpack it: gunzip");
  KOVAR_REQUIRE(text.substr(0, 4096).find('\0') == std::string_view::npos,
                "'" << source << "' is no text (it holds zero bytes); give a CSV or HDF5 file");
  return text;
}

/// The separator given, or found in the text.
/// \throws InputError if it may be part of a number or of quoting
char separator_of(std::string_view text, std::string const& source, TableOptions const& options)
{
  char const given = options.separator;
  if (given == '\0') return detect_separator(text, options.comment);
  bool const is_in_numbers = std::isalnum(static_cast<unsigned char>(given)) != 0 || given == '.' ||
                             given == '+' || given == '-';
  bool const has_other_use =
      given == ' ' || given == '"' || given == '\n' || given == '\r' || given == options.comment;
  KOVAR_REQUIRE(!is_in_numbers && !has_other_use,
                "'" << source << "' cannot be read with the separator "
                    << shown(std::string_view(&given, 1))
                    << " (it is part of numbers, blanks, quotes, lines or comments); take a comma, "
                       "a semicolon or a tab");
  return given;
}

/// Whether the first record is a header.
bool is_header(std::vector<CsvField> const& fields, std::string const& source,
               TableOptions const& options)
{
  if (options.header != CsvHeader::detect) return options.header == CsvHeader::present;
  auto const number = std::find_if(fields.begin(), fields.end(), [](CsvField const& field) {
    return csv_number(field.text).kind == CsvNumber::Kind::number;
  });
  auto const text = std::find_if(fields.begin(), fields.end(), [](CsvField const& field) {
    return csv_number(field.text).kind == CsvNumber::Kind::text;
  });
  if (text == fields.end()) return false;
  KOVAR_REQUIRE(number == fields.end(),
                "'" << source << "', line " << text->line << ": " << shown(text->text)
                    << " is text and " << shown(number->text)
                    << " a number (is this line the names of columns, or the first row?); say "
                       "whether there is a header (--header=yes or no), or correct the line");
  return true;
}

std::vector<std::string> names_of(std::vector<CsvField> const& fields, std::string const& source,
                                  bool has_header)
{
  std::vector<std::string> names;
  std::unordered_map<std::string, std::size_t> places;
  for (CsvField const& field : fields) {
    std::size_t const number = names.size() + 1;
    names.emplace_back(has_header ? field.text : "");
    if (names.back().empty()) names.back() = "column_" + std::to_string(number);
    auto const [first, is_new] = places.emplace(names.back(), number);
    KOVAR_REQUIRE(is_new, "'" << source << "', line " << field.line << ": columns " << first->second
                              << " and " << number << " are both named " << shown(names.back())
                              << "; rename one of them");
  }
  return names;
}

/// What is wrong with a field that is neither number nor missing, and what to do.
std::string complaint(std::string_view text, CsvNumber::Kind kind, TextColumns mode)
{
  std::string const field = shown(text);
  if (kind == CsvNumber::Kind::infinite)
    return field + " is infinite; correct it, or leave it empty if the value is missing";
  if (kind == CsvNumber::Kind::out_of_range)
    return field +
           " is out of the range of double precision (1e-308 to 1e308); correct it, or "
           "change the unit of the column";
  if (has_decimal_comma(text)) return field + " is no number; write decimals with a point";
  std::string const leave_out = mode == TextColumns::defer
                                    ? "leave the column out"
                                    : "read with text=defer and leave the column out";
  return field + " is no number; correct it, leave it empty if the value is missing, or " +
         leave_out;
}

/// Fills a table record by record.
class TableBuilder {
 public:
  TableBuilder(std::string const& source, TableOptions const& options, bool has_header,
               std::vector<CsvField> const& first)
      : options_(options), first_line_(first.front().line), has_header_(has_header)
  {
    table.source = source;
    table.columns = names_of(first, source, has_header);
    table.defects.resize(table.columns.size());
  }

  void add(std::vector<CsvField> const& fields)
  {
    check_size(fields);
    table.lines.push_back(fields.front().line);
    for (std::size_t column = 0; column < fields.size(); ++column)
      table.values.push_back(value_of(fields[column], column));
    ++table.n_rows;
  }

  Table table;

 private:
  void check_size(std::vector<CsvField> const& fields) const
  {
    std::size_t const n = table.columns.size();
    if (fields.size() == n) return;
    bool const has_extra_end = fields.size() == n + 1 && fields.back().text.empty();
    char const* const remedy = has_extra_end ? "take the separator at its end away"
                               : fields.size() > n
                                   ? "put a field that holds the separator in quotes"
                                   : "leave an empty field where a value is missing";
    KOVAR_REQUIRE(false, "'" << table.source << "', line " << fields.front().line << " has "
                             << fields.size() << (fields.size() == 1 ? " field" : " fields") << " ("
                             << first_text() << " has " << n << "); " << remedy);
  }

  std::string first_text() const
  {
    return has_header_ ? "the header" : "line " + std::to_string(first_line_);
  }

  double value_of(CsvField const& field, std::size_t column)
  {
    CsvNumber const found = csv_number(field.text);
    if (found.kind == CsvNumber::Kind::number || found.kind == CsvNumber::Kind::missing)
      return found.value;
    std::string const message = "'" + table.source + "', line " + std::to_string(field.line) +
                                ", column '" + table.columns[column] +
                                "': " + complaint(field.text, found.kind, options_.text);
    KOVAR_REQUIRE(options_.text == TextColumns::defer && found.kind == CsvNumber::Kind::text,
                  message);
    if (table.defects[column].empty()) table.defects[column] = message;
    return std::numeric_limits<double>::quiet_NaN();
  }

  TableOptions const& options_;
  std::int64_t first_line_;
  bool has_header_;
};

}  // namespace

Table parse_csv(std::string_view text, std::string const& source, TableOptions const& options)
{
  text = checked_text(text, source);
  char const separator = separator_of(text, source, options);
  CsvRecords records(text, source, separator, options.comment);
  std::vector<CsvField> fields;
  KOVAR_REQUIRE(records.next(fields), "'" << source << "' holds blank lines only; write a table");
  bool const has_header = is_header(fields, source, options);

  TableBuilder builder(source, options, has_header, fields);
  auto const most_rows = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  builder.table.lines.reserve(most_rows);
  builder.table.values.reserve(most_rows * fields.size());
  if (!has_header) builder.add(fields);
  while (records.next(fields)) builder.add(fields);
  KOVAR_REQUIRE(builder.table.n_rows > 0,
                "'" << source << "' has a header and no rows (a table has one row at least)");
  return std::move(builder.table);
}

Table read_csv(std::string const& path, TableOptions const& options)
{
  KOVAR_REQUIRE(options.dataset.empty(),
                "'" << path
                    << "' is no HDF5 file (its signature is missing), and a dataset of it, '"
                    << options.dataset << "', is asked for; name an HDF5 file, or no dataset");
  return parse_csv(content_of(path), path, options);
}

}  // namespace kovar::io
