// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_SYSTEMATIC_TABLE_HPP
#define KOVAR_FIT_SYSTEMATIC_TABLE_HPP

#include <kovar/fit/systematic_options.hpp>
#include <kovar/fit/template_tensor.hpp>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

/// \file
/// Names and properties of booked systematics.

namespace kovar::fit {

/// Systematics in the order of their first booking.
class SystematicTable {
 public:
  /// Number of the systematic, a new one if the name is. Properties of several bookings are united.
  /// \param yields  which yields it varies
  /// \param groups  it is a member of
  /// \param what    who books, at the start of messages
  /// \throws InputError if the name varies these yields already, or was booked with a constraint and is
  ///         free here or the other way round
  std::int32_t book(std::string const& name, std::int32_t yields, SystematicOptions const& options,
                    std::vector<std::string> const& groups, std::string const& what);

  void count_floors(std::int32_t systematic, std::int64_t n)
  {
    n_floors_[static_cast<std::size_t>(systematic)] += n;
  }

  bool has(std::string const& name) const { return number_.count(name) != 0; }
  std::vector<std::string> const& names() const { return names_; }
  /// How often the floor was taken for each.
  std::vector<std::int64_t> const& n_floors() const { return n_floors_; }

  /// Give names, constraints, groups and NOIs to the tensor: free systematics first, then constrained
  /// ones, both in natural order, as groups and their names are. Names go over.
  /// \return the column of each systematic
  std::vector<std::int64_t> move_to(TemplateTensor& tensor);

 private:
  std::vector<Group> ordered_groups(std::vector<std::int64_t> const& column) const;

  std::vector<std::string> names_;
  std::vector<Constraint> constraints_;
  std::vector<Interest> interests_;
  std::vector<std::int64_t> n_floors_;
  std::unordered_map<std::string, std::int32_t> number_;
  std::vector<std::string> group_names_;
  std::unordered_map<std::string, std::int32_t> group_number_;
  std::vector<std::pair<std::int32_t, std::int32_t>> members_;  // group, systematic
  std::vector<std::vector<bool>> varies_;                       // yields, systematic
};

}  // namespace kovar::fit

#endif
