// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_FIT_TEMPLATES_HPP
#define KOVAR_APPS_KOVAR_FIT_TEMPLATES_HPP

#include "fit_request.hpp"

#include <kovar/core/error.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/fit/preconditioner.hpp>
#include <kovar/fit/template_tensor.hpp>

#include <vector>

/// \file
/// Reads the templates of a fit, and does what all ranks do with them.

namespace kovar::apps {

/// The tensor of a file of kovar, of which each rank reads its part, or of rabbit; collective.
/// \throws InputError, on all ranks, if the file cannot be read, or the type of systematics is given for a
///         file that says it
fit::TemplateTensor read_templates(dist::Communicator const& comm, FitRequest const& request);

/// The external terms that a preconditioner is made of: on several ranks, which hold rows of them, whole ones if
/// a factor of them is asked for, and none else; collective.
/// Memory: on each rank the entries of all.
std::vector<fit::ExternalTerm> terms_for(dist::Communicator const& comm,
                                         fit::TemplateTensor const& tensor,
                                         fit::PreconditionerKind kind);

/// Do work on templates. All ranks have the same ones and the same options, so that what is wrong with these
/// is found by all of them at the same place, and told once.
template <class Work>
void do_in_step(Work const& work)
{
  try {
    work();
  } catch (InputError const& error) {
    throw InputError(error.what(), true);
  }
}

}  // namespace kovar::apps

#endif
