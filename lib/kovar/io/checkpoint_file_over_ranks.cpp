// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/hash.hpp>
#include <kovar/io/block_cyclic_file.hpp>
#include <kovar/io/checkpoint_file.hpp>
#include <kovar/io/checkpoint_parts.hpp>
#include <kovar/io/new_hdf5_file.hpp>

namespace kovar::io {
namespace {

RowStorage storage_of(dist::Part part)
{
  return part == dist::Part::all ? RowStorage::packed : RowStorage::lower;
}

template <class Scalar>
std::string hash_of(dist::BlockCyclicMatrix<Scalar> const& a, dist::Part part)
{
  return hash_text(hash_of_rows(a, storage_of(part)));
}

}  // namespace

template <class Scalar>
void CheckpointFile::put_shares(std::string const& name, dist::BlockCyclicMatrix<Scalar> const& a,
                                dist::Part part)
{
  dist::agree(comm_, [&] {
    KOVAR_REQUIRE(part == dist::Part::all || a.n_rows() == a.n_columns(),
                  "'" << name << "' is " << a.n_rows() << " x " << a.n_columns()
                      << " (only a square matrix has a lower triangle for the checkpoint); put all "
                         "of it");
  });
  std::int64_t const n = n_stored(a, storage_of(part));
  std::string const dataset = dataset_of_array(name);
  std::string const hash = hash_of(a, part);
  add_to_stage(name, n * static_cast<std::int64_t>(sizeof(Scalar)), [&] {
    part_->make_matrix<Scalar>(dataset, n, 1, {});
    part_->write_text(dataset, "hash", hash);
  });
  shares_[name] = [=](SharedHdf5File& file) { file.write(dataset, a, storage_of(part)); };
}

template <class Scalar>
void CheckpointFile::read_shares(std::string const& name, dist::BlockCyclicMatrix<Scalar> const& a,
                                 dist::Part part) const
{
  std::string stored_hash;
  dist::agree(comm_, [&] {
    require_held(name);
    if (!comm_.is_root()) return;
    OpenArray const array(path_, name);
    array.require(path_, name, {n_stored(a, storage_of(part)), 1}, sizeof(Scalar));
    stored_hash = array.hash;
  });
  try {
    SharedHdf5File file(comm_, path_, SharedHdf5File::Use::read);
    file.read(dataset_of_array(name), a, storage_of(part));
    file.close();
  } catch (BackendError const& e) {
    throw InputError(damage_message(path_, e.what()), e.on_all_ranks());
  }
  std::string const hash = hash_of(a, part);
  dist::agree(comm_, [&] {
    if (comm_.is_root() && hash != stored_hash)
      throw InputError(damage_message(path_, "'" + name + "' is not what was written"));
  });
}

void CheckpointFile::write_shares()
{
  std::string const part = dist::broadcast_text(comm_, part_ ? part_->part() : "");
  try {
    SharedHdf5File file(comm_, part);
    for (auto const& [name, write] : shares_) write(file);
    file.close();
  } catch (BackendError const& e) {
    part_.reset();
    throw BackendError(unwritten(e.what()), e.on_all_ranks());
  }
  shares_.clear();
}

void CheckpointFile::put_over_ranks(std::string const& name,
                                    dist::BlockCyclicMatrix<double> const& a, dist::Part part)
{
  put_shares(name, a, part);
}

void CheckpointFile::put_over_ranks(std::string const& name,
                                    dist::BlockCyclicMatrix<float> const& a, dist::Part part)
{
  put_shares(name, a, part);
}

void CheckpointFile::read_over_ranks(std::string const& name,
                                     dist::BlockCyclicMatrix<double> const& a,
                                     dist::Part part) const
{
  read_shares(name, a, part);
}

void CheckpointFile::read_over_ranks(std::string const& name,
                                     dist::BlockCyclicMatrix<float> const& a, dist::Part part) const
{
  read_shares(name, a, part);
}

}  // namespace kovar::io
