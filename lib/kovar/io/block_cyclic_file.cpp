// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/config.hpp>
#include <kovar/core/hash.hpp>
#include <kovar/core/region.hpp>
#include <kovar/dist/redistribute.hpp>
#include <kovar/dist/word_sum.hpp>
#include <kovar/io/block_cyclic_file.hpp>
#include <kovar/io/hdf5_native.hpp>

#include <Kokkos_Core.hpp>

#include <hdf5.h>

#if defined(KOVAR_ENABLE_MPI) && defined(H5_HAVE_PARALLEL)
#define KOVAR_HAS_MPI_IO
#include <kovar/dist/backend/mpi.hpp>
#endif

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <vector>

namespace kovar::io {
namespace {

/// Rows are gathered in pieces of this size.
constexpr std::int64_t piece_bytes = std::int64_t{1} << 25;

Hdf5Handle open_together(dist::Communicator const& comm, std::string const& path, unsigned flags,
                         bool together)
{
  Hdf5Handle const access = hdf5_file_access();
#ifdef KOVAR_HAS_MPI_IO
  if (together) H5Pset_fapl_mpio(access.id(), comm.backend().comm, MPI_INFO_NULL);
#endif
  if (!together && !comm.is_root()) return {};
  return {H5Fopen(path.c_str(), flags, access.id()), H5Fclose};
}

/// Where the entries of a matrix lie in a dataset.
struct RowLayout {
  RowStorage storage;
  std::int64_t n_columns;

  /// Row of the dataset at which a row of the matrix begins.
  std::int64_t begin(std::int64_t row) const
  {
    if (storage == RowStorage::matrix) return row;
    return storage == RowStorage::packed ? row * n_columns : row * (row + 1) / 2;
  }
  std::int64_t width() const { return storage == RowStorage::matrix ? n_columns : 1; }
  /// Entries of a row that are stored.
  std::int64_t length(std::int64_t row) const
  {
    return storage == RowStorage::lower ? row + 1 : n_columns;
  }
};

/// Rows of a matrix, [first, first + n).
struct Rows {
  std::int64_t first = 0;
  std::int64_t n = 0;
};

/// Rows that ranks hold between the matrix and the file, panel after panel: of each panel every rank that takes
/// part in the file has as many rows as fit a piece.
template <class Scalar>
struct RowPanels {
  std::int64_t n_rows;
  RowLayout layout;
  std::int64_t rows_each;   ///< of a rank
  std::int64_t panel_rows;  ///< of all of them
  dist::BlockCyclicMatrix<Scalar> panel;
  std::vector<Scalar> buffer;  ///< this rank's rows as they lie in the file

  RowPanels(dist::BlockCyclicMatrix<Scalar> const& a, RowStorage storage, int n_ranks)
      : n_rows(a.n_rows()), layout{storage, a.n_columns()}
  {
    dist::Communicator const& comm = a.grid().comm();
    std::int64_t const row_bytes = a.n_columns() * static_cast<std::int64_t>(sizeof(Scalar));
    rows_each =
        std::clamp<std::int64_t>(piece_bytes / row_bytes, 1, (n_rows + n_ranks - 1) / n_ranks);
    panel_rows = rows_each * n_ranks;
    panel = dist::BlockCyclicMatrix<Scalar>(dist::Host(), "kovar::io::panel_of_rows",
                                            dist::ProcessGrid(comm, {comm.size(), 1}), panel_rows,
                                            a.n_columns(), {rows_each, a.n_columns()});
    dist::agree(comm, [&] { buffer.resize(panel.local().size()); });
  }

  std::int64_t size(std::int64_t first) const { return std::min(panel_rows, n_rows - first); }

  /// What the panel that begins with row `first` covers of the matrix.
  dist::Extent extent(std::int64_t first) const
  {
    std::int64_t const n = size(first);
    return {n, layout.storage == RowStorage::lower ? first + n : layout.n_columns};
  }

  /// Rows of a rank.
  Rows of_rank(std::int64_t first, int rank) const
  {
    std::int64_t const begin = std::min(size(first), rank * rows_each);
    return {first + begin, std::min(size(first) - begin, rows_each)};
  }

