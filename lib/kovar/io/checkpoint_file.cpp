// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/config.hpp>
#include <kovar/core/hash.hpp>
#include <kovar/core/region.hpp>
#include <kovar/io/checkpoint_file.hpp>
#include <kovar/io/checkpoint_parts.hpp>
#include <kovar/io/hdf5_native.hpp>
#include <kovar/io/new_hdf5_file.hpp>

#include <hdf5.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

namespace kovar::io {
namespace {

using Texts = std::vector<std::string>;

std::int64_t size_of(std::vector<std::int64_t> const& extents)
{
  std::int64_t size = 1;
  for (std::int64_t const extent : extents) size *= extent;
  return size;
}

/// Texts of rank 0 on all ranks; collective.
Texts shared(dist::Communicator const& comm, Texts const& texts)
{
  std::string whole;  // texts may hold any character but this
  for (std::string const& text : texts) whole += text + '\0';
  whole = dist::broadcast_text(comm, whole);
  Texts result;
  for (std::size_t first = 0; first < whole.size();) {
    result.emplace_back(whole.c_str() + first);
    first += result.back().size() + 1;
  }
  return result;
}

std::string hash_of(Texts const& texts)
{
  std::uint64_t hash = texts.size();
  for (std::string const& text : texts) hash = mix_bits(hash ^ hash_of_text(text));
  return hash_text(hash);
}

template <class Number>
std::string hash_of(Number const* values, std::vector<std::int64_t> const& extents)
{
  return hash_text(hash_of_array(values, size_of(extents)));
}

extern "C" herr_t collect_name(hid_t /*group*/, char const* name, H5L_info_t const* /*link*/,
                               void* names)
{
  try {
    static_cast<std::set<std::string>*>(names)->insert(name);
    return 0;
  } catch (std::exception const&) {
    return -1;
  }
}

[[noreturn]] void tell_damage(std::string const& path, std::string const& what)
{
  throw InputError(damage_message(path, what));
}

}  // namespace

CheckpointFile::CheckpointFile(dist::Communicator const& comm, std::string const& path,
                               Fingerprint const& fingerprint, StopRule stop_rule)
    : comm_(comm), path_(path), fingerprint_(fingerprint), stop_rule_(std::move(stop_rule))
{
  dist::agree(comm_, [&] {
    std::error_code unknown;
    if (comm_.is_root() && std::filesystem::exists(path_, unknown)) read_header();
  });
  stages_ = shared(comm_, stages_);
  Texts const held = shared(comm_, Texts(held_.begin(), held_.end()));
  held_ = {held.begin(), held.end()};
}

CheckpointFile::~CheckpointFile() = default;

std::string CheckpointFile::value_in_fingerprint(dist::Communicator const& comm,
                                                 std::string const& path, std::string const& name)
{
  std::string value;
  dist::agree(comm, [&] {
    std::error_code unknown;
    if (!comm.is_root() || !std::filesystem::exists(path, unknown)) return;
    for (auto const& entry : OpenCheckpoint(path).fingerprint().value_or(Fingerprint()))
      if (entry.first == name) value = entry.second;
  });
  return dist::broadcast_text(comm, value);
}

void CheckpointFile::read_header()
{
  OpenCheckpoint const open(path_);
  std::optional<Fingerprint> const earlier = open.fingerprint();
  auto const stages = read_texts(open.file, "/", "stages");
  if (!earlier || !stages) tell_damage(path_, "its header is incomplete");
  std::string const difference = difference_of(*earlier, fingerprint_);
  KOVAR_REQUIRE(difference.empty(), "the checkpoint '"
                                        << path_ << "' is of another computation (" << difference
                                        << "); go on with the data and options of that one, or "
                                           "remove the file to start anew");
  stages_ = *stages;
  if (H5Literate_by_name(open.file.id(), "arrays", H5_INDEX_NAME, H5_ITER_NATIVE, nullptr,
                         collect_name, &held_, H5P_DEFAULT) < 0)
    tell_damage(path_, "its list of arrays, HDF5: " + hdf5_message());
}

void CheckpointFile::require_held(std::string const& name) const
{
  KOVAR_REQUIRE(holds(name), "the checkpoint '" << path_ << "' has no array '" << name
                                                << "' (an error in the program)");
}

template <class Number>
void CheckpointFile::read(std::string const& name, Number* values,
                          std::vector<std::int64_t> const& extents) const
{
  OpenArray const open(path_, name);
  open.require(path_, name, extents, sizeof(Number));
  if (H5Dread(open.dataset.id(), native_type<Number>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
    tell_damage(path_, "'" + name + "', HDF5: " + hdf5_message());
  if (open.hash != hash_of(values, extents))
    tell_damage(path_, "'" + name + "' is not what was written");
}

std::vector<double> CheckpointFile::numbers(std::string const& name) const
{
  std::vector<double> values;
  dist::agree(comm_, [&] {
    require_held(name);
    if (!comm_.is_root()) return;
    std::vector<std::int64_t> const extents = extents_of(OpenArray(path_, name).dataset);
    values.resize(static_cast<std::size_t>(size_of(extents)));
    read(name, values.data(), {static_cast<std::int64_t>(values.size())});
  });
  auto size = static_cast<double>(values.size());
  comm_.broadcast(&size, 1);
  values.resize(static_cast<std::size_t>(size));
  comm_.broadcast(values.data(), static_cast<std::int64_t>(values.size()));
  return values;
}

Texts CheckpointFile::texts(std::string const& name) const
{
  Texts texts;
  dist::agree(comm_, [&] {
    require_held(name);
    if (!comm_.is_root()) return;
    OpenArray const open(path_, name);
    texts = read_texts(open.file, dataset_of_array(name), "texts").value_or(Texts());
    if (open.hash != hash_of(texts)) tell_damage(path_, "'" + name + "' is not what was written");
  });
  return shared(comm_, texts);
}

void CheckpointFile::read_matrix(std::string const& name, double* values, std::int64_t n_rows,
                                 std::int64_t n_columns) const
{
  dist::agree(comm_, [&] {
    require_held(name);
    if (comm_.is_root()) read(name, values, {n_columns, n_rows});
  });
}

void CheckpointFile::read_matrix(std::string const& name, float* values, std::int64_t n_rows,
                                 std::int64_t n_columns) const
{
  dist::agree(comm_, [&] {
    require_held(name);
    if (comm_.is_root()) read(name, values, {n_columns, n_rows});
  });
}

std::string CheckpointFile::unwritten(std::string const& reason) const
{
  return "the checkpoint could not be written: " + reason +
         (stages_.empty() ? "" : "; the one of stage '" + stages_.back() + "' is still there");
}

void CheckpointFile::write_together(std::function<void()> const& work)
{
  dist::agree(comm_, [&] {
    if (!comm_.is_root()) return;
    try {
      work();
    } catch (BackendError const& e) {
      part_.reset();
      throw BackendError(unwritten(e.what()));
    }
  });
}

void CheckpointFile::add_to_stage(std::string const& name, std::int64_t bytes,
                                  std::function<void()> const& write)
{
  write_together([&] {
    KOVAR_REQUIRE(
        name.find('/') == std::string::npos && !name.empty(),
        "the checkpoint cannot hold an array of the name '" << name << "'; give one without /");
    if (!part_) part_ = std::make_unique<NewHdf5File>(path_, bytes);
    if (put_.count(name) != 0) part_->remove(dataset_of_array(name));
    write();
  });
  put_.insert(name);
  shares_.erase(name);
}

template <class Number>
void CheckpointFile::put(std::string const& name, Number const* values,
                         std::vector<std::int64_t> const& extents)
{
  auto const bytes = size_of(extents) * static_cast<std::int64_t>(sizeof(Number));
  add_to_stage(name, bytes, [&] {
    part_->write(dataset_of_array(name), extents, values, {});
    part_->write_text(dataset_of_array(name), "hash", hash_of(values, extents));
  });
}

void CheckpointFile::put_numbers(std::string const& name, std::vector<double> const& values)
{
  put(name, values.data(), {static_cast<std::int64_t>(values.size())});
}

void CheckpointFile::put_texts(std::string const& name, Texts const& texts)
{
  add_to_stage(name, 0, [&] {
    auto const n_texts = static_cast<std::int64_t>(texts.size());
    part_->write(dataset_of_array(name), {}, &n_texts, {});
    part_->write_texts(dataset_of_array(name), "texts", texts);
    part_->write_text(dataset_of_array(name), "hash", hash_of(texts));
  });
}

void CheckpointFile::put_matrix(std::string const& name, double const* values, std::int64_t n_rows,
                                std::int64_t n_columns)
{
  put(name, values, {n_columns, n_rows});
}

void CheckpointFile::put_matrix(std::string const& name, float const* values, std::int64_t n_rows,
                                std::int64_t n_columns)
{
  put(name, values, {n_columns, n_rows});
}

void CheckpointFile::drop(std::string const& name) { held_.erase(name); }

namespace {

/// The newest stages: HDF5 takes attributes of up to 64 KiB, 16 bytes a text.
Texts with_newest(Texts stages, std::string const& stage)
{
  constexpr std::size_t n_kept = 1000;
  if (stages.size() >= n_kept) stages.erase(stages.begin());
  stages.push_back(stage);
  return stages;
}

}  // namespace

void CheckpointFile::write_part(std::string const& stage)
{
  Texts const stages = with_newest(stages_, stage);
  if (!part_) part_ = std::make_unique<NewHdf5File>(path_, 0);
  if (put_.empty() && held_.empty()) part_->create_group("arrays");
  // Arrays that were put anew take the place of the old.
  Texts kept;
  std::set_difference(held_.begin(), held_.end(), put_.begin(), put_.end(),
                      std::back_inserter(kept));
  if (!kept.empty()) {
    Hdf5Handle const earlier = open_checkpoint_file(path_);
    for (std::string const& name : kept)
      part_->copy_from(earlier, dataset_of_array(name), {"hash", "texts"});
  }
  Texts names;
  Texts values;
  for (auto const& [name, value] : fingerprint_) {
    names.push_back(name);
    values.push_back(value);
  }
  part_->write_text("/", "format", checkpoint_format);
  part_->write_text("/", "format_version", checkpoint_format_version);
  part_->write_text("/", "kovar_version", KOVAR_VERSION);
  part_->write_texts("/", "stages", stages);
  part_->write_texts("/", "fingerprint_names", names);
  part_->write_texts("/", "fingerprint_values", values);
  part_->close_part();
}

void CheckpointFile::commit_part()
{
  part_->commit();
  part_.reset();
}

void CheckpointFile::complete_stage(std::string const& stage, double next_work)
{
  Region const region("kovar::io::complete_stage[HDF5]");
  write_together([&] {
    write_part(stage);
    if (shares_.empty()) commit_part();
  });
  if (!shares_.empty()) {
    write_shares();
    write_together([&] { commit_part(); });
  }
  stages_ = with_newest(std::move(stages_), stage);
  held_.insert(put_.begin(), put_.end());
  put_.clear();
  std::string const reason = stop_rule_ ? stop_rule_(stage, next_work) : "";
  if (!reason.empty())
    throw Stopped("stopped after the stage '" + stage + "' (" + reason + "); the checkpoint '" +
                  path_ + "' holds what is done");
}

void CheckpointFile::remove()
{
  dist::agree(comm_, [&] {
    if (!comm_.is_root()) return;
    std::string const file = target_of(path_);  // a link is the user's, and stays
    if (std::remove(file.c_str()) != 0 && errno != ENOENT)
      throw BackendError("the checkpoint '" + path_ + "' cannot be removed (" +
                         std::strerror(errno) + ")");
  });
}

}  // namespace kovar::io
