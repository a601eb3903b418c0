// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <kovar/io/rabbit_file.hpp>
#include <kovar/io/rabbit_meta.hpp>
#include <kovar/io/tensor_layout.hpp>

#include <hdf5.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace kovar::io {

namespace {

using fit::TemplateTensor;
using Numbers = std::vector<std::int64_t>;

constexpr std::int64_t n_at_once = std::int64_t{1} << 22U;  // entries that are written together

// Calls take(row, column, value) for the entries of a matrix by rows, in ascending order.
template <class Take>
void for_entries(linalg::HostSparseMatrix const& a, Take const& take)
{
  for (std::int64_t row = 0; row < a.n_rows(); ++row)
    for (std::int64_t k = a.row_start(row); k < a.row_start(row + 1); ++k)
      take(row, a.column(k), a.value(k));
}

// The same for a symmetric one: left of the diagonal, on it unless 0, right of it.
template <class Take>
void for_entries(linalg::HostSymmetricMatrix const& a, Take const& take)
{
  auto const lower = linalg::transposed(a.upper);
  for (std::int64_t row = 0; row < a.upper.n_rows(); ++row) {
    for (std::int64_t k = lower.row_start(row); k < lower.row_start(row + 1); ++k)
      take(row, lower.column(k), lower.value(k));
    if (a.diagonal(row) != 0) take(row, row, a.diagonal(row));
    for (std::int64_t k = a.upper.row_start(row); k < a.upper.row_start(row + 1); ++k)
      take(row, a.upper.column(k), a.upper.value(k));
  }
}

std::int64_t n_entries_of(linalg::HostSymmetricMatrix const& a)
{
  double const* const diagonal = a.diagonal.data();
  auto const n = static_cast<std::int64_t>(a.diagonal.extent(0));
  return 2 * a.upper.n_entries() + n - std::count(diagonal, diagonal + n, 0.0);
}

class RabbitWriter {
 public:
  RabbitWriter(std::string const& path, TemplateTensor const& tensor)
      : t_(tensor), file_(path, 24 * tensor.variations.n_entries())
  {
  }

  void write(RabbitPickle pickle)
  {
    if (pickle == RabbitPickle::written) write_meta();
    write_names();
    write_data();
    write_templates(pickle);
    if (!t_.external_terms.empty()) file_.create_group("external_terms");
    for (auto const& term : t_.external_terms) write_term(term);
    file_.commit();
  }

 private:
  void write_meta()
  {
    auto const bytes = rabbit_meta_of(t_);
    file_.create_group("meta");
    file_.write_integer("meta", "narf_h5py_pickle_protocol_version", 1);
    file_.write("meta/pickle_data", {static_cast<std::int64_t>(bytes.size())},
                reinterpret_cast<std::uint8_t const*>(bytes.data()),
                {"1", "a pickle of Python", {"byte"}});
  }

  void write_names()
  {
    write_texts("hprocs", t_.processes);
    write_texts("hsignals", {t_.processes.begin(), t_.processes.begin() + t_.n_signals});
    write_texts("hsysts", t_.systematics);
    std::vector<std::string> free;
    for (std::size_t s = 0; s < t_.systematics.size(); ++s)
      if (t_.constraint_weights[s] == 0) free.push_back(t_.systematics[s]);
    write_texts("hsystsnoconstraint", free);
    std::vector<std::string> groups;
    std::vector<std::vector<std::int32_t>> members;
    for (auto const& group : t_.groups) {
      groups.push_back(group.name);
      members.emplace_back(group.members.begin(), group.members.end());
    }
    write_texts("hsystgroups", groups);
    write_lists("hsystgroupidxs", members);
    write_array("hnoiidxs", {static_cast<std::int64_t>(t_.nois.size())},
                std::vector<std::int32_t>(t_.nois.begin(), t_.nois.end()));
    write_array("hconstraintweights", {t_.n_systematics()}, t_.constraint_weights);
  }

