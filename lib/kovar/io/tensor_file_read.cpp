// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/fit/rank_entries.hpp>
#include <kovar/io/axis_file.hpp>
#include <kovar/io/hdf5_reader.hpp>
#include <kovar/io/sparse_rows_file.hpp>
#include <kovar/io/tensor_file.hpp>
#include <kovar/io/tensor_layout.hpp>
#include <kovar/linalg/row_parts.hpp>

#include <algorithm>
#include <cmath>

namespace kovar::io {

namespace {

using fit::TemplateTensor;
using Numbers = std::vector<std::int64_t>;

constexpr char const* remedy = "write the file again with kovar";

std::string at(std::string const& name) { return "tensor/" + name; }

void require_format(Hdf5Reader const& file)
{
  std::string const other = "is no tensor of kovar";
  bool const is_result = !file.has_attribute("/", "format") && file.has_attribute("/", "content");
  KOVAR_REQUIRE(!is_result, "'" << file.path() << "' is a result of kovar, of the content '"
                                << file.text("/", "content") << "': it " << other
                                << "; give the tensor that 'kovar fit build' wrote");
  file.require(file.has_attribute("/", "format"), "/", "has no attribute 'format': it " + other);
  auto const format = file.text("/", "format");
  file.require(format == tensor_format, "/", "has the format '" + format + "': it " + other);
  auto const version = file.text("/", "format_version");
  auto const major = version.substr(0, version.find('.'));
  KOVAR_REQUIRE(major == std::to_string(tensor_major_version),
                "'" << file.path() << "' has version " << version << " of its format (this kovar "
                    << "reads versions " << tensor_major_version
                    << ".x); read it with a newer kovar or write it again");
}

bool yes_or_no(Hdf5Reader const& file, std::string const& object, std::string const& name)
{
  auto const value = file.integer(object, name);
  file.require(value == 0 || value == 1, object,
               "has an attribute '" + name + "' of " + std::to_string(value) + " (1 is yes, 0 no)");
  return value == 1;
}

void read_groups(Hdf5Reader const& file, TemplateTensor& t)
{
  auto const names = file.texts(at("group_names"));
  auto const members = file.list<std::int64_t>(at("group_members"));
  auto const start =
      file.list<std::int64_t>(at("group_ptr"), {static_cast<std::int64_t>(names.size()) + 1});
  require_row_starts(file, at("group_ptr"), start.data(), static_cast<std::int64_t>(names.size()),
                     static_cast<std::int64_t>(members.size()));
  for (std::size_t g = 0; g < names.size(); ++g)
    t.groups.push_back({names[g], {members.begin() + start[g], members.begin() + start[g + 1]}});
}

void read_names(Hdf5Reader const& file, TemplateTensor& t)
{
  t.processes = file.texts(at("procs"));
  t.n_signals = file.integer(at("procs"), "n_signals");
  t.systematics = file.texts(at("systs"));
  t.constraint_weights = file.list<double>(at("constraint_weights"), {t.n_systematics()});
  t.nois = file.list<std::int64_t>(at("noi_idx"));
  t.is_symmetric = yes_or_no(file, "tensor", "symmetric");
  auto const type = file.text("tensor", "systematic_type");
  file.require(type == "normal" || type == "log_normal", "tensor",
               "has systematics of type '" + type + "' (log_normal or normal are known)");
  t.type = type == "normal" ? fit::SystematicType::additive : fit::SystematicType::log_normal;
  read_groups(file, t);
}

void read_channels(Hdf5Reader const& file, TemplateTensor& t)
{
  auto const names = file.texts(at("channels"));
  Numbers const shape = {static_cast<std::int64_t>(names.size())};
  auto const start = file.list<std::int64_t>(at("channel_start"), shape);
  auto const stop = file.list<std::int64_t>(at("channel_stop"), shape);
  auto const masked = file.list<std::int64_t>(at("channel_masked"), shape);
  auto const flow = file.list<std::int64_t>(at("channel_flow"), shape);
  for (std::size_t c = 0; c < names.size(); ++c) {
    fit::Channel channel{names[c], start[c], stop[c], masked[c] != 0};
    channel.has_flow = flow[c] != 0;
    channel.axes = read_axes(file, at("axes/" + group_of(names[c])));
    t.channels.push_back(channel);
  }
}

void read_pseudodata(Hdf5Reader const& file, TemplateTensor& t)
{
  auto const names = file.texts(at("pseudodata_names"));
  Numbers const shape = {static_cast<std::int64_t>(names.size()), t.n_bins};
  auto const data = file.list<double>(at("pseudodata"), shape);
  auto const variances = file.list<double>(at("pseudodata_var"), shape);
  for (std::size_t set = 0; set < names.size(); ++set) {
    auto const begin = static_cast<std::ptrdiff_t>(set) * t.n_bins;
    fit::Pseudodata found;
    found.name = names[set];
    found.data.assign(data.begin() + begin, data.begin() + begin + t.n_bins);
    auto const first = variances.begin() + begin;
    bool const has_none =
        std::all_of(first, first + t.n_bins, [](double x) { return std::isnan(x); });
    if (!has_none) found.data_variances.assign(first, first + t.n_bins);
    t.pseudodata.push_back(found);
  }
}

void read_data(Hdf5Reader const& file, TemplateTensor& t)
{
  t.n_bins = file.integer("tensor", "nbins");
  file.require(t.n_bins >= 0, "tensor", "has an attribute 'nbins' below 0");
  t.data = file.list<double>(at("data_obs"), {t.n_bins});
  if (file.has(at("data_var"))) t.data_variances = file.list<double>(at("data_var"), {t.n_bins});
  if (file.has(at("data_cov_inv")))
    t.data_covariance_inverse = file.list<double>(at("data_cov_inv"), {t.n_bins, t.n_bins});
  read_pseudodata(file, t);
}

void read_yields(Hdf5Reader const& file, TemplateTensor& t)
{
  std::int64_t const n_bins = file.integer("tensor", "nbinsfull");
  constexpr std::int64_t most = std::int64_t{1} << 48U;
  file.require(n_bins >= 0 && n_bins <= most, "tensor",
               "has an attribute 'nbinsfull' of " + std::to_string(n_bins) + " (0 to 2^48 bins)");
  Numbers const shape = {n_bins, t.n_processes()};
  t.sum_of_weights = file.list<double>(at("sumw"), shape);
  t.sum_of_squared_weights = file.list<double>(at("sumw2"), shape);
  SparseRowsFile const norm(file, at("norm"), n_bins, t.n_processes());
  t.bin_start = norm.row_starts();
  t.entry_process = file.list<std::int32_t>(at("norm/indices"));
  t.entry_yield = file.list<double>(at("norm/values"));
}

// Of this rank; all of them where there is one rank.
void read_variations(Hdf5Reader const& file, int rank, int n_ranks, TemplateTensor& t)
{
  std::int64_t const n_columns = t.n_systematics() * (t.is_symmetric ? 1 : 2);
  SparseRowsFile const logk(file, at("logk"), t.n_entries(), n_columns);
  t.variations = logk.without_entries();
  if (n_ranks == 1) {
    t.variations = logk.rows(0, t.n_entries());
    return;
  }
  t.dealt_bins = fit::deal_bins(t, n_ranks);
  auto const entry = [&](int of) {
    return t.bin_start[static_cast<std::size_t>(t.dealt_bins[static_cast<std::size_t>(of)])];
  };
  t.variations = logk.rows(entry(rank), entry(rank + 1));
}

fit::ExternalTerm read_term(Hdf5Reader const& file, std::string const& name, int rank, int n_ranks)
{
  std::string const group = "external/" + group_of(name);
  fit::ExternalTerm term;
  term.name = name;
  term.parameters = file.texts(group + "/params");
  auto const n = static_cast<std::int64_t>(term.parameters.size());
  if (file.has(group + "/grad")) term.gradient = file.list<double>(group + "/grad", {n});
  if (!file.has(group + "/hess_diagonal")) return term;
  SparseRowsFile const upper(file, group + "/hess_upper", n, n);
  Numbers first_rows = {0, n};
  if (n_ranks > 1)
    term.dealt_rows = first_rows = linalg::deal_rows(upper.row_starts().data(), n, n_ranks);
  auto const first = first_rows[n_ranks > 1 ? static_cast<std::size_t>(rank) : 0];
  auto const end = first_rows[n_ranks > 1 ? static_cast<std::size_t>(rank) + 1 : 1];
  term.hessian.upper = upper.rows(first, end);
  term.hessian.diagonal = upper.diagonal(group + "/hess_diagonal", first, end);
  upper.require_right_of_diagonal(term.hessian.upper);
  return term;
}

TemplateTensor read_part(std::string const& path, int rank, int n_ranks)
{
  Hdf5Reader const file(path, remedy);
  require_format(file);
  TemplateTensor t;
  read_names(file, t);
  read_channels(file, t);
  read_data(file, t);
  read_yields(file, t);
  read_variations(file, rank, n_ranks, t);
  for (auto const& name : file.texts(at("external_names")))
    t.external_terms.push_back(read_term(file, name, rank, n_ranks));
  try {
    fit::require_tensor(t);
  } catch (InputError const& error) {
    throw InputError("'" + path + "': " + error.what() + "; " + remedy);
  }
  return t;
}

}  // namespace

TemplateTensor read_tensor(std::string const& path)
{
  Region const region("kovar::io::read_tensor[HDF5]");
  return read_part(path, 0, 1);
}

TemplateTensor read_tensor(dist::Communicator const& comm, std::string const& path)
{
  Region const region("kovar::io::read_tensor[HDF5]");
  TemplateTensor tensor;
  dist::agree(comm, [&] { tensor = read_part(path, comm.rank(), comm.size()); });
  return tensor;
}

}  // namespace kovar::io
