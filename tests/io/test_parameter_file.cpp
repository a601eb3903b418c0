// SPDX-License-Identifier: BSD-3-Clause
#include "scratch_folder.hpp"

#include <kovar/core/error.hpp>
#include <kovar/io/parameter_file.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

using kovar::InputError;
using kovar::io::Parameter;
using kovar::io::ParameterType;
using kovar::io::read_parameter_file;
using kovar::test::message_of;
using kovar::test::ScratchFolder;

class ParameterFile : public testing::Test {
 protected:
  std::string write(std::string const& name, std::string const& content) const
  {
    std::string path = folder / name;
    std::ofstream(path) << content;
    return path;
  }
  std::vector<Parameter> read(std::string const& name, std::string const& content) const
  {
    return read_parameter_file(write(name, content));
  }
  std::string error(std::string const& name, std::string const& content) const
  {
    return message_of<InputError>([&] { read(name, content); });
  }

  ScratchFolder folder;
  std::string yaml = "'" + folder / "options.yaml" + "'";
  std::string xml = "'" + folder / "options.xml" + "'";
};

void expect_parameter(Parameter const& parameter, std::string const& name, ParameterType type,
                      std::string const& value)
{
  EXPECT_EQ(parameter.name, name);
  EXPECT_EQ(parameter.type, type) << name;
  EXPECT_EQ(parameter.value, value) << name;
}

TEST_F(ParameterFile, YamlGivesNamesTypesAndValuesInOrder)
{
  auto const parameters = read("options.yaml",
                               "# what to estimate\n"
                               "gsn:\n"
                               "  input: data.h5   # a comment\n"
                               "  dataset: /even\n"
                               "\n"
                               "  shrinkage: true\n"
                               "  verbose: no\n"
                               "  n_units: 64\n"
                               "  memory_budget: 10000000000\n"
                               "  decay: 0.1\n"
                               "  scale: 1e-3\n"
                               "  quoted: \"12\"\n"
                               "  returns: cSb,cNb\n");
  ASSERT_EQ(parameters.size(), 10U);
  expect_parameter(parameters[0], "input", ParameterType::text, "data.h5");
  expect_parameter(parameters[1], "dataset", ParameterType::text, "/even");
  expect_parameter(parameters[2], "shrinkage", ParameterType::boolean, "true");
  expect_parameter(parameters[3], "verbose", ParameterType::boolean, "false");
  expect_parameter(parameters[4], "n_units", ParameterType::integer, "64");
  expect_parameter(parameters[5], "memory_budget", ParameterType::integer, "10000000000");
  expect_parameter(parameters[6], "decay", ParameterType::real, "0.1");
  expect_parameter(parameters[7], "scale", ParameterType::real, "0.001");
  expect_parameter(parameters[8], "quoted", ParameterType::text, "12");
  expect_parameter(parameters[9], "returns", ParameterType::text, "cSb,cNb");
}

TEST_F(ParameterFile, YamlListsAreJoinedByCommas)
{
  auto const parameters = read("options.yml",
                               "gsn:\n"
                               "  levels: [0, 0.5, 0.7000000000000001, 1]\n"
                               "  sizes: [1, 2]\n"
                               "  returns: [cSb, cNb]\n"
                               "  block:\n"
                               "    - 3\n"
                               "    - 4\n");
  ASSERT_EQ(parameters.size(), 4U);
  expect_parameter(parameters[0], "levels", ParameterType::list, "0,0.5,0.7000000000000001,1");
  expect_parameter(parameters[1], "sizes", ParameterType::list, "1,2");
  expect_parameter(parameters[2], "returns", ParameterType::list, "cSb,cNb");
  expect_parameter(parameters[3], "block", ParameterType::list, "3,4");
}

TEST_F(ParameterFile, YamlNeedsNoLastLineBreakAndMayBeFromWindows)
{
  EXPECT_EQ(read("options.yaml", "gsn:\n  n_units: 64").size(), 1U);
  auto const parameters = read("options.yaml", "gsn:\r\n  n_units: 64\r\n  input: data.h5\r\n");
  ASSERT_EQ(parameters.size(), 2U);
  expect_parameter(parameters[1], "input", ParameterType::text, "data.h5");
}

TEST_F(ParameterFile, YamlListOfOptionsMayBeEmpty)
{
  EXPECT_TRUE(read("options.yaml", "gsn:\n").empty());
}

