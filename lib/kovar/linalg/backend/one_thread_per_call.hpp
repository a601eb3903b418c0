// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_BACKEND_ONE_THREAD_PER_CALL_HPP
#define KOVAR_LINALG_BACKEND_ONE_THREAD_PER_CALL_HPP

/// \file
/// BLAS and LAPACK called from several threads at once, each call on its own thread.

namespace kovar::linalg::backend::host {

/// While it lives, OpenBLAS works on the calling thread alone: several threads that share its workers for small
/// systems take ten times as long as each by itself. Other libraries stay as they are.
class OneThreadPerCall {
 public:
  OneThreadPerCall();
  ~OneThreadPerCall();
  OneThreadPerCall(OneThreadPerCall const&) = delete;
  OneThreadPerCall& operator=(OneThreadPerCall const&) = delete;

 private:
  int n_before_ = 0;
};

}  // namespace kovar::linalg::backend::host

#endif
