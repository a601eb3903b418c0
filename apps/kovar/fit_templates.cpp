// SPDX-License-Identifier: BSD-3-Clause
#include "fit_templates.hpp"
#include "fit_build_input.hpp"

#include <kovar/core/error.hpp>
#include <kovar/core/views.hpp>
#include <kovar/io/rabbit_file.hpp>
#include <kovar/io/tensor_file.hpp>

#include <algorithm>
#include <cstdint>

namespace kovar::apps {
namespace {

using Host = Kokkos::DefaultHostExecutionSpace;

/// Numbers of all ranks in order, n of this one.
template <class Number>
std::vector<double> gather(dist::Communicator const& comm, Number const* mine, std::int64_t n)
{
  std::vector<double> const numbers(mine, mine + n);  // whole ones are exact up to 2^53
  std::vector<double> sizes(static_cast<std::size_t>(comm.size()), 0.0);
  sizes[static_cast<std::size_t>(comm.rank())] = static_cast<double>(n);
  comm.sum_to_all(sizes.data(), comm.size());
  std::vector<std::int64_t> const counts(sizes.begin(), sizes.end());
  std::int64_t total = 0;
  for (std::int64_t const count : counts) total += count;
  std::vector<double> all(static_cast<std::size_t>(total));
  comm.gather_to_all(numbers.data(), counts, all.data());
  return all;
}

/// A term of which ranks hold rows, one behind the other.
fit::ExternalTerm whole_term(dist::Communicator const& comm, fit::ExternalTerm const& term)
{
  if (term.dealt_rows.empty() || !term.has_hessian()) return term;
  auto const& part = term.hessian.upper;
  std::int64_t const n = part.n_rows();
  std::vector<double> lengths(static_cast<std::size_t>(n));
  std::vector<double> diagonal(static_cast<std::size_t>(n));
  for (std::int64_t row = 0; row < n; ++row) {
    auto const i = static_cast<std::size_t>(row);
    lengths[i] = static_cast<double>(part.row_start(row + 1) - part.row_start(row));
    diagonal[i] = term.hessian.diagonal(row);
  }
  comm.sum_to_all(lengths.data(), n);
  comm.sum_to_all(diagonal.data(), n);
  auto const n_entries = static_cast<std::int64_t>(part.value.extent(0));
  auto const columns = gather(comm, part.column.data(), n_entries);
  auto const values = gather(comm, part.value.data(), n_entries);

  Host const space;
  fit::ExternalTerm whole = term;
  whole.dealt_rows.clear();
  whole.hessian.diagonal = Kokkos::View<double*, Kokkos::HostSpace>(
      Kokkos::view_alloc(space, "kovar::apps::diagonal"), diagonal.size());
  std::copy(diagonal.begin(), diagonal.end(), whole.hessian.diagonal.data());
  linalg::HostSparseMatrix& upper = whole.hessian.upper;
  upper.row_start = allocate<Vector<std::int64_t, Host>>(space, "kovar::apps::row_start", n + 1);
  upper.column = allocate<Vector<std::int32_t, Host>>(space, "kovar::apps::column", columns.size());
  upper.value = allocate<Vector<double, Host>>(space, "kovar::apps::value", values.size());
  upper.row_start(0) = 0;
  for (std::int64_t row = 0; row < n; ++row)
    upper.row_start(row + 1) =
        upper.row_start(row) + static_cast<std::int64_t>(lengths[static_cast<std::size_t>(row)]);
  std::transform(columns.begin(), columns.end(), upper.column.data(),
                 [](double column) { return static_cast<std::int32_t>(column); });
  std::copy(values.begin(), values.end(), upper.value.data());
  return whole;
}

}  // namespace

std::vector<fit::ExternalTerm> terms_for(dist::Communicator const& comm,
                                         fit::TemplateTensor const& tensor,
                                         fit::PreconditionerKind kind)
{
  bool const are_dealt =
      std::any_of(tensor.external_terms.begin(), tensor.external_terms.end(),
                  [](fit::ExternalTerm const& term) { return !term.dealt_rows.empty(); });
  if (!are_dealt) return tensor.external_terms;
  if (kind != fit::PreconditionerKind::sparse_cholesky &&
      kind != fit::PreconditionerKind::incomplete_cholesky)
    return {};
  std::vector<fit::ExternalTerm> whole;
  for (fit::ExternalTerm const& term : tensor.external_terms)
    whole.push_back(whole_term(comm, term));
  return whole;
}

fit::TemplateTensor read_templates(dist::Communicator const& comm, FitRequest const& request)
{
  double is_of_rabbit = 0;
  dist::agree(comm, [&] {
    require_no_description(request.tensor);
    if (comm.is_root()) is_of_rabbit = io::is_rabbit_file(request.tensor) ? 1 : 0;
  });
  comm.broadcast(&is_of_rabbit, 1);
  if (is_of_rabbit != 0) return io::read_rabbit_file(comm, request.tensor, request.systematic_type);
  dist::agree(comm, [&] {
    KOVAR_REQUIRE(!request.systematic_type,
                  "'" << request.tensor
                      << "' says itself how its systematics change yields; leave --systematics "
                         "away (it is for files of rabbit)");
  });
  return io::read_tensor(comm, request.tensor);
}

}  // namespace kovar::apps