  void write_data()
  {
    write_array("hdata_obs", {t_.n_bins}, t_.data);
    if (!t_.data_variances.empty()) write_array("hdata_var", {t_.n_bins}, t_.data_variances);
    if (!t_.data_covariance_inverse.empty())
      write_array("hdata_cov_inv", {t_.n_bins, t_.n_bins}, t_.data_covariance_inverse);
    std::vector<std::string> names;
    for (auto const& set : t_.pseudodata) names.push_back(set.name);
    bool const have_variances =
        std::any_of(t_.pseudodata.begin(), t_.pseudodata.end(),
                    [](auto const& set) { return !set.data_variances.empty(); });
    std::vector<double> data;
    std::vector<double> variances;
    for (std::size_t bin = 0; bin < static_cast<std::size_t>(t_.n_bins); ++bin)
      for (auto const& set : t_.pseudodata) {
        data.push_back(set.data[bin]);
        variances.push_back((set.data_variances.empty() ? set.data : set.data_variances)[bin]);
      }
    auto const n_sets = static_cast<std::int64_t>(names.size());
    write_texts("hpseudodatanames", names);
    write_array("hpseudodata", {t_.n_bins, n_sets}, data);
    if (have_variances) write_array("hpseudodatavar", {t_.n_bins, n_sets}, variances);
  }

  void write_templates(RabbitPickle pickle)
  {
    Numbers const cells = {t_.n_all_bins(), t_.n_processes()};
    write_array("hsumw", cells, t_.sum_of_weights);
    write_array("hsumw2", cells, t_.sum_of_squared_weights);
    write_sparse("hnorm_sparse", cells, t_.n_entries(), [&](auto const& take) {
      for (std::int64_t bin = 0; bin < t_.n_all_bins(); ++bin)
        for (auto e = static_cast<std::size_t>(t_.bin_start[static_cast<std::size_t>(bin)]);
             e < static_cast<std::size_t>(t_.bin_start[static_cast<std::size_t>(bin) + 1]); ++e)
          take(bin, t_.entry_process[e], t_.entry_yield[e]);
    });
    // Without the pickle rabbit expects two columns for each systematic; the second ones are 0.
    bool const is_symmetric = t_.is_symmetric && pickle == RabbitPickle::written;
    write_sparse("hlogk_sparse", {t_.n_entries(), t_.n_systematics() * (is_symmetric ? 1 : 2)},
                 t_.variations.n_entries(),
                 [&](auto const& take) { for_entries(t_.variations, take); });
  }

  void write_term(fit::ExternalTerm const& term)
  {
    std::string const group = "external_terms/" + term.name;
    KOVAR_REQUIRE(term.name == group_of(term.name),
                  "external term '"
                      << term.name
                      << "' cannot be written for rabbit (its name becomes that of a "
                         "group of HDF5, without '/', '%' and a leading '.'); rename it");
    file_.create_group(group);
    write_texts(group + "/params", term.parameters);
    auto const n = static_cast<std::int64_t>(term.parameters.size());
    if (!term.gradient.empty()) write_array(group + "/grad_values", {n}, term.gradient);
    if (term.has_hessian())
      write_sparse(group + "/hess_sparse", {n, n}, n_entries_of(term.hessian),
                   [&](auto const& take) { for_entries(term.hessian, take); });
  }

  template <class Number>
  void write_array(std::string const& name, Numbers const& shape, std::vector<Number> const& values)
  {
    file_.write(name, {static_cast<std::int64_t>(values.size())}, values.data(),
                {"1", "array of the shape original_shape", {"entry"}});
    file_.write_integers(name, "original_shape", shape);
  }