TEST_F(ParameterFile, XmlGivesNamesTypesAndValuesInOrder)
{
  auto const parameters =
      read("options.XML",
           "<ParameterList name=\"gsn\">\n"
           "  <!-- a comment -->\n"
           "  <Parameter name=\"shrinkage\" type=\"bool\" value=\"false\"/>\n"
           "  <Parameter name=\"n_units\" type=\"int\" value=\"64\"/>\n"
           "  <Parameter name=\"decay\" type=\"double\" value=\"0.10\"/>\n"
           "  <Parameter name=\"input\" type=\"string\" value=\"a &amp; b.h5\"/>\n"
           "  <Parameter name=\"levels\" type=\"Array(double)\" value=\"{0, 0.5,1}\"/>\n"
           "  <Parameter name=\"returns\" type=\"Array(string)\" value=\"{cSb, cNb}\"/>\n"
           "</ParameterList>\n");
  ASSERT_EQ(parameters.size(), 6U);
  expect_parameter(parameters[0], "shrinkage", ParameterType::boolean, "false");
  expect_parameter(parameters[1], "n_units", ParameterType::integer, "64");
  expect_parameter(parameters[2], "decay", ParameterType::real, "0.10");
  expect_parameter(parameters[3], "input", ParameterType::text, "a & b.h5");
  expect_parameter(parameters[4], "levels", ParameterType::list, "0,0.5,1");
  expect_parameter(parameters[5], "returns", ParameterType::list, "cSb,cNb");
}

TEST_F(ParameterFile, MissingFileIsAnError)
{
  EXPECT_EQ(message_of<InputError>([&] { read_parameter_file(folder / "options.yaml"); }),
            yaml + " does not exist; check the path");
}

TEST_F(ParameterFile, FolderIsAnError)
{
  std::filesystem::create_directory(folder / "options.yaml");
  EXPECT_EQ(message_of<InputError>([&] { read_parameter_file(folder / "options.yaml"); }),
            yaml + " is a folder; name a parameter file in it");
}

TEST_F(ParameterFile, OtherEndingIsAnError)
{
  EXPECT_EQ(error("options.txt", "gsn:\n  n_units: 64\n"),
            "'" + folder / "options.txt" +
                "' ends neither in .yaml or .yml nor in .xml (the ending says how to read a "
                "parameter file)");
}

TEST_F(ParameterFile, EmptyFileIsAnError)
{
  EXPECT_EQ(error("options.yaml", " \n"), yaml + " is empty");
  EXPECT_EQ(error("options.xml", ""), xml + " is empty");
}

TEST_F(ParameterFile, MalformedYamlIsToldWithItsPlace)
{
  EXPECT_EQ(error("options.yaml", "gsn:\n  n_units: [1\n  input: data.h5\n"),
            yaml + " is not valid YAML (Parser failure at line 3 column 3: input: data.h5)");
  EXPECT_EQ(error("options.yaml", "gsn:\n  n_units: 1\n    input: data.h5\n"),
            yaml + " is not valid YAML (Parser failure at line 3 column 5: input: data.h5)");
}

TEST_F(ParameterFile, YamlThatIsNoListIsAnError)
{
  EXPECT_EQ(error("options.yaml", "n_units: 64\n"),
            yaml +
                " is not a list of options; the first line names the list ('options:'), all others "
                "are indented and say 'name: value'");
}

TEST_F(ParameterFile, TabsThatIndentYamlAreAnError)
{
  std::string const reason = " (YAML indents by spaces); write spaces in its place";
  EXPECT_EQ(error("options.yaml", "gsn:\n\tn_units: 64\n"),
            yaml + ", line 2: there is a tab before 'n_units: 64'" + reason);
  EXPECT_EQ(error("options.yaml", "gsn:\n  n_units: 64\n  \tinput: data.h5\n"),
            yaml + ", line 3: there is a tab before 'input: data.h5'" + reason);
  // Elsewhere a tab is a blank as others are.
  EXPECT_EQ(read("options.yaml", "gsn:\n  n_units: 64\n\t\n  input: data.h5\n").size(), 2U);
}