  /// Call move(row of the panel, column, place in the buffer) for all entries of these rows, tile by tile.
  template <class Move>
  void for_entries(Rows const& rows, Move const& move)
  {
    constexpr std::int64_t tile = 32;
    std::vector<std::int64_t> place;
    for (std::int64_t i = 0, at = 0; i < rows.n; at += layout.length(rows.first + i), ++i)
      place.push_back(at);
    std::int64_t const n_columns = rows.n > 0 ? layout.length(rows.first + rows.n - 1) : 0;
    for (std::int64_t i0 = 0; i0 < rows.n; i0 += tile)
      for (std::int64_t j0 = 0; j0 < n_columns; j0 += tile)
        for (std::int64_t j = j0; j < std::min(j0 + tile, n_columns); ++j)
          for (std::int64_t i = i0; i < std::min(i0 + tile, rows.n); ++i)
            if (j < layout.length(rows.first + i))
              move(i, j, static_cast<std::size_t>(place[static_cast<std::size_t>(i)] + j));
  }
};

/// What a rank moves between the file and its memory in one call: rows of a matrix; none is a choice too. They
/// lie in one piece, so that collective transfers would gain nothing; those of Open MPI 4.1 do not tell of a full
/// disk either.
struct FileSelection {
  Hdf5Handle in_file;
  Hdf5Handle in_memory;

