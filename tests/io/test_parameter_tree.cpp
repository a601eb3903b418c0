// SPDX-License-Identifier: BSD-3-Clause
#include "scratch_folder.hpp"

#include <kovar/core/error.hpp>
#include <kovar/io/parameter_tree.hpp>

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

namespace {

using kovar::InputError;
using kovar::io::ParameterNode;
using kovar::io::ParameterShape;
using kovar::io::ParameterType;
using kovar::io::read_parameter_tree;
using kovar::test::message_of;
using kovar::test::ScratchFolder;

class ParameterTree : public testing::Test {
 protected:
  ParameterNode read(std::string const& name, std::string const& content) const
  {
    std::ofstream(folder / name) << content;
    return read_parameter_tree(folder / name);
  }
  std::string error(std::string const& name, std::string const& content) const
  {
    return message_of<InputError>([&] { read(name, content); });
  }

  ScratchFolder folder;
  std::string yaml = "'" + folder / "fit.yaml" + "'";
  std::string xml = "'" + folder / "fit.xml" + "'";
};

void expect_value(ParameterNode const& node, std::string const& name, ParameterType type,
                  std::string const& value)
{
  EXPECT_EQ(node.name, name);
  EXPECT_EQ(node.shape, ParameterShape::value) << name;
  EXPECT_EQ(node.type, type) << name;
  EXPECT_EQ(node.values, std::vector<std::string>{value}) << name;
}

void expect_channels(ParameterNode const& top)
{
  EXPECT_EQ(top.shape, ParameterShape::entries);
  ASSERT_EQ(top.entries.size(), 3U);
  expect_value(top.entries[0], "z", ParameterType::integer, "1");
  ParameterNode const& channels = top.entries[1];
  EXPECT_EQ(channels.name, "channels");
  EXPECT_EQ(channels.shape, ParameterShape::entries);
  ASSERT_EQ(channels.entries.size(), 3U);
  EXPECT_EQ(channels.entries[0].name, "signal region");
  ASSERT_EQ(channels.entries[0].entries.size(), 2U);
  expect_value(channels.entries[0].entries[0], "data", ParameterType::text, "sr/data");
  EXPECT_EQ(channels.entries[0].entries[1].shape, ParameterShape::values);
  EXPECT_EQ(channels.entries[0].entries[1].type, ParameterType::list);
  EXPECT_EQ(channels.entries[0].entries[1].values, (std::vector<std::string>{"1.5", "2"}));
  EXPECT_EQ(channels.entries[1].name, "empty");
  EXPECT_EQ(channels.entries[1].shape, ParameterShape::entries);
  EXPECT_TRUE(channels.entries[1].entries.empty());
  expect_value(channels.entries[2], "a", ParameterType::boolean, "true");
  expect_value(top.entries[2], "c", ParameterType::real, "0.25");
}

TEST_F(ParameterTree, YamlGivesListsInListsInTheOrderOfTheFile)
{
  expect_channels(read("fit.yaml",
                       "fit:\n"
                       "  z: 1\n"
                       "  channels:   # comment\n"
                       "# another\n"
                       "      signal region:\n"
                       "        data: sr/data\n"
                       "\n"
                       "        edges: [1.5, 2.0]\n"
                       "      empty:\n"
                       "      a: yes\n"
                       "  c: 0.25\n"));
}

TEST_F(ParameterTree, XmlGivesTheSame)
{
  expect_channels(
      read("fit.xml",
           "<ParameterList name=\"fit\">\n"
           "  <Parameter name=\"z\" type=\"int\" value=\"1\"/>\n"
           "  <ParameterList name=\"channels\">\n"
           "    <ParameterList name=\"signal region\">\n"
           "      <Parameter name=\"data\" type=\"string\" value=\"sr/data\"/>\n"
           "      <Parameter name=\"edges\" type=\"Array(double)\" value=\"{1.5, 2}\"/>\n"
           "    </ParameterList>\n"
           "    <ParameterList name=\"empty\"></ParameterList>\n"
           "    <Parameter name=\"a\" type=\"bool\" value=\"true\"/>\n"
           "  </ParameterList>\n"
           "  <Parameter name=\"c\" type=\"double\" value=\"0.25\"/>\n"
           "</ParameterList>\n"));
}

TEST_F(ParameterTree, EntriesMayStandInBraces)
{
  auto const top = read("fit.yaml", "fit:\n  rate: {top: [1.1, 0.9], jets: 1.02}\n");
  ASSERT_EQ(top.entries.size(), 1U);
  ASSERT_EQ(top.entries[0].entries.size(), 2U);
  EXPECT_EQ(top.entries[0].entries[0].values, (std::vector<std::string>{"1.1", "0.9"}));
  expect_value(top.entries[0].entries[1], "jets", ParameterType::real, "1.02");
}

TEST_F(ParameterTree, ValuesWithinValuesAreATable)
{
  auto const top = read("fit.yaml", "fit:\n  x: [[1, 2], [3, 4]]\n");
  EXPECT_EQ(top.entries.at(0).shape, ParameterShape::table);
}

TEST_F(ParameterTree, ALineThatBelongsToNoListIsAnError)
{
  EXPECT_EQ(error("fit.yaml", "fit:\n  a:\n      x: 1\n    y: 2\n"),
            yaml +
                ", line 4: 'y: 2' is indented by 4 spaces (no list above it is); entries of a list "
                "stand below each other");
}

TEST_F(ParameterTree, ANameTwiceIsAnErrorInInnerListsToo)
{
  std::string const parameter = "<Parameter name=\"n\" type=\"int\" value=\"1\"/>";
  EXPECT_EQ(error("fit.xml", "<ParameterList><ParameterList name=\"a\">" + parameter + parameter +
                                 "</ParameterList></ParameterList>"),
            "'n' is set twice in " + xml + "; remove one");
  EXPECT_NE(error("fit.yaml", "fit:\n  a:\n    n: 1\n    n: 2\n").find("already exists"),
            std::string::npos);
}

TEST_F(ParameterTree, CharactersBeyondAsciiAreAnErrorInYamlAlone)
{
  EXPECT_EQ(
      error("fit.yaml", "fit:\n  a: 1\n  größe: 2\n"),
      yaml +
          ", line 3: there is a character beyond ASCII (the parser of YAML takes none, not in "
          "comments either); write the file as XML, or without it");
  auto const top = read("fit.xml",
                        "<ParameterList><Parameter name=\"größe\" type=\"int\" value=\"2\"/>"
                        "</ParameterList>");
  EXPECT_EQ(top.entries.at(0).name, "größe");
}

}  // namespace
