// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/io/csv_records.hpp>

#include <algorithm>
#include <utility>

namespace kovar::io {
namespace {

bool is_line_end(char c) { return c == '\n' || c == '\r'; }

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text)
{
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

CsvRecords::CsvRecords(std::string_view content, std::string source, char separator, char comment)
    : content_(content), source_(std::move(source)), separator_(separator), comment_(comment)
{
  for (char const c : {separator, '\n', '\r', '"'})
    ends_plain_field_[static_cast<unsigned char>(c)] = true;
}

void CsvRecords::refuse(std::int64_t line, std::size_t number, std::string const& problem) const
{
  throw InputError("'" + source_ + "', line " + std::to_string(line) + ", field " +
                   std::to_string(number) + ": " + problem);
}

bool CsvRecords::ends_line() const { return at_ == content_.size() || is_line_end(content_[at_]); }

void CsvRecords::skip_line_end()
{
  if (at_ == content_.size()) return;
  bool const is_crlf = content_.substr(at_, 2) == "\r\n";
  at_ += is_crlf ? 2 : 1;
  ++line_;
}

/// Blanks are spaces and tabs; a tab that separates is none.
void CsvRecords::skip_blanks()
{
  while (at_ < content_.size() &&
         (content_[at_] == ' ' || (content_[at_] == '\t' && separator_ != '\t')))
    ++at_;
}

bool CsvRecords::skip_blank_line()
{
  std::size_t const begin = at_;
  skip_blanks();
  if (ends_line() && at_ < content_.size()) {
    skip_line_end();
    return true;
  }
  if (at_ < content_.size()) at_ = begin;
  return false;
}

/// Go past comments and blank lines to the first byte of a record; false at the end.
bool CsvRecords::skip_to_record()
{
  std::int64_t blank_line = 0;
  while (at_ < content_.size()) {
    std::int64_t const line = line_;
    if (comment_ != '\0' && content_[at_] == comment_) {
      while (!ends_line()) ++at_;
      skip_line_end();
    } else if (skip_blank_line()) {
      if (blank_line == 0) blank_line = line;
    } else {
      break;
    }
  }
  if (at_ == content_.size()) return false;
  KOVAR_REQUIRE(
      blank_line == 0 || !has_read_,
      "'" << source_ << "', line " << blank_line
          << " is blank (and rows follow it); take the line out, or write NA if it stands "
             "for a missing value");
  return true;
}

CsvField CsvRecords::take_quoted(std::size_t number)
{
  CsvField field{{}, line_};
  ++at_;
  std::size_t begin = at_;
  std::string* joined = nullptr;  // made at the first doubled quote
  for (;;) {
    while (at_ < content_.size() && content_[at_] != '"') {
      if (is_line_end(content_[at_]))
        skip_line_end();
      else
        ++at_;
    }
    if (at_ == content_.size())
      refuse(field.line, number, "the quote that opens this field is never closed; close it");
    bool const is_doubled = content_.substr(at_, 2) == "\"\"";
    if (is_doubled && joined == nullptr) joined = &unquoted_.emplace_back();
    if (joined != nullptr)
      joined->append(content_.substr(begin, at_ - begin + (is_doubled ? 1 : 0)));
    if (!is_doubled) break;
    at_ += 2;
    begin = at_;
  }
  field.text = trimmed(joined != nullptr ? *joined : content_.substr(begin, at_ - begin));
  ++at_;
  skip_blanks();
  if (!ends_line() && content_[at_] != separator_)
    refuse(field.line, number,
           "text follows the closing quote; write a quote within quotes as two (\"\")");
  return field;
}

CsvField CsvRecords::take_field(std::size_t number)
{
  skip_blanks();
  if (at_ < content_.size() && content_[at_] == '"') return take_quoted(number);
  std::size_t const begin = at_;
  while (at_ < content_.size() && !ends_plain_field_[static_cast<unsigned char>(content_[at_])])
    ++at_;
  if (at_ < content_.size() && content_[at_] == '"')
    refuse(line_, number,
           "a quote stands within a field that does not begin with one; put the whole field in "
           "quotes and write its quotes as two (\"\")");
  return {trimmed(content_.substr(begin, at_ - begin)), line_};
}

bool CsvRecords::next(std::vector<CsvField>& fields)
{
  fields.clear();
  unquoted_.clear();
  if (!skip_to_record()) return false;
  has_read_ = true;
  for (;;) {
    fields.push_back(take_field(fields.size() + 1));
    if (ends_line()) break;
    ++at_;  // the separator
  }
  skip_line_end();
  return true;
}

char detect_separator(std::string_view content, char comment)
{
  bool has_semicolon = false;
  bool is_in_quotes = false;
  bool is_comment = false;
  bool is_empty = true;  // so far, the line
  bool is_at_start = true;
  bool has_tab = false;
  for (char const c : content) {
    if (is_line_end(c) && !is_in_quotes) {
      if (!is_empty && !is_comment) break;
      is_comment = false;
      is_empty = is_at_start = true;
      has_tab = false;
      continue;
    }
    if (is_at_start) is_comment = comment != '\0' && c == comment;
    is_at_start = false;
    if (is_comment) continue;
    if (c == '"') is_in_quotes = !is_in_quotes;
    has_tab = has_tab || (c == '\t' && !is_in_quotes);
    has_semicolon = has_semicolon || (c == ';' && !is_in_quotes);
    is_empty = is_empty && is_blank(c);
  }
  return has_tab ? '\t' : has_semicolon ? ';' : ',';
}

}  // namespace kovar::io
