// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_PROCESS_KIND_HPP
#define KOVAR_FIT_PROCESS_KIND_HPP

/// \file
/// Signals and backgrounds.

namespace kovar::fit {

enum class ProcessKind {
  background,
  signal,  ///< has a strength that is fitted
};

}  // namespace kovar::fit

#endif
