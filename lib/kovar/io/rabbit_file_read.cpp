// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/io/hdf5_reader.hpp>
#include <kovar/io/rabbit_file.hpp>
#include <kovar/io/rabbit_meta.hpp>
#include <kovar/io/rabbit_rows.hpp>

#include <algorithm>
#include <cmath>

namespace kovar::io {

namespace {

using fit::TemplateTensor;
using Numbers = std::vector<std::int64_t>;

constexpr char const* remedy = "write the file again with rabbit";

// Arrays are stored flat; their shape is an attribute, which empty ones may lack.
Numbers shape_of(Hdf5Reader const& file, std::string const& name)
{
  auto const extents = file.extents(name);
  if (!file.has_attribute(name, "original_shape")) return extents;
  auto const shape = file.integers(name, "original_shape");
  std::int64_t n = 1;
  for (auto const extent : shape) n = extent < 0 ? -1 : bounded_product(n, extent);
  file.require(extents == Numbers{n}, name,
               "stands for the shape " + shape_text(shape) + " and has the shape " +
                   shape_text(extents) + " (they need as many entries)");
  return shape;
}

std::vector<double> read_array(Hdf5Reader const& file, std::string const& name,
                               Numbers const& expected)
{
  auto const shape = shape_of(file, name);
  file.require(shape == expected, name,
               "has the shape " + shape_text(shape) + " (" + shape_text(expected) + " is needed)");
  return file.list<double>(name);
}

std::vector<double> read_if_there(Hdf5Reader const& file, std::string const& name,
                                  Numbers const& shape)
{
  return file.has(name) ? read_array(file, name, shape) : std::vector<double>();
}

// What a fit cannot do it must not leave away in silence.
void require_no_beta_variations(Hdf5Reader const& file)
{
  constexpr char const* name = "hbetavariations";
  KOVAR_REQUIRE(!file.has(name),
                "'" << file.path() << "': '" << name
                    << "' has variations of bin statistics between bins (a fit here has none, and "
                       "would be another one than rabbit's); "
                    << remedy << ", without add_beta_variations");
}

void read_names(Hdf5Reader const& file, TemplateTensor& t)
{
  t.processes = file.texts("hprocs");
  auto const signals = file.texts("hsignals");
  t.n_signals = static_cast<std::int64_t>(signals.size());
  bool const are_first = signals.size() <= t.processes.size() &&
                         std::equal(signals.begin(), signals.end(), t.processes.begin());
  file.require(are_first, "hsignals", "are not the first processes (they come first)");
  t.systematics = file.texts("hsysts");
  t.constraint_weights = read_array(file, "hconstraintweights", {t.n_systematics()});
  std::string const nois = file.has("hnoiidxs") ? "hnoiidxs" : "hnoigroupidxs";
  if (file.has(nois)) t.nois = file.list<std::int64_t>(nois);
  auto const groups = file.texts("hsystgroups");
  auto const members = file.lists("hsystgroupidxs");
  file.require(groups.size() == members.size(), "hsystgroupidxs",
               "has " + std::to_string(members.size()) + " lists for " +
                   std::to_string(groups.size()) + " groups (one each is needed)");
  for (std::size_t g = 0; g < groups.size(); ++g) t.groups.push_back({groups[g], members[g]});
}

void read_data(Hdf5Reader const& file, TemplateTensor& t)
{
  t.data = file.list<double>("hdata_obs");
  t.n_bins = static_cast<std::int64_t>(t.data.size());
  t.data_variances = read_if_there(file, "hdata_var", {t.n_bins});
  t.data_covariance_inverse = read_if_there(file, "hdata_cov_inv", {t.n_bins, t.n_bins});
  if (!file.has("hpseudodatanames")) return;
  auto const names = file.texts("hpseudodatanames");
  if (names.empty()) return;
  auto const n_sets = static_cast<std::int64_t>(names.size());
  auto const data = read_array(file, "hpseudodata", {t.n_bins, n_sets});
  auto const variances = read_if_there(file, "hpseudodatavar", {t.n_bins, n_sets});
  for (std::size_t set = 0; set < names.size(); ++set) {
    fit::Pseudodata found;
    found.name = names[set];
    for (std::size_t k = set; k < data.size(); k += names.size()) {
      found.data.push_back(data[k]);
      if (!variances.empty()) found.data_variances.push_back(variances[k]);
    }
    t.pseudodata.push_back(found);
  }
}

// What older files have instead of sums of weights: the effective numbers of events.
void fill_sums_of_weights(std::vector<double> const& kstat, TemplateTensor& t)
{
  t.sum_of_weights.assign(kstat.size(), 0.0);
  t.sum_of_squared_weights.assign(kstat.size(), 0.0);
  for (std::int64_t bin = 0; bin < t.n_all_bins(); ++bin)
    for (auto e = static_cast<std::size_t>(t.bin_start[static_cast<std::size_t>(bin)]);
         e < static_cast<std::size_t>(t.bin_start[static_cast<std::size_t>(bin) + 1]); ++e) {
      auto const cell = static_cast<std::size_t>(bin * t.n_processes() + t.entry_process[e]);
      double const yield = t.entry_yield[e];
      t.sum_of_weights[cell] = yield;
      t.sum_of_squared_weights[cell] = kstat[cell] == 0 ? yield : yield * yield / kstat[cell];
    }
}

// A file is sparse if and only if it has no hnorm.
void read_templates(Hdf5Reader const& file, TemplateTensor& t)
{
  bool const is_dense = file.has("hnorm");
  auto const shape =
      is_dense ? shape_of(file, "hnorm") : file.integers("hnorm_sparse", "dense_shape");
  std::string const norm = is_dense ? "hnorm" : "hnorm_sparse";
  bool const is_whole = shape.size() == 2 && shape[0] >= t.n_bins && shape[1] == t.n_processes() &&
                        (shape[1] > 0 || shape[0] == t.n_bins);
  file.require(is_whole, norm,
               "has the shape " + shape_text(shape) + " (at least " + std::to_string(t.n_bins) +
                   " bins x " + std::to_string(t.n_processes()) + " processes are needed)");
  // These bound the number of bins before anything is made for each of them.
  std::vector<double> kstat;
  if (file.has("hsumw")) {
    t.sum_of_weights = read_array(file, "hsumw", shape);
    t.sum_of_squared_weights = read_array(file, "hsumw2", shape);
  } else {
    kstat = read_array(file, "hkstat", shape);
  }
  auto const yields =
      is_dense ? read_dense_rows(file, "hnorm", shape[0], shape[1])
               : read_sparse_rows(file, "hnorm_sparse", shape[0], shape[1], EntryOrder::sorted);
  t.bin_start.assign(yields.row_start.data(), yields.row_start.data() + shape[0] + 1);
  t.entry_process.assign(yields.column.data(), yields.column.data() + yields.n_entries());
  t.entry_yield.assign(yields.value.data(), yields.value.data() + yields.n_entries());
  if (!file.has("hsumw")) fill_sums_of_weights(kstat, t);

  std::int64_t const n = t.n_systematics();
  std::string const logk = is_dense ? "hlogk" : "hlogk_sparse";
  auto const stored = is_dense ? shape_of(file, logk) : file.integers(logk, "dense_shape");
  Numbers const symmetric = is_dense ? Numbers{shape[0], shape[1], n} : Numbers{t.n_entries(), n};
  Numbers const other =
      is_dense ? Numbers{shape[0], shape[1], 2, n} : Numbers{t.n_entries(), 2 * n};
  file.require(stored == symmetric || stored == other, logk,
               "has the shape " + shape_text(stored) + " (" + shape_text(symmetric) + " or " +
                   shape_text(other) + " is needed)");
  t.is_symmetric = stored == symmetric;
  std::int64_t const n_columns = t.is_symmetric ? n : 2 * n;
  t.variations = is_dense
                     ? read_dense_variations(file, logk, yields, n_columns)
                     : read_sparse_rows(file, logk, t.n_entries(), n_columns, EntryOrder::sorted);
}

fit::ExternalTerm read_term(Hdf5Reader const& file, std::string const& name)
{
  std::string const group = "external_terms/" + name;
  fit::ExternalTerm term;
  term.name = name;
  term.parameters = file.texts(group + "/params");
  auto const n = static_cast<std::int64_t>(term.parameters.size());
  term.gradient = read_if_there(file, group + "/grad_values", {n});
  linalg::HostSparseMatrix hessian;
  std::string const dense = group + "/hess_dense";
  std::string const sparse = group + "/hess_sparse";
  std::string const& found = file.has(dense) ? dense : sparse;
  if (file.has(dense)) {
    Numbers const expected = {n, n};
    auto const shape = shape_of(file, dense);
    file.require(
        shape == expected, dense,
        "has the shape " + shape_text(shape) + " (" + shape_text(expected) + " is needed)");
    hessian = read_dense_rows(file, dense, n, n);
  } else if (file.has(sparse)) {
    hessian = read_sparse_rows(file, sparse, n, n, EntryOrder::any);
  } else {
    return term;
  }
  linalg::require_sparse_matrix(hessian, "'" + file.path() + "': '" + found + "'");
  double largest = 0;
  for (std::int64_t k = 0; k < hessian.n_entries(); ++k)
    largest = std::max(largest, std::fabs(hessian.value(k)));
  constexpr double tolerance = 1e-9;
  double const asymmetry = linalg::asymmetry(hessian);
  file.require(asymmetry <= tolerance * largest, found,
               "is not symmetric: entries across the diagonal differ by up to " +
                   std::to_string(asymmetry) + " (a Hessian is)");
  term.hessian = linalg::upper_half(hessian);
  return term;
}

void read_meta(Hdf5Reader const& file, std::optional<fit::SystematicType> type, TemplateTensor& t)
{
  RabbitMeta meta;
  if (file.has("meta/pickle_data")) {
    auto const bytes = file.list<std::uint8_t>("meta/pickle_data");
    meta = read_rabbit_meta({bytes.begin(), bytes.end()}, t.n_bins, t.n_all_bins());
  }
  t.type = type.value_or(meta.type.value_or(fit::SystematicType::log_normal));
  t.channels = meta.channels;
  if (!t.channels.empty()) return;
  t.channels.push_back({"ch0", 0, t.n_bins, false});
  if (t.n_all_bins() > t.n_bins)
    t.channels.push_back({"ch0_masked", t.n_bins, t.n_all_bins(), true});
}

}  // namespace

bool is_rabbit_file(std::string const& path)
{
  Hdf5Reader const file(path, remedy);
  return file.has("hprocs") && file.has("hsysts") && file.has("hdata_obs");
}

TemplateTensor read_rabbit_file(std::string const& path, std::optional<fit::SystematicType> type)
{
  Region const region("kovar::io::read_rabbit_file[HDF5]");
  Hdf5Reader const file(path, remedy, Unwritten::chunks);
  TemplateTensor t;
  require_no_beta_variations(file);
  read_names(file, t);
  read_data(file, t);
  read_templates(file, t);
  if (file.has("external_terms"))
    for (auto const& name : file.members("external_terms"))
      t.external_terms.push_back(read_term(file, name));
  read_meta(file, type, t);
  try {
    fit::require_tensor(t);
  } catch (InputError const& error) {
    throw InputError("'" + path + "': " + error.what() + "; " + remedy);
  }
  return t;
}

TemplateTensor read_rabbit_file(dist::Communicator const& comm, std::string const& path,
                                std::optional<fit::SystematicType> type)
{
  TemplateTensor tensor;
  dist::agree(comm, [&] { tensor = read_rabbit_file(path, type); });
  return tensor;
}

}  // namespace kovar::io
