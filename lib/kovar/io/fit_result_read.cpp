// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/io/fit_result_file.hpp>
#include <kovar/io/hdf5_reader.hpp>

#include <cmath>
#include <cstddef>
#include <map>

namespace kovar::io {

StoredMinimum read_minimum(std::string const& path)
{
  Hdf5Reader const reader(path, "give a result of 'kovar fit run'");
  StoredMinimum found;
  found.names = reader.texts("parms");
  auto const n = static_cast<std::int64_t>(found.names.size());
  found.x = reader.list<double>("x", {n});
  if (reader.has("cov")) found.covariance = reader.list<double>("cov", {n, n});
  for (std::size_t i = 0; i < found.x.size(); ++i)
    reader.require(std::isfinite(found.x[i]), "x",
                   "is not finite for parameter '" + found.names[i] + "'");
  return found;
}

std::vector<double> StoredMinimum::x_of(std::string const& path,
                                        std::vector<std::string> const& wanted) const
{
  std::map<std::string, double> by_name;
  for (std::size_t i = 0; i < names.size(); ++i) by_name[names[i]] = x[i];
  std::vector<double> ordered;
  for (std::string const& name : wanted) {
    auto const place = by_name.find(name);
    KOVAR_REQUIRE(place != by_name.end(),
                  "'" << path << "' has no parameter '" << name << "' (the fit has "
                      << wanted.size() << " parameters, the file " << names.size()
                      << "); give the result of a fit to the same tensor with the same options");
    ordered.push_back(place->second);
  }
  KOVAR_REQUIRE(by_name.size() == wanted.size(),
                "'" << path << "' has " << names.size() << " parameters, and the fit only "
                    << wanted.size()
                    << "; give the result of a fit to the same tensor with the same options");
  return ordered;
}

std::vector<std::pair<std::string, std::string>> read_options(std::string const& path,
                                                              std::vector<std::string> const& names)
{
  QuietHdf5 const quiet;
  Hdf5Handle const file = open_hdf5_file(path);
  std::vector<std::pair<std::string, std::string>> options;
  for (std::string const& name : names)
    if (auto const texts = read_texts(file, "provenance", "option." + name);
        texts && texts->size() == 1)
      options.emplace_back(name, texts->front());
  return options;
}

}  // namespace kovar::io
