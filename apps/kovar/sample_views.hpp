// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_SAMPLE_VIEWS_HPP
#define KOVAR_APPS_KOVAR_SAMPLE_VIEWS_HPP

#include <kovar/core/host_list.hpp>
#include <kovar/core/views.hpp>
#include <kovar/linalg/symmetric_batch.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Samples of a table as views of a space and a precision.

namespace kovar::apps {

/// Rows of numbers.
template <class Scalar, class ExecSpace>
linalg::Rows<Scalar, ExecSpace> to_rows(ExecSpace const& space, std::vector<double> const& list,
                                        std::int64_t n_columns, char const* label)
{
  std::vector<Scalar> const numbers(list.begin(), list.end());
  auto const rows = allocate<linalg::Rows<Scalar, ExecSpace>>(
      space, label, static_cast<std::int64_t>(list.size()) / n_columns, n_columns);
  Kokkos::deep_copy(space, Vector<Scalar, ExecSpace>(rows.data(), rows.size()),
                    HostListView<Scalar const>(numbers.data(), numbers.size()));
  space.fence();  // the list goes away
  return rows;
}

/// Lists of one length as columns of a matrix.
template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> to_columns(ExecSpace const& space,
                                     std::vector<std::vector<double>> const& lists,
                                     char const* label)
{
  std::vector<Scalar> numbers;
  for (auto const& list : lists) numbers.insert(numbers.end(), list.begin(), list.end());
  auto const columns = allocate<Matrix<Scalar, ExecSpace>>(
      space, label, numbers.size() / lists.size(), lists.size());
  Kokkos::deep_copy(space, Vector<Scalar, ExecSpace>(columns.data(), columns.size()),
                    HostListView<Scalar const>(numbers.data(), numbers.size()));
  space.fence();  // the list goes away
  return columns;
}

}  // namespace kovar::apps

#endif