TEST_F(ParameterFile, YamlLineOutsideTheListIsAnError)
{
  std::string const remedy =
      " is outside of the list of options; the first line names the list ('options:'), all others "
      "are "
      "indented by the same number of spaces";
  EXPECT_EQ(error("options.yaml", "n_units: 64\ninput: data.h5\n"),
            yaml + ", line 2: 'input: data.h5'" + remedy);
  EXPECT_EQ(error("options.yaml", "gsn:\n  n_units: 64\n\n# c\ninput: data.h5\n"),
            yaml + ", line 5: 'input: data.h5'" + remedy);
  EXPECT_EQ(error("options.yaml", "gsn:\n    n_units: 64\n  input: data.h5\n"),
            yaml + ", line 3: 'input: data.h5'" + remedy);
}

TEST_F(ParameterFile, NameSetTwiceIsAnError)
{
  EXPECT_EQ(error("options.yaml", "gsn:\n  n_units: 64\n  n_units: 65\n"),
            yaml +
                " is not valid YAML (Parser failure at line 4 column 1: Parameter \"n_units\" "
                "already exists in list \"ANONYMOUS\")");
  EXPECT_EQ(error("options.xml",
                  "<ParameterList><Parameter name=\"n_units\" type=\"int\" value=\"64\"/>"
                  "<Parameter name=\"n_units\" type=\"int\" value=\"65\"/></ParameterList>"),
            "'n_units' is set twice in " + xml + "; remove one");
}

TEST_F(ParameterFile, ListWithinAListIsAnError)
{
  std::string const nested = " is a list within a list (all options are on one level)";
  EXPECT_EQ(error("options.yaml", "gsn:\n  inner:\n    n_units: 64\n"),
            "'inner' in " + yaml + nested);
  EXPECT_EQ(error("options.yaml", "gsn:\n  table: [[1, 2], [3, 4]]\n"),
            "'table' in " + yaml + nested);
  EXPECT_EQ(error("options.xml",
                  "<ParameterList><ParameterList name=\"inner\"><Parameter name=\"a\" type=\"int\" "
                  "value=\"1\"/></ParameterList></ParameterList>"),
            "'inner' in " + xml + nested);
}

TEST_F(ParameterFile, NameWithoutValueIsAnError)
{
  EXPECT_EQ(error("options.yaml", "gsn:\n  n_units:\n  input: data.h5\n"),
            "'n_units' in " + yaml + " has no value");
  EXPECT_EQ(error("options.xml",
                  "<ParameterList><Parameter name=\"n_units\" type=\"int\"/></ParameterList>"),
            "a <Parameter> in " + xml +
                " has no value; write <Parameter name=\"...\" type=\"...\" value=\"...\"/>");
}

TEST_F(ParameterFile, MalformedXmlIsToldWithItsPlace)
{
  std::string const message =
      error("options.xml",
            "<ParameterList>\n<Parameter name=\"a\" type=\"int\" value=\"1\">\n"
            "</ParameterList>");
  EXPECT_EQ(message.find(xml + " is not valid XML (XML parse error at line 3: "), 0U) << message;
  EXPECT_EQ(message.find("Throw"), std::string::npos) << message;
}

TEST_F(ParameterFile, OtherXmlIsAnError)
{
  EXPECT_EQ(error("options.xml", "<Options/>"),
            xml + " begins with <Options> (a parameter file begins with <ParameterList>)");
  EXPECT_EQ(error("options.xml", "<ParameterList><Option/></ParameterList>"),
            xml + " has a <Option> (a parameter file holds <Parameter> only)");
}

TEST_F(ParameterFile, XmlValueOfAnotherTypeIsAnError)
{
  auto const message = [this](std::string const& type, std::string const& value) {
    return error("options.xml", "<ParameterList><Parameter name=\"a\" type=\"" + type +
                                    "\" value=\"" + value + "\"/></ParameterList>");
  };
  EXPECT_EQ(message("int", "x"), "'a' in " + xml + " is 'x' (not of its type, int)");
  EXPECT_EQ(message("int", ""), "'a' in " + xml + " is '' (not of its type, int)");
  EXPECT_EQ(message("bool", "maybe"), "'a' in " + xml + " is 'maybe' (not of its type, bool)");
  EXPECT_EQ(message("double", "1,5"), "'a' in " + xml + " is '1,5' (not of its type, double)");
  EXPECT_EQ(message("Array(int)", "{1,x}"),
            "'a' in " + xml + " is '{1,x}' (not of its type, Array(int))");
  EXPECT_EQ(message("number", "1"),
            "'a' in " + xml +
                " has the unknown type 'number'; there are bool, int, double, string and "
                "Array(int), Array(double), Array(string)");
}

}  // namespace
