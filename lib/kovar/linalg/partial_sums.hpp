// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_PARTIAL_SUMS_HPP
#define KOVAR_LINALG_PARTIAL_SUMS_HPP

#include <kovar/core/views.hpp>
#include <kovar/linalg/row_parts.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

/// \file
/// Vectors to which the parts of a sweep add side by side: each has a copy of the columns that it
/// touches, and copies are added up in the order of the parts, which no timing changes.

namespace kovar::linalg {

/// Each part by one thread, the same thread in every sweep as far as the runtime can.
template <class ExecSpace>
using PartPolicy =
    Kokkos::RangePolicy<ExecSpace, Kokkos::Schedule<Kokkos::Static>, Kokkos::IndexType<int>>;

namespace detail {

/// The columns that a part of a sweep touches, and where its copy of them begins.
struct PartOfSums {
  ColumnSpan span;
  std::int64_t first_sum;
};

}  // namespace detail

/// Copies of a vector of X for the parts of a sweep on ExecSpace, a host.
template <class X, class ExecSpace>
class PartialSums {
 public:
  PartialSums() = default;

  /// \param n      length of the vector
  /// \param spans  columns that each part touches, inside [0, n)
  PartialSums(ExecSpace const& space, std::int64_t n, std::vector<ColumnSpan> const& spans)
      : n_(n), n_parts_(static_cast<int>(spans.size()))
  {
    parts_ = allocate<Vector<detail::PartOfSums, ExecSpace>>(space, "kovar::linalg::parts",
                                                             spans.size());
    std::int64_t n_numbers = 0;
    for (std::size_t p = 0; p < spans.size(); ++p) {
      parts_(p) = {spans[p], n_numbers};
      // A line of cache between two copies, so that threads do not write to the same one.
      constexpr std::int64_t line = 64 / static_cast<std::int64_t>(sizeof(double));
      n_numbers += (spans[p].end - spans[p].begin + line) / line * line;
    }
    // Not filled: memory comes to lie near the thread that first writes to it.
    sums_ = allocate<Vector<X, ExecSpace>>(space, "kovar::linalg::partial_sums", n_numbers);
  }

  /// For the parts of other sums, in memory of its own.
  template <class Y>
  PartialSums(ExecSpace const& space, PartialSums<Y, ExecSpace> const& other)
      : n_(other.n_),
        n_parts_(other.n_parts_),
        parts_(other.parts_),
        sums_(allocate<Vector<X, ExecSpace>>(space, "kovar::linalg::partial_sums",
                                             other.sums_.extent(0)))
  {
  }

  /// The copy of a part, set to zero, as if it began with column 0. For the thread that sums.
  X* cleared(int part) const
  {
    auto const& own = parts_(part);
    X* const first = sums_.data() + own.first_sum;
    std::fill(first, first + (own.span.end - own.span.begin), X{});
    return first - own.span.begin;
  }

  /// Call body(i, sum over all parts) for each i < n.
  template <class Body>
  void for_sums(ExecSpace const& space, std::string const& label, Body const& body) const
  {
    constexpr std::int64_t block = 512;
    std::int64_t const n = n_;
    int const n_parts = n_parts_;
    auto const parts = parts_;
    auto const sums = sums_;
    Kokkos::parallel_for(label,
                         Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(
                             space, 0, (n + block - 1) / block),
                         [=](std::int64_t b) {
                           X total[block] = {};
                           std::int64_t const begin = b * block;
                           std::int64_t const end = begin + block < n ? begin + block : n;
                           for (int p = 0; p < n_parts; ++p) {
                             auto const& part = parts(p);
                             std::int64_t const from =
                                 part.span.begin > begin ? part.span.begin : begin;
                             std::int64_t const to = part.span.end < end ? part.span.end : end;
                             X const* const own = sums.data() + part.first_sum;
                             for (std::int64_t i = from; i < to; ++i)
                               total[i - begin] += own[i - part.span.begin];
                           }
                           for (std::int64_t i = begin; i < end; ++i) body(i, total[i - begin]);
                         });
  }

 private:
  template <class Y, class Space>
  friend class PartialSums;

  std::int64_t n_ = 0;
  int n_parts_ = 0;
  Vector<detail::PartOfSums, ExecSpace> parts_;
  Vector<X, ExecSpace> sums_;
};

}  // namespace kovar::linalg

#endif
