// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/linalg/backend/one_thread_per_call.hpp>

// There if the program runs with OpenBLAS, else null.
extern "C" {
int openblas_get_num_threads() __attribute__((weak));
void openblas_set_num_threads(int) __attribute__((weak));
}

namespace kovar::linalg::backend::host {

OneThreadPerCall::OneThreadPerCall()
{
  if (openblas_get_num_threads == nullptr || openblas_set_num_threads == nullptr) return;
  n_before_ = openblas_get_num_threads();
  openblas_set_num_threads(1);
}

OneThreadPerCall::~OneThreadPerCall()
{
  if (n_before_ > 0) openblas_set_num_threads(n_before_);
}

}  // namespace kovar::linalg::backend::host
