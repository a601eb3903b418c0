// SPDX-License-Identifier: BSD-3-Clause
#include "fit_build_input.hpp"

#include <kovar/core/error.hpp>
#include <kovar/io/rabbit_file.hpp>
#include <kovar/io/tensor_file.hpp>

namespace kovar::apps {

Option systematics_option()
{
  return {"systematics",
          OptionKind::choice,
          "as-in-file",
          "how systematics change yields, for files of rabbit that do not say",
          {"as-in-file", "log-normal", "normal"}};
}

fit::TemplateTensor read_tensor_file(std::string const& path, OptionValues const& values)
{
  std::string const type = values.text("systematics");
  bool const is_given = type != "as-in-file";
  if (io::is_rabbit_file(path))
    return io::read_rabbit_file(
        path, is_given ? std::optional(type == "normal" ? fit::SystematicType::additive
                                                        : fit::SystematicType::log_normal)
                       : std::nullopt);
  KOVAR_REQUIRE(!is_given, "'" << path
                               << "' says itself how its systematics change yields; leave "
                                  "--systematics away (it is for files of rabbit)");
  return io::read_tensor(path);
}

}  // namespace kovar::apps
