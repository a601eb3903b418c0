// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/config.hpp>
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/io/axis_file.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <kovar/io/tensor_file.hpp>
#include <kovar/io/tensor_layout.hpp>

#include <algorithm>
#include <limits>

namespace kovar::io {

namespace {

using fit::TemplateTensor;
using Numbers = std::vector<std::int64_t>;

std::int64_t size_of(linalg::HostSparseMatrix const& a)
{
  return 12 * a.n_entries() + 8 * (a.n_rows() + 1);
}

std::int64_t bytes_of(TemplateTensor const& t)
{
  std::int64_t bytes = size_of(t.variations);
  for (auto const& term : t.external_terms) bytes += size_of(term.hessian.upper);
  return bytes;
}

class Writer {
 public:
  Writer(std::string const& path, TemplateTensor const& tensor, TensorFileOptions const& options)
      : t_(tensor), options_(options), file_(path, bytes_of(tensor), Hdf5Format::checksummed)
  {
  }

  void write()
  {
    file_.write_label("/", "format", tensor_format);
    file_.write_label("/", "format_version", tensor_version);
    file_.write_label("/", "kovar_version", KOVAR_VERSION);
    file_.create_group("tensor");
    write_names();
    write_channels();
    write_data();
    write_templates();
    file_.create_group("external");
    std::vector<std::string> terms;
    for (auto const& term : t_.external_terms) {
      terms.push_back(term.name);
      write_term(term);
    }
    file_.write_names(at("external_names"), terms, {"1", "names of external terms", {"term"}});
    file_.commit();
  }

 private:
  static std::string at(std::string const& name) { return "tensor/" + name; }

  template <class Number>
  void write_list(std::string const& name, std::vector<Number> const& list,
                  Annotation const& annotation)
  {
    file_.write(name, {static_cast<std::int64_t>(list.size())}, list.data(), annotation);
  }

  void write_names()
  {
    file_.write_names(at("procs"), t_.processes, {"1", "names, signals first", {"process"}});
    file_.write_integer(at("procs"), "n_signals", t_.n_signals);
    file_.write_names(at("systs"), t_.systematics,
                      {"1", "names, without a constraint first", {"systematic"}});
    file_.write_label("tensor", "systematic_type",
                      t_.type == fit::SystematicType::additive ? "normal" : "log_normal");
    file_.write_integer("tensor", "symmetric", t_.is_symmetric ? 1 : 0);
    write_list(at("constraint_weights"), t_.constraint_weights,
               {"1", "1 / variance of the constraint, 0 without one", {"systematic"}});
    write_list(at("noi_idx"), t_.nois, {"1", "systematics of interest, from 0", {"noi"}});
    std::vector<std::string> names;
    Numbers start = {0};
    Numbers members;
    for (auto const& group : t_.groups) {
      names.push_back(group.name);
      members.insert(members.end(), group.members.begin(), group.members.end());
      start.push_back(static_cast<std::int64_t>(members.size()));
    }
    file_.write_names(at("group_names"), names, {"1", "names", {"group"}});
    write_list(at("group_ptr"), start,
               {"1", "first member of each group, and the end of the last", {"group"}});
    write_list(at("group_members"), members, {"1", "systematics, from 0", {"member"}});
  }

  void write_channels()
  {
    std::vector<std::string> names;
    Numbers start;
    Numbers stop;
    Numbers masked;
    Numbers flow;
    for (auto const& channel : t_.channels) {
      names.push_back(channel.name);
      start.push_back(channel.first_bin);
      stop.push_back(channel.end_bin);
      masked.push_back(channel.is_masked ? 1 : 0);
      flow.push_back(channel.has_flow ? 1 : 0);
    }
    file_.write_integer("tensor", "nbins", t_.n_bins);
    file_.write_integer("tensor", "nbinsfull", t_.n_all_bins());
    file_.write_names(at("channels"), names, {"1", "names", {"channel"}});
    write_list(at("channel_start"), start, {"1", "first bin, from 0", {"channel"}});
    write_list(at("channel_stop"), stop, {"1", "bin after the last", {"channel"}});
    write_list(at("channel_masked"), masked, {"1", "1: predicted, not fitted", {"channel"}});
    write_list(at("channel_flow"), flow, {"1", "1: flow bins are bins too", {"channel"}});
    file_.create_group(at("axes"));
    for (auto const& channel : t_.channels)
      write_axes(file_, at("axes/" + group_of(channel.name)), channel.axes);
  }

