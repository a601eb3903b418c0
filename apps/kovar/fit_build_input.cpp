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
namespace {

/// \throws InputError if this is a description, or the type is given for a file of kovar
bool is_of_rabbit(std::string const& path, std::optional<fit::SystematicType> type)
{
  require_no_description(path);
  if (io::is_rabbit_file(path)) return true;
  KOVAR_REQUIRE(!type, "'" << path
                           << "' says itself how its systematics change yields; leave "
                              "--systematics away (it is for files of rabbit)");
  return false;
}

}  // namespace

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

std::optional<fit::SystematicType> systematic_type_of(OptionValues const& values)
{
  std::string const type = values.text("systematics");
  if (type == "as-in-file") return std::nullopt;
  return type == "normal" ? fit::SystematicType::additive : fit::SystematicType::log_normal;
}

fit::TemplateTensor read_tensor_file(std::string const& path,
                                     std::optional<fit::SystematicType> type)
{
  return is_of_rabbit(path, type) ? io::read_rabbit_file(path, type) : io::read_tensor(path);
}

fit::TemplateTensor read_tensor_file(dist::Communicator const& comm, std::string const& path,
                                     std::optional<fit::SystematicType> type)
{
  double of_rabbit = 0;
  dist::agree(comm, [&] {
    if (comm.is_root()) of_rabbit = is_of_rabbit(path, type) ? 1 : 0;
  });
  comm.broadcast(&of_rabbit, 1);
  return of_rabbit != 0 ? io::read_rabbit_file(comm, path, type) : io::read_tensor(comm, path);
}

}  // namespace kovar::apps
