// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "Error.h"
#include "ModelFile.h"
#include "SmallModels.h"
#include "TestFiles.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <utility>

using namespace apt;

namespace
{
/** A safetensors file of that header, whatever it says, and as many zero bytes behind it. */
std::string fileOf(const std::string& header, std::size_t dataSize)
{
  test::ByteString bytes;
  bytes.little<std::uint64_t>(header.size()).text(header).zeros(dataSize);
  return bytes.bytes();
}

/** A header with tensor "t" as given, and nothing else. */
std::string tensorHeader(
  const std::string& type, const std::string& shape, const std::string& offsets)
{
  return R"({"t":{"dtype":)" + type + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets +
    "}}";
}

std::string replaced(std::string text, const std::string& from, const std::string& to)
{
  const std::size_t place = text.find(from);
  if (place == std::string::npos)
  {
    throw std::runtime_error("nothing to replace: " + from);
  }
  return text.replace(place, from.size(), to);
}

/** The header of a file's bytes. */
std::string headerOf(const std::string& bytes)
{
  std::uint64_t length = 0;
  for (std::size_t i = 8; i-- > 0;)
  {
    length = length << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return bytes.substr(8, static_cast<std::size_t>(length));
}

/** The same file with another header. */
std::string withHeader(const std::string& bytes, const std::string& header)
{
  test::ByteString changed;
  changed.little<std::uint64_t>(header.size()).text(header);
  return changed.bytes() + bytes.substr(8 + headerOf(bytes).size());
}

class ModelFile : public testing::Test
{
protected:
  test::TemporaryFolder Folder;
  std::string Path = this->Folder.file("model.safetensors");

  /** The bytes of a good file of one block. */
  const std::string& goodBytes(bool batchNorm = false)
  {
    // Once for all tests: writing waits for the disk.
    static std::map<bool, std::string> bytes;
    if (bytes[batchNorm].empty())
    {
      writeModel(this->Path, test::randomModel(1, batchNorm));
      bytes[batchNorm] = test::readFile(this->Path);
    }
    return bytes[batchNorm];
  }

  /** What reading these bytes complains about, without the path; empty where it does not. */
  std::string problemOf(const std::string& bytes)
  {
    test::writeFile(this->Path, bytes);
    const std::string message = test::messageOf<FileError>([this] { readModel(this->Path); });
    if (message.empty())
    {
      return {};
    }
    EXPECT_EQ(message.compare(0, this->Path.size(), this->Path), 0) << message;
    EXPECT_LT(message.size(), this->Path.size() + 500);
    return message.substr(this->Path.size() + 2);
  }

  /** The same for the header alone. */
  std::string problemOfHeader(const std::string& header, std::size_t dataSize = 0)
  {
    test::writeFile(this->Path, fileOf(header, dataSize));
    const std::string message =
      test::messageOf<FileError>([this] { SafetensorsFile file(this->Path); });
    return message.empty() ? message : message.substr(this->Path.size() + 2);
  }

  /** The same for a good file with one thing changed in its header. */
  std::string problemOfChange(
    const std::string& from, const std::string& to, bool batchNorm = false)
  {
    const std::string& bytes = this->goodBytes(batchNorm);
    return this->problemOf(withHeader(bytes, replaced(headerOf(bytes), from, to)));
  }

  /** What writing a model with one thing changed complains about. */
  std::string problemOfModel(const std::function<void(Model&)>& change)
  {
    Model model = test::randomModel(2, true);
    change(model);
    const std::string problem =
      test::messageOf<ParameterError>([&] { writeModel(this->Path, model); });
    EXPECT_EQ(this->Folder.names(), std::vector<std::string>{});
    return problem;
  }
};

void expectEqual(const Model& left, const Model& right)
{
  EXPECT_EQ(left.architecture, right.architecture);
  EXPECT_EQ(left.alloy, right.alloy);
  ASSERT_EQ(left.species.size(), right.species.size());
  for (std::size_t i = 0; i < left.species.size(); ++i)
  {
    EXPECT_EQ(left.species[i].name, right.species[i].name);
    EXPECT_EQ(left.species[i].ions, right.species[i].ions);
  }
  EXPECT_EQ(left.encoding, right.encoding);
  EXPECT_EQ(left.latticeParameter, right.latticeParameter);
  EXPECT_EQ(left.neighbourCount, right.neighbourCount);
  EXPECT_EQ(left.features, right.features);
  EXPECT_EQ(left.threshold, right.threshold);
  EXPECT_EQ(left.batchNorm, right.batchNorm);
  EXPECT_EQ(left.batchNormEpsilon, right.batchNormEpsilon);
  EXPECT_EQ(left.training, right.training);
  EXPECT_EQ(left.seed, right.seed);
  EXPECT_EQ(left.metrics, right.metrics);
  EXPECT_EQ(left.licence, right.licence);
  ASSERT_EQ(left.tensors.size(), right.tensors.size());
  for (std::size_t i = 0; i < left.tensors.size(); ++i)
  {
    EXPECT_EQ(left.tensors[i].name, right.tensors[i].name);
    EXPECT_EQ(left.tensors[i].shape, right.tensors[i].shape);
    EXPECT_EQ(left.tensors[i].values, right.tensors[i].values) << left.tensors[i].name;
  }
}
} // namespace

// Good files ----------------------------------------------------------------------------------------

TEST_F(ModelFile, ReadsBackWhatItWrites)
{
  for (const bool batchNorm : { false, true })
  {
    Model model = test::randomModel(3, batchNorm);
    model.alloy = "Ab \"Cd\"\n\\ → é";
    model.latticeParameter = 1.0 / 3;
    model.neighbourCount = 64;
    model.threshold = 1;
    model.training["negative"] = -1e-300;
    model.training["huge"] = 1e300;
    if (batchNorm)
    {
      model.batchNormEpsilon = 1e-5;
      model.seed.reset();
      model.encoding = SpeciesEncoding::OneHot;
      model.tensors = {};
      for (const TensorDescription& tensor : tensorsOf(model))
      {
        std::size_t count = 1;
        for (const std::size_t extent : tensor.shape)
        {
          count *= extent;
        }
        model.tensors.push_back({ tensor.name, tensor.shape, std::vector<float>(count, 0.1F) });
      }
    }
    writeModel(this->Path, model);
    expectEqual(readModel(this->Path), model);
  }
}

TEST_F(ModelFile, GivesTheSameBytesAgain)
{
  for (const bool batchNorm : { false, true })
  {
    writeModel(this->Path, test::randomModel(2, batchNorm));
    const std::string again = this->Folder.file("again.safetensors");
    writeModel(again, readModel(this->Path));
    EXPECT_EQ(test::readFile(again), test::readFile(this->Path));
  }
}

TEST_F(ModelFile, KeepsEveryBitOfFiniteWeights)
{
  Model model = test::randomModel(1, false);
  std::vector<float>& values = model.tensors.front().values;
  values[0] = -0.0F;
  values[1] = std::numeric_limits<float>::denorm_min();
  values[2] = std::numeric_limits<float>::max();
  writeModel(this->Path, model);
  const std::vector<float> read = readModel(this->Path).tensors.front().values;
  EXPECT_EQ(std::memcmp(read.data(), values.data(), values.size() * sizeof(float)), 0);
}

TEST_F(ModelFile, IsPlainSafetensors)
{
  // Taken apart by hand: length, JSON, then the values in the order of the tensors.
  const Model model = test::randomModel(1, false);
  const std::string& bytes = this->goodBytes();
  const std::string header = headerOf(bytes);
  EXPECT_EQ(header.size() % 8, 0U);
  EXPECT_EQ(header.substr(0, 17), "{\"__metadata__\":{");
  EXPECT_TRUE(test::contains(header,
    R"("block1.tnet1.conv1.weight":{"dtype":"F32","shape":[32,5],"data_offsets":[0,640]})"));
  test::ByteString values;
  std::size_t count = 0;
  for (const Tensor& tensor : model.tensors)
  {
    for (const float value : tensor.values)
    {
      values.little(value);
      ++count;
    }
  }
  EXPECT_EQ(count, 177402U); // the published figure, five features and no batch norm
  EXPECT_EQ(bytes.substr(8 + header.size()), values.bytes());
}

TEST_F(ModelFile, HasTheTensorsOfThePublishedNetwork)
{
  const std::vector<TensorDescription> tensors = tensorsOf(test::randomModel(2, true));
  std::map<std::string, std::vector<std::size_t>> shapes;
  for (const TensorDescription& tensor : tensors)
  {
    EXPECT_TRUE(shapes.emplace(tensor.name, tensor.shape).second) << tensor.name;
  }
  using Shape = std::vector<std::size_t>;
  EXPECT_EQ(shapes.at("block1.tnet1.conv1.weight"), (Shape{ 32, 5 }));
  EXPECT_EQ(shapes.at("block2.tnet1.conv1.weight"), (Shape{ 32, 6 }));
  EXPECT_EQ(shapes.at("block1.tnet1.fc3.weight"), (Shape{ 25, 64 }));
  EXPECT_EQ(shapes.at("block2.tnet1.fc3.weight"), (Shape{ 36, 64 }));
  EXPECT_EQ(shapes.at("block2.tnet2.fc3.weight"), (Shape{ 1024, 64 }));
  EXPECT_EQ(shapes.at("block1.mlp2.conv3_bn.running_var"), (Shape{ 128 }));
  EXPECT_EQ(shapes.at("block1.head.out.weight"), (Shape{ 1, 64 }));
  EXPECT_EQ(shapes.at("block1.head.out.bias"), (Shape{ 1 }));
  EXPECT_EQ(shapes.count("block1.tnet1.fc3_bn.weight"), 0U);
  EXPECT_EQ(shapes.count("block1.head.out_bn.weight"), 0U);
  // Twenty layers with weight and bias, seventeen with batch norm.
  EXPECT_EQ(tensors.size(), 2U * (20 * 2 + 17 * 4));
}

TEST_F(ModelFile, DoesNotCareForTheOrderOfTensors)
{
  Model model = test::randomModel(1, false);
  writeModel(this->Path, model);
  const std::string ours = test::readFile(this->Path);
  const std::map<std::string, std::string> metadata = SafetensorsFile(this->Path).metadata();

  std::vector<Tensor> reversed(model.tensors.rbegin(), model.tensors.rend());
  writeSafetensors(this->Path, metadata, reversed);
  EXPECT_NE(test::readFile(this->Path), ours);
  expectEqual(readModel(this->Path), model);
  writeModel(this->Path, readModel(this->Path));
  EXPECT_EQ(test::readFile(this->Path), ours);
}

TEST_F(ModelFile, PassesOverMetadataThatItDoesNotKnow)
{
  EXPECT_EQ(this->problemOfChange("\"alloy\":", "\"author\":\"somebody\",\"alloy\":"), "");
}

TEST_F(ModelFile, ReplacesThePreviousFileOnlyWithAWholeOne)
{
  test::writeFile(this->Path, "before");
  Model model = test::randomModel(1, false);
  model.tensors.back().values.front() = std::numeric_limits<float>::infinity();
  EXPECT_THROW(writeModel(this->Path, model), ParameterError);
  EXPECT_EQ(test::readFile(this->Path), "before");
  EXPECT_EQ(this->Folder.names(), std::vector<std::string>{ "model.safetensors" });
}

TEST(Model, TellsWhichSpeciesAnIonCountsAs)
{
  Model model = test::randomModel(1, false);
  EXPECT_EQ(model.codeOf("Ab"), 1);
  EXPECT_EQ(model.codeOf("AbH"), 1);
  EXPECT_EQ(model.codeOf("Cd"), 2);
  EXPECT_EQ(model.codeOf("Fe"), 0);
  model.species.erase(model.species.begin());
  EXPECT_EQ(model.codeOf("Ab"), 0);
  EXPECT_EQ(model.codeOf("Fe"), -1);
}

TEST(Model, HasAColumnPerSpeciesInOneHotEncoding)
{
  Model model = test::randomModel(2, false);
  EXPECT_EQ(model.columnCount(1), 5U);
  EXPECT_EQ(model.columnCount(2), 6U);
  model.encoding = SpeciesEncoding::OneHot;
  EXPECT_EQ(model.columnCount(1), 9U);
  EXPECT_EQ(model.columnCount(2), 8U);
  EXPECT_EQ(test::messageOf<ParameterError>([&] { model.columnCount(3); }),
    "the block is 3; allowed is 1 to 2");
  EXPECT_THROW(model.columnCount(0), ParameterError);
  EXPECT_THROW(model.tensor("none"), ParameterError);
}

// Damage --------------------------------------------------------------------------------------------

TEST_F(ModelFile, RejectsFileCutAtAnyByteOfItsHeader)
{
  const std::string& bytes = this->goodBytes();
  const std::size_t headerEnd = 8 + headerOf(bytes).size();
  for (std::size_t size = 0; size < headerEnd; ++size)
  {
    ASSERT_NE(this->problemOf(bytes.substr(0, size)), "") << size;
  }
  for (const std::size_t size : { headerEnd, headerEnd + 1, headerEnd + 640, bytes.size() - 1 })
  {
    ASSERT_NE(this->problemOf(bytes.substr(0, size)), "") << size;
  }
  EXPECT_NE(this->problemOf(bytes + '\0'), "");
  EXPECT_EQ(this->problemOf(bytes), "");
}

TEST_F(ModelFile, SaysWhatIsCutShort)
{
  const std::string& bytes = this->goodBytes();
  EXPECT_EQ(this->problemOf(bytes.substr(0, 5)),
    "is 5 bytes long; a safetensors file begins with 8 bytes that give the length of its header");
  EXPECT_EQ(this->problemOf(""), "is empty");
  const std::string length = std::to_string(headerOf(bytes).size());
  EXPECT_EQ(this->problemOf(bytes.substr(0, 100)),
    "byte 0: the header is said to be " + length +
      " bytes long, but the file has 92 more: it was cut short or is no safetensors file");
  EXPECT_TRUE(test::contains(this->problemOf(bytes + "more"), "the file goes on to 709612"));
}

TEST_F(ModelFile, RejectsHeaderCutAtAnyByteWithALengthThatFits)
{
  const std::string& bytes = this->goodBytes();
  const std::string header = headerOf(bytes);
  // Without its last character, and the spaces behind it, a JSON object is none.
  const std::size_t end = header.find_last_not_of(' ');
  for (std::size_t size = 0; size <= end; size += size < 200 ? 1 : 37)
  {
    ASSERT_NE(this->problemOf(withHeader(bytes, header.substr(0, size))), "") << size;
  }
}

TEST_F(ModelFile, GivesASoundModelOrAnErrorForAnyChangedByteOfItsHeader)
{
  const std::string& bytes = this->goodBytes(true);
  for (std::size_t place = 0; place < headerOf(bytes).size() + 8; place += 41)
  {
    for (const char change : { '\x01', '\x20', '\x80' })
    {
      std::string changed = bytes;
      changed[place] = static_cast<char>(changed[place] ^ change);
      test::writeFile(this->Path, changed);
      try
      {
        requireSound(readModel(this->Path));
      }
      catch (const FileError&)
      {
      }
    }
  }
}

TEST_F(ModelFile, RejectsLengthsThatLie)
{
  for (const std::uint64_t length :
    { std::uint64_t{ 3 }, std::uint64_t{ 1 } << 32, (std::uint64_t{ 1 } << 63) - 1,
      std::uint64_t{ 1 } << 63, ~std::uint64_t{ 7 }, ~std::uint64_t{ 0 } })
  {
    const std::string bytes = test::ByteString().little(length).text("{}      ").bytes();
    EXPECT_TRUE(test::contains(this->problemOf(bytes), "byte")) << length;
  }
  EXPECT_EQ(this->problemOfHeader(""),
    "byte 8: no safetensors header begins here, which would be a JSON object");
  EXPECT_EQ(this->problemOfHeader("[1]"),
    "byte 8: no safetensors header begins here, which would be a JSON object");
}

TEST_F(ModelFile, RejectsHeaderThatIsTooLong)
{
  EXPECT_EQ(this->problemOfHeader("{}" + std::string(4 << 20, ' ')),
    "byte 0: the header is said to be 4194306 bytes long; expected is 4194304 at most");
}

TEST_F(ModelFile, SaysWhereTheHeaderIsNoJson)
{
  EXPECT_EQ(this->problemOfHeader(R"({"t":oops})"), "byte 13: the header is not JSON");
  EXPECT_EQ(this->problemOfHeader("{\"t\xff\":1}"), "byte 11: the header is not JSON");
  EXPECT_EQ(this->problemOfHeader(R"({"t":1e999})"),
    "byte 8: the header has a number that is out of range");
  EXPECT_EQ(this->problemOfHeader(R"({} {})"), "byte 11: the header is not JSON");
}

TEST_F(ModelFile, RejectsJsonThatIsTooDeep)
{
  const std::string expected = "byte 8: the header has objects in objects more than 8 deep";
  for (const std::size_t depth : { 8, 100, 1000000 })
  {
    EXPECT_EQ(this->problemOfHeader("{\"t\":" + std::string(depth, '[')), expected) << depth;
  }
  std::string objects;
  for (int i = 0; i < 100000; ++i)
  {
    objects += "{\"a\":";
  }
  EXPECT_EQ(this->problemOfHeader(objects), expected);
  EXPECT_TRUE(test::contains(
    this->problemOfChange("\"metrics\":\"{", "\"metrics\":\"" + std::string(100000, '[')),
    "metadata \"metrics\", character 1: has objects in objects more than 8 deep"));
}

TEST_F(ModelFile, RejectsNamesThatComeTwice)
{
  const std::string tensor = R"("t":{"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
  EXPECT_EQ(this->problemOfHeader("{" + tensor + "," + tensor + "}"),
    "byte 8: the header has the name \"t\" twice");
  EXPECT_EQ(this->problemOfHeader(R"({"__metadata__":{"a":"1","a":"2"}})"),
    "byte 8: the header has the name \"a\" twice");
  // The same name in two objects is no repeat.
  EXPECT_EQ(this->problemOfHeader("{" + tensor + "," + replaced(tensor, "t", "u") + "}"), "");
}

TEST_F(ModelFile, RejectsOtherTypesThanFloat32)
{
  EXPECT_EQ(this->problemOfHeader(tensorHeader("\"F16\"", "[2]", "[0,4]"), 4),
    "tensor \"t\" is of type \"F16\"; only F32 (float32) is read");
  EXPECT_EQ(this->problemOfHeader(tensorHeader("32", "[1]", "[0,4]"), 4),
    "tensor \"t\" is of type ?; only F32 (float32) is read");
}

TEST_F(ModelFile, RejectsOffsetsThatAreNotInTheFile)
{
  for (const char* offsets : { "[0,8]", "[4,0]", "[8,8]", "[0,9223372036854775807]",
         "[9223372036854775804,9223372036854775807]", "[]", "[0]", "[0,2,4]" })
  {
    EXPECT_EQ(this->problemOfHeader(tensorHeader("\"F32\"", "[1]", offsets), 4),
      "tensor \"t\": data_offsets is \"" + std::string(offsets) +
        "\"; expected are a begin and an end within the 4 bytes that the file has behind its "
        "header");
  }
}

TEST_F(ModelFile, RejectsNumbersThatAreNoCounts)
{
  for (const char* number : { "-1", "0.5", "1e3", "\"4\"", "null", "true", "[4]",
         "9223372036854775808", "18446744073709551615", "18446744073709551616" })
  {
    const std::string list = "[" + std::string(number) + "]";
    EXPECT_TRUE(test::contains(this->problemOfHeader(tensorHeader("\"F32\"", list, "[0,4]"), 4),
      "expected are whole numbers from 0 to below 2^63"))
      << number;
    EXPECT_TRUE(test::contains(
      this->problemOfHeader(tensorHeader("\"F32\"", "[1]", "[0," + std::string(number) + "]"), 4),
      "expected are whole numbers from 0 to below 2^63"))
      << number;
  }
  EXPECT_EQ(this->problemOfHeader(tensorHeader("\"F32\"", "4", "[0,4]"), 4),
    "tensor \"t\": shape is no list of numbers");
}

TEST_F(ModelFile, RejectsShapesThatDoNotFitTheirBytes)
{
  // The products of the last ones are 1 where they overflow 64 bits, and 0.
  for (const char* shape : { "[2]", "[0]", "[1,1,2]", "[4294967296,4294967296]",
         "[9223372036854775807,2]", "[4611686018427387904,4]", "[3037000500,3037000500]" })
  {
    EXPECT_TRUE(test::contains(this->problemOfHeader(tensorHeader("\"F32\"", shape, "[0,4]"), 4),
      "tensor \"t\" has 4 bytes; expected is what float32 values of shape ["))
      << shape;
  }
  EXPECT_EQ(this->problemOfHeader(tensorHeader("\"F32\"", "[1,1,1]", "[0,4]"), 4), "");
  EXPECT_EQ(this->problemOfHeader(tensorHeader("\"F32\"", "[]", "[0,4]"), 4), "");
  EXPECT_EQ(this->problemOfHeader(tensorHeader("\"F32\"", "[7,0,3]", "[0,0]"), 0), "");
  EXPECT_NE(this->problemOfHeader(tensorHeader("\"F32\"", "[0]", "[0,3]"), 3), "");
}

TEST_F(ModelFile, RejectsTensorsThatOverlapOrLeaveGaps)
{
  const auto two = [](const char* first, const char* second)
  {
    const std::string begin = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":)";
    return begin + first + R"(},"b":{"dtype":"F32","shape":[2],"data_offsets":)" + second + "}}";
  };
  EXPECT_EQ(this->problemOfHeader(two("[0,8]", "[8,16]"), 16), "");
  EXPECT_EQ(this->problemOfHeader(two("[8,16]", "[0,8]"), 16), "");
  EXPECT_EQ(this->problemOfHeader(two("[0,8]", "[4,12]"), 12),
    "tensor \"b\" begins at byte 4 of the values; expected is 8, where the one before it ends");
  EXPECT_NE(this->problemOfHeader(two("[0,8]", "[0,8]"), 8), "");
  EXPECT_NE(this->problemOfHeader(two("[0,8]", "[12,20]"), 20), "");
  EXPECT_NE(this->problemOfHeader(two("[4,12]", "[12,20]"), 20), "");
  EXPECT_EQ(this->problemOfHeader(two("[0,8]", "[8,16]"), 17),
    "the values of the tensors end at byte 16 behind the header; the file goes on to 17");
}

TEST_F(ModelFile, RejectsHeadersOfAnotherForm)
{
  EXPECT_EQ(this->problemOfHeader(R"({"__metadata__":[]})"),
    "the header's \"__metadata__\" is no JSON object");
  EXPECT_EQ(
    this->problemOfHeader(R"({"__metadata__":{"seed":7}})"), "metadata \"seed\" is not a text");
  EXPECT_EQ(this->problemOfHeader(R"({"t":[]})"), "tensor \"t\" is no JSON object");
  EXPECT_EQ(this->problemOfHeader(R"({"t":{"shape":[],"data_offsets":[0,0]}})"),
    "tensor \"t\" has no \"dtype\"");
  EXPECT_EQ(this->problemOfHeader(R"({"t":{"dtype":"F32","data_offsets":[0,0]}})"),
    "tensor \"t\" has no \"shape\"");
  EXPECT_EQ(this->problemOfHeader(R"({"t":{"dtype":"F32","shape":[]}})"),
    "tensor \"t\" has no \"data_offsets\"");
  EXPECT_EQ(
    this->problemOfHeader(R"({"t":{"dtype":"F32","shape":[0],"data_offsets":[0,0],"x":1}})"),
    "tensor \"t\" has 4 properties; expected are dtype, shape and data_offsets");
  EXPECT_EQ(this->problemOfHeader("{}"), "");
  EXPECT_EQ(this->problemOfHeader("{}   "), "");
}

TEST_F(ModelFile, RejectsWeightsThatAreNotFinite)
{
  const std::string& bytes = this->goodBytes();
  const std::size_t begin = 8 + headerOf(bytes).size();
  const auto with = [&](std::size_t value, float number)
  {
    std::string changed = bytes;
    return changed.replace(begin + 4 * value, 4, test::ByteString().little(number).bytes());
  };
  EXPECT_EQ(this->problemOf(with(2, std::numeric_limits<float>::quiet_NaN())),
    "byte " + std::to_string(begin + 8) +
      ": value 2 of tensor \"block1.tnet1.conv1.weight\" is NaN; expected are finite numbers");
  EXPECT_EQ(this->problemOf(with(177401, -std::numeric_limits<float>::infinity())),
    "byte " + std::to_string(bytes.size() - 4) +
      ": value 0 of tensor \"block1.head.out.bias\" is infinite; expected are finite numbers");
}

TEST_F(ModelFile, RejectsNegativeVariances)
{
  const std::string& bytes = this->goodBytes(true);
  test::writeFile(this->Path, bytes);
  const SafetensorsFile file(this->Path);
  for (const SafetensorsFile::Entry& entry : file.tensors())
  {
    if (entry.description.name == "block1.tnet1.conv1_bn.running_var")
    {
      std::string changed = bytes;
      changed.replace(entry.offset, 4, test::ByteString().little(-1.0F).bytes());
      EXPECT_EQ(this->problemOf(changed),
        "a value of tensor \"block1.tnet1.conv1_bn.running_var\" is -1.000000; allowed is a number "
        "from 0, being a variance");
    }
  }
}

TEST_F(ModelFile, RejectsFilesOfOtherPrograms)
{
  EXPECT_EQ(this->problemOf(fileOf("{}", 0)),
    "is a safetensors file, but no model of AtomProbe's: metadata \"format\" is missing; expected "
    "is \"AtomProbe model\"");
  EXPECT_EQ(this->problemOf(fileOf(R"({"__metadata__":{"format":"pt"}})", 0)),
    "is a safetensors file, but no model of AtomProbe's: metadata \"format\" is \"pt\"; expected "
    "is \"AtomProbe model\"");
  EXPECT_EQ(this->problemOf("PK\x03\x04, an archive of PyTorch's").substr(0, 31),
    "byte 0: the header is said to b");
  EXPECT_EQ(this->problemOfChange("\"format_version\":\"1\"", "\"format_version\":\"2\""),
    "metadata \"format_version\" is \"2\"; expected is \"1\", which this version reads");
  EXPECT_EQ(this->problemOfChange("\"PointNet\"", "\"OtherNet\""),
    "metadata \"architecture\" is \"OtherNet\"; expected is one of PointNet, MomentNet");
}

TEST_F(ModelFile, RejectsMissingMetadata)
{
  for (const char* key : { "format_version", "architecture", "alloy", "species", "species_encoding",
         "lattice_parameter_nm", "neighbours", "blocks", "features", "threshold", "batch_norm",
         "batch_norm_epsilon", "training", "metrics", "licence" })
  {
    EXPECT_EQ(this->problemOfChange(
                "\"" + std::string(key) + "\":", "\"other_" + std::string(key) + "\":", true),
      "metadata \"" + std::string(key) + "\" is missing");
  }
  EXPECT_EQ(this->problemOfChange("\"seed\":", "\"other\":"), "");
}

TEST_F(ModelFile, RejectsMetadataThatMakeNoSense)
{
  const std::vector<std::array<std::string, 3>> cases = {
    { R"("lattice_parameter_nm":"0.405")", R"("lattice_parameter_nm":"wide")",
      "metadata \"lattice_parameter_nm\", character 1: is not JSON" },
    { R"("lattice_parameter_nm":"0.405")", R"("lattice_parameter_nm":"[]")",
      "metadata \"lattice_parameter_nm\" is \"[]\"; expected is a number" },
    { R"("lattice_parameter_nm":"0.405")", R"("lattice_parameter_nm":"0")",
      "the lattice parameter is 0.000000 nm; allowed is more than 0 and at most 10 nm" },
    { R"("lattice_parameter_nm":"0.405")", R"("lattice_parameter_nm":"-1e308")",
      "the lattice parameter is -1" },
    { R"("neighbours":"32")", R"("neighbours":"0")",
      "the number of neighbours is 0; allowed is 1 to 256" },
    { R"("neighbours":"32")", R"("neighbours":"4294967328")",
      "metadata \"neighbours\" is \"4294967328\"; expected is a whole number from 0 to 256" },
    { R"("neighbours":"32")", R"("neighbours":"32.0")", "expected is a whole number" },
    { R"("blocks":"1")", R"("blocks":"2")",
      "metadata \"blocks\" is \"2\"; expected is 1, for as many feature lists are there" },
    { R"("blocks":"1")", R"("blocks":"-1")", "expected is a whole number from 0 to 64" },
    { R"("threshold":"0.5")", R"("threshold":"1.5")",
      "the suggested threshold is 1.500000; allowed is 0 to 1" },
    { R"("batch_norm":"false")", R"("batch_norm":"1")",
      "metadata \"batch_norm\" is \"1\"; expected is true or false" },
    { R"("species_encoding":"code")", R"("species_encoding":"none")",
      "metadata \"species_encoding\" is \"none\"; expected is one of code, one-hot" },
    { R"("seed":"18446744073709551615")", R"("seed":"18446744073709551616")",
      "metadata \"seed\" is \"18446744073709551616\"; expected is a whole number from 0 to "
      "18446744073709551615" },
    { R"("licence":"CC0-1.0")", R"("licence":"")",
      "the licence is empty; allowed is a name or sentence" },
    { R"([[\"offset_x\",)", R"([[\"offset_w\",)", "expected is for each block a list of offset_x" },
    { R"([[\"offset_x\",)", R"([[7,)", "expected is for each block a list of offset_x" },
    { R"([[\"offset_x\",)", R"([[\"offset_y\",)",
      "the feature list of block 1 is one with offset_y twice; allowed is each feature once" },
    { R"([[\"offset_x\",)", R"([[\"own_probability\",)",
      "the feature list of block 1 is one with own_probability; allowed is features that need no "
      "block before it" },
    { R"({\"ions\":[\"Cd\"],\"name\":\"Cd\"})", R"(7)",
      "expected is a list of {\"ions\": [names], \"name\": name}" },
    { R"({\"ions\":[\"Cd\"],)", R"({\"ions\":[7],)",
      "expected is a list of {\"ions\": [names], \"name\": name}" },
    { R"({\"ions\":[\"Cd\"],)", R"({\"ions\":[\"Ab\"],)",
      "an ion that counts as species \"Cd\" is \"Ab\"; allowed is a name that no species has yet" },
    { R"({\"ions\":[\"Cd\"],)", R"({\"ions\":[],)",
      "the number of ions that count as species \"Cd\" is 0; allowed is 0 for \"*\" and 1 or more "
      "for any other" },
    { R"("metrics":"{)", R"("metrics":"{\"f1\":[1,2],)",
      "metric \"f1\" is a list of 2 figures; allowed is one finite figure for each of the 1 "
      "blocks" },
    { R"("metrics":"{)", R"("metrics":"{\"f1\":[null],)",
      "expected is an object with a list of numbers for each metric" },
    { R"("training":"{)", R"("training":"{\"a\":[],)",
      "expected is an object with numbers and texts" },
    { R"("training":"{)", R"("training":"{\"a\":1,\"a\":2,)",
      "metadata \"training\", character 1: has the name \"a\" twice" },
  };
  for (const auto& [from, to, expected] : cases)
  {
    const std::string problem = this->problemOfChange(from, to);
    EXPECT_TRUE(test::contains(problem, expected)) << to << "\n" << problem;
  }
}

TEST_F(ModelFile, RejectsTensorsOfAnotherNetwork)
{
  const std::string whole = "the 40 tensors of a PointNet with 1 block and no batch norm";
  EXPECT_EQ(this->problemOfChange("\"block1.tnet1.conv2.bias\"", "\"block1.tnet1.conv9.bias\""),
    "tensor \"block1.tnet1.conv2.bias\" is missing; allowed is " + whole);
  EXPECT_EQ(this->problemOfChange("[32,5]", "[5,32]"),
    "the shape of tensor \"block1.tnet1.conv1.weight\" is [5, 32]; allowed is [32, 5]");
  EXPECT_EQ(this->problemOfChange("[32,5]", "[32,5,1]"),
    "the shape of tensor \"block1.tnet1.conv1.weight\" is [32, 5, 1]; allowed is [32, 5]");
  EXPECT_EQ(this->problemOfChange("{\"__metadata__\"",
              R"({"x":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"__metadata__")"),
    "tensor \"x\" is one that has no place; allowed is " + whole);
  // Three species one-hot are three columns, as the first layer is not.
  EXPECT_EQ(
    this->problemOfChange("\"species_encoding\":\"code\"", "\"species_encoding\":\"one-hot\""),
    "the shape of tensor \"block1.tnet1.conv1.weight\" is [32, 5]; allowed is [32, 9]");
  EXPECT_EQ(this->problemOfChange("\"batch_norm\":\"true\"", "\"batch_norm\":\"false\"", true),
    "tensor \"block1.head.fc1_bn.bias\" is one that has no place; allowed is " + whole);
}

TEST_F(ModelFile, DoesNotWriteWhatItWouldNotRead)
{
  EXPECT_EQ(this->problemOfModel([](Model& model) { model.species.clear(); }),
    "the number of species is 0; allowed is 1 to 64");
  EXPECT_EQ(this->problemOfModel([](Model& model) { model.species.resize(65); }),
    "the number of species is 65; allowed is 1 to 64");
  EXPECT_EQ(this->problemOfModel([](Model& model) { model.species[2].name = "Ab"; }),
    "the name of a species is \"Ab\"; allowed is a name of its own");
  EXPECT_EQ(this->problemOfModel([](Model& model) { model.features.clear(); }),
    "the number of blocks is 0; allowed is 1 to 64");
  EXPECT_EQ(this->problemOfModel([](Model& model) { model.features[1].clear(); }),
    "the feature list of block 2 is empty; allowed is one feature or more");
  EXPECT_EQ(this->problemOfModel([](Model& model) { model.batchNormEpsilon = 0; }),
    "the epsilon of batch norm is 0.000000; allowed is more than 0 and at most 1");
  EXPECT_NE(this->problemOfModel([](Model& model) { model.threshold = std::nan(""); }), "");
  EXPECT_NE(this->problemOfModel([](Model& model) { model.latticeParameter = std::nan(""); }), "");
  EXPECT_NE(this->problemOfModel([](Model& model) { model.training["x"] = std::nan(""); }), "");
  EXPECT_NE(this->problemOfModel([](Model& model) { model.metrics["x"] = { 0.5, INFINITY }; }), "");
  EXPECT_EQ(this->problemOfModel([](Model& model) { model.alloy = "\xff"; }),
    "a text or name of the model is not UTF-8; allowed is text in UTF-8");
  EXPECT_EQ(this->problemOfModel([](Model& model) { model.training["\xff"] = 1.0; }),
    "a text or name of the model is not UTF-8; allowed is text in UTF-8");
  EXPECT_NE(this->problemOfModel([](Model& model) { model.tensors.pop_back(); }), "");
  EXPECT_NE(
    this->problemOfModel([](Model& model) { model.tensors.push_back(model.tensors[0]); }), "");
  EXPECT_NE(this->problemOfModel([](Model& model) { model.tensors[0].shape = { 5, 32 }; }), "");
  EXPECT_NE(this->problemOfModel([](Model& model) { model.tensors[0].values.pop_back(); }), "");
}

TEST_F(ModelFile, SaysWhichFileIsNotThere)
{
  EXPECT_EQ(test::messageOf<FileError>([this] { readModel(this->Path); }),
    this->Path + ": there is no such file");
  EXPECT_TRUE(test::contains(
    test::messageOf<FileError>([this] { readModel(this->Folder.path()); }), "is a folder"));
}

TEST_F(ModelFile, HoldsMomentNets)
{
  const Model model = test::randomMomentNet(2);
  const std::string path = this->Folder.file("moments");
  writeModel(path, model);
  const Model read = readModel(path);
  EXPECT_EQ(read.architecture, Architecture::MomentNet);
  EXPECT_EQ(read.blockCount(), 2U);
  EXPECT_EQ(read.moments.inputSize(), model.moments.inputSize());
  EXPECT_EQ(read.moments.widestWidth, model.moments.widestWidth);
  EXPECT_EQ(read.moments.waveWindows, 0);
  EXPECT_FALSE(test::contains(test::readFile(path), "wave"));
  const std::string again = this->Folder.file("again");
  writeModel(again, read);
  EXPECT_EQ(test::readFile(again), test::readFile(path));
}

TEST_F(ModelFile, HoldsMomentNetsWithWaves)
{
  Model model = test::randomMomentNet(2);
  model.moments.waveWindows = 2;
  model.moments.widestWindow = 7.5;
  const auto problemOf = [&](auto change)
  {
    Model other = model;
    change(other);
    return test::messageOf<ParameterError>([&] { requireSound(other); });
  };
  EXPECT_TRUE(test::contains(problemOf([](Model&) {}), "tensor \"waves.weight\" is missing"));
  test::fillWithRandomWeights(model, 2);
  EXPECT_EQ(model.tensor("waves.weight").shape, (std::vector<std::size_t>{ 6, 3 * 18 }));
  EXPECT_EQ(problemOf([](Model& other) { other.moments.waveWindows = 9; }),
    "the number of wave windows of a MomentNet is 9; allowed is 0 to 8");
  EXPECT_NE(problemOf([](Model& other) { other.moments.widestWindow = 0; }), "");
  EXPECT_NE(problemOf([](Model& other) { other.moments.waveWindows = 3; }), ""); // other tensors

  const std::string path = this->Folder.file("waves");
  writeModel(path, model);
  const Model read = readModel(path);
  EXPECT_EQ(read.moments.waveWindows, 2);
  EXPECT_EQ(read.moments.widestWindow, 7.5);
  const std::string again = this->Folder.file("again");
  writeModel(again, read);
  EXPECT_EQ(test::readFile(again), test::readFile(path));
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
         { "\\\"wave_windows\\\":2", "\\\"wave_windows\\\":0" },
         { "\\\"wave_windows\\\":2", "\\\"wave_windows\\\":9" },
         { "\\\"widest_window\\\":7", "\\\"widest_windoo\\\":7" },
         { "\\\"widest_window\\\":7.5", "\\\"widest_window\\\":-.5" } })
  {
    std::string changed = test::readFile(path);
    const std::size_t place = changed.find(from);
    ASSERT_NE(place, std::string::npos) << from;
    changed.replace(place, from.size(), to);
    EXPECT_NE(this->problemOf(changed), "") << to;
  }
}

TEST_F(ModelFile, RejectsMomentNetsOutOfBounds)
{
  const auto problemOf = [](auto change)
  {
    Model model = test::randomMomentNet(2);
    change(model);
    return test::messageOf<ParameterError>([&] { requireSound(model); });
  };
  EXPECT_EQ(problemOf([](Model& model) { model.moments.channels = 0; }),
    "the number of channels of a MomentNet is 0; allowed is 1 to 256");
  EXPECT_EQ(problemOf([](Model& model) { model.moments.layers = 65; }),
    "the number of layers of a MomentNet is 65; allowed is 1 to 64");
  EXPECT_NE(problemOf([](Model& model) { model.moments.widestWidth = std::nan(""); }), "");
  EXPECT_NE(problemOf([](Model& model) { model.batchNorm = false; }), "");
  EXPECT_NE(problemOf([](Model& model) { model.features = { { Feature::OffsetX } }; }), "");
  EXPECT_NE(problemOf([](Model& model) { model.moments.state = 7; }), ""); // other tensors

  const std::string path = this->Folder.file("moments");
  writeModel(path, test::randomMomentNet(2));
  const std::string bytes = test::readFile(path);
  const auto problemOfChange = [&](const std::string& from, const std::string& to)
  {
    std::string changed = bytes;
    const std::size_t place = changed.find(from);
    EXPECT_NE(place, std::string::npos) << from;
    EXPECT_EQ(from.size(), to.size());
    changed.replace(place, from.size(), to);
    return this->problemOf(changed);
  };
  EXPECT_EQ(problemOfChange("\"moments\":", "\"momentX\":"), "metadata \"moments\" is missing");
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
         { "\\\"layers\\\":2", "\\\"layers\\\":x" }, { "\\\"layers\\\":2", "\\\"loyers\\\":2" },
         { "\\\"harmonics\\\":2", "\\\"harmonics\\\":-" } })
  {
    EXPECT_NE(problemOfChange(from, to), "") << to;
  }
  EXPECT_EQ(problemOfChange("\\\"layers\\\":2", "\\\"layers\\\":3"),
    "metadata \"blocks\" is \"2\"; expected is 3, for as many layers are there");
}