  /// \param visit  called with take(row, column, value), which it calls for the entries in their order
  template <class Visit>
  void write_sparse(std::string const& group, Numbers const& shape, std::int64_t n_entries,
                    Visit const& visit)
  {
    file_.create_group(group);
    file_.write_integers(group, "dense_shape", shape);
    auto const indices = new_list(group + "/indices", H5T_NATIVE_INT64, 2 * n_entries);
    auto const values = new_list(group + "/values", H5T_NATIVE_DOUBLE, n_entries);
    file_.write_integers(group + "/indices", "original_shape", {n_entries, 2});
    file_.write_integers(group + "/values", "original_shape", {n_entries});
    std::int64_t first = 0;
    Numbers pairs;
    std::vector<double> numbers;
    auto const flush = [&] {
      write_part(indices, H5T_NATIVE_INT64, 2 * first, pairs.size(), pairs.data());
      write_part(values, H5T_NATIVE_DOUBLE, first, numbers.size(), numbers.data());
      first += static_cast<std::int64_t>(numbers.size());
      pairs.clear();
      numbers.clear();
    };
    visit([&](std::int64_t row, std::int64_t column, double value) {
      pairs.push_back(row);
      pairs.push_back(column);
      numbers.push_back(value);
      if (static_cast<std::int64_t>(numbers.size()) == n_at_once) flush();
    });
    flush();
  }

  Hdf5Handle new_list(std::string const& name, hid_t type, std::int64_t size)
  {
    auto const n = static_cast<hsize_t>(size);
    auto const space = file_.checked(H5Screate_simple(1, &n, nullptr), H5Sclose, "H5Screate");
    return file_.checked(H5Dcreate2(file_.handle().id(), name.c_str(), type, space.id(),
                                    H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                         H5Dclose, "H5Dcreate");
  }

  void write_part(Hdf5Handle const& dataset, hid_t type, std::int64_t first, std::size_t size,
                  void const* from) const
  {
    if (size == 0) return;
    auto const start = static_cast<hsize_t>(first);
    hsize_t const n = size;
    auto const in_file = file_.checked(H5Dget_space(dataset.id()), H5Sclose, "H5Dget_space");
    auto const in_memory = file_.checked(H5Screate_simple(1, &n, nullptr), H5Sclose, "H5Screate");
    file_.check(H5Sselect_hyperslab(in_file.id(), H5S_SELECT_SET, &start, nullptr, &n, nullptr),
                "H5Sselect_hyperslab");
    file_.check(H5Dwrite(dataset.id(), type, in_memory.id(), in_file.id(), H5P_DEFAULT, from),
                "H5Dwrite");
  }

  void write_texts(std::string const& name, std::vector<std::string> const& texts)
  {
    auto const type = file_.checked(H5Tcopy(H5T_C_S1), H5Tclose, "H5Tcopy");
    file_.check(H5Tset_size(type.id(), H5T_VARIABLE), "H5Tset_size");
    file_.check(H5Tset_cset(type.id(), H5T_CSET_UTF8), "H5Tset_cset");
    std::vector<char const*> pointers;
    for (auto const& text : texts) pointers.push_back(text.c_str());
    auto const dataset = new_list(name, type.id(), static_cast<std::int64_t>(texts.size()));
    write_part(dataset, type.id(), 0, pointers.size(), pointers.data());
  }

  void write_lists(std::string const& name, std::vector<std::vector<std::int32_t>>& lists)
  {
    auto const type = file_.checked(H5Tvlen_create(H5T_NATIVE_INT32), H5Tclose, "H5Tvlen_create");
    std::vector<hvl_t> entries;
    for (auto& list : lists) entries.push_back({list.size(), list.data()});
    auto const dataset = new_list(name, type.id(), static_cast<std::int64_t>(lists.size()));
    write_part(dataset, type.id(), 0, entries.size(), entries.data());
  }

  TemplateTensor const& t_;
  NewHdf5File file_;
};

}  // namespace

void write_rabbit_file(std::string const& path, TemplateTensor const& tensor, RabbitPickle pickle)
{
  Region const region("kovar::io::write_rabbit_file[HDF5]");
  require_whole(path, tensor);
  KOVAR_REQUIRE(pickle == RabbitPickle::written || tensor.type == fit::SystematicType::log_normal,
                "'" << path
                    << "' cannot be written without its pickle (rabbit would take the additive "
                       "systematics for log-normal ones); write it with the pickle");
  RabbitWriter(path, tensor).write(pickle);
}

}  // namespace kovar::io
