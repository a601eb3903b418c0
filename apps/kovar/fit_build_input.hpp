// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_FIT_BUILD_INPUT_HPP
#define KOVAR_APPS_KOVAR_FIT_BUILD_INPUT_HPP

#include <kovar/dist/communicator.hpp>
#include <kovar/fit/template_tensor.hpp>
#include <support/command.hpp>

#include <optional>
#include <string>

/// \file
/// Tensors from files of either kind.

namespace kovar::apps {

/// The option 'systematics': how those of a file of rabbit change yields.
Option systematics_option();

/// Whether the name is that of a description of a tensor: .yaml, .yml or .xml.
bool is_description(std::string const& path);

/// \throws InputError telling what makes a tensor of it if this is a description
void require_no_description(std::string const& path);

/// What that option says; none: as in the file.
std::optional<fit::SystematicType> systematic_type_of(OptionValues const& values);

/// The whole tensor, by this process alone.
/// \param type  of systematics, for a file of rabbit alone
/// \throws InputError if the file cannot be read, or the type is given for a file that says it
fit::TemplateTensor read_tensor_file(std::string const& path,
                                     std::optional<fit::SystematicType> type);

/// The same for ranks; collective. Of a file of kovar each reads its part.
/// \throws InputError as above, on all ranks
fit::TemplateTensor read_tensor_file(dist::Communicator const& comm, std::string const& path,
                                     std::optional<fit::SystematicType> type);

}  // namespace kovar::apps

#endif
