// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/io/parameter_text.hpp>
#include <kovar/io/parameter_tree.hpp>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

namespace kovar::io {
namespace {

namespace fs = std::filesystem;

std::string content_of(std::string const& path)
{
  std::error_code unknown;
  KOVAR_REQUIRE(fs::exists(path, unknown), "'" << path << "' does not exist; check the path");
  KOVAR_REQUIRE(!fs::is_directory(path, unknown),
                "'" << path << "' is a folder; name a parameter file in it");
  std::ifstream file(path, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  KOVAR_REQUIRE(file.is_open() && !file.bad(), "'" << path << "' cannot be read");
  KOVAR_REQUIRE(!trimmed(content).empty(), "'" << path << "' is empty");
  return content;
}

void require_distinct_names(std::string const& path, ParameterNode const& node)
{
  std::set<std::string> names;
  for (ParameterNode const& entry : node.entries) {
    KOVAR_REQUIRE(names.insert(entry.name).second,
                  "'" << entry.name << "' is set twice in '" << path << "'; remove one");
    require_distinct_names(path, entry);
  }
}

}  // namespace

std::string trimmed(std::string const& text)
{
  auto const first = text.find_first_not_of(parameter_blanks);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(parameter_blanks) - first + 1);
}

std::vector<std::string> lines_of(std::string const& text)
{
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string parser_message(std::exception const& error)
{
  std::string message;
  for (std::string const& raw : lines_of(error.what())) {
    std::string line = trimmed(raw);
    if (line.rfind("Expected one of", 0) == 0 || line.rfind("Got:", 0) == 0) break;
    bool const is_own_source = line.find("pp:") != std::string::npos && line.back() == ':';
    if (line.empty() || line == "^" || is_own_source || line.rfind("Throw ", 0) == 0) continue;
    for (std::string const noise : {"error: ", " of parseYamlStream"})
      if (auto const at = line.find(noise); at != std::string::npos) line.erase(at, noise.size());
    if (!message.empty()) message += message.back() == ':' ? " " : ": ";
    message += line;
  }
  return message;
}

ParameterNode read_parameter_tree(std::string const& path)
{
  std::string ending = fs::path(path).extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  bool const is_yaml = ending == ".yaml" || ending == ".yml";
  KOVAR_REQUIRE(is_yaml || ending == ".xml",
                "'" << path
                    << "' ends neither in .yaml or .yml nor in .xml (the ending says how to "
                    << "read a parameter file)");
  std::string const content = content_of(path);
  ParameterNode node = is_yaml ? parse_yaml(path, content) : parse_xml(path, content);
  require_distinct_names(path, node);
  return node;
}

}  // namespace kovar::io