  void write_data()
  {
    write_list(at("data_obs"), t_.data, {"events", "data", {"bin"}});
    if (!t_.data_variances.empty())
      write_list(at("data_var"), t_.data_variances, {"events^2", "variances of data", {"bin"}});
    if (!t_.data_covariance_inverse.empty())
      file_.write(at("data_cov_inv"), {t_.n_bins, t_.n_bins}, t_.data_covariance_inverse.data(),
                  {"events^-2", "inverse of the covariance of data", {"bin", "bin"}},
                  options_.of_values);
    std::vector<std::string> names;
    std::vector<double> data;
    std::vector<double> variances;
    for (auto const& set : t_.pseudodata) {
      names.push_back(set.name);
      data.insert(data.end(), set.data.begin(), set.data.end());
      if (set.data_variances.empty())
        variances.resize(data.size(), std::numeric_limits<double>::quiet_NaN());
      else
        variances.insert(variances.end(), set.data_variances.begin(), set.data_variances.end());
    }
    auto const n_sets = static_cast<std::int64_t>(names.size());
    file_.write_names(at("pseudodata_names"), names, {"1", "names", {"set"}});
    file_.write(at("pseudodata"), {n_sets, t_.n_bins}, data.data(),
                {"events", "what else the data might have been", {"set", "bin"}});
    file_.write(at("pseudodata_var"), {n_sets, t_.n_bins}, variances.data(),
                {"events^2", "their variances; NaN: those are the data", {"set", "bin"}});
  }

  void write_templates()
  {
    std::int64_t const n_bins = t_.n_all_bins();
    file_.write(at("sumw"), {n_bins, t_.n_processes()}, t_.sum_of_weights.data(),
                {"events", "sums of weights", {"bin", "process"}}, options_.of_values);
    file_.write(at("sumw2"), {n_bins, t_.n_processes()}, t_.sum_of_squared_weights.data(),
                {"events^2", "sums of squared weights", {"bin", "process"}}, options_.of_values);
    write_csr(at("norm"), {n_bins, t_.n_processes()},
              {t_.n_entries(), t_.bin_start.data(), t_.entry_process.data(), t_.entry_yield.data()},
              {"events", "yields that are not 0, by bin, then process", {"entry"}});
    write_csr(at("logk"), {t_.n_entries(), t_.variations.n_columns}, entries_of(t_.variations),
              {t_.type == fit::SystematicType::additive ? "events" : "1",
               "change of each yield, or of its logarithm, with each systematic",
               {"variation"}});
  }

  void write_term(fit::ExternalTerm const& term)
  {
    std::string const group = "external/" + group_of(term.name);
    file_.create_group(group);
    file_.write_names(group + "/params", term.parameters, {"1", "names", {"parameter"}});
    if (!term.gradient.empty())
      write_list(group + "/grad", term.gradient,
                 {"1 / unit of the parameter", "gradient", {"parameter"}});
    if (!term.has_hessian()) return;
    auto const n = static_cast<std::int64_t>(term.parameters.size());
    file_.write(group + "/hess_diagonal", {n}, term.hessian.diagonal.data(),
                {"1 / unit of the parameter squared", "diagonal of the Hessian", {"parameter"}});
    write_csr(group + "/hess_upper", {n, n}, entries_of(term.hessian.upper),
              {"1 / product of the units of two parameters",
               "entries of the Hessian right of the diagonal",
               {"entry"}});
  }

  struct Entries {
    std::int64_t n_entries;
    std::int64_t const* row_start;
    std::int32_t const* column;
    double const* value;
  };
  static Entries entries_of(linalg::HostSparseMatrix const& a)
  {
    return {a.n_entries(), a.row_start.data(), a.column.data(), a.value.data()};
  }

  // As scipy.sparse.csr_matrix((values, indices, indptr), shape) takes them.
  void write_csr(std::string const& group, Numbers const& shape, Entries const& a,
                 Annotation const& of_values)
  {
    static constexpr std::int64_t no_rows[] = {0};
    file_.create_group(group);
    file_.write_integers(group, "shape", shape);
    file_.write(group + "/indptr", {shape[0] + 1}, a.row_start == nullptr ? no_rows : a.row_start,
                {"1", "first entry of each row, and the end of the last", {"row"}},
                options_.of_indices);
    file_.write(group + "/indices", {a.n_entries}, a.column,
                {"1", "column of each entry, from 0, ascending in a row", of_values.dimensions},
                options_.of_indices);
    file_.write(group + "/values", {a.n_entries}, a.value, of_values, options_.of_values);
  }

  TemplateTensor const& t_;
  TensorFileOptions options_;
  NewHdf5File file_;
};

}  // namespace

void write_tensor(std::string const& path, TemplateTensor const& tensor,
                  TensorFileOptions const& options)
{
  Region const region("kovar::io::write_tensor[HDF5]");
  require_whole(path, tensor);
  Writer(path, tensor, options).write();
}

void require_whole(std::string const& path, TemplateTensor const& tensor)
{
  bool const is_dealt =
      !tensor.dealt_bins.empty() ||
      std::any_of(tensor.external_terms.begin(), tensor.external_terms.end(),
                  [](fit::ExternalTerm const& term) { return !term.dealt_rows.empty(); });
  KOVAR_REQUIRE(!is_dealt, "'" << path
                               << "' cannot be written from a rank's part of a tensor (the others' "
                                  "variations would be missing); read the tensor by one process");
  fit::require_tensor(tensor);
}

}  // namespace kovar::io