  FileSelection(Hdf5Handle const& dataset, RowLayout const& layout, Rows const& rows)
      : in_file(H5Dget_space(dataset.id()), H5Sclose)
  {
    std::int64_t const begin = layout.begin(rows.first);
    hsize_t const start[2] = {static_cast<hsize_t>(begin), 0};
    hsize_t const count[2] = {static_cast<hsize_t>(layout.begin(rows.first + rows.n) - begin),
                              static_cast<hsize_t>(layout.width())};
    in_memory = Hdf5Handle(H5Screate_simple(2, count, nullptr), H5Sclose);
    if (rows.n == 0) {
      H5Sselect_none(in_file.id());
      H5Sselect_none(in_memory.id());
    } else {
      H5Sselect_hyperslab(in_file.id(), H5S_SELECT_SET, start, nullptr, count, nullptr);
    }
  }
};

}  // namespace

template <class Scalar>
std::int64_t n_stored(dist::BlockCyclicMatrix<Scalar> const& a, RowStorage storage)
{
  RowLayout const layout = {storage, a.n_columns()};
  return layout.begin(a.n_rows()) * layout.width();
}

template <class Scalar>
std::uint64_t hash_of_rows(dist::BlockCyclicMatrix<Scalar> const& a, RowStorage storage)
{
  using Bits = std::conditional_t<sizeof(Scalar) == 8, std::uint64_t, std::uint32_t>;
  using Policy = Kokkos::RangePolicy<dist::Host, Kokkos::IndexType<std::int64_t>>;
  Region const region("kovar::io::hash_of_rows");
  dist::Host const space;
  RowLayout const layout = {storage == RowStorage::matrix ? RowStorage::packed : storage,
                            a.n_columns()};
  auto const local = a.local();
  auto const n_rows = static_cast<std::int64_t>(local.extent(0));
  std::uint64_t sum = 0;
  Kokkos::parallel_reduce(
      "kovar::io::hash_of_rows", Policy(space, 0, static_cast<std::int64_t>(local.extent(1))),
      [&](std::int64_t j, std::uint64_t& partial) {
        std::int64_t const column = a.global_column(j);
        for (std::int64_t i = 0; i < n_rows; ++i) {
          std::int64_t const row = a.global_row(i);
          if (column >= layout.length(row)) continue;
          Bits bits = 0;
          std::memcpy(&bits, &local(i, j), sizeof bits);
          partial += hash_term(static_cast<std::uint64_t>(layout.begin(row) + column), bits);
        }
      },
      sum);
  return dist::word_sum(a.grid().comm(), sum);
}

SharedHdf5File::SharedHdf5File(dist::Communicator const& comm, std::string const& path, Use use,
                               [[maybe_unused]] Route route)
    : comm_(comm), path_(path), use_(use)
{
#ifdef KOVAR_HAS_MPI_IO
  together_ = comm.size() > 1 && route == Route::automatic;
#endif
  file_ = open_together(comm, path, use == Use::write ? H5F_ACC_RDWR : H5F_ACC_RDONLY, together_);
  require(file_.valid() || (!together_ && !comm.is_root()), "H5Fopen");
}

void SharedHdf5File::require(bool is_good, char const* routine)
{
  std::string const reason = is_good ? "" : hdf5_message();
  dist::agree(comm_, [&] {
    if (!is_good)
      throw BackendError((use_ == Use::write ? "writing '" : "reading '") + path_ + "' failed in " +
                         routine + " (" + reason + ")");
  });
}

Hdf5Handle SharedHdf5File::open_dataset(std::string const& name)
{
  Hdf5Handle dataset;
  if (takes_part()) dataset = Hdf5Handle(H5Dopen2(file_.id(), name.c_str(), H5P_DEFAULT), H5Dclose);
  require(!takes_part() || dataset.valid(), "H5Dopen");
  return dataset;
}

template <class Scalar>
void SharedHdf5File::write(std::string const& name, dist::BlockCyclicMatrix<Scalar> const& a,
                           RowStorage storage)
{
  Region const region("kovar::io::write_block_cyclic[HDF5]");
  dist::Host const space;
  Hdf5Handle dataset = open_dataset(name);
  if (a.n_rows() == 0 || a.n_columns() == 0) return;
  RowPanels<Scalar> rows(a, storage, together_ ? comm_.size() : 1);
  for (std::int64_t first = 0; first < a.n_rows(); first += rows.panel_rows) {
    dist::copy_block(space, a, {first, 0}, rows.panel, {}, rows.extent(first));
    space.fence();  // HDF5 reads the rows on the host
    int status = 0;
    if (takes_part()) {
      Rows const mine = rows.of_rank(first, comm_.rank());
      auto const from = rows.panel.local();
      rows.for_entries(mine, [&](std::int64_t i, std::int64_t j, std::size_t place) {
        rows.buffer[place] = from(i, j);
      });
      FileSelection const selection(dataset, rows.layout, mine);
      status = H5Dwrite(dataset.id(), native_type<Scalar>(), selection.in_memory.id(),
                        selection.in_file.id(), H5P_DEFAULT, rows.buffer.data());
    }
    require(status >= 0, "H5Dwrite");
  }
  require(dataset.close() >= 0, "H5Dclose");
}

template <class Scalar>
void SharedHdf5File::read(std::string const& name, dist::BlockCyclicMatrix<Scalar> const& a,
                          RowStorage storage)
{
  Region const region("kovar::io::read_block_cyclic[HDF5]");
  dist::Host const space;
  Hdf5Handle dataset = open_dataset(name);
  if (a.n_rows() == 0 || a.n_columns() == 0) return;
  Kokkos::deep_copy(space, a.local(), Scalar(0));  // also what is not stored
  RowPanels<Scalar> rows(a, storage, together_ ? comm_.size() : 1);
  for (std::int64_t first = 0; first < a.n_rows(); first += rows.panel_rows) {
    int status = 0;
    Kokkos::deep_copy(space, rows.panel.local(), Scalar(0));
    space.fence();  // the host fills the panel
    if (takes_part()) {
      Rows const mine = rows.of_rank(first, comm_.rank());
      FileSelection const selection(dataset, rows.layout, mine);
      status = H5Dread(dataset.id(), native_type<Scalar>(), selection.in_memory.id(),
                       selection.in_file.id(), H5P_DEFAULT, rows.buffer.data());
      auto const to = rows.panel.local();
      rows.for_entries(mine, [&](std::int64_t i, std::int64_t j, std::size_t place) {
        to(i, j) = rows.buffer[place];
      });
    }
    require(status >= 0, "H5Dread");
    dist::copy_block(space, rows.panel, {}, a, {first, 0}, rows.extent(first));
    space.fence();  // the panel is filled anew
  }
  require(dataset.close() >= 0, "H5Dclose");
}

void SharedHdf5File::close()
{
  int status = 0;
  if (takes_part() && use_ == Use::write) status = H5Fflush(file_.id(), H5F_SCOPE_GLOBAL);
  require(status >= 0, "H5Fflush");
  require(file_.close() >= 0, "H5Fclose");
}

#define KOVAR_INSTANTIATE(Scalar)                                                                 \
  template std::int64_t n_stored(dist::BlockCyclicMatrix<Scalar> const&, RowStorage);             \
  template std::uint64_t hash_of_rows(dist::BlockCyclicMatrix<Scalar> const&, RowStorage);        \
  template void SharedHdf5File::write(std::string const&, dist::BlockCyclicMatrix<Scalar> const&, \
                                      RowStorage);                                                \
  template void SharedHdf5File::read(std::string const&, dist::BlockCyclicMatrix<Scalar> const&,  \
                                     RowStorage);
KOVAR_INSTANTIATE(double)
KOVAR_INSTANTIATE(float)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::io
