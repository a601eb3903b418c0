// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_KERNEL_EXPRESSION_HPP
#define KOVAR_GP_KERNEL_EXPRESSION_HPP

#include <kovar/gp/kernel.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// Kernels as text, for command lines and files:
///
///     scale(matern52(ard)) + linear
///     scale(rbf(columns 0 2-4, ard) * periodic(columns time))
///
/// A leaf's name may be followed by options in parentheses (or brackets): `ard`, a length scale or
/// variance for each column that it sees, and `columns`, the input columns that it sees: numbers from
/// 0, ranges, or names. Products bind before sums.

namespace kovar::gp {

/// \param n_columns  input columns, which `ard` counts
/// \param names      their names, if they have any
/// \throws InputError that names place and cause: an unknown kernel (with the nearest known one), an
///         unknown option or column, a parenthesis that is missing or too many
Kernel kernel_of_expression(std::string const& text, std::int64_t n_columns,
                            std::vector<std::string> const& names = {});

/// The expression of a kernel: kernel_of_expression gives the same form, parameters at their start.
std::string expression_of(Kernel const& kernel);

}  // namespace kovar::gp

#endif
