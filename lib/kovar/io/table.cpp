// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/config.hpp>
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/io/csv_file.hpp>
#include <kovar/io/table.hpp>
#ifdef KOVAR_ENABLE_HDF5
#include <kovar/io/hdf5_table.hpp>
#endif

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

namespace kovar::io {
namespace {

/// Whether a file begins as HDF5 does: at 0, or after a user block (MATLAB's is 512 long) of 512
/// times a power of two.
/// Source: HDF5 File Format Specification 3.0, section II.A (The HDF Group).
bool has_hdf5_signature(std::string const& path)
{
  std::error_code unknown;
  if (!std::filesystem::is_regular_file(path, unknown)) return false;
  auto const n_bytes = static_cast<std::int64_t>(std::filesystem::file_size(path, unknown));
  std::array<char, 8> const signature = {'\x89', 'H', 'D', 'F', '\r', '\n', '\x1a', '\n'};
  std::ifstream file(path, std::ios::binary);
  for (std::int64_t at = 0; at + 8 <= n_bytes; at = at == 0 ? 512 : 2 * at) {
    std::array<char, 8> found{};
    if (!file.seekg(at) || !file.read(found.data(), found.size())) return false;
    if (found == signature) return true;
  }
  return false;
}

/// All of a table but its values, as bytes.
class Packing {
 public:
  void add(std::int64_t number)
  {
    std::array<char, sizeof number> raw{};
    std::memcpy(raw.data(), &number, sizeof number);
    bytes.append(raw.data(), raw.size());
  }
  void add(std::string const& text)
  {
    add(static_cast<std::int64_t>(text.size()));
    bytes += text;
  }
  void add(std::vector<std::string> const& texts)
  {
    add(static_cast<std::int64_t>(texts.size()));
    for (std::string const& text : texts) add(text);
  }

  std::int64_t take_number()
  {
    std::int64_t number = 0;
    std::memcpy(&number, bytes.data() + at_, sizeof number);
    at_ += sizeof number;
    return number;
  }
  std::string take_text()
  {
    auto const size = static_cast<std::size_t>(take_number());
    at_ += size;
    return bytes.substr(at_ - size, size);
  }
  std::vector<std::string> take_texts()
  {
    std::vector<std::string> texts(static_cast<std::size_t>(take_number()));
    for (std::string& text : texts) text = take_text();
    return texts;
  }

  std::string bytes;

 private:
  std::size_t at_ = 0;
};

void broadcast_table(dist::Communicator const& comm, Table& table)
{
  Packing head;
  if (comm.is_root()) {
    head.add(table.source);
    head.add(table.columns);
    head.add(table.defects);
    head.add(table.n_rows);
    head.add(static_cast<std::int64_t>(table.lines.size()));
  }
  head.bytes = dist::broadcast_text(comm, std::move(head.bytes));
  dist::agree(comm, [&] {
    if (comm.is_root()) return;
    table.source = head.take_text();
    table.columns = head.take_texts();
    table.defects = head.take_texts();
    table.n_rows = head.take_number();
    table.lines.resize(static_cast<std::size_t>(head.take_number()));
    table.values.resize(static_cast<std::size_t>(table.n_rows) * table.columns.size());
  });
  comm.broadcast(table.values.data(), static_cast<std::int64_t>(table.values.size()));
  comm.broadcast(reinterpret_cast<char*>(table.lines.data()),
                 static_cast<std::int64_t>(table.lines.size() * sizeof(std::int64_t)));
}

}  // namespace

std::string Table::place(std::int64_t row, std::size_t column) const
{
  bool const has_lines = !lines.empty();
  std::int64_t const number = has_lines ? lines[static_cast<std::size_t>(row)] : row + 1;
  return "'" + source + "', " + (has_lines ? "line " : "row ") + std::to_string(number) +
         ", column '" + columns[column] + "'";
}

Table read_table(std::string const& path, TableOptions const& options)
{
  if (has_hdf5_signature(path)) {
#ifdef KOVAR_ENABLE_HDF5
    return read_hdf5_table(path, options);
#else
    KOVAR_REQUIRE(false, "'" << path
                             << "' is an HDF5 file (kovar was built without HDF5); write the table "
                                "as CSV, or build with KOVAR_ENABLE_HDF5=ON");
#endif
  }
  return read_csv(path, options);
}

Table read_table(dist::Communicator const& comm, std::string const& path,
                 TableOptions const& options)
{
  Region const region("kovar::io::read_table");
  Table table;
  dist::agree(comm, [&] {
    if (comm.is_root()) table = read_table(path, options);
  });
  broadcast_table(comm, table);
  return table;
}

}  // namespace kovar::io
