// SPDX-License-Identifier: BSD-3-Clause
#include "fit_build_input.hpp"

#include <kovar/core/error.hpp>
#include <kovar/io/rabbit_file.hpp>
#include <kovar/io/tensor_file.hpp>
#include <support/text.hpp>

#include <algorithm>
#include <cctype>
#include <filesystem>

namespace kovar::apps {

Option systematics_option()
{
  return {"systematics",
          OptionKind::choice,
          "as-in-file",
          "how systematics change yields, for files of rabbit that do not say",
          {"as-in-file", "log-normal", "normal"}};
}

bool is_description(std::string const& path)
{
  std::string ending = std::filesystem::path(path).extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return ending == ".yaml" || ending == ".yml" || ending == ".xml";
}

void require_no_description(std::string const& path)
{
  KOVAR_REQUIRE(!is_description(path),
                "'" << path
                    << "' is a description, by its name (a tensor is needed); make one with "
                       "kovar fit build "
                    << quote_for_shell(path) << " -o tensor.h5");
}

fit::TemplateTensor read_tensor_file(std::string const& path, OptionValues const& values)
{
  require_no_description(path);
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
